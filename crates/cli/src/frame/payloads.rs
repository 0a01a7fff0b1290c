//! Files that hold payloads: one a file, or one a line in `.ndjson`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use super::output;

/// The files that the paths name. A file that is named is always taken; in folders its ending
/// decides, and links and special files are left out.
///
/// # Errors
/// When a path cannot be read, or a folder holds no payload.
pub fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        collect(path, true, &mut files)?;
        // A folder that is misspelled must not pass where nobody reads along.
        ensure!(
            files.len() > before,
            "no payload is in {}: no file is called .json, .ndjson or .txt",
            output::path(path)
        );
    }
    Ok(files)
}

fn collect(path: &Path, named: bool, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let meta = if named { fs::metadata(path) } else { fs::symlink_metadata(path) };
    let meta = meta.with_context(|| format!("{} cannot be read", output::path(path)))?;
    if meta.is_dir() {
        let entries = fs::read_dir(path)
            .with_context(|| format!("{} cannot be listed", output::path(path)))?;
        let mut inside = entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
        inside.sort();
        return inside.iter().try_for_each(|path| collect(path, false, files));
    }
    let known = path.extension().is_some_and(|e| e == "json" || e == "ndjson" || e == "txt");
    if named || (known && meta.is_file()) {
        files.push(path.to_owned());
    }
    Ok(())
}

/// The payloads of one file.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", output::path(path)))?;
    if path.extension().is_none_or(|ending| ending != "ndjson") {
        return Ok(vec![bytes]);
    }
    let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty());
    Ok(lines.map(<[u8]>::to_vec).collect())
}
