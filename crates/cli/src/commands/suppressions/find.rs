//! Every spelling of an address that is on a list.
//!
//! SES compares addresses without case when it sends, but its calls find an entry only by the
//! spelling in which it was put, and refuse addresses with a slash (aws/aws-sdk issue 158). So
//! what a call cannot find is looked for in the whole list.

use std::collections::BTreeMap;

use serde::Serialize;
use warden_aws::{CallError, ListFilter, SuppressionList};

use super::entry::{Entry, code, time};
use super::pages;
use crate::frame::output::Record;

/// An entry with what only GetSuppressedDestination says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Found {
    #[serde(flatten)]
    pub(super) entry: Entry,
    /// The mail that SES listed the address for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_id: Option<String>,
    /// SES's own id of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) feedback_id: Option<String>,
}

impl Record for Found {
    const COLUMNS: &'static [(&'static str, usize)] = &[
        ("EmailAddress", 0),
        ("Reason", 9),
        ("LastUpdateTime", 24),
        ("MessageId", 9),
        ("FeedbackId", 10),
    ];

    fn cells(&self) -> Vec<String> {
        let ids = [&self.message_id, &self.feedback_id].map(|id| id.clone().unwrap_or_default());
        self.entry.cells().into_iter().chain(ids).collect()
    }
}

/// Whether SES's calls for one address take this one.
pub(super) fn can_be_asked(address: &str) -> bool {
    !address.contains('/')
}

/// The spellings in which an address is likely to have been put.
fn spellings(address: &str) -> Vec<String> {
    let lower_domain = address
        .rsplit_once('@')
        .map(|(local, domain)| format!("{local}@{}", domain.to_lowercase()));
    let mut spellings = vec![address.to_owned()];
    for other in lower_domain.into_iter().chain([address.to_lowercase()]) {
        if !spellings.contains(&other) {
            spellings.push(other);
        }
    }
    spellings
}

/// Asks for one address; `None` where it is not listed in this spelling.
///
/// # Errors
/// [`CallError`].
pub(super) async fn exact(
    list: &SuppressionList,
    tenant: Option<&str>,
    address: &str,
) -> Result<Option<Found>, CallError> {
    let entry = list.entry(tenant, address).await?;
    Ok(entry.map(|entry| Found {
        entry: Entry {
            email_address: address.to_owned(),
            reason: code(entry.reason).to_owned(),
            last_update_time: time(entry.updated_ms),
        },
        message_id: entry.message_id,
        feedback_id: entry.feedback_id,
    }))
}

/// Asks for the likely spellings of an address.
///
/// # Errors
/// [`CallError`].
pub(super) async fn likely(
    list: &SuppressionList,
    tenant: Option<&str>,
    address: &str,
) -> Result<Vec<Found>, CallError> {
    let mut found = Vec::new();
    for spelling in spellings(address).iter().filter(|spelling| can_be_asked(spelling)) {
        found.extend(exact(list, tenant, spelling).await?);
    }
    Ok(found)
}

/// Looks through the whole list for any spelling of the addresses; by the address in lower case.
///
/// # Errors
/// [`CallError`].
pub(super) async fn anywhere(
    list: &SuppressionList,
    tenant: Option<&str>,
    addresses: &[String],
) -> anyhow::Result<BTreeMap<String, Vec<Found>>> {
    let mut found: BTreeMap<String, Vec<Found>> =
        addresses.iter().map(|address| (address.to_lowercase(), Vec::new())).collect();
    let filter = ListFilter { tenant: tenant.map(str::to_owned), ..ListFilter::default() };
    pages::each(list, &filter, |listed| {
        if let Some(entries) = found.get_mut(&listed.address.to_lowercase()) {
            let entry = Entry::from(listed);
            entries.push(Found { entry, message_id: None, feedback_id: None });
        }
        Ok(true)
    })
    .await?;
    Ok(found)
}

/// Finds every spelling of each address: by calls where `scan` is false and a call finds one,
/// through the whole list otherwise. Answers address by address.
///
/// # Errors
/// [`CallError`].
pub(super) async fn every(
    list: &SuppressionList,
    tenant: Option<&str>,
    addresses: &[String],
    scan: Scan,
) -> anyhow::Result<Vec<(String, Vec<Found>)>> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    for address in addresses {
        let likely = likely(list, tenant, address).await?;
        let is_open = match scan {
            Scan::Never => false,
            Scan::Always => true,
            Scan::WhereNeeded => likely.is_empty() || !can_be_asked(address),
        };
        if is_open {
            open.push(address.clone());
        }
        found.push((address.clone(), likely));
    }
    if open.is_empty() {
        return Ok(found);
    }
    let shown = open.len();
    crate::frame::output::complain(format_args!(
        "looking through the whole list for {shown} of the addresses in any spelling: one call \
         for 1,000 entries; --no-scan leaves this out"
    ));
    let mut scanned = anywhere(list, tenant, &open).await?;
    for (address, entries) in &mut found {
        for other in
            scanned.get_mut(&address.to_lowercase()).map(std::mem::take).unwrap_or_default()
        {
            let is_known = |known: &Found| known.entry.email_address == other.entry.email_address;
            if !entries.iter().any(is_known) {
                entries.push(other);
            }
        }
    }
    Ok(found)
}

/// When the whole list is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    Never,
    /// Where no call finds an address.
    WhereNeeded,
    Always,
}

/// The options for it.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ScanOptions {
    /// Look through the whole list for other spellings, also of addresses that a call finds
    #[arg(long)]
    scan: bool,

    /// Do not look through the list for what no call finds: addresses with a slash and other
    /// spellings are then missed
    #[arg(long, conflicts_with = "scan")]
    no_scan: bool,
}

impl ScanOptions {
    pub(super) fn scan(&self) -> Scan {
        match (self.scan, self.no_scan) {
            (true, _) => Scan::Always,
            (false, true) => Scan::Never,
            (false, false) => Scan::WhereNeeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likely_spellings_come_once_each() {
        assert_eq!(
            spellings("Ann@Example.COM"),
            ["Ann@Example.COM", "Ann@example.com", "ann@example.com"]
        );
        assert_eq!(spellings("ann@example.com"), ["ann@example.com"]);
    }
}
