//! guard's own state machine for the alarms of one sender, driven as the function does, without
//! AWS: a pause takes at once, and a person resumes it at once, so that mail goes on.

use warden_domain::guard::confidence::RateJudgement;
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::guard::incident::{
    AlarmEpisode, Cause, Effect, Incident, Observation, Phase, step,
};
use warden_domain::guard::{
    Action, DecisionFacts, Label, Measure, NotifyOnly, Scope, SetState, Settings, Severity,
    Watched, decide,
};

use crate::level::Level;

/// Alarms of a sender: bounces in the fast and the slow window, then complaints; of each the one
/// that warns and the critical one.
pub(crate) const ALARMS: usize = 4;

/// What guard remembers of one sender's alarms.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desk {
    incidents: [[Option<Incident>; 2]; ALARMS],
}

impl Desk {
    /// Ends what belongs to alarms that have left ALARM.
    pub(crate) fn leave(&mut self, in_alarm: &[[bool; 2]; ALARMS]) {
        for (incidents, in_alarm) in self.incidents.iter_mut().zip(in_alarm) {
            for (incident, is) in incidents.iter_mut().zip(in_alarm) {
                if !is {
                    *incident = None;
                }
            }
        }
    }

    /// One look at the alarms that are in ALARM: what guard pauses for, or warns of, now. `proof`
    /// judges a measure.
    pub(crate) fn look(
        &mut self,
        minute: u64,
        in_alarm: &[[bool; 2]; ALARMS],
        proof: impl Fn(Measure) -> RateJudgement,
    ) -> Level {
        let mut level = None;
        for (place, (incidents, in_alarm)) in self.incidents.iter_mut().zip(in_alarm).enumerate() {
            let measure = if place < ALARMS / 2 { Measure::Bounce } else { Measure::Complaint };
            let severities = [Severity::Warn, Severity::Critical];
            for ((incident, is), severity) in incidents.iter_mut().zip(in_alarm).zip(severities) {
                if !is || incident.as_ref().is_some_and(|known| known.phase != Phase::Open) {
                    continue;
                }
                let observation = observe(proof(measure));
                let action = decide(&label(measure, severity), &observation, &Settings::default());
                // What is not proven yet is decided again at the next look.
                let waits = [Action::Nothing, Action::Notify(NotifyOnly::NotProven)];
                if !waits.contains(&action) {
                    let name = format!("{place}/{}", severity.name());
                    let begins = || Incident::new(AlarmEpisode::new(name, minute.to_string()));
                    let at = i64::try_from(60_000 * minute).unwrap_or(i64::MAX);
                    let open = incident.take().unwrap_or_else(begins);
                    let (next, calls) = drive(&open, action, at);
                    *incident = Some(next);
                    level = level.max(calls);
                }
            }
        }
        level
    }
}

fn label(measure: Measure, severity: Severity) -> Label {
    let scope = Scope::Domain("example.com".to_owned());
    Label { scope, watched: Watched::Rate(measure), severity }
}

/// A healthy account whose only configuration set sends.
fn observe(proof: RateJudgement) -> DecisionFacts {
    DecisionFacts {
        account_sending_enabled: true,
        enforcement_status: EnforcementStatus::Healthy,
        sets: vec![SetState { name: "mail".to_owned(), sending_enabled: Some(true) }],
        tenant_sending_enabled: None,
        proof: Some(proof),
        aws_number_holds: None,
        account_proof: None,
    }
}

/// Runs the machine until nothing is left to do.
fn drive(open: &Incident, action: Action, at: i64) -> (Incident, Level) {
    let decided = Observation::Decided { action, others: Vec::new(), cause: Cause::default(), at };
    let (mut incident, mut effects) = step(open, &decided);
    let mut level = None;
    while !effects.is_empty() {
        let mut seen = Observation::Done;
        for effect in &effects {
            match effect {
                Effect::SwitchOff(target) => {
                    level = Some(Severity::Critical);
                    let off = target.parts();
                    seen = Observation::Switched { off, failed: Vec::new(), in_doubt: false, at };
                }
                Effect::Notify => level = level.max(Some(Severity::Warn)),
                Effect::SwitchOn(_) | Effect::NotifyResumed { .. } | Effect::Record { .. } => {}
            }
        }
        (incident, effects) = step(&incident, &seen);
    }
    if let Phase::Paused { target, .. } = &incident.phase {
        let resumed = Observation::Operator { target: target.clone(), on: true, at };
        incident = step(&incident, &resumed).0;
    }
    (incident, level)
}

#[cfg(test)]
mod tests {
    use warden_domain::guard::confidence::{Rule, WindowCounts, judge};

    use super::*;

    fn counts(bounces: u64) -> impl Fn(Measure) -> RateJudgement {
        move |measure| {
            let events = if measure == Measure::Bounce { bounces } else { 0 };
            let fast = WindowCounts { events, total: 1_000, ..WindowCounts::default() };
            judge(&Rule::of(measure), &fast, &WindowCounts::default())
        }
    }

    #[test]
    fn a_pause_is_not_repeated_after_a_person_resumed_while_the_alarm_lasts() {
        let mut desk = Desk::default();
        let mut in_alarm = [[false; 2]; ALARMS];
        in_alarm[0] = [false, true];
        assert_eq!(desk.look(1, &in_alarm, counts(50)), None, "5 % are not proven");
        assert_eq!(desk.look(6, &in_alarm, counts(200)), Some(Severity::Critical));
        assert_eq!(desk.look(11, &in_alarm, counts(200)), None);
        desk.leave(&[[false; 2]; ALARMS]);
        assert_eq!(desk.look(16, &in_alarm, counts(200)), Some(Severity::Critical));
    }

    #[test]
    fn a_warning_is_given_once_and_only_for_what_is_proven() {
        let mut desk = Desk::default();
        let mut in_alarm = [[false; 2]; ALARMS];
        in_alarm[0] = [true, false];
        assert_eq!(desk.look(1, &in_alarm, counts(20)), None);
        assert_eq!(desk.look(6, &in_alarm, counts(80)), Some(Severity::Warn));
        assert_eq!(desk.look(11, &in_alarm, counts(200)), None, "the critical alarm pauses");
    }
}
