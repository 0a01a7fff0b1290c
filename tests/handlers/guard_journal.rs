//! guard and its journal: two guards, a journal that fails, pauses in doubt, the history and the
//! daily check.

use serde_json::{Value, json};
use warden_domain::guard::Action;
use warden_domain::guard::incident::{AlarmEpisode, Cause, Incident, Observation, step};
use warden_domain::guard::record::Target;
use warden_lambda::now_millis;

use crate::guard_incidents::{TENANT_ARN, event};
use crate::guard_stack::{
    ACCOUNT, EPISODE, SET, check, function, history, incident, notified, put_in_alarm, put_item,
    scheduled, switched, wire_with,
};
use crate::guard_trouble::{PUT, SET_BOUNCE, message, paused};
use crate::invoke;
use crate::wire::{Answer, Wire};

const JO: &str = "arn:aws:iam::111122223333:user/jo";

/// A guard began to pause this for the alarm, five minutes ago, and was interrupted.
fn begun(wire: &Wire, label: [&str; 4], target: Target) {
    let at = now_millis() - 300_000;
    let (others, cause) = (Vec::new(), Cause::default());
    let decided = Observation::Decided { action: Action::Pause(target), others, cause, at };
    let leader = AlarmEpisode::new(format!("ses-warden/{}", label.join("/")), EPISODE);
    put_item(wire, &step(&Incident::new(leader), &decided).0.item(at));
}

/// A record of CloudTrail, so many seconds ago.
fn call(name: &str, asked: &Value, seconds_ago: i64) -> Value {
    let at = warden_domain::time::iso_millis(now_millis() - 1000 * seconds_ago);
    json!({ "eventName": name, "requestParameters": asked, "eventTime": at,
        "userIdentity": { "arn": JO } })
}

