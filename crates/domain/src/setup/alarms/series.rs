//! Whether what an alarm watches exists and has data.

use super::super::commands::{aws, warden};
use super::super::context::Context;
use super::super::snapshot::{Alarm, SnapshotSeries};
use super::{OF_SES, OURS, REPUTATION, SES, describe};
use crate::finding::Finding;

const SET: &str = "ses:configuration-set";
/// Mails of a day from which SES should have published a rate.
const SOME_MAILS: f64 = 100.0;

/// Whether a series that the alarm watches exists and has data.
pub(super) fn of_series(
    context: &Context<'_>,
    alarm: &Alarm,
    series: &SnapshotSeries,
) -> Option<Finding> {
    let is_ours = series.namespace == context.namespace();
    if series.namespace != SES && !is_ours {
        return None;
    }
    let known: &[&str] = if is_ours { &OURS } else { &OF_SES };
    let listed = context.snapshot.series.known();
    let is_listed = listed.is_some_and(|all| all.contains(series));
    if is_listed {
        return None;
    }
    let was_written = listed.is_some_and(|all| all.iter().any(|one| one.metric == series.metric));
    if !was_written && !known.contains(&series.metric.as_str()) {
        return Some(unknown_metric(context, alarm, series));
    }
    missing_target(context, alarm, series).or_else(|| without_data(context, alarm, series))
}

fn unknown_metric(context: &Context<'_>, alarm: &Alarm, series: &SnapshotSeries) -> Finding {
    let name = &alarm.name;
    let who = if series.namespace == SES { "SES" } else { "no function of ses-warden" };
    let verb = if series.namespace == SES { "does not publish" } else { "writes" };
    Finding::error("alarm-metric-unknown", name)
        .found(shown(series))
        .text(format!(
            "The alarm {name} watches {}, which {who} {verb}: it never goes into ALARM.",
            series.metric
        ))
        .command(describe(context, name))
}

/// A configuration set or a sender domain that is not there.
fn missing_target(
    context: &Context<'_>,
    alarm: &Alarm,
    series: &SnapshotSeries,
) -> Option<Finding> {
    let name = &alarm.name;
    if let Some(set) = series.dimensions.get(SET).or(series.dimensions.get("ConfigurationSet")) {
        if context.snapshot.sets.known()?.contains_key(set) {
            return None;
        }
        return Some(
            Finding::error("alarm-target-missing", name)
                .found(set)
                .text(format!(
                    "The alarm {name} watches the configuration set {set}, which does not exist: it \
                     never goes into ALARM."
                ))
                .command(aws(
                    context.region(),
                    &["cloudwatch", "delete-alarms", "--alarm-names", name],
                )),
        );
    }
    let domain = series.dimensions.get("Domain")?;
    let is_seen = |one: &SnapshotSeries| {
        one.namespace == series.namespace && one.dimensions.get("Domain") == Some(domain)
    };
    let is_identity = context.snapshot.identities.known()?.keys().any(|identity| {
        let identity = identity.rsplit_once('@').map_or(identity.as_str(), |(_, domain)| domain);
        identity.eq_ignore_ascii_case(domain)
    });
    if is_identity || context.snapshot.series.known()?.iter().any(is_seen) {
        return None;
    }
    Some(
        Finding::warning("alarm-target-missing", name)
            .found(domain)
            .text(format!(
                "The alarm {name} watches mail of {domain}, which is no identity and sent nothing \
                 within two weeks."
            ))
            .command(warden(&[
                "connect",
                "apply",
                "--no-sets",
                "--domain",
                domain,
                "--remove-gone",
            ])),
    )
}

fn without_data(context: &Context<'_>, alarm: &Alarm, series: &SnapshotSeries) -> Option<Finding> {
    context.snapshot.series.known()?;
    let name = &alarm.name;
    let is_reputation =
        series.namespace == SES && REPUTATION.iter().any(|(known, _)| *known == series.metric);
    let odd = series.dimensions.keys().find(|dimension| *dimension != SET);
    let sent = context.snapshot.account.known().map_or(0.0, |account| account.sent_last_24_hours);
    let why = match odd {
        Some(odd) if is_reputation => {
            format!("SES publishes it without the dimension {odd}")
        }
        _ if is_reputation && series.dimensions.is_empty() && sent >= SOME_MAILS => {
            format!(
                "no datum came within two weeks, although the account sent {sent:.0} mails today"
            )
        }
        // Many alarms wait for what rarely happens, and say that missing data are no matter.
        _ if matches!(alarm.missing_data.as_str(), "ignore" | "notBreaching" | "breaching") => {
            return None;
        }
        _ => "no datum came within two weeks, so it stays in INSUFFICIENT_DATA".to_owned(),
    };
    Some(
        Finding::warning("alarm-without-data", name)
            .found(shown(series))
            .text(format!("The alarm {name} watches a series without data: {why}."))
            .command(describe(context, name)),
    )
}

fn shown(series: &SnapshotSeries) -> String {
    let dimensions: Vec<String> =
        series.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {} {}", series.namespace, series.metric, dimensions.join(" ")).trim_end().to_owned()
}
