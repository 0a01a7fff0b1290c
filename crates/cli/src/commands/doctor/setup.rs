//! `ses-warden doctor setup`: whether bounces and complaints reach the functions.
//!
//! `read` reads from AWS and changes nothing, [`warden_domain::setup`] judges (it is pure), and
//! `show` prints the result.

mod read;
mod show;

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use warden_aws::RateLimiter;
use warden_domain::finding::{FindingSeverity, worst};
use warden_domain::setup::snapshot::Snapshot;
use warden_domain::setup::{Section, codes, diagnose};

use crate::frame::aws::{self, Access, calls_per_second};
use crate::frame::exit;
use crate::frame::output::{self, Documents, FormatOptions};

/// Check that bounces and complaints reach the functions
///
/// Follows feedback from each identity and configuration set through topics, subscriptions and
/// queues to the functions, and checks the account, the suppression list's settings and the alarms.
/// Changes nothing. Reports what it may not read, and draws no conclusion about it. SES allows one
/// call a second, so an account with a hundred identities takes about two minutes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden doctor setup
  ses-warden doctor setup --json | jq 'select(.findings[].severity==\"error\")'
  ses-warden doctor setup --explain topic-policy-excludes-ses

Exit status: 0 nothing found, 1 an error, a warning or something not read, 2 wrong usage, 4 no \
Region or credentials, 5 AWS does not answer.")]
pub struct Args {
    #[command(flatten)]
    format: FormatOptions,

    /// Explain a finding code and exit
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,

    /// Lowest severity that makes the exit status 1
    #[arg(long, value_enum, default_value_t = FailOn::Warning)]
    fail_on: FailOn,

    #[command(flatten)]
    reading: ReadOptions,
}

/// What is read, and how; the report takes the same options.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ReadOptions {
    /// CloudFormation stack of ses-warden; an error if you name it and it does not exist [default:
    /// ses-warden]
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,

    /// SES calls per second; SES allows one for the whole account
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = calls_per_second)]
    ses_calls_per_second: f64,

    #[command(flatten)]
    pub(super) access: Access,
}

impl ReadOptions {
    /// Returns the rate limiter for all calls to SES.
    pub(super) fn pace(&self) -> RateLimiter {
        RateLimiter::per_second(self.ses_calls_per_second)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Warning,
    Error,
}

/// Reads the setup, judges it and writes what it found.
///
/// # Errors
/// When no Region is known, the code to explain does not exist or the output cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    if let Some(code) = &args.explain {
        let Some(code) = codes::explain(code) else {
            bail!("{code} is no finding code of doctor setup; docs/DOCTOR.md lists them");
        };
        show::explanation(code, args.format.format(), out)?;
        return Ok(ExitCode::SUCCESS);
    }
    aws::block_on(async {
        let config = args.reading.access.load().await?;
        let sections = match sections(&config, &args.reading, &args.reading.pace()).await {
            Ok(sections) => sections,
            Err(silence) => return Ok(silence.report()),
        };
        if args.format.is_table() {
            show::sections(&sections, out)?;
        } else {
            let mut documents = Documents::new(args.format.format());
            for section in &sections {
                documents.write(section, out)?;
            }
            documents.end(out)?;
        }
        let worst = worst(sections.iter().flat_map(|section| &section.findings));
        let least = match args.fail_on {
            FailOn::Warning => FindingSeverity::Warning,
            FailOn::Error => FindingSeverity::Error,
        };
        Ok(ExitCode::from(u8::from(worst >= Some(least))))
    })
}

/// AWS answered no call at all, so there is nothing to judge.
#[derive(Debug)]
pub(super) struct Silence {
    status: u8,
    message: String,
}

impl Silence {
    /// Prints the message on standard error and returns the exit status.
    pub(super) fn report(self) -> ExitCode {
        output::write_stderr(self.message);
        ExitCode::from(self.status)
    }
}

/// Reads the account and judges it.
///
/// # Errors
/// When AWS accepts no credentials or does not answer at all.
pub(super) async fn sections(
    config: &aws_config::SdkConfig,
    reading: &ReadOptions,
    pace: &RateLimiter,
) -> Result<Vec<Section>, Silence> {
    read::credentials(config).await?;
    let reader = read::SetupReader::new(config, pace.clone());
    let stack = reading.stack.as_deref();
    let snapshot = reader.snapshot(stack.unwrap_or("ses-warden"), stack.is_some()).await;
    match silence(&snapshot) {
        Some(silence) => Err(silence),
        None => Ok(diagnose(&snapshot)),
    }
}

/// Whether none of the first reads was answered.
fn silence(snapshot: &Snapshot) -> Option<Silence> {
    let reasons = [
        snapshot.account.not_read()?,
        snapshot.sets.not_read()?,
        snapshot.identities.not_read()?,
        snapshot.mappings.not_read()?,
        snapshot.alarms.not_read()?,
        snapshot.stack.outputs.not_read()?,
    ];
    const REJECTED: [&str; 6] = [
        "ExpiredToken",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidSignature",
        "SignatureDoesNotMatch",
        "AuthFailure",
    ];
    let first = &snapshot.account.not_read()?.reason;
    if REJECTED.iter().any(|code| first.contains(code)) {
        return Some(Silence {
            status: exit::NO_ACCESS,
            message: format!(
                "AWS rejects the credentials ({first}). Sign in again with aws sso login, or name \
                 others with --profile."
            ),
        });
    }
    if reasons.iter().any(|reason| reason.is_denied) {
        return None;
    }
    Some(Silence {
        status: exit::AWS,
        message: format!(
            "AWS does not answer in {} ({first}). Look at the network, the Region and --endpoint-url.",
            snapshot.region
        ),
    })
}
