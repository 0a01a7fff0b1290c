//! How far an export is, in a file beside it.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::super::entry::FilterOptions;
use crate::frame::output::{Format, path};

/// How far an export is, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExportState {
    pub(super) region: String,
    pub(super) tenant: Option<String>,
    pub(super) filter: FilterOptions,
    pub(super) format: Format,
    /// Where the next page begins.
    pub(super) token: Option<String>,
    /// Bytes of the part that are whole.
    pub(super) bytes: u64,
    /// Entries in these bytes.
    pub(super) entries: u64,
    /// Whether the last page is written.
    pub(super) is_done: bool,
}

impl Default for ExportState {
    fn default() -> Self {
        Self {
            region: String::new(),
            tenant: None,
            filter: FilterOptions::default(),
            format: Format::Ndjson,
            token: None,
            bytes: 0,
            entries: 0,
            is_done: false,
        }
    }
}

impl ExportState {
    /// Nothing where no export broke off.
    pub(super) fn read(file: &Path) -> anyhow::Result<Option<Self>> {
        if !file.exists() {
            return Ok(None);
        }
        let text = fs::read(file).with_context(|| format!("{} cannot be read", path(file)))?;
        let state = serde_json::from_slice(&text);
        let advice = || format!("{} is damaged; give --restart", path(file));
        state.map(Some).with_context(advice)
    }

    /// Writes it as a whole or not at all.
    pub(super) fn write(&self, file: &Path) -> anyhow::Result<()> {
        crate::frame::files::replace(file, &serde_json::to_vec(self)?)
            .with_context(|| format!("{} cannot be written", path(file)))
    }

    pub(super) fn is_of_same_export(&self, wanted: &Self) -> bool {
        let subject = |state: &Self| {
            (state.region.clone(), state.tenant.clone(), state.filter.clone(), state.format)
        };
        subject(self) == subject(wanted)
    }

    /// Forgets what was written.
    pub(super) fn begin(&mut self) {
        (self.token, self.bytes, self.entries, self.is_done) = (None, 0, 0, false);
    }

    pub(super) fn describe(&self) -> String {
        let tenant = self.tenant.as_deref().map(|t| format!(", tenant {t}")).unwrap_or_default();
        format!("Region {}{tenant}, other filters or another form", self.region)
    }
}
