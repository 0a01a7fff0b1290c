//! The report: everything in it, in the order in which it is read.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use warden_domain::journal::{Actor, HistoryEntry, HistoryEvent, HistoryTarget};
use warden_domain::redact::redact;

use super::read::{Points, Readings};
use super::texts::TextCount;
use super::window::Window;
use crate::frame::output::printable;
use crate::frame::terminal::counted;

/// AWS reviews an account at these rates, and may pause it at the second of each: fractions.
pub(super) const BOUNCE_LINES: [f64; 2] = [0.05, 0.10];
/// The same for complaints.
pub(super) const COMPLAINT_LINES: [f64; 2] = [0.001, 0.005];
/// Rows of a table at most.
const MOST_ROWS: usize = 12;

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
pub(super) struct Phase {
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
pub(super) struct Report {
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
    pub(super) phases: Vec<Phase>,
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
    pub(super) series: Series,
}

/// Values over time, in seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Series {
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
    found: &Readings,
    window: Window,
    given: Option<(Timestamp, Option<Timestamp>)>,
    fixed: &[String],
) -> Report {
    let history = found.history.as_deref().unwrap_or_default();
    let incident = given.or_else(|| incident(history));
    let (start, end) = window.seconds();
    let times = |events: [HistoryEvent; 2]| {
        let chosen = history.iter().filter(|entry| events.contains(&entry.event));
        chosen.map(|entry| entry.at_millis.div_euclid(1000)).collect::<Vec<_>>()
    };
    let [sends, _, hard_bounces, complaints] = found.counts.clone();
    let [aws_bounce_rate, aws_complaint_rate] = found.reputation.clone();
    Report {
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
        series: Series {
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

fn phases(
    found: &Readings,
    window: Window,
    incident: Option<(Timestamp, Option<Timestamp>)>,
    is_given: bool,
) -> Vec<Phase> {
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
    found: &Readings,
    window: Window,
    from: Timestamp,
    until: Timestamp,
) -> Phase {
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
    Phase {
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

fn rate(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// By the journal where it was read, else by our metrics.
fn classes(found: &Readings) -> Vec<NamedCount> {
    let named = |(class, domain): &(String, String), count: f64| NamedCount {
        name: safe(&format!("{class}, mail from {domain}")),
        count,
    };
    let from_journal = found.decisions.as_ref().filter(|decisions| decisions.bounces > 0);
    let mut rows: Vec<NamedCount> = match from_journal {
        #[expect(clippy::cast_precision_loss, reason = "counts of mails are far below 2^52")]
        Some(decisions) => {
            decisions.classes.iter().map(|(key, count)| named(key, *count as f64)).collect()
        }
        None => found.faults.iter().map(|(key, count)| named(key, *count)).collect(),
    };
    largest(&mut rows, |row| row.count);
    rows
}

fn texts(found: &Readings) -> Vec<TextRow> {
    let all = found.decisions.iter().flat_map(|decisions| decisions.texts.values());
    let mut rows: Vec<&TextCount> = all.filter(|text| !text.text.is_empty()).collect();
    rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    rows.truncate(MOST_ROWS);
    rows.into_iter()
        .map(|text| TextRow {
            count: text.count,
            class: text.class.clone(),
            status: text.status.clone(),
            text: safe(&text.text),
        })
        .collect()
}

fn domains(found: &Readings) -> Vec<DomainRow> {
    let mut rows: Vec<DomainRow> = found
        .domains
        .iter()
        .map(|(name, [sends, deliveries, hard_bounces, complaints])| DomainRow {
            name: safe(name),
            sends: *sends,
            hard_bounces: *hard_bounces,
            complaints: *complaints,
            bounce_rate: rate(*hard_bounces, *sends),
            complaint_rate: rate(*complaints, *deliveries),
        })
        .filter(|row| row.sends + row.hard_bounces + row.complaints > 0.0)
        .collect();
    largest(&mut rows, |row| row.hard_bounces + row.complaints);
    rows
}

fn named(all: &[(String, f64)]) -> Vec<NamedCount> {
    let mut rows: Vec<NamedCount> =
        all.iter().map(|(name, count)| NamedCount { name: safe(name), count: *count }).collect();
    largest(&mut rows, |row| row.count);
    rows
}

fn largest<T>(rows: &mut Vec<T>, by: impl Fn(&T) -> f64) {
    rows.sort_by(|a, b| by(b).total_cmp(&by(a)));
    rows.truncate(MOST_ROWS);
}

fn listed(found: &Readings) -> Vec<NamedCount> {
    #[expect(clippy::cast_precision_loss, reason = "at most 20,000 entries are counted")]
    let row =
        |(reason, count): (&String, &u64)| NamedCount { name: safe(reason), count: *count as f64 };
    found.listed.iter().flat_map(|(counts, _)| counts.iter().map(row)).collect()
}

/// What the installed stack does by itself, one sentence each.
fn automated(found: &Readings) -> Vec<String> {
    let Some(stack) = &found.stack else { return Vec::new() };
    let setting = |name: &str| stack.parameters.get(name).map(String::as_str);
    let mut lines = vec![
        "Hard bounces and complaints reach the account's suppression list within minutes, judged \
         by the receiver's reply: mail to these addresses is not tried again."
            .to_owned(),
    ];
    let alarms = found.alarms.as_ref();
    let count =
        |word: &str| alarms.and_then(|alarms| alarms.get(word)).copied().unwrap_or_default();
    if count("warn") + count("critical") > 0 {
        lines.push(format!(
            "CloudWatch watches bounce and complaint rates of the account, of configuration sets and \
             of sender domains: {} warn, {} are critical.",
            counted(count("warn"), "alarm", "alarms"),
            count("critical")
        ));
    }
    lines.push(match setting("GuardMode") {
        Some("act") => {
            "A critical alarm pauses the configuration set that carries the mail, or the \
                        account, once the counts prove the rate. Only a person resumes it."
                .to_owned()
        }
        Some(_) => "A critical alarm is reported with what would be paused; nothing is paused \
                    automatically (GuardMode=observe)."
            .to_owned(),
        None => "Critical alarms are reported to the operators.".to_owned(),
    });
    if let Some(minutes) = setting("MaxPauseMinutes").filter(|minutes| *minutes != "0") {
        lines.push(format!(
            "A pause ends by itself after {minutes} minutes, if the alarm is OK and AWS reports no problem."
        ));
    }
    if setting("AllowedCallerIdentities").is_some_and(|list| !list.is_empty())
        || setting("AllowedSourceCidrs").is_some_and(|list| !list.is_empty())
    {
        lines.push(
            "Mail by callers or from networks that are on no list is counted and raises an alarm."
                .to_owned(),
        );
    }
    lines
}

fn gaps(found: &Readings, window: Window, has_incident: bool, fixed: &[String]) -> Vec<String> {
    let mut gaps: Vec<String> = found.failures.iter().map(|why| safe(why)).collect();
    if fixed.is_empty() {
        gaps.push(
            "Nobody has said what was fixed: give --fixed, once for each measure.".to_owned(),
        );
    }
    if !has_incident {
        gaps.push(
            "The history knows of no pause in this time, so that rates before and after cannot be \
             compared: give --incident."
                .to_owned(),
        );
    }
    let is_silent = |points: &Points| points.is_empty();
    if found.counts.iter().all(is_silent) {
        gaps.push(
            "ses-warden counted no mail in this time: it was not installed, or not connected."
                .to_owned(),
        );
    } else if let Some((first, _)) = found.counts.iter().flatten().min_by_key(|(at, _)| *at)
        && first - window.start.as_second() > 86_400
    {
        let at = Timestamp::from_second(*first).map(shown).unwrap_or_default();
        gaps.push(format!("The counts begin at {at}; what was sent before was not counted."));
    }
    if found.reputation.iter().all(is_silent) {
        gaps.push("AWS published no reputation metrics of the account in this time.".to_owned());
    }
    if let Some(decisions) = &found.decisions {
        if decisions.bounces == 0 {
            gaps.push(
                "The journal holds no bounce of this time, so there are no texts.".to_owned(),
            );
        }
        if decisions.beyond > 0 {
            gaps.push(format!(
                "{} bounces have further texts that are not listed.",
                decisions.beyond
            ));
        }
    } else if found.failures.is_empty() {
        gaps.push("The journal's decisions were not read (--no-texts).".to_owned());
    }
    if found.callers.is_empty() && found.sources.is_empty() {
        gaps.push(
            "No unexpected sender was counted. ses-warden counts callers and source addresses only \
             where AllowedCallerIdentities or AllowedSourceCidrs say who may send."
                .to_owned(),
        );
    }
    if let Some((_, false)) = found.listed {
        gaps.push("Only the first 20,000 entries of the suppression list were counted.".to_owned());
    }
    let age = Timestamp::now().duration_since(window.start);
    if age > SignedDuration::from_hours(14 * 24) {
        gaps.push(
            "Domains, classes and callers that had no event within the last two weeks are missing: \
             CloudWatch does not list them any more."
                .to_owned(),
        );
    }
    let step = if window.step == 3_600 { "hour" } else { "day" };
    gaps.push(format!(
        "Counts are by the {step}, and a phase begins with the {step} it begins in."
    ));
    gaps
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
