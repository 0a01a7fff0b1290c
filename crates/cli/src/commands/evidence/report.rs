//! The report: everything in it, in the order in which it is read.

mod cause;
mod gaps;
mod phases;

use jiff::Timestamp;
use serde::Serialize;
use warden_domain::journal::{Actor, HistoryEntry, HistoryEvent, HistoryTarget};
use warden_domain::redact::redact;

use super::read::{EvidenceReadings, Points};
use super::window::Window;
use crate::frame::output::printable;
use cause::{classes, domains, listed, named, texts};
use gaps::{automated, gaps};
use phases::phases;

/// AWS reviews an account at these rates, and may pause it at the second of each: fractions.
pub(super) const BOUNCE_LINES: [f64; 2] = [0.05, 0.10];
/// The same for complaints.
pub(super) const COMPLAINT_LINES: [f64; 2] = [0.001, 0.005];

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TimelineRow {
    /// RFC 3339, UTC.
    pub(super) at: String,
    pub(super) what: String,
    pub(super) by: String,
    pub(super) why: String,
}

/// Counts and rates of one span of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ReportPhase {
    pub(super) name: &'static str,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) sends: f64,
    pub(super) deliveries: f64,
    pub(super) hard_bounces: f64,
    pub(super) complaints: f64,
    /// Hard bounces of the sends; `None` without any.
    pub(super) bounce_rate: Option<f64>,
    /// Complaints of the deliveries; `None` without any.
    pub(super) complaint_rate: Option<f64>,
    /// The highest of AWS's own rates, where AWS published any.
    pub(super) aws_bounce_rate: Option<f64>,
    pub(super) aws_complaint_rate: Option<f64>,
}

/// A count with its name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct NamedCount {
    pub(super) name: String,
    pub(super) count: f64,
}

/// What receivers said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TextRow {
    pub(super) count: u64,
    pub(super) class: String,
    pub(super) status: String,
    /// Redacted.
    pub(super) text: String,
}

/// Counts of a sender's domain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct DomainRow {
    pub(super) name: String,
    pub(super) sends: f64,
    pub(super) hard_bounces: f64,
    pub(super) complaints: f64,
    pub(super) bounce_rate: Option<f64>,
    pub(super) complaint_rate: Option<f64>,
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct EvidenceReport {
    pub(super) region: String,
    pub(super) stack: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) written: String,
    pub(super) version: &'static str,
    pub(super) sending_enabled: Option<bool>,
    pub(super) enforcement_status: Option<String>,
    /// When the incident began; `None` where nobody knows of one.
    pub(super) incident_began: Option<String>,
    pub(super) incident_ended: Option<String>,
    pub(super) timeline: Vec<TimelineRow>,
    pub(super) phases: Vec<ReportPhase>,
    pub(super) classes: Vec<NamedCount>,
    pub(super) texts: Vec<TextRow>,
    pub(super) domains: Vec<DomainRow>,
    pub(super) callers: Vec<NamedCount>,
    pub(super) sources: Vec<NamedCount>,
    pub(super) fixed: Vec<String>,
    pub(super) automated: Vec<String>,
    pub(super) suppressed: Vec<NamedCount>,
    pub(super) listed: Vec<NamedCount>,
    pub(super) gaps: Vec<String>,
    /// How many of the gaps are reads that failed.
    pub(super) unread: usize,
    /// What the charts show.
    pub(super) series: ReportSeries,
}

/// Values over time, in seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct ReportSeries {
    pub(super) step_seconds: i32,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) sends: Points,
    pub(super) hard_bounces: Points,
    pub(super) complaints: Points,
    pub(super) aws_bounce_rate: Points,
    pub(super) aws_complaint_rate: Points,
    /// When sending was paused, and resumed.
    pub(super) paused: Vec<i64>,
    pub(super) resumed: Vec<i64>,
}

