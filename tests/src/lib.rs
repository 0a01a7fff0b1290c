//! What the tests of the whole workspace share: where things are, and the
//! payloads of the golden corpus.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The golden corpus.
pub fn events() -> PathBuf {
    root().join("events")
}

/// Every file below `folder`, sorted.
///
/// # Errors
/// When a folder cannot be listed.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The payload files of the corpus: everything but expectations and the README.
///
/// # Errors
/// When a folder cannot be listed.
pub fn payload_files() -> io::Result<Vec<PathBuf>> {
    let mut payloads = files(&events())?;
    payloads.retain(|path| {
        path.extension().is_some_and(|e| e == "json" || e == "ndjson" || e == "txt")
    });
    Ok(payloads)
}

/// The payloads of the corpus by themselves, each with a name: one a file, one a
/// line in `.ndjson`.
///
/// # Errors
/// When a file cannot be read.
pub fn payloads() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut payloads = Vec::new();
    for path in payload_files()? {
        let (name, bytes) = (short_name(&path), fs::read(&path)?);
        if path.extension().is_some_and(|e| e == "ndjson") {
            let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty());
            payloads
                .extend(lines.enumerate().map(|(n, line)| (format!("{name}#{n}"), line.to_vec())));
        } else {
            payloads.push((name, bytes));
        }
    }
    Ok(payloads)
}

/// A corpus file's path from `events/` on, with `/` between its parts.
pub fn short_name(path: &Path) -> String {
    let inside = path.strip_prefix(events()).unwrap_or(path);
    inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}
