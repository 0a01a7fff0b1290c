use super::*;
use crate::event::Detail;
use serde_json::{Value, json};

fn bounce() -> Value {
    json!({
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "f-1",
            "bouncedRecipients": [{"emailAddress": "jane@example.net", "status": "5.1.1"}],
            "timestamp": "2026-10-06T07:14:04.777Z",
        },
        "mail": {"messageId": "m-1", "source": "shop@example.com", "destination": ["jane@example.net"]},
    })
}

fn sns(message: &str) -> Value {
    json!({"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:t", "Message": message})
}

fn sqs(body: &str) -> Value {
    json!({"Records": [{"eventSource": "aws:sqs", "messageId": "q-1", "body": body}]})
}

fn one(payload: &Value) -> Record {
    let mut records = open(payload.to_string().as_bytes());
    assert_eq!(records.len(), 1);
    records.remove(0)
}

#[test]
fn the_same_event_reads_the_same_through_every_envelope() {
    let text = format!("{}\n", bounce());
    let direct = read_message(&text);
    assert!(matches!(direct, Reading::Event(_)));
    let event_bridge =
        json!({"source": "aws.ses", "detail-type": "Email Bounced", "detail": bounce()});
    let envelopes = [
        bounce(),
        event_bridge.clone(),
        json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text}}]}),
        sqs(&text),
        sqs(&sns(&text).to_string()),
        sqs(&sns(&sns(&text).to_string()).to_string()),
        sqs(&event_bridge.to_string()),
        sqs(&sns(&event_bridge.to_string()).to_string()),
    ];
    for envelope in envelopes {
        assert_eq!(one(&envelope).reading, direct, "{envelope}");
    }
}

#[test]
fn endings_by_the_payloads_own_marks() {
    use GivenBack as B;
    use Ignored as I;
    let ignored = Reading::Ignored;
    let broken = Reading::Broken;
    let cases: Vec<(Value, Reading)> = vec![
        (
            sqs("Successfully validated SNS topic for Amazon SES event publishing."),
            ignored(I::SetupNotice),
        ),
        (
            sqs("{\"notificationType\":\"AmazonSnsSubscriptionSucceeded\",\"message\":\"x\"}\n"),
            ignored(I::SetupNotice),
        ),
        (sqs("hello, is anybody there?"), ignored(I::NotSes)),
        (sqs("\"text\""), ignored(I::NotSes)),
        (sqs("[\"Bounce\"]"), ignored(I::NotSes)),
        (sqs("{\"order\": 7}"), ignored(I::NotSes)),
        (sqs("{\"source\": {\"not\": \"ours\"}}"), ignored(I::NotSes)),
        (sqs("{\"notificationType\": \"Received\", \"mail\": {}}"), ignored(I::InboundMail)),
        (
            sqs("{\"source\": \"aws.s3\", \"detail-type\": \"Object Created\", \"detail\": {}}"),
            ignored(I::OtherSource),
        ),
        (sqs("{\"eventType\":\"Bounce\",\"bounce\":"), broken(B::MalformedJson)),
        (sqs("oops \"eventType\": \"Bounce\""), broken(B::MalformedJson)),
        (sqs("{\"eventType\": \"Bounce\"}"), broken(B::MalformedEvent)),
        (sqs("{\"eventType\": 5}"), broken(B::MalformedEvent)),
        (sqs("{\"bounce\": {}}"), broken(B::MalformedEvent)),
        (
            sqs("{\"eventType\": \"Bounce\", \"bounce\": {\"bounceType\": \"Permanent\"}}"),
            broken(B::MalformedEvent),
        ),
        (
            sqs(
                "{\"eventType\": \"Bounce\", \"bounce\": {\"bounceType\": \"Permanent\", \"bouncedRecipients\": []}}",
            ),
            broken(B::NoRecipient),
        ),
        (sqs("{\"AlarmName\": \"a\"}"), broken(B::MalformedAlarm)),
        (sqs("{\"AlarmName\": {}, \"NewStateValue\": \"OK\"}"), broken(B::MalformedAlarm)),
        (sqs("{\"Type\": \"Notification\", \"TopicArn\": \"t\"}"), broken(B::MalformedEnvelope)),
        (
            sqs("{\"Type\": \"SubscriptionConfirmation\", \"TopicArn\": \"t\"}"),
            ignored(I::SubscriptionConfirmation),
        ),
        (json!({"Records": []}), ignored(I::EmptyBatch)),
        (json!({"Records": 7}), broken(B::MalformedEnvelope)),
        (json!({"Records": [7]}), broken(B::MalformedEnvelope)),
        (
            json!({"Records": [{"eventSource": "aws:sqs", "messageId": "q"}]}),
            broken(B::MalformedEnvelope),
        ),
        (json!({"Records": [{"EventSource": "aws:sns"}]}), broken(B::MalformedEnvelope)),
        (json!({"Records": [{"body": "x"}]}), broken(B::MalformedEnvelope)),
        (
            json!({"Records": [{"eventSource": "aws:s3", "messageId": "q"}]}),
            ignored(I::OtherSource),
        ),
        (json!({}), broken(B::UnknownPayload)),
        (json!({"order": 7}), broken(B::UnknownPayload)),
        (json!("hello"), broken(B::UnknownPayload)),
        (
            json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}),
            ignored(I::OtherSource),
        ),
        (
            json!({"source": "aws.ses", "detail-type": "Email Bounced", "detail": {}}),
            broken(B::MalformedEvent),
        ),
        (
            json!({"source": "aws.ses", "detail-type": "Sending Status Disabled"}),
            ignored(I::AccountNotice),
        ),
        (
            json!({"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm Configuration Change", "detail": {}}),
            ignored(I::AlarmConfigurationChange),
        ),
        (json!({"source": "aws.cloudwatch", "alarmArn": "a"}), broken(B::MalformedAlarm)),
        (
            json!({"alarmArn": "a:b:c:d:e:alarm:x", "alarmData": {"alarmName": "x", "state": {}}}),
            broken(B::MalformedAlarm),
        ),
    ];
    for (payload, expected) in cases {
        assert_eq!(one(&payload).reading, expected, "{payload}");
    }
    assert_eq!(open(b"\xff\xfe").remove(0).reading, broken(B::MalformedJson));
    assert_eq!(open(b"{\"Records\": [").remove(0).reading, broken(B::MalformedJson));
    assert_eq!(
        open(b"Successfully validated SNS topic for Amazon SES event publishing.")
            .remove(0)
            .reading,
        ignored(I::SetupNotice)
    );
}

