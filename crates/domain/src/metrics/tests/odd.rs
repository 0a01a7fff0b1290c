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
    assert!(lines(&[bounce("Permanent", "General", recipients)]).contains(&"BounceHard{}=2".to_owned()));
}
