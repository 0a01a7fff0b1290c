//! guard: incidents of several alarms, who paused, AWS's own actions, tenants.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use warden_domain::guard::incident::{AlarmEpisode, Incident, Phase};
use warden_domain::guard::record::Target;
use warden_lambda::now_millis;

use crate::guard_stack::{
    ACCOUNT, DOMAIN, EPISODE, SET, check, count, counts, edit_incident, function, handled,
    notified, put_in_alarm, put_item, reputation, was_paused, wire_with,
};
use crate::log::{Log, capture};
use crate::payloads::{alarm, sns};
use crate::wire::{Answer, Wire};
use crate::{invoke, invoke_within};

pub(crate) const TENANT_ARN: &str = "arn:aws:ses:eu-central-1:111122223333:tenant/shop/tn-1";
pub(crate) const TENANT: [&str; 4] = ["tenant", TENANT_ARN, "complaint", "critical"];
const SET_BOUNCE: [&str; 4] = ["configuration-set", "marketing", "bounce", "critical"];
const SET_WARN: [&str; 4] = ["configuration-set", "marketing", "bounce", "warn"];

fn message(wire: &Wire, place: usize) -> String {
    wire.world().notices[place].message.clone()
}

/// An event of SES through EventBridge.
pub(crate) fn event(id: &str, detail_type: &str, detail: &Value) -> String {
    json!({ "version": "0", "id": id, "detail-type": detail_type, "source": "aws.ses", "account": "111122223333",
        "time": "2026-10-06T07:15:00Z", "region": "eu-central-1", "resources": [], "detail": detail })
    .to_string()
}

#[tokio::test]
async fn one_incident_has_one_notice_and_all_alarms_are_handled() {
    let wire = wire_with(&[SET, SET_BOUNCE, SET_WARN]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap();
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets"]);
    for label in [SET, SET_BOUNCE, SET_WARN] {
        assert_eq!(handled(&wire, label).as_deref(), Some(EPISODE));
        assert!(
            message(&wire, 0).contains(&format!("ses-warden/{}", label.join("/"))),
            "{}",
            message(&wire, 0)
        );
    }
    let json: Value = serde_json::from_str(&wire.world().notices[0].attributes["notice"]).unwrap();
    assert_eq!(json["alarms"].as_array().unwrap().len(), 3);
    assert_eq!(
        json["paused"],
        json!({ "kind": "configuration-set", "names": ["marketing"] }),
        "named once, for all its alarms"
    );
    assert!(
        json["resume"][0].as_str().unwrap().ends_with(" --sending-enabled --region eu-central-1")
    );
    assert_eq!(
        (&json["account"], &json["region"]),
        (&json!("111122223333"), &json!("eu-central-1"))
    );
}

/// However little time there is, each invocation handles something: the account's alarms
/// first, and what is only judged again last.
#[tokio::test]
async fn several_invocations_handle_what_is_too_much_for_one() {
    let domain = |name, severity| ["domain", name, "bounce", severity];
    let wire = wire_with(&[
        DOMAIN,
        domain("example.net", "critical"),
        domain("example.org", "warn"),
        ACCOUNT,
    ]);
    // The warning is proven.
    let of = [("Domain", "example.org")];
    wire.world().add_series("Send", &of, 1000.0);
    wire.world().add_series("BounceHard", &of, 70.0);
    let guard = function(&wire, &[("WARDEN_MODE", "observe")]);
    for (checks, target) in [(1, "all"), (2, "example.com"), (3, "example.net"), (4, "example.org")]
    {
        let end = invoke_within(&guard, alarm("ALARM"), Duration::ZERO).await;
        assert_eq!(end.unwrap_err().kind(), "call_failed", "what is left is tried again");
        assert_eq!(notified(&wire).len(), checks);
        assert_eq!(wire.world().notices[checks - 1].attributes["target"], target);
    }
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), ["observing", "not_proven", "not_proven", "warning"]);
}

