//! What an incident is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::guard::record::Target;
use crate::guard::{Action, NotifyOnly};
use crate::journal::{Actor, HistoryEvent, HistoryNumbers};

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
    Spared,
    /// It was switched off, and somebody switched it on again.
    SendsAgain,
    /// It does, and nobody can say whether it was switched off and on meanwhile.
    Unknown,
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
    /// Send the notice of [`Phase::Notifying`].
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

    /// Whether operators were notified of the same, or of more.
    pub fn knows(&self, action: &Action) -> bool {
        let is_less = *action == Action::Notify(NotifyOnly::NotProven) && !self.notified.is_empty();
        let is_same = self.notified.iter().any(|code| code == action.code());
        action.is_open() && (is_less || is_same)
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

impl Effect {
    pub(super) fn repeat(&mut self) {
        if let Self::NotifyResumed { repeats } = self {
            *repeats = true;
        }
    }
}
