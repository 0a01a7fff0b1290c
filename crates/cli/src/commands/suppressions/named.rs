//! What `add` and `remove` share: which addresses, on which list, with or without a question.

use super::where_to::WhereTo;
use crate::frame::output::FormatOptions;

/// Options of a command that changes entries by their addresses.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct NamedOptions {
    /// Addresses to change
    #[arg(required = true, value_name = "ADDRESS")]
    pub(super) addresses: Vec<String>,

    /// Do it without a question
    #[arg(short, long)]
    pub(super) yes: bool,

    #[command(flatten)]
    pub(super) format: FormatOptions,

    #[command(flatten)]
    pub(super) where_to: WhereTo,
}
