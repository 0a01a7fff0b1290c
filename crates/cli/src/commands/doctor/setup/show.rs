//! The findings for people, and what a code means.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;
use warden_domain::finding::{Finding, FindingSeverity};
use warden_domain::setup::Section;
use warden_domain::setup::codes::SetupCode;

use crate::frame::output::{Documents, Format, Lines};
use crate::frame::terminal;

/// Longer texts of AWS's, such as policies, are cut here on the screen; `--json` has them whole.
const LONGEST_FOUND: usize = 160;

#[derive(Debug, Serialize)]
struct Explanation {
    code: &'static str,
    meaning: &'static str,
    remedy: &'static str,
}

/// Writes what a code means.
pub(super) fn explanation(
    code: &SetupCode,
    format: Format,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let SetupCode { code, title, text } = *code;
    if format != Format::Table {
        return Documents::one(format, &Explanation { code, meaning: title, remedy: text }, out);
    }
    out.line(code)?;
    paragraph(out, &format!("{title}."))?;
    paragraph(out, text)
}

/// Writes all findings: the most severe first, what is right in one line at the end.
pub(super) fn sections(sections: &[Section], out: &mut impl Write) -> anyhow::Result<()> {
    let region = sections.first().map_or("", |section| section.region.as_str());
    let all: Vec<&Finding> = sections.iter().flat_map(|section| &section.findings).collect();
    out.line(format!("Setup in {region}: {}", summary(&all)))?;
    for (severity, heading) in [
        (FindingSeverity::Error, "Errors"),
        (FindingSeverity::Warning, "Warnings"),
        (FindingSeverity::Info, "Good to know"),
    ] {
        let of_severity = |f: &&Finding| f.severity == severity && !is_right(f);
        let group: Vec<&Finding> = all.iter().copied().filter(of_severity).collect();
        if group.is_empty() {
            continue;
        }
        out.line("")?;
        out.line(heading)?;
        for finding in group {
            one(finding, out)?;
        }
    }
    right(&all, out)
}

/// Whether a finding says that something works.
fn is_right(finding: &Finding) -> bool {
    finding.severity == FindingSeverity::Info
        && (finding.code.ends_with("-ok")
            || matches!(finding.code, "feedback-arrives" | "suppression-effective" | "last-event"))
}

fn summary(findings: &[&Finding]) -> String {
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let (errors, warnings) = (count(FindingSeverity::Error), count(FindingSeverity::Warning));
    let counted = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    if errors == 0 && warnings == 0 {
        return "no problem found".to_owned();
    }
    format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"))
}

fn one(finding: &Finding, out: &mut impl Write) -> anyhow::Result<()> {
    out.line(format!("  {}  {}", finding.code, finding.subject))?;
    paragraph(out, &finding.text)?;
    if let Some(found) = &finding.found {
        out.line(format!("    found: {}", terminal::shortened(found, LONGEST_FOUND)))?;
    }
    for command in &finding.commands {
        // Never broken, so that it can be copied.
        out.line(format!("    $ {command}"))?;
    }
    Ok(())
}

fn right(all: &[&Finding], out: &mut impl Write) -> anyhow::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in all.iter().filter(|finding| is_right(finding)) {
        *counts.entry(finding.code).or_default() += 1;
    }
    if counts.is_empty() {
        return Ok(());
    }
    let each = counts.iter().map(|(code, count)| match count {
        1 => (*code).to_owned(),
        count => format!("{code} ({count})"),
    });
    out.line("")?;
    out.line(format!("Right: {}", each.collect::<Vec<_>>().join(", ")))?;
    Ok(())
}

fn paragraph(out: &mut impl Write, text: &str) -> anyhow::Result<()> {
    // Longer lines are hard to read, however wide the terminal is.
    let columns = terminal::width().map(|columns| columns.min(100));
    for line in terminal::wrapped(text, 4, columns).lines() {
        out.line(line)?;
    }
    Ok(())
}
