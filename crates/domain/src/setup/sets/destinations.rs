//! Whether the event destinations of a configuration set bring bounces and complaints to us.

use super::super::commands::{aws, connect};
use super::super::context::{Context, Role};
use super::super::events::{FEEDBACK, TRACKING, destination_command};
use super::super::links::{self, Path};
use super::super::snapshot::{Destination, DestinationTarget};
use crate::finding::{Finding, FindingSeverity};
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn of_destinations(
    context: &Context<'_>,
    name: &str,
    destinations: &[Destination],
) -> Vec<Finding> {
    if destinations.is_empty() {
        return vec![
            Finding::error("no-event-destination", name)
                .text(format!(
                    "The configuration set {name} has no event destination: bounces and complaints \
                     of its mail are published nowhere."
                ))
                .command(connecting(context, name)),
        ];
    }
    let mut found: Vec<Finding> = destinations
        .iter()
        .filter(|destination| !destination.enabled)
        .map(|destination| disabled(context, name, destinations, destination))
        .collect();
    found.extend(missing_feedback(context, name, destinations));
    found.extend(missing_counts(context, name, destinations));
    found.extend(tracking(name, destinations));
    found.extend(arrival(context, name, destinations));
    found
}

/// Connects the set to the stack, or without one to a topic of the operator's choice.
fn connecting(context: &Context<'_>, name: &str) -> String {
    connect(context, name).unwrap_or_else(|| destination_command(context, name, "TOPIC_ARN"))
}

/// Whether a destination notifies somebody of such events: topics and EventBridge do.
pub(super) fn publishes(destination: &Destination, event: &str) -> bool {
    let speaks = match destination.target {
        DestinationTarget::Sns { .. } | DestinationTarget::EventBridge => true,
        DestinationTarget::Other { .. } => false,
    };
    speaks && destination.events.iter().any(|known| known == event)
}

pub(in super::super) fn carries(destination: &Destination, event: &str) -> bool {
    destination.enabled && publishes(destination, event)
}

pub(super) fn disabled(
    context: &Context<'_>,
    name: &str,
    all: &[Destination],
    destination: &Destination,
) -> Finding {
    let lost: Vec<&str> = FEEDBACK
        .into_iter()
        .filter(|event| publishes(destination, event))
        .filter(|event| !all.iter().any(|other| carries(other, event)))
        .collect();
    let severity = if lost.is_empty() { FindingSeverity::Warning } else { FindingSeverity::Error };
    let consequence = if lost.is_empty() {
        "Enable it, or delete it if it is not needed.".to_owned()
    } else {
        format!("Nothing else of the set publishes {}.", lost.join(" and "))
    };
    let label = &destination.name;
    Finding::new(severity, "destination-disabled", name)
        .found(format!("{label}: disabled"))
        .text(format!(
            "The event destination {label} of {name} is disabled, so SES publishes nothing there. \
             {consequence}"
        ))
        .command(update(context, name, destination, &[]))
}

/// Enables a destination, with these event types besides its own.
pub(super) fn update(
    context: &Context<'_>,
    set: &str,
    destination: &Destination,
    more: &[&str],
) -> String {
    let own = destination.events.iter().map(String::as_str);
    let mut events: Vec<&str> = own.collect();
    events.extend(more.iter().filter(|event| !destination.events.iter().any(|own| own == *event)));
    let mut definition = json!({"Enabled": true, "MatchingEventTypes": events});
    let target = match &destination.target {
        DestinationTarget::Sns { topic } => Some(("SnsDestination", json!({"TopicArn": topic}))),
        // The default bus of the account, the only one SES takes.
        DestinationTarget::EventBridge => Some((
            "EventBridgeDestination",
            json!({"EventBusArn": format!(
                "arn:{}:events:{}:{}:event-bus/default",
                context.partition, context.region(), context.account
            )}),
        )),
        DestinationTarget::Other { .. } => None,
    };
    if let (Some((member, value)), Some(members)) = (target, definition.as_object_mut()) {
        members.insert(member.to_owned(), value);
    }
    aws(
        context.region(),
        &[
            "sesv2",
            "update-configuration-set-event-destination",
            "--configuration-set-name",
            set,
            "--event-destination-name",
            &destination.name,
            "--event-destination",
            &definition.to_string(),
        ],
    )
}

/// Bounces or complaints that no destination, enabled or not, publishes.
pub(super) fn missing_feedback(
    context: &Context<'_>,
    name: &str,
    destinations: &[Destination],
) -> Option<Finding> {
    let missing: Vec<&str> = FEEDBACK
        .into_iter()
        .filter(|event| !destinations.iter().any(|destination| publishes(destination, event)))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let what = missing.join(" and ");
    let sns = destinations.iter().find(|one| matches!(one.target, DestinationTarget::Sns { .. }));
    let speaking = sns.or_else(|| {
        destinations.iter().find(|one| matches!(one.target, DestinationTarget::EventBridge))
    });
    Some(match speaking {
        Some(destination) => Finding::error("events-missing", name)
            .found(format!("{}: {}", destination.name, destination.events.join(", ")))
            .text(format!(
                "No event destination of {name} publishes {what}: suppress never sees them."
            ))
            .command(update(context, name, destination, &missing)),
        None => {
            let services: BTreeSet<&str> = destinations
                .iter()
                .filter_map(|one| match one.target {
                    DestinationTarget::Other { service } => Some(service),
                    DestinationTarget::Sns { .. } | DestinationTarget::EventBridge => None,
                })
                .collect();
            let services = services.into_iter().collect::<Vec<_>>().join(", ");
            Finding::error("no-event-destination", name)
                .found(&services)
                .text(format!(
                    "The events of {name} go to {services} only, which stores or counts them and \
                     notifies nobody: no function sees {what}."
                ))
                .command(connecting(context, name))
        }
    })
}

