//! `ses-warden status`: whether the account may go on sending, on one screen.
//!
//! `read` reads and changes nothing, `report` decides (it is pure), `show` prints.

mod read;
mod report;
mod show;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use warden_aws::RateLimiter;

use crate::frame::aws::{self, Access, calls_per_second};
use crate::frame::exit;
use crate::frame::output::{Documents, FormatOptions, Lines, clear_screen};
use crate::frame::terminal;
use read::{StatusReader, StatusReadings};
use report::StatusReport;

/// Say in one line whether the account may go on sending, and show why
///
/// Reads what AWS, the stack and its journal know: the sending state and who paused what, AWS's
/// own rates against its review line, the quota, sender domains, the suppression list, dedicated IP
/// pools, tenants, alarms, queues and functions. Changes nothing. The first line comes within a
/// moment; the rest needs calls to SES, which takes one a second for the whole account.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Permissions: docs/status-policy.json. It works without them, and says what it could not read.

Exit status: 0 all right or only to be watched, 1 a problem or something not read, 2 wrong usage, \
4 no Region or credentials, 5 AWS does not answer.

Examples:
  ses-warden status
  ses-warden status --watch 300 --region eu-west-1
  ses-warden status --json | jq '.problems[].text'")]
pub struct Args {
    /// CloudFormation stack of ses-warden; an error if you name it and it does not exist [default:
    /// ses-warden]
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,

    /// Read every configuration set and pool, a call and a second each, not the first ten
    #[arg(long)]
    all: bool,

    /// Show the status again every so many seconds [default: 60] until you press Ctrl-C
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        default_missing_value = "60",
        value_parser = clap::value_parser!(u64).range(5..=86_400)
    )]
    watch: Option<u64>,

    /// SES calls per second; SES allows one for the whole account
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = calls_per_second)]
    ses_calls_per_second: f64,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    access: Access,
}

/// Prints the status, once or again and again.
///
/// # Errors
/// When there is no Region, AWS answers nothing, the named stack does not exist, or the output
/// cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        let connection = args.access.connect().await?;
        // One limiter for all rounds, because SES counts them together.
        let limiter = RateLimiter::per_second(args.ses_calls_per_second);
        loop {
            let reader = StatusReader::new(&connection, args, limiter.clone());
            let quick = reader.quick(Timestamp::now().as_second()).await?;
            let mut report = StatusReport::of(&quick, None);
            match once(args, &reader, &quick, &mut report, out).await {
                Ok(()) => {}
                // Whoever reads only the first line gets the answer as exit status all the same.
                Err(error) if exit::is_closed_pipe(&error) => {
                    return Ok(report.exit_status().into());
                }
                Err(error) => return Err(error),
            }
            let Some(seconds) = args.watch else { return Ok(report.exit_status().into()) };
            if args.format.is_table() {
                out.line("")?;
                out.line(format!("Again in {seconds} seconds; Ctrl-C ends."))?;
                out.flush()?;
            }
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            if args.format.is_table() {
                clear_screen()?;
            }
        }
    })
}

/// Prints the first line of `report`, which then becomes the whole report, and the rest.
async fn once(
    args: &Args,
    reader: &StatusReader<'_>,
    quick: &StatusReadings,
    report: &mut StatusReport,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let width = terminal::width();
    if args.format.is_table() {
        show::headline(report, width, out)?;
        out.flush()?;
    }
    let sending = reader.slow(quick).await;
    let whole = StatusReport::of(quick, Some(&sending));
    let first = std::mem::replace(report, whole);
    if args.format.is_table() {
        show::details(report, &first.headline, width, out)?;
    } else {
        Documents::one(args.format.format(), report, out)?;
    }
    out.flush()?;
    Ok(())
}
