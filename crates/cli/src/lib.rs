//! `ses-warden`, the operator's command.
//!
//! Each subcommand is a module of [`commands`]; what they share is in [`frame`]. `replay`,
//! `explain`, `simulate`, `cost`, `policy` and `completions` change nothing and call nobody. The others call
//! AWS with the operator's own profile ([`frame::aws`]).

pub mod commands;
pub mod frame;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{
    completions, connect, cost, dead_letters, doctor, drill, evidence, explain, forget, pause,
    policy, replay, rescue, resume, secure, simulate, status, suppressions, why,
};
use frame::GlobalOptions;
use frame::exit;
use frame::output;
use frame::prompt::Prompt;

/// Understands Amazon SES bounces and complaints the way the deployed functions do.
#[derive(Debug, Parser)]
#[command(name = "ses-warden", version, about, max_term_width = 100, after_help = EXIT_STATUS)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalOptions,

    #[command(subcommand)]
    command: Command,
}

const EXIT_STATUS: &str = "\
Exit status:
  0  done, or nothing to do
  1  a finding, or done in part
  2  usage error, or a file that cannot be read
  3  you answered no
  4  no credentials or no Region
  5  AWS failed or refused";

#[derive(Debug, Subcommand)]
enum Command {
    Replay(replay::Args),
    Explain(explain::Args),
    Completions(completions::Args),
    Connect(connect::Args),
    Cost(cost::Args),
    DeadLetters(dead_letters::Args),
    Doctor(doctor::Args),
    Drill(drill::Args),
    Evidence(evidence::Args),
    Forget(forget::Args),
    Pause(pause::Args),
    Policy(policy::Args),
    Rescue(rescue::Args),
    Resume(resume::Args),
    Secure(secure::Args),
    Simulate(simulate::Args),
    Status(status::Args),
    Suppressions(suppressions::Args),
    Why(why::Args),
}

/// Runs a parsed command line on standard input and output.
///
/// # Errors
/// When a file cannot be read or the output cannot be written. A closed pipe
/// (`ses-warden replay … | head`) is not an error.
pub fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    cli.global.screen.set();
    let mut out = output::standard();
    let result = match &cli.command {
        Command::Replay(args) => replay::run(args, &mut out),
        Command::Drill(args) => drill::run(args, Prompt::standard(), &mut out),
        Command::Evidence(args) => evidence::run(args, &mut out),
        Command::Explain(args) => explain::run(args, io::stdin().lock(), &mut out),
        Command::Completions(args) => completions::run(args, &mut out),
        Command::Connect(args) => connect::run(args, Prompt::standard(), &mut out),
        Command::Cost(args) => cost::run(args, &mut out),
        Command::DeadLetters(args) => dead_letters::run(args, Prompt::standard(), &mut out),
        Command::Doctor(args) => doctor::run(args, io::stdin().lock(), &mut out),
        Command::Forget(args) => forget::run(args, Prompt::standard(), &mut out),
        Command::Pause(args) => pause::run(args, Prompt::standard(), &mut out),
        Command::Policy(args) => policy::run(args, &mut out),
        Command::Rescue(args) => rescue::run(args, Prompt::standard(), &mut out),
        Command::Resume(args) => resume::run(args, Prompt::standard(), &mut out),
        Command::Secure(args) => secure::run(args, Prompt::standard(), &mut out),
        Command::Simulate(args) => simulate::run(args, &mut out),
        Command::Status(args) => status::run(args, &mut out),
        Command::Suppressions(args) => suppressions::run(args, Prompt::standard(), &mut out),
        Command::Why(args) => why::run(args, &mut out),
    };
    match result {
        Err(error) if exit::is_closed_pipe(&error) => Ok(ExitCode::SUCCESS),
        other => other,
    }
}
