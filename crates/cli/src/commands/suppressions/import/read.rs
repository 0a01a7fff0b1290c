//! The files of an import, read and put together.

use std::fs;
use std::io::BufRead;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::Context;
use warden_domain::exports::{self, ExportKind, Hint, ImportPlan, PlannedRow, Warning};

use crate::frame::output::path;
use crate::frame::prompt::Prompt;

/// What all files together lead to.
#[derive(Debug, Default)]
pub(super) struct ImportFiles {
    pub(super) plan: ImportPlan,
    /// Each file: its name, whose it is, and its rows in the plan.
    pub(super) files: Vec<(String, ExportKind, Range<usize>)>,
    pub(super) warnings: Vec<(String, Warning)>,
}

impl ImportFiles {
    /// Each row with the name of its file.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&str, &PlannedRow)> {
        self.files.iter().flat_map(|(name, _, range)| {
            let rows = self.plan.rows().get(range.clone()).unwrap_or_default();
            rows.iter().map(move |row| (name.as_str(), row))
        })
    }
}

/// Reads every file.
///
/// # Errors
/// When one of them cannot be read, or cannot be understood: then none is used.
pub(super) fn read<R: BufRead>(
    paths: &[PathBuf],
    hint: &Hint,
    prompt: &mut Prompt<R>,
) -> anyhow::Result<ImportFiles> {
    let mut files = ImportFiles::default();
    for file in paths {
        let is_standard_input = file.as_os_str() == "-";
        let name = if is_standard_input { "standard input".to_owned() } else { path(file) };
        let bytes = if is_standard_input { prompt.read_file() } else { fs::read(file) };
        let bytes = bytes.with_context(|| format!("{name} cannot be read"))?;
        let export = exports::read(&bytes, hint).with_context(|| name.clone())?;
        let (kind, from) = (export.kind, files.plan.rows().len());
        files.warnings.extend(export.warnings.iter().map(|w| (name.clone(), w.clone())));
        files.plan.add(export);
        files.files.push((name, kind, from..files.plan.rows().len()));
    }
    Ok(files)
}
