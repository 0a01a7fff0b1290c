//! The notices that operators get: plain text for people, JSON for machines.
//!
//! docs/RUNBOOK.md describes both. The text begins with the measure that decided:
//!
//! ```
//! use warden_domain::guard::confidence::{Rule, WindowCounts, judge};
//! use warden_domain::guard::enforcement::EnforcementStatus;
//! use warden_domain::guard::record::Target;
//! use warden_domain::guard::{Action, Label, Measure, Scope, Severity, Watched};
//! use warden_domain::notice::{AlarmFacts, Facts, LastHour, write};
//!
//! let rule = Rule::of(Measure::Bounce);
//! let counts = WindowCounts { events: 35, total: 210, ..WindowCounts::default() };
//! let proof = judge(&rule, &counts, &WindowCounts::default());
//! let label = Label {
//!     scope: Scope::Domain("example.com".to_owned()),
//!     watched: Watched::Rate(Measure::Bounce),
//!     severity: Severity::Critical,
//! };
//! let alarm = AlarmFacts {
//!     name: "ses-warden/domain/example.com/bounce/critical",
//!     label: Some(&label),
//!     episode: "2026-10-06T07:15:12.345Z",
//!     reason: "Threshold Crossed",
//!     proof: Some(&proof),
//!     rests_on_aws: false,
//!     threshold: None,
//!     after: None,
//! };
//! let notice = write(&Facts {
//!     alarm,
//!     others: &[],
//!     action: &Action::Pause(Target::Sets(vec!["marketing".to_owned()])),
//!     place: None,
//!     at: "2026-10-06T07:15:20.000Z",
//!     enforcement_status: Some(&EnforcementStatus::Healthy),
//!     paused_by: None,
//!     sends_again: false,
//!     missing: &[],
//!     is_rest: false,
//!     repeats: false,
//!     last_hour: &LastHour::default(),
//! });
//! assert_eq!(notice.subject, "ses-warden paused configuration set marketing: bounce rate too high");
//! assert_eq!(
//!     notice.body.lines().nth(2),
//!     Some(
//!         "35 of 210 sends from example.com hard-bounced in the last 5 minutes: 16.7 %, lower \
//!          confidence bound 12.2 %; the pause threshold is 8 %."
//!     )
//! );
//! ```

mod command;
mod drill;
mod last_hour;
mod machine;
mod measures;
mod other;
mod paused_by;
mod place;
mod quote;
mod steps;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use crate::guard::confidence::RateJudgement;
use crate::guard::enforcement::EnforcementStatus;
use crate::guard::incident::PendingNotice;
use crate::guard::record::Target;
use crate::guard::{Action, AlarmDecision, Label, NotifyOnly};
use crate::time::iso_millis;

pub use last_hour::{Count, DomainCounts, HourCounts, LastHour, Ranked, Totals};
pub use other::{
    NoticeContext, Resumed, auto_resumed, aws_message, enforcement, found_switched,
    journal_unavailable, resumed,
};
pub use paused_by::paused_by;
pub use place::Place;

use quote::quote;

/// Longest SNS subject, in characters: less than 100.
const MAX_SUBJECT: usize = 99;
/// Alarms of one incident that are listed.
const MAX_ALARMS: usize = 20;

/// One alarm of an incident.
#[derive(Debug, Clone)]
pub struct AlarmFacts<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it watches; `None` where guard does not understand it.
    pub label: Option<&'a Label>,
    /// When it went into ALARM, as CloudWatch's time stamp.
    pub episode: &'a str,
    /// CloudWatch's words on why.
    pub reason: &'a str,
    /// What our own counts prove, where the decision needed them.
    pub proof: Option<&'a RateJudgement>,
    /// It watches AWS's own number, which guard took as it is.
    pub rests_on_aws: bool,
    /// The alarm's threshold, a fraction, where it is one on AWS's own number.
    pub threshold: Option<f64>,
    /// Events before this time stamp do not count in it, because guard paused for them
    /// then, for the alarm of this name, and somebody resumed.
    pub after: Option<(&'a str, &'a str)>,
}

impl<'a> AlarmFacts<'a> {
    /// What a notice says about an alarm and the decision about it.
    pub fn of(decision: &'a AlarmDecision) -> Self {
        let (alarm, is_aws) = (&decision.alarm, decision.alarm.definition().reads_only_aws());
        Self {
            name: &alarm.name,
            label: decision.label.as_ref(),
            episode: &alarm.episode,
            reason: &alarm.reason,
            proof: decision.proof.as_ref(),
            rests_on_aws: decision.proof.is_none()
                && is_aws
                && matches!(decision.action, Action::Pause(_) | Action::Observe(_)),
            threshold: alarm.threshold.filter(|_| is_aws),
            after: decision.after.as_ref().map(|(at, alarm)| (at.as_str(), alarm.as_str())),
        }
    }
}