/// Puts the report together. `given` is when a person says the incident began and ended.
pub(super) fn build(
    found: &EvidenceReadings,
    window: Window,
    given: Option<(Timestamp, Option<Timestamp>)>,
    fixed: &[String],
) -> EvidenceReport {
    let history = found.history.as_deref().unwrap_or_default();
    let incident = given.or_else(|| incident(history));
    let (start, end) = window.seconds();
    let times = |events: [HistoryEvent; 2]| {
        let chosen = history.iter().filter(|entry| events.contains(&entry.event));
        chosen.map(|entry| entry.at_millis.div_euclid(1000)).collect::<Vec<_>>()
    };
    let [sends, _, hard_bounces, complaints] = found.counts.clone();
    let [aws_bounce_rate, aws_complaint_rate] = found.reputation.clone();
    EvidenceReport {
        region: safe(&found.region),
        stack: safe(&found.stack_name),
        from: shown(window.start),
        until: shown(window.end),
        written: shown(Timestamp::now()),
        version: env!("CARGO_PKG_VERSION"),
        sending_enabled: found.account.as_ref().map(|account| account.sending_enabled),
        enforcement_status: found
            .account
            .as_ref()
            .map(|account| account.enforcement_status.name().to_owned()),
        incident_began: incident.map(|(began, _)| shown(began)),
        incident_ended: incident.and_then(|(_, ended)| ended).map(shown),
        timeline: timeline(history),
        phases: phases(found, window, incident, given.is_some()),
        classes: classes(found),
        texts: texts(found),
        domains: domains(found),
        callers: named(&found.callers),
        sources: named(&found.sources),
        fixed: fixed.iter().map(|text| safe(text)).collect(),
        automated: automated(found),
        suppressed: named(&found.suppressed),
        listed: listed(found),
        gaps: gaps(found, window, incident.is_some(), fixed),
        unread: found.failures.len(),
        series: ReportSeries {
            step_seconds: window.step,
            start,
            end,
            sends,
            hard_bounces,
            complaints,
            aws_bounce_rate,
            aws_complaint_rate,
            paused: times([HistoryEvent::Pause, HistoryEvent::FoundPaused]),
            resumed: times([HistoryEvent::Resume, HistoryEvent::FoundResumed]),
        },
    }
}

/// From the first pause to the last resume behind it.
fn incident(history: &[HistoryEntry]) -> Option<(Timestamp, Option<Timestamp>)> {
    let is_pause = |event| matches!(event, HistoryEvent::Pause | HistoryEvent::FoundPaused);
    let is_resume = |event| matches!(event, HistoryEvent::Resume | HistoryEvent::FoundResumed);
    let first = history.iter().find(|entry| is_pause(entry.event))?.at_millis;
    let last_pause = history.iter().rfind(|entry| is_pause(entry.event))?.at_millis;
    let resumed = history.iter().rfind(|entry| is_resume(entry.event));
    let resumed = resumed.map(|entry| entry.at_millis).filter(|at| *at >= last_pause);
    let at = |millis| Timestamp::from_millisecond(millis).ok();
    Some((at(first)?, resumed.and_then(at)))
}

/// Changes of single addresses are left out: their number is in the gaps' neighbour, the lists.
fn timeline(history: &[HistoryEntry]) -> Vec<TimelineRow> {
    let of_sending =
        history.iter().filter(|entry| !matches!(entry.target, HistoryTarget::Address(_)));
    of_sending.map(row).collect()
}

fn row(entry: &HistoryEntry) -> TimelineRow {
    let target = match &entry.target {
        HistoryTarget::Account => "the account".to_owned(),
        HistoryTarget::ConfigurationSet(name) => format!("configuration set {name}"),
        HistoryTarget::Tenant(arn) => format!("tenant {arn}"),
        HistoryTarget::Address(_) => "an address".to_owned(),
    };
    let what = match entry.event {
        HistoryEvent::Pause => format!("paused {target}"),
        HistoryEvent::Resume => format!("resumed {target}"),
        HistoryEvent::FoundPaused => format!("found {target} paused"),
        HistoryEvent::FoundResumed => format!("found {target} sending again"),
        HistoryEvent::Rescue | HistoryEvent::Removal => "took an address off the list".to_owned(),
        HistoryEvent::Addition => "put an address on the list".to_owned(),
        HistoryEvent::Note => format!("note about {target}"),
    };
    let by = match &entry.actor {
        Actor::Guard => "guard, automatically".to_owned(),
        Actor::Command { identity, name } => {
            let who = [name, identity].into_iter().find(|text| !text.is_empty());
            who.map_or("an operator".to_owned(), |who| format!("an operator ({who})"))
        }
        Actor::Person { identity } => format!("somebody ({identity})"),
        Actor::Aws => "AWS".to_owned(),
        Actor::Unknown => "not known".to_owned(),
    };
    let at = Timestamp::from_millisecond(entry.at_millis).map(shown).unwrap_or_default();
    TimelineRow { at, what: safe(&what), by: safe(&by), why: safe(&entry.reason) }
}

/// One harmless line without addresses.
fn safe(text: &str) -> String {
    redact(&printable(text))
}

pub(super) fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A rate in per cent: `4.2 %`; `none` where nothing was sent.
pub(super) fn percent(rate: Option<f64>) -> String {
    match rate {
        None => "none sent".to_owned(),
        Some(rate) if rate > 0.0 && rate < 0.01 => format!("{:.2} %", rate * 100.0),
        Some(rate) => format!("{:.1} %", rate * 100.0),
    }
}

/// A count with thousands separators.
pub(super) fn number(count: f64) -> String {
    let digits = format!("{count:.0}");
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests;
