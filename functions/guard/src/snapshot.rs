//! What one invocation reads before it decides anything.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::OnceCell;
use tracing::{error, info, warn};
use warden_aws::{AccountState, AlarmRecord, CallError, Class};
use warden_domain::alarm::AlarmState;
use warden_domain::guard::record::{PauseRecord, TAG_ENDED, TAG_PAUSED, TAG_PAUSING, unfinished};
use warden_domain::guard::{Label, Severity, TAG_HANDLED};
use warden_lambda::Deadline;

use crate::guard::Guard;
use crate::time::{share, within};

/// The tags of an alarm.
pub(crate) type Tags = BTreeMap<String, String>;

/// An alarm in ALARM that is not handled, with its tags.
#[derive(Debug)]
pub(crate) struct OpenAlarm {
    pub(crate) alarm: AlarmRecord,
    pub(crate) tags: Tags,
    pub(crate) label: Option<Label>,
    /// It has left ALARM since guard began to pause for it: what is paused is notified, and
    /// nothing more is paused. The episode is the one in which guard began.
    pub(crate) has_left: bool,
}

/// A pause that guard made, or was about to make, by the tags of its alarm.
#[derive(Debug)]
pub(crate) struct KnownPause {
    pub(crate) alarm: AlarmRecord,
    pub(crate) label: Option<Label>,
    pub(crate) record: PauseRecord,
    /// It is known to be paused, and its episode is handled.
    pub(crate) is_finished: bool,
    /// Somebody ended it, or guard did.
    pub(crate) is_over: bool,
}

impl KnownPause {
    fn read(alarm: &AlarmRecord, label: Option<&Label>, tags: &Tags) -> Option<Self> {
        let (paused, begun) =
            (PauseRecord::read(tags, TAG_PAUSED), PauseRecord::read(tags, TAG_PAUSING));
        let is_last = |record: &PauseRecord| {
            begun.as_ref().is_none_or(|begun| begun.episode == record.episode)
        };
        let known = paused.filter(is_last);
        let is_finished = known.is_some() && unfinished(tags).is_none();
        let record = known.or(begun)?;
        let is_over = is_over(tags, &record);
        Some(Self { alarm: alarm.clone(), label: label.cloned(), record, is_finished, is_over })
    }

    /// The alarm is still in the episode in which it was made.
    pub(crate) fn lasts(&self) -> bool {
        self.alarm.state == AlarmState::Alarm && self.alarm.episode == self.record.episode
    }
}

/// Whether a recorded pause was ended by guard, or is no longer guard's.
pub(crate) fn is_over(tags: &Tags, record: &PauseRecord) -> bool {
    tags.get(TAG_ENDED) == Some(&record.episode)
}

/// The alarms of the stack and the account, as one invocation found them.
#[derive(Debug)]
pub(crate) struct StackSnapshot {
    /// All alarms of the stack, by name.
    pub(crate) alarms: Vec<AlarmRecord>,
    /// Names of the critical alarms that are in ALARM, handled or not, and of those that may be.
    pub(crate) critical: Vec<String>,
    /// What guard paused, or was about to, for the alarms whose tags were read.
    pub(crate) paused: Vec<KnownPause>,
    /// The tags that were read, by the place of their alarm.
    pub(crate) tags: BTreeMap<usize, Tags>,
    pub(crate) deadline: Deadline,
    /// See [`Guard::account`].
    account: OnceCell<AccountState>,
    /// The tags of all alarms that may hold a pause, read when a notice first asks for them.
    pub(crate) all_tags: OnceCell<BTreeMap<usize, Tags>>,
}

impl StackSnapshot {
    /// The account, where it could be read so far.
    pub(crate) fn known_account(&self) -> Option<&AccountState> {
        self.account.get()
    }
}

/// A snapshot, what of it is to be handled, and the faults of the alarms that could not be read.
pub(crate) struct CheckInput {
    pub(crate) snapshot: StackSnapshot,
    pub(crate) open: Vec<OpenAlarm>,
    pub(crate) failed: Vec<CallError>,
}

