//! Findings about alarms: they have actions that reach somebody, and what they watch exists.

mod series;

use std::collections::{BTreeMap, BTreeSet};

use super::arn;
use super::commands::aws;
use super::context::{Context, is_function, is_topic};
use super::links::{self, Link, Path};
use super::snapshot::{Alarm, SnapshotSeries};
use crate::finding::Finding;
use series::of_series;

const SES: &str = "AWS/SES";
const REPUTATION: [(&str, &str); 2] =
    [("Reputation.BounceRate", "bounce"), ("Reputation.ComplaintRate", "complaint")];
/// Alarms named in one finding.
const SHOWN: usize = 5;

/// Returns the findings of each alarm that has any.
pub(super) fn findings(context: &Context<'_>) -> Vec<(String, Vec<Finding>)> {
    let all = context.alarms().into_iter();
    all.map(|alarm| (alarm.name.clone(), of_alarm(context, alarm)))
        .filter(|(_, findings)| !findings.is_empty())
        .collect()
}

/// Returns the findings about all alarms together.
pub(super) fn of_account(context: &Context<'_>) -> Vec<Finding> {
    if context.snapshot.alarms.known().is_none() {
        return Vec::new();
    }
    let alarms = context.alarms();
    let mut found = Vec::new();
    for (metric, word) in REPUTATION {
        let watches = |series: &SnapshotSeries| {
            series.namespace == SES && series.metric == metric && series.dimensions.is_empty()
        };
        if !alarms.iter().any(|alarm| alarm.series.iter().any(watches)) {
            found.push(
                Finding::warning("no-reputation-alarm", metric)
                    .text(format!(
                        "No alarm watches the account's {word} rate: AWS's review is the first that \
                         anybody hears of it."
                    ))
                    .command(reputation_alarm(context, metric)),
            );
        }
    }
    found.extend(unheard(context, &alarms));
    if found.is_empty() && alarms.iter().all(|alarm| of_alarm(context, alarm).is_empty()) {
        let count = alarms.len();
        found.push(Finding::info("alarms-ok", "account").text(format!(
            "{count} alarms concern sending; each acts, and what it watches exists."
        )));
    }
    found
}

fn reputation_alarm(context: &Context<'_>, metric: &str) -> String {
    let threshold = if metric == "Reputation.BounceRate" { "0.04" } else { "0.0008" };
    let topic = context.outputs().and_then(|outputs| outputs.get("AlarmTopicArn"));
    aws(
        context.region(),
        &[
            "cloudwatch",
            "put-metric-alarm",
            "--alarm-name",
            &format!("ses-{metric}"),
            "--namespace",
            SES,
            "--metric-name",
            metric,
            "--statistic",
            "Maximum",
            "--period",
            "3600",
            "--evaluation-periods",
            "1",
            "--threshold",
            threshold,
            "--comparison-operator",
            "GreaterThanOrEqualToThreshold",
            "--treat-missing-data",
            "ignore",
            "--alarm-actions",
            topic.map_or("TOPIC_ARN", String::as_str),
        ],
    )
}

fn of_alarm(context: &Context<'_>, alarm: &Alarm) -> Vec<Finding> {
    let name = &alarm.name;
    let region = context.region();
    let mut found = Vec::new();
    if alarm.actions.is_empty() {
        found.push(
            Finding::error("alarm-without-actions", name)
                .text(format!("The alarm {name} has no action: nobody hears when it is in ALARM."))
                .command(describe(context, name)),
        );
    } else if !alarm.actions_enabled {
        found.push(
            Finding::warning("alarm-actions-off", name)
                .text(format!("The actions of the alarm {name} are switched off: nobody hears it."))
                .command(aws(
                    region,
                    &["cloudwatch", "enable-alarm-actions", "--alarm-names", name],
                )),
        );
    }
    found.extend(alarm.series.iter().filter_map(|series| of_series(context, alarm, series)));
    found
}

fn describe(context: &Context<'_>, name: &str) -> String {
    aws(context.region(), &["cloudwatch", "describe-alarms", "--alarm-names", name])
}

