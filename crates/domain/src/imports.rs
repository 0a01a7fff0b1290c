//! Addresses on their way to the suppression list by import job.
//!
//! SES answers a caller about once a second, so more than a few dozen addresses go
//! on the list as one file that an import job reads: newline-delimited JSON, at most
//! 100,000 addresses a job (Amazon SES, "account-level suppression list").

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::suppression::Reason;

/// Addresses that SES takes in one import job that adds.
pub const LARGEST_JOB: usize = 100_000;

/// First pause after an import job that failed; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(300);
/// Longest pause: somebody who mends a bucket policy should not wait a day.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// How far two clocks may lie apart.
const CLOCK_SKEW_SECONDS: i64 = 300;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow)]
    email_address: Cow<'a, str>,
    reason: Word,
    /// Only in files of [`TenantEntries`].
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    tenant: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Word {
    Bounce,
    Complaint,
}

impl From<Word> for Reason {
    fn from(word: Word) -> Self {
        match word {
            Word::Bounce => Self::Bounce,
            Word::Complaint => Self::Complaint,
        }
    }
}

impl From<Reason> for Word {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Bounce => Self::Bounce,
            Reason::Complaint => Self::Complaint,
        }
    }
}

impl Line<'_> {
    fn write(&self, text: &mut String) {
        // Serialising texts cannot fail.
        if let Ok(line) = serde_json::to_string(self) {
            text.push_str(&line);
            text.push('\n');
        }
    }
}

/// Bytes of a line's fields, quotes and the line break, the texts themselves aside.
const LINE_FRAME: usize = 44;

/// Addresses waiting for one list, each once and with its strongest reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting(BTreeMap<String, Reason>);

