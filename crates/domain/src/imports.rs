//! Addresses on their way to the suppression list by import job.
//!
//! SES answers a caller about once a second, so more than a few dozen addresses go
//! on the list as one file that an import job reads: newline-delimited JSON, at most
//! 100,000 addresses a job (Amazon SES, "account-level suppression list").
//!
//! ```
//! use warden_domain::imports::Waiting;
//! use warden_domain::suppression::SuppressionReason;
//!
//! let mut waiting = Waiting::default();
//! waiting.add("jane@example.com", SuppressionReason::Bounce);
//! waiting.add("jane@example.com", SuppressionReason::Complaint);
//! let file = "{\"emailAddress\":\"jane@example.com\",\"reason\":\"COMPLAINT\"}\n";
//! assert_eq!(waiting.lines(), file);
//! ```

mod failed_records;
mod line;
mod state;
mod tenant_entries;

pub use failed_records::FailedRecords;
pub use line::LineReader;
pub use state::{ImportEvent, ImportState, Job, JobAction, Listing};
pub use tenant_entries::TenantEntries;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::address::RawAddress;
use crate::suppression::SuppressionReason;
use line::{ImportLine, LINE_FRAME};

/// Addresses that SES takes in one import job that adds.
pub const LARGEST_JOB: usize = 100_000;
/// Addresses that SES takes in one import job that deletes.
pub const LARGEST_DELETE_JOB: usize = 10_000;

/// Addresses waiting for one list, each once and with its strongest reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting(BTreeMap<RawAddress, SuppressionReason>);

/// What [`Waiting::read`] could not use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnreadableLines {
    /// Lines that are no entry.
    pub lines: usize,
}

impl Waiting {
    /// Adds an address as SES stores it, that is, exact to the letter.
    pub fn add(&mut self, address: &str, reason: SuppressionReason) {
        match self.0.get_mut(address) {
            Some(known) => *known = (*known).max(reason),
            None => {
                self.0.insert(address.into(), reason);
            }
        }
    }

    /// Adds the entries of a file written by [`Self::lines`].
    ///
    /// # Errors
    /// How many lines are no entry; the others are added all the same.
    pub fn read(&mut self, file: &[u8]) -> Result<(), UnreadableLines> {
        let mut unreadable = UnreadableLines::default();
        let mut lines = LineReader::default();
        lines.push(file, |line| unreadable.lines += usize::from(!self.read_line(line)));
        lines.finish(|line| unreadable.lines += usize::from(!self.read_line(line)));
        if unreadable.lines == 0 { Ok(()) } else { Err(unreadable) }
    }

    /// Adds the entry of one line; false where the line is none. A blank line is no entry
    /// and no fault.
    pub fn read_line(&mut self, line: &[u8]) -> bool {
        if line.trim_ascii().is_empty() {
            return true;
        }
        let Ok(ImportLine { email_address, reason, .. }) =
            serde_json::from_slice::<ImportLine<'_>>(line)
        else {
            return false;
        };
        self.add(&email_address, reason.into());
        true
    }

    /// The file that an import job reads.
    pub fn lines(&self) -> String {
        // At once as large as it gets: a buffer that grows is held twice while it does.
        let size = self.0.keys().map(|address| address.expose().len() + LINE_FRAME).sum();
        let mut text = String::with_capacity(size);
        for (address, reason) in &self.0 {
            let line = ImportLine {
                email_address: address.expose().into(),
                reason: (*reason).into(),
                tenant: None,
            };
            line.write(&mut text);
        }
        text
    }

    /// How many addresses.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it holds so many bounces, which an import could put over complaints.
    pub fn bounces(&self) -> usize {
        self.0.values().filter(|reason| **reason == SuppressionReason::Bounce).count()
    }

    /// Leaves out bounces of addresses that are listed for a complaint already: an
    /// import overrides the reason that is there.
    pub fn leave_out_listed_complaint(&mut self, address: &str) {
        if self.0.get(address) == Some(&SuppressionReason::Bounce) {
            self.0.remove(address);
        }
    }

    /// Takes an address out, once it is done.
    pub fn remove(&mut self, address: &str) {
        self.0.remove(address);
    }

    /// The addresses and their reasons, complaints first.
    pub fn by_weight(&self) -> Vec<(RawAddress, SuppressionReason)> {
        let mut entries: Vec<(RawAddress, SuppressionReason)> =
            self.0.iter().map(|(address, reason)| (address.clone(), *reason)).collect();
        entries.sort_by_key(|(_, reason)| std::cmp::Reverse(*reason));
        entries
    }

    /// Adds all of `other`.
    pub fn append(&mut self, other: Self) {
        if self.0.is_empty() {
            self.0 = other.0;
            return;
        }
        for (address, reason) in other.0 {
            match self.0.entry(address) {
                Entry::Occupied(mut known) => *known.get_mut() = reason.max(*known.get()),
                Entry::Vacant(slot) => {
                    slot.insert(reason);
                }
            }
        }
    }

    /// Keeps the addresses for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.0.retain(|address, _| keep(address.expose()));
    }

    /// The same addresses in parts of at most `largest`.
    pub fn into_parts(self, largest: usize) -> impl Iterator<Item = Self> {
        let mut entries = self.0.into_iter().peekable();
        std::iter::from_fn(move || {
            entries.peek()?;
            Some(Self(entries.by_ref().take(largest.max(1)).collect()))
        })
    }
}

#[cfg(test)]
mod tests;
