//! SendGrid's five lists.
//!
//! Source: SendGrid API v3, "Suppressions" (bounces, blocks, spam reports, invalid emails,
//! global unsubscribes); blocks are "not treated as a suppression list" there.

use super::fields::Fields;
use super::reply::{Blame, CONTRADICTORY, blame, phrase};
use super::row_judgement::{RowJudgement, bounce, complaint, review, skip};

/// The list holds permanent failures and sometimes others, so each text is read.
pub(super) fn bounce_row(fields: &Fields<'_>) -> RowJudgement {
    let text = fields.get("reason").unwrap_or_default();
    match blame(fields.get("status"), text) {
        Blame::Address(class) => bounce(format!("{}: {}", class.code(), phrase(class))),
        Blame::Other(class) => skip(format!("{}: {}", class.code(), phrase(class))),
        Blame::Perhaps(class) => {
            review(format!("perhaps_{}: {}, perhaps", class.code(), phrase(class)))
        }
        Blame::Temporary => skip("temporary: the reply was not final (4xx)"),
        Blame::Contradictory => review(CONTRADICTORY),
        Blame::Unknown => {
            review("unknown: neither code nor text says that the address is at fault")
        }
    }
}

pub(super) fn block() -> RowJudgement {
    skip("block: SendGrid blocks a message, not the address, and sends to it again")
}

pub(super) fn spam_report() -> RowJudgement {
    complaint("spam_report: the recipient marked a message as spam")
}

pub(super) fn invalid_email() -> RowJudgement {
    bounce("invalid_email: SendGrid found that no mail can reach this address")
}

pub(super) fn unsubscribe() -> RowJudgement {
    skip(
        "unsubscribe: an unsubscribe is neither a bounce nor a complaint; keep it where you keep consent",
    )
}
