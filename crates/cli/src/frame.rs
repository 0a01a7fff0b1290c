//! What every command shares: access to AWS and DNS, exit statuses, safe output, tables, widths of
//! the terminal, progress, the question before a change.
//!
//! **Invariant:** nothing here knows a command.

pub mod aws;
pub mod decisions;
pub mod dns;
pub mod domain_check;
pub mod exit;
pub mod fetch;
pub mod files;
pub mod findings;
pub mod history;
pub mod journal;
pub mod output;
pub mod payloads;
pub mod place;
pub mod prices;
pub mod progress;
pub mod prompt;
pub mod restriction;
pub mod rule_file;
pub mod sending;
pub mod stack;
pub mod table;
pub mod terminal;

/// Heading of the options that every command takes, in the help.
pub const GLOBAL: &str = "Options of every command";

/// The options that every command takes, before or after its name.
///
/// A command that needs one of the parts flattens the same part into its own arguments: clap gives
/// it what stands before the name, too.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct GlobalOptions {
    #[command(flatten)]
    format: output::FormatOptions,

    #[command(flatten)]
    access: aws::Access,

    /// Colors and notes.
    #[command(flatten)]
    pub screen: output::screen::ScreenOptions,
}
