//! No address and no subject of a payload reaches logs, errors or answers,
//! whatever AWS says, at the most talkative level.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use warden_lambda::Function;
use warden_tests::payloads;

use crate::log::{Log, capture};
use crate::payloads::sqs;
use crate::wire::{Answer, Wire};
use crate::{environment, invoke};

/// What must not come out again: addresses and subjects, at any depth of JSON in
/// texts of JSON.
fn secrets(payload: &[u8]) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    let text = String::from_utf8_lossy(payload);
    match serde_json::from_str(&text) {
        Ok(json) => collect(&json, &mut secrets),
        Err(_) => addresses(&text, &mut secrets),
    }
    secrets
}

fn collect(value: &Value, secrets: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner) if inner.is_object() || inner.is_array() => collect(&inner, secrets),
            _ => addresses(text, secrets),
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, secrets)),
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(value, secrets);
                let is_header = fields.get("name").and_then(Value::as_str) == Some("Subject")
                    && name == "value";
                // Of mail; an alarm's notice has a Subject too.
                if let (true, Some(subject)) = (is_header || name == "subject", value.as_str()) {
                    secrets.extend((subject.len() > 7).then(|| subject.to_owned()));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Local parts with their `@`, and the texts in front of it when quoted.
fn addresses(text: &str, secrets: &mut BTreeSet<String>) {
    let inner = |c: char| !c.is_whitespace() && !"<>()[],;:\"\\@".contains(c);
    for (at, _) in text.match_indices('@') {
        let before = text.get(..at).unwrap_or_default();
        let local: String = before
            .chars()
            .rev()
            .take_while(|c| inner(*c))
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        if local.chars().count() > 2 {
            secrets.insert(format!("{local}@"));
        }
        if let Some(quoted) =
            before.strip_suffix('"').and_then(|b| b.rsplit('"').next()).filter(|q| q.len() > 2)
        {
            secrets.insert(quoted.to_owned());
        }
    }
}

/// Answers that quote what they were sent, as services do.
fn quoting(secrets: &BTreeSet<String>, status: u16, code: &str, times: usize) -> Vec<Answer> {
    let quoted: Vec<String> =
        secrets.iter().map(|secret| format!("{secret}example.net is not valid")).collect();
    vec![Answer::Error { status, code: code.to_owned(), message: quoted.join(", ") }; times]
}

/// Events whose ids and names are addresses, and long: the log lines hold these fields.
fn with_addresses_for_ids() -> Vec<(String, Vec<u8>)> {
    let id = |of: &str| format!("{of}.{}@example.net", "x".repeat(200));
    let event = |kind: &str| {
        json!({
            "eventType": kind,
            "mail": { "messageId": id("message"), "destination": ["jane@example.net"],
                "tags": { "ses:caller-identity": [id("caller")], "ses:configuration-set": [id("set")] } },
            "bounce": { "feedbackId": id("report"), "bounceType": id("type"), "bounceSubType": id("subtype"),
                "bouncedRecipients": [{ "emailAddress": "jane@example.net", "status": id("status") }] },
            "complaint": { "feedbackId": id("report"), "complaintSubType": id("subtype"),
                "complainedRecipients": [{ "emailAddress": "jane@example.net" }] },
        })
    };
    ["Bounce", "Complaint", "Send", "kind@example.net"]
        .map(|kind| {
            (format!("addresses for ids: {kind}"), sqs(&[event(kind).to_string()]).into_bytes())
        })
        .into()
}

/// Runs the corpus through a function and holds everything it says against what
/// it was given.
async fn assert_discreet<F: Function>(function: &F, mut before: impl FnMut(&BTreeSet<String>)) {
    capture();
    let mut said_something = false;
    let corpus = payloads().unwrap();
    for (name, payload) in corpus.into_iter().chain(with_addresses_for_ids()) {
        let secrets = secrets(&payload);
        // A subject has no mark to be known by once it is inside another text.
        before(&secrets.iter().filter(|secret| secret.ends_with('@')).cloned().collect());
        let answer = invoke(function, &payload).await;
        let said = Log::take() + &format!("{answer:?}");
        said_something |= said.contains("record done");
        let said = said.to_lowercase();
        for secret in secrets {
            assert!(!said.contains(&secret.to_lowercase()), "{name}: {secret} in {said}");
        }
    }
    assert!(said_something, "the log was not captured");
}

#[tokio::test]
async fn suppress_gives_nothing_away() {
    let wire = Wire::start();
    let environment = environment(&wire, &[("WARDEN_SES_CALLS_PER_SECOND", "1000")]);
    let function = warden_suppress::build(&environment).unwrap();
    assert_discreet(&function, |_| {}).await;
    for (status, code, times) in [
        (400, "BadRequestException", 20),
        (403, "AccessDeniedException", 20),
        (500, "InternalFailure", 60),
    ] {
        assert_discreet(&function, |secrets| {
            wire.world().suppressed.clear();
            wire.unscript();
            wire.script("PutSuppressedDestination", quoting(secrets, status, code, times));
        })
        .await;
    }
}

#[tokio::test]
async fn metrics_gives_nothing_away() {
    let wire = Wire::start();
    let function = warden_metrics::build(&environment(&wire, &[])).unwrap();
    assert_discreet(&function, |_| {}).await;
    for (status, code) in
        [(400, "InvalidParameterValue"), (403, "AccessDenied"), (500, "InternalServiceFault")]
    {
        // A function of its own each: what was counted is not written again.
        let function = warden_metrics::build(&environment(&wire, &[])).unwrap();
        assert_discreet(&function, |secrets| {
            wire.unscript();
            wire.script("PutMetricData", quoting(secrets, status, code, 1));
        })
        .await;
    }
}
