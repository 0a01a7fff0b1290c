//! One alarm and what is to be done about it.

use warden_aws::{AlarmRecord, CallError};
use warden_domain::guard::confidence::RateJudgement;
use warden_domain::guard::group::{Concern, Priority};
use warden_domain::guard::incident::Cause;
use warden_domain::guard::{
    Action, Label, Measure, NotifyOnly, Scope, Severity, decide, held_to_counts, rank,
};
use warden_domain::journal::HistoryNumbers;
use warden_domain::notice::AlarmFacts;
use warden_domain::time::iso_millis;

use crate::guard::Guard;
use crate::snapshot::{StackSnapshot, episode};

/// An alarm and what is to be done about it.
#[derive(Debug, Clone)]
pub(crate) struct AlarmDecision {
    pub(crate) alarm: AlarmRecord,
    pub(crate) label: Option<Label>,
    pub(crate) action: Action,
    pub(crate) proof: Option<RateJudgement>,
    /// When guard paused for the same mail before, and for which alarm: earlier events do not count.
    pub(crate) after: Option<(String, String)>,
}

impl AlarmDecision {
    /// Whether the alarm only warns, and the counts do not prove what it warns of: nobody is
    /// notified, and guard decides again while it lasts.
    pub(crate) fn waits(&self) -> bool {
        self.action == Action::Notify(NotifyOnly::NotProven)
            && self.label.as_ref().is_some_and(|label| label.severity == Severity::Warn)
    }

    /// What this alarm has in common with other alarms.
    pub(crate) fn concern(&self) -> Concern {
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
        let pauses = matches!(self.action, Action::Pause(_));
        Concern { pauses, rank: rank(self.label.as_ref()), targets }
    }

    /// What led to it, for the history.
    pub(crate) fn cause(&self) -> Cause {
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

    /// What a notice says about it.
    pub(crate) fn facts(&self) -> AlarmFacts<'_> {
        let (alarm, is_aws) = (&self.alarm, self.alarm.definition().reads_only_aws());
        AlarmFacts {
            name: &alarm.name,
            label: self.label.as_ref(),
            episode: &alarm.episode,
            reason: &alarm.reason,
            proof: self.proof.as_ref(),
            rests_on_aws: self.proof.is_none()
                && is_aws
                && matches!(self.action, Action::Pause(_) | Action::Observe(_)),
            threshold: alarm.threshold.filter(|_| is_aws),
            after: self.after.as_ref().map(|(at, alarm)| (at.as_str(), alarm.as_str())),
        }
    }
}

impl Guard {
    /// When guard decides about an alarm.
    pub(crate) fn priority(&self, alarm: &AlarmRecord, snapshot: &StackSnapshot) -> Priority {
        let label = self.label(alarm);
        let id = episode(alarm);
        let is_told = snapshot.incidents().iter().any(|incident| {
            !incident.notified.is_empty() && incident.alarms().any(|one| *one == id)
        });
        if is_told {
            Priority::Again
        } else if label.as_ref().is_some_and(|label| label.scope == Scope::Account) {
            Priority::Account
        } else {
            Priority::Ranked(rank(label.as_ref()))
        }
    }

    /// Decides about one alarm that is in ALARM.
    pub(crate) async fn decide_about(
        &self,
        alarm: AlarmRecord,
        snapshot: &StackSnapshot,
    ) -> Result<AlarmDecision, CallError> {
        let label = self.label(&alarm);
        let (action, proof, after) = match held_to_counts(label.as_ref()) {
            Err(why) => (Action::Notify(why), None, None),
            Ok(label) => {
                let after = self.resumed(&alarm, label, snapshot).await?;
                let since = after.as_ref().map(|(at, _)| *at);
                let observation = self.observe(&alarm, label, since, snapshot).await?;
                let action = decide(label, &observation, &self.settings.policy);
                let after = after.map(|(at, alarm)| (iso_millis(at), alarm));
                (action, observation.proof, after)
            }
        };
        Ok(AlarmDecision { alarm, label, action, proof, after })
    }
}
