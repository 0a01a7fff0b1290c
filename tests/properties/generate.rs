//! SES events out of parts that real ones are made of, and the ways they travel.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

pub(crate) fn address() -> impl Strategy<Value = String> {
    let local = prop_oneof![
        "[a-z]{1,8}([.+-][a-z0-9]{1,5})?",
        Just("Jane".to_owned()),
        Just("\"a b\"".to_owned())
    ];
    let domain =
        select(vec!["recipient.example.net", "Provider.Example.NET", "bücher.example.org"]);
    (local, domain, any::<bool>()).prop_map(|(local, domain, named)| {
        if named { format!("Some One <{local}@{domain}>") } else { format!("{local}@{domain}") }
    })
}

pub(crate) fn maybe_status() -> impl Strategy<Value = Option<String>> {
    let known = select(vec![
        "5.1.1", "5.2.1", "5.2.2", "5.7.1", "5.7.26", "5.4.4", "4.2.2", "5.0.0", "5.6.0",
    ]);
    prop::option::of(prop_oneof![known.prop_map(str::to_owned), "[245]\\.[0-7]\\.[0-9]{1,3}"])
}

pub(crate) fn maybe_text() -> impl Strategy<Value = Option<String>> {
    let phrases = vec![
        "smtp; 550 5.1.1 user unknown",
        "smtp; 550-5.7.26 unauthenticated\n550 5.7.26 DMARC policy",
        "smtp; 552 mailbox full",
        "blocked using a blocklist",
        "out of office",
        "{\"eventType\": \"Bounce\"} \\ \" \u{2028}",
    ];
    prop::option::of(prop_oneof![select(phrases).prop_map(str::to_owned), "\\PC{0,60}"])
}

pub(crate) fn recipient() -> impl Strategy<Value = Value> {
    let action = prop::option::of(select(vec!["failed", "delayed"]));
    (address(), maybe_status(), maybe_text(), action).prop_map(|(address, status, text, action)| {
        json!({"emailAddress": address, "status": status, "diagnosticCode": text, "action": action})
    })
}

pub(crate) fn feedback_object() -> impl Strategy<Value = (&'static str, &'static str, Value)> {
    let sub_types = select(vec![
        ("Permanent", "General"),
        ("Permanent", "NoEmail"),
        ("Permanent", "Suppressed"),
        ("Permanent", "OnAccountSuppressionList"),
        ("Permanent", "Novel"),
        ("Transient", "General"),
        ("Transient", "MailboxFull"),
        ("Undetermined", "Undetermined"),
        ("Novel", "General"),
    ]);
    let bounce = (sub_types, prop::collection::vec(recipient(), 1..5)).prop_map(|((kind, sub), recipients)| {
        let bounce = json!({"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": recipients,
            "timestamp": "2026-10-06T07:14:04.777Z", "feedbackId": "f-1"});
        ("Bounce", "bounce", bounce)
    });
    let feedback =
        prop::option::of(select(vec!["abuse", "not-spam", "auth-failure", "virus", "novel"]));
    let sub_type = prop_oneof![4 => Just(None), 1 => Just(Some("OnAccountSuppressionList"))];
    let complaint = (feedback, sub_type, prop::collection::vec(recipient(), 1..4)).prop_map(|(kind, sub, recipients)| {
        let complaint = json!({"complaintFeedbackType": kind, "complaintSubType": sub, "complainedRecipients": recipients,
            "timestamp": "2026-10-06T07:14:04.777Z", "feedbackId": "f-2"});
        ("Complaint", "complaint", complaint)
    });
    prop_oneof![2 => bounce, 1 => complaint]
}

