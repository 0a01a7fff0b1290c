//! One incident: decide, note what is to be paused, pause, read back, note what is paused, notify,
//! note that it is handled.
//!
//! In this order no crash leaves a pause without a notice: the next invocation finishes what the
//! tags say was begun, in whatever state the alarm is then. A notice that may have gone out before
//! says so and has the same id.

use tracing::info;
use warden_aws::{CallError, Class};
use warden_domain::guard::incident::{Concern, Notification, Priority, group, in_turn};
use warden_domain::guard::record::{TAG_NOTIFYING, Target, name_hash, notified_open_value};
use warden_domain::guard::{Action, TAG_HANDLED, TAG_NOTIFIED};

use crate::decision::{AlarmDecision, priority, word};
use crate::guard::Guard;
use crate::pause::PauseRequest;
use crate::snapshot::{OpenAlarm, StackSnapshot, not_handled};
use crate::time::{FOR_ANSWER, now_millis, share, within};

impl Guard {
    /// Handles the alarms that are in ALARM and not handled. Answers with the faults of those that
    /// could not be.
    ///
    /// Deciding takes at most half of the time that is left. Where every domain is in ALARM at once,
    /// what is decided by then is handled, and the next invocation takes the rest.
    pub(crate) async fn incidents(
        &self,
        open: Vec<OpenAlarm>,
        snapshot: &StackSnapshot,
    ) -> Vec<CallError> {
        let deadline = snapshot.deadline;
        let (mut decided, mut failed) = self.decisions(open, snapshot).await;
        let concerns: Vec<Concern> = decided.iter().flatten().map(AlarmDecision::concern).collect();
        for (turn, places) in group(&concerns).into_iter().enumerate() {
            let incident: Vec<AlarmDecision> = places
                .into_iter()
                .filter_map(|place| decided.get_mut(place).and_then(Option::take))
                .collect();
            let Some(alarm) = incident.first().map(|first| first.alarm().clone()) else { continue };
            let ended = if turn > 0 && deadline.remaining().is_zero() {
                Err(out_of_time("handling"))
            } else {
                let limit = share(deadline, FOR_ANSWER, 1);
                within(limit, "handling", self.handle_incident(incident, snapshot)).await
            };
            failed.extend(ended.err().map(|fault| not_handled(&alarm, fault)));
        }
        failed
    }

    /// Decides about each alarm, the most important first, and the faults of those left undecided.
    async fn decisions(
        &self,
        open: Vec<OpenAlarm>,
        snapshot: &StackSnapshot,
    ) -> (Vec<Option<AlarmDecision>>, Vec<CallError>) {
        let deadline = snapshot.deadline;
        let (mut decided, mut failed) = (Vec::new(), Vec::new());
        let for_handling = deadline.remaining() / 2;
        let priorities: Vec<Priority> = open.iter().map(priority).collect();
        let mut open: Vec<Option<OpenAlarm>> = open.into_iter().map(Some).collect();
        // The schedule comes every five minutes.
        let round = usize::try_from(now_millis() / 300_000).unwrap_or_default();
        for (place, index) in in_turn(&priorities, round).into_iter().enumerate() {
            let Some(open) = open.get_mut(index).and_then(Option::take) else { continue };
            let alarm = open.alarm.clone();
            let may_wait = place > 0 && priorities.get(index) != Some(&Priority::Begun);
            if may_wait && deadline.remaining() <= for_handling {
                failed.push(not_handled(&alarm, out_of_time("deciding")));
                continue;
            }
            // What guard began is decided even when the half is over.
            let limit = share(deadline, for_handling, 2).max(deadline.remaining() / 4);
            match within(limit, "deciding", self.decide_about(open, snapshot)).await {
                Ok(one) => decided.extend(one.map(Some)),
                Err(fault) => failed.push(not_handled(&alarm, fault)),
            }
        }
        (decided, failed)
    }

    /// `incident`: the leader first.
    async fn handle_incident(
        &self,
        mut incident: Vec<AlarmDecision>,
        snapshot: &StackSnapshot,
    ) -> Result<(), CallError> {
        let pause = pause_of(&incident);
        if pause.is_none() {
            incident.retain(|member| !member.is_known());
        }
        let Some((leader, others)) = incident.split_first() else {
            info!("nothing has changed since the last notice");
            return Ok(());
        };
        let mut progress = match &pause {
            Some(target) => Some(self.pause(&request(leader, target), snapshot).await?),
            None => None,
        };
        let action = progress
            .as_ref()
            .map_or_else(|| leader.action.clone(), |made| Action::Pause(made.paused.clone()));
        // The followers' first: without the leader's tag nothing has gone out. One that takes no
        // tag is not listed, and gets a notice of its own later.
        let following = Notification::Following(name_hash(&leader.alarm().name));
        let (mut listed, mut fault) = (Vec::new(), None);
        for other in others {
            let value = following.tag(&other.alarm().episode, word(&action));
            match self.clients.alarms.tag(&other.alarm().arn, TAG_NOTIFYING, &value).await {
                Ok(()) => listed.push(other),
                Err(error) => fault = Some(not_handled(other.alarm(), error)),
            }
        }
        let mut noted =
            progress.as_mut().map(|made| std::mem::take(&mut made.tags)).unwrap_or_default();
        let leading = Notification::Leading.tag(&leader.alarm().episode, word(&action));
        noted.push((TAG_NOTIFYING.to_owned(), leading));
        self.clients.alarms.tag_with(&leader.alarm().arn, &noted).await?;
        self.notify(leader, &listed, &action, progress.as_ref(), snapshot).await?;
        if let Some(fault) = progress.and_then(|made| made.fault) {
            // A part is not paused: the incident goes on.
            return Err(fault);
        }
        for member in listed.into_iter().chain([leader]) {
            let AlarmDecision { open: OpenAlarm { alarm, tags, .. }, action, .. } = member;
            let (tag, value) = if pause.is_none() && action.is_open() {
                (TAG_NOTIFIED, notified_open_value(tags, &alarm.episode, action.code()))
            } else {
                (TAG_HANDLED, alarm.episode.clone())
            };
            self.clients.alarms.tag(&alarm.arn, tag, &value).await?;
        }
        fault.map_or(Ok(()), Err)
    }
}

/// What the alarms of an incident pause together.
fn pause_of(incident: &[AlarmDecision]) -> Option<Target> {
    let targets = incident.iter().filter_map(|member| match &member.action {
        Action::Pause(target) => Some(target.clone()),
        Action::Notify(_) | Action::Observe(_) => None,
    });
    targets.reduce(|all, target| all.joined(&target))
}

fn request<'a>(leader: &'a AlarmDecision, target: &'a Target) -> PauseRequest<'a> {
    PauseRequest {
        alarm: leader.alarm(),
        target,
        begun: leader.begun.as_ref(),
        done: leader.done.as_ref(),
        may_be_notified: leader.notification != Notification::No,
    }
}

fn out_of_time(operation: &'static str) -> CallError {
    CallError::new(operation, Class::Temporary, "the time of this invocation is over")
}
