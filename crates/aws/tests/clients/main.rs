//! The clients against AWS at the wire: what they send, and what they make of
//! each kind of answer.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which Clippy does not take for tests")]

mod alarms;
mod answers;
mod connection;
mod journal;
mod metrics;
mod missing_facts;
mod operators;
mod sending;
mod shared_reads;
mod suppression_list;

use fake_aws as wire;
use warden_aws::{AwsSettings, Connection, RateLimiter};
use wire::Wire;

fn connection_to(url: &str) -> Connection {
    let settings = AwsSettings::from_lookup(|name| match name {
        "AWS_REGION" => Some("eu-central-1"),
        "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE"),
        "AWS_SECRET_ACCESS_KEY" => Some("not-a-secret"),
        "AWS_ENDPOINT_URL" => Some(url),
        _ => None,
    });
    Connection::new(settings.unwrap())
}

fn connection(wire: &Wire) -> Connection {
    connection_to(&wire.url())
}

/// Fast enough not to be noticed.
fn fast() -> RateLimiter {
    RateLimiter::per_second(1000.0)
}

/// A port that nobody listens on.
fn dead_url() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
