//! What every command shares: access to AWS, tables, widths of the terminal, progress.
//!
//! **Invariant:** nothing here knows a command.

pub mod aws;
pub mod prices;
pub mod progress;
pub mod rule_file;
pub mod table;
pub mod terminal;
