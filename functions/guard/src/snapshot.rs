//! What one invocation reads before it decides anything.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::OnceCell;
use tracing::{error, info};
use warden_aws::{AccountState, AlarmRecord, CallError, Class};
use warden_domain::alarm::AlarmState;
use warden_domain::guard::record::{PauseRecord, TAG_ENDED, TAG_PAUSED, TAG_PAUSING, unfinished};
use warden_domain::guard::{Label, Severity, TAG_HANDLED};
use warden_domain::time::epoch_millis;
use warden_lambda::Deadline;

use crate::guard::Guard;
use crate::time::{now_millis, share, within};

/// For how long after its last transition an alarm's tags are read, whatever its state: what
/// guard began may be unfinished, and who ended a pause is noted. Reading those of all
/// alarms would cost a call for each of them in each invocation.
const REMEMBERED_MILLIS: i64 = 7 * 24 * 3_600_000;

/// An alarm in ALARM that is not handled, with its tags.
#[derive(Debug)]
pub(crate) struct OpenAlarm {
    pub(crate) alarm: AlarmRecord,
    pub(crate) tags: BTreeMap<String, String>,
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
    fn read(
        alarm: &AlarmRecord,
        label: Option<&Label>,
        tags: &BTreeMap<String, String>,
    ) -> Option<Self> {
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
pub(crate) fn is_over(tags: &BTreeMap<String, String>, record: &PauseRecord) -> bool {
    tags.get(TAG_ENDED) == Some(&record.episode)
}

/// The alarms of the stack and the account, as one invocation found them.
#[derive(Debug)]
pub(crate) struct StackSnapshot {
    /// All alarms of the stack, by name.
    pub(crate) alarms: Vec<AlarmRecord>,
    pub(crate) account: AccountState,
    /// Names of the critical alarms that are in ALARM, handled or not, and of those that may be:
    /// their tags or their state could not be read.
    pub(crate) critical: Vec<String>,
    /// What guard paused, or was about to, for the alarms whose tags were read.
    pub(crate) paused: Vec<KnownPause>,
    pub(crate) deadline: Deadline,
    /// The tags of all alarms, in their order; read when a notice first asks for them.
    tags: OnceCell<Vec<BTreeMap<String, String>>>,
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
    pub(crate) async fn read(&self, deadline: Deadline) -> Result<CheckInput, CallError> {
        let first = async {
            let alarms = self.clients.alarms.all(&self.settings.alarm_prefix).await?;
            Ok((alarms, self.clients.switch.account().await?))
        };
        let half = share(deadline, Duration::ZERO, 2);
        let (mut alarms, account) = within(half, "reading alarms and account", first).await?;
        alarms.sort_by(|a, b| a.name.cmp(&b.name));
        let (critical, paused) = (Vec::new(), Vec::new());
        let mut snapshot =
            StackSnapshot { alarms, account, critical, paused, deadline, tags: OnceCell::new() };
        let (mut open, mut failed) = (Vec::new(), Vec::new());
        for (index, tags) in self.tags_that_matter(&snapshot).await {
            let Some(alarm) = snapshot.alarms.get(index) else { continue };
            let tags = if has_no_state(alarm) { Err(no_state()) } else { tags };
            match tags {
                Ok(tags) => {
                    let label = Label::from_tags(&tags);
                    let is_critical =
                        label.as_ref().is_some_and(|label| label.severity == Severity::Critical);
                    if may_be_in_alarm(alarm) && is_critical {
                        snapshot.critical.push(alarm.name.clone());
                    }
                    snapshot.paused.extend(KnownPause::read(alarm, label.as_ref(), &tags));
                    open.extend(to_be_handled(alarm, tags, label));
                }
                Err(fault) => {
                    if may_be_in_alarm(alarm) {
                        snapshot.critical.push(alarm.name.clone());
                    }
                    failed.push(not_handled(alarm, fault));
                }
            }
        }
        Ok(CheckInput { snapshot, open, failed })
    }

    /// The tags of the alarms that are in ALARM or were not long ago: places among the alarms, in
    /// their order, and the tags of each.
    ///
    /// Those in ALARM are read first, and of these the account's: where CloudWatch does not answer
    /// in time, that is known at least.
    async fn tags_that_matter(
        &self,
        snapshot: &StackSnapshot,
    ) -> Vec<(usize, Result<BTreeMap<String, String>, CallError>)> {
        let remembered_from = now_millis() - REMEMBERED_MILLIS;
        let is_recent = |alarm: &AlarmRecord| {
            epoch_millis(&alarm.episode).is_none_or(|at| at >= remembered_from)
        };
        let of_account = format!("{}account/", self.settings.alarm_prefix);
        let mut places: Vec<(bool, bool, usize, &str)> = snapshot
            .alarms
            .iter()
            .enumerate()
            .filter(|(_, alarm)| may_be_in_alarm(alarm) || is_recent(alarm))
            .map(|(place, alarm)| {
                let is_in_alarm = alarm.state == AlarmState::Alarm;
                let is_of_account = alarm.name.starts_with(&of_account);
                (!is_in_alarm, !is_of_account, place, alarm.arn.as_str())
            })
            .collect();
        places.sort_unstable();
        let arns: Vec<&str> = places.iter().map(|(.., arn)| *arn).collect();
        let limit = share(snapshot.deadline, Duration::ZERO, 4);
        let tags = self.clients.alarms.tags_of(&arns, limit).await;
        let mut found: Vec<_> = places.iter().map(|(_, _, place, _)| *place).zip(tags).collect();
        found.sort_by_key(|(place, _)| *place);
        found
    }

    /// The tags of all alarms. One whose tags cannot be read has none here.
    pub(crate) async fn all_tags<'s>(
        &self,
        snapshot: &'s StackSnapshot,
    ) -> &'s [BTreeMap<String, String>] {
        let read = async || {
            let arns: Vec<&str> = snapshot.alarms.iter().map(|alarm| alarm.arn.as_str()).collect();
            let limit = share(snapshot.deadline, Duration::ZERO, 4);
            let tags = self.clients.alarms.tags_of(&arns, limit).await;
            tags.into_iter().map(Result::unwrap_or_default).collect()
        };
        snapshot.tags.get_or_init(read).await
    }
}

/// What of an alarm is to be done: the episode that it is in, or the one in which guard
/// began to pause something and died or failed.
fn to_be_handled(
    alarm: &AlarmRecord,
    tags: BTreeMap<String, String>,
    label: Option<Label>,
) -> Option<OpenAlarm> {
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
fn may_be_in_alarm(alarm: &AlarmRecord) -> bool {
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
