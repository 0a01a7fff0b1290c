//! Incidents that the journal holds: what an earlier invocation left unfinished, pauses that end,
//! and alarms that have left ALARM.

use std::time::Duration;

use tracing::warn;
use warden_aws::{CallError, SwitchState};
use warden_domain::alarm::AlarmState;
use warden_domain::guard::Mode;
use warden_domain::guard::account::{AwsMessageKind, SwitchCall};
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::guard::incident::{FoundPart, Incident, Observation, PartState, Pause, Phase};
use warden_domain::guard::record::Target;
use warden_domain::journal::Actor;

use crate::guard::Guard;
use crate::snapshot::{StackSnapshot, not_handled};
use crate::time::{FOR_ANSWER, now_millis, share, within};

/// No pause is looked up with less time: each of its configuration sets takes a second.
const FOR_NOTING: Duration = Duration::from_secs(40);
/// The clock of SES and ours may differ by so much, in milliseconds.
const CLOCKS: i64 = 2_000;

impl Guard {
    /// Finishes what an earlier invocation left unfinished. Answers with the faults.
    pub(crate) async fn unfinished(&self, snapshot: &StackSnapshot) -> Vec<CallError> {
        let mut failed = Vec::new();
        for incident in snapshot.incidents() {
            if !incident.phase.is_unfinished() {
                continue;
            }
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
                Some(paused) => self.any_sends(paused).await? == Some(true),
                None => false,
            },
            Phase::Resuming { target, since, .. } => {
                let mut sends = self.any_sends(target).await? == Some(true);
                for part in target.parts() {
                    sends = sends || self.switched_since(&part, *since).await? != Some(false);
                }
                sends
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
        let policy = &self.settings.policy;
        let is_protected = match part {
            Target::Sets(sets) => sets.iter().any(|set| policy.protected_sets.contains(set)),
            Target::Account | Target::Tenant(_) => false,
        };
        let lasts = incident.alarms().any(|alarm| snapshot.lasts(alarm));
        let may_pause = lasts && policy.mode == Mode::Act && !is_protected;
        if self.any_sends(part).await? != Some(true) {
            return Ok(PartState::Off);
        }
        let switched = if pause.in_doubt {
            match self.switched_since(part, pause.since).await {
                Ok(switched) => switched,
                Err(error) => {
                    warn!(%error, "CloudTrail does not say whether somebody resumed what guard began to pause");
                    None
                }
            }
        } else {
            Some(false)
        };
        Ok(match switched {
            Some(true) => PartState::SendsAgain,
            Some(false) if may_pause => PartState::Sends,
            Some(false) => PartState::Spared,
            None => PartState::Unknown,
        })
    }

    /// Whether the switch of a part was used since then. SES itself tells it of sets and tenants,
    /// CloudTrail of the account. CloudTrail shows a call some minutes after it was made: a resume
    /// within these minutes is not seen. `None` where there is no such part.
    ///
    /// # Errors
    /// [`CallError`].
    async fn switched_since(&self, part: &Target, since: i64) -> Result<Option<bool>, CallError> {
        let since = since - CLOCKS;
        let is_later = |state: SwitchState| {
            state.switched_at.is_some_and(|at| at.saturating_mul(1000) >= since)
        };
        match part {
            Target::Account => Ok(Some(!self.calls_since(part, since).await?.is_empty())),
            Target::Tenant(arn) => {
                Ok(Some(self.clients.switch.tenant_state(arn).await?.is_some_and(is_later)))
            }
            Target::Sets(sets) => {
                for set in sets {
                    let state = self.clients.switch.configuration_set_state(set).await?;
                    if state.is_some_and(is_later) {
                        return Ok(Some(true));
                    }
                }
                Ok(Some(false))
            }
        }
    }

    /// The calls of the switch of `target` since then, by CloudTrail.
    async fn calls_since(&self, target: &Target, since: i64) -> Result<Vec<SwitchCall>, CallError> {
        let mut calls = Vec::new();
        for name in SwitchCall::names(target) {
            let records = self.clients.trail.calls(name, since.div_euclid(1000)).await?;
            calls.extend(records.iter().filter_map(|record| SwitchCall::parse(record)));
        }
        let concerns = |call: &SwitchCall| call.target.as_ref().is_some_and(|t| t.meets(target));
        calls.retain(|call| call.at >= since && concerns(call));
        calls.sort_by_key(|call| std::cmp::Reverse(call.at));
        Ok(calls)
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
        if let Some(message) = &snapshot.message
            && message.kind == (AwsMessageKind::Switched { on })
            && message.switched.as_ref().is_some_and(|switched| switched.meets(target))
        {
            return Actor::Person { identity: message.identity.clone() };
        }
        let limit = share(snapshot.deadline, FOR_ANSWER, 4);
        let calls = within(limit, "LookupEvents", self.calls_since(target, since)).await;
        let last = calls.unwrap_or_default().into_iter().find(|call| call.on == on);
        last.map_or(Actor::Unknown, |call| Actor::Person { identity: call.identity })
    }

    /// Whether any part of it sends; `None` where nothing of it exists.
    pub(crate) async fn any_sends(&self, target: &Target) -> Result<Option<bool>, CallError> {
        let switch = &self.clients.switch;
        let sets = match target {
            Target::Account => return Ok(Some(switch.account().await?.sending_enabled)),
            Target::Tenant(arn) => return switch.tenant(arn).await,
            Target::Sets(sets) => sets,
        };
        let mut any = None;
        for set in sets {
            match switch.configuration_set(set).await? {
                Some(true) => return Ok(Some(true)),
                Some(false) => any = Some(false),
                None => {}
            }
        }
        Ok(any)
    }

    /// Notes which pauses somebody ended, ends those that are due, and closes the incidents whose
    /// alarms have left ALARM. What there is no time for waits for a later invocation.
    pub(crate) async fn standing(&self, snapshot: &StackSnapshot) -> Vec<CallError> {
        let mut failed = Vec::new();
        for incident in snapshot.incidents() {
            let name = incident.leader.alarm.clone();
            let limit = share(snapshot.deadline, FOR_ANSWER, 1);
            let work = async {
                match self.seen_of(&incident, snapshot).await? {
                    Some(seen) => self.advance(incident, seen, snapshot).await,
                    None => Ok(()),
                }
            };
            let ended = within(limit, "reading what is paused", work).await;
            failed.extend(ended.err().map(|fault| not_handled(&name, fault)));
        }
        failed
    }

    async fn seen_of(
        &self,
        incident: &Incident,
        snapshot: &StackSnapshot,
    ) -> Result<Option<Observation>, CallError> {
        let lasts = incident.alarms().any(|alarm| snapshot.lasts(alarm));
        let (target, at) = match &incident.phase {
            Phase::Paused { target, at } => (target, *at),
            Phase::Open | Phase::Handled | Phase::Ended { .. } => {
                return Ok((!lasts).then_some(Observation::AlarmsLeft));
            }
            Phase::Pausing(_)
            | Phase::Notifying(_)
            | Phase::Resuming { .. }
            | Phase::Ending { .. }
            | Phase::Closed => return Ok(None),
        };
        let is_account = *target == Target::Account;
        let sends = match snapshot.known_account() {
            Some(account) if is_account => Some(account.sending_enabled),
            Some(_) | None if snapshot.deadline.remaining() < FOR_NOTING => return Ok(None),
            Some(_) | None => self.any_sends(target).await?,
        };
        match sends {
            None => return Ok(Some(Observation::Gone)),
            Some(true) => {
                let actor = self.who(target, true, at, snapshot).await;
                return Ok(Some(Observation::Sends { actor, at: now_millis() }));
            }
            Some(false) => {}
        }
        let (Some(minutes), Mode::Act) =
            (self.settings.max_pause_minutes, self.settings.policy.mode)
        else {
            return Ok(None);
        };
        let alarm = snapshot.alarms.get(&incident.leader.alarm);
        let is_due = at <= now_millis() - i64::from(minutes) * 60_000;
        let is_calm = alarm.is_some_and(|alarm| alarm.state == AlarmState::Ok)
            && snapshot.critical.is_empty()
            && snapshot
                .known_account()
                .is_some_and(|account| account.enforcement_status == EnforcementStatus::Healthy);
        Ok((is_due && is_calm).then(|| Observation::MayResume { at: now_millis() }))
    }
}
