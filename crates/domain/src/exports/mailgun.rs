//! Mailgun's four lists.
//!
//! Source: Mailgun API, "Suppressions" (bounces, complaints, unsubscribes, allowlist); codes 605
//! to 607 are Mailgun's own, for mail that it did not send.

use super::fields::Fields;
use super::reply::{Blame, CONTRADICTORY, blame, phrase};
use super::row_judgement::{RowJudgement, bounce, complaint, review, skip};

/// Mailgun lists final failures alone, so its word stands where the text is unknown.
pub(super) fn bounce_row(fields: &Fields<'_>) -> RowJudgement {
    // What Mailgun assumes itself where no code is given.
    let code = fields.get("code").unwrap_or("550");
    let text = fields.get("error").unwrap_or_default();
    match code.trim_end_matches(".0") {
        "605" => return bounce("bounced_before: Mailgun sent nothing, because it bounced before"),
        "606" => return skip("unsubscribe: Mailgun sent nothing, because of an unsubscribe"),
        "607" => {
            return review("complained_before: a bounce by name, a complaint by its code");
        }
        _ => {}
    }
    match blame(Some(code.trim_end_matches(".0")), text) {
        Blame::Address(class) => bounce(format!("{}: {}", class.code(), phrase(class))),
        Blame::Other(class) => skip(format!("{}: {}", class.code(), phrase(class))),
        Blame::Perhaps(class) => {
            review(format!("perhaps_{}: {}, perhaps", class.code(), phrase(class)))
        }
        Blame::Temporary => skip("temporary: the reply was not final (4xx)"),
        Blame::Contradictory => review(CONTRADICTORY),
        Blame::Unknown => match code.chars().next() {
            Some('5') => bounce("bounce: a final failure by Mailgun's word; the text says no more"),
            _ => review("unknown: a code that is none of SMTP, and a text that says no more"),
        },
    }
}

pub(super) fn complained() -> RowJudgement {
    complaint("complaint: the recipient marked a message as spam")
}

pub(super) fn unsubscribed() -> RowJudgement {
    skip(
        "unsubscribe: an unsubscribe is neither a bounce nor a complaint; keep it where you keep consent",
    )
}

pub(super) fn allowed() -> RowJudgement {
    skip("allowlist: the list of what is never to be suppressed")
}
