//! suppress with `WARDEN_TRACK_DELIVERIES`: deliveries end the count of soft bounces.

use std::time::Duration;

use serde_json::Value;
use warden_suppress::Suppress;

use crate::payloads::{bounce, delivery, sqs};
use crate::suppress_journal::{at, function, listed, wire};
use crate::wire::{Answer, Wire};
use crate::{at_speed, invoke, invoke_within};

fn tracking(wire: &Wire) -> Suppress {
    function(wire, &[("WARDEN_TRACK_DELIVERIES", "on")])
}

fn soft(day: u32, recipient: &str) -> String {
    at(&format!("2026-10-{day:02}T07"), day as usize, recipient, "Transient")
}

fn delivered(day: u32, recipients: &[&str]) -> String {
    delivery(100 + day as usize, recipients, &format!("2026-10-{day:02}T09:00:00.000Z"))
}

async fn handle_all(function: &Suppress, events: &[String]) {
    assert_eq!(invoke(function, sqs(events)).await.unwrap(), [""; 0]);
}

/// The open counts: when the address bounced last, and when it got mail last.
fn open_counts(wire: &Wire) -> Vec<[Option<i64>; 2]> {
    let number = |item: &Value, name: &str| item[name]["N"].as_str().map(|n| n.parse().unwrap());
    let world = wire.world();
    let counts = world.table.iter().filter(|((_, sk), _)| sk == "soft-bounces");
    counts.map(|(_, item)| [number(item, "bounced_at"), number(item, "delivered_at")]).collect()
}

#[tokio::test]
async fn a_delivery_between_soft_bounces_starts_the_count_anew() {
    let jane = "jane@example.net";
    let cases = [
        // Days of soft bounces, day of a delivery, is it suppressed at the end
        (vec![1, 3, 5, 7, 8], None, true),
        (vec![1, 3, 5, 7, 8], Some(6), false),
        (vec![1, 3, 5, 7, 8, 9, 11, 13, 14], Some(6), true),
    ];
    for (bounces, delivery_on, expected) in cases {
        let wire = wire();
        let function = tracking(&wire);
        for day in bounces {
            if delivery_on.is_some_and(|on| on == day - 1) {
                handle_all(&function, &[delivered(day - 1, &["Jane <JANE@Example.net>"])]).await;
            }
            handle_all(&function, &[soft(day, jane)]).await;
        }
        assert_eq!(!listed(&wire).is_empty(), expected, "{delivery_on:?}");
    }
}

#[tokio::test]
async fn only_the_first_delivery_after_a_soft_bounce_is_written() {
    let wire = wire();
    let function = tracking(&wire);
    handle_all(&function, &[soft(1, "jane@example.net")]).await;
    let writes = || wire.calls_of("UpdateItem").len();
    let before = writes();
    for day in 2..6 {
        let others: Vec<String> = (0..150).map(|n| format!("reader{n}@example.net")).collect();
        let mut events: Vec<String> = others.iter().map(|other| delivered(day, &[other])).collect();
        // The same delivery twice, as queues bring it.
        events
            .extend([delivered(day, &["jane@example.net"]), delivered(day, &["jane@example.net"])]);
        handle_all(&function, &events).await;
    }
    assert_eq!(writes() - before, 1);
    assert_eq!(wire.calls_of("BatchGetItem").len(), 8, "151 addresses in four batches");
    let [[bounced, got]] = open_counts(&wire)[..] else { panic!("one count") };
    assert_eq!(got.unwrap() - bounced.unwrap(), 86_400 + (9 * 60 - 7 * 60 - 14) * 60 - 4);
}

#[tokio::test]
async fn a_delivery_leaves_second_strikes_alone() {
    let wire = wire();
    let function = tracking(&wire);
    let strike = |day: u32| {
        at(&format!("2026-10-{day:02}T07"), day as usize, "jane@example.net", "Permanent")
    };
    handle_all(&function, &[strike(1)]).await;
    handle_all(&function, &[delivered(2, &["jane@example.net"])]).await;
    handle_all(&function, &[strike(3)]).await;
    assert_eq!(listed(&wire), ["jane@example.net"]);
    assert!(open_counts(&wire).is_empty());
}

#[tokio::test]
async fn events_out_of_order_come_to_the_same() {
    let wire = wire();
    let function = tracking(&wire);
    handle_all(&function, &[soft(5, "jane@example.net")]).await;
    handle_all(&function, &[delivered(4, &["jane@example.net"])]).await;
    for day in [1, 3, 8, 10] {
        handle_all(&function, &[soft(day, "jane@example.net")]).await;
    }
    assert_eq!(listed(&wire).len(), 0, "the bounces of the first and the third do not count");
    let [[bounced, got]] = open_counts(&wire)[..] else { panic!("one count") };
    assert!(bounced > got, "the latest of each");
}

#[tokio::test]
async fn without_the_setting_deliveries_cost_no_call() {
    let wire = wire();
    let function = function(&wire, &[]);
    handle_all(&function, &[soft(1, "jane@example.net"), delivered(2, &["jane@example.net"])])
        .await;
    for operation in ["UpdateItem", "BatchGetItem"] {
        assert_eq!(wire.calls_of(operation).len(), 0, "{operation}");
    }
    let wire = crate::suppress_journal::wire();
    let function = crate::suppress_journal::function(
        &wire,
        &[("WARDEN_TRACK_DELIVERIES", "on"), ("WARDEN_SOFT_BOUNCES", "0")],
    );
    handle_all(&function, &[soft(1, "jane@example.net"), delivered(2, &["jane@example.net"])])
        .await;
    assert_eq!(wire.calls_of("BatchGetItem").len(), 0, "nothing is counted that it could end");
}

#[tokio::test]
async fn a_table_that_fails_gives_no_delivery_back_and_says_so() {
    for answer in [
        Answer::error(400, "ProvisionedThroughputExceededException"),
        Answer::error(403, "AccessDeniedException"),
        Answer::Broken,
        Answer::Hang,
    ] {
        let wire = wire();
        wire.script("BatchGetItem", vec![answer.clone(); 30]);
        let events =
            [delivered(2, &["jane@example.net", "joe@example.net"]), bounce(1, "gone@example.net")];
        let function = tracking(&wire);
        let time = Duration::from_secs(60);
        let back = at_speed(20, invoke_within(&function, sqs(&events), time)).await.unwrap();
        assert_eq!(back, [""; 0]);
        assert_eq!(listed(&wire), ["gone@example.net"]);
        let failed = wire.world().data.iter().any(|d| d["MetricName"] == "JournalFailed");
        assert!(failed, "{answer:?}");
    }
}
