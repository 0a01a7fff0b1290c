//! Any reply of a receiver leads to a verdict that suppress may follow: only a permanent bounce
//! suppresses, and no advice repeats an address of the reply.
//!
//! The first line of the input is the status field, the second SES's bounce type and sub-type, the
//! rest is the diagnostic text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use warden_domain::bounce::{BounceClass, BounceFacts, ReaderVerdict, triage};
use warden_domain::envelope::{Reading, open};
use warden_domain::redact::redact;
use warden_domain::suppression::{Policy, SuppressionVerdict, decide};

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(3, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (status, kind, text) = (next(), next(), next());
    let facts = BounceFacts { bounce: None, status: Some(status), diagnostic: Some(text) };
    let found = triage(facts);
    assert_eq!(found, triage(facts), "the same text twice");
    if found.verdict() == ReaderVerdict::Recipient && found.class != BounceClass::Unknown {
        assert!(found.class.is_recipients() || found.second.is_some());
    }
    if let Some(second) = found.second {
        assert!((0.0..=1.0).contains(&second.probability()), "{second:?}");
    }
    for point in found.advice(text) {
        assert!(!text.contains('@') || redact(&point) == point, "{point}");
    }
    let (bounce_type, sub_type) = kind.split_once(' ').unwrap_or((kind, "General"));
    let event = json!({
        "eventType": "Bounce",
        "mail": { "messageId": "1", "destination": ["jane@example.net"] },
        "bounce": { "bounceType": bounce_type, "bounceSubType": sub_type, "feedbackId": "1",
            "bouncedRecipients": [{ "emailAddress": "jane@example.net", "status": status,
                "diagnosticCode": text }] },
    });
    let payload = event.to_string();
    for record in open(payload.as_bytes()) {
        let Reading::Event(event) = record.reading else { continue };
        let decision = decide(&event, &Policy::default());
        for judgement in &decision.judgements {
            let SuppressionVerdict::Suppress(_) = judgement.verdict else { continue };
            assert!(bounce_type.eq_ignore_ascii_case("Permanent"), "{bounce_type} suppresses");
            assert!(!judgement.is_rescue_candidate());
        }
    }
});
