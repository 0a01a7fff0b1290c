//! suppress.

use std::time::{Duration, Instant};

use warden_suppress::Suppress;

use crate::payloads::{bounce, complaint, sns, sqs};
use crate::wire::{Answer, Wire};
use crate::{environment, invoke, invoke_within};

const PUT: &str = "PutSuppressedDestination";
const GET: &str = "GetSuppressedDestination";

fn function(wire: &Wire) -> Suppress {
    at_pace(wire, "1000")
}

fn at_pace(wire: &Wire, calls_per_second: &str) -> Suppress {
    warden_suppress::build(&environment(wire, &[("WARDEN_SES_CALLS_PER_SECOND", calls_per_second)]))
        .unwrap()
}

/// The calls about entries of the list, in order.
fn entries(wire: &Wire) -> Vec<String> {
    wire.operations()
        .into_iter()
        .filter(|operation| operation.ends_with("SuppressedDestination"))
        .collect()
}

#[tokio::test]
async fn one_broken_message_of_ten_goes_back_and_nine_are_acted_on() {
    let wire = Wire::start();
    let mut bodies: Vec<String> =
        (0..10).map(|n| bounce(n, &format!("gone{n}@example.net"))).collect();
    bodies[4] = r#"{"eventType":"Bounce","bounce":"#.to_owned();
    assert_eq!(invoke(&function(&wire), sqs(&bodies)).await.unwrap(), ["m4"]);
    let world = wire.world();
    assert_eq!(world.suppressed.len(), 9);
    assert!(world.suppressed.values().all(|reason| reason == "BOUNCE"));
    assert!(!world.suppressed.contains_key("gone4@example.net"));
}

#[tokio::test]
async fn a_throttled_put_is_tried_again() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::throttled()]);
    assert_eq!(
        invoke(&function(&wire), sqs(&[complaint(0, "jane@example.net")])).await.unwrap(),
        [""; 0]
    );
    assert_eq!(wire.calls_of(PUT).len(), 2);
    assert_eq!(wire.world().suppressed["jane@example.net"], "COMPLAINT");
}

#[tokio::test]
async fn what_stays_throttled_is_given_back() {
    let wire = Wire::start();
    wire.script(PUT, vec![Answer::throttled(); 3]);
    let batch = sqs(&[complaint(0, "jane@example.net"), complaint(1, "joe@example.net")]);
    assert_eq!(invoke(&function(&wire), &batch).await.unwrap(), ["m0"]);
    assert_eq!(invoke(&function(&wire), &batch).await.unwrap(), [""; 0]);
    assert_eq!(wire.world().suppressed.len(), 2);
}

#[tokio::test]
async fn what_ses_refuses_for_good_is_not_given_back() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::error(400, "BadRequestException")]);
    let batch = sqs(&[complaint(0, "jane@example.net"), complaint(1, "joe@example.net")]);
    assert_eq!(invoke(&function(&wire), batch).await.unwrap(), [""; 0]);
    assert_eq!(wire.calls_of(PUT).len(), 2);
    assert_eq!(wire.world().suppressed.len(), 1);
}

