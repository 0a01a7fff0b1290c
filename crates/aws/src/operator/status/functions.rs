//! Queues and functions of the stack.

use aws_sdk_sqs::types::QueueAttributeName as Name;

use crate::Connection;
use crate::error::CallError;
use crate::members::missing;

/// How much lies in a queue. SQS's counts are approximate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueDepth {
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that a function holds.
    pub in_flight: u64,
}

/// A deployed function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedFunction {
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    pub state: String,
    /// When code or configuration last changed, as Lambda writes it.
    pub last_modified: String,
    /// SHA-256 of its code, in Base64.
    pub code_sha256: String,
}

/// Queues and functions of one Region.
#[derive(Debug, Clone)]
pub struct Deployment {
    sqs: aws_sdk_sqs::Client,
    lambda: aws_sdk_lambda::Client,
}

impl Deployment {
    /// The connection's Region.
    pub fn new(connection: &Connection) -> Self {
        Self {
            sqs: aws_sdk_sqs::Client::new(connection.sdk()),
            lambda: aws_sdk_lambda::Client::new(connection.sdk()),
        }
    }

    /// GetQueueAttributes.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn queue(&self, url: &str) -> Result<QueueDepth, CallError> {
        const OPERATION: &str = "GetQueueAttributes";
        let names =
            vec![Name::ApproximateNumberOfMessages, Name::ApproximateNumberOfMessagesNotVisible];
        let answer =
            self.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(names));
        let answer = answer.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
        let count = |name: Name| {
            let attributes = answer.attributes()?;
            attributes.get(&name)?.parse::<u64>().ok()
        };
        let waiting = count(Name::ApproximateNumberOfMessages);
        Ok(QueueDepth {
            waiting: waiting.ok_or_else(|| missing(OPERATION, "number of messages"))?,
            in_flight: count(Name::ApproximateNumberOfMessagesNotVisible).unwrap_or_default(),
        })
    }

    /// GetFunctionConfiguration.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn function(&self, name: &str) -> Result<DeployedFunction, CallError> {
        let answer = self.lambda.get_function_configuration().function_name(name).send().await;
        let answer = answer.map_err(|error| CallError::of("GetFunctionConfiguration", &error))?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(DeployedFunction {
            state: answer
                .state()
                .map_or_else(|| "Active".to_owned(), |state| state.as_str().to_owned()),
            last_modified: text(answer.last_modified()),
            code_sha256: text(answer.code_sha256()),
        })
    }
}
