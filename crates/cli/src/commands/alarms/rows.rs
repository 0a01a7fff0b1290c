//! The steps of a plan in as few rows as say it.

use std::collections::BTreeSet;

use super::definition::domain_prefix;
use super::plan::{Step, domain_of};
use crate::frame::output::printable;
use crate::frame::terminal::{shortened, wrapped};

/// Columns that a domain gets however narrow the terminal is.
const LEAST: usize = 12;

/// One line of the table, and what is said below it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// What happens.
    word: &'static str,
    /// To how many alarms.
    alarms: usize,
    /// Of which domain.
    domain: String,
    /// Which of its alarms.
    which: String,
    /// What is to be said about them.
    notes: Vec<String>,
}

/// A row for all alarms of a domain that share a step, and one for each where they differ.
pub(super) fn rows(prefix: &str, steps: &[Step], removes: bool) -> Vec<Row> {
    let prefix = domain_prefix(prefix);
    let domain = |step: &Step| domain_of(&prefix, step.name()).unwrap_or_default().to_owned();
    let mut rows = Vec::new();
    // The names of a domain's alarms begin alike, and steps are in the order of names.
    for of_domain in steps.chunk_by(|a, b| domain(a) == domain(b)) {
        let said = |step: &Step| (word(step, removes), notes(step));
        let mut kinds: Vec<(&'static str, Vec<String>)> = Vec::new();
        for kind in of_domain.iter().map(said) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        for (word, notes) in kinds {
            let alike: Vec<&Step> =
                of_domain.iter().filter(|step| said(step) == (word, notes.clone())).collect();
            let parts: Vec<[&str; 3]> =
                alike.iter().map(|step| parts(&prefix, step.name())).collect();
            let row = |alarms, which: String| {
                let domain = alike.first().map(|step| domain(step)).unwrap_or_default();
                let (domain, which) = (printable(&domain).into(), printable(&which).into());
                Row { word, alarms, domain, which, notes: notes.clone() }
            };
            match product(&parts) {
                Some(which) => rows.push(row(alike.len(), which)),
                None => rows.extend(parts.iter().map(|parts| row(1, parts.join(", ")))),
            }
        }
    }
    rows
}

/// In so many columns; in as many as it takes where there is no terminal. Where the names
/// do not fit beside it, what most rows are about is said once, below.
pub(super) fn drawn(rows: &[Row], columns: Option<usize>) -> String {
    let alarms = |row: &Row| {
        if row.alarms == 1 { "1 alarm".to_owned() } else { format!("{} alarms", row.alarms) }
    };
    let widest = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or_default();
    let (words, counts) = (widest(&|row| row.word.len()), widest(&|row| alarms(row).len()));
    let names = widest(&|row| row.domain.chars().count());
    let room = |which: usize| {
        columns.map(|columns| columns.saturating_sub(words + 2 + counts + 2 + 2 + which))
    };
    let longest = rows
        .iter()
        .map(|row| row.which.as_str())
        .max_by_key(|which| which.len())
        .unwrap_or_default();
    let said_once = room(longest.len()).is_some_and(|room| room < names).then_some(longest);
    let which = |row: &Row| {
        if said_once == Some(row.which.as_str()) { String::new() } else { row.which.clone() }
    };
    let names =
        room(widest(&|row| which(row).len())).map_or(names, |room| names.min(room.max(LEAST)));
    let mut lines = Vec::new();
    for row in rows {
        let (word, alarms, which) = (row.word, alarms(row), which(row));
        // Where nothing stands beside it a name may have all there is.
        let own =
            if which.is_empty() { room(0).map_or(names, |room| names.max(room)) } else { names };
        let name = shortened(&row.domain, own);
        let line = format!("{word:<words$}  {alarms:<counts$}  {name:<names$}  {which}");
        lines.push(line.trim_end().to_owned());
        lines.extend(row.notes.iter().map(|note| wrapped(note, words + 2, columns)));
    }
    if let Some(which) = said_once {
        lines.push(String::new());
        lines.push(wrapped(&format!("Where nothing else is said: {which}."), 0, columns));
    }
    lines.join("\n")
}

fn word(step: &Step, removes: bool) -> &'static str {
    if removes && matches!(step, Step::Gone(_)) { "remove" } else { step.word() }
}

fn notes(step: &Step) -> Vec<String> {
    let mut notes = match step {
        Step::Change { parts, .. } => parts
            .iter()
            .map(|part| match part.part.as_str() {
                // Each alarm has its own words, which ring nothing.
                "description" => "description: reworded".to_owned(),
                name => format!("{name}: {} -> {}", part.old, part.new),
            })
            .collect(),
        Step::LeaveAlone(_, why) => vec![(*why).to_owned()],
        Step::Create(_) | Step::Keep { .. } | Step::Gone(_) => Vec::new(),
    };
    if step.is_silenced() {
        notes.push("its actions are off, so it tells nobody".to_owned());
    }
    notes
}

/// Measure, severity and window, as the name has them.
fn parts<'a>(prefix: &str, name: &'a str) -> [&'a str; 3] {
    let rest = name
        .strip_prefix(prefix)
        .and_then(|rest| rest.split_once('/'))
        .map_or(name, |(_, rest)| rest);
    match rest.split('/').collect::<Vec<_>>().as_slice() {
        [measure, severity] => [measure, severity, "fast"],
        [measure, severity, window] => [measure, severity, window],
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
