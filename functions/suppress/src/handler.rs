//! Decode, decide, act, answer.

use std::time::Duration;

use aws_lambda_events::sqs::SqsBatchResponse;
use tracing::{error, info, warn};
use warden_aws::{CallError, Class, Reason as StoredReason, SuppressionList};
use warden_domain::envelope::{Reading, open};
use warden_domain::outcome::{GivenBack, Ignored, Outcome};
use warden_domain::suppression::{BatchPlan, Decision, PlannedPut, Policy, Reason, Verdict, decide};
use warden_lambda::answer::{Answer, EventIds, shielded};
use warden_lambda::{Deadline, Function, FunctionError};

/// Time that a put may need, a try that hangs included; one that would begin later
/// is given back. Short invocations keep a quarter back.
const RESERVE: Duration = Duration::from_secs(12);
/// Time kept back for the answer, whatever hangs.
const FOR_THE_ANSWER: Duration = Duration::from_millis(500);

/// The function: its policy and the list it writes to.
#[derive(Debug)]
pub struct Suppress {
    policy: Policy,
    list: SuppressionList,
}

/// What became of one address.
enum Put {
    /// It is on the list now, or was.
    Done,
    /// SES will never take it.
    Refused,
    /// Another try may help.
    Failed(GivenBack),
}

impl Suppress {
    /// A function that writes to `list`.
    pub fn new(policy: Policy, list: SuppressionList) -> Self {
        Self { policy, list }
    }
}

impl Function for Suppress {
    type Answer = SqsBatchResponse;

    async fn handle(&self, payload: &[u8], deadline: Deadline) -> Result<SqsBatchResponse, FunctionError> {
        let records = open(payload);
        let mut answer = Answer::new("suppress");
        let mut plan = BatchPlan::default();
        for (index, record) in records.into_iter().enumerate() {
            let ids = EventIds::of(&record.reading);
            let outcome = match &record.reading {
                Reading::Event(event) => match shielded(|| decide(event, &self.policy)) {
                    Ok(decision) => {
                        report_spared(&decision, &ids);
                        plan.add(index, &decision);
                        decision.outcome
                    }
                    Err(panicked) => panicked.into(),
                },
                Reading::Alarm(_) => Ignored::OtherEvent.into(),
                Reading::Ignored(reason) => (*reason).into(),
                Reading::Broken(reason) => (*reason).into(),
            };
            answer.push(record.receipt, outcome, ids);
        }
        self.write(&plan, deadline, &mut answer).await;
        answer.finish()
    }
}

impl Suppress {
    /// Puts the addresses on the list, complaints first: they weigh most.
    async fn write(&self, plan: &BatchPlan, deadline: Deadline, answer: &mut Answer) {
        let (complaints, bounces): (Vec<_>, Vec<_>) = plan.puts().iter().partition(|p| p.reason == Reason::Complaint);
        let reserve = RESERVE.min(deadline.remaining() / 4);
        for put in complaints.into_iter().chain(bounces) {
            let left = deadline.remaining();
            let result = if left > reserve + self.list.pace().would_wait() {
                let limit = left.saturating_sub(FOR_THE_ANSWER);
                let ids = put.messages.first().map(|message| answer.ids(*message)).unwrap_or_default();
                tokio::time::timeout(limit, self.put(put, &ids)).await.unwrap_or(Put::Failed(GivenBack::OutOfTime))
            } else {
                Put::Failed(GivenBack::OutOfTime)
            };
            let end: Option<Outcome> = match result {
                Put::Done => None,
                Put::Refused => Some(Ignored::Refused.into()),
                Put::Failed(reason) => Some(reason.into()),
            };
            if let Some(end) = end {
                put.messages.iter().for_each(|message| answer.worsen(*message, end));
            }
        }
    }

    async fn put(&self, put: &PlannedPut, ids: &EventIds) -> Put {
        // A put replaces the stored reason, so a BOUNCE would take a COMPLAINT's
        // place. An address with a slash cannot be read (SES answers 400).
        if put.reason == Reason::Bounce {
            match self.list.get(put.address.expose()).await {
                Ok(Some(_)) => return Put::Done,
                Ok(None) => {}
                Err(error) if matches!(error.class, Class::Refused { .. }) => {}
                Err(error) => return failed(put, &error),
            }
        }
        let reason = match put.reason {
            Reason::Bounce => StoredReason::Bounce,
            Reason::Complaint => StoredReason::Complaint,
        };
        match self.list.put(put.address.expose(), reason).await {
            Ok(()) => {
                info!(
                    recipient.masked = %put.address,
                    reason = put.reason.code(),
                    ses.message_id = ids.message_id.as_deref(),
                    ses.feedback_id = ids.feedback_id.as_deref(),
                    "suppressed"
                );
                Put::Done
            }
            Err(error) => failed(put, &error),
        }
    }
}

fn failed(put: &PlannedPut, error: &CallError) -> Put {
    if error.retry_can_help() {
        warn!(recipient.masked = %put.address, %error, "not suppressed yet, the message goes back to the queue");
        Put::Failed(GivenBack::CallFailed)
    } else {
        error!(
            recipient.masked = %put.address, %error,
            "SES refuses this address for good: check it, and whether the account is still in the sandbox"
        );
        Put::Refused
    }
}

fn report_spared(decision: &Decision, ids: &EventIds) {
    for judgement in &decision.judgements {
        let Verdict::Spare(reason) = judgement.verdict else { continue };
        info!(
            recipient.masked = judgement.address.as_ref().map(tracing::field::display),
            fault = judgement.finding.map(|f| f.fault.code()),
            rule = judgement.finding.map(|f| f.rule),
            reason = reason.code(),
            rescue_candidate = judgement.is_rescue_candidate(),
            ses.message_id = ids.message_id.as_deref(),
            ses.feedback_id = ids.feedback_id.as_deref(),
            "spared"
        );
    }
}
