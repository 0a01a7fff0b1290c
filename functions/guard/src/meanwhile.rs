//! Pauses that another guard has begun since this one read the journal.
//!
//! Two alarms of the same mail may invoke two guards in the same minute. Each leads an incident of its
//! own, which no version protects. A second pause would be a second notice, and might override a person
//! who resumed the first.

use tracing::info;
use warden_aws::{CallError, PartitionQuery};
use warden_domain::guard::Action;
use warden_domain::guard::incident::{INCIDENT, Incident, Observation};

use crate::guard::Guard;
use crate::snapshot::StackSnapshot;

impl Guard {
    /// Whether what was decided is a pause that another guard has begun, of all of it or a part.
    ///
    /// # Errors
    /// [`CallError`]. Operators are notified of a journal that cannot be read.
    pub(crate) async fn is_paused_meanwhile(
        &self,
        incident: &Incident,
        decided: &Observation,
        snapshot: &StackSnapshot,
    ) -> Result<bool, CallError> {
        let Observation::Decided { action: Action::Pause(target), .. } = decided else {
            return Ok(false);
        };
        let query = self.clients.journal.partition(INCIDENT, PartitionQuery::default());
        let items = query.await;
        if let Err(error) = &items {
            self.journal_failed(&snapshot.stack.critical(), error).await;
        }
        let other = snapshot.stack.paused_meanwhile(&items?, &incident.leader, target);
        if let Some(other) = &other {
            let (what, alarm) = (target.keys().join(", "), &incident.leader.alarm);
            info!(
                alarm.name = alarm,
                incident = other.id(),
                what,
                "another guard pauses {what} for alarm {}: this one pauses nothing for {alarm}",
                other.leader.alarm
            );
        }
        Ok(other.is_some())
    }
}
