//! Event destinations of configuration sets.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::events::EventType;
use crate::wire::WireError;

/// Who created a set or a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Created through this API.
    Local,
    /// Found in the local AWS, where a CloudFormation stack made it.
    Upstream,
}

impl Origin {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Upstream => "upstream",
        }
    }
}

/// An event destination with its origin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Destination {
    pub(crate) origin: Origin,
    pub(crate) definition: Definition,
}

impl Destination {
    pub(crate) fn topic_arn(&self) -> Option<&str> {
        self.definition.topic_arn()
    }

    pub(crate) fn wants(&self, event_type: EventType) -> bool {
        self.definition.enabled
            && self.definition.matching_event_types.iter().any(|name| name == event_type.api_name())
    }
}

/// An event destination as the API writes it. Only SNS destinations are served;
/// the others are kept and given back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Definition {
    #[serde(default)]
    pub(crate) enabled: bool,
    #[serde(default)]
    pub(crate) matching_event_types: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sns_destination: Option<SnsDestination>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cloud_watch_destination: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event_bridge_destination: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kinesis_firehose_destination: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pinpoint_destination: Option<Value>,
}

/// The topic of an SNS destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SnsDestination {
    pub(crate) topic_arn: String,
}

impl Definition {
    pub(crate) fn topic_arn(&self) -> Option<&str> {
        self.sns_destination.as_ref().map(|sns| sns.topic_arn.as_str())
    }

    /// Refuses what SES refuses.
    ///
    /// # Errors
    ///
    /// BadRequestException without an event type or a target, with several
    /// targets, and with an unknown event type.
    pub(crate) fn check(&self) -> Result<(), WireError> {
        if self.matching_event_types.is_empty() {
            return Err(WireError::bad_request("At least one event type must be specified."));
        }
        for name in &self.matching_event_types {
            if !EventType::API_NAMES.contains(&name.as_str()) {
                return Err(WireError::not_in_enum(
                    "eventDestination.matchingEventTypes",
                    name,
                    &EventType::API_NAMES,
                ));
            }
        }
        let others = [
            &self.cloud_watch_destination,
            &self.event_bridge_destination,
            &self.kinesis_firehose_destination,
            &self.pinpoint_destination,
        ];
        let targets = usize::from(self.sns_destination.is_some())
            + others.iter().filter(|target| target.is_some()).count();
        if targets != 1 {
            return Err(WireError::bad_request(
                "Please provide exactly one destination with each request.",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn definition(value: Value) -> Definition {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn destinations_are_checked_as_ses_does() {
        let topic = "arn:aws:sns:eu-central-1:111122223333:feedback";
        let good = json!({"Enabled": true, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": topic}});
        assert_eq!(definition(good).check(), Ok(()));
        let bad = [
            json!({"SnsDestination": {"TopicArn": topic}}),
            json!({"MatchingEventTypes": ["RENDERING_FAILUR"], "SnsDestination": {"TopicArn": topic}}),
            json!({"MatchingEventTypes": ["BOUNCE"]}),
            json!({"MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": topic}, "EventBridgeDestination": {}}),
        ];
        for value in bad {
            assert!(definition(value.clone()).check().is_err(), "{value}");
        }
    }
}
