//! guard under attack: AWS that does not answer, answers that lack their facts, alarms that claim
//! to watch what they do not.

use std::time::Duration;

use serde_json::json;
use warden_lambda::FunctionError;

use crate::guard_stack::{
    ACCOUNT, DOMAIN, EPISODE, SET, arn_of, check, function, handled, notified,
    on_our_counts_by_set, put_in_alarm, unexpected_sender, wire_with,
};
use crate::guard_trouble::{PUT, SET_BOUNCE, bounced_by, paused};
use crate::invoke_within;
use crate::payloads::alarm;
use crate::wire::{AlarmSeries, Answer, Wire};

/// One invocation with so much time; Lambda ends one that takes longer, and so does this.
async fn check_within(
    wire: &Wire,
    settings: &[(&str, &str)],
    time: Duration,
) -> Result<Vec<String>, FunctionError> {
    within(wire, settings, time, &alarm("ALARM")).await
}

async fn within(
    wire: &Wire,
    settings: &[(&str, &str)],
    time: Duration,
    payload: &str,
) -> Result<Vec<String>, FunctionError> {
    let guard = function(wire, settings);
    tokio::time::timeout(time, invoke_within(&guard, payload, time)).await.unwrap()
}

const SHORT: Duration = Duration::from_secs(12);

#[tokio::test]
async fn counts_that_never_come_do_not_hold_up_the_account() {
    let wire = wire_with(&[DOMAIN, SET_BOUNCE]);
    on_our_counts_by_set(&mut wire.world(), 1);
    bounced_by(&wire, &[("marketing", 200.0)]);
    put_in_alarm(&mut wire.world(), ACCOUNT);
    wire.script("ListMetrics", vec![Answer::Hang; 99]);
    wire.script("GetMetricData", vec![Answer::Hang; 99]);
    check_within(&wire, &[], SHORT).await.unwrap_err();
    assert_eq!(notified(&wire), ["paused_account"]);
}

#[tokio::test]
async fn hanging_switch_of_a_set_holds_up_nothing_else() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 400.0), ("news", 200.0)]);
    wire.world().set_writes.insert("marketing".into(), Answer::Hang);
    let time = Duration::from_secs(30);
    assert_eq!(check_within(&wire, &[], time).await.unwrap_err().kind(), "call_failed");
    assert_eq!(paused(&wire), ["news"]);
    assert_eq!(notified(&wire), ["paused_sets"]);
    let notice = wire.world().notices[0].message.clone();
    assert!(notice.contains("marketing"), "{notice}");
    // The rest is paused and notified once SES answers.
    wire.world().set_writes.clear();
    check_within(&wire, &[], SHORT).await.unwrap();
    assert_eq!(paused(&wire), ["marketing", "news"]);
    assert_eq!(notified(&wire), ["paused_sets"; 2]);
}

#[tokio::test]
async fn account_without_its_switch_is_no_state() {
    for answer in [
        json!({}),
        json!({ "SendingEnabled": true }),
        json!({ "EnforcementStatus": "HEALTHY" }),
        json!({ "SendingEnabled": null, "EnforcementStatus": null }),
    ] {
        let wire = wire_with(&[ACCOUNT]);
        wire.script("GetAccount", vec![Answer::Ok(answer.clone()); 3]);
        let guard = function(&wire, &[]);
        assert_eq!(check(&guard).await.unwrap_err().kind(), "call_failed", "{answer}");
        assert_eq!((notified(&wire), handled(&wire, ACCOUNT)), (vec![], None), "{answer}");
        check(&guard).await.unwrap();
        assert_eq!(notified(&wire), ["paused_account"], "{answer}");
        assert!(!wire.world().account_sends);
    }
}

#[tokio::test]
async fn set_without_its_switch_is_no_state() {
    for answer in [json!({}), json!({ "SendingOptions": {} })] {
        let wire = wire_with(&[SET]);
        wire.script("GetConfigurationSet", vec![Answer::Ok(answer.clone()); 3]);
        let guard = function(&wire, &[]);
        assert_eq!(check(&guard).await.unwrap_err().kind(), "call_failed", "{answer}");
        assert_eq!((notified(&wire), handled(&wire, SET)), (vec![], None), "{answer}");
        check(&guard).await.unwrap();
        assert_eq!(notified(&wire), ["paused_sets"], "{answer}");
    }
}

