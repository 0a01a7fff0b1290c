//! From an invocation to a check of the alarms: what guard does, and in which order.

use aws_lambda_events::sqs::SqsBatchResponse;
use warden_aws::CallError;
use warden_domain::envelope::{is_schedule, open};
use warden_domain::guard::account::{AwsMessage, message};
use warden_domain::guard::is_trigger;
use warden_domain::outcome::{Acted, GivenBack, Outcome};
use warden_lambda::answer::{Answer, EventIds};
use warden_lambda::{Deadline, Function, FunctionError};

use crate::guard::Guard;
use crate::time::{FOR_ANSWER, share, within};

impl Function for Guard {
    type Answer = SqsBatchResponse;

    async fn handle(
        &self,
        payload: &[u8],
        deadline: Deadline,
    ) -> Result<SqsBatchResponse, FunctionError> {
        let mut answer = Answer::new("guard");
        let mut is_to_check = false;
        for record in open(payload) {
            let outcome = match is_trigger(&record.reading) {
                Ok(()) => {
                    is_to_check = true;
                    Outcome::Acted(Acted::AlarmRaised)
                }
                Err(reason) => reason.into(),
            };
            answer.push(record.receipt, outcome, EventIds::of(&record.reading));
        }
        if is_to_check {
            let checked = self.reconcile(message(payload), is_schedule(payload), deadline).await;
            checked.map_err(|error| {
                FunctionError::new(GivenBack::CallFailed.code(), error.to_string())
            })?;
        }
        answer.finish()
    }
}

impl Guard {
    /// Finishes what was begun, handles every alarm of this stack that is in ALARM and not handled,
    /// then what AWS and people did, the pauses that end and, when the schedule calls, the daily
    /// check. One that fails does not keep the others from being handled.
    async fn reconcile(
        &self,
        message: Option<AwsMessage>,
        is_schedule: bool,
        deadline: Deadline,
    ) -> Result<(), CallError> {
        let (mut snapshot, mut failed) = self.read(deadline, message).await?;
        let snapshot = &mut snapshot;
        let is_first = snapshot.stack.unfinished().is_empty();
        failed.extend(self.finish(snapshot).await);
        failed.extend(self.alarms_in_alarm(snapshot, is_first).await);
        let limit = share(deadline, FOR_ANSWER, 2);
        let news = self.account_news(snapshot);
        failed.extend(within(limit, "notifying of what AWS did", news).await.err());
        failed.extend(self.check_ongoing(snapshot).await);
        if is_schedule {
            let limit = share(deadline, FOR_ANSWER, 1);
            failed.extend(within(limit, "the daily check", self.sweep(snapshot)).await.err());
        }
        failed.into_iter().next_back().map_or(Ok(()), Err)
    }
}
