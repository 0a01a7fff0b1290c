//! The choices that an operator has.

use std::collections::BTreeMap;

use super::Protected;
use crate::bounce::{BounceClass, Classification, ReaderVerdict, Rulebook};
use crate::event::FeedbackType;
use crate::outcome::Ignored;

/// The choices. The default is the policy in the README's table.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// What happens when several recipients may have complained.
    pub complaint_suspects: ComplaintSuspects,
    /// What happens on a transient bounce whose text proves a dead address.
    pub mislabelled_transient: MislabelledTransient,
    /// Rules of the policy whose default is reversed.
    pub overrides: PolicyOverrides,
    /// Addresses that are never suppressed.
    pub protected: Protected,
    /// The rules that classify bounces.
    pub rulebook: Rulebook,
}

/// What to do if several recipients at one provider may have complained. SES names all of them,
/// because most providers hide which one it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ComplaintSuspects {
    /// Suppress all of them, as SES's own list does.
    #[default]
    Suppress,
    /// Suppress none of them, only report them.
    Report,
}

/// What to do with a transient bounce that has a 5.1.x text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MislabelledTransient {
    /// Do not suppress, only count: real captures contradict themselves.
    #[default]
    Spare,
    /// Suppress when the sub-type is General.
    Suppress,
}

macro_rules! policy_rules {
    ($($(#[$doc:meta])* $variant:ident => $code:literal, $suppresses:literal;)+) => {
        /// A rule of the policy: a kind of message, and whether its address goes on the list. Kinds
        /// that must not be overridden are missing: echoes, delayed and unclear recipients, unknown
        /// types and sub-types, and reports that say not-spam or are about authentication.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum PolicyRule { $($(#[$doc])* $variant,)+ }

        impl PolicyRule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// Whether the rule suppresses by default.
            pub fn suppresses_by_default(self) -> bool {
                match self { $(Self::$variant => $suppresses,)+ }
            }
        }
    };
}

policy_rules! {
    /// Permanent, and the text says that the mailbox does not exist.
    RecipientGone => "recipient_gone", true;
    /// Permanent, and the text says that the mailbox is disabled.
    RecipientDisabled => "recipient_disabled", true;
    /// Permanent, and the text says that the domain accepts no mail.
    DomainGone => "domain_gone", true;
    /// Permanent, and the text is unknown or missing: SES's classification counts.
    Unknown => "unknown", true;
    /// Permanent, of the security and policy class (5.7.x), and the cause is unclear.
    PolicyUnclear => "policy_unclear", false;
    /// Permanent, and the sender is the cause.
    SenderAtFault => "sender_at_fault", false;
    /// Permanent, and the mailbox is full.
    MailboxFull => "mailbox_full", false;
    /// Permanent, and the receiver has trouble or accepts no more mail for now.
    ReceiverTrouble => "receiver_trouble", false;
    /// On SES's global suppression list: counts against the bounce rate each time.
    GlobalList => "global_list", true;
    /// A complaint about abuse, or without a type.
    Abuse => "abuse", true;
    /// A complaint about fraud.
    Fraud => "fraud", true;
    /// A complaint about a virus.
    Virus => "virus", true;
    /// A complaint of another kind.
    OtherComplaint => "other_complaint", true;
}

/// Rules whose default is reversed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyOverrides(BTreeMap<PolicyRule, bool>);

impl PolicyOverrides {
    /// Reads entries such as `mailbox_full=suppress` and `fraud=spare`.
    ///
    /// # Errors
    /// Returns the first entry that is invalid.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut overrides = BTreeMap::new();
        for entry in entries {
            let (code, word) = entry.split_once('=').ok_or_else(|| entry.to_owned())?;
            let rule = PolicyRule::ALL
                .iter()
                .find(|rule| rule.code() == code.trim())
                .ok_or_else(|| entry.to_owned())?;
            let suppresses = match word.trim() {
                "suppress" => true,
                "spare" => false,
                _ => return Err(entry.to_owned()),
            };
            overrides.insert(*rule, suppresses);
        }
        Ok(Self(overrides))
    }

    /// Whether addresses of this rule go on the list.
    pub fn suppresses(&self, rule: PolicyRule) -> bool {
        self.0.get(&rule).copied().unwrap_or_else(|| rule.suppresses_by_default())
    }
}

/// Returns the policy rule of a permanent bounce, and the reason to report if the address is not
/// suppressed. `Err` if no rule applies.
pub(super) fn rule_of_class(
    finding: &Classification,
    is_policy_class: bool,
) -> Result<(PolicyRule, Ignored), Ignored> {
    Ok(match finding.class {
        BounceClass::RecipientGone => (PolicyRule::RecipientGone, Ignored::KeptBySetting),
        BounceClass::RecipientDisabled => (PolicyRule::RecipientDisabled, Ignored::KeptBySetting),
        BounceClass::DomainGone => (PolicyRule::DomainGone, Ignored::KeptBySetting),
        BounceClass::SenderAuthentication
        | BounceClass::SenderReputation
        | BounceClass::Content
        | BounceClass::Policy => (PolicyRule::SenderAtFault, Ignored::SenderAtFault),
        BounceClass::MailboxFull => (PolicyRule::MailboxFull, Ignored::MailboxFull),
        BounceClass::RateLimited | BounceClass::ReceiverTemporary => {
            (PolicyRule::ReceiverTrouble, Ignored::ReceiverTrouble)
        }
        BounceClass::Unknown => return rule_of_unknown(finding, is_policy_class),
        BounceClass::AutoReply => return Err(Ignored::AutoReply),
        BounceClass::Echo => return Err(Ignored::Echo),
    })
}

/// Decides about a permanent bounce whose text no rule matches; nothing else does. The address is
/// kept if the code is of the security and policy class, whatever the second reader says, or if the
/// second reader is sure that the text is not about the recipient. Otherwise SES's classification
/// counts, unless a setting says otherwise.
fn rule_of_unknown(
    finding: &Classification,
    is_policy_class: bool,
) -> Result<(PolicyRule, Ignored), Ignored> {
    let verdict = finding.second.map(|second| second.verdict);
    if is_policy_class {
        Ok((PolicyRule::PolicyUnclear, Ignored::PolicyUnclear))
    } else if verdict == Some(ReaderVerdict::NotRecipient) {
        Err(Ignored::NotRecipient)
    } else {
        Ok((PolicyRule::Unknown, Ignored::KeptBySetting))
    }
}

/// Returns the policy rule of a complaint. `Err` if no rule applies.
pub(super) fn rule_of_report(kind: FeedbackType) -> Result<PolicyRule, Ignored> {
    match kind {
        FeedbackType::Abuse => Ok(PolicyRule::Abuse),
        FeedbackType::Fraud => Ok(PolicyRule::Fraud),
        FeedbackType::Virus => Ok(PolicyRule::Virus),
        FeedbackType::Other => Ok(PolicyRule::OtherComplaint),
        FeedbackType::NotSpam => Err(Ignored::NotSpam),
        FeedbackType::AuthFailure => Err(Ignored::AuthFailureReport),
    }
}
