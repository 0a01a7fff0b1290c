//! guard under load: many alarms, and a SES that throttles because suppress asks for its turns, too.

use std::time::Duration;

use crate::guard_stack::{
    ACCOUNT, EPISODE, SET, check, count, function, handled, notified, put_in_alarm, steps,
    wire_with,
};
use crate::guard_trouble::{PUT, SET_BOUNCE, paused, seconds_ago};
use crate::invoke_within;
use crate::payloads::alarm;
use crate::wire::{Answer, World};

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

#[tokio::test]
async fn alarms_that_are_quiet_cost_a_page_and_no_call_more() {
    let wire = wire_with(&[SET]);
    made_an_hour_ago(&mut wire.world(), 100);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
    assert_eq!(wire.calls_of("DescribeAlarms").len(), 5, "401 alarms");
    assert_eq!(wire.calls_of("Query").len(), 2, "once again before the pause");
}

/// Eight hundred alarms about the mail of one set, of either measure, on AWS's numbers and ours.
#[tokio::test]
async fn eight_hundred_alarms_of_one_incident_are_decided_in_twenty_calls() {
    let wire = wire_with(&[]);
    let names: Vec<String> = (0..400).map(|n| format!("marketing-{n:03}")).collect();
    {
        let mut world = wire.world();
        for (measure, name) in names.iter().flat_map(|name| [("bounce", name), ("complaint", name)])
        {
            put_in_alarm(&mut world, ["configuration-set", name, measure, "critical"]);
            let series = &mut world.alarms.last_mut().unwrap().series;
            series.as_mut().unwrap().dimensions[0].1 = "marketing".into();
        }
        for metric in ["Send", "BounceHard", "Complaint"] {
            let by_set = [("Domain", "example.com"), ("ConfigurationSet", "marketing")];
            world.add_series(metric, &by_set, 1000.0);
        }
    }
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap();
    let operations = wire.operations();
    let decided = operations.iter().position(|call| call == "PutItem").unwrap();
    assert!(decided <= 20, "{decided} calls: {:?}", &operations[..decided]);
    assert_eq!(
        (paused(&wire), notified(&wire)),
        (vec!["marketing".into()], vec!["paused_sets".into()])
    );
    let before = wire.calls().len();
    check(&guard).await.unwrap();
    assert!(wire.calls().len() - before <= 20, "and less once it is handled");
    assert_eq!(notified(&wire).len(), 1);
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
    count(&mut wire.world(), 1000.0, 70.0, &[("news", 70.0)]);
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
