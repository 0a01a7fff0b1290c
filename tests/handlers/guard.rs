//! guard: one alarm, from a message to a pause, a notice and the journal.

use std::collections::BTreeMap;

use serde_json::json;
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::guard::memory::AccountMemory;

use crate::guard_stack::{
    ACCOUNT, DOMAIN, EPISODE, IN_ALARM_AT, SET, TOPIC, check, count, function, handled, history,
    incident, notified, on_our_counts_by_set, put_in_alarm_unknown, put_item, scheduled, steps,
    switched, wire_with,
};
use crate::invoke;
use crate::payloads::{alarm, sns, sqs};
use crate::wire::{Answer, Wire};

#[tokio::test]
async fn account_is_paused_read_back_notified_and_recorded() {
    let wire = wire_with(&[ACCOUNT]);
    assert_eq!(check(&function(&wire, &[])).await.unwrap(), [""; 0]);
    let wanted = [
        "DescribeAlarms",
        "Query",
        "GetAccount",
        // No other guard has begun a pause meanwhile.
        "Query",
        "PutItem",
        "PutAccountSendingAttributes",
        "GetAccount",
        "PutItem",
        "Publish",
        // The history, and that all is done.
        "PutItem",
        "PutItem",
    ];
    assert_eq!(steps(&wire), wanted);
    assert!(!wire.world().account_sends);
    assert_eq!(handled(&wire, ACCOUNT).as_deref(), Some(EPISODE));
    let notice = wire.world().notices[0].clone();
    assert_eq!(notice.topic_arn, TOPIC);
    assert_eq!(notice.attributes["action"], "paused_account");
    assert_eq!(
        notice.attributes["id"],
        format!("ses-warden/account/all/bounce/critical@{EPISODE}")
    );
}

#[tokio::test]
async fn set_is_paused_read_back_notified_and_recorded() {
    let wire = wire_with(&[SET]);
    check(&function(&wire, &[])).await.unwrap();
    let wanted = [
        "DescribeAlarms",
        "Query",
        "GetAccount",
        "GetConfigurationSet",
        "Query",
        "PutItem",
        "PutConfigurationSetSendingOptions",
        "GetConfigurationSet",
        "PutItem",
        "Publish",
        "PutItem",
        "PutItem",
    ];
    assert_eq!(steps(&wire), wanted);
    let world = wire.world();
    assert!(world.account_sends && !world.sets["marketing"] && world.sets["news"]);
    assert_eq!(world.notices[0].attributes["target"], "marketing");
}

