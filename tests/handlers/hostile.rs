//! What somebody who may write to a queue could send: each odd record stands beside a good
//! one, which is handled all the same.

use serde_json::{Value, json};
use warden_lambda::Function;

use crate::payloads::{bounce, sqs};
use crate::wire::Wire;
use crate::{environment, invoke};

/// Texts that a careless scan would read again and again.
const PIECES: [&str; 14] = [
    "@", "<@", "a@ ", "(", ")@", "[", "@[", "\"", "\\\"@", "=40", "%40", "&#64;", "() ", "\u{202e}",
];

/// Fields that anybody may fill, as JSON pointers.
pub(crate) const FIELDS: [&str; 12] = [
    "/eventType",
    "/mail/messageId",
    "/mail/source",
    "/mail/sourceArn",
    "/mail/tags/ses:from-domain/0",
    "/mail/tags/ses:configuration-set/0",
    "/mail/destination/0",
    "/bounce/feedbackId",
    "/bounce/bounceSubType",
    "/bounce/bouncedRecipients/0/emailAddress",
    "/bounce/bouncedRecipients/0/status",
    "/bounce/bouncedRecipients/0/diagnosticCode",
];

/// The bounce of `gone{number}@example.net` with `value` in that field.
pub(crate) fn with(number: usize, field: &str, value: Value) -> String {
    let text = bounce(number, &format!("odd{number}@example.net"));
    let mut event: Value = serde_json::from_str(&text).unwrap();
    event["mail"]["sourceArn"] =
        json!("arn:aws:ses:eu-central-1:111122223333:identity/example.com");
    *event.pointer_mut(field).unwrap() = value;
    event.to_string()
}

/// Hostile records, and behind each of them a good one.
fn batch(odd: impl IntoIterator<Item = String>) -> (Vec<String>, usize) {
    let mut bodies = Vec::new();
    for (number, body) in odd.into_iter().enumerate() {
        bodies.push(body);
        bodies.push(bounce(number, &format!("good{number}@example.net")));
    }
    let good = bodies.len() / 2;
    (bodies, good)
}

fn suppress(wire: &Wire) -> impl Function {
    let settings = [("WARDEN_SES_CALLS_PER_SECOND", "1000")];
    warden_suppress::build(&environment(wire, &settings)).unwrap()
}

fn metrics(wire: &Wire) -> impl Function {
    warden_metrics::build(&environment(wire, &[])).unwrap()
}

async fn assert_good_ones_are_handled(odd: impl IntoIterator<Item = String>) {
    let (bodies, good) = batch(odd);
    let payload = sqs(&bodies);
    let is_good = |id: &String| {
        id.strip_prefix('m').and_then(|number| number.parse::<usize>().ok()).unwrap() % 2 == 1
    };
    let wire = Wire::start();
    let back = invoke(&suppress(&wire), &payload).await.unwrap();
    assert_eq!(back.iter().filter(|id| is_good(id)).count(), 0, "suppress gave good ones back");
    let listed = wire.world().suppressed.keys().filter(|a| a.starts_with("good")).count();
    assert_eq!(listed, good);
    let back = invoke(&metrics(&wire), &payload).await.unwrap();
    assert_eq!(back.iter().filter(|id| is_good(id)).count(), 0, "metrics gave good ones back");
}

#[tokio::test]
async fn forty_thousand_at_signs_as_message_id_cost_the_neighbour_nothing() {
    assert_good_ones_are_handled([with(0, "/mail/messageId", json!("@".repeat(40_000)))]).await;
}

#[tokio::test]
async fn long_odd_texts_in_any_field_cost_their_neighbours_nothing() {
    for piece in PIECES {
        let text = piece.repeat(100_000 / piece.len());
        let odd = FIELDS.iter().enumerate().map(|(n, field)| with(n, field, json!(text)));
        assert_good_ones_are_handled(odd).await;
    }
}

#[tokio::test]
async fn values_of_any_type_in_any_field_cost_their_neighbours_nothing() {
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("\u{0}\r\n"),
        json!([]),
        json!({}),
        json!([[[[1]]]]),
        json!({"a": {"b": [null]}}),
    ];
    for value in values {
        let odd = FIELDS.iter().enumerate().map(|(n, field)| with(n, field, value.clone()));
        assert_good_ones_are_handled(odd).await;
    }
}

#[tokio::test]
async fn a_batch_of_half_a_million_records_goes_back_as_a_whole() {
    let payload = format!("{{\"Records\":[{}1]}}", "1,".repeat(500_000));
    let wire = Wire::start();
    let error = invoke(&suppress(&wire), &payload).await.unwrap_err();
    assert_eq!(error.kind(), "over_limit");
    let error = invoke(&metrics(&wire), &payload).await.unwrap_err();
    assert_eq!(error.kind(), "over_limit");
}
