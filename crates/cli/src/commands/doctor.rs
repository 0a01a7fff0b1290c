//! `ses-warden doctor`: why mail fails authentication, and whether feedback arrives.
//!
//! Each diagnosis is a module: [`message`] reads one received message, [`domain`] checks a sender
//! domain in DNS and SES, [`setup`] checks that bounces and complaints reach the functions,
//! [`report`] puts the whole account on one page.

pub mod domain;
pub mod message;
pub mod report;
pub mod setup;

use std::io::{BufRead, Write};
use std::process::ExitCode;

/// Find out why mail fails authentication, and whether bounces and complaints arrive
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    diagnosis: DoctorCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DoctorCommand {
    Message(message::Args),
    Domain(domain::Args),
    Setup(setup::Args),
    Report(report::Args),
}

/// Runs the chosen diagnosis and prints its findings.
///
/// # Errors
/// When input cannot be read, AWS cannot be reached at all or the output cannot be written.
pub fn run(args: &Args, input: impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    match &args.diagnosis {
        DoctorCommand::Message(args) => message::run(args, input, out),
        DoctorCommand::Domain(args) => domain::run(args, out),
        DoctorCommand::Setup(args) => setup::run(args, out),
        DoctorCommand::Report(args) => report::run(args, out),
    }
}
