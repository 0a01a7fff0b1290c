//! From an invocation to a look at the alarms.

use aws_lambda_events::sqs::SqsBatchResponse;
use tracing::info;
use warden_aws::{Alarms, CallError, Metrics, OperatorTopic, SendingSwitch};
use warden_domain::envelope::open;
use warden_domain::guard::account::{Message, message};
use warden_domain::guard::is_trigger;
use warden_domain::notice::Notice;
use warden_domain::outcome::{Acted, GivenBack, Outcome};
use warden_lambda::answer::{Answer, EventIds};
use warden_lambda::{Deadline, Function, FunctionError};

use crate::Settings;
use crate::snapshot::Reading;
use crate::time::{FOR_ANSWER, share, within};

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
        let Reading { snapshot, open, mut failed } = self.read(deadline).await?;
        failed.extend(self.incidents(open, &snapshot).await);
        let limit = share(deadline, FOR_ANSWER, 2);
        let news = within(limit, "telling what AWS did", self.account_news(&snapshot, message));
        failed.extend(news.await.err());
        let limit = share(deadline, FOR_ANSWER, 1);
        failed.extend(within(limit, "ending pauses", self.lift(&snapshot)).await.err());
        failed.into_iter().next_back().map_or(Ok(()), Err)
    }

    pub(crate) async fn publish(&self, notice: &Notice) -> Result<(), CallError> {
        self.clients.topic.publish(&notice.subject, &notice.body, &notice.attributes).await?;
        let word = |name| notice.attributes.get(name).map(String::as_str);
        info!(action = word("action"), alarm.name = word("alarm"), "operators told");
        Ok(())
    }
}

fn call_failed(error: CallError) -> FunctionError {
    FunctionError::new(GivenBack::CallFailed.code(), error.to_string())
}
