//! guard's whole behaviour: one incident, from an alarm that goes into ALARM to its end.
//!
//! guard reads, calls [`step`], writes the new state to the journal on the condition that its version
//! is still the one that was read, and runs the effects. What they led to is the next observation. A
//! crash between any two of these is found at the next look, as a phase that was not finished:
//! [`Observation::Found`] or [`Observation::Interrupted`]. `docs/ARCHITECTURE.md` has the table of
//! all transitions, which a test compares with this file.
//!
//! # Examples
//! ```
//! use warden_domain::guard::incident::{AlarmEpisode, Effect, Incident, Observation, step};
//! use warden_domain::guard::{Action, record::Target};
//!
//! let leader = AlarmEpisode::new("ses-warden/account/all/bounce/critical", "2026-10-06T07:15:00Z");
//! let decided = Observation::Decided {
//!     action: Action::Pause(Target::Account),
//!     others: Vec::new(),
//!     cause: Default::default(),
//!     at: 1_790_000_000_000,
//! };
//! let (incident, effects) = step(&Incident::new(leader), &decided);
//! assert_eq!(incident.phase.code(), "pausing");
//! assert_eq!(effects, [Effect::SwitchOff(Target::Account)]);
//! ```

mod item;
mod observation;
mod pause;
mod state;
#[cfg(test)]
mod tests;

pub use item::{INCIDENT, Unreadable};
pub use observation::{Effect, FoundPart, Observation, PartState};
pub use pause::{Pause, PendingNotice};
pub use state::{AlarmEpisode, Cause, Incident, Phase};

use super::record::Target;
use super::{Action, NotifyOnly};
use crate::journal::{Actor, HistoryEvent};

use Observation as O;
use Phase as P;

/// For so long another guard may still be at work on calls that it began, in milliseconds: twice the
/// time that the function has.
const AT_WORK: i64 = 240_000;

/// The state after an observation, and what is to be done once that state is in the journal. An
/// observation that asks for nothing leaves the incident as it is.
pub fn step(incident: &Incident, observation: &Observation) -> (Incident, Vec<Effect>) {
    let to = |phase: Phase| Incident { phase, ..incident.clone() };
    let same = || (incident.clone(), Vec::new());
    match (&incident.phase, observation) {
        (P::Open, O::Decided { action, others, cause, at }) => {
            if incident.knows(action) {
                return same();
            }
            let mut next = Incident { cause: cause.clone(), ..incident.clone() };
            next.join(others);
            match action {
                Action::Pause(wanted) => {
                    next.phase = P::Pausing(Pause::begin(wanted.clone(), *at));
                    (next, vec![Effect::SwitchOff(wanted.clone())])
                }
                Action::Notify(_) | Action::Observe(_) | Action::Nothing => {
                    notifying(&next, PendingNotice::new(action.clone(), *at))
                }
            }
        }
        (P::Pausing(pause), O::Found { parts, at }) => found(incident, pause, parts, *at),
        (P::Pausing(pause), O::Switched { off, failed, in_doubt, at }) => {
            let in_doubt = *in_doubt || *at < pause.others_until;
            let pause = Pause { in_doubt, ..pause.clone().with_off(off) };
            match &pause.off {
                Some(_) => notifying(incident, PendingNotice::of_pause(&pause, failed, *at)),
                None => (to(P::Pausing(pause)), Vec::new()),
            }
        }
        // The command cannot notify: guard's next look does, and pauses no more.
        (P::Pausing(pause), O::Operator { on: true, target, at })
            if target.meets(&pause.wanted) =>
        {
            let off = Some(pause.wanted.clone());
            let pause = Pause { off, sends_again: true, ..pause.clone() };
            (to(P::Notifying(PendingNotice::of_pause(&pause, &[], *at))), Vec::new())
        }
        (P::Notifying(notice), O::Interrupted { sends }) => {
            let sends_again = notice.sends_again || *sends;
            notifying(incident, PendingNotice { repeats: true, sends_again, ..notice.clone() })
        }
        (P::Notifying(notice), O::Operator { on: true, target, .. })
            if notice.paused.as_ref().is_some_and(|paused| target.meets(paused)) =>
        {
            (to(P::Notifying(PendingNotice { sends_again: true, ..notice.clone() })), Vec::new())
        }
        (P::Notifying(notice), O::Done) => (notified(incident, notice), Vec::new()),
        (P::Paused { target, at }, O::Sends { actor, at: found }) => {
            let (target, actor) = (target.clone(), actor.clone());
            let record = record(HistoryEvent::FoundResumed, &target, &actor, *found);
            (to(P::Ending { target, at: *at, found: *found, actor }), vec![record])
        }
        (P::Paused { target, at }, O::MayResume { at: since }) => {
            resuming(incident, target, *at, *since, true)
        }
        // A person's pause from now on, or none any more: guard does not resume it.
        (P::Paused { target, at }, O::Operator { target: touched, .. })
            if touched.meets(target) =>
        {
            (to(P::Ended { target: target.clone(), at: *at }), Vec::new())
        }
        (P::Paused { target, at }, O::Gone) => {
            (to(P::Ended { target: target.clone(), at: *at }), Vec::new())
        }
        (P::Resuming { target, at, since, may_switch }, O::Interrupted { sends }) => {
            let (next, mut effects) =
                resuming(incident, target, *at, *since, *may_switch && !*sends);
            effects.iter_mut().for_each(Effect::repeat);
            (next, effects)
        }
        (P::Resuming { target, at, since, .. }, O::Operator { on: false, target: touched, .. })
            if touched.meets(target) =>
        {
            let (target, at, since) = (target.clone(), *at, *since);
            (to(P::Resuming { target, at, since, may_switch: false }), Vec::new())
        }
        (P::Ending { target, found, actor, .. }, O::Interrupted { .. }) => {
            let record = record(HistoryEvent::FoundResumed, target, actor, *found);
            (incident.clone(), vec![record])
        }
        (P::Resuming { target, at, .. } | P::Ending { target, at, .. }, O::Done) => {
            (to(P::Ended { target: target.clone(), at: *at }), Vec::new())
        }
        (P::Open | P::Handled | P::Ended { .. }, O::AlarmsLeft) => (to(P::Closed), Vec::new()),
        (
            P::Open
            | P::Pausing(_)
            | P::Notifying(_)
            | P::Paused { .. }
            | P::Resuming { .. }
            | P::Ending { .. }
            | P::Ended { .. }
            | P::Handled
            | P::Closed,
            O::Decided { .. }
            | O::Found { .. }
            | O::Switched { .. }
            | O::Interrupted { .. }
            | O::Done
            | O::Sends { .. }
            | O::MayResume { .. }
            | O::Gone
            | O::Operator { .. }
            | O::AlarmsLeft,
        ) => same(),
    }
}

