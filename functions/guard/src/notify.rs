//! The notice of an incident.

use std::time::Duration;

use tracing::warn;
use warden_aws::CallError;
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::guard::incident::Notification;
use warden_domain::guard::record::{PauseRecord, TAG_PAUSED, TAG_PAUSING, Target};
use warden_domain::guard::{Action, NotifyOnly, Scope};
use warden_domain::notice::{self, AlarmFacts, Facts, LastHour, Place};

use crate::decision::AlarmDecision;
use crate::guard::Guard;
use crate::last_hour;
use crate::pause::PauseProgress;
use crate::snapshot::{StackSnapshot, is_over};
use crate::time::now_millis;

/// Longest time for what a notice shows beside the pause: a pause does not wait for it.
const FOR_EXTRAS: Duration = Duration::from_secs(10);

impl Guard {
    /// Notifies the operators of an incident.
    pub(crate) async fn notify(
        &self,
        leader: &AlarmDecision,
        others: &[&AlarmDecision],
        action: &Action,
        progress: Option<&PauseProgress>,
        snapshot: &StackSnapshot,
    ) -> Result<(), CallError> {
        let label = leader.open.label.as_ref();
        let now = now_millis();
        let limit = FOR_EXTRAS.min(snapshot.deadline.remaining() / 4);
        let numbers = last_hour::gather(&self.clients.metrics, label, now / 1000);
        let last_hour = tokio::time::timeout(limit, numbers).await.unwrap_or_else(|_| {
            warn!("the notice goes out without the numbers of the last hour: reading them takes too long");
            LastHour::default()
        });
        let paused_by = match found_paused(action, label.map(|label| &label.scope)) {
            Some(target) => {
                tokio::time::timeout(limit, self.paused_by(&target, snapshot)).await.ok()
            }
            None => None,
        };
        let others: Vec<AlarmFacts<'_>> = others.iter().map(|other| other.facts()).collect();
        let is_rest = progress.is_some_and(|made| made.is_rest);
        let notice = notice::write(&Facts {
            alarm: leader.facts(),
            others: &others,
            action,
            place: Place::of_arn(&leader.alarm().arn).as_ref(),
            at: &notice::at(now),
            enforcement_status: snapshot.known_account().map(|account| &account.enforcement_status),
            paused_by: paused_by.as_deref(),
            sends_again: progress.is_some_and(|made| made.sends_again),
            missing: progress.map_or(&[], |made| &made.missing),
            is_rest,
            repeats: leader.notification != Notification::No && !is_rest,
            last_hour: &last_hour,
        });
        self.publish(&notice).await
    }

    /// Who paused what was found paused, as far as tags and AWS's verdict say.
    async fn paused_by(&self, target: &Target, snapshot: &StackSnapshot) -> String {
        for (place, tags) in self.all_tags(snapshot).await {
            let Some(alarm) = snapshot.alarms.get(*place) else { continue };
            let record = PauseRecord::read(tags, TAG_PAUSED)
                .or_else(|| PauseRecord::read(tags, TAG_PAUSING))
                .filter(|record| !is_over(tags, record));
            if let Some(record) =
                record.filter(|r| r.target.keys().iter().any(|key| target.keys().contains(key)))
            {
                return format!("ses-warden at {}, for alarm {}", record.at, alarm.name);
            }
        }
        match snapshot.known_account().map(|account| &account.enforcement_status) {
            None | Some(EnforcementStatus::Healthy) => {
                "a person or another program: no alarm here has a record of it".to_owned()
            }
            Some(
                status @ (EnforcementStatus::Probation
                | EnforcementStatus::Shutdown
                | EnforcementStatus::Other(_)),
            ) => format!(
                "AWS, a person or another program: the account's enforcement status is {}",
                status.name()
            ),
        }
    }
}

/// What an alarm's action found paused.
fn found_paused(action: &Action, scope: Option<&Scope>) -> Option<Target> {
    match (action, scope) {
        (Action::Notify(NotifyOnly::AccountPaused), _) => Some(Target::Account),
        (Action::Notify(NotifyOnly::SetsPaused), Some(Scope::ConfigurationSet(set))) => {
            Some(Target::Sets(vec![set.clone()]))
        }
        (Action::Notify(NotifyOnly::TenantPaused), Some(Scope::Tenant(arn))) => {
            Some(Target::Tenant(arn.clone()))
        }
        (Action::Notify(_) | Action::Pause(_) | Action::Observe(_), _) => None,
    }
}
