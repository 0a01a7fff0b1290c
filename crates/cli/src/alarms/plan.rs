//! What has to be done so that the alarms that should exist do: a pure comparison.

use std::collections::{BTreeMap, BTreeSet};

use warden_domain::address::normalize_domain;
use warden_domain::guard::{Measure, Severity};

use super::definition::{Body, Definition, MADE_BY, MAX_NAME, Query, Setting, TAG_MADE_BY, Window, domain_prefix};

/// Tag that CloudFormation puts on what a stack made.
const TAG_OF_STACKS: &str = "aws:cloudformation:stack-name";
/// What metrics counts a domain under that is beyond `MaxDomains`.
pub const BEYOND_CAP: &str = "other";
/// What metrics counts under when it has no domain, or too many.
const NO_DOMAINS: [&str; 2] = ["unknown", BEYOND_CAP];

/// Which alarms are wanted for each domain.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is measured.
    pub measures: Vec<Measure>,
    /// What is asked for.
    pub severities: Vec<Severity>,
    /// Over which windows.
    pub windows: Vec<Window>,
    /// These domains and no others; all when empty.
    pub domains: BTreeSet<String>,
}

/// An alarm that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Existing {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What it is; `None` where it is of a kind that we never make, as one on a
    /// single metric.
    pub body: Option<Body>,
    /// Whether its actions are on.
    pub actions_enabled: bool,
    /// All its tags.
    pub tags: BTreeMap<String, String>,
}

/// What happens to one alarm.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is not there yet.
    Create(Definition),
    /// It is ours and differs in the parts named.
    Change {
        /// As it should be.
        definition: Definition,
        /// As it is.
        existing: Box<Existing>,
        /// What differs, as `threshold`; `tags` alone needs no rewriting.
        parts: Vec<&'static str>,
    },
    /// It is as it should be.
    Keep(Definition),
    /// It cannot be made, and why: its name is taken, or no name at all.
    LeaveAlone(Definition, &'static str),
    /// It is ours and its domain, or this choice, does not ask for it.
    Gone(Box<Existing>),
}

impl Step {
    /// The alarm's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Create(wanted) | Self::Keep(wanted) | Self::LeaveAlone(wanted, _) => &wanted.name,
            Self::Change { definition, .. } => &definition.name,
            Self::Gone(existing) => &existing.name,
        }
    }

    /// Its word in tables and JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Change { .. } => "change",
            Self::Keep(_) => "keep",
            Self::LeaveAlone(..) => "leave",
            Self::Gone(_) => "gone",
        }
    }
}

/// The domains that alarms are for: those chosen, else those seen in CloudWatch and
/// those of SES identities, normalized.
pub fn domains<'a>(
    choice: &Choice,
    seen: impl IntoIterator<Item = &'a str>,
    identities: impl IntoIterator<Item = &'a str>,
) -> BTreeSet<String> {
    if !choice.domains.is_empty() {
        return choice.domains.clone();
    }
    let seen = seen.into_iter().filter(|name| !NO_DOMAINS.contains(name));
    seen.chain(identities).filter_map(normalize_domain).collect()
}

/// The alarms that should exist for `domains`, by name.
pub fn definitions(setting: &Setting, choice: &Choice, domains: &BTreeSet<String>) -> Vec<Definition> {
    let mut wanted = Vec::new();
    for domain in domains {
        for measure in &choice.measures {
            for severity in &choice.severities {
                for window in &choice.windows {
                    wanted.push(Definition::new(setting, domain, *measure, *severity, *window));
                }
            }
        }
    }
    wanted
}

/// Compares what should exist with what does: `existing` are all alarms below
/// [`domain_prefix`].
///
/// Only alarms that carry our tag are ever changed or gone. With chosen domains,
/// the alarms of others are not spoken of.
pub fn plan(setting: &Setting, choice: &Choice, wanted: Vec<Definition>, existing: Vec<Existing>) -> Vec<Step> {
    let mut there: BTreeMap<String, Existing> = existing.into_iter().map(|e| (e.name.clone(), e)).collect();
    let mut steps: Vec<Step> = wanted.into_iter().map(|definition| step(definition, &mut there)).collect();
    let prefix = domain_prefix(&setting.prefix);
    let spoken_of = |existing: &Existing| {
        let rest = existing.name.strip_prefix(&prefix);
        let domain = rest.and_then(|rest| rest.split('/').next());
        choice.domains.is_empty() || domain.is_some_and(|domain| choice.domains.contains(domain))
    };
    steps.extend(there.into_values().filter(|e| is_ours(e) && spoken_of(e)).map(|e| Step::Gone(Box::new(e))));
    steps.sort_by(|a, b| a.name().cmp(b.name()));
    steps
}

fn step(definition: Definition, there: &mut BTreeMap<String, Existing>) -> Step {
    if definition.name.len() > MAX_NAME {
        return Step::LeaveAlone(definition, "its name would be too long");
    }
    if !definition.tags().values().all(|value| is_tag_value(value)) {
        return Step::LeaveAlone(definition, "its domain cannot be a tag, by which guard would know it");
    }
    let Some(existing) = there.remove(&definition.name) else {
        return Step::Create(definition);
    };
    if existing.tags.contains_key(TAG_OF_STACKS) {
        return Step::LeaveAlone(definition, "the stack made it");
    }
    if !is_ours(&existing) {
        return Step::LeaveAlone(definition, "somebody else made it");
    }
    let parts = differences(&definition, &existing);
    if parts.is_empty() {
        Step::Keep(definition)
    } else {
        Step::Change { definition, existing: Box::new(existing), parts }
    }
}

/// What AWS takes as the value of a tag (TagResource); address literals have brackets.
fn is_tag_value(value: &str) -> bool {
    value.len() <= 256 && value.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
}

fn is_ours(existing: &Existing) -> bool {
    existing.tags.get(TAG_MADE_BY).is_some_and(|by| by == MADE_BY)
}

fn differences(definition: &Definition, existing: &Existing) -> Vec<&'static str> {
    let mut parts = Vec::new();
    let wanted = &definition.body;
    match &existing.body {
        None => parts.push("kind"),
        Some(body) => {
            let differs = [
                ("description", body.description != wanted.description),
                ("metrics", by_id(&body.queries) != by_id(&wanted.queries)),
                ("comparison", body.comparison != wanted.comparison || body.periods != wanted.periods),
                ("threshold", body.threshold.to_bits() != wanted.threshold.to_bits()),
                ("missing data", body.missing_data != wanted.missing_data),
                ("actions", body.actions != wanted.actions || body.calm_actions != wanted.calm_actions),
            ];
            parts.extend(differs.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part));
        }
    }
    // Tags of others, and guard's note, stay.
    if definition.tags().iter().any(|(key, value)| existing.tags.get(key) != Some(value)) {
        parts.push("tags");
    }
    parts
}

/// CloudWatch may list them in another order.
fn by_id(queries: &[Query]) -> BTreeMap<&str, &Query> {
    queries.iter().map(|query| (query.id.as_str(), query)).collect()
}

#[cfg(test)]
mod tests;
