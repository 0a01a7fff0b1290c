//! An operator's own rules for bounces, from a file.

use std::fs;
use std::path::Path;

use anyhow::Context;
use warden_domain::bounce::Rulebook;

/// The built-in rules, and before them those of `file` where one is named.
///
/// # Errors
/// When the file cannot be read or a rule in it has a fault.
pub fn read(file: Option<&Path>) -> anyhow::Result<Rulebook> {
    let Some(file) = file else { return Ok(Rulebook::built_in()) };
    let text = fs::read_to_string(file)
        .with_context(|| format!("the rule file {} cannot be read", file.display()))?;
    Rulebook::with_own(&text)
        .with_context(|| format!("the rule file {} has a fault", file.display()))
}
