//! The thresholds of a plan's alarms in a few lines.

use std::collections::BTreeSet;

use warden_aws::operator::QuerySource;
use warden_domain::guard::Severity;

use super::super::alarms::definition::{AlarmWindow, WantedAlarm};
use super::super::plan::ConnectPlan;

/// Returns the thresholds of each measure, as `sets, bounce: warn from 2 %` and `domains, bounce:
/// warn above 2 %; fast 5 min`.
pub(super) fn lines(plan: &ConnectPlan) -> Vec<String> {
    let wanted: Vec<&WantedAlarm> =
        plan.steps.iter().filter_map(|step| step.alarm()?.definition()).collect();
    let of_sets: Vec<&WantedAlarm> =
        wanted.iter().filter(|alarm| alarm.window.is_none()).copied().collect();
    let of_domains: Vec<&WantedAlarm> =
        wanted.iter().filter(|alarm| alarm.window.is_some()).copied().collect();
    let mut lines = Vec::new();
    for (kind, relation, alarms) in [("sets", "from", of_sets), ("domains", "above", of_domains)] {
        let measures: BTreeSet<&str> = alarms.iter().map(|alarm| alarm.measure.name()).collect();
        lines.extend(measures.into_iter().map(|measure| {
            let some = alarms.iter().filter(|alarm| alarm.measure.name() == measure).copied();
            format!("{kind}, {measure}: {}", of_measure(&some.collect::<Vec<_>>(), relation))
        }));
    }
    lines
}

fn of_measure(alarms: &[&WantedAlarm], relation: &str) -> String {
    let thresholds = [Severity::Warn, Severity::Critical].into_iter().filter_map(|severity| {
        let one = alarms.iter().find(|alarm| alarm.severity == severity)?;
        Some(format!("{} {relation} {}", severity.name(), percent(one.rule.threshold)))
    });
    let windows =
        [(Some(AlarmWindow::Fast), "fast "), (Some(AlarmWindow::Slow), "slow "), (None, "every ")];
    let windows = windows.into_iter().filter_map(|(window, name)| {
        let one = alarms.iter().find(|alarm| alarm.window == window)?;
        Some(format!("{name}{}", length(seconds(one))))
    });
    let (thresholds, windows): (Vec<_>, Vec<_>) = (thresholds.collect(), windows.collect());
    format!("{}; {}", thresholds.join(", "), windows.join(", "))
}

/// Returns the period of an alarm's metrics.
pub(super) fn seconds(alarm: &WantedAlarm) -> i32 {
    let periods = alarm.rule.queries.iter().filter_map(|query| match &query.source {
        QuerySource::Metric { period, .. } => Some(*period),
        QuerySource::Expression(_) => None,
    });
    periods.max().unwrap_or_default()
}

fn length(seconds: i32) -> String {
    match seconds {
        seconds if seconds % 86_400 == 0 => format!("{} d", seconds / 86_400),
        seconds if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        seconds => format!("{} min", seconds / 60),
    }
}

fn percent(fraction: f64) -> String {
    let text = format!("{:.4}", 100.0 * fraction);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}
