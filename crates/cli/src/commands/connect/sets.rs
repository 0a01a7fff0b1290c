//! What has to be done at one configuration set: a pure comparison of what it has with what it
//! should have.

use std::collections::BTreeSet;

use warden_aws::operator::ConfigurationSetState;
use warden_domain::setup::snapshot::{Destination, DestinationTarget};

use super::ownership::{SetTag, is_shared};

/// The event types that the functions understand, without those that make SES track.
pub const EVENTS: [&str; 8] = [
    "SEND",
    "REJECT",
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
    "SUBSCRIPTION",
];
/// The event types for which SES changes the mail: a pixel in HTML, links that lead by way of SES
/// (API reference, TrackingConfigurationOverrides).
pub const ENGAGEMENT: [&str; 2] = ["OPEN", "CLICK"];
/// As many event destinations as a set may have (SES quotas, not adjustable).
const MOST_DESTINATIONS: usize = 10;

/// What every set is to have.
#[derive(Debug, Clone)]
pub struct WantedAtSet<'a> {
    /// Name of the event destination.
    pub destination: String,
    /// ARN of the feedback topic.
    pub topic: &'a str,
    /// Whether opens and clicks are wanted.
    pub engagement: bool,
    /// Key of the tag that says what we made.
    pub key: String,
}

impl WantedAtSet<'_> {
    /// Returns the event types of our destination.
    pub fn events(&self) -> Vec<&'static str> {
        let engagement = if self.engagement { &ENGAGEMENT[..] } else { &[] };
        EVENTS.iter().chain(engagement).copied().collect()
    }
}

/// What happens with the event destination of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DestinationStep {
    /// It is made.
    Create {
        /// Its name.
        name: String,
        /// The event types that it gets.
        events: Vec<&'static str>,
    },
    /// It is ours and asks for other event types.
    Change {
        /// Its name.
        name: String,
        /// Whether it is switched on, which stays as it is.
        enabled: bool,
        /// The event types that it has.
        old: Vec<String>,
        /// The event types that it gets.
        events: Vec<&'static str>,
    },
    /// There is one: ours as it should be, or somebody else's, which is respected.
    Keep {
        /// Its name.
        name: String,
        /// Whether `connect` made it.
        is_ours: bool,
        /// What a person should know about it.
        remarks: Vec<String>,
    },
    /// None can be made, or none is removed, and why.
    Leave {
        /// Its name.
        name: String,
        /// The reason.
        why: String,
    },
    /// It is ours and is deleted.
    Remove {
        /// Its name.
        name: String,
    },
}

/// What happens with the reputation metrics of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsStep {
    /// They are switched on.
    Create,
    /// They are on.
    Keep,
    /// They stay on, and why.
    Leave(&'static str),
    /// They were off before us and are switched off.
    Remove,
}

/// Returns what happens with the event destination where a set is connected.
pub fn destination_step(set: &ConfigurationSetState, wanted: &WantedAtSet<'_>) -> DestinationStep {
    let name = wanted.destination.clone();
    let to_topic: Vec<&Destination> =
        set.destinations.iter().filter(|one| publishes_to(one, wanted.topic)).collect();
    let is_made = made(set, wanted).destination;
    if let Some(ours) = to_topic.iter().find(|one| is_made && one.name == name) {
        return our_step(ours, wanted, &to_topic);
    }
    if let Some(theirs) = to_topic.first() {
        let remarks = remarks(theirs, wanted, &to_topic);
        return DestinationStep::Keep { name: theirs.name.clone(), is_ours: false, remarks };
    }
    if set.destinations.iter().any(|one| one.name == name) {
        let why = "an event destination of that name publishes elsewhere: delete it, and connect \
                   makes one"
            .to_owned();
        return DestinationStep::Leave { name, why };
    }
    if set.destinations.len() >= MOST_DESTINATIONS {
        let why = format!(
            "the set has {} event destinations, the most that SES takes",
            set.destinations.len()
        );
        return DestinationStep::Leave { name, why };
    }
    DestinationStep::Create { name, events: wanted.events() }
}

/// Returns what happens with the reputation metrics where a set is connected.
pub fn metrics_step(set: &ConfigurationSetState) -> MetricsStep {
    if set.reputation_metrics { MetricsStep::Keep } else { MetricsStep::Create }
}

