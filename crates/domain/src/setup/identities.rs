//! Findings about identities: by which ways their feedback comes, and what overrides what.

mod hierarchy;
mod ways;

use std::collections::BTreeSet;

use super::commands::aws;
use super::context::{Context, Role, identities};
use super::links::{self, Path};
use super::sets::verdict;
use super::snapshot::{Identity, IdentitySettings, IdentityTopics};
use crate::finding::{Finding, FindingSeverity};
use hierarchy::hierarchy;
use ways::Ways;

/// One list of findings for each identity.
pub(super) fn findings(context: &Context<'_>) -> Vec<(String, Vec<Finding>)> {
    let all = identities(context.snapshot);
    all.map(|(name, identity)| (name.to_owned(), of_identity(context, name, identity))).collect()
}

fn of_identity(context: &Context<'_>, name: &str, identity: &Identity) -> Vec<Finding> {
    let Some(settings) = identity.settings.known() else { return Vec::new() };
    if !settings.verified {
        return vec![
            Finding::error("identity-not-verified", name)
                .text(format!(
                    "The identity {name} is not verified: SES sends nothing for it. `ses-warden \
                     doctor domain` says which record is missing; delete the identity if it is not \
                     used."
                ))
                .command(super::commands::warden(&["doctor", "domain", domain(name)])),
        ];
    }
    let ways = Ways::of(context, settings, identity.topics.known());
    let mut found = Vec::new();
    found.extend(default_set(context, name, settings, &ways));
    found.extend(mail_copies(context, name, settings, &ways));
    found.extend(formats(context, name, &ways));
    found.extend(hierarchy(context, name, identity));
    found.extend(headers(name, identity.topics.known()));
    // Without the topics read, nothing can be said of the whole.
    if identity.topics.known().is_some() || ways.has_set_route() {
        found.extend(nowhere(context, name, settings, &ways));
        found.extend(arrival(context, name, &ways));
    }
    found
}

/// The domain of an address, or the domain itself.
fn domain(identity: &str) -> &str {
    identity.rsplit_once('@').map_or(identity, |(_, domain)| domain)
}

fn default_set(
    context: &Context<'_>,
    name: &str,
    settings: &IdentitySettings,
    ways: &Ways<'_>,
) -> Option<Finding> {
    let region = context.region();
    let sets = context.snapshot.sets.known();
    let put = |set: &str| {
        aws(
            region,
            &[
                "sesv2",
                "put-email-identity-configuration-set-attributes",
                "--email-identity",
                name,
                "--configuration-set-name",
                set,
            ],
        )
    };
    let example = || match sets.map(|sets| sets.keys().collect::<Vec<_>>()).as_deref() {
        Some([only]) => (*only).clone(),
        _ => "SET".to_owned(),
    };
    if let Some(set) = &settings.default_set {
        if ways.set.is_some() || sets.is_none() {
            return None;
        }
        return Some(
            Finding::error("default-set-missing", name)
                .found(set)
                .text(format!(
                    "The default configuration set {set} of {name} does not exist: SES refuses mail \
                     of {name} that names no other set."
                ))
                .command(put(&example())),
        );
    }
    let severity = if ways.identity_routes_are_complete() {
        FindingSeverity::Info
    } else {
        FindingSeverity::Warning
    };
    let until = if ways.has_identity_route() {
        "its feedback comes by the identity's own topics alone"
    } else if settings.email_forwarding {
        "its bounces come as mails to the sender alone"
    } else {
        "nobody learns of its bounces and complaints"
    };
    Some(
        Finding::new(severity, "no-default-set", name)
            .text(format!(
                "The identity {name} has no default configuration set: mail that names no set in a \
                 header or in the call publishes no events, is in no metric, and {until}."
            ))
            .command(put(&example())),
    )
}

/// Feedback by mail beside feedback by a topic.
fn mail_copies(
    context: &Context<'_>,
    name: &str,
    settings: &IdentitySettings,
    ways: &Ways<'_>,
) -> Option<Finding> {
    if !settings.email_forwarding || !(ways.has_identity_route() || ways.has_set_route()) {
        return None;
    }
    let by = match ways.set.filter(|_| ways.has_set_route()) {
        Some((set, _)) => format!("the configuration set {set}"),
        None => "the identity's topic".to_owned(),
    };
    Some(
        Finding::warning("forwarding-and-topic", name)
            .text(format!(
                "Bounces and complaints of {name} come twice: by {by}, and as mails to the sender. \
                 Switch e-mail feedback forwarding off."
            ))
            .command(switch_forwarding(context, name, "--no-email-forwarding-enabled")),
    )
}

