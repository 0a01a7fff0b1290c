//! The decisions of the journal, added up by what receivers said.

use std::collections::BTreeMap;

use warden_domain::journal::{AddressId, DecisionRecord, EventKind, Item};
use warden_domain::outcome::Ignored;

/// Different texts that are kept apart; what comes after counts, without its text.
const MOST_TEXTS: usize = 5_000;

/// Decisions that share a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextCount {
    /// How many.
    pub count: u64,
    /// The code of their class.
    pub class: String,
    /// The status code as it came.
    pub status: String,
    /// The text, without addresses.
    pub text: String,
}

/// Sums of decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Bounces by the id of their text.
    pub texts: BTreeMap<String, TextCount>,
    /// Bounces whose text found no place.
    pub beyond: u64,
    /// Bounces by class and sender's domain.
    pub classes: BTreeMap<(String, String), u64>,
    /// All bounces.
    pub bounces: u64,
    /// All complaints.
    pub complaints: u64,
    /// Recipients that were to go on the list.
    pub suppressed: u64,
}

impl Decisions {
    /// Adds an item of the journal; one of a drill, or of another kind, does not count.
    pub fn add(&mut self, item: &Item) {
        self.add_where(item, |_| true);
    }

    /// As [`Self::add`], if `counts` says so.
    pub fn add_where(&mut self, item: &Item, counts: impl Fn(&DecisionRecord) -> bool) {
        let digits = item.key.partition.split_once('#').map(|(_, digits)| digits);
        let Some(id) = digits.and_then(AddressId::from_digits) else { return };
        let Some(record) = DecisionRecord::from_item(&id, item) else { return };
        if record.reason == Ignored::Simulator.code() || !counts(&record) {
            return;
        }
        self.suppressed += u64::from(record.suppresses);
        match record.kind {
            EventKind::Complaint => self.complaints += 1,
            EventKind::Bounce => {
                self.bounces += 1;
                let class = if record.class.is_empty() { "unknown" } else { &record.class };
                *self.classes.entry((class.to_owned(), record.domain)).or_default() += 1;
                if self.texts.len() >= MOST_TEXTS && !self.texts.contains_key(&record.text_id) {
                    self.beyond += 1;
                    return;
                }
                let text = self.texts.entry(record.text_id).or_default();
                if text.count == 0 {
                    (text.class, text.status, text.text) =
                        (class.to_owned(), record.status, record.text);
                }
                text.count += 1;
            }
        }
    }
}
