//! Turns a panic, which is a bug, into the failure of one invocation. The log line says where it
//! happened and contains nothing of the payload.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::pin::pin;
use std::task::Poll;

use tracing::error;
use warden_domain::redact::redact;

use crate::FunctionError;

/// Replaces the text that std writes to standard error by a log line, because std's text is not
/// JSON, has several lines, and quotes values.
pub(crate) fn log_them() {
    panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(
            error.kind = "panicked",
            place,
            "a panic, which is a bug: {}",
            harmless(panic.payload())
        );
    }));
}

/// Runs an invocation and returns a panic as its error.
pub(crate) async fn caught<T>(
    invocation: impl Future<Output = Result<T, FunctionError>>,
) -> Result<T, FunctionError> {
    let mut invocation = pin!(invocation);
    std::future::poll_fn(|context| {
        // A future that panicked is dropped and not polled again. The state that it shares with the
        // next invocation is behind locks that survive a panic.
        panic::catch_unwind(AssertUnwindSafe(|| invocation.as_mut().poll(context))).unwrap_or_else(
            |_| Poll::Ready(Err(FunctionError::new("panicked", "a bug ended the invocation"))),
        )
    })
    .await
}

/// Returns a panic's message up to its first quotation mark, because std and others quote values
/// after it.
fn harmless(payload: &(dyn Any + Send)) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let quoted = message.find(['"', '\'', '`']).and_then(|at| message.get(..at));
    redact(quoted.unwrap_or(message).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_an_error_of_its_own_kind() {
        let ended = caught(async { Ok(1) }).await;
        assert_eq!(ended, Ok(1));
        let ended: Result<(), _> = caught(async {
            tokio::task::yield_now().await;
            panic!("jane@example.com")
        })
        .await;
        assert_eq!(ended.unwrap_err().to_string(), "panicked: a bug ended the invocation");
    }

    #[test]
    fn a_message_quotes_nothing() {
        for (message, wanted) in [
            ("index out of bounds: the len is 3", "index out of bounds: the len is 3"),
            ("it is inside 'x' of `Your order, Jane`", "it is inside"),
            ("Order of \"Jane\"", "Order of"),
            ("no mail for jane@example.com", "no mail for <address>"),
        ] {
            assert_eq!(harmless(&message.to_owned()), wanted);
        }
        assert_eq!(harmless(&"asked to"), "asked to");
        assert_eq!(harmless(&7), "no message");
    }
}