#[tokio::test]
async fn a_fault_of_the_service_or_of_a_role_gives_back_its_own_message() {
    for (answer, tries) in [
        (Answer::error(500, "InternalFailure"), 3),
        (Answer::error(503, "ServiceUnavailable"), 3),
        (Answer::Broken, 3),
        (Answer::error(403, "AccessDeniedException"), 1),
    ] {
        let wire = Wire::start();
        wire.script(PUT, vec![answer.clone(); tries]);
        let batch = sqs(&[bounce(0, "jane@example.net"), bounce(1, "joe@example.net")]);
        assert_eq!(invoke(&function(&wire), batch).await.unwrap(), ["m0"], "{answer:?}");
        assert_eq!(wire.calls_of(PUT).len(), tries + 1, "{answer:?}");
        assert_eq!(wire.world().suppressed.len(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn a_call_that_hangs_is_given_back_before_lambda_ends_the_invocation() {
    let wire = Wire::start();
    wire.script(PUT, vec![Answer::Hang; 9]);
    let batch = sqs(&[complaint(0, "jane@example.net"), complaint(1, "joe@example.net")]);
    let (start, limit) = (Instant::now(), Duration::from_secs(2));
    assert_eq!(invoke_within(&function(&wire), batch, limit).await.unwrap(), ["m0", "m1"]);
    assert!(start.elapsed() < limit, "{:?}", start.elapsed());
    assert_eq!(wire.calls_of(PUT).len(), 1);
}

#[tokio::test]
async fn one_address_is_put_once_a_batch_for_its_gravest_reason() {
    let wire = Wire::start();
    let address = "jane@example.net";
    let batch = sqs(&[
        bounce(0, address),
        bounce(0, address),
        bounce(1, "Jane@Example.net"),
        complaint(2, address),
    ]);
    assert_eq!(invoke(&function(&wire), batch).await.unwrap(), [""; 0]);
    let puts = wire.calls_of(PUT);
    assert_eq!(puts.iter().filter(|put| put.body["EmailAddress"] == address).count(), 1);
    assert_eq!(puts[0].body["Reason"], "COMPLAINT");
}

#[tokio::test]
async fn one_failed_put_gives_back_every_message_that_asked_for_it() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::error(403, "AccessDeniedException")]);
    let batch = sqs(&[complaint(0, "jane@example.net"), complaint(1, "jane@example.net")]);
    assert_eq!(invoke(&function(&wire), batch).await.unwrap(), ["m0", "m1"]);
    assert_eq!(wire.calls_of(PUT).len(), 1);
}

#[tokio::test]
async fn a_bounce_does_not_replace_a_complaint() {
    let wire = Wire::start();
    wire.world().suppressed.insert("jane@example.net".into(), "COMPLAINT".into());
    assert_eq!(
        invoke(&function(&wire), sqs(&[bounce(0, "jane@example.net")])).await.unwrap(),
        [""; 0]
    );
    assert_eq!(wire.operations(), [GET]);
    assert_eq!(wire.world().suppressed["jane@example.net"], "COMPLAINT");
}

#[tokio::test]
async fn a_complaint_replaces_a_bounce() {
    let wire = Wire::start();
    wire.world().suppressed.insert("jane@example.net".into(), "BOUNCE".into());
    assert_eq!(
        invoke(&function(&wire), sqs(&[complaint(0, "jane@example.net")])).await.unwrap(),
        [""; 0]
    );
    assert_eq!(entries(&wire), [PUT]);
    assert_eq!(wire.world().suppressed["jane@example.net"], "COMPLAINT");
}

#[tokio::test]
async fn an_address_that_ses_cannot_read_back_is_put_all_the_same() {
    let wire = Wire::start();
    assert_eq!(
        invoke(&function(&wire), sqs(&[bounce(0, "sales/jane@example.net")])).await.unwrap(),
        [""; 0]
    );
    assert_eq!(wire.world().suppressed["sales/jane@example.net"], "BOUNCE");
}

#[tokio::test]
async fn complaints_come_first() {
    let wire = Wire::start();
    let batch = sqs(&[
        bounce(0, "a@example.net"),
        complaint(1, "b@example.net"),
        complaint(2, "c@example.net"),
    ]);
    invoke(&function(&wire), batch).await.unwrap();
    assert_eq!(entries(&wire), [PUT, PUT, GET, PUT]);
}

#[tokio::test]
async fn what_there_is_no_time_for_is_given_back_untried() {
    let wire = Wire::start();
    let batch: Vec<String> =
        (0..3).map(|n| complaint(n, &format!("jane{n}@example.net"))).collect();
    let (start, limit) = (Instant::now(), Duration::from_secs(6));
    assert_eq!(
        invoke_within(&at_pace(&wire, "0.1"), sqs(&batch), limit).await.unwrap(),
        ["m1", "m2"]
    );
    assert!(
        start.elapsed() < limit / 2,
        "it waits for a turn that comes too late: {:?}",
        start.elapsed()
    );
    assert_eq!(wire.calls_of(PUT).len(), 1);
}

#[tokio::test]
async fn an_invocation_by_sns_comes_again_as_a_whole() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::error(403, "AccessDeniedException")]);
    let function = function(&wire);
    let payload = sns(&complaint(0, "jane@example.net"));
    assert_eq!(invoke(&function, &payload).await.unwrap_err().kind(), "call_failed");
    assert_eq!(invoke(&function, &payload).await.unwrap(), [""; 0]);
    assert_eq!(wire.world().suppressed["jane@example.net"], "COMPLAINT");
}

#[tokio::test]
async fn what_it_cannot_read_or_use_makes_no_call() {
    let wire = Wire::start();
    let function = function(&wire);
    let notice = "Successfully validated SNS topic for Amazon SES event publishing.".to_owned();
    assert_eq!(invoke(&function, sqs(&[notice, crate::payloads::send(0)])).await.unwrap(), [""; 0]);
    assert_eq!(invoke(&function, "{").await.unwrap_err().kind(), "malformed_json");
    assert_eq!(wire.operations(), [""; 0]);
}
