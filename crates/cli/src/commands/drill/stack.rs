//! The parts of a stack that a drill follows.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow};
use warden_aws::Connection;
use warden_aws::operator::Stacks;

/// A function, its queue and its dead letters.
#[derive(Debug, Clone)]
pub(super) struct FunctionParts {
    pub(super) name: String,
    /// URL; `None` where the topic invokes the function.
    pub(super) queue: Option<String>,
    /// URL.
    pub(super) dead_letters: String,
}

/// A stack by its outputs.
#[derive(Debug, Clone)]
pub(super) struct StackParts {
    pub(super) name: String,
    pub(super) feedback_topic: String,
    pub(super) alarm_topic: String,
    pub(super) operator_topic: String,
    pub(super) alarm_prefix: String,
    pub(super) namespace: String,
    pub(super) metrics: FunctionParts,
    pub(super) suppress: FunctionParts,
    pub(super) guard: FunctionParts,
}

impl StackParts {
    /// DescribeStacks.
    ///
    /// # Errors
    /// When there is no such stack, or it is none of ses-warden's.
    pub(super) async fn read(connection: &Connection, name: &str) -> anyhow::Result<Self> {
        let found = Stacks::new(connection).describe(name).await;
        let found = found.with_context(|| {
            format!(
                "the stack {name} cannot be read in {}; name it with --stack",
                connection.region()
            )
        })?;
        Self::of(name, &found.outputs)
    }

    fn of(name: &str, outputs: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let output = |key: &str| {
            outputs.get(key).filter(|value| !value.is_empty()).cloned().ok_or_else(|| {
                anyhow!(
                    "the stack {name} lacks the output {key}: it is none of ses-warden's, or old"
                )
            })
        };
        let function = |word: &str| {
            Ok::<_, anyhow::Error>(FunctionParts {
                name: output(&format!("{word}FunctionName"))?,
                queue: outputs.get(&format!("{word}QueueUrl")).cloned(),
                dead_letters: output(&format!("{word}DeadLetterQueueUrl"))?,
            })
        };
        Ok(Self {
            name: name.to_owned(),
            feedback_topic: output("FeedbackTopicArn")?,
            alarm_topic: output("AlarmTopicArn")?,
            operator_topic: output("OperatorTopicArn")?,
            alarm_prefix: output("AlarmPrefix")?,
            namespace: output("MetricNamespace")?,
            metrics: function("Metrics")?,
            suppress: function("Suppress")?,
            guard: function("Guard")?,
        })
    }

    /// Returns the topics, in the order of the way.
    pub(super) fn topics(&self) -> [&str; 3] {
        [&self.feedback_topic, &self.alarm_topic, &self.operator_topic]
    }
}
