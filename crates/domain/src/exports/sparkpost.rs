//! SparkPost's suppression list.
//!
//! Source: SparkPost API, "Suppression List" (source, type, description), the CSV of its pages
//! and of sp-cli; older pages call spam complaints FBL.

use super::fields::Fields;
use super::row_judgement::{RowJudgement, bounce, complaint, review, skip, unknown_reason};

pub(super) fn entry(fields: &Fields<'_>) -> RowJudgement {
    let word = fields.get("source");
    match word.map(plain).as_deref() {
        Some("bouncerule") => bounce("bounce_rule: SparkPost suppressed it for a bounce"),
        Some("spamcomplaint" | "fbl") => {
            complaint("spam_complaint: the recipient marked a message as spam")
        }
        Some("listunsubscribe" | "unsubscribelink") => {
            skip("unsubscribe: the recipient unsubscribed, which is no complaint")
        }
        Some("manuallyadded") => {
            review("manual: somebody added it by hand, and only they know why")
        }
        Some("compliance") => {
            review("compliance: SparkPost's staff added it, and does not say why")
        }
        None => review("no_reason: the row has no source, as in a file to be uploaded"),
        Some(_) => unknown_reason("source", word),
    }
}

fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
