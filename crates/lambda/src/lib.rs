//! Glue between the Lambda runtime and a function: start-up, settings from the
//! environment, logs, the way back for messages.
//!
//! A function's `main` is one call of [`run`].

pub mod answer;
mod deadline;
mod error;
pub mod logs;
mod panics;
mod runtime;
pub mod settings;

pub use deadline::{Deadline, Parts, now_millis, now_seconds};
pub use error::FunctionError;
pub use runtime::{Function, run};
pub use warden_domain::redact;
