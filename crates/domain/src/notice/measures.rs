//! What was counted, in sentences: the measure that decided comes first.

use super::{AlarmFacts, Facts, MAX_ALARMS, Totals, quote, words};
use crate::guard::confidence::{
    EVENTS_FLOOR, ProofStatus, RateWindow, Rule, TOTAL_FLOOR, WindowCounts, WindowFinding, assess,
};
use crate::guard::{Action, Label, Measure, Scope, Severity, Watched};

/// The sentences about all alarms of an incident, each measure once.
pub(super) fn lines(facts: &Facts<'_>) -> Vec<String> {
    let listed = || std::iter::once(&facts.alarm).chain(facts.others.iter().take(MAX_ALARMS));
    let mut alarms: Vec<&AlarmFacts<'_>> = listed().collect();
    alarms.sort_by_key(|alarm| weight(facts, alarm));
    let mut lines: Vec<String> = Vec::new();
    for line in alarms.into_iter().flat_map(|alarm| counted(facts, alarm)) {
        // The alarms of both windows and of both severities rest on the same counts, whatever
        // follows from them: the first alarm is the one that decided.
        if !lines.iter().any(|known| without_conclusion(known) == without_conclusion(&line)) {
            lines.push(line);
        }
    }
    lines
}

/// The counts of a sentence, without what follows from them.
fn without_conclusion(line: &str) -> &str {
    line.split_once("; ").map_or(line, |(counts, _)| counts)
}

/// What decided comes first: what our counts prove, then what AWS's own number decided.
fn weight(facts: &Facts<'_>, alarm: &AlarmFacts<'_>) -> u8 {
    let is_critical = alarm.label.is_some_and(|label| label.severity == Severity::Critical);
    match alarm.proof {
        Some(verdict) if verdict.severity == Some(Severity::Critical) => 0,
        None if rests_on_aws(facts, alarm) => 1,
        None if is_critical => 2,
        Some(verdict) if verdict.severity.is_some() => 3,
        Some(_) => 4,
        None => 5,
    }
}

/// AWS's own number decided that something is paused.
fn rests_on_aws(facts: &Facts<'_>, alarm: &AlarmFacts<'_>) -> bool {
    let pauses = matches!(facts.action, Action::Pause(_) | Action::Observe(_));
    let is_critical = alarm.label.is_some_and(|label| label.severity == Severity::Critical);
    pauses && is_critical && alarm.rests_on_aws
}

fn counted(facts: &Facts<'_>, alarm: &AlarmFacts<'_>) -> Vec<String> {
    let Some(label) = alarm.label else { return Vec::new() };
    let Watched::Rate(measure) = label.watched else {
        return facts.last_hour.unexpected.map(unexpected).into_iter().collect();
    };
    let mut lines = Vec::new();
    // The numbers of the last hour are those of what the leader watches.
    let is_of_leader = facts.alarm.label.is_some_and(|leader| leader.scope == label.scope);
    match (alarm.proof, facts.last_hour.totals) {
        (Some(verdict), _) => lines.push(judged(label, measure, &verdict.finding)),
        (None, Some(totals)) if is_of_leader => {
            lines.push(last_hour(facts, alarm, label, measure, totals));
        }
        (None, _) => {}
    }
    if alarm.rests_on_aws {
        lines.push(by_aws(alarm, label, measure, rests_on_aws(facts, alarm)));
    }
    if let Some((at, other)) = alarm.after {
        lines.push(format!(
            "Earlier sends still count in the denominator; bounces and complaints before {at} do not count: guard paused \
             for them then, for alarm {}, and somebody resumed.",
            quote(other)
        ));
    }
    lines
}

fn unexpected(mails: u64) -> String {
    format!(
        "{mails} mails in the last hour came from callers or source addresses that are on none of your lists."
    )
}

fn by_aws(alarm: &AlarmFacts<'_>, label: &Label, measure: Measure, decides: bool) -> String {
    let above = alarm
        .threshold
        .map(|threshold| format!("the alarm's threshold of {}", percent(threshold)))
        .unwrap_or_else(|| "the alarm's threshold".to_owned());
    let decides = if decides { ", and that decides here" } else { "" };
    let (measure, name) = (measure.name(), short_name(label));
    format!("AWS's own {measure} rate of {name} is above {above}{decides}.")
}

/// What our counts of the last hour show, where no judgement was needed.
fn last_hour(
    facts: &Facts<'_>,
    alarm: &AlarmFacts<'_>,
    label: &Label,
    measure: Measure,
    totals: Totals,
) -> String {
    let from = from(label);
    let rule = Rule::of(measure);
    let window = RateWindow { seconds: 3_600, lookback_seconds: 0, ..rule.fast };
    let events = match measure {
        Measure::Bounce => totals.hard_bounces,
        Measure::Complaint => totals.complaints,
    };
    let finding = assess(
        &rule,
        &window,
        &WindowCounts { events, total: totals.sends, ..WindowCounts::default() },
    );
    if finding.total == 0 {
        return format!("ses-warden counted no mail {from} in the last hour.");
    }
    let counts = counts(&finding, measure, "sends", &from);
    if finding.reason == ProofStatus::TooFew {
        return format!("{counts}. {}", too_few(&finding, measure, "sends"));
    }
    let is_above = finding.lower_bound > finding.pause_threshold;
    let at = bound(&finding, finding.pause_threshold);
    let warns = label.severity == Severity::Warn;
    if warns || is_above || !rests_on_aws(facts, alarm) {
        format!("{counts}, {at}")
    } else {
        let threshold = percent(finding.pause_threshold);
        format!(
            "{counts}, lower confidence bound {}; on these counts alone guard would pause above {threshold}.",
            percent(finding.lower_bound)
        )
    }
}

