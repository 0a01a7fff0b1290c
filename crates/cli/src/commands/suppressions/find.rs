//! Every spelling of an address that is on a list.
//!
//! SES compares addresses without case when it sends, but its calls find an entry only by the
//! spelling in which it was put, and refuse addresses with a slash (aws/aws-sdk issue 158). So
//! what a call cannot find is looked for in the whole list.

use std::collections::BTreeMap;

use serde::Serialize;
use warden_aws::{CallError, ListFilter, SuppressionList};

use super::entry::{Entry, time};
use super::pages;
use crate::frame::output::{OutputRecord, write_stderr};

/// An entry with what only GetSuppressedDestination says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FoundEntry {
    #[serde(flatten)]
    pub(super) entry: Entry,
    /// The mail that SES listed the address for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_id: Option<String>,
    /// SES's own id of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) feedback_id: Option<String>,
}

impl OutputRecord for FoundEntry {
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
) -> Result<Option<FoundEntry>, CallError> {
    let entry = list.entry(tenant, address).await?;
    Ok(entry.map(|entry| FoundEntry {
        entry: Entry {
            email_address: address.to_owned(),
            reason: entry.reason.code().to_owned(),
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
) -> Result<Vec<FoundEntry>, CallError> {
    let mut found = Vec::new();
    for spelling in spellings(address).iter().filter(|spelling| can_be_asked(spelling)) {
        found.extend(exact(list, tenant, spelling).await?);
    }
    Ok(found)
}

/// Entries that a quick search reads: ten pages, a few seconds.
const QUICK_SEARCH: usize = 10_000;

/// What a search of the list found.
#[derive(Debug)]
pub(super) struct ListSearch {
    /// Entries by the address in lower case.
    pub(super) found: BTreeMap<String, Vec<FoundEntry>>,
    /// Whether the search read the list to its end.
    is_whole: bool,
}

/// Looks through the list for any spelling of the addresses: through all of it, or as far as a
/// quick look goes.
///
/// # Errors
/// [`CallError`].
async fn search(
    list: &SuppressionList,
    tenant: Option<&str>,
    addresses: &[String],
    most: usize,
) -> anyhow::Result<ListSearch> {
    let mut found: BTreeMap<String, Vec<FoundEntry>> =
        addresses.iter().map(|address| (address.to_lowercase(), Vec::new())).collect();
    let filter = ListFilter { tenant: tenant.map(str::to_owned), ..ListFilter::default() };
    let (mut seen, mut is_whole) = (0, true);
    pages::each(list, &filter, |listed| {
        if seen == most {
            is_whole = false;
            return Ok(false);
        }
        seen += 1;
        if let Some(entries) = found.get_mut(&listed.address.expose().to_lowercase()) {
            let entry = Entry::from(listed);
            entries.push(FoundEntry { entry, message_id: None, feedback_id: None });
        }
        Ok(true)
    })
    .await?;
    Ok(ListSearch { found, is_whole })
}

/// Looks through the whole list; entries by the address in lower case.
///
/// # Errors
/// [`CallError`].
pub(super) async fn anywhere(
    list: &SuppressionList,
    tenant: Option<&str>,
    addresses: &[String],
) -> anyhow::Result<BTreeMap<String, Vec<FoundEntry>>> {
    Ok(search(list, tenant, addresses, usize::MAX).await?.found)
}

/// Finds every spelling of each address, by calls and in the list. Answers address by address.
///
/// # Errors
/// [`CallError`].
pub(super) async fn every(
    list: &SuppressionList,
    tenant: Option<&str>,
    addresses: &[String],
    scan: SpellingScan,
) -> anyhow::Result<Vec<(String, Vec<FoundEntry>)>> {
    let mut found = Vec::new();
    for address in addresses {
        found.push((address.clone(), likely(list, tenant, address).await?));
    }
    let is_missed = found.iter().any(|(address, f)| f.is_empty() || !can_be_asked(address));
    let most = match scan {
        SpellingScan::Never => return Ok(found),
        SpellingScan::WhereNeeded if !is_missed => QUICK_SEARCH,
        SpellingScan::WhereNeeded | SpellingScan::Always => usize::MAX,
    };
    let mut searched = search(list, tenant, addresses, most).await?;
    if !searched.is_whole {
        write_stderr(format_args!(
            "the first {QUICK_SEARCH} entries of the list were looked through for other spellings; \
             --scan looks through all of it"
        ));
    }
    for (address, entries) in &mut found {
        let others = searched.found.get_mut(&address.to_lowercase()).map(std::mem::take);
        for other in others.unwrap_or_default() {
            let is_known =
                |known: &FoundEntry| known.entry.email_address == other.entry.email_address;
            if !entries.iter().any(is_known) {
                entries.push(other);
            }
        }
    }
    Ok(found)
}

/// How far the list is looked through for spellings that no call finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpellingScan {
    Never,
    /// Through all of it where a call does not find an address, else a quick look.
    WhereNeeded,
    Always,
}

/// The options for it.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ScanOptions {
    /// Look through the whole list for other spellings, also of addresses that a call finds
    #[arg(long)]
    scan: bool,

    /// Do not look through the list: addresses with a slash and unusual spellings are then missed
    #[arg(long, conflicts_with = "scan")]
    no_scan: bool,
}

impl ScanOptions {
    /// What was asked for, or the usual of the command.
    pub(super) fn scan(&self, usual: SpellingScan) -> SpellingScan {
        match (self.scan, self.no_scan) {
            (true, _) => SpellingScan::Always,
            (false, true) => SpellingScan::Never,
            (false, false) => usual,
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
