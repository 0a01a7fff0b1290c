//! SES's own lists, and the files of its import jobs.
//!
//! Source: SES API v2, ListSuppressedDestinations, GetSuppressedDestination; developer guide,
//! "Using the Amazon SES account-level suppression list".

use super::fields::Fields;
use super::row_judgement::{RowJudgement, bounce, complaint, review, unknown_reason};

pub(super) fn entry(fields: &Fields<'_>) -> RowJudgement {
    match fields.get("reason") {
        Some(word) if word.eq_ignore_ascii_case("BOUNCE") => {
            bounce("listed: SES listed it for a bounce")
        }
        Some(word) if word.eq_ignore_ascii_case("COMPLAINT") => {
            complaint("listed: SES listed it for a complaint")
        }
        None => review("no_reason: the row has no reason, as in the file of a job that deletes"),
        word => unknown_reason("reason", word),
    }
}