/// The basis of a judgement.
fn judged(label: &Label, measure: Measure, finding: &WindowFinding) -> String {
    // Deliveries are not counted by configuration set.
    let whole = match (measure, &label.scope) {
        (Measure::Bounce, _) | (Measure::Complaint, Scope::ConfigurationSet(_)) => "sends",
        (Measure::Complaint, Scope::Account | Scope::Domain(_) | Scope::Tenant(_)) => "deliveries",
    };
    let from = from(label);
    if finding.total == 0 {
        let window = window(finding.seconds);
        return format!("ses-warden counted no mail {from} in the last {window}.");
    }
    let counts = counts(finding, measure, whole, &from);
    let surge = if finding.surge {
        " The thresholds are lower than usual, because more mail was sent than is usual at this time."
    } else {
        ""
    };
    match (finding.reason, finding.severity) {
        (ProofStatus::TooFew, _) => format!("{counts}. {}", too_few(finding, measure, whole)),
        (ProofStatus::Proven, Some(Severity::Critical)) => {
            format!("{counts}, {}{surge}", bound(finding, finding.pause_threshold))
        }
        (ProofStatus::Proven, Some(Severity::Warn) | None) | (ProofStatus::NotProven, _) => {
            format!(
                "{counts}, {} The warning threshold is {}.{surge}",
                bound(finding, finding.pause_threshold),
                percent(finding.warn_threshold)
            )
        }
        (ProofStatus::Passed, _) => format!(
            "{counts}, {} But it has passed: the mail of the last minutes shows no such rate.",
            bound(finding, finding.pause_threshold)
        ),
    }
}

/// `35 of 210 sends from marketing hard-bounced in the last hour: 16.7 %`.
fn counts(finding: &WindowFinding, measure: Measure, whole: &str, from: &str) -> String {
    let happened = match measure {
        Measure::Bounce => "hard-bounced",
        Measure::Complaint => "led to complaints",
    };
    format!(
        "{} of {} {whole} {from} {happened} in the last {}: {}",
        finding.events,
        finding.total,
        window(finding.seconds),
        percent(finding.rate)
    )
}

/// `lower confidence bound 12.2 %; the pause threshold is 8 %.`
fn bound(finding: &WindowFinding, threshold: f64) -> String {
    let (bound, threshold) = apart(finding.lower_bound, threshold);
    format!("lower confidence bound {bound}; the pause threshold is {threshold}.")
}

fn too_few(finding: &WindowFinding, measure: Measure, whole: &str) -> String {
    let events = match measure {
        Measure::Bounce => "hard bounces",
        Measure::Complaint => "complaints",
    };
    if finding.total < TOTAL_FLOOR {
        format!("That is too little to prove a rate: guard needs {TOTAL_FLOOR} {whole}.")
    } else {
        format!("That is too little to prove a rate: guard needs {EVENTS_FLOOR} {events}.")
    }
}

/// `from marketing`.
fn from(label: &Label) -> String {
    format!("from {}", short_name(label))
}

fn short_name(label: &Label) -> String {
    match &label.scope {
        Scope::Account => "this account".to_owned(),
        Scope::ConfigurationSet(name) | Scope::Domain(name) => quote(name),
        Scope::Tenant(arn) => format!("tenant {}", quote(words::tenant_name(arn))),
    }
}

/// The length of a window in its usual unit.
fn window(seconds: u32) -> String {
    match seconds {
        3_600 => "hour".to_owned(),
        s if s >= 172_800 && s % 86_400 == 0 => format!("{} days", s / 86_400),
        s if s >= 7_200 => format!("{} hours", s / 3_600),
        s => format!("{} minutes", s / 60),
    }
}

/// A fraction in per cent: one decimal, two below one per cent, and none that says nothing.
fn percent(rate: f64) -> String {
    let decimals = if 100.0 * rate >= 1.0 { 1 } else { 2 };
    decimal(rate, decimals)
}

/// Writes two fractions with as many decimals as they need to differ.
fn apart(one: f64, other: f64) -> (String, String) {
    let is_same = one.total_cmp(&other).is_eq();
    let mut pair = (percent(one), percent(other));
    for decimals in 2..=6 {
        if is_same || pair.0 != pair.1 {
            break;
        }
        pair = (decimal(one, decimals), decimal(other, decimals));
    }
    pair
}

fn decimal(rate: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", 100.0 * rate);
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text.as_str()
    };
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_written_as_people_write_them() {
        for (rate, text) in [
            (0.166_67, "16.7 %"),
            (0.08, "8 %"),
            (0.004, "0.4 %"),
            (0.0008, "0.08 %"),
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.1, "10 %"),
        ] {
            assert_eq!(percent(rate), text);
        }
    }

    #[test]
    fn a_bound_beyond_a_threshold_never_reads_as_equal_to_it() {
        assert_eq!(apart(0.0804, 0.08), ("8.04 %".into(), "8 %".into()));
        assert_eq!(apart(0.080_004, 0.08), ("8.0004 %".into(), "8 %".into()));
        assert_eq!(apart(0.122, 0.08), ("12.2 %".into(), "8 %".into()));
        assert_eq!(apart(0.08, 0.08), ("8 %".into(), "8 %".into()));
    }

    #[test]
    fn windows_have_their_usual_unit() {
        for (seconds, text) in
            [(300, "5 minutes"), (3_600, "hour"), (21_600, "6 hours"), (259_200, "3 days")]
        {
            assert_eq!(window(seconds), text);
        }
    }
}
