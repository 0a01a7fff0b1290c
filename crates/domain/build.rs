//! Checks `rules/faults.toml` and `rules/providers.toml` and turns them into
//! tables, so that the functions start without parsing anything.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a build script fails by telling the person who builds"
)]

#[path = "build/providers.rs"]
mod providers;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
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
    source: String,
    note: String,
}

fn main() {
    println!("cargo::rerun-if-changed=build/providers.rs");
    println!("cargo::rerun-if-changed=rules/providers.toml");
    let text = fs::read_to_string("rules/providers.toml").expect("rules/providers.toml is there");
    let target =
        PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("providers.rs");
    fs::write(target, providers::tables(&text)).expect("OUT_DIR can be written");

    println!("cargo::rerun-if-changed=rules/faults.toml");
    let text = fs::read_to_string("rules/faults.toml").expect("rules/faults.toml is there");
    let file: File = toml::from_str(&text).unwrap_or_else(|e| panic!("rules/faults.toml: {e}"));
    let mut seen = BTreeSet::new();
    let mut out = String::from("pub(super) static RULES: &[Rule] = &[\n");
    for rule in &file.rule {
        let complain =
            |what: &str| -> ! { panic!("rules/faults.toml, rule {:?}: {what}", rule.id) };
        if !seen.insert(&rule.id) {
            complain("the id is used twice");
        }
        if rule.status.is_empty()
            && rule.any.is_empty()
            && rule.all.is_empty()
            && rule.reply.is_none()
        {
            complain("it names neither status nor any nor all nor reply");
        }
        if rule.reply.is_some_and(|digit| !matches!(digit, 4 | 5)) {
            complain("reply is 4 or 5");
        }
        if rule.source.trim().is_empty() || rule.note.trim().is_empty() {
            complain("source and note must say something");
        }
        for needle in rule.any.iter().chain(&rule.all).chain(&rule.none).chain(&rule.provider) {
            if *needle != needle.to_lowercase()
                || needle.split(" * ").any(|piece| piece.trim().is_empty())
            {
                complain("texts are compared in lower case and must not be empty");
            }
        }
        let statuses: Vec<String> = rule
            .status
            .iter()
            .map(|s| status(s).unwrap_or_else(|| complain(&format!("{s:?} is no status pattern"))))
            .collect();
        let variant: String = rule
            .fault
            .split('_')
            .map(|word| {
                let (first, rest) = word.split_at(1);
                first.to_uppercase() + rest
            })
            .collect();
        writeln!(
            out,
            "    Rule {{ id: {:?}, fault: BounceClass::{variant}, status: &[{}], reply: {:?}, provider: &{:?}, any: &[{}], \
             all: &[{}], none: &[{}], source: {:?}, note: {:?} }},",
            rule.id,
            statuses.join(", "),
            rule.reply,
            rule.provider,
            pieces(&rule.any),
            pieces(&rule.all),
            pieces(&rule.none),
            rule.source,
            rule.note,
        )
        .expect("a String takes any text");
    }
    out.push_str("];\n");
    let target = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("rules.rs");
    fs::write(target, out).expect("OUT_DIR can be written");
}

/// `mailbox * full` as its pieces, for each text.
fn pieces(texts: &[String]) -> String {
    let texts: Vec<_> =
        texts.iter().map(|t| format!("&{:?}", t.split(" * ").collect::<Vec<_>>())).collect();
    texts.join(", ")
}

/// `5.7.26`, `x.7.26`, `5.1.*` or `5.7.606-649` as the text of a `StatusPattern`.
fn status(text: &str) -> Option<String> {
    let mut parts = text.split('.');
    let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let class = match class {
        "x" => "None".to_owned(),
        digit => format!("Some({})", digit.parse::<u8>().ok().filter(|d| matches!(d, 2 | 4 | 5))?),
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
    (low <= high).then(|| {
        format!("StatusPattern {{ class: {class}, subject: {subject}, low: {low}, high: {high} }}")
    })
}