#[tokio::test]
async fn of_two_guards_at_once_one_pauses_and_notifies() {
    for label in [SET, ACCOUNT] {
        let wire = wire_with(&[label]);
        let (one, other) = (function(&wire, &[]), function(&wire, &[]));
        for _ in 0..2 {
            let (one, other) = tokio::join!(check(&one), check(&other));
            assert!(one.is_ok() && other.is_ok(), "the slower one stops quietly");
        }
        let notices = wire.world().notices.clone();
        let ids: Vec<&String> = notices.iter().map(|notice| &notice.attributes["id"]).collect();
        assert!(!ids.is_empty() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(incident(&wire, label).unwrap().1, "paused");
        assert_eq!(history(&wire).len(), 1);
    }
}

#[tokio::test]
async fn without_a_journal_nothing_is_paused_and_operators_know_at_once() {
    for operation in ["Query", "PutItem"] {
        for label in [SET, ACCOUNT] {
            let wire = wire_with(&[label]);
            wire.script(operation, vec![Answer::error(400, "AccessDeniedException"); 20]);
            let guard = function(&wire, &[]);
            for _ in 0..2 {
                assert_eq!(check(&guard).await.unwrap_err().kind(), "call_failed");
            }
            assert_eq!(switched(&wire), [""; 0], "{operation}");
            assert_eq!(notified(&wire), ["journal_unavailable"], "once, not at each invocation");
            assert!(message(&wire, 0).contains(&label.join("/")), "{}", message(&wire, 0));
            wire.unscript();
            check(&guard).await.unwrap();
            assert_eq!(notified(&wire).len(), 2, "and it goes on by itself");
        }
    }
}

#[tokio::test]
async fn a_set_that_was_paused_and_resumed_meanwhile_is_not_paused_again() {
    let wire = wire_with(&[SET]);
    begun(&wire, SET, Target::Sets(vec!["marketing".into()]));
    wire.world().switched_at.insert("marketing".into(), (now_millis() / 1000 - 60) as f64);
    let guard = function(&wire, &[]);
    for _ in 0..2 {
        check(&guard).await.unwrap();
    }
    assert!(paused(&wire).is_empty());
    assert_eq!(notified(&wire), ["paused_sets"]);
    assert!(message(&wire, 0).contains("Somebody has resumed it since"), "{}", message(&wire, 0));
    assert_eq!(incident(&wire, SET).unwrap().1, "ended");
    assert_eq!(history(&wire).len(), 2, "{:?}", history(&wire));
}

#[tokio::test]
async fn a_resume_that_an_incident_knows_of_is_not_found_by_the_daily_check() {
    let wire = wire_with(&[SET]);
    begun(&wire, SET, Target::Sets(vec!["marketing".into()]));
    wire.world().switched_at.insert("marketing".into(), (now_millis() / 1000 - 60) as f64);
    let guard = function(&wire, &[]);
    for _ in 0..2 {
        scheduled(&guard).await.unwrap();
    }
    assert_eq!(notified(&wire), ["paused_sets"]);
    let events: Vec<String> = history(&wire).into_iter().map(|[event, ..]| event).collect();
    assert_eq!(events, ["pause", "found_resumed"]);
}

#[tokio::test]
async fn a_set_that_was_resumed_before_the_pause_began_is_paused() {
    let wire = wire_with(&[SET]);
    begun(&wire, SET, Target::Sets(vec!["marketing".into()]));
    wire.world().switched_at.insert("marketing".into(), (now_millis() / 1000 - 3600) as f64);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(paused(&wire), ["marketing"]);
}

#[tokio::test]
async fn cloudtrail_says_whether_somebody_resumed_the_account() {
    let on = json!({ "sendingEnabled": true });
    let refused = json!({ "eventName": "PutAccountSendingAttributes", "errorCode": "AccessDenied",
        "requestParameters": on, "eventTime": "2999-01-01T00:00:00Z" });
    for (records, is_repeated) in [
        (vec![call("PutAccountSendingAttributes", &on, 60)], false),
        (vec![call("UpdateAccountSendingEnabled", &json!({ "enabled": true }), 60)], false),
        (vec![call("PutAccountSendingAttributes", &on, 3600)], true),
        (vec![refused], true),
        (vec![], true),
    ] {
        let wire = wire_with(&[ACCOUNT]);
        begun(&wire, ACCOUNT, Target::Account);
        wire.world().trail.clone_from(&records);
        let guard = function(&wire, &[]);
        for _ in 0..2 {
            check(&guard).await.unwrap();
        }
        assert_eq!(wire.world().account_sends, !is_repeated, "{records:?}");
        assert_eq!(notified(&wire), ["paused_account"], "{records:?}");
        let says_so = message(&wire, 0).contains("Somebody has resumed it since");
        assert_eq!(says_so, !is_repeated, "{records:?}");
    }
}

#[tokio::test]
async fn what_nobody_can_say_leads_to_a_notice_and_no_second_pause() {
    let wire = wire_with(&[ACCOUNT]);
    begun(&wire, ACCOUNT, Target::Account);
    wire.script("LookupEvents", vec![Answer::error(400, "AccessDeniedException"); 20]);
    let guard = function(&wire, &[]);
    for _ in 0..2 {
        check(&guard).await.unwrap();
    }
    assert!(wire.world().account_sends);
    assert_eq!(notified(&wire), ["pause_unknown"]);
    let id = format!("ses-warden/{}@{EPISODE}/pause_unknown", ACCOUNT.join("/"));
    assert_eq!(wire.world().notices[0].attributes["id"], id);
}

#[tokio::test]
async fn the_account_is_paused_only_while_awss_own_rate_is_at_the_threshold() {
    for (rate, threshold, action) in [
        (Some(0.5), None, "paused_account"),
        (Some(0.05), None, "not_proven"),
        (Some(0.05), Some(0.04), "paused_account"),
        (None, None, "not_proven"),
    ] {
        let wire = wire_with(&[ACCOUNT]);
        {
            let mut world = wire.world();
            world.alarms[0].threshold = threshold;
            let mut points = std::mem::take(&mut world.points);
            points.iter_mut().for_each(|point| point.3 = rate.unwrap_or_default());
            world.points = rate.map(|_| points).unwrap_or_default();
        }
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(notified(&wire), [action], "{rate:?} {threshold:?}");
        assert_eq!(wire.world().account_sends, action == "not_proven");
    }
}

#[tokio::test]
async fn an_alarm_that_is_read_again_where_it_cannot_be_is_believed() {
    let wire = wire_with(&[ACCOUNT]);
    wire.script("GetMetricData", vec![Answer::error(403, "AccessDenied"); 9]);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["paused_account"]);
}

