//! The classes of bounces.

use serde::{Deserialize, Serialize};

/// What caused a bounce. The names are stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BounceClass {
    /// The mailbox does not exist.
    RecipientGone,
    /// The mailbox exists but is disabled.
    RecipientDisabled,
    /// The recipient's domain does not exist or accepts no mail.
    DomainGone,
    /// The mailbox is full.
    MailboxFull,
    /// SPF, DKIM, DMARC, reverse DNS or the sender's own address.
    SenderAuthentication,
    /// The sender's reputation, or a blocklist.
    SenderReputation,
    /// The message's content or size.
    Content,
    /// The receiver's rules about who may write to whom.
    Policy,
    /// Too much mail in too short a time.
    RateLimited,
    /// The receiver's own trouble, routing, time-outs.
    ReceiverTemporary,
    /// SES reports a suppression list; it made no delivery attempt.
    Echo,
    /// An automatic reply from a working mailbox.
    AutoReply,
    /// No rule matches.
    Unknown,
}

impl BounceClass {
    /// All classes.
    pub const ALL: &'static [Self] = &[
        Self::RecipientGone,
        Self::RecipientDisabled,
        Self::DomainGone,
        Self::MailboxFull,
        Self::SenderAuthentication,
        Self::SenderReputation,
        Self::Content,
        Self::Policy,
        Self::RateLimited,
        Self::ReceiverTemporary,
        Self::Echo,
        Self::AutoReply,
        Self::Unknown,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::RecipientGone => "recipient_gone",
            Self::RecipientDisabled => "recipient_disabled",
            Self::DomainGone => "domain_gone",
            Self::MailboxFull => "mailbox_full",
            Self::SenderAuthentication => "sender_authentication",
            Self::SenderReputation => "sender_reputation",
            Self::Content => "content",
            Self::Policy => "policy",
            Self::RateLimited => "rate_limited",
            Self::ReceiverTemporary => "receiver_temporary",
            Self::Echo => "echo",
            Self::AutoReply => "auto_reply",
            Self::Unknown => "unknown",
        }
    }

    /// Whether mail to this address fails for every sender.
    pub fn is_recipients(self) -> bool {
        matches!(self, Self::RecipientGone | Self::RecipientDisabled | Self::DomainGone)
    }

    /// Whether the sender has to correct something and the address is fine.
    pub fn is_senders(self) -> bool {
        matches!(
            self,
            Self::SenderAuthentication | Self::SenderReputation | Self::Content | Self::Policy
        )
    }
}
