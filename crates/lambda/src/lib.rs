//! Glue between the Lambda runtime and a function: start-up, settings from the
//! environment, logs, the way back for messages.
//!
//! A function's `main` is one call of [`run`].

pub mod answer;
mod error;
pub mod logs;
pub mod redact;
mod runtime;
pub mod settings;

pub use error::FunctionError;
pub use runtime::{Deadline, Function, run};
