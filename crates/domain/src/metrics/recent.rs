//! A bounded memory of what was counted.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::kinds::BounceKind;
use super::series::Series;
use crate::event::{Detail, SesEvent};

/// Keys of which a part was written, remembered at most.
const MAX_PARTS: usize = 10_000;

/// One countable thing: this kind of event, of this mail, for this recipient.
///
/// It is made of the mail's id, not of the feedback id, because the two SES
/// formats of one bounce share only the former for certain. Of one recipient there
/// may be a soft bounce and a hard one after it, so what a bounce counts as belongs to
/// the key; and delays, openings, clicks and changes of preference come more than
/// once, so their time does.
///
/// 64 bits of a hash with fixed keys: among 100,000 remembered events the chance
/// that a new one is taken for an old one is 1 in 10^14.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey(u64);

impl EventKey {
    /// The key of an event, of a bounce with what it counts as; `None` without a mail id.
    pub(super) fn new(event: &SesEvent, whose: Whose<'_>, bounce: Option<BounceKind>) -> Option<Self> {
        let id = event.mail.message_id.as_deref().filter(|id| !id.is_empty())?;
        let mut hasher = DefaultHasher::new();
        (event.detail.name(), id, whose, bounce).hash(&mut hasher);
        match &event.detail {
            Detail::DeliveryDelay(_) | Detail::Open | Detail::Click | Detail::Subscription => {
                event.at_millis.hash(&mut hasher);
            }
            Detail::Send
            | Detail::Delivery(_)
            | Detail::Bounce(_)
            | Detail::Complaint(_)
            | Detail::Reject
            | Detail::RenderingFailure
            | Detail::Unknown(_) => {}
        }
        Some(Self(hasher.finish()))
    }
}

/// Of whom an event speaks.
#[derive(Debug, Clone, Copy, Hash)]
pub(super) enum Whose<'a> {
    /// The whole mail.
    Mail,
    /// One recipient.
    Recipient(&'a str),
    /// The recipient at this place among those that have no text.
    Unreadable(usize),
}

/// The keys counted last, up to a bound; the oldest go first.
#[derive(Debug)]
pub struct Recent {
    bound: usize,
    order: VecDeque<EventKey>,
    set: HashSet<EventKey>,
    parts: HashMap<EventKey, HashSet<Series>>,
    parts_order: VecDeque<EventKey>,
}

impl Recent {
    /// A memory of at most `bound` keys (about 50 bytes each).
    pub fn new(bound: usize) -> Self {
        Self { bound, order: VecDeque::new(), set: HashSet::new(), parts: HashMap::new(), parts_order: VecDeque::new() }
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
        self.parts.get(&key)
    }

    /// Remembers that a part of what counts under `key` was written.
    pub(super) fn remember_part(&mut self, key: EventKey, series: Series) {
        let parts = self.parts.entry(key).or_insert_with(|| {
            self.parts_order.push_back(key);
            HashSet::new()
        });
        parts.insert(series);
        while self.parts_order.len() > MAX_PARTS {
            if let Some(oldest) = self.parts_order.pop_front() {
                self.parts.remove(&oldest);
            }
        }
    }
}