/// What the notice about an incident says.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The alarm that leads, whose name and episode are the notice's id.
    pub alarm: AlarmFacts<'a>,
    /// Further alarms of the same incident.
    pub others: &'a [AlarmFacts<'a>],
    /// What was done.
    pub action: &'a Action,
    /// Which account and Region.
    pub place: Option<&'a Place>,
    /// When guard acted, as ISO 8601.
    pub at: &'a str,
    /// AWS's verdict on the account; `None` where it could not be read in time.
    pub enforcement_status: Option<&'a EnforcementStatus>,
    /// Who paused what was found paused, in words.
    pub paused_by: Option<&'a str>,
    /// Somebody resumed what guard paused already.
    pub sends_again: bool,
    /// What could not be paused yet.
    pub missing: &'a [MissingPart],
    /// An earlier notice said that a part of it was paused.
    pub is_rest: bool,
    /// The notice may have gone out before.
    pub repeats: bool,
    /// Numbers of the last hour.
    pub last_hour: &'a LastHour,
}

/// A part of a pause that could not be made yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPart {
    /// What still sends.
    pub target: Target,
    /// Why, in words.
    pub why: String,
}

impl MissingPart {
    /// The parts of a pause that an earlier invocation did not get to.
    pub fn interrupted(notice: &PendingNotice) -> Vec<Self> {
        let part =
            |target| Self { target, why: "an earlier invocation was interrupted".to_owned() };
        notice.missing.iter().flat_map(Target::parts).map(part).collect()
    }
}

impl fmt::Display for MissingPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", words::name(&self.target), self.why)
    }
}

/// One SNS message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// ASCII, at most 99 characters, no line breaks.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// For machines: `id`, `alarm`, `action`, `scope`, `target`, `measure`,
    /// `severity`, `region`, and `notice` with all of it as JSON. Fewer than ten, as
    /// many as SNS delivers raw.
    pub attributes: BTreeMap<&'static str, String>,
}

/// Writes the notice about an incident.
///
/// Its id is the alarm and the episode: a notice that a crash repeats has the same.
///
/// A drill's alarm gets a short notice with the action `drill`.
pub fn write(facts: &Facts<'_>) -> Notice {
    if let Some(notice) = drill::write(facts) {
        return notice;
    }
    let (headline, action_code) = (words::headline(facts), facts.action.code());
    let id = id(facts);
    let mut body = String::new();
    if facts.repeats {
        body.push_str("This notice may repeat one with the same id.\n\n");
    }
    let _ = writeln!(body, "{headline}");
    section(&mut body, "", &measures::lines(facts));
    section(&mut body, "", &words::place_and_time(facts));
    section(&mut body, "What is paused", &words::state(facts));
    section(&mut body, "What to check first", &steps::checks(facts));
    section(&mut body, "How to go on", &steps::next_steps(facts));
    last_hour::sections(&mut body, facts.last_hour);
    section(&mut body, "The alarms, in CloudWatch's words", &words::alarms(facts));
    let _ = write!(body, "\nNotice {id}\n");

    let label = facts.alarm.label;
    let mut attributes = BTreeMap::from([
        ("id", id.clone()),
        ("alarm", facts.alarm.name.to_owned()),
        ("action", action_code.to_owned()),
        ("scope", label.map_or("unlabelled", |l| l.scope.name()).to_owned()),
        ("target", label.map_or("unknown", |l| l.scope.target()).to_owned()),
        ("measure", label.map_or("unknown", |l| l.watched.name()).to_owned()),
        ("severity", label.map_or("unknown", |l| l.severity.name()).to_owned()),
    ]);
    attributes.extend(facts.place.map(|place| ("region", place.region.clone())));
    attributes.insert("notice", machine::incident(facts, &id, action_code));
    Notice { subject: subject(&headline), body, attributes }
}

fn id(facts: &Facts<'_>) -> String {
    let id = format!("{}@{}", facts.alarm.name, facts.alarm.episode);
    match facts.action {
        // A pause may follow in the same episode, and is another transition.
        action if action.is_open() => format!("{id}/{}", action.code()),
        Action::Notify(why @ NotifyOnly::PauseUnknown) => format!("{id}/{}", why.code()),
        Action::Pause(Target::Sets(sets)) if facts.is_rest => format!("{id}/{}", sets.len()),
        Action::Pause(_) | Action::Notify(_) | Action::Observe(_) | Action::Nothing => id,
    }
}

fn section(body: &mut String, title: &str, lines: &[String]) {
    if lines.iter().all(String::is_empty) {
        return;
    }
    let indent = if title.is_empty() { "" } else { "  " };
    let _ = if title.is_empty() { writeln!(body) } else { writeln!(body, "\n{title}") };
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let _ = writeln!(body, "{indent}{line}");
    }
}

fn subject(headline: &str) -> String {
    let ascii: String = headline
        .chars()
        .map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' })
        .collect();
    if ascii.len() <= MAX_SUBJECT {
        return ascii;
    }
    let mut short: String = ascii.chars().take(MAX_SUBJECT - 3).collect();
    short.push_str("...");
    short
}

/// Milliseconds since 1970 as it is written in notices and tags.
pub fn at(millis: i64) -> String {
    iso_millis(millis)
}

#[cfg(test)]
mod tests;
