//! `ses-warden rescue`: addresses that SES suppressed although the sender was at fault.
//!
//! suppress keeps a record of each in its bucket (`rescue/DAY/*.ndjson`). The command reads the
//! records, shows them, asks, and removes the addresses that SES listed for these bounces. It uses
//! the same rules as the function's rescue run, in `warden_domain::rescue`.

mod apply;
mod read;
mod undo;

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;
use warden_aws::{Bucket, RateLimiter, SuppressionList, SuppressionSettings};
use warden_domain::address::EmailAddress;

use crate::frame::aws::{self, Access};
use crate::frame::exit;
use crate::frame::output::{Documents, FormatOptions, Lines, write_stderr};
use crate::frame::prompt::Prompt;
use crate::frame::table::{Align, table};

use read::Candidate;

/// SES takes about one call a second for the whole account.
const SES_CALLS_PER_SECOND: f64 = 0.9;

/// Show the addresses that SES suppressed although the sender caused the bounce, and remove them
/// from the list
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is changed without --remove or --undo, and both show what they would do and ask. An entry \
is removed only if SES listed it for that very bounce. An entry that is there for a complaint, \
for another mail or by somebody's hand stays.

Examples:
  ses-warden rescue --bucket my-bucket
  ses-warden rescue --bucket my-bucket --domain news.example.com \\
    --fault sender_authentication --remove
  ses-warden rescue --undo ses-warden-rescued-2026-11-26.ndjson")]
pub struct Args {
    /// The stack's bucket: its output SuppressBucketName
    #[arg(long, value_name = "NAME", required_unless_present = "undo")]
    bucket: Option<String>,

    /// Only mail of this sender domain
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,

    /// Only this fault, such as sender_authentication
    #[arg(long, value_name = "FAULT")]
    fault: Option<String>,

    /// Remove those that SES listed for these bounces from the account's suppression list. SES's
    /// rate limit means two calls and two seconds per address. Remove the cause of the bounces
    /// first
    #[arg(long)]
    remove: bool,

    /// Where to write what was removed; --undo reads it [default: ses-warden-rescued-DAY.ndjson]
    #[arg(long, value_name = "FILE", requires = "remove")]
    record: Option<PathBuf>,

    /// Put the addresses of a record on the list again
    #[arg(long, value_name = "FILE", conflicts_with_all = ["remove", "domain", "fault"])]
    undo: Option<PathBuf>,

    /// Do it without a question
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    format: FormatOptions,

    /// Print addresses in full
    #[arg(long)]
    show_addresses: bool,

    #[command(flatten)]
    access: Access,
}

/// One address in the output.
#[derive(Debug, Serialize)]
struct ShownAddress<'a> {
    address: String,
    domain: Option<&'a str>,
    fault: &'a str,
    last: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'static str>,
}

/// Lists the candidates, and removes them or puts them back when asked to.
///
/// # Errors
/// When a call to AWS fails, a file cannot be read or written, or there is no terminal to ask at.
pub fn run<R: BufRead>(
    args: &Args,
    mut prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        if let Some(file) = &args.undo {
            return undo::run(args, file, &mut prompt, out).await;
        }
        let connection = args.access.connect().await?;
        let bucket = Bucket::new(&connection, args.bucket.clone().unwrap_or_default());
        let found = read::read(&bucket).await?;
        found.unread.iter().for_each(write_stderr);
        let is_read = found.unread.is_empty();
        let candidates = found.candidates(args.domain.as_deref(), args.fault.as_deref());
        if !args.remove || args.format.is_table() {
            show(args, &candidates, out)?;
        }
        let mut is_complete = is_read;
        if args.remove && !candidates.is_empty() {
            let limiter = RateLimiter::per_second(SES_CALLS_PER_SECOND);
            let settings = SuppressionSettings::new(&connection, limiter.clone());
            if !settings.account().await?.sends {
                write_stderr(
                    "the account's sending is paused: nothing is removed during an incident",
                );
                return Ok(exit::PARTIAL.into());
            }
            let question = format!(
                "Check {} addresses, and remove those that SES listed for these bounces from the list?",
                candidates.len()
            );
            if !args.yes && !prompt.confirm(&question, out)? {
                out.line("Nothing was changed.")?;
                return Ok(exit::DECLINED.into());
            }
            let list = SuppressionList::new(&connection, limiter);
            let removal = apply::RescueRemoval::new(args, &list, &bucket, connection.region())?;
            is_complete &= removal.run(&candidates, out).await?;
        }
        out.flush()?;
        Ok(if is_complete { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
    })
}

fn show(args: &Args, candidates: &[Candidate], out: &mut impl Write) -> anyhow::Result<()> {
    if !args.format.is_table() {
        let mut documents = Documents::new(args.format.format());
        for candidate in candidates {
            documents.write(&shown(args, candidate, None, None), out)?;
        }
        return documents.end(out);
    }
    if candidates.is_empty() {
        out.line("No address bounced for a reason on your side.")?;
        return Ok(());
    }
    let columns = ["domain", "fault", "last", "address"].map(|name| (name, Align::Left));
    let row = |candidate: &Candidate| {
        let shown = shown(args, candidate, None, None);
        let domain = shown.domain.unwrap_or("unknown").to_owned();
        vec![domain, shown.fault.to_owned(), shown.last, shown.address]
    };
    let rows: Vec<Vec<String>> = candidates.iter().map(row).collect();
    writeln!(out, "{}\n", table(&columns, &rows))?;
    writeln!(
        out,
        "{} addresses bounced for a reason on your side; SES may have put them on its list anyway.",
        candidates.len()
    )?;
    if !args.remove {
        out.line(
            "Remove the cause first (ses-warden explain says how); then use --remove to take them off the list.",
        )?;
    }
    Ok(())
}

fn shown<'a>(
    args: &Args,
    candidate: &'a Candidate,
    result: Option<&'static str>,
    proof: Option<&'static str>,
) -> ShownAddress<'a> {
    let latest = candidate.latest();
    ShownAddress {
        address: address(args, &latest.address),
        domain: latest.domain.as_deref(),
        fault: &latest.fault,
        last: warden_domain::time::day(u64::try_from(latest.at).unwrap_or(0)),
        result,
        proof,
    }
}

fn address(args: &Args, address: &EmailAddress) -> String {
    if args.show_addresses { address.expose().to_owned() } else { address.to_string() }
}

/// Milliseconds since 1970.
fn now_millis() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
