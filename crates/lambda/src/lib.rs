//! Connects a function to the Lambda runtime: start-up, settings from the environment, logs, and
//! the answer that gives messages back to their queue.
//!
//! A function's `main` is one call of [`run`].

pub mod answer;
mod deadline;
mod error;
pub mod logs;
mod panics;
mod payload;
mod runtime;
pub mod settings;

pub use deadline::{Deadline, Parts, now_millis, now_seconds};
pub use error::FunctionError;
pub use runtime::{Function, run};
pub use warden_domain::redact;
