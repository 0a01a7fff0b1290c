//! The topic that people read.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::Connection;
use crate::error::{CallError, Class};

/// Tries of one notice that SNS throttles.
const TRIES: u32 = 4;
/// The wait after the first of them; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// The operators' topic.
#[derive(Debug, Clone)]
pub struct OperatorTopic {
    connection: Connection,
    /// Built for the first notice: most invocations have none.
    sns: OnceLock<aws_sdk_sns::Client>,
    arn: String,
}

impl OperatorTopic {
    /// The topic of that ARN.
    pub fn new(connection: &Connection, arn: String) -> Self {
        Self { connection: connection.clone(), sns: OnceLock::new(), arn }
    }

    /// Publishes one message with string attributes. The subject must be ASCII, of
    /// less than 100 characters (SNS refuses others); empty attributes are left out.
    ///
    /// Repeated where SNS throttles, and only there: a message that may have gone out
    /// is repeated by the caller, who can say so in it.
    ///
    /// # Errors
    /// [`CallError`]. After a time-out the message may have gone out.
    pub async fn publish(
        &self,
        subject: &str,
        body: &str,
        attributes: &BTreeMap<&'static str, String>,
    ) -> Result<(), CallError> {
        let sns = self.sns.get_or_init(|| self.connection.sns());
        let mut request = sns.publish().topic_arn(&self.arn).subject(subject).message(body);
        for (name, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value)
                .build()
                .map_err(|_| {
                    CallError::new("Publish", Class::Refused { code: "attribute".into() }, name)
                })?;
            request = request.message_attributes(*name, value);
        }
        // SNS says 429 "Throttled", which is not among the codes that the SDK repeats.
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let once = aws_sdk_sns::config::Builder::new().retry_config(RetryConfig::disabled());
            let Err(error) = request.clone().customize().config_override(once).send().await else {
                break;
            };
            let error = CallError::of("Publish", &error);
            if error.class != Class::Throttled || attempt == TRIES {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Ok(())
    }
}