/// What [`Waiting::read`] could not use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
        let mut unreadable = Unreadable::default();
        let mut lines = Lines::default();
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
        let Ok(Line { email_address, reason, .. }) = serde_json::from_slice::<Line<'_>>(line)
        else {
            return false;
        };
        self.add(&email_address, reason.into());
        true
    }

    /// The file that an import job reads.
    pub fn lines(&self) -> String {
        // At once as large as it gets: a buffer that grows is held twice while it does.
        let size = self.0.keys().map(|address| address.len() + LINE_FRAME).sum();
        let mut text = String::with_capacity(size);
        for (address, reason) in &self.0 {
            let line =
                Line { email_address: address.into(), reason: (*reason).into(), tenant: None };
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
        self.0.retain(|address, _| keep(address));
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

/// Cuts a file that arrives in pieces into its lines.
#[derive(Debug, Default)]
pub struct Lines {
    /// The beginning of a line whose end has not arrived.
    open: Vec<u8>,
}

/// Longest line that is kept together; an entry has some 400 bytes at most. What is
/// longer is cut and read as several lines.
const LONGEST_LINE: usize = 64 * 1024;

impl Lines {
    /// Hands each line that ends in `piece` to `read`, without its line break.
    pub fn push(&mut self, piece: &[u8], mut read: impl FnMut(&[u8])) {
        let mut parts = piece.split(|byte| *byte == b'\n');
        let mut part = parts.next().unwrap_or_default();
        for next in parts {
            if self.open.is_empty() {
                read(part);
            } else {
                self.open.extend_from_slice(part);
                read(&self.open);
                self.open.clear();
            }
            part = next;
        }
        for chunk in part.chunks(LONGEST_LINE) {
            if self.open.len() + chunk.len() > LONGEST_LINE {
                read(&self.open);
                self.open.clear();
            }
            self.open.extend_from_slice(chunk);
        }
    }

    /// Hands over the last line, where no line break ends it.
    pub fn finish(self, mut read: impl FnMut(&[u8])) {
        if !self.open.is_empty() {
            read(&self.open);
        }
    }
}

/// The addresses of an import job, and which of them its file of failed records names.
///
/// The form of that file is documented nowhere, so every piece of text in it that
/// is one of our addresses counts. The file may be larger than the addresses, so it is
/// read line by line and nothing of it is kept.
#[derive(Debug)]
pub struct FailedRecords {
    /// Each address, its reason, and whether it is named.
    addresses: BTreeMap<String, (Reason, bool)>,
    named: usize,
}

impl FailedRecords {
    /// None of the job's addresses is named yet.
    pub fn of(job: Waiting) -> Self {
        let addresses = job.0.into_iter().map(|(address, reason)| (address, (reason, false)));
        Self { addresses: addresses.collect(), named: 0 }
    }

    /// Reads one line of the file.
    pub fn read_line(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        if let Ok(Line { email_address, .. }) = serde_json::from_str::<Line<'_>>(&line) {
            self.name(&email_address);
        }
        let separators = |c: char| {
            c.is_whitespace() || matches!(c, '"' | ',' | ';' | '<' | '>' | '{' | '}' | '\'')
        };
        line.split(separators).filter(|word| !word.is_empty()).for_each(|word| self.name(word));
    }

    fn name(&mut self, word: &str) {
        if let Some((_, is_named)) = self.addresses.get_mut(word)
            && !*is_named
        {
            *is_named = true;
            self.named += 1;
        }
    }

    /// How many of the addresses are named.
    pub fn named(&self) -> usize {
        self.named
    }

    /// The addresses to put again: those that are named, or all of them where that is
    /// fewer than the `failed` that SES counts. Slow, but no address is lost.
    pub fn to_put_again(self, failed: u64) -> Waiting {
        let is_all_named = self.named as u64 >= failed;
        let again =
            self.addresses.into_iter().filter(|(_, (_, is_named))| !is_all_named || *is_named);
        Waiting(again.map(|(address, (reason, _))| (address, reason)).collect())
    }
}

/// Addresses that wait until it is known whether their tenant has a list of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantEntries(BTreeMap<String, Waiting>);

impl TenantEntries {
    /// Adds an address that a mail of `tenant` was sent to.
    pub fn add(&mut self, tenant: &str, address: &str, reason: Reason) {
        match self.0.get_mut(tenant) {
            Some(waiting) => waiting.add(address, reason),
            None => {
                let mut waiting = Waiting::default();
                waiting.add(address, reason);
                self.0.insert(tenant.to_owned(), waiting);
            }
        }
    }

    /// Adds the entry of one line; false where the line is none.
    pub fn read_line(&mut self, line: &[u8]) -> bool {
        if line.trim_ascii().is_empty() {
            return true;
        }
        match serde_json::from_slice::<Line<'_>>(line) {
            Ok(Line { email_address, reason, tenant: Some(tenant) }) => {
                self.add(&tenant, &email_address, reason.into());
                true
            }
            Ok(Line { tenant: None, .. }) | Err(_) => false,
        }
    }

    /// The file that holds them.
    pub fn lines(&self) -> String {
        let mut text = String::new();
        for (tenant, waiting) in &self.0 {
            for (address, reason) in &waiting.0 {
                let line = Line {
                    email_address: address.into(),
                    reason: (*reason).into(),
                    tenant: Some(tenant.into()),
                };
                line.write(&mut text);
            }
        }
        text
    }

    /// How many addresses.
    pub fn len(&self) -> usize {
        self.0.values().map(Waiting::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tenants' names.
    pub fn tenants(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Takes out what waits for a tenant.
    pub fn take(&mut self, tenant: &str) -> Waiting {
        self.0.remove(tenant).unwrap_or_default()
    }

    /// Keeps the addresses for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        for waiting in self.0.values_mut() {
            waiting.retain(&mut keep);
        }
        self.0.retain(|_, waiting| !waiting.is_empty());
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

    /// Puts right what only a damaged file can hold, at `now` in seconds since 1970: a job
    /// that began in the future would never be given up, a pause beyond the longest one
    /// would hold up all jobs, and a key outside `jobs` would have another file deleted.
    /// Answers whether anything was changed.
    pub fn repair(&mut self, now: i64, jobs: &str) -> bool {
        let before = self.clone();
        if let Some(job) = &mut self.job
            && job.since > now.saturating_add(CLOCK_SKEW_SECONDS)
        {
            job.since = now;
        }
        if self.job.as_ref().is_some_and(|job| !job.key.starts_with(jobs)) {
            self.job = None;
        }
        if self.listing.as_ref().is_some_and(|listing| !listing.key.starts_with(jobs)) {
            self.listing = None;
        }
        let longest = i64::try_from(LONGEST_PAUSE.as_secs()).unwrap_or(i64::MAX);
        if self.next_job_at > now.saturating_add(longest).saturating_add(CLOCK_SKEW_SECONDS) {
            self.next_job_at = now;
        }
        *self != before
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
            let mut failed = FailedRecords::of(all.clone());
            file.lines().for_each(|line| failed.read_line(line.as_bytes()));
            assert_eq!(failed.named(), 2, "{file}");
            assert_eq!(failed.to_put_again(2), expected, "{file}");
        }
    }

    #[test]
    fn all_are_put_again_where_fewer_are_named_than_failed() {
        let all = waiting(&[("a@example.com", Reason::Bounce), ("b@example.com", Reason::Bounce)]);
        let mut failed = FailedRecords::of(all.clone());
        failed.read_line(b"a@example.com a@example.com");
        assert_eq!(failed.named(), 1);
        assert_eq!(failed.to_put_again(2), all);
    }

    #[test]
    fn lines_are_the_same_wherever_a_file_is_cut() {
        let file = b"one\r\n\n\xfftwo\nthree";
        for size in 1..=file.len() {
            let (mut lines, mut read) = (Lines::default(), Vec::new());
            file.chunks(size).for_each(|piece| lines.push(piece, |line| read.push(line.to_vec())));
            lines.finish(|line| read.push(line.to_vec()));
            let expected: [&[u8]; 4] = [b"one\r", b"", b"\xfftwo", b"three"];
            assert_eq!(read, expected, "{size}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept_as_a_whole() {
        let (mut lines, mut longest) = (Lines::default(), 0);
        for _ in 0..100 {
            lines.push(&[b'x'; 10_000], |line| longest = longest.max(line.len()));
        }
        assert!(longest <= LONGEST_LINE && lines.open.len() <= LONGEST_LINE, "{longest}");
    }

    #[test]
    fn entries_of_tenants_are_read_as_they_were_written() {
        let mut written = TenantEntries::default();
        written.add("acme", "a@example.com", Reason::Bounce);
        written.add("acme", "a@example.com", Reason::Complaint);
        written.add("../ \"odd\"", "b@example.com", Reason::Bounce);
        let mut read = TenantEntries::default();
        assert!(written.lines().lines().all(|line| read.read_line(line.as_bytes())));
        assert_eq!((&read, read.len()), (&written, 2));
        assert!(!read.read_line(br#"{"emailAddress":"c@example.com","reason":"BOUNCE"}"#));
        assert_eq!(read.take("acme"), waiting(&[("a@example.com", Reason::Complaint)]));
    }

    #[test]
    fn a_damaged_state_is_put_right() {
        let job = |since, key: &str| Job { id: "1".into(), key: key.into(), addresses: 1, since };
        let mut state = ImportState {
            job: Some(job(9_999_999_999, "jobs/1")),
            next_job_at: i64::MAX,
            ..ImportState::default()
        };
        assert!(state.repair(1_000, "jobs/"));
        assert_eq!((state.job.clone().unwrap().since, state.next_job_at), (1_000, 1_000));
        assert!(!state.repair(1_000, "jobs/"));
        state.job = Some(job(1_000, "../other"));
        state.listing = Some(Listing { key: "other".into(), token: "t".into() });
        assert!(state.repair(1_000, "jobs/"));
        assert_eq!((state.job, state.listing), (None, None));
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
