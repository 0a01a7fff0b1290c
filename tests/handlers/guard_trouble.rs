//! guard: parts that fail, alarms that end early, people who act meanwhile.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use warden_domain::guard::Action;
use warden_domain::guard::incident::{AlarmEpisode, Cause, Incident, Observation, step};
use warden_domain::guard::record::Target;
use warden_lambda::now_millis;

use crate::guard_stack::{
    ACCOUNT, DOMAIN, EPISODE, SET, check, count, function, handled, notified, put_item, scheduled,
    wire_with,
};
use crate::invoke_within;
use crate::payloads::alarm;
use crate::wire::{Answer, Wire};

pub(crate) const SET_BOUNCE: [&str; 4] = ["configuration-set", "marketing", "bounce", "critical"];
const OBSERVE: [(&str, &str); 1] = [("WARDEN_MODE", "observe")];
pub(crate) const PUT: &str = "PutConfigurationSetSendingOptions";

pub(crate) fn seconds_ago(seconds: u64) -> f64 {
    (SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_secs(seconds))
        .as_secs_f64()
        .floor()
}

/// Every alarm goes into this state, so long ago.
pub(crate) fn all_go(wire: &Wire, state: &str, ago: u64) {
    for alarm in &mut wire.world().alarms {
        alarm.state = state.to_owned();
        alarm.transitioned_at = Some(seconds_ago(ago));
    }
}

pub(crate) fn paused(wire: &Wire) -> Vec<String> {
    wire.world().sets.iter().filter(|(_, sends)| !**sends).map(|(name, _)| name.clone()).collect()
}

fn notice(wire: &Wire, place: usize) -> Value {
    serde_json::from_str(&wire.world().notices[place].attributes["notice"]).unwrap()
}

pub(crate) fn message(wire: &Wire, place: usize) -> String {
    wire.world().notices[place].message.clone()
}

/// A domain whose bounces came by these sets.
pub(crate) fn bounced_by(wire: &Wire, sets: &[(&str, f64)]) {
    let mut world = wire.world();
    for (set, _) in sets {
        world.sets.insert((*set).to_owned(), true);
    }
    let all = sets.iter().map(|(_, n)| n).sum();
    count(&mut world, 1000.0, all, sets);
}

#[tokio::test]
async fn pause_gets_its_notice_although_the_alarm_has_ended() {
    for (label, state) in [(ACCOUNT, "OK"), (SET, "OK"), (SET, "INSUFFICIENT_DATA")] {
        let wire = wire_with(&[label]);
        all_go(&wire, "ALARM", 300);
        wire.script("Publish", [Answer::error(503, "ServiceUnavailable")]);
        let guard = function(&wire, &[]);
        check(&guard).await.unwrap_err();
        assert!(!wire.world().account_sends || paused(&wire) == ["marketing"]);
        all_go(&wire, state, 60);
        for _ in 0..2 {
            scheduled(&guard).await.unwrap();
        }
        assert_eq!(notified(&wire).len(), 1, "{label:?} {state}");
        assert!(message(&wire, 0).contains("it has left ALARM since"), "{}", message(&wire, 0));
        assert!(message(&wire, 0).contains("may repeat"));
    }
}

#[tokio::test]
async fn begun_pause_is_dropped_when_the_alarm_has_ended() {
    let wire = wire_with(&[SET]);
    all_go(&wire, "ALARM", 300);
    wire.script(PUT, [Answer::error(403, "AccessDeniedException")]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    all_go(&wire, "OK", 60);
    for _ in 0..2 {
        scheduled(&guard).await.unwrap();
    }
    assert!(paused(&wire).is_empty());
    assert!(notified(&wire).is_empty());
    assert!(handled(&wire, SET).is_some());
}

/// Died between the pause and its note in the journal; the alarm has ended since.
#[tokio::test]
async fn switched_off_set_without_a_note_gets_its_notice() {
    let wire = wire_with(&[SET]);
    all_go(&wire, "OK", 60);
    let wanted = Target::Sets(vec!["marketing".into(), "news".into()]);
    let decided = Observation::Decided {
        action: Action::Pause(wanted),
        others: Vec::new(),
        cause: Cause::default(),
        at: now_millis() - 300_000,
    };
    let leader = AlarmEpisode::new(format!("ses-warden/{}", SET.join("/")), EPISODE);
    put_item(&wire, &step(&Incident::new(leader), &decided).0.item(now_millis()));
    wire.world().sets.insert("marketing".into(), false);
    for _ in 0..2 {
        scheduled(&function(&wire, &[])).await.unwrap();
    }
    assert_eq!(notified(&wire), ["paused_sets"]);
    assert_eq!(notice(&wire, 0)["paused"]["names"], json!(["marketing"]));
    assert_eq!(paused(&wire), ["marketing"], "the alarm asks for no more");
}

#[tokio::test]
async fn set_that_cannot_be_paused_holds_up_no_other() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 200.0), ("news", 100.0)]);
    let refused = || Answer::error(403, "AccessDeniedException");
    wire.script(PUT, [refused()]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    assert_eq!(paused(&wire), ["news"]);
    assert_eq!(notified(&wire), ["paused_sets"]);
    assert_eq!(notice(&wire, 0)["paused"]["names"], json!(["news"]));
    assert!(
        message(&wire, 0).contains("NOT paused yet: configuration set marketing, because "),
        "{}",
        message(&wire, 0)
    );

    // Nothing new is no news.
    wire.script(PUT, [refused()]);
    check(&guard).await.unwrap_err();
    assert_eq!(notified(&wire).len(), 1);
    assert_eq!(handled(&wire, DOMAIN), None);

    check(&guard).await.unwrap();
    check(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["marketing", "news"]);
    assert_eq!(notified(&wire), ["paused_sets", "paused_sets"]);
    assert_eq!(notice(&wire, 1)["paused"]["names"], json!(["news", "marketing"]));
    assert_eq!(
        notice(&wire, 1)["id"],
        format!("ses-warden/domain/example.com/bounce/critical@{EPISODE}/2")
    );
    assert_eq!(notice(&wire, 1)["repeats"], false);
    assert_eq!(handled(&wire, DOMAIN).as_deref(), Some(EPISODE));
}

