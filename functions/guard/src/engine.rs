//! Step, persist, run the effects: see [`warden_domain::guard::incident`].

use tracing::{info, warn};
use warden_aws::{CallError, Class};
use warden_domain::guard::incident::{Effect, Incident, Observation, step};
use warden_domain::guard::record::Target;
use warden_domain::notice::MissingPart;

use crate::guard::Guard;
use crate::snapshot::StackSnapshot;
use crate::time::{FOR_NOTICE, for_part, now_millis, within};

impl Guard {
    /// Takes an incident as far as it gets by itself. Where another guard has changed it, that one
    /// goes on, and this one stops quietly.
    ///
    /// # Errors
    /// [`CallError`] of the journal or of an effect, also where a part could not be paused. The
    /// next invocation goes on from what the journal holds.
    pub(crate) async fn advance(
        &self,
        mut incident: Incident,
        mut seen: Observation,
        snapshot: &mut StackSnapshot,
    ) -> Result<(), CallError> {
        let (mut missing, mut fault) = (Vec::new(), None);
        loop {
            let (mut next, effects) = step(&incident, &seen);
            // Also where only effects are run again: of two guards that find the same left undone, one
            // goes on.
            if next != incident || !effects.is_empty() {
                let item = next.item(now_millis());
                match self.clients.journal.put_version(&item, next.expected()).await {
                    Ok(true) => next.version += 1,
                    Ok(false) => {
                        info!(incident = next.id(), "another guard has this incident");
                        return Ok(());
                    }
                    Err(error) => {
                        self.journal_failed(&snapshot.stack.critical(), &error).await;
                        return Err(error);
                    }
                }
                snapshot.stack.note(&next);
            }
            if effects.is_empty() {
                return fault.map_or(Ok(()), Err);
            }
            seen = Observation::Done;
            for effect in effects {
                match effect {
                    Effect::SwitchOff(target) => {
                        (seen, missing, fault) = self.switch_off(&next, &target, snapshot).await;
                    }
                    Effect::Notify => self.notify(&next, &missing, snapshot).await?,
                    Effect::SwitchOn(target) => self.switch_on(&next, &target).await?,
                    Effect::NotifyResumed { repeats } => {
                        self.notify_resumed(&next, repeats).await?;
                    }
                    Effect::Record { event, target, actor, at } => {
                        let entries = next.entries(event, &target, &actor, at);
                        self.clients.journal.record(entries).await?;
                    }
                }
            }
            incident = next;
        }
    }

    /// Switches parts off, and reads back that it took. One that fails keeps no other from being
    /// paused; what does not exist any more sends nothing.
    async fn switch_off(
        &self,
        incident: &Incident,
        target: &Target,
        snapshot: &StackSnapshot,
    ) -> (Observation, Vec<MissingPart>, Option<CallError>) {
        let (mut off, mut missing, mut fault) = (Vec::new(), Vec::new(), None);
        let (mut in_doubt, parts) = (false, target.parts());
        let count = parts.len();
        for (place, part) in parts.into_iter().enumerate() {
            // No further part is begun in the time that the notice needs.
            let ended = if place > 0 && snapshot.deadline.remaining() < FOR_NOTICE {
                let why = "the time of this invocation is over";
                Err(CallError::new("pausing", Class::Refused { code: "time".into() }, why))
            } else {
                let limit = for_part(snapshot.deadline, count - place);
                within(limit, "pausing", self.switch(&part, false)).await
            };
            match ended {
                Ok(()) => off.push(part),
                Err(error) if error.class == Class::NotFound => {
                    let what = part.keys().join(", ");
                    warn!(what, "{what} does not exist any more: there is nothing to pause");
                    off.push(part);
                }
                Err(error) => {
                    // SES answered that it did nothing, or the call may have been made.
                    in_doubt |= error.class == Class::Temporary;
                    missing.push(MissingPart { target: part, why: error.to_string() });
                    fault = Some(error);
                }
            }
        }
        let (alarm, left) = (&incident.leader.alarm, missing.len());
        if let Some(new) = Target::all(&off) {
            let what = new.keys().join(", ");
            warn!(
                alarm.name = alarm,
                alarm.episode = incident.leader.episode,
                what,
                missing = left,
                "paused {what} because of alarm {alarm}; still to pause: {left}"
            );
        }
        let failed = missing.iter().map(|part| part.target.clone()).collect();
        (Observation::Switched { off, failed, in_doubt, at: now_millis() }, missing, fault)
    }

    /// Switches parts on. One that SES refuses keeps no other waiting; the next invocation tries it
    /// again.
    async fn switch_on(&self, incident: &Incident, target: &Target) -> Result<(), CallError> {
        let mut fault = None;
        for part in target.parts() {
            match self.switch(&part, true).await {
                Err(error) if error.class != Class::NotFound => fault = Some(error),
                Ok(()) | Err(_) => {}
            }
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        let (what, alarm) = (target.keys().join(", "), &incident.leader.alarm);
        warn!(alarm.name = alarm, what, "resumed {what}: alarm {alarm} is OK again");
        Ok(())
    }

    async fn switch(&self, part: &Target, on: bool) -> Result<(), CallError> {
        self.clients.switch.switch(part, on).await?.read_back()
    }
}
