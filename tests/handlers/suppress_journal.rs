//! suppress with a journal: second strikes, repeated soft bounces, records, and a table that fails.

use std::time::Duration;

use serde_json::{Value, json};
use warden_suppress::Suppress;

use crate::payloads::{bounce, complaint, sqs};
use crate::wire::{Answer, Wire};
use crate::{at_speed, environment, invoke, invoke_within};

const SECRET: &str = "a-secret-of-the-stack";

pub(crate) fn wire() -> Wire {
    let wire = Wire::start();
    wire.world().secrets.insert("key".to_owned(), SECRET.to_owned());
    wire
}

pub(crate) fn function(wire: &Wire, more: &[(&str, &str)]) -> Suppress {
    let mut variables = vec![
        ("WARDEN_SES_CALLS_PER_SECOND", "1000"),
        ("WARDEN_JOURNAL_TABLE", "journal"),
        ("WARDEN_JOURNAL_KEY", "key"),
    ];
    variables.extend(more);
    warden_suppress::build(&environment(wire, &variables)).unwrap()
}

/// A bounce at `time` (as `2026-10-06T07`), by its number, with a text that nobody knows.
pub(crate) fn at(time: &str, number: usize, recipient: &str, kind: &str) -> String {
    let mut event: Value = serde_json::from_str(&bounce(number, recipient)).unwrap();
    let bounced = &mut event["bounce"];
    bounced["timestamp"] = json!(format!("{time}:14:04.777Z"));
    bounced["bounceType"] = json!(kind);
    bounced["bouncedRecipients"][0]["status"] = json!(null);
    bounced["bouncedRecipients"][0]["diagnosticCode"] =
        json!(format!("smtp; 550 grmblfx {recipient} wuppdi"));
    event.to_string()
}

fn unknown(time: &str, number: usize, recipient: &str) -> String {
    at(time, number, recipient, "Permanent")
}

/// The records of decisions, in the order of their keys.
pub(crate) fn records(wire: &Wire) -> Vec<Value> {
    let world = wire.world();
    world
        .table
        .iter()
        .filter(|((pk, _), _)| pk.starts_with("address#"))
        .map(|(_, i)| i.clone())
        .collect()
}

pub(crate) fn listed(wire: &Wire) -> Vec<String> {
    wire.world().suppressed.keys().cloned().collect()
}

#[tokio::test]
async fn the_second_bounce_of_unknown_text_suppresses_and_the_first_does_not() {
    let wire = wire();
    let function = function(&wire, &[]);
    let cases = [
        ("2026-10-06T07", 1, 0),
        // The same event again, and another one on the same day.
        ("2026-10-06T07", 1, 0),
        ("2026-10-06T20", 2, 0),
        ("2026-10-07T08", 3, 1),
    ];
    for (time, number, expected) in cases {
        let batch = sqs(&[unknown(time, number, "jane@example.net")]);
        assert_eq!(invoke(&function, batch).await.unwrap(), [""; 0]);
        assert_eq!(listed(&wire).len(), expected, "{time}");
    }
    let reasons: Vec<Value> = records(&wire).iter().map(|r| r["reason"]["S"].clone()).collect();
    assert_eq!(reasons, ["first_strike", "first_strike", "BOUNCE"]);
}

#[tokio::test]
async fn two_strikes_in_one_batch_count_too() {
    let wire = wire();
    let batch = sqs(&[
        unknown("2026-10-06T07", 1, "Jane@example.net"),
        unknown("2026-10-08T07", 2, "jane@Example.net"),
    ]);
    assert_eq!(invoke(&function(&wire, &[]), batch).await.unwrap(), [""; 0]);
    assert_eq!(listed(&wire).len(), 2, "each spelling, as SES has it");
}

#[tokio::test]
async fn second_strike_can_be_switched_off() {
    let wire = wire();
    let function = function(&wire, &[("WARDEN_SECOND_STRIKE", "off")]);
    invoke(&function, sqs(&[unknown("2026-10-06T07", 1, "jane@example.net")])).await.unwrap();
    assert_eq!(listed(&wire), ["jane@example.net"]);
    assert_eq!(wire.calls_of("Query").len(), 1, "only after the put, for a complaint");
    assert_eq!(records(&wire).len(), 1);
}

