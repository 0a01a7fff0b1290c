//! What the sources themselves must show: addresses have a type that prints masked, files import
//! each other one way, are short enough to read, and use the project's words.

use std::error::Error;
use std::path::PathBuf;

use warden_tests::{files, root};

mod addresses;
mod circles;
mod lengths;
mod pages;
mod words;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// The members of the workspace that have sources of their own, as folders below the root.
fn members() -> Result<Vec<String>> {
    let mut members = Vec::new();
    for parent in ["crates", "functions"] {
        for entry in std::fs::read_dir(root().join(parent))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if root().join(parent).join(&name).join("src").is_dir() {
                members.push(format!("{parent}/{name}"));
            }
        }
    }
    members.sort();
    Ok(members)
}

/// The Rust files below `folder` that are compiled into something that is no test.
fn production_files(folder: &str) -> Result<Vec<PathBuf>> {
    let mut found = files(&root().join(folder))?;
    found.retain(|path| {
        let is_test = short(path).split('/').any(|part| part == "tests" || part == "tests.rs");
        path.extension().is_some_and(|extension| extension == "rs") && !is_test
    });
    Ok(found)
}

/// The text of a file before its tests.
fn without_tests(source: &str) -> &str {
    source.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default()
}

/// A path below the root, with `/` between its parts.
fn short(path: &std::path::Path) -> String {
    let root = root();
    let inside = path.strip_prefix(&root).unwrap_or(path);
    inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}
