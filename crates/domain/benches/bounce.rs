//! What reading a bounce costs: one pass of the trie, beside a search for each text of each
//! rule, which is how rules were matched at first.
//!
//! Both run over the labelled replies of `events/diagnostics` in one run, because machines
//! differ and ratios do not.

#![expect(clippy::unwrap_used, reason = "a bench stops where something is wrong")]

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use warden_domain::bounce::{BounceFacts, Rulebook, normalized};

/// How many bytes may lie between two pieces of a text.
const MAX_GAP: usize = 60;

fn entries(table: &str, list: &str) -> Vec<toml::Table> {
    let file: toml::Table = table.parse().unwrap();
    file.get(list)
        .and_then(toml::Value::as_array)
        .unwrap()
        .iter()
        .map(|entry| entry.as_table().unwrap().clone())
        .collect()
}

fn replies() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/diagnostics");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file())
        .flat_map(|path| entries(&fs::read_to_string(path).unwrap(), "text"))
        .map(|entry| entry.get("text").and_then(toml::Value::as_str).unwrap().to_owned())
        .filter(|text| text.len() < 1_000)
        .collect()
}

/// A rule as the search has it: the pieces of its texts. Texts with lists of words are left out:
/// for a search each of them would be thousands.
struct SearchedRule {
    any: Vec<Vec<String>>,
    all: Vec<Vec<String>>,
    none: Vec<Vec<String>>,
}

fn searched_rules() -> Vec<SearchedRule> {
    let table = include_str!("../rules/bounces.toml");
    let list = |entry: &toml::Table, key: &str| -> Vec<Vec<String>> {
        let texts = entry.get(key).and_then(toml::Value::as_array).into_iter().flatten();
        let texts = texts.map(|text| text.as_str().unwrap()).filter(|text| !text.contains('{'));
        texts.map(|text| text.split(" * ").map(normalized).collect()).collect()
    };
    entries(table, "rule")
        .iter()
        .map(|entry| SearchedRule {
            any: list(entry, "any"),
            all: list(entry, "all"),
            none: list(entry, "none"),
        })
        .collect()
}

fn contains(text: &str, pieces: &[String]) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return true };
    text.match_indices(first.as_str()).any(|(at, found)| follows(text, at + found.len(), rest))
}

fn follows(text: &str, end: usize, pieces: &[String]) -> bool {
    let Some((next, rest)) = pieces.split_first() else { return true };
    let after = text.get(end..).unwrap_or_default();
    after
        .match_indices(next.as_str())
        .take_while(|(gap, _)| *gap <= MAX_GAP)
        .any(|(gap, found)| follows(text, end + gap + found.len(), rest))
}

fn search(rules: &[SearchedRule], text: &str) -> Option<usize> {
    let text = normalized(text);
    let has = |pieces: &Vec<String>| contains(&text, pieces);
    rules.iter().position(|rule| {
        (rule.any.is_empty() || rule.any.iter().any(has))
            && rule.all.iter().all(has)
            && !rule.none.iter().any(has)
            && !(rule.any.is_empty() && rule.all.is_empty())
    })
}

fn explain(criterion: &mut Criterion) {
    let replies = replies();
    let mut group = criterion.benchmark_group("explain");
    group.throughput(Throughput::Elements(replies.len() as u64));
    let rules = searched_rules();
    group.bench_function("search", |b| {
        b.iter(|| {
            for text in &replies {
                black_box(search(&rules, text));
            }
        });
    });
    let rulebook = Rulebook::built_in();
    group.bench_function("trie", |b| {
        b.iter(|| {
            for text in &replies {
                let facts = BounceFacts { diagnostic: Some(text), ..BounceFacts::default() };
                black_box(rulebook.triage(facts));
            }
        });
    });
    group.bench_function("normalise", |b| {
        b.iter(|| {
            for text in &replies {
                black_box(normalized(text));
            }
        });
    });
    group.bench_function("trie and advice", |b| {
        b.iter(|| {
            for text in &replies {
                let facts = BounceFacts { diagnostic: Some(text), ..BounceFacts::default() };
                black_box(rulebook.triage(facts).advice(text));
            }
        });
    });
    group.finish();
    let own = "[[rule]]\nid = \"a\"\nfault = \"policy\"\nany = [\"{receiver} * {missing}\"]";
    criterion.bench_function("compile a rule of an operator's", |b| {
        b.iter(|| black_box(Rulebook::with_own(own).unwrap()));
    });
}

criterion_group!(benches, explain);
criterion_main!(benches);
