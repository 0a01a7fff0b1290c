//! An account with sets that are all different, and what is in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::FEEDBACK;
use super::wire::{Wire, World};

pub(crate) const ALL: [&str; 8] = [
    "SEND",
    "REJECT",
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
    "SUBSCRIPTION",
];

/// A destination to a topic.
pub(crate) fn to(topic: &str, events: &[&str]) -> Value {
    json!({ "Enabled": true, "MatchingEventTypes": events, "SnsDestination": { "TopicArn": topic } })
}

/// One sender domain, which is an identity too, and three sets: one with nothing, one whose owner
/// connected it, one with metrics and a tag of its owner's.
pub(crate) fn small() -> Wire {
    let wire = Wire::start();
    {
        let mut world = wire.world();
        world.add_series("Send", &[("Domain", "example.com")], 100.0);
        let kinds = [("example.com", "DOMAIN"), ("a@mail.test", "EMAIL_ADDRESS")];
        world.identities = kinds.map(|(name, kind)| (name.to_owned(), kind.to_owned())).into();
        world.default_sets.insert("a@mail.test".into(), "metered".into());
        world.add_set("bare");
        let theirs = world.add_set("theirs");
        theirs.destinations.insert("to-warden".into(), to(FEEDBACK, &ALL));
        let metered = world.add_set("metered");
        metered.reputation_metrics = true;
        metered.destinations.insert("log".into(), json!({ "Enabled": true,
            "MatchingEventTypes": ["SEND"], "CloudWatchDestination": { "DimensionConfigurations": [] } }));
        let arn = "arn:aws:ses:eu-central-1:111122223333:configuration-set/metered";
        world.tags.insert(arn.into(), [("team".to_owned(), "post".to_owned())].into());
    }
    wire
}

/// Everything that `connect` could have changed. Alarms are listed by name only: what they hold is
/// compared by the next plan.
#[derive(Debug, PartialEq)]
pub(crate) struct Account {
    sets: String,
    default_sets: BTreeMap<String, String>,
    tags: BTreeMap<String, BTreeMap<String, String>>,
    alarms: Vec<String>,
}

impl Account {
    pub(crate) fn of(world: &World) -> Self {
        let is_ses = |arn: &&String| arn.starts_with("arn:aws:ses:");
        let tags = world.tags.iter().filter(|(arn, tags)| is_ses(arn) && !tags.is_empty());
        Self {
            sets: format!("{:?}", world.set_setups),
            default_sets: world.default_sets.clone(),
            tags: tags.map(|(arn, tags)| (arn.clone(), tags.clone())).collect(),
            alarms: world.alarms.iter().map(|alarm| alarm.name.clone()).collect(),
        }
    }
}
