//! The diagnosis of a domain as JSON and for people.

use std::collections::BTreeSet;
use std::io::Write;

use serde::Serialize;
use warden_domain::authentication::domain_check::{Diagnosis, codes::DomainCode};
use warden_domain::finding::{Finding, FindingSeverity, RecordToPublish};

use crate::frame::output::{Documents, Format, Lines};
use crate::frame::terminal;

/// One line of `--json`.
#[derive(Debug, Serialize)]
pub struct FindingLine<'a> {
    domain: &'a str,
    region: &'a str,
    policy: &'a str,
    findings: &'a [Finding],
}

impl<'a> FindingLine<'a> {
    /// The line of one diagnosis.
    pub fn new(domain: &'a str, region: &'a str, diagnosis: &'a Diagnosis) -> Self {
        Self { domain, region, policy: &diagnosis.policy, findings: &diagnosis.findings }
    }
}

#[derive(Debug, Serialize)]
struct Explanation {
    code: &'static str,
    severity: FindingSeverity,
    meaning: &'static str,
    remedy: &'static str,
}

/// Writes what a code means.
///
/// # Errors
/// When the output cannot be written.
pub fn explanation(code: &DomainCode, format: Format, out: &mut impl Write) -> anyhow::Result<()> {
    let DomainCode { code, severity, meaning, remedy } = *code;
    if format != Format::Table {
        Documents::one(format, &Explanation { code, severity, meaning, remedy }, out)?;
    } else {
        out.line(format!("{code} ({})", severity.name()))?;
        paragraph(out, meaning)?;
        paragraph(out, remedy)?;
    }
    out.flush()?;
    Ok(())
}

/// Writes a diagnosis for people: what is wrong, most severe first, then what is right in one
/// line, then all records and commands, ready to copy.
///
/// # Errors
/// When the output cannot be written.
pub fn diagnosis(
    domain: &str,
    region: &str,
    diagnosis: &Diagnosis,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let findings = &diagnosis.findings;
    out.line(format!("{domain} in {region}: {}", summary(findings)))?;
    for (severity, heading) in [
        (FindingSeverity::Error, "Errors"),
        (FindingSeverity::Warning, "Warnings"),
        (FindingSeverity::Info, "Good to know"),
    ] {
        let group: Vec<&Finding> = findings
            .iter()
            .filter(|finding| finding.severity == severity && !is_right(finding))
            .collect();
        if group.is_empty() {
            continue;
        }
        out.line("")?;
        out.line(heading)?;
        let mut codes: Vec<&str> = group.iter().map(|finding| finding.code).collect();
        let mut seen = BTreeSet::new();
        codes.retain(|code| seen.insert(*code));
        for code in codes {
            let same: Vec<&Finding> =
                group.iter().copied().filter(|finding| finding.code == code).collect();
            several(&same, out)?;
        }
    }
    let right: Vec<&str> =
        findings.iter().filter(|finding| is_right(finding)).map(|finding| finding.code).collect();
    if !right.is_empty() {
        out.line("")?;
        out.line(format!("Right: {}", right.join(", ")))?;
    }
    records(findings, out)?;
    commands(findings, out)?;
    Ok(())
}

/// Codes that say that something works.
fn is_right(finding: &Finding) -> bool {
    finding.code.ends_with("-ok") || finding.code == "bimi-ready"
}

fn summary(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let (errors, warnings) = (count(FindingSeverity::Error), count(FindingSeverity::Warning));
    let counted = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let found = if errors == 0 && warnings == 0 {
        "no problem found".to_owned()
    } else {
        format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"))
    };
    // Half a check must not look like a clean bill of health.
    let is_partial = findings.iter().any(|finding| finding.code == "ses-not-read");
    if is_partial { format!("{found}; SES was not read") } else { found }
}

/// Findings of one code: the first in full, of the others what they are about and what is there.
fn several(findings: &[&Finding], out: &mut impl Write) -> anyhow::Result<()> {
    for (index, finding) in findings.iter().enumerate() {
        if index == 0 {
            out.line(format!("  {}  {}", finding.code, finding.subject))?;
            paragraph(out, &finding.text)?;
        } else {
            out.line(format!("    also: {}", finding.subject))?;
        }
        if let Some(found) = &finding.found {
            out.line(format!("    found: {found}"))?;
        }
    }
    Ok(())
}

fn paragraph(out: &mut impl Write, text: &str) -> anyhow::Result<()> {
    // Longer lines are hard to read, however wide the terminal is.
    let columns = terminal::width().map(|columns| columns.min(100));
    let wrapped = terminal::wrapped(text, 4, columns);
    for line in wrapped.lines() {
        out.line(line)?;
    }
    Ok(())
}

/// All records to create, each once, in columns. They are never broken, so that they can be copied.
fn records(findings: &[Finding], out: &mut impl Write) -> anyhow::Result<()> {
    let mut records: Vec<&RecordToPublish> = Vec::new();
    for record in findings.iter().flat_map(|finding| &finding.publish) {
        if !records.contains(&record) {
            records.push(record);
        }
    }
    if records.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line("Records to publish (name, type, value)")?;
    let width = records.iter().map(|record| record.name.chars().count()).max().unwrap_or(0);
    for RecordToPublish { name, kind, value } in records {
        out.line(format!("  {name:<width$}  {kind:<5}  {value}"))?;
    }
    Ok(())
}

fn commands(findings: &[Finding], out: &mut impl Write) -> anyhow::Result<()> {
    let mut commands: Vec<&String> = Vec::new();
    for command in findings.iter().flat_map(|finding| &finding.commands) {
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    if commands.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line("Commands")?;
    for command in commands {
        out.line(format!("  {command}"))?;
    }
    Ok(())
}
