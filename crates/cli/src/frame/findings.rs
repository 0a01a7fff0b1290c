//! Findings as paragraphs for people.

use std::io::Write;

use warden_domain::finding::Finding;

use super::output::Lines;
use super::terminal;

/// Columns of a severity and the blanks behind it.
const SEVERITY: usize = 9;

/// Writes findings, each with its severity, what was found, and the commands that help.
///
/// # Errors
/// When the stream cannot be written.
pub fn paragraphs(findings: &[Finding], out: &mut impl Write) -> anyhow::Result<()> {
    let width = terminal::width();
    for finding in findings {
        let found = finding.found.as_deref().map(|found| format!(" [{found}]")).unwrap_or_default();
        let text = format!("{:<7}  {}{found}", finding.severity.name(), finding.text);
        // The lines below the first stand farther in, below the text and not below the severity.
        let room = width.map(|columns| columns.saturating_sub(SEVERITY));
        let below = format!("\n{}", " ".repeat(SEVERITY));
        let lines = terminal::wrapped(&text, 2, room).replace('\n', &below);
        for line in lines.lines() {
            out.line(line)?;
        }
        for command in &finding.commands {
            out.line(format!("             {command}"))?;
        }
    }
    Ok(())
}
