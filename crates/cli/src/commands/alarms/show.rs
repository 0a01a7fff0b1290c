//! A plan as a table and as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde_json::{Value, json};
use warden_aws::operator::{AlarmRule, QuerySource};
use warden_domain::guard::Severity;

use super::apply::Failure;
use super::definition::{AlarmSettings, AlarmWindow, DomainAlarm};
use super::domains::BEYOND_CAP;
use super::plan::Step;
use super::rows::{drawn, rows};
use crate::frame::output::Lines;
use crate::frame::prices::Prices;
use crate::frame::terminal::wrapped;

/// What is shown.
pub(super) struct Plan<'a> {
    /// What all alarms share.
    pub(super) settings: &'a AlarmSettings,
    /// One for each alarm.
    pub(super) steps: &'a [Step],
    /// Whether what is gone is removed.
    pub(super) removes: bool,
    /// Domains that alarms are for.
    pub(super) domains: usize,
    /// Domains that metrics keeps series for.
    pub(super) max_domains: usize,
    /// Whether metrics saw more domains than that.
    pub(super) is_beyond_cap: bool,
}

/// The plan for people, in so many columns: what happens to which alarms, from where on
/// they ring, how many there are and what they cost.
pub(super) fn table(
    plan: &Plan<'_>,
    columns: Option<usize>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Plan { settings, steps, removes, .. } = *plan;
    if steps.is_empty() {
        let text = format!(
            "No sender domain is known: none in {} and no SES identity that can send.",
            settings.namespace
        );
        writeln!(out, "{}", wrapped(&text, 0, columns))?;
        return Ok(());
    }
    let place = format!(
        "Names begin with {}domain/ and what rings is told {}.",
        settings.prefix, settings.topic
    );
    writeln!(
        out,
        "{}\n\n{}\n",
        wrapped(&place, 0, columns),
        drawn(&rows(&settings.prefix, steps, removes), columns)
    )?;
    let lines = legend(steps);
    for line in &lines {
        writeln!(out, "{}", wrapped(line, 0, columns))?;
    }
    if !lines.is_empty() {
        writeln!(out)?;
    }
    let prices = Prices::load()?;
    let text = format!(
        "{} Each alarm reads two metrics: {}.",
        summary(steps, removes),
        dollars(plan, &prices)
    );
    for text in [text].into_iter().chain(warnings(plan)) {
        writeln!(out, "{}", wrapped(&text, 0, columns))?;
    }
    Ok(())
}

/// What a person should know before saying yes.
fn warnings(plan: &Plan<'_>) -> Vec<String> {
    let Plan { domains, max_domains, .. } = *plan;
    let many = (domains > max_domains).then(|| {
        format!(
            "Warning: {domains} domains are to have alarms, but metrics keeps series for {max_domains} and counts the \
             others under Domain={BEYOND_CAP}, so that their alarms would see nothing. Raise the stack's MaxDomains, \
             or name the domains that matter with --domain."
        )
    });
    let beyond = plan.is_beyond_cap.then(|| {
        format!(
            "Warning: more domains send than metrics keeps apart. What is counted under Domain={BEYOND_CAP} rings no \
             alarm here. Raise the stack's MaxDomains."
        )
    });
    many.into_iter().chain(beyond).collect()
}

/// From where on each measure rings, as `bounce: warn above 2 %; fast 5 min`.
fn legend(steps: &[Step]) -> Vec<String> {
    let wanted: Vec<&DomainAlarm> = steps.iter().filter_map(Step::definition).collect();
    let measures: BTreeSet<&str> =
        wanted.iter().map(|definition| definition.label.watched.name()).collect();
    let of_measure = |measure: &str| {
        let of: Vec<_> =
            wanted.iter().filter(|definition| definition.label.watched.name() == measure).collect();
        let lines = [Severity::Warn, Severity::Critical].into_iter().filter_map(|severity| {
            let one = of.iter().find(|definition| definition.label.severity == severity)?;
            Some(format!("{} above {}", severity.name(), percent(one.rule.threshold)))
        });
        let windows = [(AlarmWindow::Fast, "fast"), (AlarmWindow::Slow, "slow")]
            .into_iter()
            .filter_map(|(window, name)| {
                let one = of.iter().find(|definition| definition.window == window)?;
                Some(format!("{name} {}", window_of(one)))
            });
        let (lines, windows): (Vec<_>, Vec<_>) = (lines.collect(), windows.collect());
        format!("{measure}: {}; {}", lines.join(", "), windows.join(", "))
    };
    measures.into_iter().map(of_measure).collect()
}

fn window_of(definition: &DomainAlarm) -> String {
    match seconds(definition) {
        seconds if seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
        seconds if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        seconds => format!("{} min", seconds / 60),
    }
}

