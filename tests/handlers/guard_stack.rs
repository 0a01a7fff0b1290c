//! A stack for the tests of guard: its alarms, sets and counts behind the wire, and what it did.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use warden_domain::journal::{Field, Item};
use warden_guard::Guard;
use warden_lambda::now_millis;

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
    let needed = [
        ("WARDEN_ALARM_PREFIX", "ses-warden/"),
        ("WARDEN_OPERATOR_TOPIC_ARN", TOPIC),
        ("WARDEN_JOURNAL_TABLE", "journal"),
    ];
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
        "account" => {
            let series = reputation(measure, &[]);
            // AWS's own number, above every threshold.
            let point = (series.metric.clone(), BTreeMap::new(), now_millis() / 1000 - 60, 0.5);
            world.points.push(point);
            (Some(series), vec![])
        }
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

/// The state of the incident that holds this alarm, as the journal has it, and its phase. One that
/// the alarm leads comes before one that lists it.
pub(crate) fn incident(wire: &Wire, label: [&str; 4]) -> Option<(Value, String)> {
    let name = format!("ses-warden/{}", label.join("/"));
    let items = wire.world().items("incident");
    let read = |item: &Map<String, Value>| {
        let state: Value = serde_json::from_str(item.get("state")?.as_str()?).ok()?;
        Some((state, item.get("phase")?.as_str()?.to_owned()))
    };
    let all: Vec<(Value, String)> = items.iter().filter_map(read).collect();
    let leads = |(state, _): &&(Value, String)| state["leader"]["alarm"] == name.as_str();
    let lists = |(state, _): &&(Value, String)| {
        state["others"].as_array().unwrap().iter().any(|other| other["alarm"] == name.as_str())
    };
    let is_done = |(_, phase): &&(Value, String)| phase != "open";
    let led = || all.iter().rev().filter(leads);
    let found = led().find(is_done).or_else(|| all.iter().rev().filter(lists).find(is_done));
    found.or_else(|| led().next()).or_else(|| all.iter().rev().find(lists)).cloned()
}

/// The episode of an alarm for which nothing is left to do.
pub(crate) fn handled(wire: &Wire, label: [&str; 4]) -> Option<String> {
    let (state, phase) = incident(wire, label)?;
    let is_done = ["paused", "handled", "ending", "ended", "closed"].contains(&phase.as_str());
    is_done.then(|| state["leader"]["episode"].as_str().unwrap().to_owned())
}

/// Puts an item into the journal, as another invocation would have.
pub(crate) fn put_item(wire: &Wire, item: &Item) {
    let mut fields = json!({ "pk": { "S": item.key.partition }, "sk": { "S": item.key.sort } });
    for (name, field) in &item.fields {
        fields[name] = match field {
            Field::Text(text) => json!({ "S": text }),
            Field::Number(number) => json!({ "N": number.to_string() }),
        };
    }
    let key = (item.key.partition.clone(), item.key.sort.clone());
    wire.world().table.insert(key, fields);
}

/// Changes the state of the incident that this alarm leads.
pub(crate) fn edit_incident(wire: &Wire, label: [&str; 4], edit: impl Fn(&mut Value)) {
    let name = format!("ses-warden/{}", label.join("/"));
    let mut world = wire.world();
    let items = world
        .table
        .iter_mut()
        .filter(|((pk, sk), _)| pk == "incident" && sk.split('@').next() == Some(name.as_str()));
    for (_, item) in items {
        let mut state: Value = serde_json::from_str(item["state"]["S"].as_str().unwrap()).unwrap();
        edit(&mut state);
        item["state"]["S"] = state.to_string().into();
    }
}

/// The pause of the incident that this alarm leads was made so many seconds ago.
pub(crate) fn was_paused(wire: &Wire, label: [&str; 4], seconds_ago: i64) {
    edit_incident(wire, label, |state| {
        for phase in ["paused", "ended", "ending", "resuming"] {
            if let Some(pause) = state["phase"].get_mut(phase) {
                pause["at"] = (now_millis() - 1000 * seconds_ago).into();
            }
        }
    });
}

/// What the history holds, oldest first: event, target and actor.
pub(crate) fn history(wire: &Wire) -> Vec<[String; 3]> {
    let text = |item: &Map<String, Value>, name: &str| {
        item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let items = wire.world().items("history");
    items.iter().map(|item| ["event", "target", "actor"].map(|name| text(item, name))).collect()
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

/// Calls that change what sends.
pub(crate) fn switched(wire: &Wire) -> Vec<String> {
    let is_switch = |step: &String| {
        (step.starts_with("Put") && step != "PutItem") || step.starts_with("Update")
    };
    steps(wire).into_iter().filter(is_switch).collect()
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
