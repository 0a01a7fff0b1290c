//! Brevo's blocked contacts.
//!
//! Source: Brevo API, "Get the list of blocked or unsubscribed transactional contacts"; of the
//! reason only the code is for comparison.

use super::fields::Fields;
use super::row_judgement::{RowJudgement, bounce, complaint, review, skip, unknown_reason};

pub(super) fn contact(fields: &Fields<'_>) -> RowJudgement {
    match fields.first(&["reason.code", "reason"]) {
        Some("hardBounce") => bounce("hard_bounce: Brevo blocks it for a hard bounce"),
        Some("contactFlaggedAsSpam") => {
            complaint("flagged_as_spam: the recipient marked a message as spam")
        }
        Some("unsubscribedViaMA" | "unsubscribedViaEmail" | "unsubscribedViaApi") => {
            skip("unsubscribe: the recipient unsubscribed, which is no complaint")
        }
        Some("adminBlocked") => review("manual: an administrator blocked it, and does not say why"),
        word => unknown_reason("reason code", word),
    }
}