#[test]
fn each_record_is_given_back_by_its_own_identifier() {
    let payload = json!({"Records": [
        {"eventSource": "aws:sqs", "messageId": "q-1", "body": 5},
        {"eventSource": "aws:sqs", "messageId": "", "body": "x"},
        {"EventSource": "aws:sns", "Sns": {"Message": "x"}},
        {"eventSource": "aws:sqs", "messageId": "q-4", "body": bounce().to_string()},
    ]});
    let receipts: Vec<Receipt> =
        open(payload.to_string().as_bytes()).into_iter().map(|r| r.receipt).collect();
    assert_eq!(
        receipts,
        [
            Receipt::Sqs("q-1".into()),
            Receipt::Invocation,
            Receipt::Invocation,
            Receipt::Sqs("q-4".into())
        ]
    );
}

#[test]
fn nesting_has_an_end() {
    let mut text = bounce().to_string();
    for _ in 0..8 {
        text = sns(&text).to_string();
    }
    assert_eq!(read_message(&text), Reading::Broken(GivenBack::NestedTooDeep));
    let deep = format!("{{\"eventType\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    assert_eq!(read_message(&deep), Reading::Broken(GivenBack::MalformedEvent));
}

#[test]
fn odd_tags_are_absent_and_texts_by_themselves_are_read() {
    let mut event = bounce();
    event["mail"]["tags"] = json!({
        "ses:from-domain": "example.com", "ses:configuration-set": [{"a": [1]}, "x"], "ses:source-ip": null,
        "ses:caller-identity": [],
    });
    let Reading::Event(event) = read_message(&event.to_string()) else { panic!("no event") };
    assert_eq!(event.mail.from_domain.as_deref(), Some("example.com"));
    assert_eq!(event.mail.configuration_set, None);
    assert_eq!(event.mail.source_ip, None);
    assert_eq!(event.mail.caller_identity, None);
}

#[test]
fn a_schedule_is_known_by_source_and_kind() {
    let call = |source: &str, kind: &str| {
        json!({"source": source, "detail-type": kind, "detail": {}}).to_string()
    };
    assert!(is_schedule(call("aws.events", "Scheduled Event").as_bytes()));
    for other in [
        call("aws.ses", "Scheduled Event"),
        call("aws.events", "Other"),
        json!({"Records": []}).to_string(),
        "[]".into(),
        "".into(),
    ] {
        assert!(!is_schedule(other.as_bytes()), "{other}");
    }
}

#[test]
fn more_records_or_recipients_than_any_batch_has_go_back_with_a_reason() {
    let over = Reading::Broken(GivenBack::OverLimit);
    let list = |entry: &str, times: usize| format!("[{}]", vec![entry; times].join(","));
    for (times, is_over) in [(10_000, false), (10_001, true), (500_000, true)] {
        let records = format!("{{\"Records\":{}}}", list("1", times));
        let opened = open(records.as_bytes());
        assert_eq!(opened.len(), if is_over { 1 } else { times });
        assert_eq!(opened[0].reading == over, is_over, "{times} records");
        for (kind, object, recipients) in [
            ("Bounce", "bounce", "bouncedRecipients"),
            ("Complaint", "complaint", "complainedRecipients"),
            ("DeliveryDelay", "deliveryDelay", "delayedRecipients"),
        ] {
            let recipients = format!("\"{recipients}\":{}", list("{}", times));
            let event = format!(
                "{{\"eventType\":\"{kind}\",\"mail\":{{}},\"{object}\":{{\"bounceType\":\"Permanent\",{recipients}}}}}"
            );
            assert_eq!(read_message(&event) == over, is_over, "{kind} to {times}");
        }
    }
}

#[test]
fn an_odd_field_of_the_mail_counts_as_absent() {
    let odd = [json!(null), json!(5), json!(true), json!("text"), json!([[]]), json!({"a": {}})];
    for field in
        ["tags", "destination", "messageId", "source", "sourceArn", "sourceIp", "callerIdentity"]
    {
        for value in &odd {
            for tag in [None, Some("ses:from-domain"), Some("ses:tenant-name")] {
                let mut event = bounce();
                match (field, tag) {
                    ("tags", Some(tag)) => event["mail"][field] = json!({ tag: value.clone() }),
                    (_, Some(_)) => continue,
                    (_, None) => event["mail"][field] = value.clone(),
                }
                let Reading::Event(event) = read_message(&event.to_string()) else {
                    panic!("{field} = {value} hides the bounce");
                };
                let Detail::Bounce(bounce) = &event.detail else { panic!("no bounce") };
                assert_eq!(bounce.recipients[0].address.expose(), "jane@example.net");
            }
        }
    }
}
