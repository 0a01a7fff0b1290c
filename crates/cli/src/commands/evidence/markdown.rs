//! The report as Markdown.

use std::fmt::Write as _;

use super::report::{EvidenceReport, NamedCount, ReportPhase, number, percent};
use crate::frame::table::{Align, markdown};

const LEFT: Align = Align::Left;
const RIGHT: Align = Align::Right;

/// Returns the whole document.
///
/// # Errors
/// None that any input brings about.
pub(super) fn render(report: &EvidenceReport) -> anyhow::Result<String> {
    let mut out = String::new();
    writeln!(out, "# Sending in {}, {} to {}\n", report.region, report.from, report.until)?;
    writeln!(out, "{}\n", state(report))?;
    writeln!(
        out,
        "Written on {} by ses-warden {} from the stack {}. Addresses are left out.\n",
        report.written, report.version, report.stack
    )?;
    section(&mut out, "Timeline")?;
    table(
        &mut out,
        &[("Time", LEFT), ("What", LEFT), ("By", LEFT), ("Why", LEFT)],
        report
            .timeline
            .iter()
            .map(|row| vec![row.at.clone(), row.what.clone(), row.by.clone(), row.why.clone()]),
        "The history holds no pause, resume or note of this time.",
    )?;
    section(&mut out, "Rates before and after")?;
    table(
        &mut out,
        &[
            ("Phase", LEFT),
            ("From", LEFT),
            ("Until", LEFT),
            ("Sends", RIGHT),
            ("Hard bounces", RIGHT),
            ("Bounce rate", RIGHT),
            ("Complaints", RIGHT),
            ("Complaint rate", RIGHT),
        ],
        report.phases.iter().map(phase),
        "",
    )?;
    writeln!(
        out,
        "Bounce rate: hard bounces of the sends. Complaint rate: complaints of the deliveries. AWS \
         reviews an account at 5 % bounces or 0.1 % complaints, and may pause it at 10 % or 0.5 %.\n"
    )?;
    for one in &report.phases {
        if one.aws_bounce_rate.is_some() || one.aws_complaint_rate.is_some() {
            writeln!(
                out,
                "- AWS's own rates {}: at most {} bounces and {} complaints.",
                one.name,
                percent(one.aws_bounce_rate),
                percent(one.aws_complaint_rate)
            )?;
        }
    }
    writeln!(out)?;
    cause(&mut out, report)?;
    section(&mut out, "What was fixed")?;
    list(&mut out, &report.fixed, "Not said.")?;
    section(&mut out, "What is automated now")?;
    list(&mut out, &report.automated, "Not known: the stack could not be read.")?;
    section(&mut out, "Suppression")?;
    counts(
        &mut out,
        ("Put on the list by ses-warden, by reason", "Addresses"),
        &report.suppressed,
        "None.",
    )?;
    counts(
        &mut out,
        ("On the list with a change in this time, by reason", "Entries"),
        &report.listed,
        "None.",
    )?;
    section(&mut out, "Gaps")?;
    list(&mut out, &report.gaps, "None.")?;
    Ok(format!("{}\n", out.trim_end()))
}

/// Sending now, and the incident, in sentences.
pub(super) fn state(report: &EvidenceReport) -> String {
    let sending = match report.sending_enabled {
        Some(true) => "The account sends now",
        Some(false) => "The account is paused now",
        None => "Whether the account sends could not be read",
    };
    let status = report.enforcement_status.as_deref().unwrap_or("not read");
    let incident = match (&report.incident_began, &report.incident_ended) {
        (Some(began), Some(ended)) => format!(" The incident lasted from {began} to {ended}."),
        (Some(began), None) => format!(" The incident began at {began} and has not ended."),
        (None, _) => String::new(),
    };
    format!("{sending}; AWS's enforcement status is {status}.{incident}")
}

fn phase(phase: &ReportPhase) -> Vec<String> {
    vec![
        phase.name.to_owned(),
        phase.from.clone(),
        phase.until.clone(),
        number(phase.sends),
        number(phase.hard_bounces),
        percent(phase.bounce_rate),
        number(phase.complaints),
        percent(phase.complaint_rate),
    ]
}

fn cause(out: &mut String, report: &EvidenceReport) -> anyhow::Result<()> {
    section(out, "Cause")?;
    counts(out, ("Bounces by class", "Bounces"), &report.classes, "No bounce was classified.")?;
    table(
        out,
        &[("Bounces", RIGHT), ("Class", LEFT), ("Status", LEFT), ("What receivers said", LEFT)],
        report.texts.iter().map(|row| {
            vec![
                row.count.to_string(),
                row.class.clone(),
                row.status.clone(),
                format!("`{}`", row.text.replace('`', "'")),
            ]
        }),
        "No texts of receivers.",
    )?;
    table(
        out,
        &[
            ("Sender domain", LEFT),
            ("Sends", RIGHT),
            ("Hard bounces", RIGHT),
            ("Bounce rate", RIGHT),
            ("Complaints", RIGHT),
            ("Complaint rate", RIGHT),
        ],
        report.domains.iter().map(|row| {
            vec![
                row.name.clone(),
                number(row.sends),
                number(row.hard_bounces),
                percent(row.bounce_rate),
                number(row.complaints),
                percent(row.complaint_rate),
            ]
        }),
        "No sender domain was counted.",
    )?;
    counts(
        out,
        ("Unexpected caller", "Mails"),
        &report.callers,
        "No unexpected caller was counted.",
    )?;
    counts(
        out,
        ("Unexpected source address", "Mails"),
        &report.sources,
        "No unexpected source address was counted.",
    )
}

fn section(out: &mut String, title: &str) -> anyhow::Result<()> {
    writeln!(out, "## {title}\n")?;
    Ok(())
}

fn counts(
    out: &mut String,
    (name, count): (&str, &str),
    rows: &[NamedCount],
    otherwise: &str,
) -> anyhow::Result<()> {
    let rows = rows.iter().map(|row| vec![row.name.clone(), number(row.count)]);
    table(out, &[(name, LEFT), (count, RIGHT)], rows, otherwise)
}

fn table(
    out: &mut String,
    columns: &[(&str, Align)],
    rows: impl Iterator<Item = Vec<String>>,
    otherwise: &str,
) -> anyhow::Result<()> {
    let escape = |cell: String| cell.replace('|', "\\|");
    let rows: Vec<Vec<String>> = rows.map(|row| row.into_iter().map(escape).collect()).collect();
    if rows.is_empty() {
        writeln!(out, "{otherwise}\n")?;
    } else {
        writeln!(out, "{}\n", markdown(columns, &rows))?;
    }
    Ok(())
}

fn list(out: &mut String, lines: &[String], otherwise: &str) -> anyhow::Result<()> {
    if lines.is_empty() {
        writeln!(out, "{otherwise}")?;
    }
    for line in lines {
        writeln!(out, "- {line}")?;
    }
    writeln!(out)?;
    Ok(())
}
