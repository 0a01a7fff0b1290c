//! `ses-warden doctor domain`.

use std::process::ExitCode;

use anyhow::bail;

/// Check the DNS records and the SES identity of a sender domain
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the diagnosis.
///
/// # Errors
/// Always, until it is written.
pub fn run(args: &Args, out: &mut impl std::io::Write) -> anyhow::Result<ExitCode> {
    let _ = (args, out);
    bail!("not written yet")
}
