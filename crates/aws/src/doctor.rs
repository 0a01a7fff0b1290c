//! What `doctor setup` reads of an account: one small client a service, all of them read-only.
//!
//! Each method reads one thing and answers with the facts that the domain judges. What does not
//! exist is `None`, not an error. What the role may not read, or what fails, is told with the IAM
//! action that reads it, see [`fact`].
//!
//! SES's calls share one pace; the others are made side by side.

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

/// Calls of one kind under way at once.
const SIDE_BY_SIDE: usize = 8;

/// Turns what a call answered into a fact; `action` is the IAM action it needs.
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

/// Does the same for many things at once, a few of them side by side, in their order.
pub async fn each<N, T, F>(names: impl IntoIterator<Item = N>, read: impl Fn(N) -> F) -> Vec<T>
where
    F: Future<Output = T>,
{
    stream::iter(names.into_iter().map(read)).buffered(SIDE_BY_SIDE).collect().await
}

/// An answer of NotFound is one too.
fn existing<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
