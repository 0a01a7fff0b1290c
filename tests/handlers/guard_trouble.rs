//! guard: parts that fail, alarms that end early, people who act meanwhile, lists that lag.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::guard::{ACCOUNT, DOMAIN, EPISODE, SET, arn_of, count, function, handled, look, raise, told, wire_with};
use crate::invoke_within;
use crate::payloads::alarm;
use crate::wire::{Answer, Wire};

const SET_BOUNCE: [&str; 4] = ["configuration-set", "marketing", "bounce", "critical"];
const OBSERVE: [(&str, &str); 1] = [("WARDEN_MODE", "observe")];
const PUT: &str = "PutConfigurationSetSendingOptions";

fn seconds_ago(seconds: u64) -> f64 {
    (SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_secs(seconds)).as_secs_f64().floor()
}

/// Every alarm goes into this state, so long ago.
fn all_go(wire: &Wire, state: &str, ago: u64) {
    for alarm in &mut wire.world().alarms {
        alarm.state = state.to_owned();
        alarm.transitioned_at = Some(seconds_ago(ago));
    }
}

fn paused(wire: &Wire) -> Vec<String> {
    wire.world().sets.iter().filter(|(_, sends)| !**sends).map(|(name, _)| name.clone()).collect()
}

fn notice(wire: &Wire, place: usize) -> Value {
    serde_json::from_str(&wire.world().notices[place].attributes["notice"]).unwrap()
}

fn message(wire: &Wire, place: usize) -> String {
    wire.world().notices[place].message.clone()
}

/// A domain whose bounces came by these sets.
fn bounced_by(wire: &Wire, sets: &[(&str, f64)]) {
    let mut world = wire.world();
    for (set, _) in sets {
        world.sets.insert((*set).to_owned(), true);
    }
    let all = sets.iter().map(|(_, n)| n).sum();
    count(&mut world, 1000.0, all, sets);
}

#[tokio::test]
async fn a_pause_is_told_even_when_the_alarm_ends_before_the_notice_is_out() {
    for (label, state) in [(ACCOUNT, "OK"), (SET, "OK"), (SET, "INSUFFICIENT_DATA")] {
        let wire = wire_with(&[label]);
        all_go(&wire, "ALARM", 300);
        wire.script("Publish", [Answer::error(503, "ServiceUnavailable")]);
        let guard = function(&wire, &[]);
        look(&guard).await.unwrap_err();
        assert!(!wire.world().account_sends || paused(&wire) == ["marketing"]);
        all_go(&wire, state, 60);
        for _ in 0..2 {
            look(&guard).await.unwrap();
        }
        assert_eq!(told(&wire).len(), 1, "{label:?} {state}");
        assert!(message(&wire, 0).contains("it has left ALARM since"), "{}", message(&wire, 0));
        assert!(message(&wire, 0).contains("may repeat"));
    }
}

#[tokio::test]
async fn what_was_about_to_be_paused_is_not_paused_any_more_when_the_alarm_has_ended() {
    let wire = wire_with(&[SET]);
    all_go(&wire, "ALARM", 300);
    wire.script(PUT, [Answer::error(403, "AccessDeniedException")]);
    let guard = function(&wire, &[]);
    look(&guard).await.unwrap_err();
    all_go(&wire, "OK", 60);
    for _ in 0..2 {
        look(&guard).await.unwrap();
    }
    assert!(paused(&wire).is_empty());
    assert!(told(&wire).is_empty());
    assert!(handled(&wire, SET).is_some());
}

/// Died between the pause and its tag; the alarm has ended since.
#[tokio::test]
async fn what_is_off_although_no_tag_says_that_it_was_paused_is_told() {
    let wire = wire_with(&[SET]);
    all_go(&wire, "OK", 60);
    {
        let mut world = wire.world();
        let begun = format!("{EPISODE} 2026-09-21T14:15:20.000Z sets marketing+news");
        world.tags.get_mut(&arn_of(SET)).unwrap().insert("ses-warden:pausing".into(), begun);
        world.sets.insert("marketing".into(), false);
    }
    for _ in 0..2 {
        look(&function(&wire, &[])).await.unwrap();
    }
    assert_eq!(told(&wire), ["paused_sets"]);
    assert_eq!(notice(&wire, 0)["paused"]["names"], json!(["marketing"]));
    assert_eq!(paused(&wire), ["marketing"], "the alarm asks for no more");
}

