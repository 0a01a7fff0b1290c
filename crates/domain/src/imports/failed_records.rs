//! The addresses of an import job that SES could not use.

use std::collections::BTreeMap;

use super::Waiting;
use super::line::ImportLine;
use crate::address::RawAddress;
use crate::suppression::SuppressionReason;

/// The addresses of an import job, and which of them its file of failed records names.
///
/// The form of that file is documented nowhere, so every piece of text in it that
/// is one of our addresses counts. The file may be larger than the addresses, so it is
/// read line by line and nothing of it is kept.
#[derive(Debug)]
pub struct FailedRecords {
    /// Each address, its reason, and whether it is named.
    addresses: BTreeMap<RawAddress, (SuppressionReason, bool)>,
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
        if let Ok(ImportLine { email_address, .. }) = serde_json::from_str::<ImportLine<'_>>(&line)
        {
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
