//! What never suppresses, whatever else a message says.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use warden_domain::envelope::open;
use warden_domain::suppression::Decision;

use crate::generate::recipient;
use crate::{Checked, cases, decision_of};

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn no_unknown_word_of_ses_suppresses(
        kind in "[A-Z][a-zA-Z]{3,14}",
        sub in "[A-Z][a-zA-Z]{3,14}",
        unknown_kind in any::<bool>(),
        to in recipient(),
    ) {
        let known = ["General", "NoEmail", "Suppressed"];
        prop_assume!(kind != "Permanent" && !known.contains(&sub.as_str()));
        let (kind, sub) = if unknown_kind { (kind, "General".to_owned()) } else { ("Permanent".to_owned(), sub) };
        never(&json!({"eventType": "Bounce", "mail": {}, "bounce": {"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": [to]}}))?;
    }

    #[test]
    fn no_soft_undetermined_or_echoed_bounce_suppresses(
        (kind, sub) in select(vec![
            ("Transient", "General"), ("Transient", "MailboxFull"), ("Transient", "ContentRejected"), ("Undetermined", "Undetermined"),
            ("Permanent", "OnAccountSuppressionList"), ("Permanent", "OnTenantSuppressionList"),
            ("Permanent", "UnsubscribedRecipient"), ("Permanent", "EmailValidationSuppressed"),
        ]),
        to in recipient(),
    ) {
        never(&json!({"eventType": "Bounce", "mail": {}, "bounce": {"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": [to]}}))?;
    }

    #[test]
    fn no_report_that_blames_nobody_suppresses(
        kind in select(vec!["not-spam", "NOT-SPAM", "auth-failure", "Auth-Failure"]),
        to in prop::collection::vec(recipient(), 1..4),
    ) {
        never(&json!({"eventType": "Complaint", "mail": {}, "complaint": {"complaintFeedbackType": kind, "complainedRecipients": to}}))?;
    }

    #[test]
    fn no_delayed_recipient_is_suppressed(to in recipient()) {
        let mut to = to;
        if let Some(map) = to.as_object_mut() {
            map.insert("action".to_owned(), json!("delayed"));
        }
        never(&json!({"eventType": "Bounce", "mail": {}, "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [to]}}))?;
    }
}

fn never(event: &Value) -> Checked {
    let records = open(event.to_string().as_bytes());
    let decisions: Vec<Decision> = records.iter().filter_map(|r| decision_of(&r.reading)).collect();
    prop_assert_eq!(decisions.len(), 1);
    prop_assert!(decisions.iter().all(|d| d.to_suppress().next().is_none()), "{:?}", decisions);
    Ok(())
}
