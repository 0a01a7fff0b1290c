//! Addresses on their way to the suppression list by import job.
//!
//! SES answers a caller about once a second, so more than a few dozen addresses go
//! on the list as one file that an import job reads: newline-delimited JSON, at most
//! 100,000 addresses a job (Amazon SES, "account-level suppression list").

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::suppression::Reason;

/// Addresses that SES takes in one import job that adds.
pub const LARGEST_JOB: usize = 100_000;

/// First pause after an import job that failed; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(300);
/// Longest pause: somebody who mends a bucket policy should not wait a day.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    email_address: String,
    reason: Word,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Word {
    Bounce,
    Complaint,
}

/// Addresses waiting for one list, each once and with its strongest reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting(BTreeMap<String, Reason>);

/// What [`Waiting::read`] could not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// Lines that are no entry.
    pub lines: usize,
}

impl Waiting {
    /// Adds an address as SES stores it, that is, exact to the letter.
    pub fn add(&mut self, address: &str, reason: Reason) {
        match self.0.get_mut(address) {
            Some(known) => *known = (*known).max(reason),
            None => {
                self.0.insert(address.to_owned(), reason);
            }
        }
    }

    /// Adds the entries of a file written by [`Self::lines`].
    ///
    /// # Errors
    /// How many lines are no entry; the others are added all the same.
    pub fn read(&mut self, file: &[u8]) -> Result<(), Unreadable> {
        let mut lines = 0;
        for line in file.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            match serde_json::from_slice::<Line>(line) {
                Ok(Line { email_address, reason }) => {
                    let reason = match reason {
                        Word::Bounce => Reason::Bounce,
                        Word::Complaint => Reason::Complaint,
                    };
                    self.add(&email_address, reason);
                }
                Err(_) => lines += 1,
            }
        }
        if lines == 0 { Ok(()) } else { Err(Unreadable { lines }) }
    }

    /// The file that an import job reads.
    pub fn lines(&self) -> String {
        let mut text = String::with_capacity(self.0.len() * 64);
        for (address, reason) in &self.0 {
            let reason = match reason {
                Reason::Bounce => Word::Bounce,
                Reason::Complaint => Word::Complaint,
            };
            // Serialising two strings cannot fail.
            if let Ok(line) =
                serde_json::to_string(&Line { email_address: address.clone(), reason })
            {
                text.push_str(&line);
                text.push('\n');
            }
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
        self.0.values().filter(|reason| **reason == Reason::Bounce).count()
    }

    /// Leaves out bounces of addresses that are listed for a complaint already: an
    /// import overrides the reason that is there.
    pub fn leave_out_listed_complaint(&mut self, address: &str) {
        if self.0.get(address) == Some(&Reason::Bounce) {
            self.0.remove(address);
        }
    }

    /// Takes an address out, once it is done.
    pub fn remove(&mut self, address: &str) {
        self.0.remove(address);
    }

    /// The addresses and their reasons, complaints first.
    pub fn by_weight(&self) -> Vec<(String, Reason)> {
        let mut entries: Vec<(String, Reason)> =
            self.0.iter().map(|(address, reason)| (address.clone(), *reason)).collect();
        entries.sort_by_key(|(_, reason)| std::cmp::Reverse(*reason));
        entries
    }

    /// Those of its addresses that a job's file of failed records speaks of.
    ///
    /// The form of that file is documented nowhere, so every piece of text in it that
    /// is one of our addresses counts.
    pub fn named_in(&self, failed_records: &str) -> Self {
        let separators = |c: char| {
            c.is_whitespace() || matches!(c, '"' | ',' | ';' | '<' | '>' | '{' | '}' | '\'')
        };
        let mut named = BTreeSet::new();
        for line in failed_records.lines() {
            if let Ok(Line { email_address, .. }) = serde_json::from_str(line) {
                named.insert(email_address);
            }
            named.extend(line.split(separators).map(str::to_owned));
        }
        Self(
            self.0
                .iter()
                .filter(|(address, _)| named.contains(*address))
                .map(|(a, r)| (a.clone(), *r))
                .collect(),
        )
    }
}

/// What is known between two visits of the imports into one Region's list; kept as
/// an object beside the files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImportState {
    /// A job is being made or at work. Complaints that come meanwhile are staged as
    /// well as put, because the job may put an older bounce over them.
    pub busy: bool,
    /// How far the listing of complaints has come, where it takes several visits.
    pub listing: Option<Listing>,
    /// The job at work.
    pub job: Option<Job>,
    /// Jobs in a row that failed.
    pub failures: u32,
    /// No further job before this time, in seconds since 1970.
    pub next_job_at: i64,
}

/// A listing of complaints that goes on with the next visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// The file it is for.
    pub key: String,
    /// SES's token of the next page.
    pub token: String,
}

/// A job that SES accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// SES's id.
    pub id: String,
    /// The file it reads.
    pub key: String,
    /// Addresses in the file.
    pub addresses: usize,
    /// When it was accepted, in seconds since 1970.
    pub since: i64,
}

