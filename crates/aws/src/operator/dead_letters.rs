//! Dead-letter queues: looking into them, and sending their messages back.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, MessageSystemAttributeName, QueueAttributeName,
};
use aws_smithy_types::Blob;

use crate::Connection;
use crate::error::{CallError, Class};
use crate::members::missing;

/// Most messages that SQS hands out, or takes, in one call.
pub const MOST_BATCH: usize = 10;

/// A message that lies in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// SQS's id.
    pub id: String,
    /// What deletes it, as long as it is hidden.
    pub receipt: String,
    /// The body as it was sent. It may hold addresses.
    pub body: String,
    /// When it was first sent, in milliseconds since 1970; it keeps this time when it becomes a
    /// dead letter of its source queue.
    pub sent_ms: Option<i64>,
    /// ARN of the queue whose redrive policy moved it here; `None` where something else sent it.
    pub source_queue: Option<String>,
    /// Message attributes that are texts. SNS says in `ErrorCode` and `ErrorMessage` why it could
    /// not deliver.
    pub attributes: BTreeMap<String, String>,
}

/// The dead-letter queues of one Region, and where their messages go back to.
#[derive(Debug, Clone)]
pub struct DeadLetterQueues {
    sqs: aws_sdk_sqs::Client,
    lambda: aws_sdk_lambda::Client,
}

impl DeadLetterQueues {
    /// The queues and functions of the connection's Region.
    pub fn new(connection: &Connection) -> Self {
        Self {
            sqs: aws_sdk_sqs::Client::new(connection.sdk()),
            lambda: aws_sdk_lambda::Client::new(connection.sdk()),
        }
    }

    /// GetQueueAttributes: about how many messages lie in a queue, those that somebody looks at
    /// right now among them.
    ///
    /// # Errors
    /// [`CallError`], also where the answer has no number.
    pub async fn count(&self, url: &str) -> Result<u64, CallError> {
        const OPERATION: &str = "GetQueueAttributes";
        let asked = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let call = self.sqs.get_queue_attributes().queue_url(url);
        let answer = call.set_attribute_names(Some(asked.to_vec())).send().await;
        let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
        let number = |name| answer.attributes()?.get(&name)?.parse::<u64>().ok();
        let [visible, hidden] = asked.map(number);
        visible
            .map(|visible| visible + hidden.unwrap_or_default())
            .ok_or_else(|| missing(OPERATION, "ApproximateNumberOfMessages"))
    }

    /// ReceiveMessage: up to [`MOST_BATCH`] messages, which are hidden from everybody else for so
    /// many seconds.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn receive(&self, url: &str, hidden: i32) -> Result<Vec<DeadLetter>, CallError> {
        let call = self
            .sqs
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .visibility_timeout(hidden)
            .wait_time_seconds(1)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All");
        let answer = call.send().await.map_err(|error| CallError::of("ReceiveMessage", &error))?;
        let letters = answer.messages.unwrap_or_default().into_iter();
        Ok(letters
            .filter_map(|message| {
                let attribute = |name| message.attributes.as_ref()?.get(&name).cloned();
                let sent = attribute(MessageSystemAttributeName::SentTimestamp);
                let source = attribute(MessageSystemAttributeName::DeadLetterQueueSourceArn);
                let texts = message.message_attributes.clone().unwrap_or_default();
                Some(DeadLetter {
                    id: message.message_id?,
                    receipt: message.receipt_handle?,
                    body: message.body.unwrap_or_default(),
                    sent_ms: sent.and_then(|sent| sent.parse().ok()),
                    source_queue: source,
                    attributes: texts
                        .into_iter()
                        .filter_map(|(name, value)| Some((name, value.string_value?)))
                        .collect(),
                })
            })
            .collect())
    }

    /// ChangeMessageVisibilityBatch: shows messages again at once.
    ///
    /// # Errors
    /// [`CallError`]; they show again by themselves when their time is over.
    pub async fn release(&self, url: &str, letters: &[DeadLetter]) -> Result<(), CallError> {
        const OPERATION: &str = "ChangeMessageVisibility";
        for part in letters.chunks(MOST_BATCH) {
            let mut call = self.sqs.change_message_visibility_batch().queue_url(url);
            for (number, letter) in part.iter().enumerate() {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(&letter.receipt)
                    .visibility_timeout(0)
                    .build();
                call = call.entries(entry.map_err(|_| missing(OPERATION, "receipt"))?);
            }
            call.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
        }
        Ok(())
    }

    /// SendMessage: the same body to another queue.
    ///
    /// # Errors
    /// [`CallError`]; the message may have arrived where no answer came.
    pub async fn send(&self, url: &str, body: &str) -> Result<(), CallError> {
        let answer = self.sqs.send_message().queue_url(url).message_body(body).send().await;
        answer.map(|_| ()).map_err(|error| CallError::of("SendMessage", &error))
    }

    /// Invoke, without waiting for the end: the function gets the payload as if its sender had
    /// called again.
    ///
    /// # Errors
    /// [`CallError`], also where Lambda does not say that it accepted.
    pub async fn invoke(&self, function: &str, payload: &str) -> Result<(), CallError> {
        const OPERATION: &str = "InvokeFunction";
        let call = self
            .lambda
            .invoke()
            .function_name(function)
            .invocation_type(aws_sdk_lambda::types::InvocationType::Event)
            .payload(Blob::new(payload.as_bytes()));
        let answer = call.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
        match answer.status_code() {
            202 => Ok(()),
            other => {
                let words = format!("Lambda answered {other} instead of 202");
                Err(CallError::new(OPERATION, Class::Temporary, &words))
            }
        }
    }

    /// DeleteMessage.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn delete(&self, url: &str, letter: &DeadLetter) -> Result<(), CallError> {
        let call = self.sqs.delete_message().queue_url(url).receipt_handle(&letter.receipt);
        call.send().await.map(|_| ()).map_err(|error| CallError::of("DeleteMessage", &error))
    }
}
