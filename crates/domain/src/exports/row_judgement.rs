//! What a row of a provider's file leads to, and why.

use std::borrow::Cow;

use super::plan::RowAction;
use crate::suppression::SuppressionReason;

/// What a provider's word leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowJudgement {
    pub(super) action: RowAction,
    pub(super) why: Cow<'static, str>,
}

pub(super) fn bounce(why: impl Into<Cow<'static, str>>) -> RowJudgement {
    RowJudgement { action: RowAction::Import(SuppressionReason::Bounce), why: why.into() }
}

pub(super) fn complaint(why: impl Into<Cow<'static, str>>) -> RowJudgement {
    RowJudgement { action: RowAction::Import(SuppressionReason::Complaint), why: why.into() }
}

pub(super) fn skip(why: impl Into<Cow<'static, str>>) -> RowJudgement {
    RowJudgement { action: RowAction::Skip, why: why.into() }
}

pub(super) fn review(why: impl Into<Cow<'static, str>>) -> RowJudgement {
    RowJudgement { action: RowAction::Review, why: why.into() }
}

/// A reason that is none of the provider's documented ones.
pub(super) fn unknown_reason(what: &str, word: Option<&str>) -> RowJudgement {
    match word {
        Some(word) => {
            let shown: String = word.chars().take(40).collect();
            review(format!("unknown_reason: {what} \"{shown}\" is none that is known"))
        }
        None => review(format!("no_reason: the row has no {what}")),
    }
}
