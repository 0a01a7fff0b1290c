//! A bounce: whom SES gave up on, and the words of the receivers.

use crate::address::RawAddress;

/// A bounce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// SES's verdict.
    pub bounce_type: BounceType,
    /// SES's second word on it.
    pub sub_type: BounceSubType,
    /// SES's id of the report.
    pub feedback_id: Option<String>,
    /// Who bounced; never empty. Texts that could not be read at all are counted
    /// in `unreadable_recipients` instead.
    pub recipients: Vec<BouncedRecipient>,
    /// Recipients that were not objects with an address text.
    pub unreadable_recipients: usize,
}

/// `bounceType`: an open set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BounceType {
    /// A hard bounce.
    Permanent,
    /// A soft bounce that SES gave up on.
    Transient,
    /// A bounce that SES could not interpret.
    Undetermined,
    /// Anything else.
    Unknown(String),
}

impl From<&str> for BounceType {
    fn from(word: &str) -> Self {
        let is = |name: &str| word.trim().eq_ignore_ascii_case(name);
        if is("Permanent") {
            Self::Permanent
        } else if is("Transient") {
            Self::Transient
        } else if is("Undetermined") {
            Self::Undetermined
        } else {
            Self::Unknown(word.to_owned())
        }
    }
}

/// `bounceSubType`: an open set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BounceSubType {
    /// No more is known than the type.
    General,
    /// The address does not exist, or (the pages disagree) it could not be
    /// retrieved from the bounce message.
    NoEmail,
    /// On SES's global suppression list.
    Suppressed,
    /// On this account's suppression list.
    OnAccountSuppressionList,
    /// On the tenant's suppression list.
    OnTenantSuppressionList,
    /// The contact unsubscribed.
    UnsubscribedRecipient,
    /// Withheld by SES's validation of addresses.
    EmailValidationSuppressed,
    /// The mailbox is full.
    MailboxFull,
    /// The message was too large.
    MessageTooLarge,
    /// The content was refused.
    ContentRejected,
    /// An attachment was refused.
    AttachmentRejected,
    /// The sender's own delivery time ran out.
    CustomTimeoutExceeded,
    /// SES could not interpret it.
    Undetermined,
    /// Anything else, or nothing.
    Unknown(String),
}

impl From<&str> for BounceSubType {
    fn from(word: &str) -> Self {
        match word {
            "General" => Self::General,
            "NoEmail" => Self::NoEmail,
            "Suppressed" => Self::Suppressed,
            "OnAccountSuppressionList" => Self::OnAccountSuppressionList,
            "OnTenantSuppressionList" => Self::OnTenantSuppressionList,
            "UnsubscribedRecipient" => Self::UnsubscribedRecipient,
            "EmailValidationSuppressed" => Self::EmailValidationSuppressed,
            "MailboxFull" => Self::MailboxFull,
            "MessageTooLarge" => Self::MessageTooLarge,
            "ContentRejected" => Self::ContentRejected,
            "AttachmentRejected" => Self::AttachmentRejected,
            "CustomTimeoutExceeded" => Self::CustomTimeoutExceeded,
            "Undetermined" => Self::Undetermined,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl BounceSubType {
    /// Whether SES only repeats what a list says already, without an attempt.
    pub fn is_echo(&self) -> bool {
        matches!(
            self,
            Self::OnAccountSuppressionList
                | Self::OnTenantSuppressionList
                | Self::UnsubscribedRecipient
                | Self::EmailValidationSuppressed
        )
    }
}

/// One recipient of a bounce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BouncedRecipient {
    /// The address text as SES reports it.
    pub address: RawAddress,
    /// `failed`, `delayed`, … of the delivery status notification.
    pub action: Option<String>,
    /// Enhanced status code (RFC 3463).
    pub status: Option<String>,
    /// The receiver's words, or SES's.
    pub diagnostic: Option<String>,
}
