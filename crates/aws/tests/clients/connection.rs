//! What the clients share.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use warden_aws::{Alarms, CallError, Class, OperatorTopic, RateLimiter, SendingSwitch};

use crate::connection;
use crate::wire::{Answer, Wire};

async fn connections_after(idle: Duration) -> usize {
    let wire = Wire::start();
    let alarms = Alarms::new(&connection(&wire));
    alarms.all("a").await.unwrap();
    tokio::time::pause();
    tokio::time::advance(idle).await;
    tokio::time::resume();
    alarms.all("a").await.unwrap();
    wire.connections()
}

#[tokio::test]
async fn a_connection_is_used_again_while_it_is_fresh() {
    assert_eq!(connections_after(Duration::from_secs(5)).await, 1);
}

/// As after a function was frozen: AWS may have closed it meanwhile.
#[tokio::test]
async fn a_connection_that_was_idle_for_long_is_not_used_again() {
    assert_eq!(connections_after(Duration::from_secs(20)).await, 2);
}

/// A proxy or a wrong endpoint may answer without end; a function has 128 MB.
#[tokio::test]
async fn an_answer_longer_than_any_of_aws_fails_the_call() {
    let wire = Wire::start();
    let long = || Answer::Ok(json!({ "SendingEnabled": true, "Padding": "x".repeat(9 << 20) }));
    let refusal =
        || Answer::Error { status: 400, code: "Odd".to_owned(), message: "x".repeat(9 << 20) };
    let connection = connection(&wire);
    let check = |error: CallError| {
        assert_eq!(error.class, Class::Temporary);
        assert!(error.to_string().ends_with("an answer longer than any of AWS's"), "{error}");
    };
    let sending = SendingSwitch::new(&connection, RateLimiter::per_second(1000.0));
    for answer in [long, refusal] {
        wire.script("GetAccount", std::iter::repeat_with(answer).take(9));
        check(sending.account().await.unwrap_err());
        wire.unscript();
        wire.script("DescribeAlarms", std::iter::repeat_with(answer).take(9));
        check(Alarms::new(&connection).all("a").await.unwrap_err());
        wire.unscript();
    }
    wire.script("Publish", std::iter::repeat_with(refusal).take(9));
    let topic = "arn:aws:sns:eu-central-1:111122223333:operators".to_owned();
    let operators = OperatorTopic::new(&connection, topic);
    check(operators.publish("subject", "text", &BTreeMap::new()).await.unwrap_err());
}
