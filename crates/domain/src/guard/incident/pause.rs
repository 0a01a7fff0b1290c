//! A pause that guard has begun, and the notice that is about to go out: what should be off, what is
//! off, and what operators know of it.

use serde::{Deserialize, Serialize};

use crate::guard::Action;
use crate::guard::record::Target;

/// A pause on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pause {
    /// All that is to be off.
    pub wanted: Target,
    /// What of it the operators know to be off.
    pub notified: Option<Target>,
    /// What of it was switched off since.
    pub off: Option<Target>,
    /// When guard began.
    pub since: i64,
    /// When guard last began to switch.
    pub tried_at: i64,
    /// A call may have been made whose result is not known.
    pub in_doubt: bool,
    /// Until when another guard may be at work on it, too.
    pub others_until: i64,
    /// Somebody resumed a part of it, or may have.
    pub sends_again: bool,
}

/// A notice that is about to go out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingNotice {
    /// What it says.
    pub action: Action,
    /// All that is paused by now.
    pub paused: Option<Target>,
    /// What of it no notice has said yet.
    pub newly_paused: Option<Target>,
    /// What is still to be paused.
    pub missing: Option<Target>,
    /// An earlier notice said that a part was paused.
    pub is_rest: bool,
    /// Somebody resumed what was paused, or may have.
    pub sends_again: bool,
    /// It may have gone out before.
    pub repeats: bool,
    /// A call for what is missing may have been made whose result is not known.
    pub in_doubt: bool,
    /// When guard began.
    pub since: i64,
    /// When guard acted.
    pub at: i64,
}

impl Pause {
    pub(super) fn begin(wanted: Target, since: i64) -> Self {
        Self {
            wanted,
            notified: None,
            off: None,
            since,
            tried_at: since,
            in_doubt: true,
            others_until: 0,
            sends_again: false,
        }
    }

    /// The rest of a pause, after a notice of its beginning.
    pub(super) fn go_on(notified: Target, rest: &Target, notice: &PendingNotice) -> Self {
        let (wanted, in_doubt) = (notified.joined(rest), notice.in_doubt);
        Self {
            notified: Some(notified),
            in_doubt,
            tried_at: notice.at,
            ..Self::begin(wanted, notice.since)
        }
    }

    pub(super) fn with_off(mut self, parts: &[Target]) -> Self {
        let all = self.off.iter().chain(parts).cloned().collect::<Vec<_>>();
        self.off = Target::all(&all);
        self
    }

    /// What is off, notified of or not.
    pub(super) fn known(&self) -> Option<Target> {
        Target::all(&self.notified.iter().chain(&self.off).cloned().collect::<Vec<_>>())
    }

    /// What is still to be looked at and switched off.
    pub fn rest(&self) -> Vec<Target> {
        let rest = match &self.notified {
            Some(notified) => self.wanted.beyond(notified),
            None => Some(self.wanted.clone()),
        };
        rest.map(|rest| rest.parts()).unwrap_or_default()
    }
}

impl PendingNotice {
    pub(super) fn new(action: Action, at: i64) -> Self {
        Self {
            action,
            paused: None,
            newly_paused: None,
            missing: None,
            is_rest: false,
            sends_again: false,
            repeats: false,
            in_doubt: false,
            since: at,
            at,
        }
    }

    pub(super) fn of_pause(pause: &Pause, failed: &[Target], at: i64) -> Self {
        let paused = pause.known().unwrap_or_else(|| pause.wanted.clone());
        Self {
            paused: Some(paused.clone()),
            newly_paused: pause.off.clone(),
            missing: Target::all(failed),
            is_rest: pause.notified.is_some(),
            sends_again: pause.sends_again,
            in_doubt: pause.in_doubt,
            since: pause.since,
            ..Self::new(Action::Pause(paused), at)
        }
    }
}
