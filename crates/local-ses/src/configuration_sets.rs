//! Configuration sets and their event destinations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;
use crate::events::EventType;
use crate::json::put_member;
use crate::reputation::RateWindow;
use crate::suppression::Reason;
use crate::tags::Tags;
use crate::tenants::Scope;
use crate::wire::WireError;

/// Where a set or a destination comes from.
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

/// One configuration set.
#[derive(Debug)]
pub(crate) struct ConfigurationSet {
    pub(crate) origin: Origin,
    pub(crate) sending_enabled: bool,
    pub(crate) reputation_metrics_enabled: bool,
    pub(crate) last_fresh_start_ms: Option<i64>,
    /// Overrides the tenant's and the account's reasons when given, even when empty.
    pub(crate) suppressed_reasons: Option<Vec<Reason>>,
    /// Overrides the tenant's scope when given.
    pub(crate) suppression_scope: Option<Scope>,
    /// The dedicated IP pool it sends from.
    pub(crate) pool: Option<String>,
    pub(crate) tags: Tags,
    pub(crate) destinations: BTreeMap<String, Destination>,
    pub(crate) rates: RateWindow,
    /// What the local AWS said last, so that a stack update is noticed without
    /// overriding what was switched here since.
    pub(crate) upstream_switches: Option<Switches>,
}

/// The settings of a set that a template can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Switches {
    pub(crate) sending_enabled: bool,
    pub(crate) reputation_metrics_enabled: bool,
    pub(crate) suppressed_reasons: Option<Vec<Reason>>,
    pub(crate) tags: Tags,
}

impl ConfigurationSet {
    pub(crate) fn new(origin: Origin) -> Self {
        Self {
            origin,
            sending_enabled: true,
            reputation_metrics_enabled: false,
            last_fresh_start_ms: None,
            suppressed_reasons: None,
            suppression_scope: None,
            pool: None,
            tags: Tags::default(),
            destinations: BTreeMap::new(),
            rates: RateWindow::default(),
            upstream_switches: None,
        }
    }

    /// Switches sending. Enabling it after a pause gives the set's reputation
    /// a fresh start, as on AWS.
    pub(crate) fn switch_sending(&mut self, enabled: bool, now_ms: i64) {
        if enabled && !self.sending_enabled {
            self.rates = RateWindow::default();
            self.last_fresh_start_ms = Some(now_ms);
        }
        self.sending_enabled = enabled;
    }

    /// Takes over a switch that the local AWS has changed since it was last read.
    pub(crate) fn follow_upstream(&mut self, switches: Switches, now_ms: i64) {
        let before = self.upstream_switches.take();
        let before = before.as_ref();
        if before.map(|b| b.sending_enabled) != Some(switches.sending_enabled) {
            self.switch_sending(switches.sending_enabled, now_ms);
        }
        if before.map(|b| b.reputation_metrics_enabled) != Some(switches.reputation_metrics_enabled)
        {
            self.reputation_metrics_enabled = switches.reputation_metrics_enabled;
        }
        if before.map(|b| &b.suppressed_reasons) != Some(&switches.suppressed_reasons) {
            self.suppressed_reasons.clone_from(&switches.suppressed_reasons);
        }
        if before.map(|b| &b.tags) != Some(&switches.tags) {
            self.tags.clone_from(&switches.tags);
        }
        self.upstream_switches = Some(switches);
    }

    /// The topics that want events of this type.
    pub(crate) fn topics_for(&self, event_type: EventType) -> impl Iterator<Item = &str> {
        self.destinations
            .values()
            .filter(move |destination| destination.wants(event_type))
            .filter_map(Destination::topic_arn)
    }

    /// All topics with an enabled destination.
    pub(crate) fn topics(&self) -> impl Iterator<Item = &str> {
        self.destinations
            .values()
            .filter(|destination| destination.definition.enabled)
            .filter_map(Destination::topic_arn)
    }

    /// The answer of GetConfigurationSet.
    pub(crate) fn to_json(&self, name: &str) -> Value {
        let mut reputation = json!({"ReputationMetricsEnabled": self.reputation_metrics_enabled});
        if let Some(start) = self.last_fresh_start_ms {
            put_member(&mut reputation, "LastFreshStart", clock::epoch_seconds(start));
        }
        let mut answer = json!({
            "ConfigurationSetName": name,
            "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
            "ReputationOptions": reputation,
            "SendingOptions": {"SendingEnabled": self.sending_enabled},
            "Tags": self.tags,
        });
        if let Some(pool) = &self.pool {
            let delivery = json!({"TlsPolicy": "OPTIONAL", "SendingPoolName": pool});
            put_member(&mut answer, "DeliveryOptions", delivery);
        }
        let mut suppression = json!({});
        if let Some(reasons) = &self.suppressed_reasons {
            put_member(&mut suppression, "SuppressedReasons", reasons);
        }
        if let Some(scope) = self.suppression_scope {
            put_member(&mut suppression, "SuppressionScope", scope);
        }
        if suppression != json!({}) {
            put_member(&mut answer, "SuppressionOptions", suppression);
        }
        answer
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

    fn wants(&self, event_type: EventType) -> bool {
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

/// Whether a name is one SES accepts for a set or a destination.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reputation::Fate;

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

    #[test]
    fn only_enabled_destinations_of_the_type_are_served() {
        let mut set = ConfigurationSet::new(Origin::Local);
        for (name, enabled, event_type) in
            [("a", true, "BOUNCE"), ("b", false, "BOUNCE"), ("c", true, "SEND")]
        {
            let definition = definition(json!({"Enabled": enabled,
                "MatchingEventTypes": [event_type], "SnsDestination": {"TopicArn": name}}));
            let origin = Origin::Local;
            set.destinations.insert(name.to_owned(), Destination { origin, definition });
        }
        assert_eq!(set.topics_for(EventType::Bounce).collect::<Vec<_>>(), ["a"]);
        assert_eq!(set.topics().collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn resuming_gives_a_fresh_start_and_pausing_does_not() {
        let mut set = ConfigurationSet::new(Origin::Local);
        let fate = Fate { bounced: true, complained: false };
        set.rates.record(fate, 10);
        set.switch_sending(false, 5);
        assert_eq!((set.rates.volume(), set.last_fresh_start_ms), (1, None));
        set.switch_sending(true, 9);
        assert_eq!((set.rates.volume(), set.last_fresh_start_ms), (0, Some(9)));
    }

    #[test]
    fn a_pause_here_outlives_an_unchanged_upstream() {
        let mut set = ConfigurationSet::new(Origin::Upstream);
        let reasons = Some(vec![Reason::Bounce]);
        let mut switches = Switches {
            sending_enabled: true,
            reputation_metrics_enabled: true,
            suppressed_reasons: reasons.clone(),
            tags: Tags::default(),
        };
        set.follow_upstream(switches.clone(), 1);
        assert!(set.reputation_metrics_enabled);
        assert_eq!(set.suppressed_reasons, reasons);
        set.switch_sending(false, 2);
        set.suppressed_reasons = None;
        set.follow_upstream(switches.clone(), 3);
        assert!(!set.sending_enabled);
        assert_eq!(set.suppressed_reasons, None);
        switches.reputation_metrics_enabled = false;
        set.follow_upstream(switches, 4);
        assert!(!set.reputation_metrics_enabled && !set.sending_enabled);
    }
}