#[tokio::test]
async fn a_set_that_cannot_be_paused_keeps_no_other_from_being_paused_and_told() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 200.0), ("news", 100.0)]);
    let refused = || Answer::error(403, "AccessDeniedException");
    wire.script(PUT, [refused()]);
    let guard = function(&wire, &[]);
    look(&guard).await.unwrap_err();
    assert_eq!(paused(&wire), ["news"]);
    assert_eq!(told(&wire), ["paused_sets"]);
    assert_eq!(notice(&wire, 0)["paused"]["names"], json!(["news"]));
    assert!(message(&wire, 0).contains("NOT paused yet, guard tries again: set marketing"), "{}", message(&wire, 0));

    // Nothing new is no news.
    wire.script(PUT, [refused()]);
    look(&guard).await.unwrap_err();
    assert_eq!(told(&wire).len(), 1);
    assert_eq!(handled(&wire, DOMAIN), None);

    look(&guard).await.unwrap();
    look(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["marketing", "news"]);
    assert_eq!(told(&wire), ["paused_sets", "paused_sets"]);
    assert_eq!(notice(&wire, 1)["paused"]["names"], json!(["news", "marketing"]));
    assert_eq!(notice(&wire, 1)["id"], format!("ses-warden/domain/example.com/bounce/critical@{EPISODE}/2"));
    assert_eq!(notice(&wire, 1)["repeats"], false);
    assert_eq!(handled(&wire, DOMAIN).as_deref(), Some(EPISODE));
}

#[tokio::test]
async fn a_set_that_is_deleted_meanwhile_holds_nothing_up() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 200.0), ("news", 100.0)]);
    wire.script(PUT, [Answer::error(403, "AccessDeniedException"), Answer::error(403, "AccessDeniedException")]);
    let guard = function(&wire, &[]);
    look(&guard).await.unwrap_err();
    assert!(told(&wire).is_empty(), "nothing is paused yet");
    wire.world().sets.remove("marketing");
    look(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["news"]);
    assert_eq!(told(&wire), ["paused_sets"]);
}

/// However little time there is, each look pauses something, and none does it twice.
#[tokio::test]
async fn many_sets_are_paused_over_several_looks() {
    let wire = wire_with(&[DOMAIN]);
    let sets = [("a", 50.0), ("b", 50.0), ("c", 50.0)];
    bounced_by(&wire, &sets);
    let guard = function(&wire, &[]);
    for looks in 1..=3 {
        let end = invoke_within(&guard, alarm("ALARM"), Duration::from_secs(5)).await;
        assert_eq!(end.is_ok(), looks == 3);
        assert_eq!((paused(&wire).len(), wire.calls_of(PUT).len()), (looks, looks));
    }
    assert_eq!(told(&wire).len(), 3);
    assert_eq!(notice(&wire, 2)["paused"]["names"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn settings_that_forbid_a_pause_forbid_one_that_was_begun() {
    for (settings, told_then) in
        [(OBSERVE, "observing"), ([("WARDEN_PROTECTED_CONFIGURATION_SETS", "marketing")], "protected")]
    {
        let wire = wire_with(&[SET]);
        wire.script(PUT, [Answer::error(403, "AccessDeniedException")]);
        look(&function(&wire, &[])).await.unwrap_err();
        look(&function(&wire, &settings)).await.unwrap();
        assert!(paused(&wire).is_empty(), "{settings:?}");
        assert_eq!(told(&wire), [told_then]);
    }
}

#[tokio::test]
async fn what_observing_told_is_paused_once_guard_may_act() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 200.0)]);
    for _ in 0..2 {
        look(&function(&wire, &OBSERVE)).await.unwrap();
    }
    assert_eq!(told(&wire), ["observing"]);
    assert_eq!(notice(&wire, 0)["would_pause"]["names"], json!(["marketing"]));
    look(&function(&wire, &[])).await.unwrap();
    assert_eq!(told(&wire), ["observing", "paused_sets"]);
}

