//! The alarms of one sender domain: names, windows and metric math.
//!
//! All numbers come from [`warden_domain::guard::confidence`], which guard asks again before it
//! pauses anything. An alarm knows less than guard does (no earlier windows, no usual mail), so
//! it takes the thresholds of a full surge, the lowest. It may go into ALARM for nothing; guard then
//! looks and pauses nothing.

use std::collections::BTreeMap;

use warden_aws::operator::{AlarmQuery, AlarmRule, QuerySource};
use warden_domain::guard::confidence::Rule;
use warden_domain::guard::{Measure, Severity};

use super::super::subject::Subject;

/// Tag that only alarms of `ses-warden connect` carry, not those of the stack or of people. guard
/// reads what an alarm watches off its definition; this is for `remove`.
pub const TAG_MADE_BY: &str = "ses-warden:made-by";
/// Its value.
pub const MADE_BY: &str = "ses-warden-connect";
/// Longest name that CloudWatch takes, in bytes (PutMetricAlarm).
pub const MAX_NAME: usize = 255;

/// How long a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum AlarmWindow {
    /// Minutes (complaints: hours), for what must be stopped at once
    Fast,
    /// Three days, for what decays slowly; CloudWatch evaluates it once an hour
    Slow,
}

/// What all alarms of a plan share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmSettings {
    /// Prefix of every alarm name: the stack's `AlarmPrefix`, as `ses-warden/`.
    pub prefix: String,
    /// Namespace that metrics writes to.
    pub namespace: String,
    /// ARN of the topic that guard listens to.
    pub topic: String,
}

/// An alarm that should exist.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedAlarm {
    /// Its name.
    pub name: String,
    /// The set or domain whose mail it watches.
    pub subject: Subject,
    /// What it measures.
    pub measure: Measure,
    /// How severe it is: the last word of its name, where guard reads it.
    pub severity: Severity,
    /// How long it looks back; `None` of a set's, whose rate SES itself averages.
    pub window: Option<AlarmWindow>,
    /// What it watches and does.
    pub rule: AlarmRule,
}

impl WantedAlarm {
    /// The alarm of one domain (normalized), measure, severity and window.
    ///
    /// Its name is `<prefix>domain/<domain>/<measure>/<severity>`, with `slow/` before the severity
    /// for the slow window's.
    pub fn of_domain(
        setting: &AlarmSettings,
        domain: &str,
        measure: Measure,
        severity: Severity,
        window: AlarmWindow,
    ) -> Self {
        let rule = Rule::of(measure);
        let of_rule = match window {
            AlarmWindow::Fast => rule.fast,
            AlarmWindow::Slow => rule.slow,
        };
        let threshold = match severity {
            Severity::Warn => of_rule.surge.warn,
            Severity::Critical => of_rule.surge.critical,
        };
        // 0.04, and not what eight tenths of 0.05 are in binary.
        let threshold = (threshold * 1e9).round() / 1e9;
        let (events, total, noun) = match measure {
            Measure::Bounce => ("BounceHard", "Send", "Hard bounces"),
            Measure::Complaint => ("Complaint", "Delivery", "Complaints"),
        };
        let period = i32::try_from(of_rule.seconds).unwrap_or(i32::MAX);
        let metric = |id: &str, name: &str| AlarmQuery {
            id: id.to_owned(),
            returned: false,
            period: None,
            account: None,
            source: QuerySource::Metric {
                namespace: setting.namespace.clone(),
                name: name.to_owned(),
                dimensions: [("Domain".to_owned(), domain.to_owned())].into(),
                statistic: "Sum".to_owned(),
                period,
                unit: None,
            },
        };
        let expression = |id: &str, returned, text| AlarmQuery {
            id: id.to_owned(),
            returned,
            period: None,
            account: None,
            source: QuerySource::Expression(text),
        };
        let does = match severity {
            Severity::Warn => "notifies operators",
            Severity::Critical => "checks its own counts and may pause the configuration sets",
        };
        let length_word = match window {
            AlarmWindow::Fast => "",
            AlarmWindow::Slow => "slow/",
        };
        Self {
            name: format!(
                "{}{domain}/{}/{length_word}{}",
                domain_prefix(&setting.prefix),
                measure.name(),
                severity.name()
            ),
            subject: Subject::Domain(domain.to_owned()),
            measure,
            severity,
            window: Some(window),
            rule: AlarmRule {
                description: format!(
                    "{noun} of mail from {domain} within {}, lower confidence bound. guard {does}. \
                     Made by ses-warden connect; changes by hand are undone.",
                    length(of_rule.seconds)
                ),
                queries: vec![
                    metric("events", events),
                    metric("total", total),
                    expression("hits", false, HITS.to_owned()),
                    expression("bound", true, bound(&rule)),
                ],
                comparison: "GreaterThanThreshold".to_owned(),
                threshold,
                periods: 1,
                datapoints: 1,
                missing_data: "notBreaching".to_owned(),
                actions: vec![setting.topic.clone()],
                calm_actions: Vec::new(),
                further: BTreeMap::new(),
            },
        }
    }

    /// The tag that says who made it.
    pub fn tags() -> BTreeMap<String, String> {
        [(TAG_MADE_BY.to_owned(), MADE_BY.to_owned())].into()
    }
}

/// Returns the prefix of the names of all domain alarms.
pub fn domain_prefix(prefix: &str) -> String {
    format!("{prefix}domain/")
}

/// Returns the prefix of the names of all alarms of configuration sets.
pub fn set_prefix(prefix: &str) -> String {
    format!("{prefix}configuration-set/")
}

/// Returns the set or domain in the name of an alarm; `None` where it has neither.
pub fn subject_of(prefix: &str, name: &str) -> Option<Subject> {
    let of = |prefix: String| name.strip_prefix(&prefix)?.split('/').next().map(str::to_owned);
    let set = of(set_prefix(prefix)).map(Subject::Set);
    set.or_else(|| of(domain_prefix(prefix)).map(Subject::Domain))
}

/// Events of earlier mail can outnumber the mails of the window.
const HITS: &str = "IF(events > total, total, events)";

/// `wilson_lower_bound` of the domain crate, of `hits` in `total` as metric math, 0 below
/// the rule's floors. CloudWatch has no square root, but powers; its manual does not
/// say whether they bind more tightly than products, so the parentheses do.
///
/// A period in which either metric has no data, because nothing was sent or nothing
/// came back, has the value 0 or none; `notBreaching` makes both the same.
fn bound(rule: &Rule) -> String {
    let z = rule.z;
    format!(
        "IF(total >= {}, IF(hits >= {}, \
         (hits + {} - {} * ((hits * (total - hits) / total + {}) ^ 0.5)) / (total + {}), 0), 0)",
        rule.total_floor,
        rule.events_floor,
        number(z * z / 2.0),
        number(z),
        number(z * z / 4.0),
        number(z * z),
    )
}

/// As a person would write it, without the dust of binary fractions.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn length(seconds: u32) -> String {
    match (seconds / 3_600, seconds / 60) {
        (0, minutes) => format!("{minutes} minutes"),
        (hours, _) if hours % 24 == 0 => format!("{} days", hours / 24),
        (hours, _) => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests;
