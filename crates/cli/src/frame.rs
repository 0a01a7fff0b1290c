//! What every command shares: access to AWS and DNS, tables, widths of the terminal, progress.
//!
//! **Invariant:** nothing here knows a command.

pub mod aws;
pub mod dns;
pub mod prices;
pub mod progress;
pub mod table;
pub mod terminal;