#[tokio::test]
async fn a_set_that_is_deleted_meanwhile_holds_nothing_up() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 200.0), ("news", 100.0)]);
    wire.script(
        PUT,
        [Answer::error(403, "AccessDeniedException"), Answer::error(403, "AccessDeniedException")],
    );
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    assert!(notified(&wire).is_empty(), "nothing is paused yet");
    wire.world().sets.remove("marketing");
    check(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["news"]);
    assert_eq!(notified(&wire), ["paused_sets"]);
}

/// However little time there is, each invocation pauses something, and none does it twice.
#[tokio::test]
async fn many_sets_are_paused_over_several_invocations() {
    let wire = wire_with(&[DOMAIN]);
    let sets = [("a", 50.0), ("b", 50.0), ("c", 50.0)];
    bounced_by(&wire, &sets);
    let guard = function(&wire, &[]);
    for checks in 1..=3 {
        let end = invoke_within(&guard, alarm("ALARM"), Duration::from_secs(5)).await;
        assert_eq!(end.is_ok(), checks == 3);
        assert_eq!((paused(&wire).len(), wire.calls_of(PUT).len()), (checks, checks));
    }
    assert_eq!(notified(&wire).len(), 3);
    assert_eq!(notice(&wire, 2)["paused"]["names"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn settings_that_forbid_a_pause_forbid_one_that_was_begun() {
    for (settings, notice_then) in [
        (OBSERVE, "observing"),
        ([("WARDEN_PROTECTED_CONFIGURATION_SETS", "marketing")], "protected"),
    ] {
        let wire = wire_with(&[SET]);
        wire.script(PUT, [Answer::error(403, "AccessDeniedException")]);
        check(&function(&wire, &[])).await.unwrap_err();
        check(&function(&wire, &settings)).await.unwrap();
        assert!(paused(&wire).is_empty(), "{settings:?}");
        assert_eq!(notified(&wire), [notice_then]);
    }
}

#[tokio::test]
async fn observed_alarm_pauses_once_guard_may_act() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 200.0)]);
    for _ in 0..2 {
        check(&function(&wire, &OBSERVE)).await.unwrap();
    }
    assert_eq!(notified(&wire), ["observing"]);
    assert_eq!(notice(&wire, 0)["would_pause"]["names"], json!(["marketing"]));
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["observing", "paused_sets"]);
}

/// At the second notice the incident has grown: what is new is paused, too.
#[tokio::test]
async fn set_that_joins_before_the_notice_is_paused_too() {
    let wire = wire_with(&[SET_BOUNCE, DOMAIN]);
    bounced_by(&wire, &[("marketing", 200.0), ("news", 0.0)]);
    wire.script("Publish", [Answer::error(403, "AuthorizationError")]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    wire.world().series.clear();
    bounced_by(&wire, &[("news", 200.0)]);
    wire.world().sets.insert("marketing".into(), false);
    for _ in 0..2 {
        check(&guard).await.unwrap();
    }
    for place in 0..notified(&wire).len() {
        for name in notice(&wire, place)["paused"]["names"].as_array().unwrap() {
            assert!(
                paused(&wire).contains(&name.as_str().unwrap().to_owned()),
                "{name} is notified and not paused"
            );
        }
    }
    assert_eq!(handled(&wire, DOMAIN).as_deref(), Some(EPISODE));
}

#[tokio::test]
async fn pause_after_a_resume_is_somebody_elses() {
    let wire = wire_with(&[SET]);
    all_go(&wire, "ALARM", 3000);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap();
    wire.world().sets.insert("marketing".into(), true);
    all_go(&wire, "OK", 2000);
    scheduled(&guard).await.unwrap();
    wire.world().sets.insert("marketing".into(), false);
    all_go(&wire, "ALARM", 100);
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets", "sets_paused"]);
    assert!(
        message(&wire, 1).contains("Paused by a person or another program"),
        "{}",
        message(&wire, 1)
    );
}

#[tokio::test]
async fn numbers_that_take_too_long_hold_no_notice_up() {
    let wire = wire_with(&[ACCOUNT]);
    wire.script("ListMetrics", vec![Answer::Hang; 9]);
    invoke_within(&function(&wire, &[]), alarm("ALARM"), Duration::from_secs(8)).await.unwrap();
    assert_eq!(notified(&wire), ["paused_account"]);
}

#[tokio::test]
async fn notice_that_may_have_gone_out_repeats_as_such() {
    let wire = wire_with(&[SET]);
    wire.script("Publish", [Answer::error(500, "InternalError")]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    check(&guard).await.unwrap();
    let published = wire.calls_of("Publish");
    let repeats: Vec<bool> = published
        .iter()
        .map(|call| call.body["Message"].as_str().unwrap().contains("may repeat"))
        .collect();
    assert_eq!(repeats, [false, true]);
}

#[tokio::test]
async fn an_alarm_whose_actions_are_switched_off_is_left_alone() {
    let wire = wire_with(&[ACCOUNT]);
    wire.world().alarms[0].actions_off = true;
    check(&function(&wire, &[])).await.unwrap();
    assert!(wire.world().account_sends && notified(&wire).is_empty());
}
