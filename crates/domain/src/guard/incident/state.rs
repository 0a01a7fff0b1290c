//! An incident: its alarms, and the phase in which it stands.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::pause::{Pause, PendingNotice};
use crate::guard::record::Target;
use crate::guard::{Action, NotifyOnly};
use crate::journal::{Actor, HistoryNumbers};

/// One stay of an alarm in ALARM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlarmEpisode {
    /// The alarm's name.
    pub alarm: String,
    /// When it went into ALARM, as CloudWatch's time stamp.
    pub episode: String,
}

impl AlarmEpisode {
    /// The stay of that alarm since then.
    pub fn new(alarm: impl Into<String>, episode: impl Into<String>) -> Self {
        Self { alarm: alarm.into(), episode: episode.into() }
    }
}

impl fmt::Display for AlarmEpisode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.alarm, self.episode)
    }
}

/// What led to the decision, for people and the history.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Cause {
    /// In one sentence, free of addresses.
    pub reason: String,
    /// The counts behind it.
    pub numbers: HistoryNumbers,
}

/// An incident. Its leader's name and episode are its id, and the id of its notices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The alarm that guard decided about.
    pub leader: AlarmEpisode,
    /// Further alarms that concern the same and are listed in its notices.
    pub others: Vec<AlarmEpisode>,
    /// What led to the decision.
    pub cause: Cause,
    /// Codes of the notices so far after which guard decides again.
    pub notified: Vec<String>,
    /// Where it stands.
    pub phase: Phase,
    /// The version that the journal holds; 0 where it holds none.
    #[serde(skip)]
    pub version: i64,
}

/// Where an incident stands. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing is paused; guard decides at each look while an alarm lasts.
    Open,
    /// guard switches sending off.
    Pausing(Pause),
    /// A notice is about to go out.
    Notifying(PendingNotice),
    /// Sending is off, and the operators know it.
    Paused {
        /// What is off.
        target: Target,
        /// Since when.
        at: i64,
    },
    /// guard ends its own pause.
    Resuming {
        /// What was off.
        target: Target,
        /// Since when it was off.
        at: i64,
        /// When guard began to resume it.
        since: i64,
        /// guard may switch it on: nobody has touched the switch since it began.
        may_switch: bool,
    },
    /// Somebody ended the pause, and the history does not say so yet.
    Ending {
        /// What was off.
        target: Target,
        /// Since when it was off.
        at: i64,
        /// When guard found that it sends.
        found: i64,
        /// Who ended it, as far as that is known.
        actor: Actor,
    },
    /// The pause is over, or no longer guard's, while an alarm lasts: it is not repeated.
    Ended {
        /// What was off.
        target: Target,
        /// Since when it was off.
        at: i64,
    },
    /// Everything is said, and there is nothing to pause while the alarms last.
    Handled,
    /// The end. The journal forgets it later.
    Closed,
}

impl Incident {
    /// An incident that begins with this alarm. The journal does not hold it yet.
    pub fn new(leader: AlarmEpisode) -> Self {
        Self {
            leader,
            others: Vec::new(),
            cause: Cause::default(),
            notified: Vec::new(),
            phase: Phase::Open,
            version: 0,
        }
    }

    /// Its id, which is the id of its first notice.
    pub fn id(&self) -> String {
        self.leader.to_string()
    }

    /// All its alarms, the leader first.
    pub fn alarms(&self) -> impl Iterator<Item = &AlarmEpisode> {
        std::iter::once(&self.leader).chain(&self.others)
    }

    /// What guard paused and nobody is known to have resumed, and since when.
    pub fn standing_pause(&self) -> Option<(&Target, i64)> {
        match &self.phase {
            Phase::Paused { target, at } => Some((target, *at)),
            Phase::Notifying(notice) => Some((notice.paused.as_ref()?, notice.at)),
            Phase::Pausing(pause) => Some((&pause.wanted, pause.since)),
            Phase::Open
            | Phase::Resuming { .. }
            | Phase::Ending { .. }
            | Phase::Ended { .. }
            | Phase::Handled
            | Phase::Closed => None,
        }
    }

    /// What guard paused and operators know, since when, and whether that pause is known to be over.
    pub fn known_pause(&self) -> Option<(&Target, i64, bool)> {
        match &self.phase {
            Phase::Paused { target, at } => Some((target, *at, false)),
            Phase::Resuming { target, at, .. }
            | Phase::Ending { target, at, .. }
            | Phase::Ended { target, at } => Some((target, *at, true)),
            Phase::Open
            | Phase::Pausing(_)
            | Phase::Notifying(_)
            | Phase::Handled
            | Phase::Closed => None,
        }
    }

    /// Whether operators were notified of the same, or of more, or need not be.
    pub fn knows(&self, action: &Action) -> bool {
        let is_less = *action == Action::Notify(NotifyOnly::NotProven) && !self.notified.is_empty();
        let is_same = self.notified.iter().any(|code| code == action.code());
        *action == Action::Nothing || (action.is_open() && (is_less || is_same))
    }

    pub(super) fn join(&mut self, others: &[AlarmEpisode]) {
        for other in others.iter().filter(|other| **other != self.leader) {
            if !self.others.contains(other) {
                self.others.push(other.clone());
            }
        }
    }
}

impl Phase {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pausing(_) => "pausing",
            Self::Notifying(_) => "notifying",
            Self::Paused { .. } => "paused",
            Self::Resuming { .. } => "resuming",
            Self::Ending { .. } => "ending",
            Self::Ended { .. } => "ended",
            Self::Handled => "handled",
            Self::Closed => "closed",
        }
    }

    /// Whether an earlier look left something to finish.
    pub fn is_unfinished(&self) -> bool {
        match self {
            Self::Pausing(_) | Self::Notifying(_) | Self::Resuming { .. } | Self::Ending { .. } => {
                true
            }
            Self::Open
            | Self::Paused { .. }
            | Self::Ended { .. }
            | Self::Handled
            | Self::Closed => false,
        }
    }
}
