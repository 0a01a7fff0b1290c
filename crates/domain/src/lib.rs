//! What ses-warden decides, and nothing of how it is carried out.
//!
//! Bytes and plain values go in, decisions come out. There is no I/O here, no
//! clock, no environment and no SDK type: time, settings and account state are
//! arguments. A test of the workspace holds the crate to that.
//!
//! A payload runs through these modules in this order:
//!
//! 1. [`envelope`] takes SNS, SQS, EventBridge and CloudWatch wrappers off and
//!    answers with one [`envelope::Reading`] for each message.
//! 2. [`event`] and [`alarm`] hold what a message says, in strict types.
//! 3. [`bounce`] decides whether the recipient or the sender caused a bounce.
//! 4. [`suppression`], [`metrics`] and [`guard`] decide, one for each function;
//!    [`imports`] holds what suppress keeps between batch and import job.
//!
//! **Invariant:** every message ends in exactly one [`outcome::Outcome`].

pub mod address;
pub mod alarm;
pub mod authentication;
pub mod bounce;
pub mod dns;
pub mod drill;
pub mod envelope;
pub mod event;
pub mod exports;
pub mod finding;
pub mod guard;
pub mod imports;
pub mod journal;
pub mod metrics;
pub mod notice;
pub mod operate;
pub mod outcome;
pub mod redact;
pub mod rescue;
pub mod setup;
pub mod suppression;
pub mod time;
mod wire;
