//! A plan, and what came of it, as one JSON object.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Map, Value, json};

use super::super::alarms::plan::AlarmStep;
use super::super::apply::Failure;
use super::super::default_sets::DefaultStep;
use super::super::plan::{PlanStep, StepAction};
use super::super::sets::{DestinationStep, MetricsStep};
use super::ShownPlan;
use super::legend::seconds;
use crate::frame::output::Documents;
use crate::frame::prices::Prices;

pub(super) fn write(
    shown: &ShownPlan<'_>,
    is_applied: bool,
    failures: &[Failure],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let ShownPlan { settings, plan, .. } = *shown;
    let counts: BTreeMap<&str, usize> =
        plan.counts().into_iter().map(|(verb, count)| (verb.word(), count)).collect();
    let steps: Vec<Value> = plan.steps.iter().map(|step| one(shown, step)).collect();
    let failed = |failure: &Failure| {
        let Failure { subject, thing, reason } = failure;
        json!({ subject.kind(): subject.name(), "thing": thing, "reason": reason })
    };
    let failed: Vec<Value> = failures.iter().map(failed).collect();
    let dollars = shown.monthly(&Prices::load()?).0;
    let topic = Some(&settings.feedback_topic).filter(|topic| !topic.is_empty());
    let plan = json!({
        "stack": settings.stack,
        "prefix": settings.alarms.prefix,
        "namespace": settings.alarms.namespace,
        "alarm_topic": settings.alarms.topic,
        "feedback_topic": topic,
        "destination": settings.destination(),
        "applied": is_applied,
        "removed_gone": plan.removes,
        "sets": shown.sets,
        "domains": shown.domains,
        "max_domains": settings.max_domains,
        "beyond_max_domains": shown.is_beyond_cap,
        "warnings": shown.warnings(),
        "counts": counts,
        "dollars_a_month": (dollars * 100.0).round() / 100.0,
        "steps": steps,
        "failures": failed,
    });
    Documents::one(shown.format, &plan, out)
}

fn one(shown: &ShownPlan<'_>, step: &PlanStep) -> Value {
    let mut said = Map::new();
    let mut put = |key: &str, value: Value| said.insert(key.to_owned(), value);
    put("step", json!(shown.plan.verb(step).word()));
    put(step.subject.kind(), json!(step.subject.name()));
    match &step.action {
        StepAction::Destination(step) => {
            put("kind", json!("destination"));
            destination(step, put);
        }
        StepAction::Metrics(step) => {
            put("kind", json!("reputation-metrics"));
            if let MetricsStep::Leave(why) = step {
                put("why", json!(why));
            }
        }
        StepAction::DefaultSet(step) => {
            put("kind", json!("default-set"));
            default_set(step, put);
        }
        StepAction::Tag => {
            put("kind", json!("tag"));
            put("name", json!(shown.settings.key()));
        }
        StepAction::Alarm(step) => {
            put("kind", json!("alarm"));
            alarm(step, put);
        }
    }
    Value::Object(said)
}

fn destination(step: &DestinationStep, mut put: impl FnMut(&str, Value) -> Option<Value>) {
    match step {
        DestinationStep::Create { name, events } => {
            put("name", json!(name));
            put("events", json!(events));
        }
        DestinationStep::Change { name, enabled, old, events } => {
            put("name", json!(name));
            put("events", json!(events));
            put("old_events", json!(old));
            put("enabled", json!(enabled));
        }
        DestinationStep::Keep { name, is_ours, remarks } => {
            put("name", json!(name));
            put("made_by_connect", json!(is_ours));
            put("remarks", json!(remarks));
        }
        DestinationStep::Leave { name, why } => {
            put("name", json!(name));
            put("why", json!(why));
        }
        DestinationStep::Remove { name } => {
            put("name", json!(name));
        }
    }
}

fn default_set(step: &DefaultStep, mut put: impl FnMut(&str, Value) -> Option<Value>) {
    let (old, new) = match step {
        DefaultStep::Put { old, made } => (old.as_deref(), Some(made.set.as_str())),
        DefaultStep::Keep { set } => (Some(set.as_str()), Some(set.as_str())),
        DefaultStep::Remove { set, was, .. } => (Some(set.as_str()), was.as_deref()),
        DefaultStep::Leave { set, .. } => (set.as_deref(), set.as_deref()),
    };
    put("old", json!(old));
    put("new", json!(new));
    match step {
        DefaultStep::Remove { remark: Some(remark), .. } => {
            put("remarks", json!([remark]));
        }
        DefaultStep::Leave { why, .. } => {
            put("why", json!(why));
        }
        DefaultStep::Put { .. } | DefaultStep::Keep { .. } | DefaultStep::Remove { .. } => {}
    }
}

fn alarm(step: &AlarmStep, mut put: impl FnMut(&str, Value) -> Option<Value>) {
    put("name", json!(step.name()));
    if let Some(definition) = step.definition() {
        put("measure", json!(definition.measure.name()));
        put("severity", json!(definition.severity.name()));
        put("window_seconds", json!(seconds(definition)));
        put("threshold", json!(definition.rule.threshold));
    }
    if step.is_silenced() {
        put("actions_off", json!(true));
    }
    match step {
        AlarmStep::Change { parts, .. } => {
            let part = |part: &super::super::alarms::differences::Difference| json!({ "part": part.part, "old": part.old, "new": part.new });
            put("differs", json!(parts.iter().map(part).collect::<Vec<_>>()));
        }
        AlarmStep::LeaveAlone(_, why) => {
            put("why", json!(why));
        }
        AlarmStep::Create(_) | AlarmStep::Keep { .. } | AlarmStep::Gone(_) => {}
    }
}
