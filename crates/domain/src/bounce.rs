//! Whose fault a bounce is.
//!
//! SES's "Permanent" says no more than that the reply began with a 5, so DMARC
//! failures and blocklists look like dead addresses. [`triage`] reads status and
//! diagnostic text by an ordered table of rules (`rules/faults.toml`, first match
//! wins) and falls back on the sub-type. What no rule knows is
//! [`BounceClass::Unknown`], never a guess.

mod advice;
mod status;
mod text;

pub use status::Status;

use crate::event::{BounceSubType, BounceType};
use serde::{Deserialize, Serialize};
use status::StatusPattern;
use text::Text;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// Whose fault, and of what kind. The names are stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BounceClass {
    /// The mailbox does not exist.
    RecipientGone,
    /// The mailbox exists and is switched off.
    RecipientDisabled,
    /// The recipient's domain does not exist or takes no mail.
    DomainGone,
    /// The mailbox is full.
    MailboxFull,
    /// SPF, DKIM, DMARC, reverse DNS or the sender's own address.
    SenderAuthentication,
    /// The sender's reputation, or a blocklist.
    SenderReputation,
    /// What the message holds, or its size.
    Content,
    /// The receiver's rules about who may write to whom.
    Policy,
    /// Too much mail in too short a time.
    RateLimited,
    /// The receiver's own trouble, routing, time-outs.
    ReceiverTemporary,
    /// SES repeats what a list says; no attempt was made.
    Echo,
    /// A machine answered for a living mailbox.
    AutoReply,
    /// No rule knows it.
    Unknown,
}

impl BounceClass {
    /// Every fault there is.
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

    /// Whether mail to this address is pointless, whoever sends it.
    pub fn is_recipients(self) -> bool {
        matches!(self, Self::RecipientGone | Self::RecipientDisabled | Self::DomainGone)
    }

    /// Whether the sender has to mend something and the address is fine.
    pub fn is_senders(self) -> bool {
        matches!(
            self,
            Self::SenderAuthentication | Self::SenderReputation | Self::Content | Self::Policy
        )
    }

    /// What a postmaster would do about it, in one or two sentences.
    pub fn advice(self) -> &'static str {
        advice::of(self)
    }
}

/// A text to look for: pieces in their order, with little between them.
type Needle = &'static [&'static str];

/// A rule of the table.
#[derive(Debug)]
pub struct Rule {
    /// Stable name.
    pub id: &'static str,
    /// What a match means.
    pub fault: BounceClass,
    status: &'static [StatusPattern],
    /// First digit of the reply, for rules about the whole class.
    reply: Option<u8>,
    provider: &'static [&'static str],
    any: &'static [Needle],
    all: &'static [Needle],
    none: &'static [Needle],
    /// Where the rule comes from.
    pub source: &'static str,
    /// What it means, in a few words.
    pub note: &'static str,
}

/// What is known of one recipient's bounce.
#[derive(Debug, Clone, Copy, Default)]
pub struct BounceFacts<'a> {
    /// SES's type and sub-type; `None` for a text by itself.
    pub bounce: Option<(&'a BounceType, &'a BounceSubType)>,
    /// The status field.
    pub status: Option<&'a str>,
    /// The diagnostic text.
    pub diagnostic: Option<&'a str>,
}

/// The finding of [`triage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classification {
    /// Whose fault.
    pub fault: BounceClass,
    /// The rule that says so: an id of the table, `sub-type` where only SES's own
    /// word was left, `none` where nothing is known.
    pub rule: &'static str,
    /// The status code that counted, where there was one.
    pub status: Option<Status>,
}

impl Classification {
    /// What a postmaster would advise, point by point, each a sentence or two: for
    /// the fault, and where rule and text prove more, which check, DNS record,
    /// blocklist or address. Of the text only valid domain names and IP addresses
    /// are repeated.
    pub fn advice(&self, diagnostic: &str) -> Vec<String> {
        advice::points(self, diagnostic)
    }
}

