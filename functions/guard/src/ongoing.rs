//! Incidents that the journal holds: what an earlier invocation left unfinished, pauses that end,
//! and alarms that have left ALARM.

use std::time::Duration;

use tracing::warn;
use warden_aws::CallError;
use warden_domain::guard::Mode;
use warden_domain::guard::account::SwitchCall;
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::guard::incident::{FoundPart, Incident, Observation, PartState, Pause, Phase};
use warden_domain::guard::record::Target;
use warden_domain::journal::Actor;

use crate::guard::Guard;
use crate::snapshot::{StackSnapshot, not_handled};
use crate::time::{FOR_ANSWER, now_millis, share, within};

/// No pause is looked up with less time: each of its configuration sets takes a second.
const FOR_LOOK_UP: Duration = Duration::from_secs(40);
/// The clock of SES and ours may differ by so much, in milliseconds.
const CLOCKS: i64 = 2_000;

impl Guard {
    /// Finishes what an earlier invocation left unfinished. Answers with the faults.
    pub(crate) async fn finish(&self, snapshot: &mut StackSnapshot) -> Vec<CallError> {
        let mut failed = Vec::new();
        for incident in snapshot.stack.unfinished() {
            let name = incident.leader.alarm.clone();
            let limit = share(snapshot.deadline, FOR_ANSWER, 1);
            let work = async {
                let seen = self.left_unfinished(&incident, snapshot).await?;
                self.advance(incident, seen, snapshot).await
            };
            let ended = within(limit, "handling", work).await;
            failed.extend(ended.err().map(|fault| not_handled(&name, fault)));
        }
        failed
    }

    async fn left_unfinished(
        &self,
        incident: &Incident,
        snapshot: &StackSnapshot,
    ) -> Result<Observation, CallError> {
        let switch = &self.clients.switch;
        let sends = match &incident.phase {
            Phase::Pausing(pause) => {
                let mut parts = Vec::new();
                for target in pause.rest() {
                    let state = self.part_state(&target, pause, incident, snapshot).await?;
                    parts.push(FoundPart { target, state });
                }
                return Ok(Observation::Found { parts, at: now_millis() });
            }
            Phase::Notifying(notice) => match &notice.paused {
                Some(paused) => switch.any_sends(paused).await? == Some(true),
                None => false,
            },
            Phase::Resuming { target, since, .. } => {
                let sends = switch.any_sends(target).await? == Some(true);
                sends || self.was_used(target, *since).await?
            }
            Phase::Ending { .. }
            | Phase::Open
            | Phase::Paused { .. }
            | Phase::Ended { .. }
            | Phase::Handled
            | Phase::Closed => false,
        };
        Ok(Observation::Interrupted { sends })
    }

    /// Whether a part of a pause that was begun sends, and whether it may be paused by the settings
    /// and the alarms of now.
    async fn part_state(
        &self,
        part: &Target,
        pause: &Pause,
        incident: &Incident,
        snapshot: &StackSnapshot,
    ) -> Result<PartState, CallError> {
        if self.clients.switch.any_sends(part).await? != Some(true) {
            return Ok(PartState::Off);
        }
        let was_used = match pause.in_doubt {
            true => self.was_used(part, pause.since).await.map(Some).unwrap_or_else(|error| {
                warn!(%error, "CloudTrail does not say whether somebody resumed what guard began to pause");
                None
            }),
            false => Some(false),
        };
        let may_pause = snapshot.stack.may_pause(part, incident, &self.settings.policy);
        Ok(PartState::of_sending(was_used, may_pause))
    }

    /// Whether the switch of a target was used since then. SES itself says so of sets and tenants,
    /// CloudTrail of the account. CloudTrail shows a call some minutes after it was made: a resume
    /// within these minutes is not seen.
    async fn was_used(&self, target: &Target, since: i64) -> Result<bool, CallError> {
        let since = since - CLOCKS;
        match self.clients.switch.used_since(target, since).await? {
            Some(was_used) => Ok(was_used),
            None => Ok(!self.clients.trail.switch_calls(target, since).await?.is_empty()),
        }
    }

    /// Who switched `target` on or off last since then, as far as the message that invoked guard or
    /// CloudTrail say.
    pub(crate) async fn who(
        &self,
        target: &Target,
        on: bool,
        since: i64,
        snapshot: &StackSnapshot,
    ) -> Actor {
        let by_message = snapshot.message.as_ref().and_then(|one| one.switched_by(target, on));
        if let Some(actor) = by_message {
            return actor;
        }
        let limit = share(snapshot.deadline, FOR_ANSWER, 4);
        let calls = self.clients.trail.switch_calls(target, since);
        let calls = within(limit, "LookupEvents", calls).await.unwrap_or_default();
        let last = calls.into_iter().find(|call| call.on == on);
        last.map_or(Actor::Unknown, SwitchCall::actor)
    }

    /// Notes which pauses somebody ended, ends those that are due, and closes the incidents whose
    /// alarms have left ALARM. What there is no time for waits for a later invocation.
    pub(crate) async fn check_ongoing(&self, snapshot: &mut StackSnapshot) -> Vec<CallError> {
        let mut failed = Vec::new();
        for incident in snapshot.stack.unchanged() {
            let name = incident.leader.alarm.clone();
            let limit = share(snapshot.deadline, FOR_ANSWER, 1);
            let work = async {
                match self.change_of(&incident, snapshot).await? {
                    Some(seen) => self.advance(incident, seen, snapshot).await,
                    None => Ok(()),
                }
            };
            let ended = within(limit, "reading what is paused", work).await;
            failed.extend(ended.err().map(|fault| not_handled(&name, fault)));
        }
        failed
    }

    async fn change_of(
        &self,
        incident: &Incident,
        snapshot: &StackSnapshot,
    ) -> Result<Option<Observation>, CallError> {
        let Phase::Paused { target, at } = &incident.phase else {
            let has_left = !snapshot.stack.any_lasts(incident);
            return Ok(has_left.then_some(Observation::AlarmsLeft));
        };
        let account = snapshot.reads.known_account();
        let sends = match account {
            Some(account) if *target == Target::Account => Some(account.sending_enabled),
            Some(_) | None if snapshot.deadline.remaining() < FOR_LOOK_UP => return Ok(None),
            Some(_) | None => self.clients.switch.any_sends(target).await?,
        };
        let now = now_millis();
        match sends {
            None => Ok(Some(Observation::Gone)),
            Some(true) => {
                let actor = self.who(target, true, *at, snapshot).await;
                Ok(Some(Observation::Sends { actor, at: now_millis() }))
            }
            Some(false) => {
                let longest = self.settings.max_pause_minutes;
                let is_due =
                    longest.is_some_and(|minutes| *at <= now - i64::from(minutes) * 60_000);
                let is_healthy =
                    account.is_some_and(|one| one.enforcement_status == EnforcementStatus::Healthy);
                let may_resume = self.settings.policy.mode == Mode::Act
                    && is_due
                    && is_healthy
                    && snapshot.stack.is_calm(incident);
                Ok(may_resume.then_some(Observation::MayResume { at: now }))
            }
        }
    }
}
