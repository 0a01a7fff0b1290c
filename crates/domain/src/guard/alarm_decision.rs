//! An alarm with what guard decided about it.

use super::confidence::RateJudgement;
use super::group::{Concern, group};
use super::incident::Cause;
use super::record::Target;
use super::{Action, AlarmRecord, Label, Measure, Scope, rank};
use crate::journal::HistoryNumbers;

/// An alarm and what is to be done about it.
#[derive(Debug, Clone)]
pub struct AlarmDecision {
    /// The alarm.
    pub alarm: AlarmRecord,
    /// What it watches; `None` where guard does not understand it.
    pub label: Option<Label>,
    /// What is to be done.
    pub action: Action,
    /// What our own counts prove, where the decision needed them.
    pub proof: Option<RateJudgement>,
    /// When guard paused for the same mail before, as ISO 8601, and for which alarm: earlier events
    /// do not count.
    pub after: Option<(String, String)>,
}

impl AlarmDecision {
    /// What it pauses, if it does.
    pub fn pause(&self) -> Option<&Target> {
        match &self.action {
            Action::Pause(target) => Some(target),
            Action::Notify(_) | Action::Observe(_) | Action::Nothing => None,
        }
    }

    /// What led to it, for the history.
    pub fn cause(&self) -> Cause {
        let measure = self.label.as_ref().and_then(|label| label.watched.rate());
        let finding = self.proof.map(|proof| proof.finding);
        let of = |wanted| finding.filter(|_| measure == Some(wanted)).map(|found| found.events);
        let numbers = HistoryNumbers {
            sends: finding.map(|found| found.total),
            bounces: of(Measure::Bounce),
            complaints: of(Measure::Complaint),
            bound: finding.map(|found| found.lower_bound),
            threshold: finding.map(|found| found.threshold).or(self.alarm.threshold),
        };
        Cause { reason: format!("alarm {}", self.alarm.name), numbers }
    }

    /// What this alarm has in common with other alarms.
    fn concern(&self) -> Concern {
        let mut targets = match self.label.as_ref().map(|label| &label.scope) {
            None => Vec::new(),
            Some(Scope::Account) => vec!["account".to_owned()],
            Some(Scope::ConfigurationSet(name)) => vec![format!("set {name}")],
            Some(Scope::Domain(name)) => vec![format!("domain {name}")],
            Some(Scope::Tenant(arn)) => vec![format!("tenant {arn}")],
        };
        if let Action::Pause(target) | Action::Observe(target) = &self.action {
            targets.extend(target.keys());
        }
        Concern { pauses: self.pause().is_some(), rank: rank(self.label.as_ref()), targets }
    }
}

/// Puts decisions that concern the same together: the leader of each incident first, and the most
/// important incident first.
pub fn grouped(decisions: Vec<AlarmDecision>) -> Vec<Vec<AlarmDecision>> {
    let concerns: Vec<Concern> = decisions.iter().map(AlarmDecision::concern).collect();
    let mut decisions: Vec<Option<AlarmDecision>> = decisions.into_iter().map(Some).collect();
    let mut take = |place| decisions.get_mut(place).and_then(Option::take);
    let groups = group(&concerns).into_iter();
    groups.map(|places| places.into_iter().filter_map(&mut take).collect()).collect()
}