/// The identity's own topics, alone or beside those of its default set.
fn formats(context: &Context<'_>, name: &str, ways: &Ways<'_>) -> Option<Finding> {
    let events = ["BOUNCE", "COMPLAINT"].into_iter();
    let own: Vec<(&str, &str)> =
        events.filter_map(|event| Some((event, ways.identity_topic(event)?))).collect();
    if own.is_empty() {
        return None;
    }
    let off = |event: &str| {
        let kind = if event == "BOUNCE" { "Bounce" } else { "Complaint" };
        let words = ["ses", "set-identity-notification-topic", "--identity", name];
        aws(context.region(), &[words.as_slice(), &["--notification-type", kind]].concat())
    };
    let topics: BTreeSet<&str> = own.iter().map(|(_, topic)| *topic).collect();
    let topics = topics.into_iter().collect::<Vec<_>>().join(", ");
    let both: Vec<&str> = own
        .iter()
        .map(|(event, _)| *event)
        .filter(|event| !ways.set_topics(event).is_empty() || ways.uses_event_bridge(event))
        .collect();
    if both.is_empty() {
        return Some(Finding::warning("identity-topics-only", name).found(&topics).text(format!(
            "Feedback of {name} comes by topics of the identity (SES API v1) alone. Such \
             notifications carry no tags: metrics cannot count them by configuration set, there are \
             no sends to divide by, and guard cannot tell which set to pause. Publish events by a \
             default configuration set instead."
        )));
    }
    let set = ways.set.map_or("", |(set, _)| set);
    let finding = Finding::warning("both-formats", name).found(&topics).text(format!(
        "{} of {name} are published twice, in two formats: by a topic of the identity, and by its \
         default configuration set {set}. Take the identity's topics away.",
        both.join(" and ")
    ));
    Some(both.iter().fold(finding, |finding, event| finding.command(off(event))))
}

fn nowhere(
    context: &Context<'_>,
    name: &str,
    settings: &IdentitySettings,
    ways: &Ways<'_>,
) -> Option<Finding> {
    if settings.email_forwarding || ways.set_is_unread() || ways.topics.is_none() {
        return None;
    }
    // The set is named but could not be looked up.
    if settings.default_set.is_some() && context.snapshot.sets.known().is_none() {
        return None;
    }
    let missing: Vec<&str> = [("BOUNCE", "bounces"), ("COMPLAINT", "complaints")]
        .into_iter()
        .filter(|(event, _)| {
            ways.identity_topic(event).is_none()
                && ways.set_topics(event).is_empty()
                && !ways.uses_event_bridge(event)
        })
        .map(|(_, word)| word)
        .collect();
    if missing.is_empty() {
        return None;
    }
    let what = missing.join(" and ");
    Some(
        Finding::error("feedback-nowhere", name)
            .text(format!(
                "Nobody learns of {what} of {name}: there is no topic, no event destination of a \
                 default configuration set, and e-mail feedback forwarding is off."
            ))
            .command(switch_forwarding(context, name, "--email-forwarding-enabled")),
    )
}

/// Whether what is published arrives, by whatever way.
fn arrival(context: &Context<'_>, name: &str, ways: &Ways<'_>) -> Option<Finding> {
    let mut at = BTreeSet::new();
    let mut broken = BTreeSet::new();
    let mut unclear = None;
    let mut feeds_suppress = false;
    let mut follow = |publisher, topic: &str| match links::path(context, &publisher, topic) {
        Path::Arrives { at: ends, roles, has_unclear } => {
            at.extend(ends);
            feeds_suppress |= has_unclear || roles.contains(&Role::Suppress);
        }
        Path::Broken(codes) => broken.extend(codes),
        Path::Unclear(why) => unclear = Some(why),
    };
    for event in ["BOUNCE", "COMPLAINT"] {
        if let Some(topic) = ways.identity_topic(event) {
            follow(context.as_identity(name), topic);
        }
        if let Some((set, _)) = ways.set {
            ways.set_topics(event).iter().for_each(|topic| follow(context.as_set(set), topic));
        }
    }
    if ["BOUNCE", "COMPLAINT"].iter().any(|event| ways.uses_event_bridge(event)) {
        unclear.get_or_insert_with(|| "which rules of EventBridge match was not read".to_owned());
    }
    verdict(context, name, &at, &broken, unclear, feeds_suppress)
}

fn headers(name: &str, topics: Option<&IdentityTopics>) -> Option<Finding> {
    let topics = topics?;
    if topics.bounce.is_none() && topics.complaint.is_none() {
        return None;
    }
    let word = |on: bool| if on { "with" } else { "without" };
    Some(Finding::info("headers-option", name).text(format!(
        "Notifications of bounces of {name} come {} the mail's headers, those of complaints {}.",
        word(topics.headers_in_bounces),
        word(topics.headers_in_complaints)
    )))
}

/// The command that switches e-mail feedback forwarding of an identity.
fn switch_forwarding(context: &Context<'_>, name: &str, switch: &str) -> String {
    let words =
        ["sesv2", "put-email-identity-feedback-attributes", "--email-identity", name, switch];
    aws(context.region(), &words)
}
