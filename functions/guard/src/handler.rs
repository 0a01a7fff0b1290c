//! From an invocation to a look at the alarms.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::SqsBatchResponse;
use tokio::sync::OnceCell;
use tracing::{error, info};
use warden_aws::{
    AccountState, AlarmRecord, Alarms, CallError, Metrics, OperatorTopic, SendingSwitch,
};
use warden_domain::envelope::open;
use warden_domain::guard::account::{Message, message};
use warden_domain::guard::record::{Record, TAG_PAUSED, TAG_PAUSING, unfinished};
use warden_domain::guard::{Label, Severity, TAG_HANDLED, is_trigger};
use warden_domain::notice::Notice;
use warden_domain::outcome::{Acted, GivenBack, Outcome};
use warden_domain::time::epoch_millis;
use warden_lambda::answer::{Answer, EventIds};
pub(crate) use warden_lambda::now_millis;
use warden_lambda::{Deadline, Function, FunctionError};

use crate::Settings;

/// What guard calls.
#[derive(Debug)]
pub struct Clients {
    /// Alarms and their tags.
    pub alarms: Alarms,
    /// The account's, the sets' and the tenants' sending.
    pub switch: SendingSwitch,
    /// Our own metrics.
    pub metrics: Metrics,
    /// The operators' topic.
    pub topic: OperatorTopic,
}

/// The function.
#[derive(Debug)]
pub struct Guard {
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
}

/// For how long after its last transition an alarm's tags are read, whatever its state: what
/// guard began may be unfinished, and who ended a pause is noted. Reading those of all
/// alarms would cost a call for each of them at each look.
const REMEMBERED_MILLIS: i64 = 7 * 24 * 3_600_000;

/// An alarm in ALARM, with its tags.
#[derive(Debug)]
pub(crate) struct Raised {
    pub(crate) alarm: AlarmRecord,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) label: Option<Label>,
    /// It has left ALARM since guard began to pause for it: what is paused is told, and
    /// nothing more is paused. The episode is the one in which guard began.
    pub(crate) has_left: bool,
}

/// What one look has read.
#[derive(Debug)]
pub(crate) struct View {
    /// All alarms of the stack, by name.
    pub(crate) alarms: Vec<AlarmRecord>,
    pub(crate) account: AccountState,
    /// Names of the critical alarms that are in ALARM, handled or not, and of those whose
    /// tags could not be read: they may be critical, too.
    pub(crate) critical: Vec<String>,
    /// What guard paused, or was about to, for the alarms whose tags were read.
    pub(crate) paused: Vec<Paused>,
    pub(crate) deadline: Deadline,
    /// The tags of all alarms, in their order; read when a notice first asks for them.
    tags: OnceCell<Vec<BTreeMap<String, String>>>,
}

/// A pause of ours.
#[derive(Debug)]
pub(crate) struct Paused {
    pub(crate) alarm: AlarmRecord,
    pub(crate) label: Option<Label>,
    pub(crate) record: Record,
    /// It is known to be paused, and its episode is handled.
    pub(crate) is_finished: bool,
    /// Somebody ended it, or guard did.
    pub(crate) is_over: bool,
}

impl Paused {
    fn read(
        alarm: &AlarmRecord,
        label: Option<&Label>,
        tags: &BTreeMap<String, String>,
    ) -> Option<Self> {
        let (paused, begun) = (Record::read(tags, TAG_PAUSED), Record::read(tags, TAG_PAUSING));
        let is_last =
            |record: &Record| begun.as_ref().is_none_or(|begun| begun.episode == record.episode);
        let known = paused.filter(is_last);
        let is_finished = known.is_some() && unfinished(tags).is_none();
        let record = known.or(begun)?;
        let is_over = crate::lift::is_over(tags, &record);
        Some(Self { alarm: alarm.clone(), label: label.cloned(), record, is_finished, is_over })
    }

    /// The alarm is still in the episode in which it was made.
    pub(crate) fn lasts(&self) -> bool {
        self.alarm.state == ALARM && self.alarm.episode == self.record.episode
    }
}

/// The state of an alarm that rings.
pub(crate) const ALARM: &str = "ALARM";

impl Guard {
    /// A function with these settings and clients.
    pub fn new(settings: Settings, clients: Clients) -> Self {
        Self { settings, clients }
    }
}

impl Function for Guard {
    type Answer = SqsBatchResponse;