impl ImportState {
    /// A job ended well.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// A job failed or was refused at `now`, in seconds since 1970; the next is
    /// tried after a pause that grows. It stays busy: SES may have accepted a job
    /// whose answer was lost.
    pub fn failed(&mut self, now: i64) {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)).min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        self.next_job_at = now.saturating_add(i64::try_from(pause.as_secs()).unwrap_or(i64::MAX));
        self.job = None;
        self.listing = None;
    }

    /// Whether a job may be made now.
    pub fn may_import(&self, now: i64) -> bool {
        now >= self.next_job_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(entries: &[(&str, Reason)]) -> Waiting {
        let mut waiting = Waiting::default();
        entries.iter().for_each(|(address, reason)| waiting.add(address, *reason));
        waiting
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let entries = [
            ("jane@example.com", Reason::Bounce),
            ("Jane@example.com", Reason::Complaint),
            ("\"quoted, with \\\" odd\"@example.com", Reason::Bounce),
            ("dept/x@example.com", Reason::Bounce),
            ("j\u{fc}rgen@example.com", Reason::Complaint),
        ];
        let written = waiting(&entries);
        let mut read = Waiting::default();
        assert_eq!(read.read(written.lines().as_bytes()), Ok(()));
        assert_eq!(read, written);
        assert_eq!(read.len(), 5);
        assert!(written.lines().starts_with(r#"{"emailAddress":"\"quoted"#), "{}", written.lines());
    }

    #[test]
    fn a_complaint_outranks_a_bounce_in_any_order() {
        for order in [[Reason::Bounce, Reason::Complaint], [Reason::Complaint, Reason::Bounce]] {
            let mut both = Waiting::default();
            order.iter().for_each(|reason| both.add("a@example.com", *reason));
            assert_eq!(both, waiting(&[("a@example.com", Reason::Complaint)]));
        }
    }

    #[test]
    fn a_spoilt_line_costs_no_other() {
        let mut read = Waiting::default();
        let file =
            b"{\"emailAddress\":\"a@example.com\",\"reason\":\"BOUNCE\"}\r\nnot json\n\n{\"emailAddress\":1}\n\xff\n\
            {\"emailAddress\":\"b@example.com\",\"reason\":\"COMPLAINT\",\"more\":true}";
        assert_eq!(read.read(file), Err(Unreadable { lines: 3 }));
        assert_eq!(
            read,
            waiting(&[("a@example.com", Reason::Bounce), ("b@example.com", Reason::Complaint)])
        );
    }

    #[test]
    fn only_bounces_give_way_to_listed_complaints() {
        let mut entries =
            waiting(&[("a@example.com", Reason::Bounce), ("b@example.com", Reason::Complaint)]);
        for address in ["a@example.com", "b@example.com", "c@example.com"] {
            entries.leave_out_listed_complaint(address);
        }
        assert_eq!(entries, waiting(&[("b@example.com", Reason::Complaint)]));
        assert_eq!(entries.bounces(), 0);
    }

    #[test]
    fn failed_records_are_found_in_any_form_of_file() {
        let all = waiting(&[
            ("a@example.com", Reason::Bounce),
            ("b@example.com", Reason::Complaint),
            ("c@example.com", Reason::Bounce),
            ("\"d e\"@example.com", Reason::Bounce),
        ]);
        let expected =
            waiting(&[("a@example.com", Reason::Bounce), ("\"d e\"@example.com", Reason::Bounce)]);
        for file in [
            "{\"emailAddress\":\"a@example.com\",\"reason\":\"BOUNCE\",\"error\":\"no\"}\n{\"emailAddress\":\"\\\"d e\\\"@example.com\",\"reason\":\"BOUNCE\"}\n",
            "{\"emailAddress\":\"\\\"d e\\\"@example.com\",\"reason\":\"BOUNCE\"}\na@example.com,BOUNCE,invalid; sorry\nother@example.com,BOUNCE",
        ] {
            assert_eq!(all.named_in(file), expected, "{file}");
        }
        assert!(all.named_in("").is_empty());
    }

    #[test]
    fn pauses_grow_and_end() {
        let mut state = ImportState { busy: true, ..ImportState::default() };
        let mut pauses = Vec::new();
        for _ in 0..6 {
            state.failed(1_000);
            pauses.push(state.next_job_at - 1_000);
            assert!(!state.may_import(1_000) && state.may_import(state.next_job_at) && state.busy);
        }
        assert_eq!(pauses, [300, 600, 1200, 2400, 3600, 3600]);
        for _ in 0..100 {
            state.failed(i64::MAX - 1);
        }
        state.succeeded();
        assert_eq!(state, ImportState::default());
    }

    #[test]
    fn a_state_of_another_version_is_understood() {
        let state: ImportState = serde_json::from_str(r#"{"busy":true,"new":1}"#).unwrap();
        assert_eq!(state, ImportState { busy: true, ..ImportState::default() });
    }
}
