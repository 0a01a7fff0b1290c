//! Why a call failed, and whether another try can help.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use warden_domain::redact::redact;

use crate::body_limit::is_over_limit;

/// Longest message kept, in characters.
const MAX_MESSAGE: usize = 300;

/// What kind of failure it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// Too many calls: 429, or a throttling code. Nothing was changed.
    Throttled,
    /// A time-out, a broken connection or a 5xx: it may have arrived.
    Temporary,
    /// Credentials or permissions. Helps once somebody mends them.
    Denied,
    /// What the call names does not exist.
    NotFound,
    /// A request that this service will never accept.
    Refused {
        /// The service's code.
        code: String,
    },
}

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// The API operation.
    pub operation: &'static str,
    /// What kind of failure.
    pub class: Class,
    message: String,
}

impl CallError {
    /// An error that this crate finds itself, such as a pause that did not take.
    pub fn new(operation: &'static str, class: Class, message: &str) -> Self {
        Self { operation, class, message: clean(message) }
    }

    /// Whether the same call may succeed later. A denied call counts: the message
    /// must not be lost while somebody mends a role.
    pub fn retry_can_help(&self) -> bool {
        matches!(self.class, Class::Throttled | Class::Temporary | Class::Denied)
    }

    pub(crate) fn of<E: ProvideErrorMetadata + std::error::Error + 'static>(
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self {
        match error {
            // A body that the SDK cannot read comes as an error of the service's.
            SdkError::ServiceError(context) if context.raw().status().is_success() => {
                Self::new(operation, Class::Temporary, "an answer that cannot be read")
            }
            SdkError::ServiceError(context) => {
                let status = context.raw().status().as_u16();
                let code = context.err().code().unwrap_or("none");
                let text = context.err().message().unwrap_or_default();
                Self::new(operation, class(status, code), &format!("{status} {code}: {text}"))
            }
            SdkError::TimeoutError(_) => {
                Self::new(operation, Class::Temporary, "no answer in time")
            }
            SdkError::DispatchFailure(failure) => {
                let what =
                    if failure.is_timeout() { "no connection in time" } else { "no connection" };
                Self::new(operation, Class::Temporary, what)
            }
            SdkError::ResponseError(_) if is_over_limit(error) => {
                Self::new(operation, Class::Temporary, "an answer longer than any of AWS's")
            }
            SdkError::ResponseError(_) => {
                Self::new(operation, Class::Temporary, "an answer that cannot be read")
            }
            SdkError::ConstructionFailure(_) => Self::new(
                operation,
                Class::Refused { code: "ConstructionFailure".to_owned() },
                "the request could not be built",
            ),
            // SdkError is non-exhaustive.
            _ => Self::new(operation, Class::Temporary, "an unknown failure"),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.operation, self.message)
    }
}

impl std::error::Error for CallError {}

/// Whether a call failed before there was a connection that could carry it.
pub(crate) fn never_connected(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return error.is_connect();
        }
        next = error.source();
    }
    false
}

fn class(status: u16, code: &str) -> Class {
    const THROTTLING: [&str; 6] = [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "LimitExceededException",
    ];
    const DENIED: [&str; 8] = [
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    ];
    if status == 429 || THROTTLING.contains(&code) {
        return Class::Throttled;
    }
    if status >= 500 {
        return Class::Temporary;
    }
    if status == 401 || status == 403 || DENIED.contains(&code) {
        return Class::Denied;
    }
    if status == 404 || code.starts_with("NotFound") || code.starts_with("ResourceNotFound") {
        return Class::NotFound;
    }
    Class::Refused { code: code.to_owned() }
}

/// Services quote what they were sent: addresses go, runs of blanks become one
/// space, the length is bounded.
fn clean(text: &str) -> String {
    let words: Vec<String> = redact(text).split_whitespace().map(str::to_owned).collect();
    words.join(" ").chars().take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_by_status_and_code() {
        let refused = |code: &str| Class::Refused { code: code.to_owned() };
        let cases = [
            (429, "TooManyRequestsException", Class::Throttled),
            (400, "Throttling", Class::Throttled),
            (500, "InternalFailure", Class::Temporary),
            (503, "none", Class::Temporary),
            (403, "AccessDeniedException", Class::Denied),
            (400, "ExpiredTokenException", Class::Denied),
            (404, "NotFoundException", Class::NotFound),
            (400, "BadRequestException", refused("BadRequestException")),
        ];
        for (status, code, expected) in cases {
            assert_eq!(class(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn messages_hold_no_address() {
        let error =
            CallError::new("Put", Class::Throttled, "bad\naddress <jane@example.com>, \u{7}sorry");
        assert_eq!(error.to_string(), "Put failed: bad address <address>, sorry");
    }
}
