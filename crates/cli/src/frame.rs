//! What every command shares: access to AWS and DNS, exit statuses, safe output, tables, widths of
//! the terminal, progress, the question before a change.
//!
//! **Invariant:** nothing here knows a command.

pub mod aws;
pub mod dns;
pub mod domain_check;
pub mod exit;
pub mod fetch;
pub mod files;
pub mod findings;
pub mod history;
pub mod journal;
pub mod output;
pub mod prices;
pub mod progress;
pub mod prompt;
pub mod restriction;
pub mod rule_file;
pub mod sending;
pub mod stack;
pub mod table;
pub mod terminal;
