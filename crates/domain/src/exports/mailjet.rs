//! Mailjet's events; a file of suppressions is not documented.
//!
//! Source: Mailjet, "Event API: real-time notifications" (hard_bounce, error_related_to, error).

use super::fields::Fields;
use super::row_judgement::{RowJudgement, bounce, complaint, review, skip, unknown_reason};

pub(super) fn event(fields: &Fields<'_>) -> RowJudgement {
    match fields.get("event") {
        Some("bounce") => bounced(fields),
        Some("spam") => complaint("spam: the recipient marked a message as spam"),
        Some("unsub") => skip("unsubscribe: the recipient unsubscribed, which is no complaint"),
        Some("blocked") => skip("blocked: a message was blocked, which says nothing final"),
        Some("sent" | "open" | "click") => skip("no_bounce: the event is about a living mailbox"),
        word => unknown_reason("event", word),
    }
}

fn bounced(fields: &Fields<'_>) -> RowJudgement {
    let is_hard = fields
        .get("hardbounce")
        .is_some_and(|word| ["true", "1"].iter().any(|known| word.eq_ignore_ascii_case(known)));
    let error = fields.get("error").unwrap_or_default();
    if !is_hard {
        return skip("soft_bounce: soft bounces pass");
    }
    match fields.get("errorrelatedto") {
        Some("recipient") if error == "quota exceeded" => {
            skip("mailbox_full: the mailbox is full, which passes")
        }
        Some("recipient") => bounce("hard_bounce: a hard bounce of the recipient's"),
        Some("domain") => {
            review("domain: a hard bounce of the whole domain, which may be a mistake in its DNS")
        }
        Some("content" | "policy" | "system" | "mailjet" | "spam") => {
            skip("not_recipient: the bounce is not about the recipient")
        }
        word => unknown_reason("error_related_to", word),
    }
}
