//! What every command shares: access to AWS and DNS, safe output, tables, widths of the
//! terminal, progress.
//!
//! **Invariant:** nothing here knows a command.

pub mod aws;
pub mod dns;
pub mod output;
pub mod prices;
pub mod progress;
pub mod rule_file;
pub mod table;
pub mod terminal;
