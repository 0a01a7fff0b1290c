//! The control plane: faults, raw messages, reset, and what it refuses.

use std::time::{Duration, Instant};

use aws_sdk_sesv2::types::SuppressionListReason;
use serde_json::json;

use crate::World;

#[tokio::test]
async fn the_rate_limit_answers_429_and_leaves_sending_out() {
    let world = World::new().await;
    world.set("news").await;
    world.control("PUT", "faults", json!({"rate_limit_per_second": 1})).await;
    world.ses.get_account().send().await.unwrap();
    let limited = world.ses.get_account().send().await.unwrap_err();
    assert_eq!(limited.raw_response().unwrap().status().as_u16(), 429);
    assert!(limited.into_service_error().is_too_many_requests_exception());
    world.send("news", "a@example.net").await;
    world.control("PUT", "faults", json!({"rate_limit_per_second": null})).await;
    world.ses.get_account().send().await.unwrap();
    assert_eq!(world.server.calls()["GetAccount"], 3);
    let log = world.server.call_log();
    let statuses: Vec<u16> =
        log.iter().filter(|call| call.operation == "GetAccount").map(|call| call.status).collect();
    assert_eq!(statuses, [200, 429, 200]);
}

#[tokio::test]
async fn failures_and_hangs_strike_the_named_operation() {
    let world = World::new().await;
    let faults = json!({
        "fail": [{"operation": "PutSuppressedDestination", "status": 400, "code": "BadRequestException", "times": 1}],
        "hang": [{"operation": "GetAccount", "seconds": 0.3, "times": 1}],
    });
    world.control("PUT", "faults", faults).await;
    let put = || {
        let put = world.ses.put_suppressed_destination().email_address("a@example.net");
        put.reason(SuppressionListReason::Bounce).send()
    };
    assert!(put().await.unwrap_err().into_service_error().is_bad_request_exception());
    put().await.unwrap();
    let start = Instant::now();
    world.ses.get_account().send().await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn raw_messages_reach_the_topic_and_the_ledger() {
    let world = World::new().await;
    world.set("news").await;
    let body = json!({"configuration_set": "news", "text": "{\"eventType\":\"Bounce\""});
    world.control("POST", "publish", body).await;
    let body = json!({"configuration_set": "news", "event": {"eventType": "Forward"}});
    world.control("POST", "publish", body).await;
    world.server.published().await;
    let mut texts = world.upstream.texts().split_off(1);
    texts.sort();
    assert_eq!(texts, ["{\"eventType\":\"Bounce\"", "{\"eventType\":\"Forward\"}\n"]);
    let pending = world.control("GET", "pending", json!({})).await;
    assert_eq!(pending, json!({"pending": 0, "published": 3, "unpublished": 0}));
    let raw = world.server.events().iter().filter(|event| event.event_type == "raw").count();
    assert_eq!(raw, 2);
}

#[tokio::test]
async fn a_reset_forgets_everything() {
    let world = World::new().await;
    world.set("news").await;
    world.send("news", "a@example.net").await;
    world.control("PUT", "faults", json!({"rate_limit_per_second": 1})).await;
    world.ses.put_account_sending_attributes().sending_enabled(false).send().await.unwrap();
    world.control("POST", "reset", json!({})).await;
    let state = world.control("GET", "state", json!({})).await;
    assert_eq!(state["configuration_sets"], json!({}));
    assert_eq!(state["account"]["sending_enabled"], true);
    assert_eq!((&state["pending"], &state["published"]), (&json!(0), &json!(0)));
    assert!(world.server.calls().is_empty());
}

#[tokio::test]
async fn misspelt_requests_are_refused_with_a_reason() {
    let world = World::new().await;
    let cases = [
        ("PUT", "domains/example.net", json!({"outcomes": [{"outcome": "bonce"}]})),
        ("PUT", "domains/example.net", json!({"outcomes": []})),
        (
            "PUT",
            "faults",
            json!({"fail": [{"operation": "PutSuppresed", "status": 500, "code": "x"}]}),
        ),
        (
            "PUT",
            "faults",
            json!({"hang": [{"operation": "*", "regoin": "eu-west-1", "seconds": 1}]}),
        ),
        ("PUT", "import-jobs", json!({"seconds_per_1000_records": -1})),
        ("PUT", "import-jobs", json!({"fail_record_next": 1})),
        ("PUT", "account", json!({"enforcment_status": "HEALTHY"})),
        ("POST", "publish", json!({"configuration_set": "news"})),
        ("GET", "nothing", json!({})),
    ];
    for (method, path, body) in cases {
        let refused = world.server.control(method, path, &body).await;
        assert!(refused.is_err(), "{method} {path} {body}");
    }
}
