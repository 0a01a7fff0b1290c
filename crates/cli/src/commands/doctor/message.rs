//! `ses-warden doctor message`.

use std::process::ExitCode;

use anyhow::bail;

/// Judge a received message by its own headers
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the diagnosis.
///
/// # Errors
/// Always, until it is written.
pub fn run(
    args: &Args,
    input: impl std::io::BufRead,
    out: &mut impl std::io::Write,
) -> anyhow::Result<ExitCode> {
    let _ = (args, input, out);
    bail!("not written yet")
}