#[tokio::test]
async fn soft_bounces_on_five_days_over_a_week_suppress() {
    let wire = wire();
    let function = function(&wire, &[]);
    for (n, day) in [1, 3, 5, 7, 8].into_iter().enumerate() {
        assert_eq!(listed(&wire).len(), 0);
        let time = format!("2026-10-{day:02}T07");
        let batch = sqs(&[at(&time, n, "jane@example.net", "Transient")]);
        assert_eq!(invoke(&function, batch).await.unwrap(), [""; 0]);
    }
    assert_eq!(listed(&wire), ["jane@example.net"]);
}

#[tokio::test]
async fn strikes_of_a_domain_that_is_out_are_held() {
    let wire = wire();
    let function = function(&wire, &[]);
    let all = |day: u32, names: &[&str]| {
        let one = |(n, name): (usize, &&str)| {
            unknown(&format!("2026-10-{day:02}T07"), n, &format!("{name}@example.net"))
        };
        sqs(&names.iter().enumerate().map(one).collect::<Vec<_>>())
    };
    let names = ["a", "b", "c", "d", "e", "f"];
    invoke(&function, all(6, &names)).await.unwrap();
    invoke(&function, all(8, &names)).await.unwrap();
    assert_eq!(listed(&wire).len(), 0, "the domain was out on both days");
    // One alone fails on: the day when all failed is no first strike.
    invoke(&function, all(12, &["a"])).await.unwrap();
    assert_eq!(listed(&wire).len(), 0);
    invoke(&function, all(14, &["a"])).await.unwrap();
    assert_eq!(listed(&wire), ["a@example.net"]);
    let held = wire.world().data.iter().filter(|d| d["MetricName"] == "StrikesHeld").count();
    assert_eq!(held, 2);
}