/// All rules in their order, for listing and for the tests of the table.
pub fn rules() -> &'static [Rule] {
    RULES
}

/// Judges one recipient's bounce.
pub fn triage(evidence: BounceFacts<'_>) -> Classification {
    if let Some((_, sub_type)) = evidence.bounce
        && sub_type.is_echo()
    {
        return Classification { fault: BounceClass::Echo, rule: "sub-type", status: None };
    }
    // SES's global list: nothing was sent, so no text is a receiver's.
    if let Some((_, BounceSubType::Suppressed)) = evidence.bounce {
        return Classification {
            fault: BounceClass::RecipientGone,
            rule: "sub-type",
            status: None,
        };
    }
    let text = Text::of(evidence.diagnostic.unwrap_or_default());
    let status = Status::of(evidence.status, &text.full);
    let reply = status.filter(|s| !s.is_generic()).map(|s| s.class).or(text.reply);
    let is_final = reply.or(status.map(|s| s.class)) != Some(4);
    // A receiver that says "not now" has not said "never".
    let may_blame = |rule: &Rule| is_final || !rule.fault.is_recipients();
    if let Some(rule) =
        RULES.iter().find(|rule| may_blame(rule) && rule.matches(status, reply, &text))
    {
        return Classification { fault: rule.fault, rule: rule.id, status };
    }
    let nothing_said = status.is_none() && text.is_empty();
    match evidence.bounce.and_then(|(kind, sub_type)| by_sub_type(kind, sub_type, nothing_said)) {
        Some(fault) => Classification { fault, rule: "sub-type", status },
        None => Classification { fault: BounceClass::Unknown, rule: "none", status },
    }
}

impl Rule {
    fn matches(&self, status: Option<Status>, reply: Option<u8>, text: &Text) -> bool {
        // Authorities are named by their links; of everything else the words must be said.
        let by_link =
            matches!(self.fault, BounceClass::SenderAuthentication | BounceClass::SenderReputation);
        let words = if by_link { &text.full } else { &text.said };
        let has = |needle: &Needle| text::contains(words, needle);
        (self.status.is_empty() || status.is_some_and(|s| self.status.iter().any(|p| p.matches(s))))
            && (self.reply.is_none() || self.reply == reply)
            && (self.provider.is_empty()
                || self.provider.iter().any(|host| text.full.contains(host)))
            && (self.any.is_empty() || self.any.iter().any(has))
            && self.all.iter().all(has)
            && !self.none.iter().any(has)
    }
}

/// SES's own word, where neither code nor text says more.
fn by_sub_type(
    kind: &BounceType,
    sub_type: &BounceSubType,
    nothing_said: bool,
) -> Option<BounceClass> {
    match sub_type {
        BounceSubType::Suppressed => Some(BounceClass::RecipientGone),
        BounceSubType::NoEmail if nothing_said => Some(BounceClass::RecipientGone),
        BounceSubType::MailboxFull => Some(BounceClass::MailboxFull),
        BounceSubType::MessageTooLarge
        | BounceSubType::ContentRejected
        | BounceSubType::AttachmentRejected => Some(BounceClass::Content),
        BounceSubType::CustomTimeoutExceeded => Some(BounceClass::ReceiverTemporary),
        // SES reports out-of-office answers this way, without code or text.
        BounceSubType::General if nothing_said && *kind == BounceType::Transient => {
            Some(BounceClass::AutoReply)
        }
        BounceSubType::OnAccountSuppressionList
        | BounceSubType::OnTenantSuppressionList
        | BounceSubType::UnsubscribedRecipient
        | BounceSubType::EmailValidationSuppressed => Some(BounceClass::Echo),
        BounceSubType::General
        | BounceSubType::NoEmail
        | BounceSubType::Undetermined
        | BounceSubType::Unknown(_) => None,
    }
}

#[cfg(test)]
mod tests;
