//! What each outcome of an attempt publishes.

use super::*;
use crate::message::sample;

fn attempt<'a>(message: &'a Message, recipient: &'a str) -> Attempt<'a> {
    Attempt { message, recipient, now_ms: 1_791_270_844_777, region: "eu-central-1" }
}

fn events(outcome: &Outcome) -> Vec<Event> {
    attempt(&sample(), "a@recipient.example.net").events(outcome)
}

fn types(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(|event| event.event_type.payload_name()).collect()
}

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn each_outcome_tells_its_events_in_order() {
    let cases: [(Kind, &[&str]); 7] = [
        (Kind::Delivery, &["Delivery"]),
        (Kind::Bounce, &["Bounce"]),
        (Kind::Complaint, &["Delivery", "Complaint"]),
        (Kind::Delay, &["DeliveryDelay"]),
        (Kind::Open, &["Delivery", "Open"]),
        (Kind::Click, &["Delivery", "Click"]),
        (Kind::None, &[]),
    ];
    for (kind, expected) in cases {
        assert_eq!(types(&events(&Outcome::of(kind))), expected, "{kind:?}");
    }
    let out_of_office = events(&Outcome::bounce("Transient", "General"));
    assert_eq!(types(&out_of_office), ["Delivery", "Bounce"]);
}

#[test]
fn a_hard_bounce_has_the_report_and_its_mta() {
    let published = events(&Outcome::of(Kind::Bounce));
    let bounce = &published[0].body["bounce"];
    assert_eq!(
        members(bounce),
        [
            "bounceSubType",
            "bounceType",
            "bouncedRecipients",
            "feedbackId",
            "reportingMTA",
            "timestamp"
        ]
    );
    assert_eq!(
        members(&bounce["bouncedRecipients"][0]),
        ["action", "diagnosticCode", "emailAddress", "status"]
    );
    assert_eq!(bounce["reportingMTA"], "dns; b240-12.smtp-out.eu-central-1.amazonses.com");
    assert_eq!(bounce["timestamp"], "2026-10-06T07:14:04.777Z");
    assert_eq!(bounce["feedbackId"].as_str(), published[0].feedback_id.as_deref());
}

#[test]
fn bounces_without_a_report_name_the_address_alone() {
    for (bounce_type, sub_type) in [("Undetermined", "Undetermined"), ("Permanent", "NoEmail")] {
        let published = events(&Outcome::bounce(bounce_type, sub_type));
        let bounce = &published[0].body["bounce"];
        assert_eq!(
            bounce["bouncedRecipients"],
            json!([{"emailAddress": "a@recipient.example.net"}])
        );
        assert_eq!(bounce.get("reportingMTA"), None);
    }
}

#[test]
fn a_delivery_tells_the_attempt() {
    let published = events(&Outcome::of(Kind::Delivery));
    let delivery = &published[0].body["delivery"];
    assert_eq!(
        members(delivery),
        [
            "processingTimeMillis",
            "recipients",
            "remoteMtaIp",
            "reportingMTA",
            "smtpResponse",
            "timestamp"
        ]
    );
    assert_eq!(delivery["processingTimeMillis"], 2659);
    assert_eq!(published[0].body["mail"]["tags"]["ses:outgoing-ip"], json!(["198.51.100.17"]));
}

#[test]
fn complaints_come_with_and_without_a_feedback_report() {
    let plain = events(&Outcome::of(Kind::Complaint));
    assert_eq!(
        members(&plain[1].body["complaint"]),
        ["complainedRecipients", "feedbackId", "timestamp"]
    );
    let outcome =
        Outcome { feedback_type: Some("not-spam".to_owned()), ..Outcome::of(Kind::Complaint) };
    let reported = events(&outcome);
    let complaint = &reported[1].body["complaint"];
    assert_eq!(complaint["complaintFeedbackType"], "not-spam");
    assert_eq!(complaint["complaintSubType"], Value::Null);
    assert_eq!(complaint["arrivalDate"], "2026-10-06T07:14:02.118Z");
}

#[test]
fn a_complaint_names_all_recipients_at_the_provider() {
    let mut message = sample();
    message.destination =
        ["a@p.example.net", "B <b@P.example.net>", "c@q.example.net"].map(str::to_owned).to_vec();
    let outcome = Outcome::of(Kind::Complaint);
    let published = attempt(&message, "a@p.example.net").events(&outcome);
    assert_eq!(published[1].recipients, ["a@p.example.net", "b@P.example.net"]);
}

#[test]
fn twice_repeats_the_feedback_id_and_the_text() {
    let outcome = Outcome { twice: true, ..Outcome::of(Kind::Complaint) };
    let published = events(&outcome);
    assert_eq!(types(&published), ["Delivery", "Complaint", "Complaint"]);
    assert_eq!(published[1].text(), published[2].text());
}

#[test]
fn withheld_mail_answers_by_the_listed_reason() {
    let bounce =
        attempt(&sample(), "a@recipient.example.net").withheld(Reason::Bounce, Scope::Account);
    assert_eq!(bounce.body["bounce"]["bounceSubType"], "OnAccountSuppressionList");
    assert_eq!(bounce.body["bounce"]["reportingMTA"], "dns; amazonses.com");
    let complaint =
        attempt(&sample(), "a@recipient.example.net").withheld(Reason::Complaint, Scope::Account);
    assert_eq!(complaint.body["complaint"]["complaintSubType"], "OnAccountSuppressionList");
}

#[test]
fn opens_and_clicks_have_no_source_arn() {
    for kind in [Kind::Open, Kind::Click] {
        let published = events(&Outcome::of(kind));
        assert_eq!(published[1].body["mail"].get("sourceArn"), None);
    }
}