fn seconds(definition: &DomainAlarm) -> i32 {
    let periods = definition.rule.queries.iter().filter_map(|query| match &query.source {
        QuerySource::Metric { period, .. } => Some(*period),
        QuerySource::Expression(_) => None,
    });
    periods.max().unwrap_or_default()
}

fn percent(fraction: f64) -> String {
    let text = format!("{:.4}", 100.0 * fraction);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn counts(steps: &[Step]) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<_, _> =
        ["create", "change", "keep", "leave", "gone"].map(|word| (word, 0)).into();
    for step in steps {
        *counts.entry(step.word()).or_default() += 1;
    }
    counts
}

fn summary(steps: &[Step], removes: bool) -> String {
    let counts = counts(steps);
    let some = |word: &str| counts.get(word).copied().filter(|count| *count > 0);
    let mut said: Vec<String> = ["create", "change", "keep"]
        .iter()
        .filter_map(|word| Some(format!("{} to {word}", some(word)?)))
        .collect();
    said.extend(some("leave").map(|count| format!("{count} to leave as they are")));
    said.extend(some("gone").map(|count| match removes {
        true => format!("{count} to remove"),
        false => format!("{count} gone, which apply --remove-gone removes"),
    }));
    let said = said.join(", ");
    if steps.iter().any(|step| step.is_open(removes)) {
        format!("{said}.")
    } else {
        format!("Nothing to do: {said}.")
    }
}

/// What the alarms made here cost that are there after it, in dollars a month, and the
/// part of it that is for alarms that are gone.
fn monthly(plan: &Plan<'_>, prices: &Prices) -> (f64, f64) {
    let (mut all, mut gone) = (0.0, 0.0);
    for step in plan.steps {
        match step {
            Step::Create(definition)
            | Step::Change { definition, .. }
            | Step::Keep { definition, .. } => {
                all += prices.alarm(definition.rule.metrics());
            }
            Step::Gone(existing) if !plan.removes => {
                // One that reads no metric math reads one metric.
                let cost = prices.alarm(existing.rule.as_ref().map_or(1, AlarmRule::metrics));
                all += cost;
                gone += cost;
            }
            Step::Gone(_) | Step::LeaveAlone(..) => {}
        }
    }
    (all, gone)
}

fn dollars(plan: &Plan<'_>, prices: &Prices) -> String {
    let (all, gone) = monthly(plan, prices);
    let gone =
        if gone > 0.0 { format!(", ${gone:.2} of it for what is gone") } else { String::new() };
    format!("${all:.2} a month together{gone}")
}

/// The plan for machines. `is_applied` says whether it was carried out; what failed then
/// is among the failures.
pub(super) fn json(
    plan: &Plan<'_>,
    is_applied: bool,
    failures: &[Failure],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Plan { settings, steps, .. } = *plan;
    let listed: Vec<Value> = steps.iter().map(one).collect();
    let failed: Vec<Value> = failures
        .iter()
        .map(|failure| json!({ "alarm": failure.alarm, "reason": failure.reason }))
        .collect();
    let plan = json!({
        "prefix": settings.prefix,
        "namespace": settings.namespace,
        "alarm_topic": settings.topic,
        "applied": is_applied,
        "removed_gone": plan.removes,
        "domains": plan.domains,
        "max_domains": plan.max_domains,
        "beyond_max_domains": plan.is_beyond_cap,
        "warnings": warnings(plan),
        "counts": counts(steps),
        "dollars_a_month": (monthly(plan, &Prices::load()?).0 * 100.0).round() / 100.0,
        "alarms": listed,
        "failures": failed,
    });
    out.json(&plan)
}

fn one(step: &Step) -> Value {
    let mut said = json!({ "step": step.word(), "name": step.name() });
    if let Some(definition) = step.definition() {
        insert(&mut said, "domain", json!(definition.domain()));
        insert(&mut said, "measure", json!(definition.label.watched.name()));
        insert(&mut said, "severity", json!(definition.label.severity.name()));
        insert(&mut said, "window_seconds", json!(seconds(definition)));
        insert(&mut said, "threshold", json!(definition.rule.threshold));
    }
    if step.is_silenced() {
        insert(&mut said, "actions_off", json!(true));
    }
    match step {
        Step::Change { parts, .. } => {
            let parts: Vec<Value> = parts
                .iter()
                .map(|part| json!({ "part": part.part, "old": part.old, "new": part.new }))
                .collect();
            insert(&mut said, "differs", json!(parts));
        }
        Step::LeaveAlone(_, why) => insert(&mut said, "why", json!(why)),
        Step::Create(_) | Step::Keep { .. } | Step::Gone(_) => {}
    }
    said
}

fn insert(value: &mut Value, key: &str, with: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(key.to_owned(), with);
    }
}

#[cfg(test)]
mod tests;
