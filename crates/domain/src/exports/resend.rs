//! Resend's suppressions.
//!
//! Source: Resend API, "List suppressions".

use super::fields::Fields;
use super::row_judgement::{RowJudgement, bounce, complaint, review, unknown_reason};

pub(super) fn suppression(fields: &Fields<'_>) -> RowJudgement {
    match fields.get("origin") {
        Some("bounce") => bounce("bounce: Resend suppressed it for a bounce"),
        Some("complaint") => complaint("complaint: the recipient marked a message as spam"),
        Some("manual") => review("manual: somebody added it by hand, and only they know why"),
        word => unknown_reason("origin", word),
    }
}
