//! The steps of a plan in as few rows as say it.

use std::collections::BTreeSet;

use super::alarms::definition::{domain_prefix, set_prefix};
use super::alarms::plan::AlarmStep;
use super::default_sets::DefaultStep;
use super::plan::{ConnectPlan, PlanStep, StepAction, StepVerb};
use super::sets::{DestinationStep, MetricsStep};
use super::subject::Subject;
use crate::frame::output::printable;
use crate::frame::terminal::{shortened, wrapped};

/// Columns that a name gets however narrow the terminal is.
const LEAST: usize = 12;
/// Alarms of a set and of a domain, where none is left out.
const ALARMS_OF_A_SET: usize = 4;
const ALARMS_OF_A_DOMAIN: usize = 8;

/// One line of the table, and what is said below it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TableRow {
    /// Above which heading it stands.
    heading: &'static str,
    /// What happens.
    verb: StepVerb,
    /// To which set, domain or identity.
    name: String,
    /// To what of it.
    what: String,
    /// What is to be said about it.
    notes: Vec<String>,
}

/// A row for all that shares a verb at a set, identity or domain, and further ones for alarms about
/// which different things are to be said.
pub(super) fn rows(prefix: &str, plan: &ConnectPlan) -> Vec<TableRow> {
    let mut rows = Vec::new();
    // Steps are in the order of subjects.
    for steps in plan.steps.chunk_by(|a, b| a.subject == b.subject) {
        let Some(subject) = steps.first().map(|step| &step.subject) else { continue };
        let kind = |step: &PlanStep| (plan.verb(step), alarm_notes(step));
        let mut kinds: Vec<(StepVerb, Vec<String>)> = Vec::new();
        for kind in steps.iter().map(kind) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        for (verb, notes) in kinds {
            let alike = || steps.iter().filter(|step| kind(step) == (verb, notes.clone()));
            let things: Vec<String> = alike().filter_map(thing).collect();
            let of_things = alike().flat_map(thing_notes);
            let alarms: Vec<&AlarmStep> = alike().filter_map(PlanStep::alarm).collect();
            let parts: Vec<[&str; 3]> =
                alarms.iter().map(|step| parts(prefix, step.name())).collect();
            let row = |what: Vec<String>, notes: Vec<String>| TableRow {
                heading: heading(subject),
                verb,
                name: printable(subject.name()).into(),
                what: printable(&what.join(", ")).into(),
                notes,
            };
            let said: Vec<String> = of_things.chain(notes.iter().cloned()).collect();
            if alarms.is_empty() {
                rows.push(row(things, said));
            } else if let Some(which) = product(&parts) {
                let things = things.into_iter().chain([counted(subject, alarms.len(), &which)]);
                rows.push(row(things.collect(), said));
            } else if verb == StepVerb::Keep && notes.is_empty() {
                // The rest, without notes.
                let things = things.into_iter().chain([format!("{} alarms", alarms.len())]);
                rows.push(row(things.collect(), said));
            } else {
                if !things.is_empty() {
                    rows.push(row(things, said));
                }
                rows.extend(parts.iter().map(|parts| {
                    let which = parts.map(str::to_owned).join(", ");
                    let which = which.trim_end_matches(", ").to_owned();
                    row(vec![counted(subject, 1, &which)], notes.clone())
                }));
            }
        }
    }
    rows
}

/// In so many columns; in as many as it takes where there is no terminal.
pub(super) fn drawn(rows: &[TableRow], columns: Option<usize>) -> String {
    let widest = |of: &dyn Fn(&TableRow) -> usize| rows.iter().map(of).max().unwrap_or_default();
    let verbs = widest(&|row| row.verb.word().len());
    let names = widest(&|row| row.name.chars().count());
    let things = widest(&|row| row.what.chars().count());
    let room = |beside: usize| columns.map(|columns| columns.saturating_sub(verbs + 4 + beside));
    let names = room(things).map_or(names, |room| names.min(room.max(LEAST)));
    let mut lines = Vec::new();
    let mut heading = "";
    for row in rows {
        if row.heading != heading {
            if !heading.is_empty() {
                lines.push(String::new());
            }
            heading = row.heading;
            lines.push(heading.to_owned());
        }
        let (verb, what) = (row.verb.word(), &row.what);
        // Where little stands beside it a name may have what is left.
        let own = room(what.chars().count()).map_or(names, |room| names.max(room));
        let name = shortened(&row.name, own);
        let line = format!("{verb:<verbs$}  {name:<names$}  {what}");
        lines.extend(fitted(line.trim_end(), verbs + 2, columns));
        lines.extend(row.notes.iter().map(|note| wrapped(note, verbs + 2, columns)));
    }
    lines.join("\n")
}

/// A line, or on a terminal that is too narrow for it, as many as it takes.
fn fitted(line: &str, indent: usize, columns: Option<usize>) -> Vec<String> {
    match columns {
        Some(columns) if line.chars().count() > columns => {
            let head: String = line.chars().take(indent).collect();
            let rest: String = line.chars().skip(indent).collect();
            let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
            let mut lines = wrapped(&rest, indent, Some(columns));
            lines.replace_range(..indent, &head);
            vec![lines]
        }
        _ => vec![line.to_owned()],
    }
}

fn heading(subject: &Subject) -> &'static str {
    match subject {
        Subject::Set(_) => "Configuration sets",
        Subject::Domain(_) => "Sender domains",
        Subject::Identity(_) => "Default configuration sets",
    }
}

