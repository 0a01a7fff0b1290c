//! metrics.

use serde_json::Value;
use warden_metrics::CountEvents;

use crate::payloads::{bounce, complaint, send, sns, sqs};
use crate::wire::{Answer, Wire};
use crate::{environment, invoke};

const PUT: &str = "PutMetricData";

fn function(wire: &Wire) -> CountEvents {
    warden_metrics::build(&environment(wire, &[])).unwrap()
}

/// What was written of a metric under exactly these dimension values.
fn sum(wire: &Wire, metric: &str, values: &[&str]) -> f64 {
    let is_wanted = |datum: &&Value| {
        let dimensions = datum["Dimensions"].as_array().cloned().unwrap_or_default();
        let found: Vec<&str> = dimensions.iter().filter_map(|d| d["Value"].as_str()).collect();
        datum["MetricName"] == metric && found == values
    };
    wire.world().data.iter().filter(is_wanted).filter_map(|datum| datum["Value"].as_f64()).sum()
}

#[expect(clippy::float_cmp, reason = "sums of whole numbers")]
fn assert_sum(wire: &Wire, metric: &str, values: &[&str], wanted: f64) {
    assert_eq!(sum(wire, metric, values), wanted, "{metric} {values:?}");
}

#[tokio::test]
async fn a_batch_is_one_call() {
    let wire = Wire::start();
    let mut bodies: Vec<String> = (0..50).map(send).collect();
    bodies.extend([bounce(1, "gone@example.net"), complaint(2, "jane@example.net")]);
    assert_eq!(invoke(&function(&wire), sqs(&bodies)).await.unwrap(), [""; 0]);
    assert_eq!(wire.operations(), [PUT]);
    assert_eq!(wire.calls()[0].body["Namespace"], "SesWarden");
    assert_sum(&wire, "Send", &[], 50.0);
    assert_sum(&wire, "Send", &["example.com"], 50.0);
    assert_sum(&wire, "Send", &["example.com", "marketing"], 50.0);
    assert_sum(&wire, "BounceHard", &["example.com"], 1.0);
    assert_sum(&wire, "BounceFault", &["example.com", "recipient_gone"], 1.0);
    assert_sum(&wire, "Complaint", &["example.com", "marketing"], 1.0);
}

#[tokio::test]
async fn one_broken_message_of_ten_goes_back_and_nine_count() {
    let wire = Wire::start();
    let mut bodies: Vec<String> = (0..10).map(send).collect();
    bodies[7] = r#"{"eventType":"Send","mail":"#.to_owned();
    assert_eq!(invoke(&function(&wire), sqs(&bodies)).await.unwrap(), ["m7"]);
    assert_sum(&wire, "Send", &[], 9.0);
    assert_sum(&wire, "Malformed", &["malformed_json"], 1.0);
}

#[tokio::test]
async fn a_call_that_fails_gives_its_messages_back_and_they_count_the_next_time() {
    for answer in [Answer::error(403, "AccessDenied"), Answer::error(500, "InternalServiceFault"), Answer::Broken] {
        let wire = Wire::start();
        wire.script(PUT, [answer.clone()]);
        let function = function(&wire);
        let batch = sqs(&[send(0), send(1), bounce(0, "gone@example.net")]);
        assert_eq!(invoke(&function, &batch).await.unwrap(), ["m0", "m1", "m2"], "{answer:?}");
        assert_eq!(wire.calls().len(), 1, "{answer:?}: a second try could count twice");
        assert_eq!(wire.world().data.len(), 0, "{answer:?}");
        assert_eq!(invoke(&function, &batch).await.unwrap(), [""; 0], "{answer:?}");
        assert_sum(&wire, "Send", &[], 2.0);
        assert_sum(&wire, "BounceHard", &[], 1.0);
        assert_sum(&wire, "Ignored", &["duplicate"], 0.0);
    }
}

#[tokio::test]
async fn a_datum_that_is_refused_is_not_given_back_and_sinks_no_other() {
    let wire = Wire::start();
    wire.world().refused_dimension = Some("recipient_gone".into());
    let batch = sqs(&[send(0), bounce(1, "gone@example.net"), complaint(2, "jane@example.net")]);
    assert_eq!(invoke(&function(&wire), batch).await.unwrap(), [""; 0]);
    assert_sum(&wire, "Send", &["example.com", "marketing"], 1.0);
    assert_sum(&wire, "BounceHard", &["example.com"], 1.0);
    assert_sum(&wire, "Complaint", &[], 1.0);
    assert_sum(&wire, "BounceFault", &["example.com", "recipient_gone"], 0.0);
}

#[tokio::test]
async fn a_throttled_call_is_tried_again() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::error(400, "Throttling")]);
    assert_eq!(invoke(&function(&wire), sqs(&[send(0)])).await.unwrap(), [""; 0]);
    assert_eq!(wire.calls().len(), 2);
    assert_sum(&wire, "Send", &[], 1.0);
}

#[tokio::test]
async fn what_comes_twice_counts_once_in_a_batch_and_over_batches() {
    let wire = Wire::start();
    let function = function(&wire);
    let bodies = [send(0), bounce(0, "gone@example.net"), complaint(1, "jane@example.net")];
    let batch = sqs(&[bodies.clone(), bodies].concat());
    for _ in 0..2 {
        assert_eq!(invoke(&function, &batch).await.unwrap(), [""; 0]);
    }
    for metric in ["Send", "BounceHard", "Complaint"] {
        assert_sum(&wire, metric, &[], 1.0);
        assert_sum(&wire, metric, &["example.com", "marketing"], 1.0);
    }
    assert_sum(&wire, "Ignored", &["duplicate"], 9.0);
    assert_eq!(wire.calls().len(), 2);
}

#[tokio::test]
async fn an_invocation_by_sns_comes_again_as_a_whole() {
    let wire = Wire::start();
    wire.script(PUT, [Answer::error(403, "AccessDenied")]);
    let function = function(&wire);
    assert_eq!(invoke(&function, sns(&send(0))).await.unwrap_err().kind(), "call_failed");
    assert_eq!(invoke(&function, sns(&send(0))).await.unwrap(), [""; 0]);
    assert_sum(&wire, "Send", &[], 1.0);
}
