//! Mandrill's rejection list.
//!
//! Source: Mailchimp Transactional API, "rejects/list", and the CSV export of the same.

use super::fields::Fields;
use super::row_judgement::{RowJudgement, bounce, complaint, review, skip, unknown_reason};

pub(super) fn reject(fields: &Fields<'_>) -> RowJudgement {
    match fields.get("reason") {
        Some("hard-bounce") => bounce("hard_bounce: Mandrill rejects it for a hard bounce"),
        Some("spam") => complaint("spam: the recipient marked a message as spam"),
        Some("soft-bounce") => skip("soft_bounce: soft bounces pass"),
        Some("unsub") => skip("unsubscribe: the recipient unsubscribed, which is no complaint"),
        Some("custom") => review("manual: somebody added it by hand, and only they know why"),
        word => unknown_reason("reason", word),
    }
}
