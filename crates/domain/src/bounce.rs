//! Classifies bounces: who or what caused them.
//!
//! SES's "Permanent" says no more than that the reply began with a 5, so DMARC failures and
//! blocklists look like dead addresses. [`triage`] reads status and diagnostic text by an ordered
//! table of rules (`rules/bounces.toml`, first match wins), asks the second reader if no rule
//! matches the text, and falls back on the sub-type. If none of them decides, the class is
//! [`BounceClass::Unknown`], never a guess.
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
pub use rule::{BounceRule, RuleOwner};
pub use rule_file::RuleFileError;
pub use rulebook::Rulebook;
pub use status::Status;

use crate::event::{BounceSubType, BounceType};
use matcher::Codes;
use text::ReplyText;

/// What the second reader shares with its training program.
#[doc(hidden)]
pub mod training {
    pub use super::reader::{Features, ModelParts, ReaderModel, built_in, logistic, root};
}

/// The facts about one recipient's bounce.
#[derive(Debug, Clone, Copy, Default)]
pub struct BounceFacts<'a> {
    /// SES's type and sub-type; `None` for a text alone.
    pub bounce: Option<(&'a BounceType, &'a BounceSubType)>,
    /// The status field.
    pub status: Option<&'a str>,
    /// The diagnostic text.
    pub diagnostic: Option<&'a str>,
}

/// What [`triage`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classification {
    /// The class of the bounce.
    pub class: BounceClass,
    /// The id of the rule that matched; `sub-type` if only SES's sub-type decided, `none` if no
    /// rule matched.
    pub rule: &'static str,
    /// Where that rule comes from; `None` if no rule decided.
    pub owner: Option<RuleOwner>,
    /// The second reader's verdict, if it was asked.
    pub second: Option<SecondReading>,
    /// The status code that was used, if there was one.
    pub status: Option<Status>,
}

impl Classification {
    fn by_sub_type(class: BounceClass, status: Option<Status>) -> Self {
        Self { class, rule: "sub-type", owner: None, second: None, status }
    }

    /// Returns advice in points of one or two sentences. Besides the class, it names the check, DNS
    /// record, blocklist or address, if rule and text prove it. It repeats only valid domain names
    /// and IP addresses from the text.
    pub fn advice(&self, diagnostic: &str) -> Vec<String> {
        advice::points(self, diagnostic)
    }

    /// Returns what decided: `rules`, or `model` where the second reader was asked; `None` if the
    /// text decided nothing.
    pub fn reader(&self) -> Option<&'static str> {
        match (self.second, self.owner) {
            (Some(_), _) => Some("model"),
            (None, Some(_)) => Some("rules"),
            (None, None) => None,
        }
    }

    /// Whether the text is about the recipient, by the rule or the second reader.
    pub fn verdict(&self) -> ReaderVerdict {
        match (self.second, self.class) {
            (Some(second), _) => second.verdict,
            (None, BounceClass::Unknown) => ReaderVerdict::Unsure,
            (None, class) if class.is_recipients() => ReaderVerdict::Recipient,
            (None, _) => ReaderVerdict::NotRecipient,
        }
    }

    /// Returns the words that decided the second reader's verdict, strongest first; empty if it was
    /// not asked.
    pub fn because(&self, diagnostic: &str) -> Vec<String> {
        self.second.map(|_| reader::because(&ReplyText::of(diagnostic))).unwrap_or_default()
    }
}

/// Returns the built-in rules, in their order.
pub fn rules() -> &'static [BounceRule] {
    rule::RULES
}

/// Returns the normalised words of a diagnostic text, as rules and the second reader use them.
pub fn normalized(diagnostic: &str) -> String {
    ReplyText::of(diagnostic).words().trim().to_owned()
}

/// Classifies one recipient's bounce by the built-in rules.
pub fn triage(facts: BounceFacts<'_>) -> Classification {
    Rulebook::built_in().triage(facts)
}

fn judged(rulebook: &Rulebook, facts: BounceFacts<'_>) -> Classification {
    if let Some((_, sub_type)) = facts.bounce
        && sub_type.is_echo()
    {
        return Classification::by_sub_type(BounceClass::Echo, None);
    }
    // SES's global list: nothing was sent, so the text does not come from a receiver.
    if let Some((_, BounceSubType::Suppressed)) = facts.bounce {
        return Classification::by_sub_type(BounceClass::RecipientGone, None);
    }
    let diagnostic = facts.diagnostic.unwrap_or_default();
    let text = ReplyText::of(diagnostic);
    let status = Status::of(facts.status, diagnostic);
    let codes = codes(status, &text);
    let rule = rulebook.first(&text, codes);
    if let Some(rule) = rule.filter(|rule| !is_undecided(rule)) {
        return Classification {
            class: rule.class,
            rule: rule.id,
            owner: Some(rule.owner),
            second: None,
            status,
        };
    }
    let nothing_said = status.is_none() && text.is_empty();
    let by_sub_type =
        facts.bounce.and_then(|(kind, sub_type)| by_sub_type(kind, sub_type, nothing_said));
    if let Some(class) = by_sub_type {
        return Classification::by_sub_type(class, status);
    }
    let opinion = second_opinion(rulebook, &text, codes);
    match rule {
        Some(rule) if opinion.class == BounceClass::Unknown => {
            Classification { rule: rule.id, owner: Some(rule.owner), ..opinion }
        }
        Some(_) | None => opinion,
    }
}

/// Whether a rule of ours says that its words decide nothing. An operator's rule always decides.
fn is_undecided(rule: &BounceRule) -> bool {
    rule.class == BounceClass::Unknown && rule.owner == RuleOwner::BuiltIn
}

/// Returns the class of the whole reply. A temporary code anywhere in the reply outweighs
/// everything else in it.
fn codes(status: Option<Status>, text: &ReplyText) -> Codes {
    let said = status.filter(|s| !s.is_generic()).map(|s| s.class).or(text.reply);
    let reply = if text.is_transient { Some(4) } else { said };
    let is_transient_status = status.is_some_and(|s| s.is_transient() && !s.says_nothing());
    Codes { status, reply, is_final: reply != Some(4) && !is_transient_status }
}

/// Decides about texts that no rule matches; nothing else does.
fn second_opinion(rulebook: &Rulebook, text: &ReplyText, codes: Codes) -> Classification {
    let is_asked = rulebook.reads_twice() && codes.is_final && !text.is_empty();
    let second = if is_asked { reader::read(text, codes.status) } else { None };
    let is_policy = codes.status.is_some_and(Status::is_policy);
    let is_recipient = second.is_some_and(|s| s.verdict == ReaderVerdict::Recipient);
    let class =
        if is_recipient && !is_policy { BounceClass::RecipientGone } else { BounceClass::Unknown };
    Classification { class, rule: "none", owner: None, second, status: codes.status }
}

/// Returns the class of SES's sub-type, if neither code nor text says more.
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
        // SES reports out-of-office replies this way, without code or text.
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
