//! `suppressions import`: files of SES or of another provider onto the list.

mod apply;
mod compare;
mod read;
mod show;

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use warden_domain::exports::{Hint, ImportPlan};

use super::where_to::{BucketOptions, WhereTo};
use crate::frame::aws;
use crate::frame::output::{Format, FormatOptions, write_stderr};
use crate::frame::prompt::Prompt;

/// Put the addresses of suppression files on the list
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Only bounces that blame the address and complaints are imported. Unsubscribes, blocks, soft \
bounces and allow lists are not; rows that a person must decide are shown and left out. Each \
address is imported once, for a complaint where any of the files says so, and a COMPLAINT that is \
listed already never becomes a BOUNCE. More than 30 addresses go by import jobs of up to 100,000 \
each, from a bucket that SES may read. A command that broke off is run again: what is done is not \
done twice.

Files: CSV, JSON, one JSON object a line, or several pages of an API behind each other, of
  ses        list, get, import-csv, import-json
  sendgrid   bounces, blocks, spam_reports, invalid_emails, unsubscribes
  mailgun    bounces, complaints, unsubscribes, allowlist
  postmark   suppressions, bounces
  sparkpost  suppression-list
  mandrill rejects, brevo blocked-contacts, resend suppressions, mailjet events

Examples:
  ses-warden suppressions import --plan --from sendgrid --kind bounces b.csv
  ses-warden suppressions import --bucket my-bucket bounces.json")]
pub(super) struct Args {
    /// Files to read; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Provider that wrote the files, where they do not show it
    #[arg(long, value_name = "PROVIDER")]
    from: Option<String>,

    /// Kind of the files, if they do not show it
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,

    /// Show what each row becomes, from the files alone: no credentials, no network
    #[arg(long)]
    plan: bool,

    /// Do it without a question
    #[arg(long)]
    yes: bool,

    /// File that notes import jobs under way, so that the same command goes on after a break
    /// [default: ses-warden-import-REGION.state]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    #[command(flatten)]
    bucket: BucketOptions,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    where_to: WhereTo,
}

/// The plan of files alone, for other commands; warnings go to standard error.
pub(super) fn read_files<R: BufRead>(
    paths: &[PathBuf],
    hint: &Hint,
    prompt: &mut Prompt<R>,
) -> anyhow::Result<ImportPlan> {
    let files = read::read(paths, hint, prompt)?;
    warn(&files);
    Ok(files.plan)
}

fn warn(files: &read::ImportFiles) {
    for (name, warning) in &files.warnings {
        write_stderr(format_args!("warning {}: {name}: {}", warning.code(), warning.text()));
    }
}

/// Reads the files, shows the plan, and carries it out.
pub(super) fn run<R: BufRead>(
    args: &Args,
    mut prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let hint = Hint::parse(args.from.as_deref(), args.kind.as_deref())?;
    let files = read::read(&args.files, &hint, &mut prompt)?;
    warn(&files);
    if args.plan {
        match args.format.format() {
            Format::Table => show::summary(&files, out)?,
            format @ (Format::Json | Format::Ndjson | Format::Csv) => {
                show::rows(&files, format, out)?;
            }
        }
        out.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.format.format() == Format::Table {
        show::summary(&files, out)?;
    }
    aws::block_on(apply::run(args, &files, &mut prompt, out))
}