/// An earlier look began a pause and did not finish it. What it switched off is off, what it did not
/// is switched off now, and what may have been resumed by somebody is left alone, with a notice.
fn found(
    incident: &Incident,
    pause: &Pause,
    parts: &[FoundPart],
    at: i64,
) -> (Incident, Vec<Effect>) {
    let of = |wanted: &[PartState]| -> Vec<Target> {
        let parts = parts.iter().filter(|part| wanted.contains(&part.state));
        parts.map(|part| part.target.clone()).collect()
    };
    let (off, again) = (of(&[PartState::Off]), of(&[PartState::SendsAgain]));
    let (still, unknown) = (of(&[PartState::Sends]), of(&[PartState::Unknown]));
    let is_all_unknown = off.is_empty() && again.is_empty() && still.is_empty();
    let mut pause = pause.clone().with_off(&off).with_off(&again);
    pause.sends_again |= !again.is_empty();
    if !is_all_unknown {
        pause.sends_again |= !unknown.is_empty();
        pause = pause.with_off(&unknown);
    }
    if let Some(rest) = Target::all(&still) {
        if pause.in_doubt {
            pause.others_until = pause.tried_at + AT_WORK;
        }
        (pause.in_doubt, pause.tried_at) = (true, at);
        pause.wanted = pause.known().map_or(rest.clone(), |known| known.joined(&rest));
        let next = Incident { phase: P::Pausing(pause), ..incident.clone() };
        return (next, vec![Effect::SwitchOff(rest)]);
    }
    if pause.off.is_some() {
        return notifying(incident, PendingNotice::of_pause(&pause, &[], at));
    }
    if pause.in_doubt && at - pause.tried_at < AT_WORK {
        return (incident.clone(), Vec::new());
    }
    if !unknown.is_empty() {
        let notice = PendingNotice::new(Action::Notify(NotifyOnly::PauseUnknown), at);
        return notifying(incident, PendingNotice { paused: pause.notified, ..notice });
    }
    // Nothing was switched off, and nothing may be any more: it is decided about afresh.
    let phase = pause.notified.map_or(P::Open, |target| P::Paused { target, at: pause.since });
    (Incident { phase, ..incident.clone() }, Vec::new())
}

fn notifying(incident: &Incident, notice: PendingNotice) -> (Incident, Vec<Effect>) {
    let mut effects = vec![Effect::Notify];
    if let Some(new) = &notice.newly_paused {
        effects.push(record(HistoryEvent::Pause, new, &Actor::Guard, notice.at));
    }
    (Incident { phase: P::Notifying(notice), ..incident.clone() }, effects)
}

/// The notice went out, and what it says is in the history.
fn notified(incident: &Incident, notice: &PendingNotice) -> Incident {
    let mut next = incident.clone();
    next.phase = match (&notice.paused, &notice.missing) {
        (Some(paused), Some(missing)) => P::Pausing(Pause::go_on(paused.clone(), missing, notice)),
        (Some(paused), None) => P::Paused { target: paused.clone(), at: notice.at },
        (None, _) if notice.action.is_open() => {
            next.notified.push(notice.action.code().to_owned());
            P::Open
        }
        (None, _) => P::Handled,
    };
    next
}

fn resuming(
    incident: &Incident,
    target: &Target,
    at: i64,
    since: i64,
    may_switch: bool,
) -> (Incident, Vec<Effect>) {
    let switch = may_switch.then(|| Effect::SwitchOn(target.clone()));
    let rest = [
        Effect::NotifyResumed { repeats: false },
        record(HistoryEvent::Resume, target, &Actor::Guard, since),
    ];
    let phase = P::Resuming { target: target.clone(), at, since, may_switch };
    (Incident { phase, ..incident.clone() }, switch.into_iter().chain(rest).collect())
}

fn record(event: HistoryEvent, target: &Target, actor: &Actor, at: i64) -> Effect {
    Effect::Record { event, target: target.clone(), actor: actor.clone(), at }
}
