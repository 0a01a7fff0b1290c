//! The key by which a second delivery of an event is recognized.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::bounce_kind::BounceKind;
use crate::event::{Detail, SesEvent};

/// The key of one count: the kind of event, the mail and the recipient.
///
/// It is made of the mail's id, not of the feedback id, because the two SES
/// formats of one bounce share only the former for certain. Of one recipient there
/// may be a soft bounce and a hard one after it, so what a bounce counts as belongs to
/// the key; and delays, openings, clicks and changes of preference come more than
/// once, so their time does, and the link of a click: two may be followed in one
/// millisecond.
///
/// 64 bits of a hash with fixed keys: among 100,000 remembered events the chance
/// that a new one is taken for an old one is 1 in 10^14.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey(pub(super) u64);

impl EventKey {
    /// The key of an event, of a bounce with what it counts as; `None` without a mail
    /// id, and where the time belongs to it and cannot be read.
    pub(super) fn new(
        event: &SesEvent,
        whose: KeySubject<'_>,
        bounce: Option<BounceKind>,
    ) -> Option<Self> {
        let id = event.mail.message_id.as_deref().filter(|id| !id.is_empty())?;
        let mut hasher = DefaultHasher::new();
        (event.detail.name(), id, whose, bounce).hash(&mut hasher);
        match &event.detail {
            // Without its time it cannot be distinguished from the next one.
            Detail::DeliveryDelay(_) | Detail::Open | Detail::Subscription => {
                event.at_millis?.hash(&mut hasher)
            }
            Detail::Click(click) => (event.at_millis?, &click.link).hash(&mut hasher),
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

/// The mail or the recipient that a key is about.
#[derive(Debug, Clone, Copy, Hash)]
pub(super) enum KeySubject<'a> {
    /// The whole mail.
    Mail,
    /// One recipient.
    Recipient(&'a str),
    /// The recipient at this place among those that have no text.
    Unreadable(usize),
}
