//! From an invocation to a look at the alarms.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lambda_events::sqs::SqsBatchResponse;
use tokio::sync::OnceCell;
use tracing::{error, info};
use warden_aws::{AccountState, AlarmRecord, Alarms, CallError, Metrics, OperatorTopic, SendingSwitch};
use warden_domain::envelope::open;
use warden_domain::guard::account::{Message, message};
use warden_domain::guard::record::{Record, TAG_PAUSED};
use warden_domain::guard::{Label, Severity, TAG_HANDLED, is_trigger};
use warden_domain::notice::Notice;
use warden_domain::outcome::{Acted, GivenBack, Outcome};
use warden_lambda::answer::{Answer, EventIds};
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

/// An alarm in ALARM, with its tags.
#[derive(Debug)]
pub(crate) struct Raised {
    pub(crate) alarm: AlarmRecord,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) label: Option<Label>,
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
    /// What was paused for alarms that are still in the same episode.
    pub(crate) paused: Vec<Paused>,
    /// The tags of all alarms, in their order; read when a notice first asks for them.
    tags: OnceCell<Vec<BTreeMap<String, String>>>,
}

/// A pause of ours.
#[derive(Debug)]
pub(crate) struct Paused {
    pub(crate) alarm: String,
    pub(crate) label: Label,
    pub(crate) record: Record,
}

impl Guard {
    /// A function with these settings and clients.
    pub fn new(settings: Settings, clients: Clients) -> Self {
        Self { settings, clients }
    }
}

impl Function for Guard {
    type Answer = SqsBatchResponse;

    async fn handle(&self, payload: &[u8], deadline: Deadline) -> Result<SqsBatchResponse, FunctionError> {
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
        let mut view = View { alarms, account, critical: Vec::new(), paused: Vec::new(), tags: OnceCell::new() };
        let mut failed = Vec::new();
        let mut raised = Vec::new();
        for alarm in view.alarms.iter().filter(|alarm| alarm.state == "ALARM") {
            match self.clients.alarms.tags(&alarm.arn).await {
                Ok(tags) => {
                    let label = Label::from_tags(&tags);
                    if label.as_ref().is_some_and(|label| label.severity == Severity::Critical) {
                        view.critical.push(alarm.name.clone());
                    }
                    let record = Record::of_episode(&tags, TAG_PAUSED, &alarm.episode);
                    if let (Some(label), Some(record)) = (label.clone(), record) {
                        view.paused.push(Paused { alarm: alarm.name.clone(), label, record });
                    }
                    if tags.get(TAG_HANDLED) == Some(&alarm.episode) {
                        info!(
                            alarm.name = alarm.name,
                            alarm.episode = alarm.episode,
                            "this episode is handled already"
                        );
                    } else {
                        raised.push(Raised { alarm: alarm.clone(), tags, label });
                    }
                }
                Err(fault) => {
                    view.critical.push(alarm.name.clone());
                    failed.push(not_handled(alarm, fault));
                }
            }
        }
        failed.extend(self.incidents(raised, &view, deadline).await);
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

pub(crate) fn not_handled(alarm: &AlarmRecord, fault: CallError) -> CallError {
    error!(alarm.name = alarm.name, alarm.episode = alarm.episode, error = %fault, "alarm not handled, it is tried again");
    fault
}

fn call_failed(error: CallError) -> FunctionError {
    FunctionError::new(GivenBack::CallFailed.code(), error.to_string())
}

pub(crate) fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
