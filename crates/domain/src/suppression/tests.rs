use super::*;
use crate::bounce::Rulebook;
use crate::envelope::{Reading, read_message};
use serde_json::{Value, json};

fn bounce_event(kind: &str, sub_type: &str, recipient: Value) -> SesEvent {
    event(json!({
        "eventType": "Bounce",
        "bounce": {"bounceType": kind, "bounceSubType": sub_type, "bouncedRecipients": [recipient]},
        "mail": {"messageId": "m", "destination": ["jane@example.net"]},
    }))
}

fn complaint_event(extra: Value, recipients: &[&str]) -> SesEvent {
    let mut complaint = json!({
        "complainedRecipients": recipients.iter().map(|r| json!({"emailAddress": r})).collect::<Vec<_>>(),
    });
    complaint.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    event(json!({"notificationType": "Complaint", "complaint": complaint, "mail": {}}))
}

fn event(value: Value) -> SesEvent {
    let Reading::Event(event) = read_message(&value.to_string()) else {
        panic!("no event: {value}")
    };
    *event
}

fn verdict(event: &SesEvent, policy: &Policy) -> SuppressionVerdict {
    decide(event, policy).judgements[0].verdict
}

const SUPPRESS: SuppressionVerdict = SuppressionVerdict::Suppress(SuppressionReason::Bounce);

fn spare(reason: Ignored) -> SuppressionVerdict {
    SuppressionVerdict::Spare(reason)
}

#[test]
fn every_line_of_the_default_bounce_policy() {
    let r = |status: Option<&str>, text: Option<&str>, action: &str| json!({"emailAddress": "jane@example.net", "status": status, "diagnosticCode": text, "action": action});
    let failed = |status, text| r(status, text, "failed");
    let cases = [
        ("Permanent", "General", failed(Some("5.1.1"), None), SUPPRESS),
        ("Permanent", "General", failed(Some("5.2.1"), None), SUPPRESS),
        ("Permanent", "General", failed(Some("5.1.2"), None), SUPPRESS),
        ("Permanent", "General", failed(None, None), SUPPRESS),
        ("Permanent", "General", failed(Some("5.0.0"), Some("smtp; 550 nope")), SUPPRESS),
        (
            "Permanent",
            "General",
            failed(Some("5.7.1"), Some("smtp; 550 5.7.1 no")),
            spare(Ignored::PolicyUnclear),
        ),
        (
            "Permanent",
            "General",
            failed(None, Some("550 5.7.26 unauthenticated")),
            spare(Ignored::SenderAtFault),
        ),
        (
            "Permanent",
            "General",
            failed(None, Some("550 listed at spamhaus")),
            spare(Ignored::SenderAtFault),
        ),
        ("Permanent", "General", failed(Some("5.6.0"), None), spare(Ignored::SenderAtFault)),
        ("Permanent", "General", failed(Some("5.7.124"), None), spare(Ignored::SenderAtFault)),
        ("Permanent", "General", failed(Some("5.2.2"), None), spare(Ignored::MailboxFull)),
        ("Permanent", "General", failed(Some("4.2.0"), None), spare(Ignored::RecipientDelayed)),
        (
            "Permanent",
            "General",
            r(Some("5.1.1"), None, "delayed"),
            spare(Ignored::RecipientDelayed),
        ),
        ("Permanent", "NoEmail", failed(None, None), SUPPRESS),
        ("Permanent", "Suppressed", failed(None, None), SUPPRESS),
        ("Permanent", "OnAccountSuppressionList", failed(None, None), spare(Ignored::Echo)),
        ("Permanent", "OnTenantSuppressionList", failed(None, None), spare(Ignored::Echo)),
        ("Permanent", "UnsubscribedRecipient", failed(None, None), spare(Ignored::Echo)),
        ("Permanent", "EmailValidationSuppressed", failed(None, None), spare(Ignored::Echo)),
        (
            "Permanent",
            "BrandNew",
            failed(Some("5.1.1"), None),
            spare(Ignored::UnknownBounceSubType),
        ),
        ("Transient", "General", failed(None, None), spare(Ignored::AutoReply)),
        ("Transient", "General", failed(Some("4.4.1"), None), spare(Ignored::Transient)),
        ("Transient", "General", failed(Some("5.1.1"), None), spare(Ignored::MislabelledTransient)),
        ("Transient", "MailboxFull", failed(None, None), spare(Ignored::MailboxFull)),
        ("Transient", "MessageTooLarge", failed(None, None), spare(Ignored::Transient)),
        (
            "Transient",
            "CustomTimeoutExceeded",
            failed(Some("4.4.7"), None),
            spare(Ignored::Transient),
        ),
        ("Undetermined", "Undetermined", failed(Some("5.1.1"), None), spare(Ignored::Undetermined)),
        ("BrandNew", "General", failed(Some("5.1.1"), None), spare(Ignored::UnknownBounceType)),
    ];
    for (kind, sub_type, recipient, expected) in cases {
        let event = bounce_event(kind, sub_type, recipient.clone());
        assert_eq!(verdict(&event, &Policy::default()), expected, "{kind} {sub_type} {recipient}");
    }
}