fn counted(subject: &Subject, count: usize, which: &str) -> String {
    let most = match subject {
        Subject::Set(_) => ALARMS_OF_A_SET,
        Subject::Domain(_) | Subject::Identity(_) => ALARMS_OF_A_DOMAIN,
    };
    match count {
        1 => format!("1 alarm: {which}"),
        count if count == most => format!("{count} alarms"),
        count => format!("{count} alarms: {which}"),
    }
}

/// What a step is about, if not an alarm.
fn thing(step: &PlanStep) -> Option<String> {
    Some(match &step.action {
        StepAction::Destination(step) => match step {
            DestinationStep::Create { .. }
            | DestinationStep::Change { .. }
            | DestinationStep::Keep { is_ours: true, .. }
            | DestinationStep::Remove { .. } => "destination".to_owned(),
            DestinationStep::Keep { name, .. } | DestinationStep::Leave { name, .. } => {
                format!("destination {name}")
            }
        },
        StepAction::Metrics(_) => "reputation metrics".to_owned(),
        StepAction::DefaultSet(step) => match step {
            DefaultStep::Put { old, made } => arrow(old.as_deref(), Some(&made.set)),
            DefaultStep::Keep { set } => set.clone(),
            DefaultStep::Remove { set, was, .. } => arrow(Some(set), was.as_deref()),
            DefaultStep::Leave { set, .. } => set.as_deref().unwrap_or("none").to_owned(),
        },
        StepAction::Tag => "tag".to_owned(),
        StepAction::Alarm(_) => return None,
    })
}

fn arrow(old: Option<&str>, new: Option<&str>) -> String {
    format!("{} -> {}", old.unwrap_or("none"), new.unwrap_or("none"))
}

/// What is to be said about a step that is not an alarm's.
fn thing_notes(step: &PlanStep) -> Vec<String> {
    match &step.action {
        StepAction::Destination(step) => match step {
            DestinationStep::Change { old, events, .. } => vec![changed_events(old, events)],
            DestinationStep::Keep { remarks, .. } => remarks.clone(),
            DestinationStep::Leave { why, .. } => vec![why.clone()],
            DestinationStep::Create { .. } | DestinationStep::Remove { .. } => Vec::new(),
        },
        StepAction::Metrics(MetricsStep::Leave(why)) => vec![(*why).to_owned()],
        StepAction::DefaultSet(DefaultStep::Remove { remark, .. }) => {
            remark.iter().cloned().collect()
        }
        StepAction::DefaultSet(DefaultStep::Leave { why, .. }) => vec![(*why).to_owned()],
        StepAction::Metrics(_)
        | StepAction::DefaultSet(_)
        | StepAction::Tag
        | StepAction::Alarm(_) => Vec::new(),
    }
}

fn changed_events(old: &[String], events: &[&str]) -> String {
    let list = |events: Vec<&str>| match events.as_slice() {
        [] => "none".to_owned(),
        events => events.join(", "),
    };
    let has = |event: &str| old.iter().any(|one| one == event);
    let added = events.iter().filter(|event| !has(event)).copied().collect();
    let taken = old.iter().map(String::as_str).filter(|event| !events.contains(event)).collect();
    format!("event types added: {}; taken off: {}", list(added), list(taken))
}

/// What is to be said about an alarm.
fn alarm_notes(step: &PlanStep) -> Vec<String> {
    let Some(step) = step.alarm() else { return Vec::new() };
    let mut notes = match step {
        AlarmStep::Change { parts, .. } => parts
            .iter()
            .map(|part| match part.part.as_str() {
                // Each alarm has its own words, which no alarm depends on.
                "description" => "description: reworded".to_owned(),
                name => format!("{name}: {} -> {}", part.old, part.new),
            })
            .collect(),
        AlarmStep::LeaveAlone(_, why) => vec![(*why).to_owned()],
        AlarmStep::Create(_) | AlarmStep::Keep { .. } | AlarmStep::Gone(_) => Vec::new(),
    };
    if step.is_silenced() {
        notes.push("its actions are off: it notifies nobody, guard included".to_owned());
    }
    notes
}

/// Measure, severity and window, as the name has them; a set's have no window.
fn parts<'a>(prefix: &str, name: &'a str) -> [&'a str; 3] {
    let of_set = name.strip_prefix(&set_prefix(prefix));
    let rest = of_set.or_else(|| name.strip_prefix(&domain_prefix(prefix)));
    let rest = rest.and_then(|rest| rest.split_once('/')).map_or(name, |(_, rest)| rest);
    match rest.split('/').collect::<Vec<_>>().as_slice() {
        [measure, severity] if of_set.is_some() => [measure, severity, ""],
        [measure, severity] => [measure, severity, "fast"],
        [measure, window, severity] => [measure, severity, window],
        _ => [rest, "", ""],
    }
}

/// All of them in a few words, where they are every combination of those.
fn product(parts: &[[&str; 3]]) -> Option<String> {
    let several = |at: usize| {
        let mut words: Vec<&str> = Vec::new();
        for word in parts.iter().filter_map(|parts| parts.get(at)) {
            if !words.contains(word) {
                words.push(word);
            }
        }
        // As the options have them: bounce before complaint, warn before critical.
        words.sort_by_key(|word| {
            ["bounce", "complaint", "warn", "critical", "fast", "slow"]
                .iter()
                .position(|w| w == word)
        });
        words
    };
    let words = [several(0), several(1), several(2)];
    let combinations: usize = words.iter().map(Vec::len).product();
    let different: BTreeSet<_> = parts.iter().collect();
    (combinations == different.len() && different.len() == parts.len())
        .then(|| words.map(|words| words.join("+")).join(", ").trim_end_matches(", ").to_owned())
}

#[cfg(test)]
mod tests;
