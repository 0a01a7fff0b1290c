//! SQS queues.

use aws_sdk_sqs::types::QueueAttributeName as Name;
use aws_types::SdkConfig;
use serde_json::Value;
use warden_domain::setup::snapshot::Queue;

use crate::error::{CallError, Class};

/// Reads queues of one Region.
#[derive(Debug, Clone)]
pub struct QueueReader {
    sqs: aws_sdk_sqs::Client,
}

impl QueueReader {
    /// Creates a reader of the configuration's Region.
    pub fn new(config: &SdkConfig) -> Self {
        Self { sqs: aws_sdk_sqs::Client::new(config) }
    }

    /// GetQueueUrl and GetQueueAttributes, by ARN; `None` where there is no such queue.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn queue(&self, arn: &str) -> Result<Option<Queue>, CallError> {
        // arn:partition:sqs:region:account:name
        let mut parts = arn.rsplitn(3, ':');
        let (name, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let asked = self.sqs.get_queue_url().queue_name(name).queue_owner_aws_account_id(account);
        let answer = asked.send().await.map_err(|error| CallError::of("GetQueueUrl", &error));
        let Some(url) = existing(answer)?.and_then(|answer| answer.queue_url) else {
            return Ok(None);
        };
        let asked =
            self.sqs.get_queue_attributes().queue_url(&url).set_attribute_names(Some(vec![
                Name::ApproximateNumberOfMessages,
                Name::KmsMasterKeyId,
                Name::Policy,
                Name::RedrivePolicy,
            ]));
        let answer =
            asked.send().await.map_err(|error| CallError::of("GetQueueAttributes", &error));
        let Some(answer) = existing(answer)? else { return Ok(None) };
        let attributes = answer.attributes.unwrap_or_default();
        let text = |name: Name| attributes.get(&name).filter(|text| !text.is_empty()).cloned();
        let redrive = text(Name::RedrivePolicy)
            .and_then(|policy| serde_json::from_str::<Value>(&policy).ok());
        let dead_letters = redrive.as_ref().and_then(|policy| policy.get("deadLetterTargetArn"));
        Ok(Some(Queue {
            url,
            policy: text(Name::Policy),
            key: text(Name::KmsMasterKeyId),
            waiting: text(Name::ApproximateNumberOfMessages)
                .and_then(|count| count.parse().ok())
                .unwrap_or_default(),
            dead_letters: dead_letters.and_then(Value::as_str).map(str::to_owned),
        }))
    }
}

/// SQS answers 400 for a queue that is not there.
fn existing<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match super::existing(answer) {
        Err(CallError { class: Class::Refused { code }, .. })
            if code.ends_with("NonExistentQueue") || code.ends_with("QueueDoesNotExist") =>
        {
            Ok(None)
        }
        other => other,
    }
}
