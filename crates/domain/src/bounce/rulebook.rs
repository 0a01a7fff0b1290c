//! The rules in use: an operator's own, then ours.

use std::sync::{Arc, LazyLock};

use super::matcher::Matcher;
use super::rule::{RULES, Rule, RuleOwner};
use super::rule_file::{self, PatternEntry, RuleEntry, RuleFileError};
use super::status::StatusPattern;
use super::{BounceClass, BounceFacts, Classification};

/// Compiled at the first bounce, so that a start does not pay for it.
static BUILT_IN: LazyLock<Matcher> = LazyLock::new(|| Matcher::of(RULES.iter().collect()));

/// The rules that bounces are read by. Cheap to clone.
///
/// # Examples
/// ```
/// use warden_domain::bounce::{BounceClass, BounceFacts, Rulebook};
///
/// let own = r#"
///     [[rule]]
///     id = "partner-gateway"
///     fault = "policy"
///     any = ["ask your account manager"]
/// "#;
/// let rules = Rulebook::with_own(own).expect("the file is sound");
/// let bounce = BounceFacts {
///     diagnostic: Some("550 5.1.1 Ask your account manager"),
///     ..BounceFacts::default()
/// };
/// assert_eq!(rules.triage(bounce).class, BounceClass::Policy);
/// assert_eq!(Rulebook::built_in().triage(bounce).class, BounceClass::RecipientGone);
/// ```
#[derive(Debug, Clone)]
pub struct Rulebook {
    own: Option<Arc<Matcher>>,
    reads_twice: bool,
}

impl Default for Rulebook {
    fn default() -> Self {
        Self { own: None, reads_twice: true }
    }
}

impl Rulebook {
    /// The rules that ses-warden brings.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// The rules of an operator's file, which are asked before ours. The file has the form of
    /// `rules/bounces.toml`; `source` and `note` may be left out.
    ///
    /// # Errors
    /// The first fault of the file, as a sentence that names the rule.
    pub fn with_own(file: &str) -> Result<Self, RuleFileError> {
        let own = rule_file::read(file)?
            .into_iter()
            .map(operators_rule)
            .collect::<Result<Vec<_>, _>>()?;
        let rules = own.into_iter().chain(RULES).collect();
        Ok(Self { own: Some(Arc::new(Matcher::of(rules))), reads_twice: true })
    }

    /// The same rules, without the second reader for what none of them knows.
    pub fn without_second_reader(self) -> Self {
        Self { reads_twice: false, ..self }
    }

    /// Judges one recipient's bounce.
    pub fn triage(&self, facts: BounceFacts<'_>) -> Classification {
        super::judged(self, facts)
    }

    /// The rule that decided a finding of this rulebook; `None` where none did.
    pub fn rule(&self, finding: &Classification) -> Option<&'static Rule> {
        let owner = finding.owner?;
        self.matcher().rules().find(|rule| rule.owner == owner && rule.id == finding.rule)
    }

    pub(super) fn matcher(&self) -> &Matcher {
        self.own.as_deref().unwrap_or(&BUILT_IN)
    }

    pub(super) fn reads_twice(&self) -> bool {
        self.reads_twice
    }
}

/// Lives as long as the process, as ours do: a start reads one file once.
fn operators_rule(entry: RuleEntry) -> Result<&'static Rule, RuleFileError> {
    let class = BounceClass::ALL.iter().find(|class| class.code() == entry.class);
    let Some(class) = class else {
        let codes: Vec<_> = BounceClass::ALL.iter().map(|class| class.code()).collect();
        let problem = format!("{:?} is no fault; it is one of {}", entry.class, codes.join(", "));
        return Err(RuleFileError::in_rule(&entry.id, problem));
    };
    let source = if entry.source.is_empty() { "operator's rule file" } else { &entry.source };
    Ok(Box::leak(Box::new(Rule {
        id: leaked(entry.id),
        class: *class,
        status: Box::leak(entry.status.into_iter().map(status_pattern).collect()),
        reply: entry.reply,
        provider: leaked_list(entry.provider),
        any: leaked_list(entry.any),
        all: leaked_list(entry.all),
        none: leaked_list(entry.none),
        links: entry.links,
        source: leaked(source.to_owned()),
        note: leaked(entry.note),
        owner: RuleOwner::Operator,
    })))
}

fn status_pattern(entry: PatternEntry) -> StatusPattern {
    StatusPattern { class: entry.class, subject: entry.subject, low: entry.low, high: entry.high }
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn leaked_list(texts: Vec<String>) -> &'static [&'static str] {
    Box::leak(texts.into_iter().map(leaked).collect())
}