#[test]
fn what_the_second_reader_is_sure_of_is_kept_or_suppressed() {
    let text = "550 Letters about money go straight back to whoever wrote them";
    let bounce = |kind: &str, status: &str| {
        let recipient =
            json!({"emailAddress": "jane@example.net", "status": status, "diagnosticCode": text});
        bounce_event(kind, "General", recipient)
    };
    let default = Policy::default();
    let kept = decide(&bounce("Permanent", "5.0.0"), &default);
    assert_eq!(kept.judgements[0].verdict, spare(Ignored::NotRecipient));
    assert!(kept.judgements[0].is_rescue_candidate());
    let policy_class = verdict(&bounce("Permanent", "5.7.1"), &default);
    assert_eq!(policy_class, spare(Ignored::PolicyUnclear));
    assert_eq!(verdict(&bounce("Transient", "5.0.0"), &default), spare(Ignored::Transient));
    let alone =
        Policy { rulebook: Rulebook::built_in().without_second_reader(), ..Policy::default() };
    assert_eq!(verdict(&bounce("Permanent", "5.0.0"), &alone), SUPPRESS);
}

#[test]
fn no_email_counts_only_where_one_recipient_leaves_no_doubt() {
    let mut event =
        bounce_event("Permanent", "NoEmail", json!({"emailAddress": "Jane@Example.net"}));
    assert_eq!(verdict(&event, &Policy::default()), SUPPRESS);
    event.mail.destination.push("other@example.net".into());
    assert_eq!(verdict(&event, &Policy::default()), spare(Ignored::RecipientUnclear));
    event.mail.destination = vec!["other@example.net".into()];
    assert_eq!(verdict(&event, &Policy::default()), spare(Ignored::RecipientUnclear));
}

#[test]
fn the_settings_change_just_their_line() {
    let dead = |sub_type| {
        bounce_event(
            "Transient",
            sub_type,
            json!({"emailAddress": "a@example.net", "status": "5.1.1"}),
        )
    };
    let policy =
        Policy { mislabelled_transient: MislabelledTransient::Suppress, ..Policy::default() };
    assert_eq!(verdict(&dead("General"), &policy), SUPPRESS);
    assert_eq!(verdict(&dead("ContentRejected"), &policy), spare(Ignored::MislabelledTransient));

    let suspects = complaint_event(json!({}), &["a@example.net", "b@example.net"]);
    let report = Policy { complaint_suspects: ComplaintSuspects::Report, ..Policy::default() };
    assert_eq!(decide(&suspects, &Policy::default()).to_suppress().count(), 2);
    assert_eq!(decide(&suspects, &report).to_suppress().count(), 0);
    let single = complaint_event(json!({}), &["a@example.net"]);
    assert_eq!(decide(&single, &report).to_suppress().count(), 1);
}

#[test]
fn each_line_of_the_policy_can_be_turned_over_by_itself() {
    let bounce = |sub_type: &str, status: &str, text: &str| {
        let recipient =
            json!({"emailAddress": "a@example.net", "status": status, "diagnosticCode": text});
        bounce_event("Permanent", sub_type, recipient)
    };
    let report =
        |kind: &str| complaint_event(json!({"complaintFeedbackType": kind}), &["a@example.net"]);
    let cases = [
        (PolicyRule::RecipientGone, bounce("General", "5.1.1", "smtp; 550 5.1.1 user unknown")),
        (
            PolicyRule::RecipientDisabled,
            bounce("General", "5.2.1", "smtp; 550 5.2.1 the mailbox is disabled"),
        ),
        (PolicyRule::DomainGone, bounce("General", "5.1.2", "smtp; 550 5.1.2 host unknown")),
        (PolicyRule::Unknown, bounce("General", "5.0.0", "smtp; 550 no")),
        (PolicyRule::PolicyUnclear, bounce("General", "5.7.1", "smtp; 550 5.7.1 no")),
        (
            PolicyRule::SenderAtFault,
            bounce("General", "5.7.26", "smtp; 550 5.7.26 unauthenticated, DMARC"),
        ),
        (PolicyRule::MailboxFull, bounce("General", "5.2.2", "smtp; 552 5.2.2 mailbox full")),
        (
            PolicyRule::ReceiverTrouble,
            bounce("General", "5.4.6", "smtp; 554 5.4.6 too many hops, mail loop"),
        ),
        (
            PolicyRule::GlobalList,
            bounce("Suppressed", "5.1.1", "Amazon SES has suppressed sending to this address"),
        ),
        (PolicyRule::Abuse, report("abuse")),
        (PolicyRule::Fraud, report("fraud")),
        (PolicyRule::Virus, report("virus")),
        (PolicyRule::OtherComplaint, report("other")),
    ];
    assert_eq!(cases.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), PolicyRule::ALL);
    for (turned, _) in &cases {
        let word = if turned.suppresses_by_default() { "spare" } else { "suppress" };
        let overrides =
            PolicyOverrides::parse([format!("{}={word}", turned.code()).as_str()]).unwrap();
        let policy = Policy { overrides, ..Policy::default() };
        for (rule, event) in &cases {
            let suppresses = matches!(verdict(event, &policy), SuppressionVerdict::Suppress(_));
            let expected = rule.suppresses_by_default() != (rule == turned);
            assert_eq!(
                suppresses,
                expected,
                "{} when {} is overridden",
                rule.code(),
                turned.code()
            );
        }
    }
    for wrong in ["fraud", "fraud=maybe", "not_spam=suppress", "=spare", "Fraud=spare"] {
        assert_eq!(PolicyOverrides::parse([wrong]), Err(wrong.to_owned()));
    }
}