/// Told once more, the incident has grown: what is new is paused, too.
#[tokio::test]
async fn a_set_that_joins_before_the_notice_is_out_is_paused_and_not_only_named() {
    let wire = wire_with(&[SET_BOUNCE, DOMAIN]);
    bounced_by(&wire, &[("marketing", 200.0), ("news", 0.0)]);
    wire.script("Publish", [Answer::error(403, "AuthorizationError")]);
    let guard = function(&wire, &[]);
    look(&guard).await.unwrap_err();
    wire.world().series.clear();
    bounced_by(&wire, &[("news", 200.0)]);
    wire.world().sets.insert("marketing".into(), false);
    for _ in 0..2 {
        look(&guard).await.unwrap();
    }
    for place in 0..told(&wire).len() {
        for name in notice(&wire, place)["paused"]["names"].as_array().unwrap() {
            assert!(paused(&wire).contains(&name.as_str().unwrap().to_owned()), "{name} is told and not paused");
        }
    }
    assert_eq!(handled(&wire, DOMAIN).as_deref(), Some(EPISODE));
}

#[tokio::test]
async fn a_pause_that_somebody_made_after_ours_was_resumed_is_theirs() {
    let wire = wire_with(&[SET]);
    all_go(&wire, "ALARM", 3000);
    let guard = function(&wire, &[]);
    look(&guard).await.unwrap();
    wire.world().sets.insert("marketing".into(), true);
    all_go(&wire, "OK", 2000);
    look(&guard).await.unwrap();
    wire.world().sets.insert("marketing".into(), false);
    all_go(&wire, "ALARM", 100);
    look(&guard).await.unwrap();
    assert_eq!(told(&wire), ["paused_sets", "sets_paused"]);
    assert!(message(&wire, 1).contains("Paused by a person or another program"), "{}", message(&wire, 1));
}

#[tokio::test]
async fn awss_late_number_does_not_undo_what_an_operator_resumed() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 200.0)]);
    let guard = function(&wire, &[]);
    look(&guard).await.unwrap();
    wire.world().sets.insert("marketing".into(), true);
    raise(&mut wire.world(), SET_BOUNCE);
    for _ in 0..2 {
        look(&guard).await.unwrap();
    }
    assert!(paused(&wire).is_empty());
    assert_eq!(told(&wire), ["paused_sets", "not_proven"]);
}

#[tokio::test]
async fn one_bounce_in_thirteen_pauses_nothing_whoevers_number_rings() {
    for label in [SET_BOUNCE, DOMAIN] {
        let wire = wire_with(&[label]);
        wire.world().alarms[0].namespace = "AWS/SES".into();
        count(&mut wire.world(), 13.0, 1.0, &[("marketing", 1.0)]);
        look(&function(&wire, &[])).await.unwrap();
        assert_eq!(told(&wire), ["not_proven"], "{label:?}");
        assert!(message(&wire, 0).contains("1 of 13 mails bounced for good (7.69 %), too few to prove anything"));
    }
}

#[tokio::test]
async fn awss_number_is_taken_as_it_is_where_we_cannot_count() {
    let wire = wire_with(&[SET_BOUNCE]);
    wire.script("ListMetrics", [Answer::error(403, "AccessDenied"), Answer::error(403, "AccessDenied")]);
    look(&function(&wire, &[])).await.unwrap();
    assert_eq!(told(&wire), ["paused_sets"]);
}

/// A newsletter: the complaints come days after the last mail.
#[tokio::test]
async fn sets_are_found_by_their_complaints_when_no_mail_was_sent_lately() {
    let label = ["domain", "example.com", "complaint", "critical"];
    let wire = wire_with(&[label]);
    {
        let mut world = wire.world();
        let (domain, set) = (("Domain", "example.com"), ("ConfigurationSet", "marketing"));
        world.add_series("Complaint", &[domain], 300.0);
        world.add_series("Complaint", &[domain, set], 300.0);
        world.add_series("Delivery", &[domain], 20_000.0);
    }
    look(&function(&wire, &[])).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
    let lists = wire.calls_of("ListMetrics");
    let of_sets = lists.iter().find(|call| call.body["MetricName"] == "Complaint").unwrap();
    assert_eq!(of_sets.body.get("RecentlyActive"), None, "the last three hours are too short");
}

