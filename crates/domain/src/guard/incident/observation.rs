//! Observations, which [`step`](super::step) takes with an incident, and effects, which it returns.

use super::state::{AlarmEpisode, Cause};
use crate::guard::Action;
use crate::guard::record::Target;
use crate::journal::{Actor, HistoryEvent};

/// One part of a pause that an earlier look began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPart {
    /// The account, one configuration set, or a tenant.
    pub target: Target,
    /// Whether it sends, and why.
    pub state: PartState,
}

/// Whether a part of a pause sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartState {
    /// It does not.
    Off,
    /// It does, it was not switched off, and it is still to be.
    Sends,
    /// It does, it was not switched off, and settings or alarms no longer ask for it.
    NotWanted,
    /// It was switched off, and somebody switched it on again.
    SendsAgain,
    /// It does, and nobody can say whether it was switched off and on meanwhile.
    Unknown,
}

impl PartState {
    /// Of a part that sends. `was_used`: somebody used its switch since the pause began; `None`
    /// where nobody can say.
    pub fn of_sending(was_used: Option<bool>, may_pause: bool) -> Self {
        match was_used {
            Some(true) => Self::SendsAgain,
            Some(false) if may_pause => Self::Sends,
            Some(false) => Self::NotWanted,
            None => Self::Unknown,
        }
    }
}

/// What guard saw, or what an operator did.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// guard decided about the leading alarm.
    Decided {
        /// What is to be done.
        action: Action,
        /// Alarms that concern the same.
        others: Vec<AlarmEpisode>,
        /// Why.
        cause: Cause,
        /// When.
        at: i64,
    },
    /// An earlier look left this pause unfinished: its parts, without those notified of.
    Found {
        /// The parts.
        parts: Vec<FoundPart>,
        /// When.
        at: i64,
    },
    /// What [`Effect::SwitchOff`] led to.
    Switched {
        /// The parts that are off, read back.
        off: Vec<Target>,
        /// The parts that failed.
        failed: Vec<Target>,
        /// One of those that failed may be off, or may become so.
        in_doubt: bool,
        /// When.
        at: i64,
    },
    /// An earlier look left its effects unfinished.
    Interrupted {
        /// What was paused sends, or has sent since guard began to resume it.
        sends: bool,
    },
    /// All effects but [`Effect::SwitchOff`] are done.
    Done,
    /// Something of what guard paused sends.
    Sends {
        /// Who switched it on, as far as that is known.
        actor: Actor,
        /// When guard found it.
        at: i64,
    },
    /// The longest time for a pause is over, and nothing speaks against its end.
    MayResume {
        /// When.
        at: i64,
    },
    /// Nothing of what guard paused exists any more.
    Gone,
    /// An operator switched sending by the command.
    Operator {
        /// What.
        target: Target,
        /// On or off.
        on: bool,
        /// When.
        at: i64,
    },
    /// None of its alarms is in the episode any more.
    AlarmsLeft,
}

/// What is to be done. Each may be done twice: a notice and an entry have the same id then.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Switch this off, part by part, and read back; answered by [`Observation::Switched`].
    SwitchOff(Target),
    /// Send the notice of [`Phase::Notifying`](super::Phase::Notifying).
    Notify,
    /// Switch this on, and read back.
    SwitchOn(Target),
    /// Send the notice that guard ended its pause.
    NotifyResumed {
        /// It may have gone out before.
        repeats: bool,
    },
    /// Write entries to the history, one a part.
    Record {
        /// What happened.
        event: HistoryEvent,
        /// To what.
        target: Target,
        /// By whom.
        actor: Actor,
        /// When.
        at: i64,
    },
}

impl Effect {
    pub(super) fn repeat(&mut self) {
        if let Self::NotifyResumed { repeats } = self {
            *repeats = true;
        }
    }
}