pub(crate) fn detail_object() -> impl Strategy<Value = (&'static str, &'static str, Value)> {
    let delivery = prop::collection::vec(address(), 1..4).prop_map(|to| {
        (
            "Delivery",
            "delivery",
            json!({"recipients": to, "processingTimeMillis": 812, "timestamp": "2026-10-06T07:14:04.777Z"}),
        )
    });
    let delay = prop::collection::vec(recipient(), 1..3).prop_map(|to| {
        (
            "DeliveryDelay",
            "deliveryDelay",
            json!({"delayedRecipients": to, "timestamp": "2026-10-06T07:14:04.777Z"}),
        )
    });
    let others = select(vec![
        ("Send", "send"),
        ("Reject", "reject"),
        ("Open", "open"),
        ("Rendering Failure", "failure"),
        ("Novel", "novel"),
    ]);
    prop_oneof![4 => feedback_object(), 1 => delivery, 1 => delay, 1 => others.prop_map(|(kind, key)| (kind, key, json!({})))]
}

pub(crate) fn event_of(
    part: impl Strategy<Value = (&'static str, &'static str, Value)>,
) -> impl Strategy<Value = Value> {
    let domain = prop::option::of(select(vec![
        "example.com",
        "News.Example.ORG",
        "bücher.example.org",
        "no domain",
    ]));
    (part, prop::collection::vec(address(), 0..4), domain).prop_map(|((kind, key, object), to, domain)| {
        let mut event = json!({"eventType": kind, "mail": {
            "timestamp": "2026-10-06T07:14:02.118Z", "messageId": "m-1", "source": "Shop <orders@example.com>",
            "destination": to, "tags": {"ses:configuration-set": ["transactional"], "ses:from-domain": domain.into_iter().collect::<Vec<_>>()}}});
        if let Some(map) = event.as_object_mut() {
            map.insert(key.to_owned(), object);
        }
        event
    })
}

pub(crate) fn event() -> impl Strategy<Value = Value> {
    event_of(detail_object())
}

pub(crate) fn feedback_event() -> impl Strategy<Value = Value> {
    event_of(feedback_object())
}

/// The text of an SQS message: ours, wrapped, broken, or nothing to do with us.
pub(crate) fn body() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => event().prop_map(|e| e.to_string()),
        1 => event().prop_map(|e| sns(&e.to_string()).to_string()),
        1 => event().prop_map(|e| event_bridge(&e).to_string()),
        1 => "\\PC{0,40}",
        1 => "[{\\[\"][ -~]{0,40}",
        1 => Just("Successfully validated SNS topic for Amazon SES event publishing.".to_owned()),
        1 => Just("{\"eventType\":\"Bounce\"}".to_owned()),
    ]
}

/// What is no recipient.
pub(crate) fn junk() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(7),
        json!("jane@example.net"),
        json!({}),
        json!([]),
        json!({"emailAddress": 7}),
        json!({"emailAddress": null}),
    ])
}

pub(crate) fn sns(message: &str) -> Value {
    json!({"Type": "Notification", "MessageId": "n-1", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:feedback",
        "Message": message, "Timestamp": "2026-10-06T07:14:05.402Z", "MessageAttributes": {}})
}

pub(crate) fn sqs(bodies: &[String]) -> Value {
    let record = |(n, body): (usize, &String)| json!({"messageId": format!("q-{n}"), "receiptHandle": "h", "body": body, "eventSource": "aws:sqs"});
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

pub(crate) fn event_bridge(event: &Value) -> Value {
    json!({"version": "0", "id": "e-1", "detail-type": "Email Something", "source": "aws.ses", "account": "111122223333",
        "time": "2026-10-06T07:14:05Z", "region": "eu-central-1", "resources": [], "detail": event})
}

/// Every way an event may travel to a function.
pub(crate) fn travels(event: &Value) -> Vec<(&'static str, Value)> {
    let text = format!("{event}\n");
    let (wrapped, bridged) = (sns(&text).to_string(), event_bridge(event));
    let lambda = |message: &str| json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns(message)}]});
    vec![
        ("SNS", lambda(&text)),
        ("SNS in SNS", lambda(&wrapped)),
        ("SQS, SNS wrapped", sqs(std::slice::from_ref(&wrapped))),
        ("SQS, raw", sqs(&[text])),
        ("SQS, SNS nested", sqs(&[sns(&wrapped).to_string()])),
        ("EventBridge in SQS", sqs(&[bridged.to_string()])),
        ("EventBridge in SNS", lambda(&bridged.to_string())),
        ("EventBridge", bridged),
    ]
}
