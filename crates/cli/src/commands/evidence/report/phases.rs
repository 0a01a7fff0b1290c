//! Counts and rates before, during and after an incident.

use jiff::Timestamp;

use super::super::read::{EvidenceReadings, Points};
use super::super::window::Window;
use super::{ReportPhase, shown};

pub(super) fn phases(
    found: &EvidenceReadings,
    window: Window,
    incident: Option<(Timestamp, Option<Timestamp>)>,
    is_given: bool,
) -> Vec<ReportPhase> {
    let Some((began, ended)) = incident else {
        return vec![phase("the whole time", found, window, window.start, window.end)];
    };
    let began = began.clamp(window.start, window.end);
    let ended = ended.map(|ended| ended.clamp(began, window.end));
    let [before, during, after] = if is_given {
        ["before the incident", "during the incident", "after the incident"]
    } else {
        ["before the pause", "while paused", "after the resume"]
    };
    let mut phases = vec![
        phase(before, found, window, window.start, began),
        phase(during, found, window, began, ended.unwrap_or(window.end)),
    ];
    if let Some(ended) = ended {
        phases.push(phase(after, found, window, ended, window.end));
    }
    phases
}

/// Steps belong to the phase that they begin in.
fn phase(
    name: &'static str,
    found: &EvidenceReadings,
    window: Window,
    from: Timestamp,
    until: Timestamp,
) -> ReportPhase {
    let step = i64::from(window.step);
    let floor = |at: Timestamp| at.as_second().div_euclid(step) * step;
    let (first, last) = (floor(from), floor(until));
    let is_last = until == window.end;
    let within = move |at: i64| at >= first && (at < last || (is_last && at <= last));
    let sum = |points: &Points| {
        let inside = points.iter().filter(|(at, _)| within(*at));
        inside.fold(0.0, |sum, (_, value)| sum + value)
    };
    let most = |points: &Points| {
        points.iter().filter(|(at, _)| within(*at)).map(|(_, value)| *value).reduce(f64::max)
    };
    let [sends, deliveries, hard_bounces, complaints] =
        [0, 1, 2, 3].map(|place| found.counts.get(place).map(sum).unwrap_or_default());
    ReportPhase {
        name,
        from: shown(from),
        until: shown(until),
        sends,
        deliveries,
        hard_bounces,
        complaints,
        bounce_rate: rate(hard_bounces, sends),
        complaint_rate: rate(complaints, deliveries),
        aws_bounce_rate: found.reputation.first().and_then(most),
        aws_complaint_rate: found.reputation.last().and_then(most),
    }
}

pub(super) fn rate(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
