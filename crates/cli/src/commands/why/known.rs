//! What is known of an address, in the form of `--json`.

use serde::Serialize;

/// Everything that is known of an address.
#[derive(Debug, Serialize)]
pub(super) struct KnownAddress {
    pub(super) address: String,
    /// The journal's id of it, which log lines have as `recipient.id`.
    pub(super) id: Option<String>,
    /// What SES holds on the account's list, by spelling.
    pub(super) account_list: Vec<KnownListing>,
    /// Reasons for which SES withholds the account's mail; `null` where it is not known.
    pub(super) account_reasons: Option<Vec<&'static str>>,
    pub(super) tenants: Vec<Tenant>,
    pub(super) configuration_sets: Vec<Set>,
    /// When SES last said that the address is on its global list.
    pub(super) global_list: Option<String>,
    /// The latest first.
    pub(super) decisions: Vec<ShownDecision>,
    /// The delivery that ended the count of soft bounces last; `null` where none is known, as
    /// without `TrackDeliveries`.
    pub(super) last_delivery: Option<String>,
    /// `withheld`, `sent` or `unknown`.
    pub(super) next_mail: &'static str,
    /// What could not be found out, a sentence each.
    pub(super) not_known: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct KnownListing {
    pub(super) spelling: String,
    /// `null` where it is not listed.
    pub(super) entry: Option<KnownEntry>,
}

#[derive(Debug, Serialize)]
pub(super) struct KnownEntry {
    pub(super) reason: &'static str,
    pub(super) since: String,
    /// The mail that SES listed it for; `null` where somebody else did.
    pub(super) message_id: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Tenant {
    pub(super) name: String,
    pub(super) has_own_list: bool,
    pub(super) entry: Option<KnownEntry>,
}

#[derive(Debug, Serialize)]
pub(super) struct Set {
    pub(super) name: String,
    /// `null` where the set leaves it to the account.
    pub(super) reasons: Option<Vec<&'static str>>,
}

#[derive(Debug, Serialize)]
pub(super) struct ShownDecision {
    pub(super) at: Option<String>,
    pub(super) event: &'static str,
    /// `suppress` or `keep`.
    pub(super) verdict: &'static str,
    pub(super) reason: String,
    pub(super) class: String,
    pub(super) rule: String,
    pub(super) reader: String,
    pub(super) status: String,
    pub(super) text: String,
    pub(super) bounce_type: String,
    pub(super) bounce_sub_type: String,
    pub(super) domain: String,
    pub(super) configuration_set: String,
    pub(super) tenant: String,
    pub(super) message_id: String,
    pub(super) feedback_id: String,
}
