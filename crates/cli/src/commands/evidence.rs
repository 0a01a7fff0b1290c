//! `ses-warden evidence`: what happened, why, and what was done about it, for a review by AWS.
//!
//! `read` reads, `report` puts together (it is pure), `markdown`, `page` and `chart` write. What
//! could not be read, and what nobody can know, is part of the report: its gaps.

mod chart;
mod markdown;
mod page;
mod read;
mod report;
mod window;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use jiff::Timestamp;

use crate::frame::aws::{self, calls_per_second};
use crate::frame::exit;
use crate::frame::journal::JournalCommand;
use crate::frame::output::{Documents, Lines, path};
use report::EvidenceReport;
use window::Window;

/// Write up an incident for a review by AWS
///
/// Puts together the timeline of pauses and resumes, the rates before, during and after, the
/// causes, what was fixed and what is automated now. Reads the journal, CloudWatch, the alarms and
/// the suppression list; changes nothing. Addresses are in none of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --markdown and --html the Markdown goes to standard output.

Permissions: docs/evidence-policy.json.

Examples:
  ses-warden evidence --html case.html --fixed \"Double opt-in since 5 October\"
  ses-warden evidence --since 2026-10-01 --until 2026-10-14 --markdown case.md

Exit status: 0 written, 1 written with gaps because something could not be read, 2 wrong usage, \
4 no Region or credentials, 5 AWS does not answer.")]
pub struct Args {
    /// First day or time, such as 2026-10-01 or 2026-10-01T08:00:00Z [default: 14 days ago]
    #[arg(long, value_name = "TIME", value_parser = window::moment)]
    since: Option<Timestamp>,

    /// Last day or time [default: now]
    #[arg(long, value_name = "TIME", value_parser = window::last_moment)]
    until: Option<Timestamp>,

    /// When the incident began [default: the first pause in that time]
    #[arg(long, value_name = "TIME", value_parser = window::moment)]
    incident: Option<Timestamp>,

    /// When it ended [default: the last resume after that]
    #[arg(long, value_name = "TIME", value_parser = window::moment, requires = "incident")]
    incident_end: Option<Timestamp>,

    /// What you fixed, a sentence; may be repeated
    #[arg(long, value_name = "TEXT")]
    fixed: Vec<String>,

    /// Write Markdown to this file
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// Write a page of HTML that loads nothing else to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Write over files that are there already
    #[arg(long)]
    force: bool,

    /// Do not read the decisions in the journal, and so neither texts nor classes from there
    #[arg(long)]
    no_texts: bool,

    /// SES calls a second; SES allows one for the whole account
    #[arg(long, value_name = "N", default_value_t = 0.9, value_parser = calls_per_second)]
    ses_calls_per_second: f64,

    #[command(flatten)]
    of_journal: JournalCommand,
}

/// Reads, puts together and writes.
///
/// # Errors
/// When the times make no sense, a file is there already, nothing of AWS can be read, or a file
/// cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let window = Window::of(args.since, args.until, Timestamp::now())?;
    let mut files = args.markdown.iter().chain(&args.html);
    if let Some(file) = files.find(|file| !args.force && file.exists()) {
        bail!("{} is there already; give another name, or --force", path(file));
    }
    aws::block_on(async {
        let connection = args.of_journal.access.connect().await?;
        let reading = read::EvidenceReading {
            connection: &connection,
            journal: &args.of_journal.journal,
            window,
            has_texts: !args.no_texts,
            calls_per_second: args.ses_calls_per_second,
        };
        let readings = reading.read().await?;
        let given = args.incident.map(|began| (began, args.incident_end));
        let report = report::build(&readings, window, given, &args.fixed);
        write(args, &report, out)?;
        out.flush()?;
        Ok(if report.unread == 0 { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
    })
}

fn write(args: &Args, report: &EvidenceReport, out: &mut impl Write) -> anyhow::Result<()> {
    let mut files = Vec::new();
    for (file, text) in [
        (&args.markdown, markdown::render as fn(&EvidenceReport) -> anyhow::Result<String>),
        (&args.html, page::render),
    ] {
        if let Some(file) = file {
            save(file, &text(report)?)?;
            files.push(path(file));
        }
    }
    if !args.of_journal.format.is_table() {
        return Documents::one(args.of_journal.format.format(), report, out);
    }
    if files.is_empty() {
        out.write_all(markdown::render(report)?.as_bytes())?;
        return Ok(());
    }
    out.line(format!("Wrote {}.", files.join(" and ")))?;
    if !report.gaps.is_empty() {
        out.line(format!(
            "It names {} gaps; read it through before you send it.",
            report.gaps.len()
        ))?;
    }
    Ok(())
}

fn save(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| format!("{} cannot be written", path(file)))
}
