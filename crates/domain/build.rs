//! Checks `rules/bounces.toml` and `rules/providers.toml` and turns them into
//! tables, so that the functions start without parsing anything.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a build script prints to the person who builds"
)]

#[path = "build/providers.rs"]
mod providers;
#[path = "build/rules.rs"]
mod rules;

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let shared = ["src/bounce/fold.rs", "src/bounce/phrases.rs", "src/bounce/rule_file.rs"];
    for file in ["build", "rules"].iter().chain(&shared) {
        println!("cargo::rerun-if-changed={file}");
    }
    write("providers.rs", providers::tables(&read("rules/providers.toml")));
    let (rules, trie) = rules::table(&read("rules/bounces.toml"));
    write("rules.rs", rules);
    write("rules.trie", trie);
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn write(name: &str, text: impl AsRef<[u8]>) {
    let folder = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(folder.join(name), text).expect("OUT_DIR can be written");
}
