//! Reads the tags of alarms: what guard did, and what it was about to do.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::warn;
use warden_aws::{AlarmRecord, CallError, Class};
use warden_domain::alarm::AlarmState;
use warden_domain::guard::Label;

use crate::guard::Guard;
use crate::remembered::remembered;
use crate::snapshot::{StackSnapshot, Tags, is_critical, may_be_in_alarm};
use crate::time::{now_millis, share};

/// The tags of one alarm, by its place among all alarms, or why there are none.
pub(crate) type TagRead = (usize, Result<Tags, CallError>);

impl Guard {
    /// The tags of the alarms that are in ALARM, the account's first: where CloudWatch does not
    /// answer in time, that is known at least.
    pub(crate) async fn tags_in_alarm(&self, snapshot: &StackSnapshot) -> Vec<TagRead> {
        let of_account = format!("{}account/", self.settings.alarm_prefix);
        let mut places: Vec<(bool, bool, usize)> = snapshot
            .alarms
            .iter()
            .enumerate()
            .filter(|(_, alarm)| may_be_in_alarm(alarm))
            .map(|(place, alarm)| {
                let is_in_alarm = alarm.state == AlarmState::Alarm;
                (!is_in_alarm, !alarm.name.starts_with(&of_account), place)
            })
            .collect();
        places.sort_unstable();
        let places: Vec<usize> = places.into_iter().map(|(.., place)| place).collect();
        let limit = share(snapshot.deadline, Duration::ZERO, 4);
        let tags = self.tags_at(&places, snapshot, limit).await;
        let not_asked = || {
            let reason = "no time was left to read the tags of this alarm";
            CallError::new("ListTagsForResource", Class::Temporary, reason)
        };
        tags.into_iter()
            .map(|(place, tags)| (place, tags.unwrap_or_else(|| Err(not_asked()))))
            .collect()
    }

    /// The tags of alarms that have left ALARM, in which guard may have left something to do. Those
    /// that there is no time for, or that CloudWatch throttles, wait for a later invocation.
    pub(crate) async fn tags_remembered(
        &self,
        snapshot: &StackSnapshot,
        labels: &[Option<Label>],
    ) -> Vec<TagRead> {
        let may_be_paused = |place: usize, alarm: &AlarmRecord| {
            !may_be_in_alarm(alarm) && is_critical(labels.get(place).and_then(Option::as_ref))
        };
        let resumes = self.settings.max_pause_minutes.is_some();
        let places = remembered(&snapshot.alarms, may_be_paused, resumes, now_millis());
        let limit = share(snapshot.deadline, Duration::ZERO, 8);
        let tags = self.tags_at(&places, snapshot, limit).await;
        let asked = tags.len();
        let read: Vec<TagRead> = tags
            .into_iter()
            .filter_map(|(place, tags)| Some((place, tags?)))
            .filter(|(_, tags)| !tags.as_ref().is_err_and(|fault| fault.class == Class::Throttled))
            .collect();
        if read.len() < asked {
            let unread = asked - read.len();
            warn!(
                alarms = asked,
                unread,
                "the tags of {unread} of {asked} alarms that have left ALARM wait for a later \
                 invocation: CloudWatch answers too slowly"
            );
        }
        read
    }

    async fn tags_at(
        &self,
        places: &[usize],
        snapshot: &StackSnapshot,
        limit: Duration,
    ) -> Vec<(usize, Option<Result<Tags, CallError>>)> {
        let arn = |place: &usize| snapshot.alarms.get(*place).map(|alarm| alarm.arn.as_str());
        let arns: Vec<&str> = places.iter().map(|place| arn(place).unwrap_or_default()).collect();
        places.iter().copied().zip(self.clients.alarms.tags_of(&arns, limit).await).collect()
    }

    /// The tags of all alarms for which guard may have paused something: those that were read, and
    /// the others as far as they can be read in time.
    pub(crate) async fn all_tags<'s>(
        &self,
        snapshot: &'s StackSnapshot,
    ) -> &'s BTreeMap<usize, Tags> {
        let read = async || {
            let places: Vec<usize> = snapshot
                .alarms
                .iter()
                .enumerate()
                .filter(|(place, alarm)| {
                    !snapshot.tags.contains_key(place) && is_critical(self.label(alarm).as_ref())
                })
                .map(|(place, _)| place)
                .collect();
            let limit = share(snapshot.deadline, Duration::ZERO, 4);
            let tags = self.tags_at(&places, snapshot, limit).await;
            let read = tags.into_iter().filter_map(|(place, tags)| Some((place, tags?.ok()?)));
            snapshot.tags.clone().into_iter().chain(read).collect()
        };
        snapshot.all_tags.get_or_init(read).await
    }
}
