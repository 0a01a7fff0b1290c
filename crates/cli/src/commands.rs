//! One module for each subcommand: its arguments, and a `run` that writes to a given stream and
//! returns an exit status.
//!
//! **Invariant:** no command uses another. Shared code is in [`crate::frame`] or in
//! `warden_domain`.

pub mod completions;
pub mod connect;
pub mod cost;
pub mod dead_letters;
pub mod doctor;
pub mod drill;
pub mod evidence;
pub mod explain;
pub mod forget;
pub mod pause;
pub mod policy;
pub mod replay;
pub mod rescue;
pub mod resume;
pub mod secure;
pub mod simulate;
pub mod status;
pub mod suppressions;
pub mod why;
