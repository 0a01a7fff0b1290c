//! The notice as JSON. The schema is documented in docs/RUNBOOK.md; `version`
//! changes when a field goes or means something else, not when one is added.

use serde_json::{Value, json};

use super::last_hour::name;
use super::{AlarmFacts, Facts, MAX_ALARMS, command, quote};
use crate::guard::Action;
use crate::guard::enforcement::EnforcementStatus;
use crate::guard::record::Target;

/// Of the schema.
pub(super) const VERSION: u32 = 1;

pub(super) fn incident(facts: &Facts<'_>, id: &str, action: &str) -> String {
    let alarms: Vec<Value> = std::iter::once(&facts.alarm)
        .chain(facts.others.iter().take(MAX_ALARMS))
        .map(alarm)
        .collect();
    let (target, wanted) = match facts.action {
        Action::Pause(target) => (Some(target), None),
        Action::Observe(wanted) => (None, Some(wanted)),
        Action::Notify(_) | Action::Nothing => (None, None),
    };
    let counts = |counts: &[super::Count]| -> Vec<Value> {
        counts.iter().map(|c| json!({ "name": name(c), "count": c.count })).collect()
    };
    let domains: Vec<Value> = facts
        .last_hour
        .domains
        .iter()
        .map(|d| {
            json!({ "domain": d.domain, "sends": d.sends, "hard_bounces": d.hard_bounces,
                "complaints": d.complaints })
        })
        .collect();
    json!({
        "version": VERSION,
        "id": id,
        "repeats": facts.repeats,
        "action": action,
        "at": facts.at,
        "account": facts.place.map(|place| &place.account),
        "region": facts.place.map(|place| &place.region),
        "paused": target.map(paused),
        "would_pause": wanted.map(paused),
        "paused_by": facts.paused_by,
        "sends_again": facts.sends_again,
        "missing": facts.missing.iter().map(|part| quote(&part.to_string())).collect::<Vec<_>>(),
        "resume": target.map(|target| command::resume(target, facts.place)).unwrap_or_default(),
        "enforcement_status": facts.enforcement_status.map(EnforcementStatus::name),
        "alarms": alarms,
        "last_hour": {
            "domains": domains,
            "faults": counts(&facts.last_hour.faults),
            "callers": counts(&facts.last_hour.callers),
            "sources": counts(&facts.last_hour.sources),
        },
    })
    .to_string()
}

pub(super) fn paused(target: &Target) -> Value {
    let (kind, names) = match target {
        Target::Account => ("account", Vec::new()),
        Target::Sets(sets) => ("configuration-set", sets.clone()),
        Target::Tenant(arn) => ("tenant", vec![arn.clone()]),
    };
    json!({ "kind": kind, "names": names })
}

fn alarm(alarm: &AlarmFacts<'_>) -> Value {
    let finding = alarm.proof.map(|verdict| {
        let f = &verdict.finding;
        json!({ "window_seconds": f.seconds, "events": f.events, "total": f.total, "rate": f.rate,
            "lower_bound": f.lower_bound, "threshold": f.threshold,
            "warn_threshold": f.warn_threshold, "pause_threshold": f.pause_threshold, "surge": f.surge, "reason": f.reason.code(),
            "after": alarm.after.map(|(at, _)| at) })
    });
    json!({
        "name": alarm.name,
        "episode": alarm.episode,
        "reason": quote(alarm.reason),
        "scope": alarm.label.map(|l| l.scope.name()),
        "target": alarm.label.map(|l| l.scope.target()),
        "measure": alarm.label.map(|l| l.watched.name()),
        "severity": alarm.label.map(|l| l.severity.name()),
        "finding": finding,
    })
}
