//! From a batch to calls of PutMetricData, and from their ends to the ends of the
//! messages.
//!
//! A call is all or nothing. So a batch that needs several is cut along its
//! messages: each message's data lie in one call, which either takes all of them or
//! leaves the message to come again as if it had never been there. The price is
//! that a series may have a datum in more than one call; messages of one domain and
//! minute go together, which keeps that to few.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::BatchTotals;
use super::event_key::EventKey;
use super::ledger::LedgerEntry;
use super::limits::Limits;
use super::recent::Recent;
use super::samples::DurationBucket;
use super::series::{Datum, Series};
use crate::outcome::{GivenBack, Ignored, Outcome};

/// Bytes of a datum in CBOR besides its names and values: its field names, time
/// stamp and unit.
const DATUM_BYTES: usize = 112;
/// Bytes of a dimension besides name and value.
const DIMENSION_BYTES: usize = 20;
/// Bytes of a value and its count, each a double.
const VALUE_BYTES: usize = 18;

/// The data of one PutMetricData.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// By series and minute; never empty.
    pub data: Vec<Datum>,
}

/// How writing a datum ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatumEnd {
    /// CloudWatch has it.
    Written,
    /// CloudWatch will never take it.
    Refused,
    /// CloudWatch may not have it, for this reason; another attempt may help.
    Failed(GivenBack),
}

impl BatchTotals {
    /// The batch in calls that hold `limits`, each message in one of them.
    ///
    /// A message never needs more than one: its series are bounded by the kinds of
    /// metrics, faults and providers there are, which is some hundred.
    pub fn calls(&self, limits: &Limits) -> Vec<Call> {
        let mut messages: Vec<&[LedgerEntry]> = self.ledger.messages().collect();
        // Messages of one minute have series in common, those of one domain more.
        messages.sort_by_cached_key(|entries| {
            let cell = |entry: &LedgerEntry| self.ledger.cell(entry.cell);
            let domain = |(series, minute): &(Series, i64)| {
                Some((*minute, series.dimensions.domain()?.clone()))
            };
            (
                entries.iter().filter_map(cell).find_map(domain),
                entries.first().map(|entry| entry.message),
            )
        });
        let mut calls = Vec::new();
        let mut load = Load::new(self, limits);
        let mut taken: Vec<&[LedgerEntry]> = Vec::new();
        for message in messages {
            if !load.take(message) {
                if !taken.is_empty() {
                    calls.push(self.call(&taken, limits));
                    taken.clear();
                }
                load.clear();
                // Too large for a call of its own is impossible; the service would say so.
                load.take(message);
            }
            taken.push(message);
        }
        if !taken.is_empty() {
            calls.push(self.call(&taken, limits));
        }
        calls
    }

    fn call(&self, messages: &[&[LedgerEntry]], limits: &Limits) -> Call {
        Call { data: self.ledger.data(messages.iter().copied().flatten(), limits.values) }
    }

    /// Remembers what is written, and says of each message that did not fare well
    /// how it ends. `ends` has an end for each datum of each call.
    pub fn resolve(
        &self,
        calls: &[Call],
        ends: &[Vec<DatumEnd>],
        recent: &mut Recent,
    ) -> BTreeMap<usize, Outcome> {
        let mut worse: BTreeMap<usize, Outcome> = BTreeMap::new();
        let all = || calls.iter().zip(ends).flat_map(|(call, ends)| call.data.iter().zip(ends));
        for (datum, end) in all() {
            for message in &datum.messages {
                match *end {
                    DatumEnd::Written => {}
                    DatumEnd::Refused => {
                        worse.entry(*message).or_insert(Ignored::Refused.into());
                    }
                    DatumEnd::Failed(reason) => {
                        worse.insert(*message, reason.into());
                    }
                }
            }
        }
        let is_given_back =
            |message: &usize| worse.get(message).is_some_and(|end| end.is_given_back());
        // What was not written will come again and must count then.
        recent.remember(
            self.keys.iter().filter(|(_, message)| !is_given_back(message)).map(|(key, _)| *key),
        );
        // Only the search for a refused datum tears a call apart.
        let mut torn: BTreeMap<usize, HashSet<Series>> = BTreeMap::new();
        for (datum, _) in all().filter(|(_, end)| !matches!(end, DatumEnd::Failed(_))) {
            for message in datum.messages.iter().filter(|message| is_given_back(message)) {
                torn.entry(*message).or_default().insert(datum.series.clone());
            }
        }
        let mut keys: BTreeMap<usize, Vec<EventKey>> = BTreeMap::new();
        for (key, message) in self.keys.iter().filter(|(_, message)| torn.contains_key(message)) {
            keys.entry(*message).or_default().push(*key);
        }
        for (message, keys) in keys {
            if let Some(series) = torn.get(&message) {
                recent.remember_part(keys, series);
            }
        }
        worse
    }
}

/// How full the call is that is being filled.
struct Load<'a> {
    totals: &'a BatchTotals,
    limits: &'a Limits,
    data: usize,
    bytes: usize,
    cells: HashSet<usize>,
    samples: HashMap<usize, HashSet<DurationBucket>>,
}

impl<'a> Load<'a> {
    fn new(totals: &'a BatchTotals, limits: &'a Limits) -> Self {
        Self { totals, limits, data: 0, bytes: 0, cells: HashSet::new(), samples: HashMap::new() }
    }

    fn clear(&mut self) {
        *self = Self::new(self.totals, self.limits);
    }

    /// Takes a message in; false, and unchanged, where it would not fit.
    fn take(&mut self, message: &[LedgerEntry]) -> bool {
        let (mut data, mut bytes) = (self.data, self.bytes);
        for entry in message {
            match entry.bucket {
                None if self.cells.contains(&entry.cell) => {}
                None => {
                    data += 1;
                    bytes += self.datum_bytes(entry.cell) + VALUE_BYTES;
                }
                Some(bucket) => {
                    let known = self.samples.get(&entry.cell);
                    if known.is_some_and(|buckets| buckets.contains(&bucket)) {
                        continue;
                    }
                    if known.map_or(0, HashSet::len).is_multiple_of(self.limits.values) {
                        data += 1;
                        bytes += self.datum_bytes(entry.cell);
                    }
                    bytes += VALUE_BYTES;
                }
            }
        }
        if data > self.limits.data || bytes > self.limits.bytes {
            return false;
        }
        (self.data, self.bytes) = (data, bytes);
        for entry in message {
            match entry.bucket {
                None => {
                    self.cells.insert(entry.cell);
                }
                Some(bucket) => {
                    self.samples.entry(entry.cell).or_default().insert(bucket);
                }
            }
        }
        true
    }

    fn datum_bytes(&self, cell: usize) -> usize {
        self.totals.ledger.cell(cell).map_or(0, |(series, _)| series_bytes(series))
    }
}

fn series_bytes(series: &Series) -> usize {
    let dimensions = series.dimensions.pairs();
    let dimensions: usize =
        dimensions.iter().map(|(name, value)| name.len() + value.len() + DIMENSION_BYTES).sum();
    DATUM_BYTES + series.metric.name().len() + dimensions
}

impl Datum {
    /// What it adds to a call before compression, in bytes; never too low.
    pub fn bytes(&self) -> usize {
        let values = match &self.amount {
            super::Amount::Count(_) => 1,
            super::Amount::Millis(values) => values.len(),
        };
        series_bytes(&self.series) + values * VALUE_BYTES
    }
}
