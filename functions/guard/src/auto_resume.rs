//! Automatic resumes: ends a pause of guard's own after the longest time that the setting allows, and
//! notes when somebody else has ended one.
//!
//! Both concern the alarms whose tags this invocation has read: those in ALARM, and by and by the
//! others when the schedule calls.
//!
//! guard ends only a pause that is provably its own: a tag says that guard made it, its alarm is OK
//! again, no critical alarm is in ALARM, AWS holds nothing against the account, and no invocation
//! since has found the switch on, which only somebody else can have done.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::{info, warn};
use warden_aws::{AlarmRecord, CallError, Class};
use warden_domain::alarm::AlarmState;
use warden_domain::guard::Mode;
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::guard::record::{PauseRecord, TAG_ENDED, TAG_PAUSED, TAG_RESUMING, Target};
use warden_domain::notice::{self, NoticeContext, Place};
use warden_domain::time::epoch_millis;

use crate::guard::Guard;
use crate::snapshot::{StackSnapshot, is_over, not_handled};
use crate::time::{FOR_ANSWER, FOR_NOTICE, now_millis, share, within};

/// No pause is looked up with less time: each of its configuration sets takes a second.
const FOR_NOTING: Duration = Duration::from_secs(40);

impl Guard {
    /// Ends the pauses that are due, and notes those that somebody has ended.
    pub(crate) async fn end_pauses(&self, snapshot: &StackSnapshot) -> Result<(), CallError> {
        let mut failed = None;
        let due_before = match (self.settings.max_pause_minutes, self.settings.policy.mode) {
            (Some(minutes), Mode::Act) => now_millis() - i64::from(minutes) * 60_000,
            (None, _) | (_, Mode::Observe) => {
                // What there is no time for is noted by a later invocation.
                let has_time = || snapshot.deadline.remaining() > FOR_NOTING;
                let standing =
                    snapshot.paused.iter().filter(|pause| pause.is_finished && !pause.is_over);
                for pause in standing.take_while(|_| has_time()) {
                    let limit = share(snapshot.deadline, FOR_ANSWER, 1);
                    let note = self.note_end(&pause.alarm, &pause.record);
                    if let Err(fault) = within(limit, "reading what is paused", note).await {
                        failed = Some(not_handled(&pause.alarm, fault));
                    }
                }
                return failed.map_or(Ok(()), Err);
            }
        };
        let paused = snapshot.tags.iter().filter(|(_, tags)| tags.contains_key(TAG_PAUSED));
        for (place, tags) in paused {
            let Some(alarm) = snapshot.alarms.get(*place) else { continue };
            if snapshot.deadline.remaining() < FOR_NOTICE {
                continue;
            }
            let limit = share(snapshot.deadline, FOR_ANSWER, 1);
            let resume = self.end_pause(alarm, tags, snapshot, due_before);
            if let Err(fault) = within(limit, "resuming", resume).await {
                failed = Some(not_handled(alarm, fault));
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Notes that somebody resumed what guard paused, where it sends; whether it does.
    async fn note_end(&self, alarm: &AlarmRecord, record: &PauseRecord) -> Result<bool, CallError> {
        if !self.any_sends(&record.target).await? {
            return Ok(false);
        }
        info!(
            alarm.name = alarm.name,
            "somebody resumed {}: guard does not count it as its own pause any more",
            record.target.keys().join(", ")
        );
        self.clients.alarms.tag(&alarm.arn, TAG_ENDED, &record.episode).await?;
        Ok(true)
    }

    async fn end_pause(
        &self,
        alarm: &AlarmRecord,
        tags: &BTreeMap<String, String>,
        snapshot: &StackSnapshot,
        due_before: i64,
    ) -> Result<(), CallError> {
        let Some(record) =
            PauseRecord::read(tags, TAG_PAUSED).filter(|record| !is_over(tags, record))
        else {
            return Ok(());
        };
        let was_begun = tags.get(TAG_RESUMING) == Some(&record.episode);
        if !was_begun && self.note_end(alarm, &record).await? {
            return Ok(());
        }
        let is_due = epoch_millis(&record.at).is_some_and(|at| at <= due_before);
        let is_calm = alarm.state == AlarmState::Ok
            && snapshot.critical.is_empty()
            && snapshot
                .known_account()
                .is_some_and(|account| account.enforcement_status == EnforcementStatus::Healthy);
        if !is_due || !is_calm {
            return Ok(());
        }
        if !was_begun {
            self.clients.alarms.tag(&alarm.arn, TAG_RESUMING, &record.episode).await?;
        }
        // One part that SES refuses keeps no other waiting; the next invocation tries it again.
        let mut failed = None;
        for part in record.target.parts() {
            match self.resume_part(&part, was_begun).await {
                Ok(()) => {}
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let what = record.target.keys().join(", ");
        warn!(alarm.name = alarm.name, what, "resumed {what}: alarm {} is OK again", alarm.name);
        let (place, at) = (Place::of_arn(&alarm.arn), notice::at(now_millis()));
        let context = NoticeContext { place: place.as_ref(), at: &at, repeats: was_begun };
        self.publish(&notice::auto_resumed(&alarm.name, &record, context)).await?;
        self.clients.alarms.tag(&alarm.arn, TAG_ENDED, &record.episode).await
    }

    async fn resume_part(&self, part: &Target, may_be_on: bool) -> Result<(), CallError> {
        if may_be_on && self.any_sends(part).await? {
            return Ok(());
        }
        self.switch(part, true).await
    }
}
