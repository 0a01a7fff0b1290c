//! What carries events from SES to the functions: topics, queues, keys, mappings, functions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Fact;

/// An SNS topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// The access policy, as JSON text.
    pub policy: String,
    /// Key id, alias or ARN of the key it is encrypted with.
    pub key: Option<String>,
    /// Who gets its messages.
    pub subscriptions: Fact<Vec<Subscription>>,
}

/// A subscription of a topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    /// Its ARN; nothing to rely on before it is confirmed.
    pub arn: String,
    /// `sqs`, `lambda`, `email`, `https` and so on.
    pub protocol: String,
    /// Where it delivers: an ARN, a URL, an address.
    pub endpoint: String,
    /// Whether the endpoint has confirmed it.
    pub is_confirmed: bool,
    /// GetSubscriptionAttributes, of a confirmed one.
    pub attributes: Fact<SubscriptionAttributes>,
}

/// What a subscription lets through, and where it puts what it cannot deliver.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SubscriptionAttributes {
    /// The filter policy.
    pub filter: Option<Value>,
    /// Whether the filter applies to the message's body rather than to its attributes.
    pub filter_on_body: bool,
    /// ARN of the dead-letter queue.
    pub dead_letters: Option<String>,
}

/// A KMS key.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its ARN.
    pub arn: String,
    /// Enabled, Disabled, PendingDeletion and so on.
    pub state: String,
    /// Whether AWS keeps it (`alias/aws/sns`): its policy cannot be changed.
    pub is_aws_managed: bool,
    /// The key policy, as JSON text.
    pub policy: Fact<String>,
}

/// An SQS queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its URL.
    pub url: String,
    /// The access policy, as JSON text; a queue without one lets nobody in.
    pub policy: Option<String>,
    /// Key of the customer's that it is encrypted with.
    pub key: Option<String>,
    /// Messages waiting.
    pub waiting: u64,
    /// ARN of its dead-letter queue.
    pub dead_letters: Option<String>,
}

/// An event source mapping: a queue that invokes a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Its id, for commands.
    pub id: String,
    /// ARN of the queue.
    pub queue: String,
    /// ARN of the function.
    pub function: String,
    /// Enabled, Disabled, Creating, Updating and so on.
    pub state: String,
    /// What Lambda says of the last batch, such as `OK` or `PROBLEM: LambdaFunction call failed`.
    pub last_result: Option<String>,
    /// Whether single messages of a batch can fail (ReportBatchItemFailures).
    pub reports_item_failures: bool,
}

/// A Lambda function.
#[derive(Debug, Clone, PartialEq)]
pub struct LambdaFunction {
    /// Its name.
    pub name: String,
    /// Active, Pending, Inactive, Failed.
    pub state: String,
    /// Its `WARDEN_` settings.
    pub settings: BTreeMap<String, String>,
    /// Environments it may have at once, where that is reserved; 0 switches it off.
    pub reserved: Fact<Option<u32>>,
    /// The resource policy, as JSON text; `None` where there is none.
    pub policy: Fact<Option<String>>,
}
