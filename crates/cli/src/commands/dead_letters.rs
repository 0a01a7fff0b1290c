//! `ses-warden dead-letters`: what no function could handle, why, and its way back.

mod asked;
mod list;
mod queues;
mod redrive;

use std::io::{BufRead, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;

use crate::frame::aws::Access;
use crate::frame::output::FormatOptions;
use crate::frame::prompt::Prompt;
use crate::frame::stack::StackOption;

/// Show what lies in the dead-letter queues, and send it back
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A message becomes a dead letter when its function has given it back five times, when SNS could \
not deliver it, or when Lambda gave up on an invocation. It is kept for 14 days.

Examples:
  ses-warden dead-letters list
  ses-warden dead-letters redrive --function suppress")]
pub struct Args {
    #[command(subcommand)]
    action: DeadLettersCommand,
}

#[derive(Debug, Subcommand)]
enum DeadLettersCommand {
    /// List the messages, with the reason of each
    ///
    /// Addresses are masked. To read a message SQS hides it from others for half a minute; it is
    /// shown again when the list is done.
    List(ListArgs),
    /// Show messages whole, by their ids
    Show(ShowArgs),
    Redrive(redrive::Args),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 when there is none, 1 when there is one or another reader hides some.

Examples:
  ses-warden dead-letters list --function metrics
  ses-warden dead-letters list --output csv > letters.csv")]
struct ListArgs {
    #[command(flatten)]
    which: Which,

    #[command(flatten)]
    format: FormatOptions,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden dead-letters show 7a1e7a3e
  ses-warden dead-letters show 7a1e7a3e --show-addresses --json")]
struct ShowArgs {
    /// Ids of messages, or how they begin
    #[arg(required = true, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    ids: Vec<String>,

    /// Show addresses as they are
    #[arg(long)]
    show_addresses: bool,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    which: Which,
}

/// Which messages, and where.
#[derive(Debug, Clone, clap::Args)]
struct Which {
    /// Only the dead letters of this function; several times
    #[arg(long, value_enum, value_name = "FUNCTION")]
    function: Vec<queues::FunctionWord>,

    /// Look at so many messages of each queue at most
    #[arg(long, value_name = "N", default_value = "1000")]
    limit: NonZeroUsize,

    #[command(flatten)]
    stack: StackOption,

    #[command(flatten)]
    access: Access,
}

/// Does what was asked for.
///
/// # Errors
/// When AWS cannot be asked, the stack has no such queue, or nobody can be asked.
pub fn run<R: BufRead>(
    args: &Args,
    prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    match &args.action {
        DeadLettersCommand::List(args) => list::list(args, out),
        DeadLettersCommand::Show(args) => list::show(args, out),
        DeadLettersCommand::Redrive(args) => redrive::run(args, prompt, out),
    }
}
