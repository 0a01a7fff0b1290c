//! guard under load: many alarms, and a SES that throttles because suppress asks for its turns, too.

use std::time::Duration;

use crate::guard_stack::{
    ACCOUNT, EPISODE, SET, arn_of, check, function, handled, notified, put_in_alarm, scheduled,
    steps, wire_with,
};
use crate::guard_trouble::{PUT, SET_BOUNCE, paused, seconds_ago};
use crate::invoke_within;
use crate::payloads::alarm;
use crate::wire::{Answer, Wire, World};

/// As after `ses-warden connect` for so many domains: their alarms have left INSUFFICIENT_DATA.
fn made_an_hour_ago(world: &mut World, domains: usize) {
    for n in 0..domains {
        let domain = format!("{n:03}.example.com");
        for measure in ["bounce", "complaint"] {
            for severity in ["warn", "critical"] {
                put_in_alarm(world, ["domain", &domain, measure, severity]);
                let made = world.alarms.last_mut().unwrap();
                made.state = "OK".into();
                made.transitioned_at = Some(seconds_ago(3600));
            }
        }
    }
}

fn tag_reads(wire: &Wire) -> usize {
    wire.calls_of("ListTagsForResource").len()
}

#[tokio::test]
async fn new_alarms_of_a_hundred_domains_cost_an_alarm_no_tag_read() {
    let wire = wire_with(&[SET]);
    made_an_hour_ago(&mut wire.world(), 100);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
    // The alarm that is in ALARM, and the one that keeps what guard knows of the account.
    assert_eq!(tag_reads(&wire), 2);
}

#[tokio::test]
async fn the_schedule_reads_the_tags_of_at_most_a_hundred_alarms_that_left_alarm() {
    let wire = wire_with(&[SET]);
    made_an_hour_ago(&mut wire.world(), 100);
    scheduled(&function(&wire, &[])).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
    assert_eq!(tag_reads(&wire), 102);
    let first = &wire.calls_of("ListTagsForResource")[0];
    assert_eq!(first.body["ResourceARN"], arn_of(SET), "what is in ALARM comes first");
}

#[tokio::test]
async fn warnings_that_have_left_alarm_are_not_read() {
    let warn = ["configuration-set", "marketing", "bounce", "warn"];
    let wire = wire_with(&[warn]);
    wire.world().alarms[0].state = "OK".into();
    wire.world().alarms[0].transitioned_at = Some(seconds_ago(60));
    scheduled(&function(&wire, &[])).await.unwrap();
    // For the account alone.
    assert_eq!(tag_reads(&wire), 1);
}

#[tokio::test]
async fn throttled_tags_of_alarms_that_left_alarm_are_no_error() {
    let wire = wire_with(&[SET]);
    made_an_hour_ago(&mut wire.world(), 1);
    let quiet = arn_of(["domain", "000.example.com", "bounce", "critical"]);
    wire.world().tag_reads.insert(quiet, Answer::error(400, "Throttling"));
    let guard = function(&wire, &[]);
    let ended =
        invoke_within(&guard, crate::payloads::SCHEDULE, Duration::from_secs(30)).await.unwrap();
    assert_eq!(ended, [""; 0]);
    assert_eq!(paused(&wire), ["marketing"]);
}

#[tokio::test]
async fn throttled_tags_of_an_alarm_are_read_again_in_the_same_invocation() {
    let wire = wire_with(&[SET]);
    wire.script("ListTagsForResource", vec![Answer::error(400, "Throttling"); 4]);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets"]);
}

#[tokio::test]
async fn guard_pauses_although_ses_throttles_each_of_its_calls_for_a_while() {
    for label in [SET_BOUNCE, ACCOUNT] {
        let wire = wire_with(&[label]);
        let calls = ["GetAccount", "GetConfigurationSet", PUT, "PutAccountSendingAttributes"];
        for operation in calls {
            wire.script(operation, vec![Answer::throttled(); 8]);
        }
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(wire.world().account_sends, label != ACCOUNT);
        assert_eq!(paused(&wire).is_empty(), label == ACCOUNT);
        assert_eq!(notified(&wire).len(), 1);
        assert_eq!(handled(&wire, label).as_deref(), Some(EPISODE));
    }
}

/// The account cannot be read: a warning goes out, and nothing is paused without knowing.
#[tokio::test]
async fn a_throttled_account_ends_no_invocation() {
    let warn = ["configuration-set", "news", "bounce", "warn"];
    let wire = wire_with(&[warn]);
    wire.script("GetAccount", vec![Answer::throttled(); 10_000]);
    let guard = function(&wire, &[]);
    let short = Duration::from_secs(8);
    assert_eq!(invoke_within(&guard, alarm("ALARM"), short).await.unwrap(), [""; 0]);
    assert_eq!(notified(&wire), ["warning"]);
    let notice = wire.world().notices[0].clone();
    assert!(notice.message.contains("not known, because SES did not answer"), "{notice:?}");
    assert!(notice.attributes["notice"].contains(r#""enforcement_status":null"#), "{notice:?}");

    put_in_alarm(&mut wire.world(), SET_BOUNCE);
    invoke_within(&guard, alarm("ALARM"), short).await.unwrap_err();
    assert!(paused(&wire).is_empty() && notified(&wire).len() == 1, "{:?}", steps(&wire));
    wire.unscript();
    check(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
}

#[tokio::test]
async fn an_account_that_is_read_late_still_counts() {
    let wire = wire_with(&[SET_BOUNCE]);
    wire.world().account_sends = false;
    // The first read of it takes too long.
    wire.script("GetAccount", [Answer::Hang]);
    invoke_within(&function(&wire, &[]), alarm("ALARM"), Duration::from_secs(12)).await.unwrap();
    assert_eq!(notified(&wire), ["account_paused"]);
    assert!(paused(&wire).is_empty());
}