/// Those that may have been notified are notified again together, under one id.
#[tokio::test]
async fn begun_incident_is_finished_however_little_time_is_left() {
    let wire = wire_with(&[SET_BOUNCE, DOMAIN]);
    count(&mut wire.world(), 1000.0, 200.0, &[("marketing", 200.0)]);
    wire.script("Publish", [Answer::error(403, "AuthorizationError")]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    put_in_alarm(&mut wire.world(), ACCOUNT);
    invoke_within(&guard, alarm("ALARM"), Duration::ZERO).await.unwrap_err();
    assert_eq!(notified(&wire), ["paused_sets"]);
    assert_eq!(handled(&wire, SET_BOUNCE).as_deref(), Some(EPISODE));
    assert_eq!(handled(&wire, DOMAIN).as_deref(), Some(EPISODE));
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets", "paused_account"]);
}

#[tokio::test]
async fn targets_of_an_incident_are_paused_and_named_once() {
    let wire = wire_with(&[SET_BOUNCE, DOMAIN]);
    count(&mut wire.world(), 1000.0, 200.0, &[("marketing", 100.0), ("news", 100.0)]);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets"]);
    let json: Value = serde_json::from_str(&wire.world().notices[0].attributes["notice"]).unwrap();
    assert_eq!(json["paused"]["names"], json!(["marketing", "news"]));
    assert!(wire.world().sets.values().all(|sends| !sends));
}

/// The dashboard's table "What guard did" asks the log for fields by name.
#[tokio::test]
async fn the_log_has_every_field_that_the_dashboard_shows() {
    capture();
    let wire = wire_with(&[SET, ACCOUNT]);
    wire.script("PutAccountSendingAttributes", [Answer::error(403, "AccessDeniedException")]);
    check(&function(&wire, &[])).await.unwrap_err();
    let lines: Vec<Value> =
        Log::take().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let template =
        std::fs::read_to_string(warden_tests::root().join("infra/template.yaml")).unwrap();
    let (_, query) = template.split_once("-guard' | fields @timestamp, ").unwrap();
    let (fields, _) = query.split_once(" |").unwrap();
    for field in fields.split(", ").map(|field| field.trim_matches('`')) {
        assert!(lines.iter().any(|line| line[field].is_string()), "no line has {field}");
    }
    let set = format!("ses-warden/{}", SET.join("/"));
    let is_of_set = |line: &&Value| line["alarm.name"] == set.as_str();
    let said: Vec<(&str, &str, &str)> = lines
        .iter()
        .filter(is_of_set)
        .map(|line| {
            ["message", "what", "action"]
                .map(|field| line[field].as_str().unwrap_or_default())
                .into()
        })
        .collect();
    let pause = format!("paused set marketing because of alarm {set}; still to pause: 0");
    let notice = "notified the operators: ses-warden paused configuration set marketing in eu-central-1: \
                  complaint rate too high";
    assert_eq!(said, [(pause.as_str(), "set marketing", ""), (notice, "", "paused_sets")]);
    let paused = lines.iter().find(|line| line["message"] == pause.as_str()).unwrap();
    assert_eq!(paused["level"], "WARN", "as docs/LOGGING.md says");
}

#[tokio::test]
async fn an_alarm_that_joins_later_hears_who_paused() {
    let wire = wire_with(&[SET]);
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap();
    put_in_alarm(&mut wire.world(), SET_BOUNCE);
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets", "sets_paused"]);
    let words = format!("for alarm ses-warden/{}", SET.join("/"));
    assert!(message(&wire, 1).contains(&words), "{}", message(&wire, 1));
}

#[tokio::test]
async fn a_pause_of_somebody_else_is_said_to_be_that() {
    let wire = wire_with(&[SET]);
    wire.world().sets.insert("marketing".into(), false);
    check(&function(&wire, &[])).await.unwrap();
    assert!(
        message(&wire, 0).contains("Paused by a person or another program"),
        "{}",
        message(&wire, 0)
    );
    let wire = wire_with(&[ACCOUNT]);
    wire.world().account_sends = false;
    wire.world().enforcement_status = "PROBATION".into();
    check(&function(&wire, &[])).await.unwrap();
    assert!(message(&wire, 0).contains("enforcement status is PROBATION"), "{}", message(&wire, 0));
}

#[tokio::test]
async fn who_paused_is_read_from_the_journal() {
    let news = ["configuration-set", "news", "complaint", "critical"];
    let wire = wire_with(&[SET, news]);
    wire.world().sets = BTreeMap::from([("marketing".into(), false), ("news".into(), false)]);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["sets_paused", "sets_paused"]);
    // The incidents, and the history for each of the two.
    assert_eq!(wire.calls_of("Query").len(), 3);
}

