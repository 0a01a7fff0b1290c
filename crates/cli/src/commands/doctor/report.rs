//! `ses-warden doctor report`: every domain of the account and its setup on one page.
//!
//! The page loads no font, script or image from the network, so it can be mailed, archived and
//! opened offline.

mod page;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use futures_util::StreamExt;
use warden_domain::address::normalize_domain;
use warden_domain::finding::{FindingSeverity, worst};
use warden_domain::setup::{Section, SectionKind};

use super::domain::Doctor;
use super::setup::{ReadOptions, sections};
use crate::frame::aws;
use crate::frame::dns::{Dns, DnsOptions};
use crate::frame::output::{self, Lines};
use crate::frame::progress::Progress;

/// How many domains are checked at the same time.
const SIDE_BY_SIDE: usize = 8;

/// Write an HTML report of every domain of the account
///
/// Checks each domain of the account's identities as doctor domain does, and the account as doctor
/// setup does, and writes one page that loads nothing else. Changes nothing in AWS.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden doctor report --out report.html
  ses-warden doctor report --region eu-west-1 > report.html

Exit status: 0 no error found, 1 at least one error, 2 wrong usage, 4 no Region or credentials, 5 \
AWS does not answer.")]
pub struct Args {
    /// Write the page to this file [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    dns: DnsOptions,

    #[command(flatten)]
    reading: ReadOptions,
}

/// Reads, judges and writes the page.
///
/// # Errors
/// When no Region is known or the page cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        let config = args.reading.access.load().await?;
        let dns = Dns::new(&args.dns)?;
        let pace = args.reading.pace();
        let setup = match sections(&config, &args.reading, &pace).await {
            Ok(setup) => setup,
            Err(silence) => return Ok(silence.report()),
        };
        let names = domains(&setup);
        let doctor = Doctor::new(&config, pace, dns, false);
        let mut progress = Progress::new("domains judged", Some(names.len()));
        let mut judged = futures_util::stream::iter(&names)
            .map(async |name| (name.clone(), doctor.diagnose(name).await))
            .buffered(SIDE_BY_SIDE);
        let mut domains = Vec::new();
        while let Some((name, diagnosis)) = judged.next().await {
            progress.step();
            domains.push((name, diagnosis));
        }
        drop(progress);
        let of_domains = domains.iter().flat_map(|(_, diagnosis)| &diagnosis.findings);
        let worst = worst(of_domains.chain(setup.iter().flat_map(|section| &section.findings)));
        let page = page::render(doctor.region(), &domains, &setup)?;
        match &args.out {
            None => out.write_all(page.as_bytes())?,
            Some(path) => {
                let shown = output::path(path);
                fs::write(path, page)
                    .with_context(|| format!("the report cannot be written to {shown}"))?;
                out.line(format!("Wrote {shown}: {} domains.", domains.len()))?;
            }
        }
        Ok(ExitCode::from(u8::from(worst == Some(FindingSeverity::Error))))
    })
}

/// Returns the domains of all identities, address identities included.
fn domains(setup: &[Section]) -> BTreeSet<String> {
    let identities = setup.iter().filter(|section| section.kind == SectionKind::Identity);
    identities
        .filter_map(|section| {
            let domain = section.name.rsplit_once('@').map_or(&*section.name, |(_, domain)| domain);
            normalize_domain(domain)
        })
        .collect()
}