#[tokio::test]
async fn each_recipient_is_recorded_once_for_both_formats_and_without_its_address() {
    let wire = wire();
    let function = function(&wire, &[]);
    let publishing = bounce(1, "jane.roe@example.net");
    let mut notification: Value = serde_json::from_str(&publishing).unwrap();
    notification["notificationType"] = notification["eventType"].take();
    let notification = notification.as_object_mut().unwrap();
    notification.remove("eventType");
    let notification = json!(notification).to_string();
    for _ in 0..2 {
        let batch = [publishing.clone(), notification.clone(), complaint(2, "joe@example.net")];
        invoke(&function, sqs(&batch)).await.unwrap();
    }
    assert_eq!(records(&wire).len(), 2);
    let table = format!("{:?}", wire.world().table);
    assert!(
        !table.contains("jane.roe") && !table.contains("joe") && !table.contains("example.net")
    );
    let record = records(&wire).into_iter().find(|r| r["event"]["S"] == "bounce").unwrap();
    for (field, expected) in [
        ("class", "recipient_gone"),
        ("verdict", "suppress"),
        ("reason", "BOUNCE"),
        ("domain", "example.com"),
        ("configuration_set", "marketing"),
        ("feedback_id", "bounce-1"),
        ("message_id", "mail-1"),
    ] {
        assert_eq!(record[field]["S"], expected, "{field}");
    }
    let expires: i64 = record["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    assert!(expires > 400 * 86_400);
}

#[tokio::test]
async fn hostile_ids_and_texts_bring_no_address_into_the_table() {
    let wire = wire();
    let mut event: Value =
        serde_json::from_str(&unknown("2026-10-06T07", 1, "jane@example.net")).unwrap();
    let hostile = "mallory@example.org\u{0}#address#x";
    for pointer in ["/mail/messageId", "/bounce/feedbackId", "/bounce/bounceSubType"] {
        *event.pointer_mut(pointer).unwrap() = json!(hostile);
    }
    event["mail"]["tags"]["ses:configuration-set"] = json!([hostile.repeat(500)]);
    event["mail"]["tags"]["ses:tenant-name"] = json!([hostile]);
    event["bounce"]["bouncedRecipients"][0]["status"] = json!(hostile);
    event["bounce"]["bouncedRecipients"][0]["diagnosticCode"] = json!(hostile.repeat(9999));
    assert_eq!(invoke(&function(&wire, &[]), sqs(&[event.to_string()])).await.unwrap(), [""; 0]);
    assert_eq!(records(&wire).len(), 1);
    let table = format!("{:?}", wire.world().table);
    assert!(!table.contains("mallory") && !table.contains("jane"), "{table}");
    assert!(table.len() < 6000, "{}", table.len());
}

/// A known class, an unknown text and a complaint, with a table or secret that fails: the known are
/// suppressed, the unknown is kept, nothing is given back.
async fn fails(wire: &Wire, seconds: u64) {
    let batch = sqs(&[
        bounce(1, "gone@example.net"),
        unknown("2026-10-06T07", 2, "odd@example.net"),
        complaint(3, "angry@example.net"),
    ]);
    let function = function(wire, &[]);
    let time = Duration::from_secs(seconds);
    let back = at_speed(20, invoke_within(&function, batch, time)).await.unwrap();
    assert_eq!(back, [""; 0]);
    assert_eq!(listed(wire), ["angry@example.net", "gone@example.net"]);
    let failed: Vec<Value> =
        wire.world().data.iter().filter(|d| d["MetricName"] == "JournalFailed").cloned().collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
}

#[tokio::test]
async fn a_table_that_fails_loses_and_delays_no_suppression() {
    for answer in [
        Answer::error(400, "ProvisionedThroughputExceededException"),
        Answer::error(500, "InternalServerError"),
        Answer::error(400, "ResourceNotFoundException"),
        Answer::error(403, "AccessDeniedException"),
        Answer::Broken,
        Answer::Hang,
    ] {
        let wire = wire();
        wire.script("PutItem", vec![answer.clone(); 30]);
        wire.script("Query", vec![answer.clone(); 30]);
        fails(&wire, 60).await;
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_loses_and_delays_no_suppression() {
    for answer in [Answer::error(500, "InternalServiceError"), Answer::Hang] {
        let wire = wire();
        wire.script("GetSecretValue", vec![answer; 30]);
        fails(&wire, 60).await;
    }
    let wire = Wire::start();
    fails(&wire, 60).await;
    wire.world().secrets.insert("key".to_owned(), "short".to_owned());
}

#[test]
fn settings_of_the_journal_are_checked() {
    let faults = |more: &[(&str, &str)]| {
        let wire = Wire::start();
        warden_suppress::build(&environment(&wire, more)).err().map(|faults| faults.to_string())
    };
    let cases = [
        ("WARDEN_JOURNAL_TABLE", "t"),
        ("WARDEN_JOURNAL_TABLE", "only-a-table"),
        ("WARDEN_JOURNAL_KEY", "no secret"),
        ("WARDEN_JOURNAL_DAYS", "30"),
        ("WARDEN_SECOND_STRIKE", "maybe"),
        ("WARDEN_SECOND_STRIKE_HOURS", "0"),
        ("WARDEN_SECOND_STRIKE_DAYS", "366"),
        ("WARDEN_SOFT_BOUNCES", "1"),
        ("WARDEN_SOFT_BOUNCES_OVER_DAYS", "31"),
        ("WARDEN_SOFT_BOUNCES_WITHIN_DAYS", "4"),
        ("WARDEN_TRACK_DELIVERIES", "yes"),
    ];
    for (name, value) in cases {
        let sentence = faults(&[(name, value)]).unwrap_or_default();
        assert!(sentence.contains(name), "{name}={value}: {sentence}");
    }
    assert_eq!(faults(&[("WARDEN_SOFT_BOUNCES", "0"), ("WARDEN_JOURNAL_DAYS", "90")]), None);
}
