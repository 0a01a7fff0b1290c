//! guard under attack: AWS that does not answer, answers that lack their facts, alarms that claim
//! to watch what they do not.

use std::time::Duration;

use serde_json::json;
use warden_lambda::FunctionError;

use crate::guard_stack::{
    ACCOUNT, DOMAIN, EPISODE, SET, arn_of, function, handled, look, raise, told, wire_with,
};
use crate::guard_trouble::{PUT, SET_BOUNCE, all_go, bounced_by, paused};
use crate::invoke_within;
use crate::payloads::alarm;
use crate::wire::{Answer, Wire};

/// One invocation with so much time; Lambda ends one that takes longer, and so does this.
async fn look_within(
    wire: &Wire,
    settings: &[(&str, &str)],
    time: Duration,
) -> Result<Vec<String>, FunctionError> {
    let guard = function(wire, settings);
    let look = invoke_within(&guard, alarm("ALARM"), time);
    tokio::time::timeout(time, look).await.unwrap()
}

const SHORT: Duration = Duration::from_secs(12);

#[tokio::test]
async fn alarms_whose_tags_never_come_do_not_hold_up_the_account() {
    for state in ["ALARM", "OK"] {
        let wire = wire_with(&[DOMAIN, SET]);
        all_go(&wire, state, 60);
        raise(&mut wire.world(), ACCOUNT);
        for label in [DOMAIN, SET] {
            wire.world().tag_reads.insert(arn_of(label), Answer::Hang);
        }
        assert_eq!(look_within(&wire, &[], SHORT).await.unwrap_err().kind(), "call_failed");
        assert!(!wire.world().account_sends, "{state}");
        assert_eq!(told(&wire), ["paused_account"]);
        assert_eq!(handled(&wire, ACCOUNT).as_deref(), Some(EPISODE));
        assert_eq!(handled(&wire, SET), None);
    }
}

#[tokio::test]
async fn many_alarms_whose_tags_never_come_do_not_hold_up_the_account() {
    let names: Vec<String> = (0..60).map(|n| format!("{n:02}.example.com")).collect();
    let labels: Vec<[&str; 4]> =
        names.iter().map(|name| ["domain", name, "bounce", "critical"]).collect();
    let wire = wire_with(&labels);
    raise(&mut wire.world(), ACCOUNT);
    for label in &labels {
        wire.world().tag_reads.insert(arn_of(*label), Answer::Hang);
    }
    look_within(&wire, &[], SHORT).await.unwrap_err();
    assert_eq!(told(&wire), ["paused_account"]);
}

#[tokio::test]
async fn tags_that_never_come_end_no_invocation_where_pauses_have_a_longest_time() {
    let wire = wire_with(&[DOMAIN, SET]);
    all_go(&wire, "OK", 30 * 24 * 3600);
    for label in [DOMAIN, SET] {
        wire.world().tag_reads.insert(arn_of(label), Answer::Hang);
    }
    let settings = [("WARDEN_MAX_PAUSE_MINUTES", "60")];
    assert_eq!(look_within(&wire, &settings, SHORT).await.unwrap_err().kind(), "call_failed");
}

#[tokio::test]
async fn counts_that_never_come_do_not_hold_up_the_account() {
    let wire = wire_with(&[DOMAIN, SET_BOUNCE]);
    wire.world().alarms[1].namespace = "SesWarden".into();
    bounced_by(&wire, &[("marketing", 200.0)]);
    raise(&mut wire.world(), ACCOUNT);
    wire.script("ListMetrics", vec![Answer::Hang; 99]);
    wire.script("GetMetricData", vec![Answer::Hang; 99]);
    look_within(&wire, &[], SHORT).await.unwrap_err();
    assert_eq!(told(&wire), ["paused_account"]);
}

