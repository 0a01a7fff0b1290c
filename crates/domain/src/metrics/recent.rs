//! A bounded memory of what was counted.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::event::SesEvent;

/// One countable thing: this kind of event, of this mail, for this recipient.
///
/// It is made of the mail's id, not of the feedback id, because the two SES
/// formats of one bounce share only the former for certain. Delays of one
/// recipient may come more than once, so their time belongs to the key.
///
/// 64 bits of a hash with fixed keys: among 100,000 remembered events the chance
/// that a new one is taken for an old one is 1 in 10^14.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey(u64);

impl EventKey {
    /// The key of an event that speaks of the whole mail; `None` without a mail id.
    pub fn of_mail(event: &SesEvent) -> Option<Self> {
        Self::new(event, "")
    }

    /// The key of an event for one recipient; `None` without a mail id.
    pub fn of_recipient(event: &SesEvent, recipient: &str) -> Option<Self> {
        Self::new(event, recipient)
    }

    fn new(event: &SesEvent, recipient: &str) -> Option<Self> {
        let id = event.mail.message_id.as_deref().filter(|id| !id.is_empty())?;
        let kind = event.detail.name();
        let mut hasher = DefaultHasher::new();
        (kind, id, recipient).hash(&mut hasher);
        if kind == "DeliveryDelay" {
            event.at_seconds.hash(&mut hasher);
        }
        Some(Self(hasher.finish()))
    }
}

/// The keys counted last, up to a bound; the oldest go first.
#[derive(Debug)]
pub struct Recent {
    bound: usize,
    order: VecDeque<EventKey>,
    set: HashSet<EventKey>,
}

impl Recent {
    /// A memory of at most `bound` keys (about 50 bytes each).
    pub fn new(bound: usize) -> Self {
        Self { bound, order: VecDeque::new(), set: HashSet::new() }
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
}
