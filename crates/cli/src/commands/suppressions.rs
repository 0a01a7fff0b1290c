//! `ses-warden suppressions`: the account suppression list of a Region, or a tenant's list.
//!
//! `list`, `count`, `get`, `export` and `diff` read. `add`, `remove` and `import` show what they
//! would change, ask, and change it.

mod add;
mod audit;
mod diff;
mod entry;
mod export;
mod find;
mod get;
mod import;
mod jobs;
mod list;
mod named;
mod pages;
mod remove;
mod where_to;

use std::io::{BufRead, Write};
use std::process::ExitCode;

use clap::Subcommand;

use crate::frame::prompt::Prompt;

/// List, export, compare and change the suppression list
#[derive(Debug, clap::Args)]
#[command(after_help = "\
SES keeps one suppression list for each Region of an account, and one for each tenant that has \
its own. It answers about one call a second for the whole account, so 250,000 entries take some \
four minutes.

Examples:
  ses-warden suppressions export list.csv --region eu-west-1
  ses-warden suppressions import --plan --from sendgrid --kind bounces b.csv")]
pub struct Args {
    #[command(subcommand)]
    action: SuppressionsCommand,
}

#[derive(Debug, Subcommand)]
enum SuppressionsCommand {
    List(list::ListArgs),
    Count(list::CountArgs),
    Get(get::Args),
    Add(add::Args),
    Remove(remove::Args),
    Export(export::Args),
    Import(import::Args),
    Diff(diff::Args),
}

/// Does what was asked for.
///
/// # Errors
/// When a file cannot be read or written, AWS fails or refuses, or nobody can be asked.
pub fn run<R: BufRead>(
    args: &Args,
    prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    match &args.action {
        SuppressionsCommand::List(args) => list::list(args, out),
        SuppressionsCommand::Count(args) => list::count(args, out),
        SuppressionsCommand::Get(args) => get::run(args, out),
        SuppressionsCommand::Add(args) => add::run(args, prompt, out),
        SuppressionsCommand::Remove(args) => remove::run(args, prompt, out),
        SuppressionsCommand::Diff(args) => diff::run(args, prompt, out),
        SuppressionsCommand::Export(args) => export::run(args, out),
        SuppressionsCommand::Import(args) => import::run(args, prompt, out),
    }
}