#[tokio::test]
async fn a_set_whose_switch_never_answers_holds_up_neither_the_others_nor_the_notice() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 400.0), ("news", 200.0)]);
    wire.world().set_writes.insert("marketing".into(), Answer::Hang);
    let time = Duration::from_secs(30);
    assert_eq!(look_within(&wire, &[], time).await.unwrap_err().kind(), "call_failed");
    assert_eq!(paused(&wire), ["news"]);
    assert_eq!(told(&wire), ["paused_sets"]);
    let notice = wire.world().notices[0].message.clone();
    assert!(notice.contains("marketing"), "{notice}");
    // The rest is paused and told once SES answers.
    wire.world().set_writes.clear();
    look_within(&wire, &[], SHORT).await.unwrap();
    assert_eq!(paused(&wire), ["marketing", "news"]);
    assert_eq!(told(&wire), ["paused_sets"; 2]);
}

#[tokio::test]
async fn a_follower_that_takes_no_tag_does_not_hold_up_the_notice() {
    let wire = wire_with(&[SET_BOUNCE, SET]);
    wire.world().tag_writes.insert(arn_of(SET), Answer::error(403, "AccessDenied"));
    look_within(&wire, &[], SHORT).await.unwrap_err();
    assert_eq!(paused(&wire), ["marketing"]);
    assert_eq!(told(&wire), ["paused_sets"]);
    assert_eq!(handled(&wire, SET_BOUNCE).as_deref(), Some(EPISODE));
    // The follower speaks for itself once its tags can be written.
    wire.world().tag_writes.clear();
    look_within(&wire, &[], SHORT).await.unwrap();
    assert_eq!(told(&wire), ["paused_sets", "sets_paused"]);
}

#[tokio::test]
async fn an_account_that_does_not_say_whether_it_sends_is_not_read() {
    for answer in [
        json!({}),
        json!({ "SendingEnabled": true }),
        json!({ "EnforcementStatus": "HEALTHY" }),
        json!({ "SendingEnabled": null, "EnforcementStatus": null }),
    ] {
        let wire = wire_with(&[ACCOUNT]);
        wire.script("GetAccount", vec![Answer::Ok(answer.clone()); 3]);
        let guard = function(&wire, &[]);
        assert_eq!(look(&guard).await.unwrap_err().kind(), "call_failed", "{answer}");
        assert_eq!((told(&wire), handled(&wire, ACCOUNT)), (vec![], None), "{answer}");
        look(&guard).await.unwrap();
        assert_eq!(told(&wire), ["paused_account"], "{answer}");
        assert!(!wire.world().account_sends);
    }
}

#[tokio::test]
async fn a_set_that_does_not_say_whether_it_sends_is_not_read() {
    for answer in [json!({}), json!({ "SendingOptions": {} })] {
        let wire = wire_with(&[SET]);
        wire.script("GetConfigurationSet", vec![Answer::Ok(answer.clone()); 3]);
        let guard = function(&wire, &[]);
        assert_eq!(look(&guard).await.unwrap_err().kind(), "call_failed", "{answer}");
        assert_eq!((told(&wire), handled(&wire, SET)), (vec![], None), "{answer}");
        look(&guard).await.unwrap();
        assert_eq!(told(&wire), ["paused_sets"], "{answer}");
    }
}

#[tokio::test]
async fn an_answer_without_tags_is_not_an_alarm_without_labels() {
    let wire = wire_with(&[SET]);
    wire.world().tag_reads.insert(arn_of(SET), Answer::Ok(json!({})));
    let guard = function(&wire, &[]);
    assert_eq!(look(&guard).await.unwrap_err().kind(), "call_failed");
    assert_eq!((told(&wire), handled(&wire, SET)), (vec![], None));
    wire.world().tag_reads.clear();
    look(&guard).await.unwrap();
    assert_eq!(told(&wire), ["paused_sets"]);
}

#[tokio::test]
async fn an_answer_without_series_is_not_a_domain_without_sets() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 400.0)]);
    wire.world().add_series("Send", &[], 1000.0);
    wire.world().add_series("BounceHard", &[], 400.0);
    wire.script("ListMetrics", vec![Answer::Ok(json!({})); 9]);
    let guard = function(&wire, &[]);
    look(&guard).await.unwrap_err();
    assert!(told(&wire).is_empty() && wire.world().account_sends);
    wire.unscript();
    look(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
}

