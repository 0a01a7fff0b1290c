//! No address, subject or body of a payload reaches logs, errors, answers, metrics, notices or the
//! journal, whatever AWS says, at the most talkative level. In the bucket, where addresses wait, no
//! subject or body, and no address in a key.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use warden_lambda::Function;
use warden_tests::payloads;

use crate::guard_stack::{ACCOUNT, SET, function as guard, wire_with};
use crate::hostile::{FIELDS, with};
use crate::log::{Log, capture};
use crate::payloads::{sns, sqs};
use crate::wire::{Answer, Wire};
use crate::{environment, invoke};

/// What must not come out again, at any depth of JSON in texts of JSON.
#[derive(Default)]
struct Secrets {
    /// Local parts with their `@`, and quoted ones without.
    addresses: BTreeSet<String>,
    /// Subjects and bodies.
    texts: BTreeSet<String>,
}

impl Secrets {
    fn of(payload: &[u8]) -> Self {
        let mut secrets = Self::default();
        let text = String::from_utf8_lossy(payload);
        match serde_json::from_str(&text) {
            Ok(json) => secrets.collect(&json),
            Err(_) => addresses(&text, &mut secrets.addresses),
        }
        secrets
    }

    fn collect(&mut self, value: &Value) {
        match value {
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(inner) if inner.is_object() || inner.is_array() => self.collect(&inner),
                _ => addresses(text, &mut self.addresses),
            },
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(fields) => {
                let is_subject = fields.get("name").and_then(Value::as_str) == Some("Subject");
                for (name, value) in fields {
                    self.collect(value);
                    // Of mail; an alarm's notice has a Subject too.
                    let is_message_text = (is_subject && name == "value")
                        || matches!(name.as_str(), "subject" | "content");
                    if let (true, Some(text)) = (is_message_text, value.as_str()) {
                        self.texts.extend((text.len() > 7).then(|| text.to_owned()));
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
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

/// Hostile records: fields filled with addresses in every disguise, and mail with a body.
fn hostile() -> Vec<(String, Vec<u8>)> {
    let disguises = [
        "Mallory Mason <mallory.mason@example.org>",
        "\"mallory mason\"@example.org",
        "mallory.mason%40example.org@example.net",
        "<mallory.mason@[192.0.2.1]>",
        "rfc822;mallory.mason@example.org",
        "mallory.mason@example.org\u{0}\u{202e}mallory.mason@example.org",
        "x&#64;y mallory.mason@EXAMPLE.ORG, also mallory.mason@example.org.",
    ];
    let filled = FIELDS.iter().flat_map(|field| {
        disguises.iter().enumerate().map(move |(number, disguise)| {
            let event = with(number, field, json!(disguise));
            (format!("{field} = {disguise}"), sqs(&[event]).into_bytes())
        })
    });
    let mail = json!({
        "eventType": "Bounce",
        "content": "Dear Mallory, your secret is kept in the body of this mail",
        "mail": { "messageId": "1", "destination": ["mallory.mason@example.org"],
            "commonHeaders": { "subject": "Your private invoice", "to": ["mallory.mason@example.org"] },
            "headers": [{ "name": "Subject", "value": "Your private invoice" }] },
        "bounce": { "bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "1",
            "bouncedRecipients": [{ "emailAddress": "mallory.mason@example.org",
                "diagnosticCode": "smtp; 550 grmblfx wuppdi <mallory.mason@example.org>" }] },
    });
    filled
        .chain([("a mail with a body".to_owned(), sqs(&[mail.to_string()]).into_bytes())])
        .collect()
}

/// The corpus, and events with addresses for ids.
fn corpus() -> Vec<(String, Vec<u8>)> {
    payloads().unwrap().into_iter().chain(with_addresses_for_ids()).collect()
}

/// What a function wrote elsewhere than on the suppression list: metrics, notices, the journal, and
/// the names of its files.
fn written(wire: &Wire) -> String {
    let world = wire.world();
    let keys: Vec<&String> = world.objects.keys().collect();
    format!("{:?} {:?} {:?} {keys:?}", world.data, world.notices, world.table)
}

/// Runs payloads through a function and holds everything it says and writes against what it was
/// given.
async fn assert_discreet<F: Function>(
    wire: &Wire,
    function: &F,
    payloads: Vec<(String, Vec<u8>)>,
    mut before: impl FnMut(&BTreeSet<String>),
) {
    capture();
    let mut said_something = false;
    for (name, payload) in payloads {
        // Only what this payload leads to; and it is all new, whatever came before.
        {
            let mut world = wire.world();
            world.data.clear();
            world.notices.clear();
            world.table.clear();
            world.objects.clear();
        }
        let Secrets { addresses, texts } = Secrets::of(&payload);
        // What is quoted has no mark to be known by once it is inside another text.
        before(&addresses.iter().filter(|secret| secret.ends_with('@')).cloned().collect());
        let answer = invoke(function, &payload).await;
        let said = Log::take() + &format!("{answer:?}");
        said_something |= said.contains("record done");
        let said = (said + &written(wire)).to_lowercase();
        for secret in addresses.iter().chain(&texts) {
            assert!(!said.contains(&secret.to_lowercase()), "{name}: {secret} in {said}");
        }
        // Addresses wait there, and nothing else of a mail.
        let files = format!("{:?}", wire.world().objects.values());
        for text in texts {
            assert!(!files.contains(&text), "{name}: {text} in {files}");
        }
    }
    assert!(said_something, "the log was not captured");
}

#[tokio::test]
async fn suppress_gives_nothing_away() {
    let wire = Wire::start();
    let bare = [("WARDEN_SES_CALLS_PER_SECOND", "1000")];
    let function = warden_suppress::build(&environment(&wire, &bare)).unwrap();
    assert_discreet(&wire, &function, [corpus(), hostile()].concat(), |_| {}).await;
    for (status, code, times) in [
        (400, "BadRequestException", 20),
        (403, "AccessDeniedException", 20),
        (500, "InternalFailure", 60),
    ] {
        assert_discreet(&wire, &function, corpus(), |secrets| {
            wire.world().suppressed.clear();
            wire.unscript();
            wire.script("PutSuppressedDestination", quoting(secrets, status, code, times));
        })
        .await;
    }
}

#[tokio::test]
async fn suppress_with_journal_and_bucket_gives_nothing_away() {
    let wire = Wire::start();
    wire.world().secrets.insert("key".to_owned(), "a-secret-of-the-stack".to_owned());
    let settings = [
        ("WARDEN_SES_CALLS_PER_SECOND", "1000"),
        ("WARDEN_JOURNAL_TABLE", "journal"),
        ("WARDEN_JOURNAL_KEY", "key"),
        ("WARDEN_TRACK_DELIVERIES", "on"),
        ("WARDEN_BUCKET", "bucket"),
        ("WARDEN_RESCUE_MODE", "remove"),
    ];
    let function = |threshold: &str| {
        let more = [&settings[..], &[("WARDEN_IMPORT_THRESHOLD", threshold)]].concat();
        warden_suppress::build(&environment(&wire, &more)).unwrap()
    };
    assert_discreet(&wire, &function("1000"), [corpus(), hostile()].concat(), |_| {}).await;
    // As a storm, when everything goes through the bucket, and with a journal that quotes.
    assert_discreet(&wire, &function("0"), corpus(), |secrets| {
        wire.unscript();
        for operation in ["PutItem", "Query", "BatchGetItem"] {
            wire.script(operation, quoting(secrets, 400, "ValidationException", 20));
        }
    })
    .await;
}

#[tokio::test]
async fn metrics_gives_nothing_away() {
    let wire = Wire::start();
    let function = warden_metrics::build(&environment(&wire, &[])).unwrap();
    assert_discreet(&wire, &function, [corpus(), hostile()].concat(), |_| {}).await;
    for (status, code) in
        [(400, "InvalidParameterValue"), (403, "AccessDenied"), (500, "InternalServiceFault")]
    {
        // A function of its own each: what was counted is not written again.
        let function = warden_metrics::build(&environment(&wire, &[])).unwrap();
        assert_discreet(&wire, &function, corpus(), |secrets| {
            wire.unscript();
            wire.script("PutMetricData", quoting(secrets, status, code, 1));
        })
        .await;
    }
}

/// The messages that invoke guard, with an address in each field that it may repeat.
fn alarm_messages() -> Vec<(String, Vec<u8>)> {
    let address = "mallory.mason@example.org";
    let fields = ["AlarmName", "AlarmDescription", "NewStateReason", "StateChangeTime", "AlarmArn"];
    let alarms = fields.map(|field| {
        let mut message = json!({ "AlarmName": "a", "AlarmArn": "arn", "NewStateValue": "ALARM",
            "NewStateReason": "r", "StateChangeTime": "2026-10-06T07:15:12.345+0000" });
        message[field] = json!(format!("{address} in {field}"));
        (format!("an alarm with an address as {field}"), sns(&message.to_string()).into_bytes())
    });
    let paths = ["/id", "/time", "/resources/0", "/detail/data/record/cause"];
    let of_aws = paths.map(|path| {
        let mut event = json!({ "version": "0", "id": "1", "detail-type": "Sending Status Disabled",
            "source": "aws.ses", "time": "t", "resources": ["arn"],
            "detail": { "data": { "record": { "status": "DISABLED", "cause": "c" } } } });
        *event.pointer_mut(path).unwrap() = json!(format!("cause: {address} complained"));
        (format!("a message of AWS with an address at {path}"), event.to_string().into_bytes())
    });
    alarms.into_iter().chain(of_aws).collect()
}

#[tokio::test]
async fn guard_gives_nothing_away() {
    let all = || [corpus(), hostile(), alarm_messages()].concat();
    let about_alarms = || {
        let mut found = corpus();
        found.retain(|(name, _)| name.contains("alarm"));
        assert!(found.len() > 30, "{}", found.len());
        [found, alarm_messages()].concat()
    };
    let wire = wire_with(&[ACCOUNT, SET]);
    assert_discreet(&wire, &guard(&wire, &[]), all(), |_| {}).await;
    for (operation, status, code) in [
        ("DescribeAlarms", 400, "InvalidParameterValue"),
        ("Query", 400, "ValidationException"),
        ("GetAccount", 403, "AccessDeniedException"),
        ("PutAccountSendingAttributes", 400, "BadRequestException"),
        ("Publish", 400, "InvalidParameter"),
    ] {
        // guard reads nothing of other payloads, whatever AWS answers. A stack of its own each: what is
        // paused is not paused again.
        let wire = wire_with(&[ACCOUNT, SET]);
        assert_discreet(&wire, &guard(&wire, &[]), about_alarms(), |secrets| {
            wire.unscript();
            wire.world().account_sends = true;
            wire.script(operation, quoting(secrets, status, code, 4));
        })
        .await;
    }
}