#[tokio::test]
async fn a_pause_shows_callers_addresses_and_faults() {
    let wire = wire_with(&[SET]);
    {
        let mut world = wire.world();
        world.add_series("UnexpectedSender", &[("CallerIdentity", "old-key")], 12.0);
        world.add_series("UnexpectedSender", &[("CallerIdentity", "older-key")], 900.0);
        world.add_series("UnexpectedSender", &[("SourceIp", "203.0.113.7")], 912.0);
        world.add_series(
            "BounceFault",
            &[("Domain", "example.com"), ("Fault", "recipient_gone")],
            77.0,
        );
        world.add_series(
            "BounceFault",
            &[("Domain", "example.org"), ("Fault", "mailbox_full")],
            78.0,
        );
        world.add_series(
            "Send",
            &[("Domain", "example.com"), ("ConfigurationSet", "marketing")],
            1000.0,
        );
    }
    check(&function(&wire, &[])).await.unwrap();
    let text = message(&wire, 0);
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in {text}"));
    assert!(place("900  older-key") < place("12  old-key"));
    place("912  203.0.113.7");
    place("77  example.com recipient_gone");
    assert!(!text.contains("example.org"), "of a domain that the set does not carry: {text}");
    assert!(text.contains("1000          0 (0.00 %)"), "{text}");
    place("update-access-key --user-name older-key");
}

#[tokio::test]
async fn unexpected_senders_notify_or_pause_by_severity() {
    for (severity, action, headline) in [
        (
            "warn",
            "warning",
            "ses-warden warns: mail by unexpected senders of the account in eu-central-1",
        ),
        (
            "critical",
            "paused_account",
            "ses-warden paused the account in eu-central-1: mail by unexpected senders",
        ),
    ] {
        let wire = wire_with(&[["account", "all", "unexpected-sender", severity]]);
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(notified(&wire), [action]);
        assert_eq!(wire.world().notices[0].subject, headline);
        assert_eq!(wire.world().notices[0].attributes["measure"], "unexpected-sender");
        assert_eq!(wire.world().account_sends, severity == "warn");
    }
}

#[tokio::test]
async fn tenant_is_paused_read_back_and_notified() {
    let wire = wire_with(&[TENANT]);
    wire.world().tenant_sends.insert(TENANT_ARN.into(), true);
    wire.script(
        "UpdateReputationEntityCustomerManagedStatus",
        [Answer::error(409, "ConflictException")],
    );
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["paused_tenant"]);
    assert!(!wire.world().tenant_sends[TENANT_ARN] && wire.world().account_sends);
    let calls = wire.calls_of("UpdateReputationEntityCustomerManagedStatus");
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].body["SendingStatus"], "DISABLED");
    assert_eq!(wire.operations().iter().filter(|step| *step == "GetReputationEntity").count(), 2);
}

#[tokio::test]
async fn missing_or_paused_tenant_gets_a_notice() {
    for (state, action) in [(None, "no_such_tenant"), (Some(false), "tenant_paused")] {
        let wire = wire_with(&[TENANT]);
        wire.world().tenant_sends.extend(state.map(|sends| (TENANT_ARN.to_owned(), sends)));
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(notified(&wire), [action]);
    }
}

