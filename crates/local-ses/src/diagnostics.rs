//! Status and diagnostic text of bounces that a plan does not spell out:
//! replies of the kinds that receiving systems give.

use crate::mailbox::Outcome;

/// What the delivery status report says of one recipient.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    pub(crate) action: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) diagnostic_code: Option<String>,
}

impl Diagnosis {
    /// Whether there was a report at all; without one SES names no MTA.
    pub(crate) fn has_report(&self) -> bool {
        self.status.is_some() || self.action.is_some()
    }
}

/// The diagnosis of an outcome: what the plan says, else a usual reply.
pub(crate) fn diagnose(outcome: &Outcome, recipient: &str, from_domain: &str) -> Diagnosis {
    let (status, text) = match (&outcome.status, &outcome.diagnostic_code) {
        (status, Some(text)) => (status.clone(), Some(text.clone())),
        (Some(status), None) => {
            (Some(status.clone()), Some(format!("smtp; {}", reply_for_status(status))))
        }
        (None, None) => match usual(outcome.bounce_type(), outcome.bounce_sub_type()) {
            Some((status, text)) => (Some(status.to_owned()), Some(text.to_owned())),
            None => (None, None),
        },
    };
    let action = outcome.action.clone().or_else(|| status.as_ref().map(|_| "failed".to_owned()));
    let diagnostic_code = text
        .map(|text| text.replace("{recipient}", recipient).replace("{from_domain}", from_domain));
    Diagnosis { action, status, diagnostic_code }
}

/// The usual status and text of a bounce type and sub-type; nothing for the
/// kinds that come without a report, such as an out-of-office answer.
fn usual(bounce_type: &str, sub_type: &str) -> Option<(&'static str, &'static str)> {
    Some(match (bounce_type, sub_type) {
        ("Permanent", "General") => {
            ("5.1.1", "smtp; 550 5.1.1 <{recipient}>: Recipient address rejected: User unknown")
        }
        ("Permanent", "Suppressed") => (
            "5.1.1",
            "Amazon SES has suppressed sending to this address because it has a recent history \
             of bouncing as an invalid address.",
        ),
        ("Permanent", "OnAccountSuppressionList") => (
            "5.1.1",
            "Amazon SES did not send the message to this address because it is on the \
             suppression list for your account.",
        ),
        ("Permanent", "OnTenantSuppressionList") => (
            "5.1.1",
            "Amazon SES did not send the message to this address because it is on the \
             suppression list for your tenant.",
        ),
        ("Transient", "MailboxFull") => {
            ("5.2.2", "smtp; 552 5.2.2 The recipient inbox is out of storage space")
        }
        ("Transient", "MessageTooLarge") => {
            ("5.3.4", "smtp; 552 5.3.4 Message size exceeds the fixed limit")
        }
        ("Transient", "ContentRejected") => ("5.6.0", "smtp; 554 5.6.0 Message content rejected"),
        ("Transient", "AttachmentRejected") => {
            ("5.7.0", "smtp; 552 5.7.0 Attachment type not accepted")
        }
        ("Transient", "CustomTimeoutExceeded") => {
            ("4.4.7", "smtp; 451 4.4.1 No answer from host within the configured delivery time")
        }
        _ => return None,
    })
}

/// The reply line that goes with an enhanced status code.
fn reply_for_status(status: &str) -> String {
    let text = match status {
        "5.1.1" => "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown",
        "5.1.2" => "550 5.1.2 Host unknown: domain of <{recipient}> not found",
        "5.2.1" => "550 5.2.1 The account {recipient} is inactive",
        "5.2.2" | "4.2.2" => "The mailbox of {recipient} is full",
        "5.7.1" => {
            "550 5.7.1 Message from {from_domain} blocked due to the very low reputation of the \
             sending domain"
        }
        "5.7.23" => {
            "550 5.7.23 The message was rejected because SPF validation failed for {from_domain}"
        }
        "5.7.26" => {
            "550-5.7.26 Unauthenticated email from {from_domain} is not accepted due to domain's \
             DMARC policy. 550 5.7.26 Contact the administrator of {from_domain}"
        }
        "5.7.515" => {
            "550 5.7.515 Access denied, sending domain {from_domain} does not meet the required \
             authentication level"
        }
        _ => "",
    };
    let class = if status.starts_with('4') { "450" } else { "550" };
    if text.is_empty() {
        format!("{class} {status} Message not accepted")
    } else if text.starts_with("550") {
        text.to_owned()
    } else {
        format!("{class} {status} {text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: Option<&str>, text: Option<&str>) -> Diagnosis {
        let outcome = Outcome {
            status: status.map(str::to_owned),
            diagnostic_code: text.map(str::to_owned),
            ..Outcome::bounce("Permanent", "General")
        };
        diagnose(&outcome, "ann@example.net", "news.example.org")
    }

    #[test]
    fn a_plain_hard_bounce_says_user_unknown() {
        let diagnosis = said(None, None);
        assert_eq!(diagnosis.action.as_deref(), Some("failed"));
        assert_eq!(diagnosis.status.as_deref(), Some("5.1.1"));
        assert_eq!(
            diagnosis.diagnostic_code.as_deref(),
            Some("smtp; 550 5.1.1 <ann@example.net>: Recipient address rejected: User unknown")
        );
    }

    #[test]
    fn sender_faults_name_the_from_domain() {
        for status in ["5.7.1", "5.7.23", "5.7.26", "5.7.515"] {
            let text = said(Some(status), None).diagnostic_code.unwrap();
            assert!(text.contains("news.example.org"), "{text}");
            assert!(text.contains(status), "{text}");
        }
    }

    #[test]
    fn text_alone_leaves_status_and_action_out() {
        let diagnosis = said(None, Some("smtp; 550 no for {recipient}"));
        assert_eq!(diagnosis.status, None);
        assert_eq!(diagnosis.action, None);
        assert!(!diagnosis.has_report());
        assert_eq!(diagnosis.diagnostic_code.as_deref(), Some("smtp; 550 no for ann@example.net"));
    }

    #[test]
    fn kinds_without_a_report_say_nothing() {
        for (bounce_type, sub_type) in
            [("Transient", "General"), ("Undetermined", "Undetermined"), ("Permanent", "NoEmail")]
        {
            let outcome = Outcome::bounce(bounce_type, sub_type);
            assert_eq!(
                diagnose(&outcome, "a@example.net", "example.com"),
                Diagnosis::default(),
                "{bounce_type}/{sub_type}"
            );
        }
    }

    #[test]
    fn unlisted_statuses_get_a_plain_reply_of_their_class() {
        assert_eq!(
            said(Some("4.7.650"), None).diagnostic_code.as_deref(),
            Some("smtp; 450 4.7.650 Message not accepted")
        );
        assert_eq!(
            said(Some("5.2.2"), None).diagnostic_code.as_deref(),
            Some("smtp; 550 5.2.2 The mailbox of ann@example.net is full")
        );
    }
}
