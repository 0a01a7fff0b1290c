//! One rule, and the table of ours.

use super::BounceClass;
use super::phrases::{Needle, Tables, Use};
use super::status::StatusPattern;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// A rule of the table or of an operator's file.
#[derive(Debug)]
pub struct BounceRule {
    /// Stable name.
    pub id: &'static str,
    /// What a match means.
    pub class: BounceClass,
    pub(super) status: &'static [StatusPattern],
    /// First digit of the reply, for rules about the whole class.
    pub(super) reply: Option<u8>,
    pub(super) provider: &'static [&'static str],
    pub(super) any: &'static [&'static str],
    pub(super) all: &'static [&'static str],
    pub(super) none: &'static [&'static str],
    /// Whether names in links and host names count; `None`: by the class.
    pub(super) links: Option<bool>,
    /// Where the rule comes from.
    pub source: &'static str,
    /// What it means, in a few words.
    pub note: &'static str,
    /// Where the rule comes from.
    pub owner: RuleOwner,
}

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleOwner {
    /// Part of ses-warden.
    BuiltIn,
    /// From the operator's own file.
    Operator,
}

impl RuleOwner {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::BuiltIn => "ses-warden",
            Self::Operator => "operator",
        }
    }
}

impl BounceRule {
    /// Whether the rule reads names in links and host names too. Unless it says so itself,
    /// that goes by the class: authorities on the sender's authentication and reputation are
    /// named by them.
    pub(super) fn reads_links(&self) -> bool {
        let by_class = || {
            matches!(self.class, BounceClass::SenderAuthentication | BounceClass::SenderReputation)
        };
        self.links.unwrap_or_else(by_class)
    }
}
