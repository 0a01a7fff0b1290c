//! The order in which the messages of a batch are added.

use crate::envelope::Reading;
use crate::event::Family;

/// The order in which the messages of a batch are added.
///
/// SES's identity-level format has no tags. Where a batch holds both formats of one bounce,
/// the one that names its configuration set is added first, so that it is the one that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BatchOrder {
    /// Everything else.
    First,
    /// Identity-level notifications.
    Last,
}

impl BatchOrder {
    /// The priority of a message.
    pub fn of(reading: &Reading) -> Self {
        match reading {
            Reading::Event(event) if event.family == Family::Notification => Self::Last,
            Reading::Event(_) | Reading::Alarm(_) | Reading::Ignored(_) | Reading::Broken(_) => {
                Self::First
            }
        }
    }
}
