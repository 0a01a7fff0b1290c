//! What the operator may choose.

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
    pub lines: PolicyOverrides,
    /// Addresses that are never suppressed.
    pub protected: Protected,
    /// The rules that bounces are read by.
    pub rulebook: Rulebook,
}

/// Several recipients at one provider may have complained: SES names them all,
/// because most providers hide which one it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ComplaintSuspects {
    /// Suppress all of them, as SES's own list does.
    #[default]
    Suppress,
    /// Suppress none, report them.
    Report,
}

/// A transient bounce with a 5.1.x text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MislabelledTransient {
    /// Spare and count: real captures contradict themselves.
    #[default]
    Spare,
    /// Suppress when the sub-type is General.
    Suppress,
}

macro_rules! lines {
    ($($(#[$doc:meta])* $variant:ident => $code:literal, $suppresses:literal;)+) => {
        /// A line of the policy: a kind of message, and whether its address goes on the
        /// list. Rules that nobody should override are not here: echoes, delayed and
        /// unclear recipients, types and sub-types unknown to us, and reports that say
        /// not-spam or are about authentication.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum PolicyRule { $($(#[$doc])* $variant,)+ }

        impl PolicyRule {
            /// Every line there is.
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

lines! {
    /// Permanent, and the text says that the mailbox does not exist.
    RecipientGone => "recipient_gone", true;
    /// Permanent, and the text says that the mailbox is disabled.
    RecipientDisabled => "recipient_disabled", true;
    /// Permanent, and the text says that the domain takes no mail.
    DomainGone => "domain_gone", true;
    /// Permanent, and the text is unknown or there is none: SES's word stands.
    Unknown => "unknown", true;
    /// Permanent, of the security and policy class, and names no culprit.
    PolicyUnclear => "policy_unclear", false;
    /// Permanent, and the sender is to blame.
    SenderAtFault => "sender_at_fault", false;
    /// Permanent, and the mailbox is full.
    MailboxFull => "mailbox_full", false;
    /// Permanent, and the receiver has trouble or takes no more for now.
    ReceiverTrouble => "receiver_trouble", false;
    /// On SES's global suppression list: counts against the bounce rate each time.
    GlobalList => "global_list", true;
    /// A complaint: abuse, or no word of what it is.
    Abuse => "abuse", true;
    /// A complaint that speaks of fraud.
    Fraud => "fraud", true;
    /// A complaint that speaks of a virus.
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
    /// The first entry that is none.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut lines = BTreeMap::new();
        for entry in entries {
            let (code, word) = entry.split_once('=').ok_or_else(|| entry.to_owned())?;
            let line = PolicyRule::ALL
                .iter()
                .find(|line| line.code() == code.trim())
                .ok_or_else(|| entry.to_owned())?;
            let suppresses = match word.trim() {
                "suppress" => true,
                "spare" => false,
                _ => return Err(entry.to_owned()),
            };
            lines.insert(*line, suppresses);
        }
        Ok(Self(lines))
    }

    /// Whether addresses of this line go on the list.
    pub fn suppresses(&self, line: PolicyRule) -> bool {
        self.0.get(&line).copied().unwrap_or_else(|| line.suppresses_by_default())
    }
}

/// The line of a permanent bounce's fault, and the reason that is given when it is
/// spared. `Err` where there is no choice.
pub(super) fn line_of_fault(
    finding: &Classification,
    is_policy_class: bool,
) -> Result<(PolicyRule, Ignored), Ignored> {
    Ok(match finding.class {
        BounceClass::RecipientGone => (PolicyRule::RecipientGone, Ignored::SparedBySetting),
        BounceClass::RecipientDisabled => (PolicyRule::RecipientDisabled, Ignored::SparedBySetting),
        BounceClass::DomainGone => (PolicyRule::DomainGone, Ignored::SparedBySetting),
        BounceClass::SenderAuthentication
        | BounceClass::SenderReputation
        | BounceClass::Content
        | BounceClass::Policy => (PolicyRule::SenderAtFault, Ignored::SenderAtFault),
        BounceClass::MailboxFull => (PolicyRule::MailboxFull, Ignored::MailboxFull),
        BounceClass::RateLimited | BounceClass::ReceiverTemporary => {
            (PolicyRule::ReceiverTrouble, Ignored::ReceiverTrouble)
        }
        BounceClass::Unknown => return line_of_unknown(finding, is_policy_class),
        BounceClass::AutoReply => return Err(Ignored::AutoReply),
        BounceClass::Echo => return Err(Ignored::Echo),
    })
}

/// The one place that says what becomes of a permanent bounce whose text nobody knows: codes of
/// the security and policy class are kept whatever the second reader says, as is what it says
/// surely does not speak of the recipient. Of the rest SES's word stands unless a setting says
/// otherwise.
fn line_of_unknown(
    finding: &Classification,
    is_policy_class: bool,
) -> Result<(PolicyRule, Ignored), Ignored> {
    let verdict = finding.second.map(|second| second.verdict);
    if is_policy_class {
        Ok((PolicyRule::PolicyUnclear, Ignored::PolicyUnclear))
    } else if verdict == Some(ReaderVerdict::NotRecipient) {
        Err(Ignored::NotRecipient)
    } else {
        Ok((PolicyRule::Unknown, Ignored::SparedBySetting))
    }
}

/// The line of a complaint. `Err` where there is no choice.
pub(super) fn line_of_report(kind: FeedbackType) -> Result<PolicyRule, Ignored> {
    match kind {
        FeedbackType::Abuse => Ok(PolicyRule::Abuse),
        FeedbackType::Fraud => Ok(PolicyRule::Fraud),
        FeedbackType::Virus => Ok(PolicyRule::Virus),
        FeedbackType::Other => Ok(PolicyRule::OtherComplaint),
        FeedbackType::NotSpam => Err(Ignored::NotSpam),
        FeedbackType::AuthFailure => Err(Ignored::AuthFailureReport),
    }
}
