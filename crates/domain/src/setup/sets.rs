//! Findings about configuration sets: where their events go, and what else they need.

mod destinations;

use super::commands::{aws, connect};
use super::context::Context;
use super::events::FEEDBACK;
use super::snapshot::{ConfigurationSet, Destination, DestinationTarget, Fact, SetSettings};
use crate::finding::Finding;
pub(super) use destinations::{carries, verdict};
use destinations::{of_destinations, update};

/// One list of findings for each configuration set.
pub(super) fn findings(context: &Context<'_>) -> Vec<(String, Vec<Finding>)> {
    let sets = context.snapshot.sets.known().into_iter().flatten();
    sets.map(|(name, set)| (name.clone(), of_set(context, name, set))).collect()
}

fn of_set(context: &Context<'_>, name: &str, set: &ConfigurationSet) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(destinations) = set.destinations.known() {
        found.extend(of_destinations(context, name, destinations));
    }
    if let Some(settings) = set.settings.known() {
        found.extend(of_settings(context, name, settings));
        found.extend(of_pool(context, name, settings, set.destinations.known()));
    }
    found
}

fn of_settings(context: &Context<'_>, name: &str, settings: &SetSettings) -> Vec<Finding> {
    let region = context.region();
    let mut found = Vec::new();
    if !settings.reputation_metrics {
        let by_hand = || {
            aws(
                region,
                &[
                    "sesv2",
                    "put-configuration-set-reputation-options",
                    "--configuration-set-name",
                    name,
                    "--reputation-metrics-enabled",
                ],
            )
        };
        found.push(
            Finding::warning("reputation-metrics-off", name)
                .text(format!(
                    "SES publishes no bounce and complaint rates of {name}: alarms on the set's \
                     reputation have no data."
                ))
                .command(connect(context, name).unwrap_or_else(by_hand)),
        );
    }
    if !settings.sending_enabled {
        found.push(Finding::info("set-paused", name).text(format!(
            "Sending of {name} is paused: SES refuses its mail. Find out why before you resume it."
        )));
    }
    if let Some(reasons) = &settings.suppressed_reasons {
        let lacking: Vec<&str> = FEEDBACK
            .into_iter()
            .filter(|reason| !reasons.iter().any(|own| own == reason))
            .collect();
        if !lacking.is_empty() {
            found.push(
                Finding::warning("set-suppression-partial", name)
                    .found(if reasons.is_empty() { "none".to_owned() } else { reasons.join(", ") })
                    .text(format!(
                        "The configuration set {name} overrides the account's suppressed reasons \
                         and leaves out {}: its mail goes to addresses that are listed for that.",
                        lacking.join(" and ")
                    ))
                    .command(aws(
                        region,
                        &[
                            "sesv2",
                            "put-configuration-set-suppression-options",
                            "--configuration-set-name",
                            name,
                            "--suppressed-reasons",
                            "BOUNCE",
                            "COMPLAINT",
                        ],
                    )),
            );
        }
    }
    found
}

fn of_pool(
    context: &Context<'_>,
    name: &str,
    settings: &SetSettings,
    destinations: Option<&Vec<Destination>>,
) -> Option<Finding> {
    let pool = settings.pool.as_deref()?;
    let known = match context.snapshot.pools.get(pool) {
        Some(Fact::Known(known)) => known,
        Some(Fact::NotRead(_)) | None => return None,
    };
    let region = context.region();
    let Some(known) = known else {
        return Some(Finding::error("pool-missing", name).found(pool).text(format!(
            "The configuration set {name} sends from the dedicated IP pool {pool}, which does not \
             exist: SES refuses its mail."
        )));
    };
    let defaults: Vec<&str> = super::context::identities(context.snapshot)
        .filter(|(_, identity)| {
            identity.settings.known().and_then(|s| s.default_set.as_deref()) == Some(name)
        })
        .map(|(identity, _)| identity)
        .take(5)
        .collect();
    let delayed =
        destinations.is_none_or(|all| all.iter().any(|one| carries(one, "DELIVERY_DELAY")));
    if known.is_managed && !delayed {
        let sns = destinations?
            .iter()
            .find(|one| one.enabled && matches!(one.target, DestinationTarget::Sns { .. }));
        let finding = Finding::warning("managed-pool-without-delivery-delay", name)
            .found(pool)
            .text(format!(
                "The configuration set {name} sends from the managed pool {pool}, which holds mail \
                 back while it warms up, but no destination publishes DELIVERY_DELAY: nobody sees \
                 what waits."
            ));
        return Some(match sns {
            Some(destination) => {
                finding.command(update(context, name, destination, &["DELIVERY_DELAY"]))
            }
            None => finding.command(aws(
                region,
                &[
                    "sesv2",
                    "get-configuration-set-event-destinations",
                    "--configuration-set-name",
                    name,
                ],
            )),
        });
    }
    let kind = if known.is_managed { "managed" } else { "standard" };
    let whose = if defaults.is_empty() {
        "It is the default set of no identity".to_owned()
    } else {
        format!("It is the default set of {}", defaults.join(", "))
    };
    Some(
        Finding::info("pool", name)
            .found(pool)
            .text(format!("Mail of {name} is sent from the {kind} pool {pool}. {whose}.")),
    )
}
