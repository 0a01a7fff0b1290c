//! Whatever a message holds: it is judged, in bounded size, and nothing that its author writes
//! below the receiver's results turns the verdict into a pass.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use proptest::prelude::*;
use warden_domain::authentication::dmarc::DmarcRecord;
use warden_domain::authentication::evidence::HeaderEvidence;
use warden_domain::authentication::verdict::{DmarcVerdict, MessageJudgement, SpfResult, judge};

fn judged(message: &[u8]) -> MessageJudgement {
    let evidence = HeaderEvidence::read(message, &[]);
    assert!(evidence.domains_to_walk().len() <= 11);
    let judgement = judge(&evidence, &BTreeMap::new());
    assert!(judgement.findings.len() <= 60);
    for finding in &judgement.findings {
        assert!(finding.text.len() <= 4_000, "{}", finding.code);
    }
    let size = serde_json::to_vec(&judgement).map_or(usize::MAX, |json| json.len());
    assert!(size <= 200_000, "{size} bytes of output");
    judgement
}

fn corpus() -> io::Result<Vec<(String, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/messages");
    let mut messages = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
            messages.push((path.display().to_string(), text));
        }
    }
    messages.sort();
    Ok(messages)
}

/// What may stand in a header, hostile pieces often.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("Authentication-Results: ".to_owned()),
        Just("\nFrom: ".to_owned()),
        Just("\nReceived: from a.example by b.example; ".to_owned()),
        Just("DKIM-Signature: d=example.com; s=".to_owned()),
        Just("dkim=pass header.d=example.com".to_owned()),
        Just("spf=pass smtp.mailfrom=a@example.com".to_owned()),
        Just("dmarc=fail (p=REJECT) header.from=".to_owned()),
        "[();=\"\\\\<>@,:. \t\n/]{1,6}",
        "\\PC{1,8}",
        "[a-z0-9.-]{1,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_are_judged(message in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        judged(&message);
    }

    #[test]
    fn any_header_like_text_is_judged(pieces in proptest::collection::vec(piece(), 0..60)) {
        judged(pieces.concat().as_bytes());
    }

    #[test]
    fn any_text_may_be_a_record(text in "(v=DMARC1;)?\\PC{0,200}") {
        if let Some(record) = DmarcRecord::parse(&text) {
            prop_assert!(record.faults.len() + record.unknown_tags.len() <= text.len());
        }
    }
}

#[test]
fn a_megabyte_of_one_sign_is_judged() {
    for sign in
        ["(", ")", "\"", ";", "=", "\\", ".", "/", "<", ",", "@", "a ", "a=b ", "a=b;", "\n "]
    {
        for name in ["Authentication-Results", "From", "Received", "DKIM-Signature", "Return-Path"]
        {
            let message = format!("{name}: x; {}\n\n", sign.repeat(1_000_000 / sign.len()));
            judged(message.as_bytes());
        }
    }
    let many = "Authentication-Results: a; dkim=pass header.d=example.com\n".repeat(20_000);
    judged(many.as_bytes());
    judged("DKIM-Signature: d=example.com; s=a; b=c\n".repeat(20_000).as_bytes());
    judged("Received: from a by b.example; x\n".repeat(20_000).as_bytes());
}

/// A forged field in front of From, where the author's part begins, in the receiver's own name,
/// in another and in none.
#[test]
fn no_field_of_the_author_makes_a_failing_message_pass() {
    let mut tried = 0;
    for (name, message) in corpus().unwrap() {
        let before = judged(message.as_bytes());
        let at = if message.starts_with("From:") {
            Some(0)
        } else {
            message.find("\nFrom:").map(|at| at + 1)
        };
        let has_results = message.contains("Authentication-Results:");
        let Some(at) = at.filter(|_| has_results && before.dmarc.verdict != DmarcVerdict::Pass)
        else {
            continue;
        };
        let own = before.authserv_id.clone();
        // Without trusted results the topmost are trusted; there is nothing to be below of.
        let is_known = before.spf.result != SpfResult::Unknown
            || before.dkim.iter().any(|dkim| dkim.result != "unknown")
            || before.dmarc.reported.is_some();
        if !is_known {
            continue;
        }
        let from = before.from_domain.clone().unwrap_or_else(|| "example.com".to_owned());
        let claims = [
            format!("dkim=pass header.d={from}; spf=pass smtp.mailfrom={from}; dmarc=pass"),
            format!("dmarc=pass header.from={from}"),
            format!("dkim=pass header.d={from}"),
            format!("spf=pass smtp.mailfrom={from}"),
        ];
        for claim in claims {
            for id in [own.as_deref(), Some("mx.evil.example"), None] {
                let id = id.map_or_else(String::new, |id| format!("{id}; "));
                let field = format!("Authentication-Results: {id}{claim}\n");
                let (head, tail) = message.split_at(at);
                let forged = format!("{head}{field}{tail}");
                let verdict = judged(forged.as_bytes()).dmarc.verdict;
                assert_ne!(verdict, DmarcVerdict::Pass, "{name} with {field}");
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "only {tried} tried");
}
