//! Recipients and fields in shapes that SES is not known to write.

use super::*;

fn lines(events: &[Value]) -> Vec<String> {
    Run::plain(events).lines()
}

#[test]
fn bounced_recipients_of_an_odd_shape_count_as_ses_calls_the_whole_bounce() {
    let recipients = json!([
        {"emailAddress": "a@example.net", "status": "5.1.1"}, {"emailAddress": null}, 7, {"x": 1},
        {"emailAddress": "b@example.net", "status": "4.2.2"},
    ]);
    for (kind, sub_type, wanted) in [
        (
            "Permanent",
            "General",
            vec![
                "BounceFault{Domain=example.com,Fault=mailbox_full}=1",
                "BounceFault{Domain=example.com,Fault=recipient_gone}=1",
                "BounceFault{Domain=example.com,Fault=unknown}=3",
                "BounceHard{Domain=example.com,ConfigurationSet=marketing}=4",
                "BounceHard{Domain=example.com}=4",
                "BounceHard{}=4",
                "BounceSoft{Domain=example.com}=1",
                "BounceSoft{}=1",
            ],
        ),
        ("Permanent", "OnAccountSuppressionList", vec!["BounceEcho{Domain=example.com}=5"]),
    ] {
        let event = bounce(kind, sub_type, recipients.clone());
        assert_eq!(lines(std::slice::from_ref(&event)), wanted, "{kind} {sub_type}");
        assert_eq!(Run::plain(&[event.clone(), event]).reasons(), ["counted", "duplicate"]);
    }
    for (kind, line) in [
        ("Transient", "BounceSoft{Domain=example.com}=5"),
        ("Undetermined", "BounceUndetermined{Domain=example.com}=5"),
        ("Novel", "BounceUndetermined{Domain=example.com}=5"),
    ] {
        let lines = lines(&[bounce(kind, "General", recipients.clone())]);
        assert!(lines.contains(&line.to_owned()), "{kind}: {lines:?}");
    }
}

#[test]
fn complainants_of_an_odd_shape_count() {
    let event = json!({"eventType": "Complaint", "mail": mail("example.com"), "complaint": {
        "complainedRecipients": [{"emailAddress": "a@example.net"}, {"emailAddress": null}, 7],
    }});
    assert_eq!(
        lines(std::slice::from_ref(&event)),
        [
            "Complaint{Domain=example.com,ConfigurationSet=marketing}=3",
            "Complaint{Domain=example.com}=3",
            "Complaint{}=3",
        ]
    );
    assert_eq!(Run::plain(&[event.clone(), event]).reasons(), ["counted", "duplicate"]);
}

#[test]
fn a_text_that_is_no_address_counts() {
    let recipients = json!([{"emailAddress": "nobody", "status": "5.1.1"}, {"emailAddress": "", "status": "5.1.1"}]);
    assert!(
        lines(&[bounce("Permanent", "General", recipients)]).contains(&"BounceHard{}=2".to_owned())
    );
}

fn delivery(said: &Value) -> Value {
    let mut event = json!({"eventType": "Delivery", "mail": mail("example.com"), "delivery": {
        "recipients": ["a@example.net"], "processingTimeMillis": 812, "timestamp": "2026-10-06T07:14:04.777Z",
    }});
    for (name, value) in said.as_object().unwrap() {
        event["delivery"][name] = value.clone();
    }
    event
}

#[test]
fn an_odd_field_of_a_delivery_sinks_no_more_than_itself() {
    let full = Config { set: MetricSet::Full, ..Config::default() };
    for (said, recipients, has_duration) in [
        (json!({}), 1, true),
        (json!({"processingTimeMillis": "812"}), 1, true),
        (json!({"processingTimeMillis": 811.6}), 1, true),
        (json!({"processingTimeMillis": true}), 1, false),
        (json!({"processingTimeMillis": [1]}), 1, false),
        (json!({"processingTimeMillis": {"x": 1}}), 1, false),
        (json!({"processingTimeMillis": "soon"}), 1, false),
        (json!({"processingTimeMillis": "NaN"}), 1, false),
        (json!({"processingTimeMillis": "1e400"}), 1, false),
        (json!({"processingTimeMillis": 1e300}), 1, false),
        (json!({"timestamp": 17}), 1, true),
        (json!({"timestamp": {"x": 1}}), 1, true),
        (json!({"timestamp": null}), 1, true),
        (json!({"recipients": ["a@example.net", null, 7, {"x": 1}]}), 1, true),
    ] {
        let run = Run::of(&full, &Recent::new(1), &[delivery(&said)]);
        assert_eq!(run.reasons(), ["counted"], "{said}");
        let data = run.totals.data();
        let sum = |metric| {
            data.iter().filter(|d| d.series.metric == metric).map(Datum::count).sum::<u64>()
        };
        // Of the account, of the domain, and of the domain and provider.
        assert_eq!(sum(Metric::Delivery), 3 * recipients, "{said}");
        assert_eq!(sum(Metric::DeliveryTime), u64::from(has_duration), "{said}");
    }
}

#[test]
fn a_delivery_whose_recipients_cannot_be_read_at_all_is_malformed() {
    for (recipients, reason) in [
        (json!([null]), "malformed_event"),
        (json!([{"x": 1}, 7]), "malformed_event"),
        (json!("a@example.net"), "malformed_event"),
        (json!([]), "names_nobody"),
        (json!(null), "names_nobody"),
    ] {
        let run = Run::plain(&[delivery(&json!({"recipients": recipients}))]);
        assert_eq!(run.reasons(), [reason], "{recipients}");
    }
}

#[test]
fn an_event_without_its_mail_is_malformed_unless_it_names_who_bounced_or_complained() {
    let to = json!([{"emailAddress": "a@example.net", "status": "5.1.1"}]);
    let full = Config { set: MetricSet::Full, ..Config::default() };
    for (kind, reason) in [
        ("Send", "malformed_event"),
        ("Reject", "malformed_event"),
        ("Rendering Failure", "malformed_event"),
        ("Open", "malformed_event"),
        ("Click", "malformed_event"),
        ("Subscription", "malformed_event"),
        ("Delivery", "malformed_event"),
        ("DeliveryDelay", "malformed_event"),
        ("Bounce", "counted"),
        ("Complaint", "counted"),
        ("Novel", "unknown_event"),
    ] {
        for mail in [None, Some(json!(null))] {
            let mut event = json!({
                "eventType": kind, "delivery": {"recipients": ["a@example.net"]}, "deliveryDelay": {"delayedRecipients": to},
                "bounce": {"bounceType": "Permanent", "bouncedRecipients": to}, "complaint": {"complainedRecipients": to},
            });
            if let Some(mail) = mail {
                event["mail"] = mail;
            }
            assert_eq!(Run::of(&full, &Recent::new(1), &[event]).reasons(), [reason], "{kind}");
        }
    }
}

#[test]
fn an_odd_time_stamp_sinks_no_event() {
    for odd in [json!(17), json!({"x": 1}), json!(true), json!([])] {
        let mut of_mail = send("example.com", "m");
        of_mail["mail"]["timestamp"] = odd.clone();
        let mut bounced =
            bounce("Permanent", "General", json!([{"emailAddress": "a@example.net"}]));
        bounced["bounce"]["timestamp"] = odd.clone();
        assert_eq!(Run::plain(&[of_mail, bounced]).reasons(), ["counted", "counted"], "{odd}");
    }
}
