//! A fault is found in what a text says, never guessed.

use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;
use proptest::sample::select;
use warden_domain::bounce::{BounceClass, BounceFacts, normalized, triage};
use warden_tests::root;

use crate::{Checked, Result, cases};

/// The words of a rule of the table, as a person wrote them.
struct Words {
    any: Vec<String>,
    all: Vec<String>,
    has_status: bool,
    has_reply: bool,
    /// The named lists of words, which a rule names in braces.
    lists: BTreeMap<String, Vec<String>>,
}

impl Words {
    /// Whether all pieces of a rule's text stand in `spoken`, a normalised text.
    fn are_said(&self, text: &str, spoken: &str) -> bool {
        let stands = |words: &str| spoken.contains(&normalized(words));
        text.split(" * ").all(|piece| {
            let name = piece.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            match name.and_then(|name| self.lists.get(name)) {
                Some(list) => list.iter().any(|words| stands(words)),
                None => stands(piece),
            }
        })
    }
}

fn words_of(rule: &str) -> Result<Words> {
    let table: toml::Table =
        fs::read_to_string(root().join("crates/domain/rules/bounces.toml"))?.parse()?;
    let rules = table.get("rule").and_then(toml::Value::as_array).ok_or("no rules")?;
    let found = rules.iter().find(|r| r.get("id").and_then(toml::Value::as_str) == Some(rule));
    let found = found.ok_or_else(|| format!("no rule {rule}"))?;
    let texts = |value: Option<&toml::Value>| -> Vec<String> {
        let items = value.and_then(toml::Value::as_array).into_iter().flatten();
        items.filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    let list = |key: &str| texts(found.get(key));
    let lists = table.get("words").and_then(toml::Value::as_table).into_iter().flatten();
    Ok(Words {
        any: list("any"),
        all: list("all"),
        has_status: found.get("status").is_some(),
        has_reply: found.get("reply").is_some(),
        lists: lists.map(|(name, list)| (name.clone(), texts(Some(list)))).collect(),
    })
}

/// Whether a finding rests on something that stands in the text.
fn rests_on(text: &str) -> Checked {
    let finding = triage(BounceFacts { diagnostic: Some(text), ..BounceFacts::default() });
    // The second reader weighs words; it has no rule whose words could stand in the text.
    if finding.class == BounceClass::Unknown || finding.rule == "none" {
        return Ok(());
    }
    let words = words_of(finding.rule).map_err(|e| TestCaseError::fail(e.to_string()))?;
    // Words of rule and text in the form in which both are compared.
    let spoken = normalized(text);
    let said = |text: &String| words.are_said(text, &spoken);
    prop_assert!(words.any.is_empty() || words.any.iter().any(said), "{}: {}", finding.rule, text);
    prop_assert!(words.all.iter().all(said), "{}: {}", finding.rule, text);
    prop_assert!(
        !words.has_status || finding.status.is_some_and(|s| text.contains(&s.to_string())),
        "{}",
        text
    );
    let is_about_a_code = words.has_status || words.has_reply;
    prop_assert!(
        is_about_a_code || !(words.any.is_empty() && words.all.is_empty()),
        "{}",
        finding.rule
    );
    Ok(())
}

#[test]
fn nothing_said_is_nobodys_fault() {
    for text in ["", " ", "\n\t", "smtp;", "550", "5", "...", "\u{0}"] {
        for status in [None, Some(""), Some("5.0.0"), Some("nonsense")] {
            let finding = triage(BounceFacts { bounce: None, status, diagnostic: Some(text) });
            assert_eq!(finding.class, BounceClass::Unknown, "{status:?} {text:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn a_random_text_is_nobodys_fault(text in "[a-z0-9 ]{0,80}|\\PC{0,80}") {
        rests_on(&text)?;
    }

    /// Words of the rules' own vocabulary, put together at random.
    #[test]
    fn a_text_is_judged_by_a_rule_whose_words_stand_in_it(text in text_of_reply_words()) {
        rests_on(&text)?;
    }
}

fn text_of_reply_words() -> impl Strategy<Value = String> {
    let words = vec![
        "550",
        "5.1.1",
        "5.7.1",
        "4.2.2",
        "user",
        "unknown",
        "mailbox",
        "full",
        "quota",
        "over",
        "dmarc",
        "spf",
        "blocked",
        "listed",
        "policy",
        "recipient",
        "not",
        "found",
        "address",
        "domain",
        "does",
        "exist",
        "account",
        "is",
        "disabled",
        "rate",
        "limit",
        "virus",
        "too",
        "many",
        "messages",
        "temporarily",
        "\n550-5.1.1",
        "<jane@example.net>",
        "smtp;",
    ];
    prop::collection::vec(select(words), 0..9).prop_map(|words| words.join(" "))
}
