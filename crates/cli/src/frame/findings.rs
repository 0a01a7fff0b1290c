//! Findings as paragraphs for people.

use std::io::Write;

use warden_domain::finding::Finding;

use super::output::Lines;
use super::terminal;

/// Writes findings, each with its severity, what was found, and the commands that help.
///
/// # Errors
/// When the stream cannot be written.
pub fn paragraphs(findings: &[Finding], out: &mut impl Write) -> anyhow::Result<()> {
    let width = terminal::width();
    for finding in findings {
        let found = finding.found.as_deref().map(|found| format!(" [{found}]")).unwrap_or_default();
        let text = format!("{:<7}  {}{found}", finding.severity.name(), finding.text);
        let mut lines = terminal::wrapped(&text, 2, width);
        lines = lines.replace('\n', "\n         ");
        for line in lines.lines() {
            out.line(line)?;
        }
        for command in &finding.commands {
            out.line(format!("             {command}"))?;
        }
    }
    Ok(())
}
