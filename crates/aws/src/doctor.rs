//! Reads the account for `doctor setup`: one small read-only client for each service.
//!
//! Each method reads one thing and returns the facts that the domain judges. A thing that does not
//! exist is `None`, not an error. A refused or failed read is a fact with the IAM action that it
//! needs, see [`fact`].
//!
//! Calls to SES share one rate limiter; calls to other services run in parallel.

mod alarms;
mod functions;
mod keys;
mod queues;
mod ses;
mod stacks;
mod topics;

use std::future::Future;

use futures_util::{StreamExt, stream};
use warden_domain::setup::snapshot::{Fact, NotRead};

use crate::error::{CallError, Class};

pub use alarms::AlarmReader;
pub use functions::FunctionReader;
pub use keys::KeyReader;
pub use queues::QueueReader;
pub use ses::SesReader;
pub(crate) use ses::destination;
pub use stacks::StackReader;
pub use topics::TopicReader;

/// Most calls of one kind at the same time.
const SIDE_BY_SIDE: usize = 8;

/// Converts the result of a call into a fact; `action` is the IAM action that the call needs.
pub fn fact<T>(action: &'static str, answer: Result<T, CallError>) -> Fact<T> {
    match answer {
        Ok(value) => Fact::Known(value),
        Err(error) => Fact::NotRead(NotRead {
            action,
            is_denied: error.class == Class::Denied,
            reason: error.to_string(),
        }),
    }
}

/// Calls `read` for many names, a few at the same time, and returns the results in the order of the
/// names.
pub async fn each<N, T, F>(names: impl IntoIterator<Item = N>, read: impl Fn(N) -> F) -> Vec<T>
where
    F: Future<Output = T>,
{
    stream::iter(names.into_iter().map(read)).buffered(SIDE_BY_SIDE).collect().await
}

/// Converts a NotFound error into `None`.
fn existing<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
