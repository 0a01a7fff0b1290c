//! Whose fault a bounce is.
//!
//! SES's "Permanent" says no more than that the reply began with a 5, so DMARC
//! failures and blocklists look like dead addresses. [`triage`] reads status and
//! diagnostic text by an ordered table of rules (`rules/bounces.toml`, first match
//! wins), asks the second reader where no rule knows the text, and falls back on the
//! sub-type. What none of them knows is [`BounceClass::Unknown`], never a guess.
//!
//! # Examples
//! ```
//! use warden_domain::bounce::{BounceClass, BounceFacts, triage};
//!
//! let bounce = BounceFacts {
//!     status: Some("5.1.1"),
//!     diagnostic: Some("smtp; 550-5.7.26 This mail is unauthenticated"),
//!     ..BounceFacts::default()
//! };
//! assert_eq!(triage(bounce).class, BounceClass::SenderAuthentication);
//! ```

mod advice;
mod class;
mod fold;
mod legible;
mod matcher;
mod phrases;
mod reader;
mod rule;
mod rule_file;
mod rulebook;
mod status;
mod text;

pub use class::BounceClass;
pub use reader::{ReaderVerdict, SecondReading};
pub use rule::{Rule, RuleOwner};
pub use rule_file::RuleFileError;
pub use rulebook::Rulebook;
pub use status::Status;

use crate::event::{BounceSubType, BounceType};
use matcher::Codes;
use text::Text;

/// What the training of the second reader shares with it.
#[doc(hidden)]
pub mod training {
    pub use super::reader::{Features, Model, Parts, built_in, logistic, root};
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

/// What [`triage`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classification {
    /// Whose fault.
    pub class: BounceClass,
    /// The id of the rule that says so; `sub-type` where only SES's own word was left, `none`
    /// where no rule knows the text.
    pub rule: &'static str,
    /// Whose rule that is; `None` where it is no rule's word.
    pub owner: Option<RuleOwner>,
    /// The second reader's opinion, where it was asked.
    pub second: Option<SecondReading>,
    /// The status code that counted, where there was one.
    pub status: Option<Status>,
}

impl Classification {
    fn by_sub_type(class: BounceClass, status: Option<Status>) -> Self {
        Self { class, rule: "sub-type", owner: None, second: None, status }
    }

    /// What a postmaster would advise, point by point, each a sentence or two: for
    /// the class, and where rule and text prove more, which check, DNS record,
    /// blocklist or address. Of the text only valid domain names and IP addresses
    /// are repeated.
    pub fn advice(&self, diagnostic: &str) -> Vec<String> {
        advice::points(self, diagnostic)
    }

    /// Who decided: `rules`, or `model` for the second reader; `None` where the text decided
    /// nothing.
    pub fn reader(&self) -> Option<&'static str> {
        match (self.owner, self.second) {
            (Some(_), _) => Some("rules"),
            (None, Some(_)) => Some("model"),
            (None, None) => None,
        }
    }

    /// Whether the text speaks of the recipient, by whoever decided.
    pub fn verdict(&self) -> ReaderVerdict {
        match (self.second, self.class) {
            (Some(second), _) => second.verdict,
            (None, BounceClass::Unknown) => ReaderVerdict::Unsure,
            (None, class) if class.is_recipients() => ReaderVerdict::Recipient,
            (None, _) => ReaderVerdict::NotRecipient,
        }
    }

    /// The words that decided the second reader's opinion, the weightiest first; empty where
    /// it was not asked.
    pub fn because(&self, diagnostic: &str) -> Vec<String> {
        self.second.map(|_| reader::because(&Text::of(diagnostic))).unwrap_or_default()
    }
}

/// The rules that ses-warden brings, in their order.
pub fn rules() -> &'static [Rule] {
    rule::RULES
}

/// The normalised words of a diagnostic text, as rules and the second reader see them.
pub fn normalized(diagnostic: &str) -> String {
    Text::of(diagnostic).words().trim().to_owned()
}

/// Judges one recipient's bounce by the rules that ses-warden brings.
pub fn triage(facts: BounceFacts<'_>) -> Classification {
    Rulebook::built_in().triage(facts)
}

fn judged(rulebook: &Rulebook, facts: BounceFacts<'_>) -> Classification {
    if let Some((_, sub_type)) = facts.bounce
        && sub_type.is_echo()
    {
        return Classification::by_sub_type(BounceClass::Echo, None);
    }
    // SES's global list: nothing was sent, so no text is a receiver's.
    if let Some((_, BounceSubType::Suppressed)) = facts.bounce {
        return Classification::by_sub_type(BounceClass::RecipientGone, None);
    }
    let diagnostic = facts.diagnostic.unwrap_or_default();
    let text = Text::of(diagnostic);
    let status = Status::of(facts.status, diagnostic);
    let codes = codes(status, &text);
    if let Some(rule) = rulebook.first(&text, codes) {
        return Classification {
            class: rule.class,
            rule: rule.id,
            owner: Some(rule.owner),
            second: None,
            status,
        };
    }
    let nothing_said = status.is_none() && text.is_empty();
    match facts.bounce.and_then(|(kind, sub_type)| by_sub_type(kind, sub_type, nothing_said)) {
        Some(class) => Classification::by_sub_type(class, status),
        None => second_opinion(rulebook, &text, codes),
    }
}

/// The class of the reply as a whole. A receiver that says "not now" anywhere has not said
/// "never", whatever else is written beside it.
fn codes(status: Option<Status>, text: &Text) -> Codes {
    let said = status.filter(|s| !s.is_generic()).map(|s| s.class).or(text.reply);
    let reply = if text.is_transient { Some(4) } else { said };
    let is_transient_status = status.is_some_and(|s| s.is_transient() && !s.says_nothing());
    Codes { status, reply, is_final: reply != Some(4) && !is_transient_status }
}

/// The one place that decides what no rule knows.
fn second_opinion(rulebook: &Rulebook, text: &Text, codes: Codes) -> Classification {
    let is_asked = rulebook.reads_twice() && codes.is_final && !text.is_empty();
    let second = if is_asked { reader::read(text, codes.status) } else { None };
    let is_policy = codes.status.is_some_and(Status::is_policy);
    let is_recipient = second.is_some_and(|s| s.verdict == ReaderVerdict::Recipient);
    let class =
        if is_recipient && !is_policy { BounceClass::RecipientGone } else { BounceClass::Unknown };
    Classification { class, rule: "none", owner: None, second, status: codes.status }
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
