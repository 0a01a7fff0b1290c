use proptest::prelude::*;
use serde_json::json;

use super::super::{open, open_without_scan};
use super::*;

fn event(address: &str) -> String {
    json!({
        "eventType": "Bounce",
        "mail": {"messageId": "m-1", "destination": [address], "tags": {"ses:from-domain": ["example.com"]}},
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": address, "status": "5.1.1",
            "diagnosticCode": "smtp; 550 \"no\\ such\" \u{7528}\u{6237}\tuser\u{1f600}"}]},
    })
    .to_string()
}

fn notification(message: &str) -> String {
    json!({"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:t",
        "Subject": null, "Message": message, "Signature": "EXAMPLE==",
        "MessageAttributes": {"a": {"Type": "String", "Value": "\u{e9}\n"}}})
    .to_string()
}

/// As SNS writes it where the publisher gave no attributes: SES gives none.
fn plain_notification(message: &str) -> String {
    json!({"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:t",
        "Message": message, "Timestamp": "2026-10-06T07:14:05.402Z", "Signature": "EXAMPLE=="})
    .to_string()
}

fn batch(bodies: &[&str]) -> String {
    let records: Vec<_> = bodies
        .iter()
        .map(|body| {
            json!({"messageId": "q-1", "receiptHandle": "h", "body": body, "attributes": {"n": "1"},
                "messageAttributes": {"list": {"stringListValues": ["a", 1, true, null, {}]}}, "md5OfBody": "0",
                "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:q",
                "awsRegion": "eu-central-1"})
        })
        .collect();
    json!({"Records": records}).to_string()
}

fn bodies_of(payload: &str) -> Option<Vec<String>> {
    let mut bodies = Vec::new();
    sqs_records(payload, |record| match record.text {
        BodyText::Whole(text) | BodyText::Message(text) => bodies.push(text.to_owned()),
    })?;
    Some(bodies)
}

#[test]
fn the_usual_batch_is_scanned_and_its_bodies_are_unescaped() {
    let texts = [
        event("jane@example.net"),
        // With attributes: that is unescaped once, and read again.
        notification(&event("\u{e9}@example.net")),
        String::new(),
        "\u{1}\u{8}\u{c}\r\n\t\"\\/".to_owned(),
        "\u{1f600}".repeat(40),
        "x".repeat(100_000),
    ];
    let bodies: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(bodies_of(&batch(&bodies)).as_deref(), Some(&texts[..]));
    assert_eq!(
        bodies_of(&batch(&["x"]).replace(',', " , ")).as_deref(),
        Some(&["x".to_owned()][..])
    );
}

