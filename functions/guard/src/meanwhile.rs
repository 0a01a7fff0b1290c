//! Pauses that another guard began since this one read the journal.
//!
//! Two alarms of the same mail may go into ALARM in the same minute, and each invokes a guard. Where
//! they see different alarms, each leads an incident of its own, which no version protects. So a guard
//! reads the incidents again before it begins a pause, and leaves to the other one what that has
//! begun: a second pause would be a second notice, and might override a person who resumed the first.

use tracing::info;
use warden_aws::{CallError, PartitionQuery};
use warden_domain::guard::incident::{INCIDENT, Incident};
use warden_domain::guard::record::Target;

use crate::decision::AlarmDecision;
use crate::guard::Guard;
use crate::snapshot::{StackSnapshot, episode};

impl Guard {
    /// Whether another incident of the journal, new or changed since it was read, pauses some of
    /// `target`, or did.
    ///
    /// # Errors
    /// [`CallError`]. Operators are notified of a journal that cannot be read.
    pub(crate) async fn is_paused_meanwhile(
        &self,
        target: &Target,
        leader: &AlarmDecision,
        snapshot: &StackSnapshot,
    ) -> Result<bool, CallError> {
        let query = self.clients.journal.partition(INCIDENT, PartitionQuery::default());
        let items = match query.await {
            Ok(items) => items,
            Err(error) => {
                self.journal_failed(&snapshot.critical, &error).await;
                return Err(error);
            }
        };
        let (known, own) = (snapshot.incidents(), episode(&leader.alarm));
        let new = items.iter().filter_map(Incident::from_item).filter_map(Result::ok);
        let mut others = new.filter(|one| one.leader != own && !known.contains(one));
        let other = others.find(|one| pauses(one).is_some_and(|paused| paused.meets(target)));
        if let Some(other) = &other {
            let what = target.keys().join(", ");
            info!(
                alarm.name = leader.alarm.name,
                incident = other.id(),
                what,
                "another guard pauses {what} for alarm {}: this one pauses nothing for {}",
                other.leader.alarm,
                leader.alarm.name
            );
        }
        Ok(other.is_some())
    }
}

fn pauses(incident: &Incident) -> Option<&Target> {
    let known = || incident.known_pause().map(|(target, ..)| target);
    incident.standing_pause().map(|(target, _)| target).or_else(known)
}