#[tokio::test]
async fn a_handled_episode_is_left_alone_even_after_a_resume() {
    let wire = wire_with(&[ACCOUNT]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap();
    wire.world().account_sends = true;
    let before = wire.calls().len();
    check(&guard).await.unwrap();
    let reads = ["DescribeAlarms", "Query", "GetAccount"];
    // The first check after it notes that the pause is over.
    let found = ["LookupEvents", "LookupEvents", "PutItem", "PutItem", "PutItem"];
    assert_eq!(wire.operations()[before..], [&reads[..], &found].concat());
    assert_eq!(history(&wire).pop().unwrap(), ["found_resumed", "", "unknown"]);
    let before = wire.calls().len();
    check(&guard).await.unwrap();
    assert_eq!(wire.operations()[before..], reads);
    assert!(wire.world().account_sends);
}

#[tokio::test]
async fn a_new_episode_pauses_again() {
    let wire = wire_with(&[ACCOUNT]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap();
    wire.world().account_sends = true;
    wire.world().alarms[0].transitioned_at = Some(IN_ALARM_AT + 60.0);
    check(&guard).await.unwrap();
    assert!(!wire.world().account_sends);
    assert_eq!(notified(&wire), ["paused_account"; 2]);
}

#[tokio::test]
async fn what_raises_no_alarm_makes_no_call() {
    let wire = wire_with(&[ACCOUNT]);
    let guard = function(&wire, &[]);
    for payload in [
        alarm("OK"),
        alarm("INSUFFICIENT_DATA"),
        alarm("SOME_NEW_STATE"),
        sns("Your budget has been exceeded."),
        sqs(&[crate::payloads::bounce(0, "jane@example.net")]),
    ] {
        assert_eq!(invoke(&guard, &payload).await.unwrap(), [""; 0], "{payload}");
    }
    assert_eq!(wire.operations(), [""; 0]);
}

#[tokio::test]
async fn the_schedule_makes_up_for_a_lost_message() {
    let wire = wire_with(&[ACCOUNT]);
    assert_eq!(scheduled(&function(&wire, &[])).await.unwrap(), [""; 0]);
    assert_eq!(notified(&wire), ["paused_account"]);
}

#[tokio::test]
async fn a_forged_message_finds_nothing_to_do() {
    let wire = wire_with(&[ACCOUNT]);
    wire.world().alarms[0].state = "OK".into();
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(wire.operations(), ["DescribeAlarms", "Query", "GetAccount"]);
}

#[tokio::test]
async fn an_alarm_of_another_stack_is_not_seen() {
    let wire = wire_with(&[ACCOUNT]);
    wire.world().alarms[0].name = "other-stack/account/all/bounce/critical".into();
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(wire.operations(), ["DescribeAlarms", "Query", "GetAccount"]);
}

/// Notifies once, pauses nothing, and notes the episode as handled, or as open where guard decides again.
async fn assert_only_tells(wire: &Wire, settings: &[(&str, &str)], label: [&str; 4], action: &str) {
    for _ in 0..2 {
        check(&function(wire, settings)).await.unwrap();
    }
    assert_eq!(notified(wire), [action]);
    assert_eq!(switched(wire), [""; 0]);
    if ["protected", "observing", "no_such_set"].contains(&action) {
        assert_eq!(handled(wire, label), None);
        let (state, phase) = incident(wire, label).unwrap();
        assert_eq!((phase.as_str(), &state["notified"]), ("open", &json!([action])));
        assert_eq!(state["leader"]["episode"], EPISODE);
        assert!(
            wire.world().notices[0].attributes["id"].ends_with(&format!("@{EPISODE}/{action}"))
        );
    } else {
        assert_eq!(handled(wire, label).as_deref(), Some(EPISODE));
    }
}

#[tokio::test]
async fn an_alarm_that_is_not_understood_only_notifies() {
    let wire = wire_with(&[]);
    put_in_alarm_unknown(&mut wire.world(), ACCOUNT);
    assert_only_tells(&wire, &[], ACCOUNT, "unlabelled").await;
}

#[tokio::test]
async fn warning_only_notifies() {
    let label = ["account", "all", "bounce", "warn"];
    assert_only_tells(&wire_with(&[label]), &[], label, "warning").await;
}

#[tokio::test]
async fn a_protected_configuration_set_is_not_paused() {
    let settings = [("WARDEN_PROTECTED_CONFIGURATION_SETS", "news, marketing")];
    assert_only_tells(&wire_with(&[SET]), &settings, SET, "protected").await;
}

#[tokio::test]
async fn observing_only_notifies() {
    assert_only_tells(&wire_with(&[ACCOUNT]), &[("WARDEN_MODE", "observe")], ACCOUNT, "observing")
        .await;
}

#[tokio::test]
async fn an_account_that_is_paused_already_is_left_alone() {
    let wire = wire_with(&[SET]);
    wire.world().account_sends = false;
    assert_only_tells(&wire, &[], SET, "account_paused").await;
    assert!(wire.world().sets["marketing"]);
}

#[tokio::test]
async fn an_account_that_aws_has_shut_down_is_left_alone() {
    let wire = wire_with(&[ACCOUNT]);
    wire.world().enforcement_status = "SHUTDOWN".into();
    // That AWS did it was notified before.
    let verdict = (EnforcementStatus::Shutdown, "t".to_owned());
    let memory = AccountMemory { verdict: Some(verdict), ..AccountMemory::default() };
    put_item(&wire, &memory.item());
    assert_only_tells(&wire, &[], ACCOUNT, "shut_down").await;
}

#[tokio::test]
async fn missing_set_gets_a_notice() {
    let wire = wire_with(&[SET]);
    wire.world().sets.clear();
    assert_only_tells(&wire, &[], SET, "no_such_set").await;
}

#[tokio::test]
async fn pause_that_does_not_take_has_no_notice_and_is_not_handled() {
    for label in [ACCOUNT, SET] {
        let wire = wire_with(&[label]);
        wire.world().pause_does_nothing = true;
        let guard = function(&wire, &[]);
        assert_eq!(check(&guard).await.unwrap_err().kind(), "call_failed");
        assert_eq!(notified(&wire), [""; 0]);
        assert_eq!(handled(&wire, label), None);
        wire.world().pause_does_nothing = false;
        check(&guard).await.unwrap();
        assert_eq!(notified(&wire).len(), 1);
    }
}

#[tokio::test]
async fn next_invocation_sends_a_notice_that_failed() {
    let wire = wire_with(&[ACCOUNT]);
    wire.script("Publish", [Answer::error(403, "AuthorizationError")]);
    let guard = function(&wire, &[]);
    assert_eq!(check(&guard).await.unwrap_err().kind(), "call_failed");
    assert!(!wire.world().account_sends);
    assert_eq!(handled(&wire, ACCOUNT), None);
    check(&guard).await.unwrap();
    assert_eq!(wire.world().notices.len(), 1);
    assert_eq!(handled(&wire, ACCOUNT).as_deref(), Some(EPISODE));
}

#[tokio::test]
async fn notice_that_is_not_noted_is_repeated_with_the_same_id() {
    let wire = wire_with(&[ACCOUNT]);
    wire.world().item_writes = vec![None, None, Some(Answer::error(403, "AccessDenied"))];
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    check(&guard).await.unwrap();
    check(&guard).await.unwrap();
    let notices = wire.world().notices.clone();
    let ids: Vec<&String> = notices.iter().map(|notice| &notice.attributes["id"]).collect();
    assert_eq!(ids, vec![&format!("ses-warden/account/all/bounce/critical@{EPISODE}"); 2]);
}

#[tokio::test]
async fn account_is_paused_before_a_set() {
    let wire = wire_with(&[ACCOUNT, SET]);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(
        switched(&wire),
        ["PutAccountSendingAttributes", "PutConfigurationSetSendingOptions"]
    );
    assert_eq!(notified(&wire), ["paused_account", "paused_sets"]);
}

#[tokio::test]
async fn alarm_that_fails_holds_up_no_other() {
    let wire = wire_with(&[SET, ACCOUNT]);
    wire.script("PutConfigurationSetSendingOptions", [Answer::error(403, "AccessDeniedException")]);
    assert_eq!(check(&function(&wire, &[])).await.unwrap_err().kind(), "call_failed");
    assert!(!wire.world().account_sends);
    assert_eq!((handled(&wire, SET), handled(&wire, ACCOUNT).as_deref()), (None, Some(EPISODE)));
}

#[tokio::test]
async fn domain_alarm_pauses_the_sets_that_carried_bounces() {
    let wire = wire_with(&[DOMAIN]);
    {
        let mut world = wire.world();
        for set in ["other", "few"] {
            world.sets.insert(set.into(), true);
        }
        count(
            &mut world,
            4321.0,
            734.0,
            &[("marketing", 400.0), ("news", 200.0), ("deleted", 100.0), ("few", 34.0)],
        );
        world.add_series("Send", &[("Domain", "example.org"), ("ConfigurationSet", "other")], 10.0);
        world.add_series(
            "BounceHard",
            &[("Domain", "example.org"), ("ConfigurationSet", "other")],
            10.0,
        );
    }
    check(&function(&wire, &[("WARDEN_PROTECTED_CONFIGURATION_SETS", "news")])).await.unwrap();
    let world = wire.world();
    let paused: Vec<&String> =
        world.sets.iter().filter(|(_, sends)| !**sends).map(|(name, _)| name).collect();
    assert_eq!(paused, ["marketing"]);
    assert!(world.account_sends);
    assert_eq!(world.notices[0].attributes["action"], "paused_sets");
    let message = &world.notices[0].message;
    assert!(message.contains("\n\n734 of 4321 sends from example.com hard-bounced in the last 5 minutes: 17 %, lower confidence bound"), "{message}");
}

#[tokio::test]
async fn a_setting_says_which_sets_carry_a_domains_mail() {
    let wire = wire_with(&[DOMAIN]);
    count(&mut wire.world(), 1000.0, 200.0, &[("marketing", 200.0)]);
    check(&function(&wire, &[("WARDEN_DOMAIN_SETS", "Example.com=news")])).await.unwrap();
    let world = wire.world();
    assert!(world.sets["marketing"] && !world.sets["news"]);
}

#[tokio::test]
async fn unproven_rate_gets_one_notice_and_pauses_once_proven() {
    let wire = wire_with(&[DOMAIN]);
    count(&mut wire.world(), 13.0, 1.0, &[("marketing", 1.0)]);
    let guard = function(&wire, &[]);
    for _ in 0..3 {
        check(&guard).await.unwrap();
    }
    assert_eq!(notified(&wire), ["not_proven"]);
    assert!(
        wire.world().notices[0]
            .message
            .contains("1 of 13 sends from example.com hard-bounced in the last 5 minutes: 7.7 %."),
        "{:?}",
        wire.world().notices
    );
    assert!(wire.world().sets["marketing"]);
    wire.world().series.clear();
    count(&mut wire.world(), 1000.0, 200.0, &[("marketing", 200.0)]);
    for _ in 0..2 {
        check(&guard).await.unwrap();
    }
    assert_eq!(notified(&wire), ["not_proven", "paused_sets"]);
    let ids: Vec<String> =
        wire.world().notices.iter().map(|notice| notice.attributes["id"].clone()).collect();
    assert_ne!(ids[0], ids[1]);
    assert!(!wire.world().sets["marketing"]);
    assert_eq!(handled(&wire, DOMAIN).as_deref(), Some(EPISODE));
}

#[tokio::test]
async fn late_bounces_count_against_the_mail_of_their_campaign() {
    let wire = wire_with(&[DOMAIN]);
    count(&mut wire.world(), 60.0, 40.0, &[("marketing", 40.0)]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let campaign = (i64::try_from(now).unwrap() / 60 - 60) * 60;
    let domain = BTreeMap::from([("Domain".to_owned(), "example.com".to_owned())]);
    wire.world().points.push(("Send".into(), domain, campaign, 50_000.0));
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["not_proven"]);
}

#[tokio::test]
async fn domain_without_sets_pauses_the_account_if_that_is_proven() {
    for (account, action) in
        [([1000.0, 200.0], "paused_account"), ([90_000.0, 300.0], "no_such_set")]
    {
        let wire = wire_with(&[DOMAIN]);
        {
            let mut world = wire.world();
            count(&mut world, 1000.0, 200.0, &[]);
            world.add_series("Send", &[], account[0]);
            world.add_series("BounceHard", &[], account[1]);
        }
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(notified(&wire), [action]);
        assert_eq!(wire.world().account_sends, action == "no_such_set");
    }
}

#[tokio::test]
async fn set_alarm_on_our_metrics_needs_our_counts() {
    for (bounces, action) in [(1.0, "not_proven"), (200.0, "paused_sets")] {
        let label = ["configuration-set", "marketing", "bounce", "critical"];
        let wire = wire_with(&[label]);
        on_our_counts_by_set(&mut wire.world(), 0);
        count(&mut wire.world(), 1000.0, bounces, &[("marketing", bounces)]);
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(notified(&wire), [action]);
    }
}

#[tokio::test]
async fn without_numbers_nothing_is_paused_until_they_can_be_read() {
    let wire = wire_with(&[DOMAIN]);
    count(&mut wire.world(), 1000.0, 200.0, &[("marketing", 200.0)]);
    wire.script("GetMetricData", [Answer::error(403, "AccessDenied")]);
    let guard = function(&wire, &[]);
    assert_eq!(check(&guard).await.unwrap_err().kind(), "call_failed");
    assert!(wire.world().sets["marketing"]);
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets"]);
}

#[tokio::test]
async fn notice_goes_out_without_numbers_that_cannot_be_read() {
    let wire = wire_with(&[SET]);
    wire.world().add_series(
        "Send",
        &[("Domain", "example.com"), ("ConfigurationSet", "marketing")],
        10.0,
    );
    wire.script("GetMetricData", [Answer::error(403, "AccessDenied")]);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets"]);
}

#[tokio::test]
async fn the_notice_counts_the_last_hour() {
    let wire = wire_with(&[DOMAIN]);
    count(&mut wire.world(), 4321.0, 734.0, &[("marketing", 734.0)]);
    check(&function(&wire, &[])).await.unwrap();
    let message = wire.world().notices[0].message.clone();
    assert!(message.contains("4321") && message.contains("734 (16.99 %)"), "{message}");
}