#[tokio::test]
async fn an_answer_without_series_is_not_a_domain_without_sets() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 400.0)]);
    wire.world().add_series("Send", &[], 1000.0);
    wire.world().add_series("BounceHard", &[], 400.0);
    wire.script("ListMetrics", vec![Answer::Ok(json!({})); 9]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    assert!(notified(&wire).is_empty() && wire.world().account_sends);
    wire.unscript();
    check(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
}

#[tokio::test]
async fn an_answer_without_sums_is_not_a_sender_without_bounces() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 400.0)]);
    wire.script("GetMetricData", vec![Answer::Ok(json!({})); 99]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    assert!(notified(&wire).is_empty(), "{:?}", notified(&wire));
    wire.unscript();
    check(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
}

#[tokio::test]
async fn an_answer_without_alarms_is_an_error() {
    let wire = wire_with(&[ACCOUNT]);
    wire.script("DescribeAlarms", [Answer::Ok(json!({}))]);
    let guard = function(&wire, &[]);
    assert_eq!(check(&guard).await.unwrap_err().kind(), "call_failed");
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), ["paused_account"]);
}

#[tokio::test]
async fn alarm_without_a_state_is_its_own_error() {
    let wire = wire_with(&[SET, ACCOUNT]);
    wire.world().alarms[0].state = String::new();
    assert_eq!(check(&function(&wire, &[])).await.unwrap_err().kind(), "call_failed");
    assert_eq!(notified(&wire), ["paused_account"]);
    assert!(paused(&wire).is_empty());
}

#[tokio::test]
async fn a_state_that_is_not_known_pauses_nothing() {
    let wire = wire_with(&[SET]);
    wire.world().alarms[0].state = "SOME_NEW_STATE".into();
    check(&function(&wire, &[])).await.unwrap();
    assert!(paused(&wire).is_empty() && notified(&wire).is_empty());
}

const UNEXPECTED: [&str; 4] = ["account", "all", "unexpected-sender", "critical"];

#[tokio::test]
async fn an_alarm_named_for_unexpected_senders_pauses_nothing_by_its_name() {
    let ours = |metric| AlarmSeries::new("SesWarden", metric, &[]);
    for (series, math) in [
        (Some(unexpected_sender("AWS/SES")), vec![]),
        (Some(unexpected_sender("Custom")), vec![]),
        (Some(unexpected_sender("seswarden")), vec![]),
        (Some(ours("Ignored")), vec![]),
        (None, vec![ours("UnexpectedSender"), unexpected_sender("Custom")]),
        (None, vec![]),
    ] {
        let wire = wire_with(&[UNEXPECTED]);
        wire.world().alarms[0].series = series.clone();
        wire.world().alarms[0].math = math.clone();
        for _ in 0..2 {
            check(&function(&wire, &[])).await.unwrap();
        }
        assert!(wire.world().account_sends, "{series:?} {math:?}");
        assert_eq!(notified(&wire), ["unlabelled"], "{series:?} {math:?}");
        assert_eq!(handled(&wire, UNEXPECTED).as_deref(), Some(EPISODE));
        let notice = wire.world().notices[0].message.clone();
        assert!(notice.contains("this alarm's definition is of neither kind"), "{notice}");
    }
}

/// Whoever may tag an alarm, or name one, cannot widen what it watches.
#[tokio::test]
async fn tags_claim_nothing() {
    let wire = wire_with(&[SET_BOUNCE]);
    let claims = [("scope", "account"), ("target", "all"), ("measure", "complaint")];
    let claims = claims.map(|(key, value)| (format!("ses-warden:{key}"), value.to_owned()));
    wire.world().tags.entry(arn_of(SET_BOUNCE)).or_default().extend(claims);
    check(&function(&wire, &[])).await.unwrap();
    assert!(wire.world().account_sends);
    assert_eq!(paused(&wire), ["marketing"]);
    assert_eq!(wire.world().notices[0].attributes["measure"], "bounce");
}

#[tokio::test]
async fn unexpected_sender_alarm_on_our_metric_pauses() {
    for (setting, namespace) in [("", "SesWarden"), ("Mail/Watch", "Mail/Watch")] {
        let wire = wire_with(&[UNEXPECTED]);
        wire.world().alarms[0].series = Some(unexpected_sender(namespace));
        let settings = [("WARDEN_NAMESPACE", setting)];
        let settings = if setting.is_empty() { &[] } else { &settings[..] };
        check(&function(&wire, settings)).await.unwrap();
        assert_eq!(notified(&wire), ["paused_account"], "{namespace}");
    }
}

#[tokio::test]
async fn hanging_switch_is_left_to_the_next_invocation() {
    let wire = wire_with(&[SET]);
    wire.script(PUT, vec![Answer::Hang; 9]);
    check_within(&wire, &[], SHORT).await.unwrap_err();
    assert!(notified(&wire).is_empty());
    wire.unscript();
    check_within(&wire, &[], SHORT).await.unwrap();
    assert_eq!(
        (paused(&wire), notified(&wire)),
        (vec!["marketing".into()], vec!["paused_sets".into()])
    );
}
