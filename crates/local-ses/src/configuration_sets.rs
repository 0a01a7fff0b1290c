//! Configuration sets.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::clock;
use crate::destinations::{Destination, Origin};
use crate::events::EventType;
use crate::json::put_member;
use crate::reputation::RecentSends;
use crate::suppression::Reason;
use crate::tags::Tags;
use crate::tenants::Scope;
use crate::vdm::SetOptions;

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
    pub(crate) delivery: DeliveryOptions,
    pub(crate) vdm: Option<SetOptions>,
    pub(crate) tags: Tags,
    pub(crate) destinations: BTreeMap<String, Destination>,
    pub(crate) rates: RecentSends,
    /// What the local AWS said last, so that a stack update is noticed without
    /// overriding what was switched here since.
    pub(crate) upstream_switches: Option<Switches>,
}

/// How mail of a set is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeliveryOptions {
    pub(crate) tls_policy: String,
    /// The dedicated IP pool it sends from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sending_pool_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_delivery_seconds: Option<u32>,
}

impl Default for DeliveryOptions {
    fn default() -> Self {
        Self {
            tls_policy: "OPTIONAL".to_owned(),
            sending_pool_name: None,
            max_delivery_seconds: None,
        }
    }
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
            delivery: DeliveryOptions::default(),
            vdm: None,
            tags: Tags::default(),
            destinations: BTreeMap::new(),
            rates: RecentSends::default(),
            upstream_switches: None,
        }
    }

    /// Switches sending. Enabling it after a pause gives the set's reputation
    /// a fresh start, as on AWS.
    pub(crate) fn switch_sending(&mut self, enabled: bool, now_ms: i64) {
        if enabled && !self.sending_enabled {
            self.rates = RecentSends::default();
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
            "DeliveryOptions": self.delivery,
            "ReputationOptions": reputation,
            "SendingOptions": {"SendingEnabled": self.sending_enabled},
            "Tags": self.tags,
        });
        if let Some(vdm) = &self.vdm {
            put_member(&mut answer, "VdmOptions", vdm);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reputation::Fate;

    #[test]
    fn only_enabled_destinations_of_the_type_are_served() {
        let mut set = ConfigurationSet::new(Origin::Local);
        for (name, enabled, event_type) in
            [("a", true, "BOUNCE"), ("b", false, "BOUNCE"), ("c", true, "SEND")]
        {
            let definition = json!({"Enabled": enabled,
                "MatchingEventTypes": [event_type], "SnsDestination": {"TopicArn": name}});
            let definition = serde_json::from_value(definition).unwrap();
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
