//! Where an event counts, and whether any part of it counted.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::outcome::{Acted, Ignored, Outcome};

/// Message, minute and sender domain of the counts of one event.
pub(super) struct EventContext {
    pub(super) message: usize,
    pub(super) minute: i64,
    /// The sender's domain, where the event names one.
    pub(super) sender: Option<String>,
    pub(super) domain: OnceCell<Arc<str>>,
    pub(super) is_full: bool,
}

/// Whether anything of a message was counted, and if not, why.
#[derive(Default)]
pub(super) struct Tally {
    counted: bool,
    reason: Option<Ignored>,
}

impl Tally {
    /// Returns whether one part of the message is new, and remembers it for the message's outcome.
    pub(super) fn note<T>(&mut self, fresh: Result<T, Ignored>) -> bool {
        let is_fresh = fresh.is_ok();
        match fresh {
            Ok(_) => self.counted = true,
            Err(reason) => self.reason = self.reason.or(Some(reason)),
        }
        is_fresh
    }

    /// Returns how the message ends: counted if any part is, otherwise the first reason why not.
    pub(super) fn outcome(self) -> Outcome {
        match self.reason {
            _ if self.counted => Outcome::Acted(Acted::Counted),
            reason => reason.unwrap_or(Ignored::NamesNobody).into(),
        }
    }
}
