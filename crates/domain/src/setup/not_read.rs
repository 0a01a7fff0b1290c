//! What was not read, by the permission that is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::snapshot::{Fact, NotRead, Snapshot};
use crate::finding::Finding;

/// Things named in one finding.
const SHOWN: usize = 5;

/// One finding for each IAM action that did not get an answer.
pub(super) fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    let mut by_action: BTreeMap<&'static str, Missing> = BTreeMap::new();
    for (subject, reason) in unread(snapshot) {
        let missing = by_action.entry(reason.action).or_default();
        missing.subjects.insert(subject);
        missing.is_denied |= reason.is_denied;
        missing.reason.get_or_insert_with(|| reason.reason.clone());
    }
    by_action.into_iter().map(|(action, missing)| missing.finding(action)).collect()
}

#[derive(Default)]
struct Missing {
    subjects: BTreeSet<String>,
    is_denied: bool,
    reason: Option<String>,
}

impl Missing {
    fn finding(self, action: &'static str) -> Finding {
        let count = self.subjects.len();
        let mut named: Vec<String> = self.subjects.into_iter().take(SHOWN).collect();
        if count > SHOWN {
            named.push(format!("{} more", count - SHOWN));
        }
        let of = named.join(", ");
        let reason = self.reason.unwrap_or_default();
        let text = if self.is_denied {
            format!("Not read: needs {action}, of {of}. Nothing is concluded about that.")
        } else {
            format!(
                "Not read: {action} of {of} failed. Nothing is concluded about that; try again."
            )
        };
        Finding::warning("not-read", action).found(reason).text(text)
    }
}

/// Every fact that is not known, with what it is of.
fn unread(snapshot: &Snapshot) -> Vec<(String, &NotRead)> {
    let mut all = Vec::new();
    fn add<'a, T>(all: &mut Vec<(String, &'a NotRead)>, subject: &str, fact: &'a Fact<T>) {
        all.extend(fact.not_read().map(|reason| (subject.to_owned(), reason)));
    }
    add(&mut all, "the account", &snapshot.account);
    add(&mut all, "the configuration sets", &snapshot.sets);
    add(&mut all, "the identities", &snapshot.identities);
    add(&mut all, "the event source mappings", &snapshot.mappings);
    add(&mut all, "the alarms", &snapshot.alarms);
    add(&mut all, "the metrics", &snapshot.series);
    add(&mut all, "the metrics", &snapshot.last_counted_ms);
    add(&mut all, &snapshot.stack.name, &snapshot.stack.outputs);
    for (name, set) in snapshot.sets.known().into_iter().flatten() {
        add(&mut all, name, &set.settings);
        add(&mut all, name, &set.destinations);
    }
    for (name, identity) in snapshot.identities.known().into_iter().flatten() {
        add(&mut all, name, &identity.settings);
        add(&mut all, name, &identity.topics);
    }
    for (name, pool) in &snapshot.pools {
        add(&mut all, name, pool);
    }
    for (arn, topic) in &snapshot.topics {
        add(&mut all, arn, topic);
        let Some(topic) = topic.known().and_then(Option::as_ref) else { continue };
        add(&mut all, arn, &topic.subscriptions);
        for one in topic.subscriptions.known().into_iter().flatten().filter(|s| s.is_confirmed) {
            add(&mut all, arn, &one.attributes);
        }
    }
    for (id, key) in &snapshot.keys {
        add(&mut all, id, key);
        if let Some(key) = key.known().and_then(Option::as_ref).filter(|key| !key.is_aws_managed) {
            add(&mut all, id, &key.policy);
        }
    }
    for (arn, queue) in &snapshot.queues {
        add(&mut all, arn, queue);
    }
    for (arn, function) in &snapshot.functions {
        add(&mut all, arn, function);
        if let Some(function) = function.known().and_then(Option::as_ref) {
            add(&mut all, arn, &function.reserved);
            add(&mut all, arn, &function.policy);
        }
    }
    all
}
