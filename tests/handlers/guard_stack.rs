//! A stack for the tests of guard: its alarms, sets and counts behind the wire, and what it did.

use std::collections::BTreeMap;

use warden_guard::Guard;

use crate::payloads::alarm;
use crate::wire::{Alarm, Wire, World};
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

/// An alarm in ALARM with the tags of a stack.
pub(crate) fn put_in_alarm(world: &mut World, label: [&str; 4]) {
    put_in_alarm_unlabelled(world, label);
    let names =
        ["ses-warden:scope", "ses-warden:target", "ses-warden:measure", "ses-warden:severity"];
    let tags: BTreeMap<String, String> = names
        .iter()
        .zip(label)
        .map(|(name, value)| ((*name).to_owned(), value.to_owned()))
        .collect();
    world.tags.insert(arn_of(label), tags);
}

pub(crate) fn put_in_alarm_unlabelled(world: &mut World, label: [&str; 4]) {
    world.alarms.push(Alarm {
        arn: arn_of(label),
        name: format!("ses-warden/{}", label.join("/")),
        state: "ALARM".into(),
        reason: "Threshold Crossed".into(),
        updated_at: IN_ALARM_AT,
        transitioned_at: Some(IN_ALARM_AT),
        // As the template has them.
        namespace: if label[0] == "domain" { String::new() } else { "AWS/SES".into() },
        math_namespaces: if label[0] == "domain" {
            vec!["SesWarden".into(); 2]
        } else {
            Vec::new()
        },
        ..Alarm::default()
    });
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
