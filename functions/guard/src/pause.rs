//! The pause itself, part by part: one that fails keeps no other from being paused.

use tracing::warn;
use warden_aws::{CallError, Class};
use warden_domain::guard::Mode;
use warden_domain::guard::incident::Telling;
use warden_domain::guard::record::{Record, TAG_PAUSED, TAG_PAUSING, Target};
use warden_domain::notice::{self, Missing};

use crate::Guard;
use crate::incident::Decided;
use crate::snapshot::StackSnapshot;
use crate::time::{FOR_NOTICE, for_part, now_millis, within};

/// What was made of a pause.
#[derive(Debug)]
pub(crate) struct Made {
    /// All that is paused by now, in this and in earlier looks.
    pub(crate) paused: Target,
    /// The tags that say so, where there is more than before.
    pub(crate) tags: Vec<(String, String)>,
    /// What is not paused yet, and why.
    pub(crate) missing: Vec<Missing>,
    /// The last reason, as an error.
    pub(crate) fault: Option<CallError>,
    /// A part was paused and told before.
    pub(crate) is_rest: bool,
    /// What was paused before sends again: somebody resumed it.
    pub(crate) sends_again: bool,
}

impl Guard {
    /// Pauses what is not paused yet of `target`.
    ///
    /// # Errors
    /// [`CallError`] where there is nothing new to tell.
    pub(crate) async fn pause(
        &self,
        leader: &Decided,
        target: &Target,
        snapshot: &StackSnapshot,
    ) -> Result<Made, CallError> {
        let alarm = leader.alarm();
        let done = leader.done.as_ref().map(|record| &record.target);
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
        let mut made = Made {
            paused: done.unwrap_or(target).clone(),
            tags: Vec::new(),
            missing: Vec::new(),
            fault: None,
            is_rest: false,
            sends_again,
        };
        let Some(rest) = rest else { return Ok(made) };
        let record = |target: &Target| Record {
            episode: alarm.episode.clone(),
            at: notice::at(now_millis()),
            target: target.clone(),
        };
        if leader.begun.as_ref().map(|begun| &begun.target) != Some(target) {
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
                within(limit, "pausing", self.pause_part(&part, leader.begun.is_some())).await
            };
            match ended {
                Ok(()) => new = Some(new.map_or(part.clone(), |new| new.joined(&part))),
                Err(fault) => {
                    made.missing.push(Missing { target: part, why: fault.to_string() });
                    made.fault = Some(fault);
                }
            }
        }
        match (new, made.fault.take()) {
            (Some(new), fault) => {
                made.paused = done.map_or(new.clone(), |done| done.joined(&new));
                made.tags = record(&made.paused).tags(TAG_PAUSED);
                made.is_rest = done.is_some() && leader.telling != Telling::No;
                made.fault = fault;
                warn!(
                    alarm.name = alarm.name,
                    alarm.episode = alarm.episode,
                    what = new.keys().join(", "),
                    missing = made.missing.len(),
                    "paused"
                );
            }
            // What was paused before is told already, or there is nothing to tell of.
            (None, Some(fault)) if done.is_none() || leader.telling != Telling::No => {
                return Err(fault);
            }
            (None, fault) => made.fault = fault,
        }
        Ok(made)
    }

    /// Pauses one part and reads back that it took. What is off already, by an earlier
    /// look that died, is not switched again; what is gone sends nothing.
    async fn pause_part(&self, part: &Target, may_be_off: bool) -> Result<(), CallError> {
        if may_be_off && !self.any_sends(part).await? {
            return Ok(());
        }
        match self.switch(part, false).await {
            Err(error) if error.class == Class::NotFound => {
                warn!(what = part.keys().join(", "), "gone, so that there is nothing to pause");
                Ok(())
            }
            ended => ended,
        }
    }

    /// What of a pause that was begun is still to be made: all of it, except what somebody
    /// has protected since, or forbidden by observing, or what the alarm no longer asks for;
    /// of that only what is off already, so that it is told.
    pub(crate) async fn still_to_pause(
        &self,
        begun: &Target,
        done: Option<&Record>,
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