#[tokio::test]
async fn next_invocation_asks_a_troubled_ses_again() {
    let conflicts = vec![Answer::error(409, "ConflictException"); 9];
    for (operation, answers) in [
        ("PutConfigurationSetSendingOptions", vec![Answer::error(400, "BadRequestException")]),
        ("PutConfigurationSetSendingOptions", vec![Answer::error(500, "InternalFailure"); 9]),
        ("PutConfigurationSetSendingOptions", conflicts),
        ("GetConfigurationSet", vec![Answer::error(403, "AccessDeniedException")]),
        ("GetAccount", vec![Answer::error(403, "AccessDeniedException")]),
    ] {
        let wire = wire_with(&[SET]);
        let guard = function(&wire, &[]);
        wire.script(operation, answers);
        assert_eq!(check(&guard).await.unwrap_err().kind(), "call_failed", "{operation}");
        assert_eq!((notified(&wire), handled(&wire, SET)), (vec![], None), "{operation}");
        wire.unscript();
        check(&guard).await.unwrap();
        assert_eq!(notified(&wire), ["paused_sets"], "{operation}");
        assert!(!wire.world().sets["marketing"]);
    }
}

#[tokio::test]
async fn throttled_pause_succeeds_in_the_same_invocation() {
    let wire = wire_with(&[SET]);
    wire.script("PutConfigurationSetSendingOptions", [Answer::throttled()]);
    check(&function(&wire, &[])).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets"]);
}

#[tokio::test]
async fn any_alarm_message_starts_a_check() {
    let composite = json!({ "AlarmName": "x", "AlarmArn": "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:x",
        "NewStateValue": "ALARM", "AlarmRule": "ALARM(y)", "StateChangeTime": "1999-10-06T07:15:12.345+0000" });
    let math = json!({ "AlarmName": "y", "AlarmArn": "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:y",
        "NewStateValue": "ALARM", "Trigger": { "Metrics": [{ "Id": "e", "Expression": "a/b", "ReturnData": true }] },
        "StateChangeTime": "2999-10-06T07:15:12.345+0000" });
    for message in [composite, math] {
        let wire = wire_with(&[SET]);
        let guard = function(&wire, &[]);
        for _ in 0..2 {
            invoke(&guard, sns(&message.to_string())).await.unwrap();
        }
        assert_eq!(notified(&wire), ["paused_sets"]);
    }
}

#[tokio::test]
async fn account_alarm_on_our_counts_needs_proof() {
    for (bounces, action) in [(1.0, "not_proven"), (200.0, "paused_account")] {
        let wire = wire_with(&[ACCOUNT]);
        {
            let mut world = wire.world();
            world.alarms[0].series = None;
            world.alarms[0].math = counts("bounce", &[]);
            world.add_series("Send", &[], 1000.0);
            world.add_series("BounceHard", &[], bounces);
        }
        check(&function(&wire, &[])).await.unwrap();
        assert_eq!(notified(&wire), [action]);
    }
}

#[tokio::test]
async fn a_composite_alarm_is_not_understood_and_pauses_nothing() {
    for label in [ACCOUNT, SET_BOUNCE] {
        let wire = wire_with(&[label]);
        wire.world().alarms[0].is_composite = true;
        wire.world().alarms[0].series = None;
        counted(&wire, 20, 1000.0, 200.0);
        for _ in 0..2 {
            check(&function(&wire, &[])).await.unwrap();
        }
        assert_eq!(notified(&wire), ["unlabelled"]);
        assert!(wire.world().account_sends && wire.world().sets["marketing"]);
        assert_eq!(handled(&wire, label).as_deref(), Some(EPISODE));
    }
}

#[tokio::test]
async fn each_enforcement_change_gets_one_notice() {
    let wire = wire_with(&[]);
    put_in_alarm(&mut wire.world(), ACCOUNT);
    wire.world().alarms[0].state = "OK".into();
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), [""; 0]);
    for status in ["PROBATION", "SHUTDOWN", "HEALTHY", "PROBATION"] {
        wire.world().enforcement_status = status.into();
        for _ in 0..3 {
            check(&guard).await.unwrap();
        }
    }
    assert_eq!(notified(&wire), ["enforcement"; 4]);
    let world = wire.world();
    let mut ids: Vec<&String> =
        world.notices.iter().map(|notice| &notice.attributes["id"]).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "{ids:?}");
    assert!(world.notices[1].subject.ends_with("SHUTDOWN"));
}

