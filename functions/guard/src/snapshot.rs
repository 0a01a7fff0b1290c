//! What one invocation reads before it decides anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tracing::{error, warn};
use warden_aws::{AccountState, AlarmRecord, CallError, Class, PartitionQuery};
use warden_domain::alarm::AlarmState;
use warden_domain::guard::account::AwsMessage;
use warden_domain::guard::incident::{AlarmEpisode, INCIDENT, Incident, Phase};
use warden_domain::guard::memory::AccountMemory;
use warden_domain::guard::{Label, Severity};
use warden_lambda::Deadline;

use crate::decision::AlarmDecision;
use crate::guard::Guard;
use crate::proof::Judgements;
use crate::time::{share, within};

/// The alarms of the stack, the account and the journal, as one invocation found them.
#[derive(Debug)]
pub(crate) struct StackSnapshot {
    /// All alarms of the stack, by name.
    pub(crate) alarms: BTreeMap<String, AlarmRecord>,
    /// Names of the critical alarms that are in ALARM, handled or not, and of those that may be.
    pub(crate) critical: Vec<String>,
    /// The message of AWS that invoked guard.
    pub(crate) message: Option<AwsMessage>,
    pub(crate) deadline: Deadline,
    /// What was decided about alarms in this invocation, by name.
    pub(crate) decided: Mutex<BTreeMap<String, AlarmDecision>>,
    /// What was read for decisions, so that alarms of the same mail share it.
    pub(crate) judgements: Judgements,
    incidents: Mutex<BTreeMap<String, Incident>>,
    /// Incidents that this version cannot read: nothing is paused for their alarms.
    unreadable: BTreeSet<String>,
    pub(crate) memory: Mutex<AccountMemory>,
    /// See [`Guard::account`].
    account: OnceCell<AccountState>,
}

impl StackSnapshot {
    /// The account, where it could be read so far.
    pub(crate) fn known_account(&self) -> Option<&AccountState> {
        self.account.get()
    }

    /// The incidents, as this invocation knows them by now.
    pub(crate) fn incidents(&self) -> Vec<Incident> {
        held(&self.incidents).values().cloned().collect()
    }

    pub(crate) fn incident(&self, id: &AlarmEpisode) -> Option<Incident> {
        held(&self.incidents).get(&id.to_string()).cloned()
    }

    pub(crate) fn note(&self, incident: &Incident) {
        held(&self.incidents).insert(incident.id(), incident.clone());
    }

    /// The alarms in ALARM about which something is to be decided: no incident holds them, or one
    /// in which nothing is paused.
    pub(crate) fn open_alarms(&self) -> Vec<AlarmRecord> {
        let incidents = self.incidents();
        let is_open = |alarm: &&AlarmRecord| {
            let id = episode(alarm);
            let holds = |incident: &&Incident| incident.alarms().any(|one| *one == id);
            alarm.state == AlarmState::Alarm
                && !alarm.is_silenced
                && !self.unreadable.contains(&id.to_string())
                && incidents.iter().filter(holds).all(|incident| incident.phase == Phase::Open)
        };
        self.alarms.values().filter(is_open).cloned().collect()
    }

    /// Whether an alarm is in that episode still, or may be.
    pub(crate) fn lasts(&self, id: &AlarmEpisode) -> bool {
        let alarm = self.alarms.get(&id.alarm);
        alarm.is_some_and(|alarm| may_be_in_alarm(alarm) && alarm.episode == id.episode)
    }
}

/// A lock that no thread holds across an await.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn episode(alarm: &AlarmRecord) -> AlarmEpisode {
    AlarmEpisode::new(&alarm.name, &alarm.episode)
}

impl Guard {
    /// Reads the alarms of this stack, the journal and the account: a call for each page.
    ///
    /// # Errors
    /// [`CallError`] where one of them cannot be read. Operators are notified of a journal that
    /// cannot be. What cannot be read of an alarm or an incident is in the list.
    pub(crate) async fn read(
        &self,
        deadline: Deadline,
        message: Option<AwsMessage>,
    ) -> Result<(StackSnapshot, Vec<CallError>), CallError> {
        let half = share(deadline, Duration::ZERO, 2);
        let all = self.clients.alarms.all(&self.settings.alarm_prefix);
        let alarms = within(half, "reading alarms", all).await?;
        let is_critical = |alarm: &AlarmRecord| {
            self.label(alarm).is_some_and(|label: Label| label.severity == Severity::Critical)
        };
        let mut critical: Vec<String> = alarms
            .iter()
            .filter(|alarm| may_be_in_alarm(alarm) && is_critical(alarm))
            .map(|alarm| alarm.name.clone())
            .collect();
        critical.sort();
        let query = self.clients.journal.partition(INCIDENT, PartitionQuery::default());
        let items = match within(half, "reading the journal", query).await {
            Ok(items) => items,
            Err(fault) => {
                self.journal_failed(&critical, &fault).await;
                return Err(fault);
            }
        };
        let (mut incidents, mut unreadable) = (BTreeMap::new(), BTreeSet::new());
        let (mut memory, mut failed) = (AccountMemory::default(), Vec::new());
        for item in &items {
            memory = AccountMemory::from_item(item).unwrap_or(memory);
            match Incident::from_item(item) {
                Some(Ok(incident)) => {
                    incidents.insert(incident.id(), incident);
                }
                Some(Err(fault)) => {
                    error!(incident = fault.id, "{fault}: nothing is paused for its alarm");
                    failed.push(CallError::new("Query", Class::Temporary, &fault.to_string()));
                    unreadable.insert(fault.id);
                }
                None => {}
            }
        }
        for alarm in alarms.iter().filter(|alarm| has_no_state(alarm)) {
            failed.push(not_handled(&alarm.name, no_state()));
        }
        let snapshot = StackSnapshot {
            alarms: alarms.into_iter().map(|alarm| (alarm.name.clone(), alarm)).collect(),
            critical,
            message,
            deadline,
            decided: Mutex::default(),
            judgements: Judgements::default(),
            incidents: Mutex::new(incidents),
            unreadable,
            memory: Mutex::new(memory),
            account: OnceCell::new(),
        };
        self.first_look_at_the_account(&snapshot).await?;
        Ok((snapshot, failed))
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
pub(crate) fn not_handled(alarm: &str, fault: CallError) -> CallError {
    error!(alarm.name = alarm, error = %fault, "alarm {alarm} is not handled yet, the next invocation tries again");
    fault
}
