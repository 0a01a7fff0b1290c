//! A plan as a table and as JSON.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};

use super::definition::{Definition, Setting, Source};
use super::plan::{BEYOND_CAP, Step};
use crate::prices::Prices;
use crate::table::{Align, table as drawn};

/// What is shown.
pub(super) struct Plan<'a> {
    /// What all alarms share.
    pub(super) setting: &'a Setting,
    /// One for each alarm.
    pub(super) steps: &'a [Step],
    /// Whether metrics saw more domains than it keeps series for.
    pub(super) is_beyond_cap: bool,
}

/// The plan for people: one line for each alarm that something is to be said about,
/// then the counts and what they cost.
pub(super) fn table(plan: &Plan<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    let Plan { setting, steps, is_beyond_cap } = *plan;
    let said: Vec<Vec<String>> = steps.iter().map(row).collect();
    if said.is_empty() {
        writeln!(out, "No sender domain is known: none in {} and no SES identity.", setting.namespace)?;
        return Ok(());
    }
    let columns = [
        ("", Align::Left),
        ("Alarm", Align::Left),
        ("Within", Align::Right),
        ("Above", Align::Right),
        ("", Align::Left),
    ];
    writeln!(out, "{}\n", drawn(&columns, &said))?;
    writeln!(out, "{} Each alarm reads two metrics: {}.", summary(steps), dollars(steps, &Prices::load()?))?;
    if is_beyond_cap {
        writeln!(
            out,
            "More domains send than metrics keeps apart: what is counted under Domain={BEYOND_CAP} rings no alarm \
             here. Raise the stack's MaxDomains."
        )?;
    }
    Ok(())
}

fn row(step: &Step) -> Vec<String> {
    let (definition, note) = match step {
        Step::Create(definition) | Step::Keep(definition) => (Some(definition), String::new()),
        Step::Change { definition, parts, .. } => (Some(definition), parts.join(", ")),
        Step::LeaveAlone(definition, why) => (Some(definition), (*why).to_owned()),
        Step::Gone(_) => (None, "apply --remove-gone removes it".to_owned()),
    };
    let window = definition.map(window_of).unwrap_or_default();
    let threshold = definition.map(|d| percent(d.body.threshold)).unwrap_or_default();
    vec![step.word().to_owned(), step.name().to_owned(), window, threshold, note]
}

fn window_of(definition: &Definition) -> String {
    match seconds(definition) {
        seconds if seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
        seconds if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        seconds => format!("{} min", seconds / 60),
    }
}

fn seconds(definition: &Definition) -> i32 {
    let periods = definition.body.queries.iter().filter_map(|query| match &query.source {
        Source::Metric { period, .. } => Some(*period),
        Source::Expression(_) => None,
    });
    periods.max().unwrap_or_default()
}

fn percent(fraction: f64) -> String {
    let text = format!("{:.4}", 100.0 * fraction);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn counts(steps: &[Step]) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<_, _> = ["create", "change", "keep", "leave", "gone"].map(|word| (word, 0)).into();
    for step in steps {
        *counts.entry(step.word()).or_default() += 1;
    }
    counts
}

fn summary(steps: &[Step]) -> String {
    let counts = counts(steps);
    let words = ["create", "change", "keep", "leave", "gone"];
    let said: Vec<String> = words
        .iter()
        .filter_map(|word| counts.get(word).filter(|n| **n > 0).map(|n| format!("{n} to {word}")))
        .map(|text| text.replace("to gone", "gone"))
        .collect();
    let done = counts.get("create") == Some(&0) && counts.get("change") == Some(&0);
    if done { format!("Nothing to do: {}.", said.join(", ")) } else { format!("{}.", said.join(", ")) }
}

/// What the alarms cost that will be there, in dollars a month.
fn monthly(steps: &[Step], prices: &Prices) -> f64 {
    let alarms = steps.iter().filter(|step| !matches!(step, Step::Gone(_) | Step::LeaveAlone(..))).count();
    alarms as f64 * prices.domain_alarm()
}

fn dollars(steps: &[Step], prices: &Prices) -> String {
    format!("${:.2} a month together", monthly(steps, prices))
}

/// The plan for machines. `applied` says whether it was carried out, and with or
/// without removals.
pub(super) fn json(plan: &Plan<'_>, applied: Option<bool>, out: &mut impl Write) -> anyhow::Result<()> {
    let Plan { setting, steps, is_beyond_cap } = *plan;
    let listed: Vec<Value> = steps.iter().map(one).collect();
    let plan = json!({
        "prefix": setting.prefix,
        "namespace": setting.namespace,
        "alarm_topic": setting.topic,
        "applied": applied.is_some(),
        "removed_gone": applied.unwrap_or(false),
        "beyond_max_domains": is_beyond_cap,
        "counts": counts(steps),
        "dollars_a_month": (monthly(steps, &Prices::load()?) * 100.0).round() / 100.0,
        "alarms": listed,
    });
    serde_json::to_writer(&mut *out, &plan)?;
    writeln!(out)?;
    Ok(())
}

fn one(step: &Step) -> Value {
    let definition = match step {
        Step::Create(definition) | Step::Keep(definition) | Step::LeaveAlone(definition, _) => definition,
        Step::Change { definition, .. } => definition,
        Step::Gone(existing) => return json!({ "step": step.word(), "name": existing.name }),
    };
    let mut said = json!({
        "step": step.word(),
        "name": definition.name,
        "domain": definition.domain(),
        "measure": definition.label.watched.name(),
        "severity": definition.label.severity.name(),
        "window_seconds": seconds(definition),
        "threshold": definition.body.threshold,
    });
    match step {
        Step::Change { parts, .. } => insert(&mut said, "differs", json!(parts)),
        Step::LeaveAlone(_, why) => insert(&mut said, "why", json!(why)),
        Step::Create(_) | Step::Keep(_) | Step::Gone(_) => {}
    }
    said
}

fn insert(value: &mut Value, key: &str, with: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(key.to_owned(), with);
    }
}
