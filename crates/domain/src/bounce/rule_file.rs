//! The form of a rule file: what `rules/bounces.toml` and an operator's own file share.
//!
//! The build script compiles this file too, so that our rules and an operator's are read and
//! checked by the same code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use super::fold::folded_needle;
use super::phrases::list_name;

/// Between two pieces of a text.
const GAP: &str = " * ";

/// Most texts that `all` of one rule may list.
const MOST_IN_ALL: usize = 16;

/// A rule file: its lists of words by name, and its rules in their order.
#[derive(Debug)]
pub(crate) struct Entries {
    pub(crate) words: BTreeMap<String, Vec<String>>,
    pub(crate) rules: Vec<RuleEntry>,
}

/// A rule whose conditions are checked and whose texts are normalised.
#[derive(Debug)]
pub(crate) struct RuleEntry {
    pub(crate) id: String,
    pub(crate) class: String,
    pub(crate) status: Vec<PatternEntry>,
    pub(crate) reply: Option<u8>,
    pub(crate) provider: Vec<String>,
    pub(crate) any: Vec<String>,
    pub(crate) all: Vec<String>,
    pub(crate) none: Vec<String>,
    pub(crate) links: Option<bool>,
    pub(crate) source: String,
    pub(crate) note: String,
}

/// A pattern of enhanced status codes: `x.7.26`, `5.1.*` or `5.7.606-649`.
#[derive(Debug)]
pub(crate) struct PatternEntry {
    pub(crate) class: Option<u8>,
    pub(crate) subject: u16,
    pub(crate) low: u16,
    pub(crate) high: u16,
}

/// What is wrong with a rule file, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFileError {
    rule: Option<String>,
    problem: String,
}

impl RuleFileError {
    pub(crate) fn in_rule(id: &str, problem: impl Into<String>) -> Self {
        Self { rule: Some(id.to_owned()), problem: problem.into() }
    }
}

impl fmt::Display for RuleFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "rule {rule:?}: {}", self.problem),
            None => f.write_str(&self.problem),
        }
    }
}

impl std::error::Error for RuleFileError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    rule: Vec<RawRuleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRuleText {
    id: String,
    fault: String,
    #[serde(default)]
    status: Vec<String>,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    all: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
    #[serde(default)]
    provider: Vec<String>,
    reply: Option<u8>,
    links: Option<bool>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    note: String,
}

/// Reads a rule file. `known` names the lists of words that it may use besides its own.
///
/// # Errors
/// The first fault, with the rule that has it.
pub(crate) fn read(text: &str, known: &[&str]) -> Result<Entries, RuleFileError> {
    let file: RuleFile = toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
        RuleFileError { rule: None, problem: error.to_string().trim_end().to_owned() }
    })?;
    let words = word_lists(file.words, known)?;
    let is_list = |name: &str| words.contains_key(name) || known.contains(&name);
    let mut ids = BTreeSet::new();
    let rules = file
        .rule
        .into_iter()
        .map(|rule| {
            if rule.id.trim().is_empty() {
                return Err(RuleFileError::in_rule(&rule.id, "the id is empty"));
            }
            if !ids.insert(rule.id.clone()) {
                return Err(RuleFileError::in_rule(&rule.id, "the id is used twice"));
            }
            checked(rule, &is_list)
        })
        .collect::<Result<_, _>>()?;
    Ok(Entries { words, rules })
}

/// The lists with their words normalised.
fn word_lists(
    lists: BTreeMap<String, Vec<String>>,
    known: &[&str],
) -> Result<BTreeMap<String, Vec<String>>, RuleFileError> {
    lists
        .into_iter()
        .map(|(name, list)| {
            let fail = |problem: String| RuleFileError { rule: None, problem };
            if known.contains(&name.as_str()) {
                return Err(fail(format!("words {name:?}: ses-warden has a list of that name")));
            }
            let words: Vec<String> = list.iter().map(|word| folded_needle(word)).collect();
            if words.is_empty() || words.iter().any(|word| word.trim().is_empty()) {
                return Err(fail(format!("words {name:?}: a word is missing or has no letter")));
            }
            Ok((name, words))
        })
        .collect()
}

fn checked(rule: RawRuleText, is_list: &dyn Fn(&str) -> bool) -> Result<RuleEntry, RuleFileError> {
    let id = rule.id;
    let fail = |problem: &str| Err(RuleFileError::in_rule(&id, problem));
    if rule.status.is_empty() && rule.any.is_empty() && rule.all.is_empty() && rule.reply.is_none()
    {
        return fail("it needs status, any, all or reply");
    }
    if rule.reply.is_some_and(|digit| !matches!(digit, 4 | 5)) {
        return fail("reply is 4 or 5");
    }
    if rule.all.len() > MOST_IN_ALL {
        return fail("all lists more than 16 texts");
    }
    let status = rule
        .status
        .iter()
        .map(|text| {
            pattern(text).ok_or_else(|| {
                RuleFileError::in_rule(
                    &id,
                    format!("{text:?} is no status; write 5.1.1, x.7.26, 5.1.* or 5.7.606-649"),
                )
            })
        })
        .collect::<Result<_, _>>()?;
    let texts = |list: &[String]| -> Result<Vec<String>, RuleFileError> {
        list.iter().map(|text| needle(&id, text, is_list)).collect()
    };
    Ok(RuleEntry {
        status,
        any: texts(&rule.any)?,
        all: texts(&rule.all)?,
        none: texts(&rule.none)?,
        provider: texts(&rule.provider)?,
        reply: rule.reply,
        links: rule.links,
        class: rule.fault,
        source: rule.source,
        note: rule.note,
        id: id.clone(),
    })
}

/// A text with each of its pieces normalised; names of lists stay as they are.
fn needle(id: &str, text: &str, is_list: &dyn Fn(&str) -> bool) -> Result<String, RuleFileError> {
    let pieces = text
        .split(GAP)
        .map(|piece| match list_name(piece) {
            Some(name) if is_list(name) => Ok(piece.to_owned()),
            Some(name) => Err(format!("{text:?} names the list {name:?}, which is not there")),
            None => Some(folded_needle(piece))
                .filter(|piece| !piece.trim().is_empty())
                .ok_or_else(|| format!("{text:?} has no letter or digit to look for")),
        })
        .collect::<Result<Vec<String>, String>>()
        .map_err(|problem| RuleFileError::in_rule(id, problem))?;
    Ok(pieces.join(GAP))
}

fn pattern(text: &str) -> Option<PatternEntry> {
    let mut parts = text.split('.');
    let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let class = match class {
        "x" => None,
        digit => Some(digit.parse::<u8>().ok().filter(|d| matches!(d, 2 | 4 | 5))?),
    };
    let subject: u16 = subject.parse().ok()?;
    let (low, high) = match detail.split_once('-') {
        Some((low, high)) => (low.parse::<u16>().ok()?, high.parse::<u16>().ok()?),
        None if detail == "*" => (0, u16::MAX),
        None => {
            let detail = detail.parse::<u16>().ok()?;
            (detail, detail)
        }
    };
    (low <= high).then_some(PatternEntry { class, subject, low, high })
}