impl Guard {
    /// Reads the alarms of this stack, the account, and the tags that matter.
    ///
    /// # Errors
    /// [`CallError`] where the alarms or the account cannot be read. An alarm whose tags cannot be
    /// read is an error of its own, in [`CheckInput::failed`].
    pub(crate) async fn read(
        &self,
        deadline: Deadline,
        is_schedule: bool,
    ) -> Result<CheckInput, CallError> {
        let half = share(deadline, Duration::ZERO, 2);
        let all = self.clients.alarms.all(&self.settings.alarm_prefix);
        let mut alarms = within(half, "reading alarms", all).await?;
        alarms.sort_by(|a, b| a.name.cmp(&b.name));
        let labels: Vec<Option<Label>> = alarms.iter().map(|alarm| self.label(alarm)).collect();
        let critical = alarms
            .iter()
            .zip(&labels)
            .filter(|(alarm, label)| may_be_in_alarm(alarm) && is_critical(label.as_ref()))
            .map(|(alarm, _)| alarm.name.clone())
            .collect();
        let (paused, tags) = (Vec::new(), BTreeMap::new());
        let (account, all_tags) = (OnceCell::new(), OnceCell::new());
        let mut snapshot =
            StackSnapshot { alarms, critical, paused, tags, deadline, account, all_tags };
        self.first_look_at_the_account(&snapshot).await?;
        let mut read = self.tags_in_alarm(&snapshot).await;
        if is_schedule {
            read.extend(self.tags_remembered(&snapshot, &labels).await);
        }
        read.sort_by_key(|(place, _)| *place);
        let (mut open, mut failed) = (Vec::new(), Vec::new());
        for (place, tags) in read {
            let Some(alarm) = snapshot.alarms.get(place) else { continue };
            let label = labels.get(place).cloned().flatten();
            let tags = if has_no_state(alarm) { Err(no_state()) } else { tags };
            match tags {
                Ok(tags) => {
                    snapshot.paused.extend(KnownPause::read(alarm, label.as_ref(), &tags));
                    snapshot.tags.insert(place, tags.clone());
                    open.extend(to_be_handled(alarm, tags, label));
                }
                Err(fault) => failed.push(not_handled(alarm, fault)),
            }
        }
        Ok(CheckInput { snapshot, open, failed })
    }

    /// Reads the account if it has not been read yet. SES may have throttled the first read of it:
    /// whatever depends on the account tries again, in its own share of the time.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) async fn account<'s>(
        &self,
        snapshot: &'s StackSnapshot,
    ) -> Result<&'s AccountState, CallError> {
        snapshot.account.get_or_try_init(|| self.clients.switch.account()).await
    }

    /// SES that throttles, or does not answer, ends no invocation: warnings do not depend on the
    /// account, and pauses try again.
    async fn first_look_at_the_account(&self, snapshot: &StackSnapshot) -> Result<(), CallError> {
        let limit = share(snapshot.deadline, Duration::ZERO, 4);
        match tokio::time::timeout(limit, self.account(snapshot)).await {
            Ok(read) => read.map(|_| ()),
            Err(_) => {
                warn!(
                    "SES has not said yet whether the account sends: guard goes on, and asks again \
                     before it pauses anything"
                );
                Ok(())
            }
        }
    }
}

pub(crate) fn is_critical(label: Option<&Label>) -> bool {
    label.is_some_and(|label| label.severity == Severity::Critical)
}

/// What of an alarm is to be done: the episode that it is in, or the one in which guard
/// began to pause something and died or failed.
fn to_be_handled(alarm: &AlarmRecord, tags: Tags, label: Option<Label>) -> Option<OpenAlarm> {
    let begun = unfinished(&tags);
    let (name, episode) = (&alarm.name, &alarm.episode);
    if alarm.state != AlarmState::Alarm {
        let reason = format!("it has left ALARM since. {}", alarm.reason);
        let alarm = AlarmRecord { episode: begun?, reason, ..alarm.clone() };
        return Some(OpenAlarm { alarm, tags, label, has_left: true });
    }
    if tags.get(TAG_HANDLED) == Some(episode) {
        info!(alarm.name = name, alarm.episode = episode, "this episode is handled already");
        return None;
    }
    if alarm.is_silenced && begun.as_ref() != Some(episode) {
        info!(
            alarm.name = name,
            alarm.episode = episode,
            "the actions of this alarm are switched off: guard leaves it alone"
        );
        return None;
    }
    Some(OpenAlarm { alarm: alarm.clone(), tags, label, has_left: false })
}

/// A state that this version does not know may be one like ALARM: it blocks automatic resumes.
pub(crate) fn may_be_in_alarm(alarm: &AlarmRecord) -> bool {
    matches!(alarm.state, AlarmState::Alarm | AlarmState::Unknown(_))
}

/// CloudWatch's answer does not say in which state the alarm is.
fn has_no_state(alarm: &AlarmRecord) -> bool {
    alarm.state == AlarmState::Unknown(String::new())
}

fn no_state() -> CallError {
    CallError::new("DescribeAlarms", Class::Temporary, "the answer has no state of this alarm")
}

/// Logs why an alarm is left to the next invocation.
pub(crate) fn not_handled(alarm: &AlarmRecord, fault: CallError) -> CallError {
    error!(alarm.name = alarm.name, alarm.episode = alarm.episode, error = %fault, "alarm {} is not handled yet, the next invocation tries again", alarm.name);
    fault
}
