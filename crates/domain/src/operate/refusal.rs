//! The texts with which SES refuses to send for credentials that may not: the proof that a
//! restriction works.
//!
//! # Examples
//! ```
//! use warden_domain::operate::refusal::SendRefusal;
//!
//! let text = "554 Access denied: User `arn:aws:iam::123456789012:user/iam-user-name' is not \
//!             authorized to perform `ses:SendRawEmail' on resource \
//!             `arn:aws:ses:eu-west-1:123456789012:identity/example.com'";
//! let refusal = SendRefusal::read(text).unwrap();
//! assert_eq!(refusal.action, "ses:SendRawEmail");
//! assert_eq!(refusal.user.as_deref(), Some("arn:aws:iam::123456789012:user/iam-user-name"));
//! ```

use serde::Serialize;

/// A refusal by IAM, as SMTP and the API write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SendRefusal {
    /// ARN of who was refused.
    pub user: Option<String>,
    /// The action that was refused, as `ses:SendRawEmail`.
    pub action: String,
    /// ARN of the identity, the configuration set or the template.
    pub resource: Option<String>,
    /// It is an answer of SMTP (`554`).
    pub is_smtp: bool,
    /// IAM says that a policy denies it, and not only that none allows it.
    pub is_explicit_deny: bool,
}

impl SendRefusal {
    /// Reads the text of an error; `None` where it is no refusal of sending by IAM.
    pub fn read(text: &str) -> Option<Self> {
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.to_ascii_lowercase().contains("not authorized to perform") {
            return None;
        }
        let bare = |word: &'_ str| {
            word.trim_matches(|c: char| "`'\"\u{2018}\u{2019}.,;()<>".contains(c))
                .trim_end_matches(':')
                .trim_end_matches(|c: char| "`'\"\u{2019}".contains(c))
                .to_owned()
        };
        let words: Vec<String> = text.split(' ').map(bare).collect();
        let action = words.iter().find(|word| word.starts_with("ses:Send"))?;
        let arn = |services: &[&str]| {
            words
                .iter()
                .find(|word| {
                    word.starts_with("arn:")
                        && word.split(':').nth(2).is_some_and(|s| services.contains(&s))
                })
                .cloned()
        };
        Some(Self {
            user: arn(&["iam", "sts"]),
            action: action.clone(),
            resource: arn(&["ses"]),
            is_smtp: text.starts_with("554") || text.contains(" 554 "),
            is_explicit_deny: text.contains("explicit deny"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_sending_are_read() {
        // As the source post quotes it, with its odd quotes.
        let smtp = "554 Access denied: User arn:aws:iam::123456789012:user/iam-user-name' is not \
                    authorized to perform ses:SendRawEmail' on resource\n \
                    arn:aws:ses:eu-west-1:123456789012:identity/example.com'";
        let read = SendRefusal::read(smtp).unwrap();
        assert_eq!(read.user.as_deref(), Some("arn:aws:iam::123456789012:user/iam-user-name"));
        assert_eq!(
            read.resource.as_deref(),
            Some("arn:aws:ses:eu-west-1:123456789012:identity/example.com")
        );
        assert!(read.is_smtp && !read.is_explicit_deny);

        let api = "An error occurred (AccessDeniedException) when calling the SendEmail operation: \
                   User: arn:aws:sts::123456789012:assumed-role/app/i-1 is not authorized to \
                   perform: ses:SendEmail on resource: \
                   arn:aws:ses:eu-west-1:123456789012:identity/example.com with an explicit deny \
                   in an identity-based policy";
        let read = SendRefusal::read(api).unwrap();
        assert_eq!(read.user.as_deref(), Some("arn:aws:sts::123456789012:assumed-role/app/i-1"));
        assert_eq!(read.action, "ses:SendEmail");
        assert!(!read.is_smtp && read.is_explicit_deny);
    }

    #[test]
    fn other_refusals_are_none_of_sending() {
        for text in [
            "",
            "554 Message rejected: Email address is not verified.",
            "535 Authentication Credentials Invalid",
            "User: arn:aws:iam::1:user/x is not authorized to perform: s3:PutObject",
            "454 Throttling failure: Maximum sending rate exceeded.",
        ] {
            assert_eq!(SendRefusal::read(text), None, "{text}");
        }
    }
}