#[tokio::test]
async fn an_answer_without_sums_is_not_a_sender_without_bounces() {
    let wire = wire_with(&[DOMAIN]);
    bounced_by(&wire, &[("marketing", 400.0)]);
    wire.script("GetMetricData", vec![Answer::Ok(json!({})); 99]);
    let guard = function(&wire, &[]);
    look(&guard).await.unwrap_err();
    assert!(told(&wire).is_empty(), "{:?}", told(&wire));
    wire.unscript();
    look(&guard).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
}

#[tokio::test]
async fn an_answer_without_alarms_is_an_error() {
    let wire = wire_with(&[ACCOUNT]);
    wire.script("DescribeAlarms", [Answer::Ok(json!({}))]);
    let guard = function(&wire, &[]);
    assert_eq!(look(&guard).await.unwrap_err().kind(), "call_failed");
    look(&guard).await.unwrap();
    assert_eq!(told(&wire), ["paused_account"]);
}

#[tokio::test]
async fn an_alarm_without_a_state_is_an_error_of_its_own() {
    let wire = wire_with(&[SET, ACCOUNT]);
    wire.world().alarms[0].state = String::new();
    assert_eq!(look(&function(&wire, &[])).await.unwrap_err().kind(), "call_failed");
    assert_eq!(told(&wire), ["paused_account"]);
    assert!(paused(&wire).is_empty());
}

#[tokio::test]
async fn a_state_that_is_not_known_pauses_nothing() {
    let wire = wire_with(&[SET]);
    wire.world().alarms[0].state = "SOME_NEW_STATE".into();
    look(&function(&wire, &[])).await.unwrap();
    assert!(paused(&wire).is_empty() && told(&wire).is_empty());
}

const UNEXPECTED: [&str; 4] = ["account", "all", "unexpected-sender", "critical"];

#[tokio::test]
async fn an_unexpected_sender_alarm_on_other_metrics_than_ours_pauses_nothing() {
    for (namespace, math) in [
        ("AWS/SES", vec![]),
        ("Custom", vec![]),
        ("seswarden", vec![]),
        ("", vec![]),
        ("", vec!["SesWarden", "Custom"]),
    ] {
        let wire = wire_with(&[UNEXPECTED]);
        wire.world().alarms[0].namespace = namespace.into();
        wire.world().alarms[0].math_namespaces = math.iter().map(|m| (*m).into()).collect();
        for _ in 0..2 {
            look(&function(&wire, &[])).await.unwrap();
        }
        assert!(wire.world().account_sends, "{namespace} {math:?}");
        assert_eq!(told(&wire), ["foreign_metric"], "{namespace} {math:?}");
        assert_eq!(handled(&wire, UNEXPECTED).as_deref(), Some(EPISODE));
    }
}

#[tokio::test]
async fn an_unexpected_sender_alarm_on_the_metric_of_this_stack_pauses() {
    for (setting, namespace) in [("", "SesWarden"), ("Mail/Watch", "Mail/Watch")] {
        let wire = wire_with(&[UNEXPECTED]);
        wire.world().alarms[0].namespace = namespace.into();
        let settings = [("WARDEN_NAMESPACE", setting)];
        let settings = if setting.is_empty() { &[] } else { &settings[..] };
        look(&function(&wire, settings)).await.unwrap();
        assert_eq!(told(&wire), ["paused_account"], "{namespace}");
    }
}

#[tokio::test]
async fn a_switch_that_never_answers_leaves_the_account_to_the_next_look() {
    let wire = wire_with(&[SET]);
    wire.script(PUT, vec![Answer::Hang; 9]);
    look_within(&wire, &[], SHORT).await.unwrap_err();
    assert!(told(&wire).is_empty());
    wire.unscript();
    look_within(&wire, &[], SHORT).await.unwrap();
    assert_eq!(
        (paused(&wire), told(&wire)),
        (vec!["marketing".into()], vec!["paused_sets".into()])
    );
}
