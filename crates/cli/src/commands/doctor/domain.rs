//! `ses-warden doctor domain`: a sender domain's DNS records against its SES identity.
//!
//! [`crate::frame::domain_check`] reads, judges and shows; `explain --domain` and `doctor report`
//! use it too.

mod input;

pub use crate::frame::domain_check::{CALLS_A_SECOND, Doctor};

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail};
use futures_util::StreamExt;
use warden_aws::RateLimiter;
use warden_domain::authentication::domain_check::codes;
use warden_domain::finding::{FindingSeverity, worst};

use crate::frame::aws::{Access, block_on};
use crate::frame::dns::{Dns, DnsOptions};
use crate::frame::domain_check::show;
use crate::frame::output::{Documents, FormatOptions, Lines};

/// How many domains are checked at the same time.
const SIDE_BY_SIDE: usize = 8;

/// Check the DNS records and the SES identity of a sender domain
///
/// Looks up DKIM, SPF, MAIL FROM, DMARC (RFC 9989) and BIMI, reads the identity from SES, and says
/// what is wrong, why it matters and which records and commands correct it. Changes nothing. It
/// reports what SES does not let it read, and draws no conclusion about it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden doctor domain example.com
  ses-warden doctor domain --json example.com news.example.com
  ses-warden doctor domain @domains.txt
  ses-warden doctor domain --explain mailfrom-two-mx

Exit status: 0 no error found, 1 at least one error, 2 wrong usage, 4 no Region, or a profile \
without credentials.")]
pub struct Args {
    #[command(flatten)]
    format: FormatOptions,

    /// Fetch the BIMI logo and check that it is SVG Tiny PS
    #[arg(long)]
    fetch: bool,

    /// Explain a finding code and exit
    #[arg(long, value_name = "CODE", conflicts_with = "domains")]
    explain: Option<String>,

    #[command(flatten)]
    dns: DnsOptions,

    #[command(flatten)]
    access: Access,

    /// Domains of the From header; @FILE reads them from a file, one per line
    #[arg(value_name = "DOMAIN", required_unless_present = "explain")]
    domains: Vec<String>,
}

/// Checks each domain and prints its findings, in the order of the arguments.
///
/// # Errors
/// When a name is no domain, a file cannot be read, no Region is known or the output cannot be
/// written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    if let Some(code) = &args.explain {
        let Some(code) = codes::find(code) else {
            bail!("{code} is no finding code; the codes are listed in docs/DOCTOR.md");
        };
        show::explanation(code, args.format.format(), out)?;
        return Ok(ExitCode::SUCCESS);
    }
    let domains = input::domains(&args.domains)?;
    block_on(async {
        let config = args.access.load().await?;
        let dns = Dns::new(&args.dns)?;
        let pace = RateLimiter::per_second(CALLS_A_SECOND);
        let doctor = Doctor::new(&config, pace, dns, args.fetch);
        let mut judged = futures_util::stream::iter(&domains)
            .map(async |domain| (domain, doctor.diagnose(domain).await))
            .buffered(SIDE_BY_SIDE);
        let mut documents = Documents::new(args.format.format());
        let mut has_error = false;
        let mut is_first = true;
        while let Some((domain, diagnosis)) = judged.next().await {
            has_error |= worst(&diagnosis.findings) == Some(FindingSeverity::Error);
            if !args.format.is_table() {
                let line = show::FindingLine::new(domain, doctor.region(), &diagnosis);
                documents.write(&line, out)?;
            } else {
                if !std::mem::take(&mut is_first) {
                    out.line("")?;
                }
                show::diagnosis(domain, doctor.region(), &diagnosis, out)?;
            }
            // Whoever watches a long list sees each domain as it comes.
            out.flush().context("the output cannot be written")?;
        }
        documents.end(out)?;
        out.flush()?;
        Ok(ExitCode::from(u8::from(has_error)))
    })
}
