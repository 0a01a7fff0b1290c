//! `rules/providers.toml` as tables that are searched by halves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<Provider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    name: String,
    tags: Vec<String>,
    domains: Vec<String>,
}

/// The Rust text of the tables.
pub(crate) fn tables(text: &str) -> String {
    let file: File = toml::from_str(text).unwrap_or_else(|e| panic!("rules/providers.toml: {e}"));
    let mut names = BTreeSet::new();
    let [mut tags, mut domains, mut families] = [const { BTreeMap::new() }; 3];
    for provider in &file.provider {
        let fail = |what: &str| -> ! {
            panic!("rules/providers.toml, provider {:?}: {what}", provider.name)
        };
        let is_word =
            !provider.name.is_empty() && provider.name.bytes().all(|b| b.is_ascii_alphanumeric());
        if !is_word || provider.name == "other" || !names.insert(&provider.name) {
            fail("the name must be of letters and digits, not `other`, and used once");
        }
        if provider.domains.is_empty() {
            fail("it has no domains");
        }
        for text in provider.tags.iter().chain(&provider.domains) {
            if text.is_empty()
                || !text.is_ascii()
                || *text != text.to_ascii_lowercase()
                || text.trim() != text
            {
                fail("tags and domains are compared in lower case and as ASCII");
            }
        }
        for tag in &provider.tags {
            if tags.insert(tag.clone(), &provider.name).is_some() {
                fail(&format!("the tag {tag:?} is used twice"));
            }
        }
        for domain in &provider.domains {
            let (table, key) = match domain.strip_suffix(".*") {
                Some(label) => (&mut families, label),
                None => (&mut domains, domain.as_str()),
            };
            if key.contains('*') || table.insert(key.to_owned(), &provider.name).is_some() {
                fail(&format!("the domain {domain:?} is used twice or is no pattern"));
            }
        }
    }
    let mut out = String::new();
    for (name, table) in [("TAGS", tags), ("DOMAINS", domains), ("FAMILIES", families)] {
        writeln!(
            out,
            "static {name}: &[(&str, &str)] = &{:?};",
            table.into_iter().collect::<Vec<_>>()
        )
        .expect("a String takes any text");
    }
    writeln!(
        out,
        "#[cfg(test)]\nstatic NAMES: &[&str] = &{:?};",
        names.into_iter().collect::<Vec<_>>()
    )
    .expect("a String takes any text");
    out
}