#[tokio::test]
async fn repeated_enforcement_notice_says_so() {
    let wire = wire_with(&[]);
    put_in_alarm(&mut wire.world(), ACCOUNT);
    wire.world().alarms[0].state = "OK".into();
    wire.world().enforcement_status = "PROBATION".into();
    wire.world().item_writes = vec![None, Some(Answer::error(403, "AccessDenied"))];
    let guard = function(&wire, &[]);
    check(&guard).await.unwrap_err();
    check(&guard).await.unwrap();
    assert_eq!(notified(&wire), ["enforcement"; 2]);
    assert!(message(&wire, 1).contains("may repeat"));
    let notices = wire.world().notices.clone();
    assert_eq!(notices[0].attributes["id"], notices[1].attributes["id"]);
}

#[tokio::test]
async fn repeated_notice_of_an_aws_message_says_so() {
    let wire = wire_with(&[ACCOUNT]);
    wire.world().alarms[0].state = "OK".into();
    wire.script("Publish", [Answer::error(500, "InternalError")]);
    let guard = function(&wire, &[]);
    let advice =
        event("e-1", "Advisor Recommendation Status Open", &json!({ "data": "SPF is missing" }));
    invoke(&guard, &advice).await.unwrap_err();
    for _ in 0..2 {
        invoke(&guard, &advice).await.unwrap();
    }
    assert_eq!(notified(&wire), ["advisor"]);
    assert!(message(&wire, 0).contains("may repeat"));
}

#[tokio::test]
async fn each_aws_message_gets_one_notice() {
    let wire = wire_with(&[]);
    put_in_alarm(&mut wire.world(), ACCOUNT);
    wire.world().alarms[0].state = "OK".into();
    let guard = function(&wire, &[]);
    let status = json!({ "version": "1.0.0", "data": { "origin": "AWS_MANAGED", "record": { "status": "DISABLED" } } });
    let advice = json!({ "version": "1.0.0", "data": "DKIM is missing", "metadata": { "impact": "HIGH", "type": "DKIM" } });
    for _ in 0..2 {
        invoke(&guard, event("e-1", "Sending Status Disabled", &status)).await.unwrap();
        invoke(&guard, event("e-2", "Advisor Recommendation Status Open", &advice)).await.unwrap();
    }
    assert_eq!(notified(&wire), ["sending_status", "advisor"]);
    assert!(
        message(&wire, 0).contains("AWS_MANAGED") && message(&wire, 1).contains("DKIM is missing")
    );
}

#[tokio::test]
async fn resume_during_an_incident_gets_a_notice_and_stays() {
    let wire = wire_with(&[SET]);
    let guard = function(&wire, &[]);
    let call = json!({ "eventName": "PutConfigurationSetSendingOptions",
        "requestParameters": { "configurationSetName": "marketing", "sendingEnabled": true },
        "userIdentity": { "arn": "arn:aws:iam::111122223333:user/jo" } });
    check(&guard).await.unwrap();
    wire.world().sets.insert("marketing".into(), true);
    for _ in 0..2 {
        invoke(&guard, event("e-1", "AWS API Call via CloudTrail", &call)).await.unwrap();
    }
    assert_eq!(notified(&wire), ["paused_sets", "resumed"]);
    assert!(message(&wire, 1).contains("user/jo"), "{}", message(&wire, 1));
    assert!(wire.world().sets["marketing"]);
    wire.world().alarms[0].state = "OK".into();
    invoke(&guard, event("e-2", "AWS API Call via CloudTrail", &call)).await.unwrap();
    assert_eq!(notified(&wire).len(), 2);
}

#[tokio::test]
async fn sending_switched_off_during_an_incident_is_no_resumption() {
    let wire = wire_with(&[SET]);
    let guard = function(&wire, &[]);
    let call = json!({ "eventName": "PutConfigurationSetSendingOptions",
        "requestParameters": { "configurationSetName": "marketing", "sendingEnabled": false },
        "userIdentity": { "arn": "arn:aws:sts::111122223333:assumed-role/guard/guard" } });
    check(&guard).await.unwrap();
    invoke(&guard, event("e-1", "AWS API Call via CloudTrail", &call)).await.unwrap();
    assert_eq!(notified(&wire), ["paused_sets"]);
}

