//! A bounded memory of what was counted.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::event_key::EventKey;
use super::series::Series;

/// Most partly written keys to remember: more than the recipients that a batch of 6 MB can name.
const MAX_PARTS: usize = 100_000;

/// The keys counted last, up to a bound; the oldest go first.
#[derive(Debug)]
pub struct Recent {
    bound: usize,
    order: VecDeque<EventKey>,
    set: HashSet<EventKey>,
    parts: SeriesParts,
}

impl Recent {
    /// A memory of at most `bound` keys (about 50 bytes each).
    pub fn new(bound: usize) -> Self {
        Self {
            bound,
            order: VecDeque::new(),
            set: HashSet::new(),
            parts: SeriesParts::new(MAX_PARTS),
        }
    }

    /// Whether `key` was counted.
    pub fn holds(&self, key: EventKey) -> bool {
        self.set.contains(&key)
    }

    /// Remembers keys whose data are written.
    pub fn remember(&mut self, keys: impl IntoIterator<Item = EventKey>) {
        for key in keys {
            if self.set.insert(key) {
                self.order.push_back(key);
            }
            while self.order.len() > self.bound {
                if let Some(oldest) = self.order.pop_front() {
                    self.set.remove(&oldest);
                }
            }
        }
    }

    /// The series of a key that are written already, although its message was given
    /// back.
    pub(super) fn written_of(&self, key: EventKey) -> Option<&HashSet<Series>> {
        self.parts.of.get(&key).map(|(_, series)| &**series)
    }

    /// Remembers that these series of what counts under the keys of a message were
    /// written.
    pub(super) fn remember_part(&mut self, keys: Vec<EventKey>, series: &HashSet<Series>) {
        self.parts.add(keys, series);
    }
}

/// Series that are written already, of one key or of several.
type Written = Arc<HashSet<Series>>;

/// Series that are written already, by key. The keys of a message share one set, for a
/// message may have some ten thousand recipients; the oldest messages go first, whole.
#[derive(Debug)]
struct SeriesParts {
    bound: usize,
    /// With the number of the message that the key belongs to by now.
    of: HashMap<EventKey, (u64, Written)>,
    order: VecDeque<(u64, Vec<EventKey>)>,
    /// Keys in `order`.
    held: usize,
    messages: u64,
}

impl SeriesParts {
    fn new(bound: usize) -> Self {
        Self { bound, of: HashMap::new(), order: VecDeque::new(), held: 0, messages: 0 }
    }

    fn add(&mut self, keys: Vec<EventKey>, series: &HashSet<Series>) {
        self.messages += 1;
        // What was written of a key before stays so. Keys that shared a set share the next.
        let mut grown: Vec<(Option<Written>, Written)> = Vec::new();
        for key in &keys {
            let before = self.of.get(key).map(|(_, series)| series.clone());
            let known = grown.iter().find(|(old, _)| match (old, &before) {
                (Some(old), Some(before)) => Arc::ptr_eq(old, before),
                (old, before) => old.is_none() && before.is_none(),
            });
            let after = known.map(|(_, after)| after.clone()).unwrap_or_else(|| {
                let after: HashSet<Series> =
                    before.iter().flat_map(|old| old.iter()).chain(series).cloned().collect();
                let after = Arc::new(after);
                grown.push((before, after.clone()));
                after
            });
            self.of.insert(*key, (self.messages, after));
        }
        self.held += keys.len();
        self.order.push_back((self.messages, keys));
        while self.held > self.bound {
            let Some((message, keys)) = self.order.pop_front() else { break };
            self.held -= keys.len();
            for key in keys {
                if self.of.get(&key).is_some_and(|(owner, _)| *owner == message) {
                    self.of.remove(&key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Dimensions, Metric};

    fn series(metric: Metric) -> HashSet<Series> {
        HashSet::from([Series { metric, dimensions: Dimensions::None }])
    }

    fn holds(parts: &SeriesParts, key: u64, metric: Metric) -> bool {
        parts.of.get(&EventKey(key)).is_some_and(|(_, written)| series(metric).is_subset(written))
    }

    #[test]
    fn a_message_of_twelve_thousand_recipients_is_remembered_whole() {
        let mut recent = Recent::new(10);
        let keys: Vec<EventKey> = (0..12_000).map(EventKey).collect();
        recent.remember_part(keys.clone(), &series(Metric::BounceHard));
        assert!(
            keys.iter().all(|key| recent.written_of(*key) == Some(&series(Metric::BounceHard)))
        );
        let sets: HashSet<*const HashSet<Series>> =
            recent.parts.of.values().map(|(_, set)| Arc::as_ptr(set)).collect();
        assert_eq!(sets.len(), 1, "one set for all of them");
    }

    #[test]
    fn the_oldest_messages_go_first_and_the_memory_is_bounded() {
        let mut parts = SeriesParts::new(4);
        for message in 0..3 {
            parts
                .add(vec![EventKey(2 * message), EventKey(2 * message + 1)], &series(Metric::Send));
        }
        assert_eq!(
            (0..6).map(|key| holds(&parts, key, Metric::Send)).collect::<Vec<_>>(),
            [false, false, true, true, true, true]
        );
        assert_eq!((parts.of.len(), parts.order.len()), (4, 2));
    }

    #[test]
    fn a_key_keeps_what_was_written_of_it_before_and_no_other_gets_it() {
        let mut parts = SeriesParts::new(3);
        parts.add(vec![EventKey(1)], &series(Metric::Send));
        parts.add(vec![EventKey(1), EventKey(2)], &series(Metric::Complaint));
        assert!(holds(&parts, 1, Metric::Send) && holds(&parts, 1, Metric::Complaint));
        assert!(!holds(&parts, 2, Metric::Send) && holds(&parts, 2, Metric::Complaint));
        // The first message goes, but its key belongs to the second by now.
        parts.add(vec![EventKey(3), EventKey(4)], &series(Metric::Send));
        assert!(
            !holds(&parts, 1, Metric::Send) && !holds(&parts, 2, Metric::Complaint),
            "both messages are gone"
        );
        parts.add(vec![EventKey(3)], &series(Metric::Complaint));
        assert!(holds(&parts, 3, Metric::Send) && holds(&parts, 4, Metric::Send));
    }
}
