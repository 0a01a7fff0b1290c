//! Lifts a pause of our own after the longest time that the setting allows.
//!
//! Only one that is provably ours: a tag says that guard made it, its alarm is OK
//! again, no critical alarm is in ALARM, AWS holds nothing against the account, and
//! no look since has found the switch on, which only somebody else can have done.

use std::collections::BTreeMap;

use tracing::{info, warn};
use warden_aws::{AlarmRecord, CallError};
use warden_domain::guard::Mode;
use warden_domain::guard::record::{Record, TAG_ENDED, TAG_LIFTING, TAG_PAUSED, Target};
use warden_domain::notice::{self, Place, Sender};
use warden_domain::time::epoch_millis;

use crate::handler::{Guard, View, not_handled, now_millis};

/// Whether a recorded pause was lifted, or is no longer ours.
pub(crate) fn is_over(tags: &BTreeMap<String, String>, record: &Record) -> bool {
    tags.get(TAG_ENDED) == Some(&record.episode)
}

impl Guard {
    /// Looks at all pauses on record.
    pub(crate) async fn lift(&self, view: &View) -> Result<(), CallError> {
        let Some(minutes) = self.settings.max_pause_minutes else { return Ok(()) };
        if self.settings.policy.mode == Mode::Observe {
            return Ok(());
        }
        let due_before = now_millis() - i64::from(minutes) * 60_000;
        let mut failed = None;
        for alarm in &view.alarms {
            if let Err(fault) = self.lift_one(alarm, view, due_before).await {
                failed = Some(not_handled(alarm, fault));
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn lift_one(&self, alarm: &AlarmRecord, view: &View, due_before: i64) -> Result<(), CallError> {
        let tags = self.clients.alarms.tags(&alarm.arn).await?;
        let Some(record) = Record::read(&tags, TAG_PAUSED).filter(|record| !is_over(&tags, record)) else {
            return Ok(());
        };
        let sends = self.any_sends(&record.target).await?;
        if tags.get(TAG_LIFTING) == Some(&record.episode) {
            // A look died while it lifted. What is paused now may be somebody else's.
            if sends {
                return self.tell_lifted(alarm, &record, true).await;
            }
            warn!(alarm.name = alarm.name, "a lift was cut short: the pause stays for a person to end");
            return self.clients.alarms.tag(&alarm.arn, TAG_ENDED, &record.episode).await;
        }
        if sends {
            info!(alarm.name = alarm.name, "somebody resumed what was paused: from now on it is theirs");
            return self.clients.alarms.tag(&alarm.arn, TAG_ENDED, &record.episode).await;
        }
        let is_due = epoch_millis(&record.at).is_some_and(|at| at <= due_before);
        let is_calm = alarm.state == "OK" && view.critical.is_empty() && view.account.enforcement_status == "HEALTHY";
        if !is_due || !is_calm {
            return Ok(());
        }
        self.clients.alarms.tag(&alarm.arn, TAG_LIFTING, &record.episode).await?;
        match &record.target {
            Target::Account => self.clients.switch.switch_account(true).await?,
            Target::Tenant(arn) => self.clients.switch.switch_tenant(arn, true).await?,
            Target::Sets(sets) => {
                for set in sets {
                    self.clients.switch.switch_configuration_set(set, true).await?;
                }
            }
        }
        warn!(alarm.name = alarm.name, what = record.target.keys().join(", "), "resumed");
        self.tell_lifted(alarm, &record, false).await
    }

    async fn tell_lifted(&self, alarm: &AlarmRecord, record: &Record, repeats: bool) -> Result<(), CallError> {
        let (place, at) = (Place::of_arn(&alarm.arn), notice::at(now_millis()));
        let sender = Sender { place: place.as_ref(), at: &at, repeats };
        self.publish(&notice::lifted(&alarm.name, record, sender)).await?;
        self.clients.alarms.tag(&alarm.arn, TAG_ENDED, &record.episode).await
    }
}