#[test]
fn complaints_by_their_report() {
    let complaint = SuppressionVerdict::Suppress(SuppressionReason::Complaint);
    let cases = [
        (json!({}), complaint),
        (json!({"complaintFeedbackType": "abuse"}), complaint),
        (json!({"complaintFeedbackType": "fraud"}), complaint),
        (json!({"complaintFeedbackType": "virus"}), complaint),
        (json!({"complaintFeedbackType": "other"}), complaint),
        (json!({"complaintFeedbackType": "brand-new"}), complaint),
        (json!({"complaintFeedbackType": "NOT-SPAM"}), spare(Ignored::NotSpam)),
        (json!({"complaintFeedbackType": "auth-failure"}), spare(Ignored::AuthFailureReport)),
        (json!({"complaintSubType": null}), complaint),
        (json!({"complaintSubType": "OnAccountSuppressionList"}), spare(Ignored::Echo)),
    ];
    for (extra, expected) in cases {
        let event = complaint_event(extra.clone(), &["jane@example.net"]);
        assert_eq!(verdict(&event, &Policy::default()), expected, "{extra}");
    }
}

#[test]
fn protected_and_simulator_addresses_are_never_suppressed() {
    let policy = Policy {
        protected: Protected::parse(["Boss@example.net", "@internal.example.org"]).unwrap(),
        ..Policy::default()
    };
    let cases = [
        ("boss@EXAMPLE.net", spare(Ignored::Protected)),
        ("anyone@internal.example.org", spare(Ignored::Protected)),
        ("anyone@sub.internal.example.org", SUPPRESS),
        ("bounce+1@simulator.amazonses.com", spare(Ignored::Simulator)),
        ("no address", spare(Ignored::InvalidAddress)),
    ];
    for (address, expected) in cases {
        let event = bounce_event(
            "Permanent",
            "General",
            json!({"emailAddress": address, "status": "5.1.1"}),
        );
        assert_eq!(verdict(&event, &policy), expected, "{address}");
    }
    assert_eq!(Protected::parse(["nobody"]).unwrap_err(), "nobody");
}

#[test]
fn one_unreadable_recipient_leaves_the_others() {
    let event = event(json!({
        "eventType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [
            7, {"emailAddress": null}, {"emailAddress": "jane@example.net", "status": "5.1.1"},
        ]},
    }));
    let decision = decide(&event, &Policy::default());
    assert_eq!(decision.outcome, Outcome::Acted(Acted::Suppressed));
    assert_eq!(decision.judgements.len(), 1);
}

#[test]
fn a_batch_holds_each_address_once_with_its_strongest_reason() {
    let bounce = decide(
        &bounce_event(
            "Permanent",
            "General",
            json!({"emailAddress": "jane@EXAMPLE.net", "status": "5.1.1"}),
        ),
        &Policy::default(),
    );
    let complaint = decide(
        &complaint_event(json!({}), &["jane@example.net", "joe@example.net"]),
        &Policy::default(),
    );
    let mut plan = BatchPlan::default();
    plan.add(0, &List::Account, &bounce);
    plan.add(3, &List::Account, &complaint);
    plan.add(4, &List::Account, &bounce);
    plan.add(5, &List::Tenant("acme".to_owned()), &bounce);
    let puts = plan.into_puts();
    let seen: Vec<_> =
        puts.iter().map(|p| (&p.list, p.address.expose(), p.reason, p.messages.clone())).collect();
    let account = &List::Account;
    assert_eq!(
        seen,
        [
            (account, "jane@example.net", SuppressionReason::Complaint, vec![0, 3, 4]),
            (account, "joe@example.net", SuppressionReason::Complaint, vec![3]),
            (
                &List::Tenant("acme".to_owned()),
                "jane@example.net",
                SuppressionReason::Bounce,
                vec![5]
            ),
        ]
    );
}
