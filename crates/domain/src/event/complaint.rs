//! A complaint: who may have reported the mail as spam.

use super::BounceSubType;
use crate::address::RawAddress;

/// A complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// `OnAccountSuppressionList` and its like; `None` for a real complaint.
    pub sub_type: Option<String>,
    /// What the feedback report says (RFC 5965).
    pub feedback_type: FeedbackType,
    /// SES's id of the report.
    pub feedback_id: Option<String>,
    /// Who may have complained; never empty.
    pub recipients: Vec<RawAddress>,
    /// Recipients that were not objects with an address text.
    pub unreadable_recipients: usize,
}

impl Complaint {
    /// Whether SES only repeats what a list says already, without an attempt. A word that
    /// is new to us is no proof of that.
    pub fn is_echo(&self) -> bool {
        self.sub_type.as_deref().is_some_and(|word| BounceSubType::from(word.trim()).is_echo())
    }
}

/// `complaintFeedbackType`, by the IANA list of feedback report types; the case
/// of what receivers write is not reliable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackType {
    /// Unwanted mail, or no type given, or one this version does not know.
    Abuse,
    /// A report on failed authentication (RFC 6591), not on the mail's content.
    AuthFailure,
    /// Fraud or phishing.
    Fraud,
    /// The recipient says that the mail was no spam.
    NotSpam,
    /// Something else.
    Other,
    /// A virus.
    Virus,
}

impl From<Option<&str>> for FeedbackType {
    fn from(word: Option<&str>) -> Self {
        match word.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "auth-failure" => Self::AuthFailure,
            "fraud" => Self::Fraud,
            "not-spam" => Self::NotSpam,
            "other" => Self::Other,
            "virus" => Self::Virus,
            _ => Self::Abuse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feedback_types_are_read_without_case() {
        assert_eq!(FeedbackType::from(Some("Not-Spam")), FeedbackType::NotSpam);
        assert_eq!(FeedbackType::from(None), FeedbackType::Abuse);
        assert_eq!(FeedbackType::from(Some("novel")), FeedbackType::Abuse);
    }
}
