//! What each message of a batch adds to which series: the batch in double entry.
//!
//! Sums are made at the end, and for any selection of the messages, so that a
//! message can be taken back and a batch be cut into calls along its messages.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::samples::DurationBucket;
use super::series::{Amount, Datum, Series};

/// One message's part of one series and minute.
#[derive(Debug, Clone, Copy)]
pub(super) struct LedgerEntry {
    /// The message's place in the batch.
    pub(super) message: usize,
    /// Index of series and minute.
    pub(super) cell: usize,
    /// `None`: it counts. Otherwise durations.
    pub(super) bucket: Option<DurationBucket>,
    /// How many.
    pub(super) times: u64,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    index: HashMap<(Series, i64), usize>,
    cells: Vec<(Series, i64)>,
    entries: Vec<LedgerEntry>,
    /// Messages in their order, each with its entries, which lie together.
    messages: Vec<Range<usize>>,
    /// Entries before this place belong to messages that are done.
    done: usize,
}

impl Ledger {
    /// Begins a message. What an unfinished one before it entered is struck out.
    pub(super) fn begin(&mut self) {
        self.entries.truncate(self.done);
    }

    /// Ends the message that was begun.
    pub(super) fn commit(&mut self) {
        if self.done < self.entries.len() {
            self.messages.push(self.done..self.entries.len());
            self.done = self.entries.len();
        }
    }

    pub(super) fn enter(
        &mut self,
        message: usize,
        series: Series,
        minute: i64,
        bucket: Option<DurationBucket>,
        times: u64,
    ) {
        let next = self.cells.len();
        let cell = *self.index.entry((series, minute)).or_insert_with_key(|key| {
            self.cells.push(key.clone());
            next
        });
        let open = self.entries.get_mut(self.done..).unwrap_or_default();
        match open.iter_mut().find(|entry| entry.cell == cell && entry.bucket == bucket) {
            Some(entry) => entry.times += times,
            None => self.entries.push(LedgerEntry { message, cell, bucket, times }),
        }
    }

    /// Whether the open message has entered anything.
    pub(super) fn has_open(&self) -> bool {
        self.done < self.entries.len()
    }

    pub(super) fn cell(&self, cell: usize) -> Option<&(Series, i64)> {
        self.cells.get(cell)
    }

    /// The entries of each message.
    pub(super) fn messages(&self) -> impl Iterator<Item = &[LedgerEntry]> {
        self.messages.iter().map(|range| self.entries.get(range.clone()).unwrap_or_default())
    }

    /// Adds entries up: one datum for each cell, or several where it has more than
    /// `values` different ones; by series and minute.
    pub(super) fn data<'a>(
        &self,
        entries: impl IntoIterator<Item = &'a LedgerEntry>,
        values: usize,
    ) -> Vec<Datum> {
        let mut sums: BTreeMap<usize, BTreeMap<Option<DurationBucket>, Sum>> = BTreeMap::new();
        for entry in entries {
            let sum = sums.entry(entry.cell).or_default().entry(entry.bucket).or_default();
            sum.times += entry.times;
            sum.messages.push(entry.message);
        }
        let mut data: Vec<Datum> = Vec::with_capacity(sums.len());
        for (cell, sums) in sums {
            let Some((series, minute_seconds)) = self.cells.get(cell) else { continue };
            let mut datum = |amount, mut messages: Vec<usize>| {
                messages.sort_unstable();
                messages.dedup();
                data.push(Datum {
                    series: series.clone(),
                    minute_seconds: *minute_seconds,
                    amount,
                    messages,
                });
            };
            let mut samples = Vec::new();
            for (bucket, sum) in sums {
                match bucket {
                    None => datum(Amount::Count(sum.times), sum.messages),
                    Some(bucket) => samples.push((bucket, sum)),
                }
            }
            while !samples.is_empty() {
                let rest = samples.split_off(samples.len().min(values.max(1)));
                let pairs =
                    samples.iter().map(|(bucket, sum)| (bucket.millis(), sum.times)).collect();
                datum(
                    Amount::Millis(pairs),
                    samples.into_iter().flat_map(|(_, sum)| sum.messages).collect(),
                );
                samples = rest;
            }
        }
        data.sort_by(|a, b| (&a.series, a.minute_seconds).cmp(&(&b.series, b.minute_seconds)));
        data
    }
}

#[derive(Debug, Default)]
struct Sum {
    times: u64,
    messages: Vec<usize>,
}
