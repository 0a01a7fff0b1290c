//! `rules/bounces.toml` as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

#[allow(dead_code, reason = "the library uses more of it")]
#[path = "../src/bounce/fold.rs"]
mod fold;
#[allow(dead_code, reason = "the library uses more of it")]
#[path = "../src/bounce/phrases.rs"]
mod phrases;
#[allow(dead_code, unreachable_pub, reason = "the library uses more of it")]
#[path = "../src/bounce/rule_file.rs"]
mod rule_file;

use phrases::{ANY, Compiled, FIRST_OF_ALL, NONE, PROVIDER, RuleText, WordList};
use rule_file::RuleEntry;

/// The table's source text, and the trie of its phrases.
pub(crate) fn table(text: &str) -> (String, Vec<u8>) {
    let fail = |what: String| -> ! { panic!("rules/bounces.toml, {what}") };
    let file = rule_file::read(text, &[]).unwrap_or_else(|error| fail(error.to_string()));
    let (words, rules) = (file.words, file.rules);
    let compiled = compiled(&words, &rules);
    let mut out = String::from("pub(super) static RULES: &[BounceRule] = &[\n");
    for rule in &rules {
        if rule.source.trim().is_empty() || rule.note.trim().is_empty() {
            fail(format!("rule {:?}: source and note must say something", rule.id));
        }
        let statuses: Vec<_> = rule
            .status
            .iter()
            .map(|p| {
                format!(
                    "StatusPattern {{ class: {:?}, subject: {}, low: {}, high: {} }}",
                    p.class, p.subject, p.low, p.high
                )
            })
            .collect();
        writeln!(
            out,
            "    BounceRule {{ id: {:?}, class: BounceClass::{}, status: &[{}], reply: {:?}, \
             provider: &{:?}, any: &{:?}, all: &{:?}, none: &{:?}, links: {:?}, source: {:?}, note: {:?}, \
             owner: RuleOwner::BuiltIn }},",
            rule.id,
            variant(&rule.class),
            statuses.join(", "),
            rule.reply,
            rule.provider,
            rule.any,
            rule.all,
            rule.none,
            rule.links,
            rule.source,
            rule.note,
        )
        .expect("a String takes any text");
    }
    out.push_str("];\n");
    let lists: Vec<String> =
        words.iter().map(|(name, list)| format!("({name:?}, &{list:?} as &[&str])")).collect();
    writeln!(out, "pub(super) static WORDS: &[(&str, &[&str])] = &[{}];", lists.join(", "))
        .expect("a String takes any text");
    out.push_str(&tables(&compiled));
    (out, compiled.trie)
}

fn compiled(words: &BTreeMap<String, Vec<String>>, rules: &[RuleEntry]) -> Compiled {
    let mut texts = Vec::new();
    for (rule, entry) in (0..).zip(rules) {
        let mut add = |list: &'_ [String], bit: &dyn Fn(u32) -> u32| {
            for (place, text) in (0..).zip(list) {
                texts.push((rule, bit(place), text.clone()));
            }
        };
        add(&entry.any, &|_| ANY);
        add(&entry.all, &|place| FIRST_OF_ALL << place);
        add(&entry.none, &|_| NONE);
        add(&entry.provider, &|_| PROVIDER);
    }
    let texts: Vec<RuleText<'_>> =
        texts.iter().map(|(rule, bit, text)| RuleText { rule: *rule, bit: *bit, text }).collect();
    let words: Vec<WordList<'_>> = words
        .iter()
        .map(|(name, list)| (name.as_str(), list.iter().map(String::as_str).collect()))
        .collect();
    phrases::compile(&texts, &words).expect("the texts of the rules make a trie")
}

fn tables(compiled: &Compiled) -> String {
    format!(
        "pub(super) static TABLES: Tables<'static> = Tables {{ \
         trie: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/rules.trie\")), uses: (&{:?}, &{:?}), \
         ends: (&{:?}, &{:?}), is_followed: &{:?}, needles: &{:?}, symbols: (&{:?}, &{:?}) }};\n",
        compiled.uses.0,
        compiled.uses.1,
        compiled.ends.0,
        compiled.ends.1,
        compiled.is_followed,
        compiled.needles,
        compiled.symbols.0,
        compiled.symbols.1,
    )
}

/// `recipient_gone` as `RecipientGone`.
fn variant(code: &str) -> String {
    code.split('_')
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        })
        .collect()
}