#[tokio::test]
async fn the_history_says_who_resumed() {
    let asked = json!({ "configurationSetName": "marketing", "sendingEnabled": true });
    let by_trail = |wire: &Wire| wire.world().trail.push(call(PUT, &asked, 0));
    for (with_event, actor) in [(true, "person"), (false, "person")] {
        let wire = wire_with(&[SET]);
        let guard = function(&wire, &[]);
        check(&guard).await.unwrap();
        wire.world().sets.insert("marketing".into(), true);
        if with_event {
            let mut detail = call(PUT, &asked, 0);
            detail["eventSource"] = json!("ses.amazonaws.com");
            let call = event("e-1", "AWS API Call via CloudTrail", &detail);
            invoke(&guard, call).await.unwrap();
        } else {
            by_trail(&wire);
            check(&guard).await.unwrap();
        }
        let last = history(&wire).pop().unwrap();
        assert_eq!(last, ["found_resumed", "marketing", actor], "{with_event}");
        let items = wire.world().items("history");
        assert_eq!(items.last().unwrap()["identity"], JO);
        assert!(items[0]["incident"].as_str().unwrap().ends_with(EPISODE));
    }
}

#[tokio::test]
async fn the_daily_check_notifies_once_of_what_changed_unseen() {
    let wire = wire_with(&[]);
    wire.world().tenant_sends.insert(TENANT_ARN.into(), false);
    wire.world().sets.insert("marketing".into(), false);
    let guard = function(&wire, &[]);
    for _ in 0..3 {
        scheduled(&guard).await.unwrap();
    }
    assert_eq!(notified(&wire), ["found_switched"]);
    let said = message(&wire, 0);
    assert!(said.contains("configuration set marketing does not send"), "{said}");
    assert!(said.contains("tenant shop does not send"), "{said}");
    let found = ["found_paused", "unknown"];
    let events = || history(&wire).into_iter().map(|[event, _, actor]| [event, actor]);
    assert!(events().all(|one| one == found) && events().count() == 2, "{:?}", history(&wire));

    // The next day: one of them sends again, and CloudTrail knows who did it.
    next_day(&wire);
    wire.world().sets.insert("marketing".into(), true);
    let asked = json!({ "configurationSetName": "marketing", "sendingEnabled": true });
    wire.world().trail.push(call(PUT, &asked, 60));
    for _ in 0..2 {
        scheduled(&guard).await.unwrap();
    }
    assert_eq!(notified(&wire), ["found_switched"; 2]);
    assert!(message(&wire, 1).contains("marketing sends; switched by"), "{}", message(&wire, 1));
    assert!(!message(&wire, 1).contains("tenant"), "{}", message(&wire, 1));
}

fn next_day(wire: &Wire) {
    let key = ("incident".to_owned(), "account".to_owned());
    wire.world().table.get_mut(&key).unwrap()["swept_at"] = json!({ "N": "1" });
}

#[tokio::test]
async fn a_check_that_was_interrupted_repeats_its_notice_with_the_same_id() {
    let wire = wire_with(&[]);
    wire.world().sets.insert("marketing".into(), false);
    let refused = Answer::error(400, "AccessDeniedException");
    wire.world().item_writes = vec![None, None, Some(refused)];
    let guard = function(&wire, &[]);
    scheduled(&guard).await.unwrap_err();
    for _ in 0..2 {
        scheduled(&guard).await.unwrap();
    }
    assert_eq!(notified(&wire), ["found_switched"; 2]);
    let notices = wire.world().notices.clone();
    assert_eq!(notices[0].attributes["id"], notices[1].attributes["id"]);
    assert!(notices[1].message.contains("may repeat"));
    assert_eq!(history(&wire).len(), 1);
}

#[tokio::test]
async fn the_daily_check_of_many_sets_goes_on_in_the_next_invocations() {
    let wire = wire_with(&[]);
    wire.world().sets = (0..40).map(|n| (format!("set-{n:02}"), n != 39)).collect();
    let guard = function(&wire, &[]);
    for reads in [15, 30, 40, 40] {
        scheduled(&guard).await.unwrap();
        assert_eq!(wire.calls_of("GetConfigurationSet").len(), reads);
    }
    assert_eq!(notified(&wire), ["found_switched"]);
}

#[tokio::test]
async fn what_guard_paused_or_found_paused_is_known_to_the_daily_check() {
    let wire = wire_with(&[SET]);
    wire.world().account_sends = false;
    scheduled(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["account_paused"]);
    let wire = wire_with(&[SET, SET_BOUNCE]);
    put_in_alarm(&mut wire.world(), ACCOUNT);
    scheduled(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["paused_account", "paused_sets"]);
}