/// Returns what happens with the event destination where a set is disconnected; `None` where nothing
/// publishes to the topic.
pub fn destination_removal(
    set: &ConfigurationSetState,
    wanted: &WantedAtSet<'_>,
) -> Option<DestinationStep> {
    let to_topic = || set.destinations.iter().filter(|one| publishes_to(one, wanted.topic));
    let is_made = made(set, wanted).destination;
    if to_topic().any(|one| is_made && one.name == wanted.destination) {
        return Some(DestinationStep::Remove { name: wanted.destination.clone() });
    }
    to_topic().next().map(|theirs| DestinationStep::Leave {
        name: theirs.name.clone(),
        why: "somebody else made it; it still publishes to the feedback topic".to_owned(),
    })
}

/// Returns what happens with the reputation metrics where a set is disconnected; `None` where they
/// are off, or were on before us.
pub fn metrics_removal(
    set: &ConfigurationSetState,
    wanted: &WantedAtSet<'_>,
) -> Option<MetricsStep> {
    if !set.reputation_metrics || !made(set, wanted).reputation_metrics {
        return None;
    }
    Some(match is_shared(&set.tags, &wanted.key) {
        true => MetricsStep::Leave("another stack is connected to this set"),
        false => MetricsStep::Remove,
    })
}

fn made(set: &ConfigurationSetState, wanted: &WantedAtSet<'_>) -> SetTag {
    SetTag::read(&set.tags, &wanted.key).unwrap_or_default()
}

fn our_step(
    ours: &Destination,
    wanted: &WantedAtSet<'_>,
    to_topic: &[&Destination],
) -> DestinationStep {
    let events = wanted.events();
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) =
        (ours.events.iter().map(String::as_str).collect(), events.iter().copied().collect());
    let name = ours.name.clone();
    if old != new {
        let (enabled, old) = (ours.enabled, ours.events.clone());
        return DestinationStep::Change { name, enabled, old, events };
    }
    // Its event types are right, and that it tracks was asked for.
    let mut remarks = Vec::new();
    remarks.extend(switched_off(ours));
    remarks.extend(twice(to_topic));
    DestinationStep::Keep { name, is_ours: true, remarks }
}

/// What a person should know of a destination that somebody else made.
fn remarks(
    theirs: &Destination,
    wanted: &WantedAtSet<'_>,
    to_topic: &[&Destination],
) -> Vec<String> {
    let name = &theirs.name;
    let has = |event: &&&str| theirs.events.iter().any(|one| one == **event);
    let missing: Vec<&str> = EVENTS.iter().filter(|event| !has(event)).copied().collect();
    let tracked: Vec<&str> = ENGAGEMENT.iter().filter(has).copied().collect();
    let untracked: Vec<&str> = ENGAGEMENT.iter().filter(|event| !has(event)).copied().collect();
    let mut remarks = vec![format!("somebody else made the event destination {name}: it is kept")];
    remarks.extend(switched_off(theirs));
    if !missing.is_empty() {
        remarks.push(format!(
            "{name} lacks {}: add them, or delete it and connect makes one",
            missing.join(", ")
        ));
    }
    if !tracked.is_empty() {
        remarks.push(format!(
            "{name} has {}: SES adds a pixel to HTML mail or rewrites its links",
            tracked.join(" and ")
        ));
    }
    if wanted.engagement && !untracked.is_empty() {
        remarks
            .push(format!("{name} gets no {}: connect changes only its own", untracked.join(", ")));
    }
    remarks.extend(twice(to_topic));
    remarks
}

fn switched_off(destination: &Destination) -> Option<String> {
    let name = &destination.name;
    (!destination.enabled).then(|| format!("{name} is switched off: no event arrives"))
}

fn twice(to_topic: &[&Destination]) -> Option<String> {
    let names: Vec<&str> = to_topic.iter().map(|one| one.name.as_str()).collect();
    (names.len() > 1)
        .then(|| format!("{} publish to the topic: events arrive more than once", names.join(", ")))
}

fn publishes_to(destination: &Destination, wanted: &str) -> bool {
    matches!(&destination.target, DestinationTarget::Sns { topic } if topic == wanted)
}

#[cfg(test)]
mod tests;
