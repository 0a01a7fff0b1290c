//! What an event counts under, and whether anything of it counted.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::outcome::{Acted, Ignored, Outcome};

/// The message, minute and sender domain that an event counts under.
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
    pub(super) fn note<T>(&mut self, fresh: Result<T, Ignored>) -> bool {
        let is_fresh = fresh.is_ok();
        match fresh {
            Ok(_) => self.counted = true,
            Err(reason) => self.reason = self.reason.or(Some(reason)),
        }
        is_fresh
    }

    pub(super) fn outcome(self) -> Outcome {
        match self.reason {
            _ if self.counted => Outcome::Acted(Acted::Counted),
            reason => reason.unwrap_or(Ignored::NamesNobody).into(),
        }
    }
}
