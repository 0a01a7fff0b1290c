//! Alarms in ALARM: decide about each, and put those that concern the same into one incident.

use tracing::info;
use warden_aws::{AlarmRecord, CallError, Class};
use warden_domain::guard::group::{Concern, Priority, group, in_turn};
use warden_domain::guard::incident::{Incident, Observation};
use warden_domain::guard::record::Target;
use warden_domain::guard::{Action, Scope, rank};

use crate::decision::AlarmDecision;
use crate::guard::Guard;
use crate::lock::held;
use crate::snapshot::{StackSnapshot, episode, not_handled};
use crate::time::{FOR_ANSWER, now_millis, share, within};

impl Guard {
    /// Handles the alarms that are in ALARM and not handled. Answers with the faults of those that
    /// could not be.
    ///
    /// Deciding takes at most half of the time that is left. Where every domain is in ALARM at once,
    /// what is decided by then is handled, and the next invocation takes the rest.
    pub(crate) async fn alarms_in_alarm(
        &self,
        snapshot: &StackSnapshot,
        is_first: bool,
    ) -> Vec<CallError> {
        let deadline = snapshot.deadline;
        let (decided, mut failed) = self.decisions(snapshot, is_first).await;
        let concerns: Vec<Concern> = decided.iter().map(AlarmDecision::concern).collect();
        for (turn, places) in group(&concerns).into_iter().enumerate() {
            let members = places.iter().filter_map(|place| decided.get(*place)).collect::<Vec<_>>();
            let Some(name) = members.first().map(|first| first.alarm.name.clone()) else {
                continue;
            };
            let ended = if turn > 0 && deadline.remaining().is_zero() {
                Err(out_of_time("handling"))
            } else {
                let limit = share(deadline, FOR_ANSWER, 1);
                within(limit, "handling", self.handle(members, snapshot)).await
            };
            failed.extend(ended.err().map(|fault| not_handled(&name, fault)));
        }
        failed
    }

    /// Decides about each alarm, the most important first, and the faults of those left undecided.
    async fn decisions(
        &self,
        snapshot: &StackSnapshot,
        is_first: bool,
    ) -> (Vec<AlarmDecision>, Vec<CallError>) {
        let deadline = snapshot.deadline;
        let (mut decided, mut failed) = (Vec::new(), Vec::new());
        let for_handling = deadline.remaining() / 2;
        let open = snapshot.open_alarms();
        let priorities: Vec<Priority> =
            open.iter().map(|alarm| self.priority(alarm, snapshot)).collect();
        // The schedule comes every five minutes.
        let round = usize::try_from(now_millis() / 300_000).unwrap_or_default();
        for (place, index) in in_turn(&priorities, round).into_iter().enumerate() {
            let Some(alarm) = open.get(index).cloned() else { continue };
            let name = alarm.name.clone();
            if (place > 0 || !is_first) && deadline.remaining() <= for_handling {
                failed.push(not_handled(&name, out_of_time("deciding")));
                continue;
            }
            let limit = share(deadline, for_handling, 2).max(deadline.remaining() / 4);
            match within(limit, "deciding", self.decide_about(alarm, snapshot)).await {
                Ok(one) => {
                    held(&snapshot.decided).insert(name, one.clone());
                    decided.push(one);
                }
                Err(fault) => failed.push(not_handled(&name, fault)),
            }
        }
        (decided, failed)
    }

    /// When guard decides about an alarm.
    fn priority(&self, alarm: &AlarmRecord, snapshot: &StackSnapshot) -> Priority {
        let label = self.label(alarm);
        let id = episode(alarm);
        let is_notified = snapshot.incidents().iter().any(|incident| {
            !incident.notified.is_empty() && incident.alarms().any(|one| *one == id)
        });
        if is_notified {
            Priority::Again
        } else if label.as_ref().is_some_and(|label| label.scope == Scope::Account) {
            Priority::Account
        } else {
            Priority::Ranked(rank(label.as_ref()))
        }
    }

    /// One incident: the alarms of `members`, the leader first.
    async fn handle(
        &self,
        mut members: Vec<&AlarmDecision>,
        snapshot: &StackSnapshot,
    ) -> Result<(), CallError> {
        let wanted: Vec<Target> = members.iter().filter_map(|member| wanted(member)).collect();
        let pause = Target::all(&wanted);
        if pause.is_none() {
            members.retain(|member| !begun(member, snapshot).knows(&member.action));
        }
        let Some((leader, others)) = members.split_first() else {
            info!("nothing has changed since the last notice");
            return Ok(());
        };
        if let Some(target) = &pause
            && self.is_paused_meanwhile(target, leader, snapshot).await?
        {
            return Ok(());
        }
        let decided = Observation::Decided {
            action: pause.map_or_else(|| leader.action.clone(), Action::Pause),
            others: others.iter().map(|other| episode(&other.alarm)).collect(),
            cause: leader.cause(),
            at: now_millis(),
        };
        self.advance(begun(leader, snapshot), decided, snapshot).await
    }
}

fn wanted(member: &AlarmDecision) -> Option<Target> {
    match &member.action {
        Action::Pause(target) => Some(target.clone()),
        Action::Notify(_) | Action::Observe(_) | Action::Nothing => None,
    }
}

/// The incident that this alarm leads, with what operators know of it by others' incidents.
fn begun(member: &AlarmDecision, snapshot: &StackSnapshot) -> Incident {
    let id = episode(&member.alarm);
    let mut own = snapshot.incident(&id).unwrap_or_else(|| Incident::new(id.clone()));
    for other in snapshot.incidents() {
        if other.alarms().any(|one| *one == id) {
            let new = other.notified.into_iter().filter(|code| !own.notified.contains(code));
            own.notified.extend(new.collect::<Vec<_>>());
        }
    }
    own
}

fn out_of_time(operation: &'static str) -> CallError {
    CallError::new(operation, Class::Temporary, "the time of this invocation is over")
}
