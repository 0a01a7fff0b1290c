//! A stack for the tests of guard: its alarms, sets and counts behind the wire, and what it did.

use std::collections::BTreeMap;

use warden_guard::Guard;

use crate::payloads::{SCHEDULE, alarm};
use crate::wire::{Alarm, AlarmSeries, Wire, World};
use crate::{environment, invoke};

pub(crate) const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:operators";
/// When the alarms of these tests went into ALARM, and how that is written.
pub(crate) const IN_ALARM_AT: f64 = 1_790_000_100.0;
pub(crate) const EPISODE: &str = "2026-09-21T14:15:00Z";

pub(crate) const ACCOUNT: [&str; 4] = ["account", "all", "bounce", "critical"];
pub(crate) const SET: [&str; 4] = ["configuration-set", "marketing", "complaint", "critical"];
pub(crate) const DOMAIN: [&str; 4] = ["domain", "example.com", "bounce", "critical"];

pub(crate) fn function(wire: &Wire, more: &[(&str, &str)]) -> Guard {
    let needed = [("WARDEN_ALARM_PREFIX", "ses-warden/"), ("WARDEN_OPERATOR_TOPIC_ARN", TOPIC)];
    warden_guard::build_with(&environment(wire, &[&needed, more].concat()), 1000.0).unwrap()
}

pub(crate) fn arn_of(label: [&str; 4]) -> String {
    format!("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:ses-warden/{}", label.join("/"))
}

/// An alarm in ALARM, as the template and `ses-warden connect` define it.
pub(crate) fn put_in_alarm(world: &mut World, label: [&str; 4]) {
    let [scope, target, measure, _] = label;
    let (series, math) = match scope {
        "account" if measure == "unexpected-sender" => {
            (Some(unexpected_sender("SesWarden")), vec![])
        }
        "account" => (Some(reputation(measure, &[])), vec![]),
        "configuration-set" => {
            (Some(reputation(measure, &[("ses:configuration-set", target)])), vec![])
        }
        "domain" => (None, counts(measure, &[("Domain", target)])),
        "tenant" => {
            let (name, id) = target.split_once(":tenant/").unwrap().1.split_once('/').unwrap();
            let of_tenant = [("TenantName", name), ("TenantId", id)];
            let events = if measure == "bounce" { "Bounces" } else { "Complaints" };
            let series = |metric| AlarmSeries::new("AWS/SES", metric, &of_tenant);
            (None, vec![series(events), series("Sends")])
        }
        _ => unreachable!("no alarm watches a {scope}"),
    };
    put_alarm(world, label, series, math);
}

/// An alarm in ALARM on a metric that guard does not know.
pub(crate) fn put_in_alarm_unknown(world: &mut World, label: [&str; 4]) {
    put_alarm(world, label, Some(AlarmSeries::new("Custom", "Trouble", &[])), Vec::new());
}

fn put_alarm(
    world: &mut World,
    label: [&str; 4],
    series: Option<AlarmSeries>,
    math: Vec<AlarmSeries>,
) {
    world.tags.entry(arn_of(label)).or_default();
    world.alarms.push(Alarm {
        arn: arn_of(label),
        name: format!("ses-warden/{}", label.join("/")),
        state: "ALARM".into(),
        reason: "Threshold Crossed".into(),
        updated_at: IN_ALARM_AT,
        transitioned_at: Some(IN_ALARM_AT),
        series,
        math,
        ..Alarm::default()
    });
}

/// AWS's own rate.
pub(crate) fn reputation(measure: &str, dimensions: &[(&str, &str)]) -> AlarmSeries {
    let metric = if measure == "bounce" { "BounceRate" } else { "ComplaintRate" };
    AlarmSeries::new("AWS/SES", &format!("Reputation.{metric}"), dimensions)
}

/// Our events, and the mails that they are held against.
pub(crate) fn counts(measure: &str, dimensions: &[(&str, &str)]) -> Vec<AlarmSeries> {
    let metrics = match measure {
        "bounce" => ["BounceHard", "Send"],
        _ if dimensions.iter().any(|(name, _)| *name == "ConfigurationSet") => {
            ["Complaint", "Send"]
        }
        _ => ["Complaint", "Delivery"],
    };
    metrics.map(|metric| AlarmSeries::new("SesWarden", metric, dimensions)).to_vec()
}

pub(crate) fn unexpected_sender(namespace: &str) -> AlarmSeries {
    AlarmSeries::new(namespace, "UnexpectedSender", &[])
}

/// The alarm at that place reads our counts of example.com by way of marketing.
pub(crate) fn on_our_counts_by_set(world: &mut World, place: usize) {
    let by_set = [("Domain", "example.com"), ("ConfigurationSet", "marketing")];
    world.alarms[place].series = None;
    world.alarms[place].math = counts("bounce", &by_set);
}

/// A fake with these alarms in ALARM, and the sets `marketing` and `news`.
pub(crate) fn wire_with(labels: &[[&str; 4]]) -> Wire {
    let wire = Wire::start();
    let mut world = wire.world();
    labels.iter().for_each(|label| put_in_alarm(&mut world, *label));
    world.sets = BTreeMap::from([("marketing".into(), true), ("news".into(), true)]);
    drop(world);
    wire
}

pub(crate) fn handled(wire: &Wire, label: [&str; 4]) -> Option<String> {
    wire.world().tags.get(&arn_of(label))?.get("ses-warden:handled").cloned()
}

/// The actions that the notices so far notified of.
pub(crate) fn notified(wire: &Wire) -> Vec<String> {
    wire.world().notices.iter().map(|notice| notice.attributes["action"].clone()).collect()
}

/// The calls without those that only gather numbers for the notice.
pub(crate) fn steps(wire: &Wire) -> Vec<String> {
    wire.operations()
        .into_iter()
        .filter(|step| step != "ListMetrics" && step != "GetMetricData")
        .collect()
}

pub(crate) async fn check(guard: &Guard) -> Result<Vec<String>, warden_lambda::FunctionError> {
    invoke(guard, alarm("ALARM")).await
}

/// Invokes guard as the schedule does, which also checks alarms that have left ALARM.
pub(crate) async fn scheduled(guard: &Guard) -> Result<Vec<String>, warden_lambda::FunctionError> {
    invoke(guard, SCHEDULE).await
}

/// What the metrics say of example.com: sends and hard bounces, and the bounces of
/// each set.
pub(crate) fn count(world: &mut World, sends: f64, bounces: f64, by_set: &[(&str, f64)]) {
    let domain = ("Domain", "example.com");
    world.add_series("Send", &[domain], sends);
    world.add_series("BounceHard", &[domain], bounces);
    for (set, bounces) in by_set {
        world.add_series("Send", &[domain, ("ConfigurationSet", set)], sends);
        world.add_series("BounceHard", &[domain, ("ConfigurationSet", set)], *bounces);
    }
}
