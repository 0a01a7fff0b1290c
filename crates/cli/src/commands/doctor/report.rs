//! `ses-warden doctor report`.

use std::process::ExitCode;

use anyhow::bail;

/// Write an HTML report of every domain of the account
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
