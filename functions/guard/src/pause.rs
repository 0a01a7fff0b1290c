//! The pause itself, part by part: one that fails keeps no other from being paused.

use tracing::warn;
use warden_aws::{AlarmRecord, CallError, Class};
use warden_domain::guard::Mode;
use warden_domain::guard::record::{PauseRecord, TAG_PAUSED, TAG_PAUSING, Target};
use warden_domain::notice::{self, MissingPart};

use crate::guard::Guard;
use crate::snapshot::StackSnapshot;
use crate::time::{FOR_NOTICE, for_part, now_millis, within};

/// What is to be paused, for which alarm.
#[derive(Debug)]
pub(crate) struct PauseRequest<'a> {
    /// The alarm that leads.
    pub(crate) alarm: &'a AlarmRecord,
    pub(crate) target: &'a Target,
    /// What guard began to pause for it in this episode.
    pub(crate) begun: Option<&'a PauseRecord>,
    /// What was paused for it in this episode.
    pub(crate) done: Option<&'a PauseRecord>,
    /// A notice may have gone out.
    pub(crate) may_be_notified: bool,
}

/// How far a pause is.
#[derive(Debug)]
pub(crate) struct PauseProgress {
    /// All that is paused by now, by this invocation and by earlier ones.
    pub(crate) paused: Target,
    /// The tags that say so, where there is more than before.
    pub(crate) tags: Vec<(String, String)>,
    /// What is not paused yet, and why.
    pub(crate) missing: Vec<MissingPart>,
    /// The last reason, as an error.
    pub(crate) fault: Option<CallError>,
    /// The operators were notified of a part of it before.
    pub(crate) is_rest: bool,
    /// What was paused before sends again: somebody resumed it.
    pub(crate) sends_again: bool,
}

impl Guard {
    /// Pauses what is not paused yet of a request, and reads back that it took.
    ///
    /// # Errors
    /// [`CallError`] where there is nothing new to notify of.
    pub(crate) async fn pause(
        &self,
        request: &PauseRequest<'_>,
        snapshot: &StackSnapshot,
    ) -> Result<PauseProgress, CallError> {
        let PauseRequest { alarm, target, begun, done, may_be_notified } = *request;
        let done = done.map(|record| &record.target);
        let sends_again = match done {
            Some(done) => {
                let limit = for_part(snapshot.deadline, 2);
                within(limit, "reading what is paused", self.any_sends(done)).await?
            }
            None => false,
        };
        let rest = match done {
            Some(done) => target.beyond(done),
            None => Some(target.clone()),
        };
        let mut made = PauseProgress {
            paused: done.unwrap_or(target).clone(),
            tags: Vec::new(),
            missing: Vec::new(),
            fault: None,
            is_rest: false,
            sends_again,
        };
        let Some(rest) = rest else { return Ok(made) };
        let record = |target: &Target| PauseRecord {
            episode: alarm.episode.clone(),
            at: notice::at(now_millis()),
            target: target.clone(),
        };
        if begun.map(|begun| &begun.target) != Some(target) {
            self.clients.alarms.tag_with(&alarm.arn, &record(target).tags(TAG_PAUSING)).await?;
        }
        let mut new: Option<Target> = None;
        let parts = rest.parts();
        let count = parts.len();
        for (place, part) in parts.into_iter().enumerate() {
            // No further part is begun in the time that the notice needs.
            let ended = if place > 0 && snapshot.deadline.remaining() < FOR_NOTICE {
                Err(CallError::new(
                    "pausing",
                    Class::Temporary,
                    "the time of this invocation is over",
                ))
            } else {
                let limit = for_part(snapshot.deadline, count - place);
                within(limit, "pausing", self.pause_part(&part, begun.is_some())).await
            };
            match ended {
                Ok(()) => new = Some(new.map_or(part.clone(), |new| new.joined(&part))),
                Err(fault) => {
                    made.missing.push(MissingPart { target: part, why: fault.to_string() });
                    made.fault = Some(fault);
                }
            }
        }
        match (new, made.fault.take()) {
            (Some(new), fault) => {
                made.paused = done.map_or(new.clone(), |done| done.joined(&new));
                made.tags = record(&made.paused).tags(TAG_PAUSED);
                made.is_rest = done.is_some() && may_be_notified;
                made.fault = fault;
                let (what, missing) = (new.keys().join(", "), made.missing.len());
                warn!(
                    alarm.name = alarm.name,
                    alarm.episode = alarm.episode,
                    what,
                    missing,
                    "paused {what} because of alarm {}; still to pause: {missing}",
                    alarm.name
                );
            }
            // The operators know what was paused before, or nothing was.
            (None, Some(fault)) if done.is_none() || may_be_notified => {
                return Err(fault);
            }
            (None, fault) => made.fault = fault,
        }
        Ok(made)
    }

    /// Pauses one part and reads back that it took. What an earlier invocation switched off before it
    /// died is not switched again; what does not exist any more sends nothing.
    async fn pause_part(&self, part: &Target, may_be_off: bool) -> Result<(), CallError> {
        if may_be_off && !self.any_sends(part).await? {
            return Ok(());
        }
        match self.switch(part, false).await {
            Err(error) if error.class == Class::NotFound => {
                let what = part.keys().join(", ");
                warn!(what, "{what} does not exist any more: there is nothing to pause");
                Ok(())
            }
            ended => ended,
        }
    }

    /// What of a pause that was begun is still to be made: all of it, except what somebody
    /// has protected since, or forbidden by observing, or what the alarm no longer asks for;
    /// of that only what is off already, so that the operators get a notice of it.
    pub(crate) async fn still_to_pause(
        &self,
        begun: &Target,
        done: Option<&PauseRecord>,
        has_left: bool,
    ) -> Result<Option<Target>, CallError> {
        let policy = &self.settings.policy;
        let mut wanted: Option<Target> = None;
        for part in begun.parts() {
            let is_protected = match &part {
                Target::Sets(sets) => sets.iter().any(|set| policy.protected_sets.contains(set)),
                Target::Account | Target::Tenant(_) => false,
            };
            let is_done = done.is_some_and(|done| part.beyond(&done.target).is_none());
            let may_pause = !has_left && policy.mode == Mode::Act && !is_protected;
            if is_done || may_pause || !self.any_sends(&part).await? {
                wanted = Some(wanted.map_or(part.clone(), |wanted| wanted.joined(&part)));
            }
        }
        Ok(wanted)
    }

    /// Switches all of it on or off, and reads back that it took.
    pub(crate) async fn switch(&self, target: &Target, on: bool) -> Result<(), CallError> {
        match target {
            Target::Account => self.clients.switch.switch_account(on).await?,
            Target::Tenant(arn) => self.clients.switch.switch_tenant(arn, on).await?,
            Target::Sets(sets) => {
                for set in sets {
                    self.clients.switch.switch_configuration_set(set, on).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether any part of it sends.
    pub(crate) async fn any_sends(&self, target: &Target) -> Result<bool, CallError> {
        match target {
            Target::Account => Ok(self.clients.switch.account().await?.sending_enabled),
            Target::Tenant(arn) => Ok(self.clients.switch.tenant(arn).await? == Some(true)),
            Target::Sets(sets) => {
                for set in sets {
                    if self.clients.switch.configuration_set(set).await? == Some(true) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}
