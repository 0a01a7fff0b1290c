//! The rules in use: an operator's own, then ours.

use std::sync::{Arc, LazyLock};

use super::matcher::{Codes, Matcher};
use super::rule::{BounceRule, RuleOwner, WORDS};
use super::rule_file::{self, PatternEntry, RuleEntry, RuleFileError};
use super::status::StatusPattern;
use super::text::ReplyText;
use super::{BounceClass, BounceFacts, Classification};

/// Compiled by the build; the first bounce checks the trie.
static BUILT_IN: LazyLock<Matcher> = LazyLock::new(Matcher::built_in);

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
    /// `rules/bounces.toml`, whose lists of words it may use; `source` and `note` may be left
    /// out.
    ///
    /// # Errors
    /// The first fault of the file, as a sentence that names the rule.
    pub fn with_own(file: &str) -> Result<Self, RuleFileError> {
        let known: Vec<&str> = WORDS.iter().map(|(name, _)| *name).collect();
        let entries = rule_file::read(file, &known)?;
        let own = entries.rules.into_iter().map(operators_rule).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { own: Some(Arc::new(Matcher::of(own, &entries.words))), reads_twice: true })
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
    pub fn rule(&self, finding: &Classification) -> Option<&'static BounceRule> {
        let owner = finding.owner?;
        let mut rules = self.matchers().flat_map(Matcher::rules);
        rules.find(|rule| rule.owner == owner && rule.id == finding.rule)
    }

    /// The first rule that holds for a reply.
    pub(super) fn first(&self, text: &ReplyText, codes: Codes) -> Option<&'static BounceRule> {
        self.matchers().find_map(|matcher| matcher.first(text, codes))
    }

    /// The operator's rules, then ours.
    fn matchers(&self) -> impl Iterator<Item = &Matcher> {
        self.own.as_deref().into_iter().chain([&*BUILT_IN])
    }

    pub(super) fn reads_twice(&self) -> bool {
        self.reads_twice
    }
}

/// Lives as long as the process, as ours do: a start reads one file once.
fn operators_rule(entry: RuleEntry) -> Result<&'static BounceRule, RuleFileError> {
    let class = BounceClass::ALL.iter().find(|class| class.code() == entry.class);
    let Some(class) = class else {
        let codes: Vec<_> = BounceClass::ALL.iter().map(|class| class.code()).collect();
        let problem = format!("{:?} is no fault; it is one of {}", entry.class, codes.join(", "));
        return Err(RuleFileError::in_rule(&entry.id, problem));
    };
    let source = if entry.source.is_empty() { "operator's rule file" } else { &entry.source };
    Ok(Box::leak(Box::new(BounceRule {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(rulebook: &Rulebook, status: Option<&str>, text: &str) -> Classification {
        rulebook.triage(BounceFacts { bounce: None, status, diagnostic: Some(text) })
    }

    #[test]
    fn own_rules_come_before_ours_and_say_whose_they_are() {
        let own = r#"
            [[rule]]
            id = "no-such-recipient"
            fault = "content"
            status = ["5.1.1"]
            any = ["Über-Quota"]
        "#;
        let rulebook = Rulebook::with_own(own).unwrap();
        let finding = judged(&rulebook, Some("5.1.1"), "550 'uber quota' here");
        assert_eq!((finding.class, finding.rule), (BounceClass::Content, "no-such-recipient"));
        assert_eq!(finding.owner, Some(RuleOwner::Operator));
        assert_eq!(rulebook.rule(&finding).unwrap().source, "operator's rule file");
        // The same id of ours is another rule.
        let ours = judged(&rulebook, Some("5.1.1"), "550 gone");
        assert_eq!(ours.owner, Some(RuleOwner::BuiltIn));
        assert_eq!(rulebook.rule(&ours).unwrap().class, BounceClass::RecipientGone);
    }

    #[test]
    fn own_rules_name_lists_of_their_own_and_of_ours() {
        let own = r#"
            [words]
            partner = ["Müller & Sohn", "acme"]

            [[rule]]
            id = "partner-does-not-know-it"
            fault = "policy"
            any = ["{partner} * {missing}"]
        "#;
        let rulebook = Rulebook::with_own(own).unwrap();
        for text in ["550 at Muller Sohn: user unknown", "550 ACME says: was not found"] {
            assert_eq!(judged(&rulebook, None, text).rule, "partner-does-not-know-it", "{text}");
        }
        assert_eq!(judged(&rulebook, None, "550 user unknown").owner, Some(RuleOwner::BuiltIn));
    }

    #[test]
    fn no_rule_of_an_operator_blames_the_recipient_for_4xx() {
        let own = "[[rule]]\nid = \"x\"\nfault = \"recipient_gone\"\nany = [\"hm\"]\n";
        let rulebook = Rulebook::with_own(own).unwrap();
        assert_eq!(judged(&rulebook, None, "550 hm").class, BounceClass::RecipientGone);
        assert!(!judged(&rulebook, Some("5.1.1"), "451 hm").class.is_recipients());
    }

    #[test]
    fn a_fault_of_the_file_is_a_sentence_that_names_the_rule() {
        let cases = [
            ("id = \"a\"\nfault = \"dead\"\nany = [\"x\"]", "rule \"a\": \"dead\" is no fault"),
            ("id = \"b\"\nfault = \"content\"", "rule \"b\": it needs status, any, all or reply"),
            (
                "id = \"c\"\nfault = \"content\"\nany = [\"...\"]",
                "rule \"c\": \"...\" has no letter",
            ),
            (
                "id = \"d\"\nfault = \"content\"\nstatus = [\"5.1\"]",
                "rule \"d\": \"5.1\" is no status",
            ),
            ("id = \"e\"\nfault = \"content\"\nreply = 2", "rule \"e\": reply is 4 or 5"),
            ("id = \"\"\nfault = \"content\"\nreply = 4", "the id is empty"),
            ("id = \"f\"\nfault = \"content\"\nwords = [\"x\"]", "unknown field"),
            ("fault = \"content\"\nany = [\"x\"]", "missing field `id`"),
        ];
        for (rule, expected) in cases {
            let error = Rulebook::with_own(&format!("[[rule]]\n{rule}\n")).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let lists = [
            ("[words]\nreceiver = [\"x\"]", "ses-warden has a list of that name"),
            ("[words]\nmine = []", "a word is missing"),
            (
                "[[rule]]\nid = \"h\"\nfault = \"content\"\nany = [\"{other} * x\"]",
                "names the list \"other\", which is not there",
            ),
        ];
        for (file, expected) in lists {
            let error = Rulebook::with_own(file).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let twice = "[[rule]]\nid = \"g\"\nfault = \"content\"\nreply = 4\n".repeat(2);
        assert!(Rulebook::with_own(&twice).unwrap_err().to_string().contains("used twice"));
        assert!(Rulebook::with_own("no toml").is_err());
        assert!(Rulebook::with_own("").is_ok());
    }
}
