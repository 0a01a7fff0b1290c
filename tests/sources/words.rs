//! The project's words: what is left behind stays behind.
//!
//! The list holds words that this project once used with a meaning of its own, each with what it
//! says now. It holds only those that are unambiguous: `line`, `look`, `rest` or `turn` also have
//! their usual meaning.

use std::fs;

use warden_tests::{files, root};

use crate::{Result, short};

/// A word, and what to write instead.
const WORDS: [(&str, &str); 22] = [
    ("told", "notified, reported, shown"),
    ("untold", "without a notice"),
    ("telling", "notifying"),
    ("rings", "is in ALARM"),
    ("ringing", "in ALARM"),
    ("rang", "was in ALARM"),
    ("rung", "was in ALARM"),
    ("settle", "decide, resolve, finish"),
    ("settles", "decides, resolves, finishes"),
    ("settled", "decided, resolved, finished"),
    ("unwell", "degraded"),
    ("lift", "resume"),
    ("lifts", "resumes"),
    ("lifted", "resumed"),
    ("lifting", "resuming, auto-resume"),
    ("spared", "kept, not suppressed"),
    ("spares", "keeps"),
    ("sparing", "keeping"),
    ("shielded", "catch_panic"),
    ("worsen", "downgrade"),
    ("worsens", "downgrades"),
    ("whereof", "a sentence of its own"),
];

/// A type's name, and what it is called now.
const TYPES: [(&str, &str); 13] = [
    ("At", "EventContext"),
    ("Decided", "AlarmDecision"),
    ("Fault", "BounceClass"),
    ("Made", "PauseProgress"),
    ("Nothing", "Tally"),
    ("Pace", "RateLimiter"),
    ("Person", "Prompt"),
    ("Raised", "OpenAlarm"),
    ("Situation", "DecisionFacts"),
    ("Standing", "SuppressionSettings"),
    ("Telling", "Notification"),
    ("Turn", "Priority"),
    ("Whose", "KeySubject"),
];

/// Stable codes that hold an old word: users may rely on them.
const STABLE: [&str; 12] = [
    "ses-warden:telling",
    "ses-warden:lifting",
    "ses-warden:enforcement-telling",
    "ses-warden:message-telling",
    ":lifting",
    ":enforcement-telling",
    ":message-telling",
    "\"lifted\"",
    "`lifted`",
    "/lifted",
    "\"spared\"",
    "spared_by_setting",
];

/// Ends of names of files that hold code or prose.
const ENDINGS: [&str; 10] =
    [".rs", ".py", ".ts", ".mjs", ".sh", ".md", ".yaml", ".html", ".css", "Makefile"];

/// Folders and files whose text is not ours, or is history.
const NOT_OURS: [&str; 11] = [
    "/target/",
    "/node_modules/",
    // What the CDK construct is compiled to.
    "infra/cdk/lib/",
    "infra/cdk/build/",
    "/__pycache__/",
    "/dist/",
    "crates/domain/rules/",
    "crates/domain/training/",
    "crates/domain/tests/",
    "crates/simulate/scenarios/",
    "tests/sources/words.rs",
];

/// The first word of `line` that is left behind, and what to write instead.
fn old_word(line: &str) -> Option<(&'static str, &'static str)> {
    let mut line = line.to_lowercase();
    for code in STABLE {
        line = line.replace(code, "");
    }
    let mut words = line.split(|c: char| !c.is_alphanumeric());
    words.find_map(|word| WORDS.iter().find(|(old, _)| *old == word)).copied()
}

/// The name of a type that `line` defines and that is left behind.
fn old_type(line: &str) -> Option<(&'static str, &'static str)> {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.find(|word| matches!(*word, "struct" | "enum" | "trait" | "type"))?;
    let name = words.next()?;
    TYPES.iter().find(|(old, _)| *old == name).copied()
}

#[test]
fn no_word_that_was_left_behind_is_written() -> Result {
    let mut bad = Vec::new();
    let mut seen = 0;
    for folder in ["crates", "docs", "functions", "fuzz", "infra", "tests"] {
        for path in files(&root().join(folder))? {
            let file = short(&path);
            let is_text = ENDINGS.iter().any(|ending| file.ends_with(ending));
            if !is_text || NOT_OURS.iter().any(|part| file.contains(part)) {
                continue;
            }
            seen += 1;
            let text = fs::read_to_string(&path)?;
            for (number, line) in text.lines().enumerate() {
                let is_rust = file.ends_with(".rs");
                let old = old_word(line).or_else(|| old_type(line).filter(|_| is_rust));
                if let Some((old, new)) = old {
                    bad.push(format!("{file}:{}: {old}: write {new}", number + 1));
                }
            }
        }
    }
    assert!(seen > 500, "only {seen} files were found: the search is broken");
    assert!(bad.is_empty(), "{bad:#?}");
    Ok(())
}

#[test]
fn the_search_knows_a_word_when_it_sees_one() {
    assert_eq!(old_word("let is_told = true;").map(|found| found.0), Some("told"));
    assert_eq!(old_word("// Told twice.").map(|found| found.0), Some("told"));
    assert_eq!(old_word("strings, \"lifted\" and ses-warden:telling"), None);
    assert_eq!(old_type("pub struct Fault {").map(|found| found.1), Some("BounceClass"));
    assert_eq!(old_type("pub struct FaultEffect {"), None);
}
