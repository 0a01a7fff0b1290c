//! `explain --domain`: the domain behind a text about authentication is checked at once.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use warden_aws::RateLimiter;
use warden_domain::address::normalize_domain;
use warden_domain::bounce::{BounceClass, BounceFacts, triage};
use warden_domain::finding::{FindingSeverity, worst};

use crate::frame::aws::{Access, block_on};
use crate::frame::dns::{Dns, DnsOptions};
use crate::frame::domain_check::{CALLS_A_SECOND, Doctor, show};
use crate::frame::output::{Documents, Lines, printable};

/// Which domain to check, and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct CheckOptions {
    /// If a text shows that authentication failed, check this sender domain as `doctor domain`
    /// does; with --json, print a separate line
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    domain: Option<String>,

    #[command(flatten)]
    dns: DnsOptions,

    #[command(flatten)]
    access: Access,
}

fn domain(text: &str) -> Result<String, String> {
    normalize_domain(text).ok_or_else(|| "this is no domain name".to_owned())
}

/// Whether a check of the sender's domain can explain more about a text.
pub(super) fn is_about_authentication(status: Option<&str>, text: &str) -> bool {
    let finding = triage(BounceFacts { bounce: None, status, diagnostic: Some(text) });
    finding.class == BounceClass::SenderAuthentication
}

impl CheckOptions {
    /// Checks the domain, if one is named and a text was about authentication.
    ///
    /// # Errors
    /// When no Region is known or the output cannot be written.
    pub(super) fn run(
        &self,
        is_wanted: bool,
        mut documents: Documents,
        out: &mut impl Write,
    ) -> anyhow::Result<ExitCode> {
        let is_table = documents.is_table();
        let Some(domain) = self.domain.as_ref().filter(|_| is_wanted || is_table) else {
            documents.end(out)?;
            out.flush()?;
            return Ok(ExitCode::SUCCESS);
        };
        if !is_wanted {
            out.line(format!(
                "{} was not checked: no text is about authentication.",
                printable(domain)
            ))?;
            out.flush()?;
            return Ok(ExitCode::SUCCESS);
        }
        block_on(async {
            let config = self.access.load().await?;
            let dns = Dns::new(&self.dns)?;
            let doctor = Doctor::new(&config, RateLimiter::per_second(CALLS_A_SECOND), dns, false);
            let diagnosis = doctor.diagnose(domain).await;
            if !is_table {
                let line = show::FindingLine::new(domain, doctor.region(), &diagnosis);
                documents.write(&line, out)?;
                documents.end(out)?;
            } else {
                show::diagnosis(domain, doctor.region(), &diagnosis, out)?;
            }
            out.flush().context("the output cannot be written")?;
            let has_error = worst(&diagnosis.findings) == Some(FindingSeverity::Error);
            Ok(ExitCode::from(u8::from(has_error)))
        })
    }
}