#[tokio::test]
async fn a_set_that_carried_hardly_any_of_it_is_not_paused_for_all_of_it() {
    let wire = wire_with(&[DOMAIN]);
    count(&mut wire.world(), 4321.0, 734.0, &[("news", 5.0)]);
    let guard = function(&wire, &[]);
    for _ in 0..2 {
        look(&guard).await.unwrap();
    }
    assert!(paused(&wire).is_empty() && wire.world().account_sends);
    assert_eq!(told(&wire), ["no_such_set"]);
    // CloudWatch lists a new series after a quarter of an hour.
    wire.world().series.clear();
    count(&mut wire.world(), 4321.0, 734.0, &[("news", 5.0), ("marketing", 729.0)]);
    look(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
    assert_eq!(told(&wire), ["no_such_set", "paused_sets"]);
}

#[tokio::test]
async fn the_account_is_not_paused_for_a_set_that_is_not_listed_yet() {
    for (ago, action) in [(60, "no_such_set"), (3600, "paused_account")] {
        let wire = wire_with(&[DOMAIN]);
        all_go(&wire, "ALARM", ago);
        count(&mut wire.world(), 1000.0, 200.0, &[]);
        wire.world().add_series("Send", &[], 1000.0);
        wire.world().add_series("BounceHard", &[], 200.0);
        look(&function(&wire, &[])).await.unwrap();
        assert_eq!(told(&wire), [action], "{ago} s after the alarm");
    }
}

#[tokio::test]
async fn numbers_that_take_too_long_hold_no_notice_up() {
    let wire = wire_with(&[ACCOUNT]);
    wire.script("ListMetrics", vec![Answer::Hang; 9]);
    invoke_within(&function(&wire, &[]), alarm("ALARM"), Duration::from_secs(8)).await.unwrap();
    assert_eq!(told(&wire), ["paused_account"]);
}

#[tokio::test]
async fn a_notice_that_may_have_gone_out_is_not_sent_again_as_if_it_were_the_first() {
    let wire = wire_with(&[SET]);
    wire.script("Publish", [Answer::error(500, "InternalError")]);
    let guard = function(&wire, &[]);
    look(&guard).await.unwrap_err();
    look(&guard).await.unwrap();
    let published = wire.calls_of("Publish");
    let repeats: Vec<bool> =
        published.iter().map(|call| call.body["Message"].as_str().unwrap().contains("may repeat")).collect();
    assert_eq!(repeats, [false, true]);
}

#[tokio::test]
async fn a_lift_that_ses_refuses_is_tried_again() {
    let wire = wire_with(&[SET]);
    all_go(&wire, "ALARM", 9000);
    look(&function(&wire, &[])).await.unwrap();
    let tag = wire.world().tags[&arn_of(SET)]["ses-warden:paused"].clone();
    let at = tag.split(' ').nth(1).unwrap().to_owned();
    let long_ago = tag.replace(&at, "2026-01-01T00:00:00.000Z");
    wire.world().tags.get_mut(&arn_of(SET)).unwrap().insert("ses-warden:paused".into(), long_ago);
    all_go(&wire, "OK", 60);
    wire.script(PUT, [Answer::error(403, "AccessDeniedException")]);
    let guard = function(&wire, &[("WARDEN_MAX_PAUSE_MINUTES", "60")]);
    look(&guard).await.unwrap_err();
    assert_eq!((paused(&wire).len(), told(&wire).len()), (1, 1));
    look(&guard).await.unwrap();
    assert!(paused(&wire).is_empty());
    assert_eq!(told(&wire), ["paused_sets", "lifted"]);
}

#[tokio::test]
async fn an_alarm_whose_actions_are_switched_off_is_left_alone() {
    let wire = wire_with(&[ACCOUNT]);
    wire.world().alarms[0].actions_off = true;
    look(&function(&wire, &[])).await.unwrap();
    assert!(wire.world().account_sends && told(&wire).is_empty());
}