/// Points of example.com by way of marketing, so many minutes ago.
pub(crate) fn counted(wire: &Wire, minutes_ago: i64, sends: f64, bounces: f64) {
    let (domain, set) = (("Domain", "example.com"), ("ConfigurationSet", "marketing"));
    counted_in(wire, &[&[domain], &[domain, set]], minutes_ago, sends, bounces);
}

/// Points of the series with these dimensions, so many minutes ago.
pub(crate) fn counted_in(
    wire: &Wire,
    series: &[&[(&str, &str)]],
    minutes_ago: i64,
    sends: f64,
    bounces: f64,
) {
    let now =
        i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    for dimensions in series {
        let dimensions: BTreeMap<String, String> =
            dimensions.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        for (metric, sum) in [("Send", sends), ("BounceHard", bounces)] {
            wire.world().points.push((
                metric.into(),
                dimensions.clone(),
                now - 60 * minutes_ago,
                sum,
            ));
        }
    }
}

#[tokio::test]
async fn events_before_a_resume_do_not_count_for_another_alarm() {
    type Case = (&'static str, fn(&Wire), &'static str);
    let cases: [Case; 7] = [
        ("resumed, and nothing new", |_| (), "not_proven"),
        ("bounces since", |wire| counted(wire, 2, 1000.0, 200.0), "paused_sets"),
        (
            "not resumed",
            |wire| wire.world().sets.extend([("marketing".to_owned(), false)]),
            "sets_paused",
        ),
        ("that episode is over", |wire| wire.world().alarms[0].state = "OK".into(), "paused_sets"),
        (
            "of another set",
            |wire| {
                edit_incident(wire, SET_BOUNCE, |state| {
                    state["phase"]["paused"]["target"] = json!({ "sets": ["news"] });
                });
                wire.world().alarms[0].series =
                    Some(reputation("bounce", &[("ses:configuration-set", "news")]));
            },
            "paused_sets",
        ),
        (
            "of complaints",
            |wire| {
                wire.world().alarms[0].series =
                    Some(reputation("complaint", &[("ses:configuration-set", "marketing")]));
            },
            "paused_sets",
        ),
        (
            "resumed, paused and resumed, and nothing new",
            |wire| {
                put_in_alarm(&mut wire.world(), SET_WARN);
                let leader =
                    AlarmEpisode::new(format!("ses-warden/{}", SET_WARN.join("/")), EPISODE);
                let target = Target::Sets(vec!["marketing".into()]);
                let phase = Phase::Paused { target, at: now_millis() - 180_000 };
                let paused = Incident { phase, ..Incident::new(leader) };
                put_item(wire, &paused.item(now_millis()));
                counted(wire, 5, 1000.0, 200.0);
            },
            "not_proven",
        ),
    ];
    for (case, set_up, action) in cases {
        let wire = wire_with(&[SET_BOUNCE]);
        let guard = function(&wire, &[]);
        check(&guard).await.unwrap();
        {
            let mut world = wire.world();
            for metric in ["Send", "BounceHard"] {
                world.add_series(
                    metric,
                    &[("Domain", "example.com"), ("ConfigurationSet", "marketing")],
                    0.0,
                );
            }
            world.sets.insert("marketing".into(), true);
            put_in_alarm(&mut world, DOMAIN);
        }
        was_paused(&wire, SET_BOUNCE, 600);
        counted(&wire, 20, 1000.0, 200.0);
        set_up(&wire);
        check(&guard).await.unwrap();
        assert_eq!(notified(&wire), ["paused_sets", action], "{case}");
        assert_eq!(wire.world().sets["marketing"], action == "not_proven", "{case}");
        let words = "do not count: guard paused for them then, for alarm ses-warden/configuration-set/marketing/bounce";
        assert_eq!(
            message(&wire, 1).contains(words),
            case.contains("new") || case.contains("since"),
            "{case}"
        );
    }
}
