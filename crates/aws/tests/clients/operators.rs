//! The operators' topic.

use std::collections::BTreeMap;

use warden_aws::{Class, OperatorTopic};

use crate::connection;
use crate::wire::{Answer, Wire};

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:operators";

fn topic(wire: &Wire) -> OperatorTopic {
    OperatorTopic::new(&connection(wire), TOPIC.into())
}

#[tokio::test]
async fn a_notice_is_a_form_with_attributes() {
    let wire = Wire::start();
    let attributes = BTreeMap::from([
        ("scope", "account".to_owned()),
        ("empty", String::new()),
        ("target", "a & b".to_owned()),
    ]);
    topic(&wire)
        .publish("ses-warden: paused", "first line\nGrüße + 100 %", &attributes)
        .await
        .unwrap();
    let call = &wire.calls()[0];
    assert_eq!(call.signed_for, "eu-central-1/sns");
    assert_eq!((call.operation.as_str(), call.path.as_str()), ("Publish", "/"));
    let notice = &wire.world().notices[0];
    assert_eq!((notice.topic_arn.as_str(), notice.subject.as_str()), (TOPIC, "ses-warden: paused"));
    assert_eq!(notice.message, "first line\nGrüße + 100 %");
    assert_eq!(
        notice.attributes,
        BTreeMap::from([("scope".into(), "account".into()), ("target".into(), "a & b".into())])
    );
}

/// It may have gone out: whoever sends it again has to say so in it.
#[tokio::test]
async fn notice_is_not_repeated_after_a_fault() {
    for (status, code, class) in [
        (500, "InternalError", Class::Temporary),
        (400, "InvalidParameter", Class::Refused { code: "InvalidParameter".into() }),
    ] {
        let wire = Wire::start();
        wire.script("Publish", [Answer::error(status, code)]);
        let error = topic(&wire).publish("s", "b", &BTreeMap::new()).await.unwrap_err();
        assert_eq!(error.class, class);
        assert_eq!(wire.calls().len(), 1);
    }
}

/// SNS spells it "Throttled", which is not among the codes that the SDK repeats.
#[tokio::test]
async fn a_throttled_notice_is_repeated() {
    let wire = Wire::start();
    wire.script("Publish", vec![Answer::error(429, "Throttled"); 2]);
    topic(&wire).publish("s", "b", &BTreeMap::new()).await.unwrap();
    assert_eq!(wire.calls().len(), 3);
    assert_eq!(wire.world().notices.len(), 1);
}

#[tokio::test]
async fn throttled_notice_is_left_to_the_next_invocation() {
    let wire = Wire::start();
    wire.script("Publish", vec![Answer::error(429, "Throttled"); 9]);
    let error = topic(&wire).publish("s", "b", &BTreeMap::new()).await.unwrap_err();
    assert_eq!(error.class, Class::Throttled);
    assert!(error.retry_can_help());
    assert_eq!(wire.calls().len(), 4);
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_not_found() {
    let wire = Wire::start();
    wire.script("Publish", [Answer::error(404, "NotFound")]);
    let error = topic(&wire).publish("s", "b", &BTreeMap::new()).await.unwrap_err();
    assert_eq!((error.operation, error.class), ("Publish", Class::NotFound));
}