    async fn handle(
        &self,
        payload: &[u8],
        deadline: Deadline,
    ) -> Result<SqsBatchResponse, FunctionError> {
        let mut answer = Answer::new("guard");
        let mut look = false;
        for record in open(payload) {
            let outcome = match is_trigger(&record.reading) {
                Ok(()) => {
                    look = true;
                    Outcome::Acted(Acted::AlarmRaised)
                }
                Err(reason) => reason.into(),
            };
            answer.push(record.receipt, outcome, EventIds::of(&record.reading));
        }
        if look {
            self.look(message(payload).as_ref(), deadline).await.map_err(call_failed)?;
        }
        answer.finish()
    }
}

impl Guard {
    /// Handles every alarm of this stack that is in ALARM and not handled yet, then
    /// what AWS and people did. One that fails does not keep the others from being
    /// handled.
    async fn look(&self, message: Option<&Message>, deadline: Deadline) -> Result<(), CallError> {
        let mut alarms = self.clients.alarms.all(&self.settings.alarm_prefix).await?;
        alarms.sort_by(|a, b| a.name.cmp(&b.name));
        let account = self.clients.switch.account().await?;
        let (critical, paused) = (Vec::new(), Vec::new());
        let mut view = View { alarms, account, critical, paused, deadline, tags: OnceCell::new() };
        let mut failed = Vec::new();
        let mut raised = Vec::new();
        let remembered_from = now_millis() - REMEMBERED_MILLIS;
        let is_recent = |alarm: &AlarmRecord| {
            epoch_millis(&alarm.episode).is_none_or(|at| at >= remembered_from)
        };
        for alarm in view.alarms.iter().filter(|alarm| alarm.state == ALARM || is_recent(alarm)) {
            match self.clients.alarms.tags(&alarm.arn).await {
                Ok(tags) => {
                    let label = Label::from_tags(&tags);
                    let is_critical =
                        label.as_ref().is_some_and(|label| label.severity == Severity::Critical);
                    if alarm.state == ALARM && is_critical {
                        view.critical.push(alarm.name.clone());
                    }
                    view.paused.extend(Paused::read(alarm, label.as_ref(), &tags));
                    raised.extend(to_be_handled(alarm, tags, label));
                }
                Err(fault) => {
                    if alarm.state == ALARM {
                        view.critical.push(alarm.name.clone());
                    }
                    failed.push(not_handled(alarm, fault));
                }
            }
        }
        failed.extend(self.incidents(raised, &view).await);
        failed.extend(self.account_news(&view, message).await.err());
        failed.extend(self.lift(&view).await.err());
        failed.into_iter().next_back().map_or(Ok(()), Err)
    }

    /// The tags of all alarms. One whose tags cannot be read has none here.
    pub(crate) async fn all_tags<'v>(&self, view: &'v View) -> &'v [BTreeMap<String, String>] {
        let read = async || {
            let mut all = Vec::with_capacity(view.alarms.len());
            for alarm in &view.alarms {
                all.push(self.clients.alarms.tags(&alarm.arn).await.unwrap_or_default());
            }
            all
        };
        view.tags.get_or_init(read).await
    }

    pub(crate) async fn publish(&self, notice: &Notice) -> Result<(), CallError> {
        self.clients.topic.publish(&notice.subject, &notice.body, &notice.attributes).await?;
        let word = |name| notice.attributes.get(name).map(String::as_str);
        info!(action = word("action"), alarm.name = word("alarm"), "operators told");
        Ok(())
    }
}

/// What of an alarm is to be done: the episode that it is in, or the one in which guard
/// began to pause something and died or failed.
fn to_be_handled(
    alarm: &AlarmRecord,
    tags: BTreeMap<String, String>,
    label: Option<Label>,
) -> Option<Raised> {
    let begun = unfinished(&tags);
    let (name, episode) = (&alarm.name, &alarm.episode);
    if alarm.state != ALARM {
        let reason = format!("it has left ALARM since. {}", alarm.reason);
        let alarm = AlarmRecord { episode: begun?, reason, ..alarm.clone() };
        return Some(Raised { alarm, tags, label, has_left: true });
    }
    if tags.get(TAG_HANDLED) == Some(episode) {
        info!(alarm.name = name, alarm.episode = episode, "this episode is handled already");
        return None;
    }
    if alarm.is_silenced && begun.as_ref() != Some(episode) {
        info!(
            alarm.name = name,
            alarm.episode = episode,
            "the actions of this alarm are switched off: left alone"
        );
        return None;
    }
    Some(Raised { alarm: alarm.clone(), tags, label, has_left: false })
}

pub(crate) fn not_handled(alarm: &AlarmRecord, fault: CallError) -> CallError {
    error!(alarm.name = alarm.name, alarm.episode = alarm.episode, error = %fault, "alarm not handled, it is tried again");
    fault
}

fn call_failed(error: CallError) -> FunctionError {
    FunctionError::new(GivenBack::CallFailed.code(), error.to_string())
}