/// Sends and deliveries, without which there is no rate.
pub(super) fn missing_counts(
    context: &Context<'_>,
    name: &str,
    destinations: &[Destination],
) -> Option<Finding> {
    context.function(Role::Metrics)?;
    let sns = destinations
        .iter()
        .find(|one| one.enabled && matches!(one.target, DestinationTarget::Sns { .. }))?;
    let missing: Vec<&str> = ["SEND", "DELIVERY"]
        .into_iter()
        .filter(|event| !destinations.iter().any(|destination| carries(destination, event)))
        .collect();
    if missing.is_empty() {
        return None;
    }
    Some(
        Finding::warning("counts-missing", name)
            .found(sns.events.join(", "))
            .text(format!(
                "No event destination of {name} publishes {}: metrics cannot divide bounces by \
                 sends or complaints by deliveries, so guard proves nothing for this set.",
                missing.join(" and ")
            ))
            .command(update(context, name, sns, &missing)),
    )
}

pub(super) fn tracking(name: &str, destinations: &[Destination]) -> Option<Finding> {
    let of = |event: &&str| {
        destinations.iter().any(|one| one.enabled && one.events.iter().any(|own| own == event))
    };
    let asked: Vec<&str> = TRACKING.into_iter().filter(of).collect();
    if asked.is_empty() {
        return None;
    }
    Some(Finding::info("tracking-on", name).found(asked.join(", ")).text(format!(
        "A destination of {name} asks for {}, so SES adds an invisible image or rewrites links in \
         every mail of the set. Take these events out where that is not wanted.",
        asked.join(" and ")
    )))
}

/// Whether bounces and complaints of the set reach somebody.
pub(super) fn arrival(
    context: &Context<'_>,
    name: &str,
    destinations: &[Destination],
) -> Vec<Finding> {
    let publisher = context.as_set(name);
    let mut found = Vec::new();
    let mut at = BTreeSet::new();
    let mut broken = BTreeSet::new();
    let mut unclear = None;
    let mut may_feed = false;
    let mut roles: Vec<(&str, BTreeSet<Role>)> = Vec::new();
    let carrying =
        destinations.iter().filter(|one| FEEDBACK.iter().any(|event| carries(one, event)));
    for destination in carrying {
        match &destination.target {
            DestinationTarget::Sns { topic } => match links::path(context, &publisher, topic) {
                Path::Arrives { at: ends, roles: own, has_unclear } => {
                    at.extend(ends);
                    may_feed |= has_unclear;
                    roles.push((&destination.name, own));
                }
                Path::Broken(codes) => broken.extend(codes),
                Path::Unclear(why) => unclear = Some(why),
            },
            DestinationTarget::EventBridge => {
                unclear = Some("which rules of EventBridge match was not read".to_owned());
            }
            DestinationTarget::Other { .. } => {}
        }
    }
    let fed: Vec<&str> = roles
        .iter()
        .filter(|(_, roles)| roles.contains(&Role::Suppress))
        .map(|(destination, _)| *destination)
        .collect();
    if let [first, second, ..] = fed.as_slice() {
        found.push(Finding::warning("destinations-overlap", name).text(format!(
            "The event destinations {first} and {second} of {name} both lead to suppress: every \
             event arrives twice. Delete one of them."
        )));
    }
    found.extend(verdict(context, name, &at, &broken, unclear, may_feed || !fed.is_empty()));
    found
}

/// The last word on a set's or an identity's feedback.
pub(in super::super) fn verdict(
    context: &Context<'_>,
    name: &str,
    at: &BTreeSet<String>,
    broken: &BTreeSet<&'static str>,
    unclear: Option<String>,
    may_feed_suppress: bool,
) -> Option<Finding> {
    let ends = || at.iter().cloned().collect::<Vec<_>>().join(", ");
    if at.is_empty() {
        if let Some(why) = unclear {
            return Some(Finding::info("feedback-unclear", name).found(&why).text(format!(
                "Whether bounces and complaints of {name} arrive is not known: {why}."
            )));
        }
        if broken.is_empty() {
            return None;
        }
        let codes = broken.iter().copied().collect::<Vec<_>>().join(", ");
        return Some(Finding::error("feedback-lost", name).found(&codes).text(format!(
            "Bounces and complaints of {name} reach nobody: {codes}. The findings of the topic \
             or queue say what to do."
        )));
    }
    if !may_feed_suppress && context.function(Role::Suppress).is_some() {
        return Some(Finding::warning("suppress-not-fed", name).found(ends()).text(format!(
            "Bounces and complaints of {name} arrive at {}, but not at suppress: its bounced \
             addresses are not suppressed by ses-warden.",
            ends()
        )));
    }
    Some(
        Finding::info("feedback-arrives", name)
            .found(ends())
            .text(format!("Bounces and complaints of {name} arrive at {}.", ends())),
    )
}