#[test]
fn every_escape_stands_for_its_character() {
    let body = r#"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00\u0000"#;
    let payload = format!(r#"{{"Records":[{{"eventSource":"aws:sqs","body":"{body}"}}]}}"#);
    let expected = "\"\\/\u{8}\u{c}\n\r\t\u{e9}\u{20ac}\u{1f600}\u{0}".to_owned();
    assert_eq!(bodies_of(&payload), Some(vec![expected]));
}

#[test]
fn a_notification_in_a_body_is_taken_apart_in_one_pass() {
    let texts = [
        event("jane@example.net"),
        "\u{e9}\t\"\\/\r\n\u{8}\u{c}".to_owned(),
        String::new(),
        "x".repeat(90_000),
    ];
    for text in texts {
        let plain = json!({"Type": "Notification", "MessageId": "n", "TopicArn": "arn", "Message": text, "Signature": "E=="});
        let payload = batch(&[&plain.to_string()]);
        let mut found = Vec::new();
        sqs_records(&payload, |record| {
            let BodyText::Message(message) = record.text else { return };
            found.push(message.to_owned());
        });
        assert_eq!(found, [text]);
    }
}

#[test]
fn escapes_at_both_levels_mean_the_same_as_read_one_after_the_other() {
    for inner in [
        r#"\u00e9"#,
        r#"\\"#,
        r#"\/"#,
        r#"\ud83d\ude00"#,
        r#"\x"#,
        r#"\"#,
        r#"
"#,
        r#"\/"#,
        r#"A"#,
        r#"\\/"#,
        r#"\\""#,
        r#"\""#,
    ] {
        let body =
            format!(r#"{{\"Type\":\"Notification\",\"TopicArn\":\"a\",\"Message\":\"{inner}\"}}"#);
        let payload = format!(
            r#"{{"Records":[{{"eventSource":"aws:sqs","messageId":"1","body":"{body}"}}]}}"#
        );
        assert_eq!(open(payload.as_bytes()), open_without_scan(payload.as_bytes()), "{inner}");
    }
}

#[test]
fn the_message_of_a_notification_is_unescaped() {
    let text = event("jane@example.net");
    assert_eq!(sns_message(&notification(&text)), Some(text));
}

#[test]
fn what_is_not_the_usual_form_is_left_to_serde() {
    let one = batch(&["x"]);
    for payload in [
        r#"{"Records":[]}"#.to_owned(),
        r#"{"Records":[{"eventSource":"aws:sqs"}]}"#.to_owned(),
        r#"{"Records":[{"body":"x"}]}"#.to_owned(),
        one.replace("aws:sqs\"", "aws:sns\""),
        one.replace("md5OfBody", "other"),
        one.replace("\"body\":\"x\"", "\"body\":null"),
        one.replace("\"body\":\"x\"", "\"body\":\"x\",\"body\":\"y\""),
        one.replace("\"body\":\"x\"", "\"body\":\"\\ud83d\""),
        one.replace("\"body\":\"x\"", "\"body\":\"\\ud83d\\u0041\""),
        one.replace("\"body\":\"x\"", "\"body\":\"\\x\""),
        one.replace("\"body\"", "\"bod\\u0079\""),
        one.replace("[\"a\",1", "[\"a\",1.5"),
        one.replace("[\"a\",1", "[\"a\",01"),
        one.replace("true", "trux"),
        one.replace(",\"md5", ",,\"md5"),
        one.replace("{\"Records\"", "{\"Records\":[],\"Records\""),
        one.replace("}]}", "}],\"other\":1}"),
        one.replace("\"x\"", "\"x\n\""),
        format!("{one}x"),
        one.trim_end_matches('}').to_owned(),
    ] {
        assert_eq!(bodies_of(&payload), None, "{payload}");
        assert_eq!(open(payload.as_bytes()), open_without_scan(payload.as_bytes()), "{payload}");
    }
    let notified = notification("x");
    for text in [
        notified.replace("\"Notification\"", "\"SubscriptionConfirmation\""),
        notified.replace("\"Message\":\"x\"", "\"Message\":null"),
        notified.replace("\"Subject\"", "\"eventType\""),
        notified.replace("\"TopicArn\":\"", "\"TopicArn\":7,\"Subject\":\""),
        event("jane@example.net"),
    ] {
        assert_eq!(sns_message(&text), None, "{text}");
    }
}

/// One change of a payload: bytes at a place are taken out, and others put in.
fn changed(payload: &[u8], place: usize, taken: usize, put: &[u8]) -> Vec<u8> {
    let start = place % (payload.len() + 1);
    let end = (start + taken).min(payload.len());
    [&payload[..start], put, &payload[end..]].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scanned_or_not_a_payload_reads_the_same(
        kind in 0_usize..8,
        changes in proptest::collection::vec(
            (any::<usize>(), 0_usize..4, prop_oneof![
                Just("\"".to_owned()), Just("\\".to_owned()), Just("\\\"".to_owned()), Just("\\u00e9".to_owned()),
                Just("\\ud83d".to_owned()), Just(",".to_owned()), Just("}".to_owned()), Just("{".to_owned()),
                Just("\"body\":".to_owned()), Just("\"Message\":\"".to_owned()), Just("null".to_owned()),
                Just(" ".to_owned()), Just("\n".to_owned()), Just("0".to_owned()), Just("-1.5e3".to_owned()), ".{0,3}",
            ]), 0..4),
    ) {
        let (text, wrapped) = (event("jane@example.net"), notification(&event("joe@example.net")));
        let twice = notification(&wrapped);
        let payload = match kind {
            0 => batch(&[&text]),
            1 => batch(&[&wrapped, &text]),
            2 => batch(&[&twice]),
            3 => wrapped,
            4 => batch(&[&plain_notification(&text)]),
            5 => batch(&[&plain_notification(&wrapped), &plain_notification("{}")]),
            6 => batch(&["Successfully validated SNS topic for Amazon SES event publishing.", "{}", "[]"]),
            _ => batch(&[&batch(&[&text])]),
        };
        let mut payload = payload.into_bytes();
        for (place, taken, put) in &changes {
            payload = changed(&payload, *place, *taken, put.as_bytes());
        }
        prop_assert_eq!(open(&payload), open_without_scan(&payload));
    }
}
