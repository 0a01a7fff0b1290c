//! What an invocation fails with.

use std::fmt;

use lambda_runtime::Diagnostic;

use warden_domain::redact::redact;

/// An invocation that must be delivered again.
///
/// Lambda retries asynchronous invocations twice and then hands them to the
/// function's dead-letter queue or on-failure destination; the error's type and
/// message travel with them, so both are free of addresses.
#[derive(Clone, PartialEq, Eq)]
pub struct FunctionError {
    kind: &'static str,
    message: String,
}

impl FunctionError {
    /// An error of a stable kind (`Malformed`, `CallFailed`, …). The message is
    /// redacted.
    pub fn new(kind: &'static str, message: impl AsRef<str>) -> Self {
        Self { kind, message: redact(message.as_ref()) }
    }

    /// The stable kind.
    pub fn kind(&self) -> &'static str {
        self.kind
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl fmt::Debug for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::error::Error for FunctionError {}

impl From<FunctionError> for Diagnostic {
    fn from(error: FunctionError) -> Self {
        Self { error_type: error.kind.to_owned(), error_message: error.message }
    }
}
