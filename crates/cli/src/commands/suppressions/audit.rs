//! What was removed by whom and why, one JSON object a line.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

use crate::frame::files::state_folder;
use crate::frame::output::path;

/// The audit line of one address that was removed from the list.
#[derive(Debug, Serialize)]
pub(super) struct Removal<'a> {
    /// RFC 3339, UTC.
    pub(super) at: String,
    pub(super) region: &'a str,
    pub(super) tenant: Option<&'a str>,
    pub(super) address: &'a str,
    /// Why it was listed, and since when.
    pub(super) reason: &'a str,
    pub(super) listed_at: &'a str,
    /// Why it was removed.
    pub(super) because: &'a str,
    /// `removing`, written before it is done, or `failed`.
    pub(super) result: &'static str,
}

/// The file.
#[derive(Debug)]
pub(super) struct Audit {
    file: File,
    pub(super) path: PathBuf,
}

impl Audit {
    /// Opens the file; what cannot be noted is not begun.
    ///
    /// # Errors
    /// When there is no home and no file was named, or it cannot be written.
    pub(super) fn open(named: Option<&Path>) -> anyhow::Result<Self> {
        let by_default = || state_folder().map(|folder| folder.join("removals.ndjson"));
        let file = named.map(Path::to_owned).or_else(by_default);
        let file = file.context("nobody knows where to note the removals; give --audit FILE")?;
        let context = || format!("{} cannot be written; give --audit FILE", path(&file));
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).with_context(context)?;
        }
        let mut options = File::options();
        options.create(true).append(true);
        // It holds addresses, which are nobody else's business.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self { file: options.open(&file).with_context(context)?, path: file })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn note(&self, removal: &Removal<'_>) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(removal)?;
        line.push(b'\n');
        let mut file = &self.file;
        let written = file.write_all(&line).and_then(|()| self.file.sync_data());
        written.with_context(|| format!("{} cannot be written", path(&self.path)))
    }
}
