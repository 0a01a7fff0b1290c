//! `rules/bounces.toml` as a table.

use std::fmt::Write as _;

#[allow(dead_code, reason = "the library uses more of it")]
#[path = "../src/bounce/fold.rs"]
mod fold;
#[allow(dead_code, unreachable_pub, reason = "the library uses more of it")]
#[path = "../src/bounce/rule_file.rs"]
mod rule_file;

/// The table's source text.
pub(crate) fn table(text: &str) -> String {
    let complain = |what: String| -> ! { panic!("rules/bounces.toml, {what}") };
    let rules = rule_file::read(text).unwrap_or_else(|error| complain(error.to_string()));
    let mut out = String::from("pub(super) static RULES: &[Rule] = &[\n");
    for rule in &rules {
        if rule.source.trim().is_empty() || rule.note.trim().is_empty() {
            complain(format!("rule {:?}: source and note must say something", rule.id));
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
            "    Rule {{ id: {:?}, class: BounceClass::{}, status: &[{}], reply: {:?}, \
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
    out
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