/// Returns the alarms whose actions all reach nobody: one finding for all alarms with the same
/// actions.
fn unheard(context: &Context<'_>, alarms: &[&Alarm]) -> Vec<Finding> {
    let mut by_actions: BTreeMap<&[String], (Vec<&str>, BTreeSet<&'static str>)> = BTreeMap::new();
    for alarm in alarms.iter().filter(|alarm| !alarm.actions.is_empty()) {
        if let Some(codes) = broken(context, alarm) {
            let (names, all) = by_actions.entry(&alarm.actions).or_default();
            names.push(&alarm.name);
            all.extend(codes);
        }
    }
    let finding = |(actions, (names, codes)): (&[String], (Vec<&str>, BTreeSet<&str>))| {
        let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
        let count = names.len();
        let more =
            if count > SHOWN { format!(" and {} more", count - SHOWN) } else { String::new() };
        let shown = names.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
        let (are, reach) = if count == 1 { ("alarm", "reaches") } else { ("alarms", "reach") };
        Finding::error("alarm-unheard", actions.join(", ")).found(&codes).text(format!(
            "{count} {are} {reach} nobody ({codes}): {shown}{more}. The findings of the topic \
             or function say what to do."
        ))
    };
    by_actions.into_iter().map(finding).collect()
}

/// Returns the codes of what breaks an alarm's actions; `None` if one of them may arrive.
fn broken(context: &Context<'_>, alarm: &Alarm) -> Option<BTreeSet<&'static str>> {
    let publisher = Context::as_alarm(alarm);
    let mut codes = BTreeSet::new();
    for action in &alarm.actions {
        let link = if is_topic(action) {
            match links::path(context, &publisher, action) {
                Path::Broken(broken) => {
                    codes.extend(broken);
                    continue;
                }
                Path::Arrives { .. } | Path::Unclear(_) => return None,
            }
        } else if is_function(action) {
            let function = arn::unqualified(action);
            let service = "lambda.alarms.cloudwatch.amazonaws.com";
            links::function_link(context, &function)
                .and(|| links::invocation(context, &function, service, &alarm.arn))
        } else {
            // Something else, such as a Systems Manager item: not read.
            return None;
        };
        match link {
            Link::Broken(code) => codes.insert(code),
            Link::Works | Link::Unclear(_) => return None,
        };
    }
    Some(codes)
}

/// What SES publishes to CloudWatch, by its guide and its managed pools.
const OF_SES: [&str; 16] = [
    "Send",
    "Delivery",
    "Bounce",
    "Complaint",
    "Reject",
    "Open",
    "Click",
    "RenderingFailure",
    "Rendering Failure",
    "DeliveryDelay",
    "Subscription",
    "Reputation.BounceRate",
    "Reputation.ComplaintRate",
    "Available24HourSend",
    "SentLast24Hours",
    "PublishSuccess",
];

/// What the functions write (docs/METRICS.md).
const OURS: [&str; 31] = [
    "Send",
    "Delivery",
    "BounceHard",
    "BounceSoft",
    "BounceFault",
    "BounceUndetermined",
    "BounceEcho",
    "Complaint",
    "RescueCandidate",
    "UnexpectedSender",
    "Ignored",
    "Malformed",
    "Reject",
    "DeliveryDelay",
    "RenderingFailure",
    "MultiRecipientMessage",
    "Open",
    "Click",
    "Subscription",
    "DeliveryTime",
    "Suppressed",
    "SuppressionStaged",
    "SuppressionRefused",
    "SuppressionSandboxed",
    "SuppressionIneffective",
    "ImportFailed",
    "OpenByBot",
    "ClickByBot",
    "Rescued",
    "StrikesHeld",
    "JournalFailed",
];

#[cfg(test)]
mod tests {
    use super::OURS;

    /// Otherwise `doctor setup` would report for a healthy stack that its own alarm watches
    /// nothing.
    #[test]
    fn the_documented_metrics_are_known() {
        let documented = include_str!("../../../../docs/METRICS.md");
        let rows = documented.lines().filter_map(|line| line.strip_prefix("| `"));
        let names: Vec<&str> = rows
            .filter_map(|row| row.split(" | ").next())
            .flat_map(|cell| cell.split(['`', ' ']))
            .filter(|name| !name.is_empty())
            .collect();
        assert!(names.contains(&"ImportFailed") && names.contains(&"Send"));
        for name in names {
            assert!(OURS.contains(&name), "{name} is written but not in OURS");
        }
    }
}
