//! The topic that people read.

use std::collections::BTreeMap;

use aws_sdk_sns::types::MessageAttributeValue;

use crate::Connection;
use crate::error::{CallError, Class};

/// The operators' topic.
#[derive(Debug, Clone)]
pub struct OperatorTopic {
    sns: aws_sdk_sns::Client,
    arn: String,
}

impl OperatorTopic {
    /// The topic of that ARN.
    pub fn new(connection: &Connection, arn: String) -> Self {
        Self { sns: connection.sns(), arn }
    }

    /// Publishes one message with string attributes. The subject must be ASCII, of
    /// at most 100 characters (SNS refuses others); empty attributes are left out.
    ///
    /// # Errors
    /// [`CallError`]. After a time-out the message may have gone out.
    pub async fn publish(
        &self,
        subject: &str,
        body: &str,
        attributes: &BTreeMap<&'static str, String>,
    ) -> Result<(), CallError> {
        let mut request = self.sns.publish().topic_arn(&self.arn).subject(subject).message(body);
        for (name, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value)
                .build()
                .map_err(|_| CallError::new("Publish", Class::Refused { code: "attribute".into() }, name))?;
            request = request.message_attributes(*name, value);
        }
        request.send().await.map(|_| ()).map_err(|error| CallError::of("Publish", &error))
    }
}
