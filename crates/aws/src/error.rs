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
    /// Credentials or permissions. The call succeeds once somebody corrects them.
    Denied,
    /// What the call names does not exist.
    NotFound,
    /// Any other answer. Only some codes say that the same request can never succeed:
    /// see [`CallError::is_verdict`].
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

    /// Whether the same call may succeed later. True for everything but a verdict: an
    /// address must not be lost while somebody corrects a role, a proxy or an endpoint.
    pub fn retry_can_help(&self) -> bool {
        !self.is_verdict()
    }

    /// Whether SES judged the address or the name that the request is about, so that no
    /// repetition can succeed.
    pub fn is_verdict(&self) -> bool {
        self.has_code_of(&VERDICTS)
    }

    /// Whether CloudWatch judged the data that the request carries, or its size.
    pub(crate) fn is_verdict_on_data(&self) -> bool {
        self.has_code_of(&VERDICTS_ON_DATA)
    }

    fn has_code_of(&self, table: &[&str]) -> bool {
        matches!(&self.class, Class::Refused { code } if table.contains(&code.as_str()))
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
                Class::Refused { code: CONSTRUCTION_FAILURE.to_owned() },
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

/// Codes by which SES judges an address or a name. Everything that is not in this list may
/// be caused by something between SES and us, and is tried again.
const VERDICTS: [&str; 2] = ["BadRequestException", CONSTRUCTION_FAILURE];

/// Codes by which CloudWatch judges the data of a request.
const VERDICTS_ON_DATA: [&str; 14] = [
    "413 RequestEntityTooLarge",
    "InvalidFormat",
    "InvalidFormatFault",
    "InvalidParameter",
    "InvalidParameterCombination",
    "InvalidParameterCombinationException",
    "InvalidParameterValue",
    "InvalidParameterValueException",
    "MissingParameter",
    "MissingRequiredParameter",
    "MissingRequiredParameterException",
    "RequestEntityTooLarge",
    "ValidationError",
    "ValidationException",
];

/// The SDK could not build the request from its parts.
pub(crate) const CONSTRUCTION_FAILURE: &str = "ConstructionFailure";

/// The one table of status and code for all AWS calls.
///
/// A verdict's code counts only with status 400, a code that something does not exist only
/// with 400 or 404: proxies and gateways answer too. With another status the code of a
/// refusal begins with that status.
fn class(status: u16, code: &str) -> Class {
    const THROTTLING: [&str; 9] = [
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ];
    const TEMPORARY: [&str; 4] =
        ["InternalFailure", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable"];
    const DENIED: [&str; 14] = [
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ];
    const NOT_FOUND: [&str; 5] = [
        "NoSuchKey",
        "NotFound",
        "NotFoundException",
        "ResourceNotFound",
        "ResourceNotFoundException",
    ];
    if status == 429 || THROTTLING.contains(&code) {
        return Class::Throttled;
    }
    if status >= 500 || matches!(status, 408 | 421 | 425) || TEMPORARY.contains(&code) {
        return Class::Temporary;
    }
    if status == 401 || status == 403 || DENIED.contains(&code) {
        return Class::Denied;
    }
    if matches!(status, 400 | 404) && NOT_FOUND.contains(&code) {
        return Class::NotFound;
    }
    if status != 400 && (VERDICTS.contains(&code) || VERDICTS_ON_DATA.contains(&code)) {
        return Class::Refused { code: format!("{status} {code}") };
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

    fn error(status: u16, code: &str) -> CallError {
        CallError::new("Put", class(status, code), "no")
    }

    #[test]
    fn classes_by_status_and_code() {
        let refused = |code: &str| Class::Refused { code: code.to_owned() };
        let cases = [
            (429, "TooManyRequestsException", Class::Throttled),
            (400, "Throttling", Class::Throttled),
            (500, "InternalFailure", Class::Temporary),
            (503, "none", Class::Temporary),
            (408, "none", Class::Temporary),
            (400, "RequestTimeout", Class::Temporary),
            (403, "AccessDeniedException", Class::Denied),
            (400, "ExpiredTokenException", Class::Denied),
            (400, "IncompleteSignature", Class::Denied),
            (404, "NotFoundException", Class::NotFound),
            (404, "none", refused("none")),
            (404, "NoSuchBucket", refused("NoSuchBucket")),
            (301, "NotFoundException", refused("NotFoundException")),
            (400, "BadRequestException", refused("BadRequestException")),
            (409, "ConflictException", refused("ConflictException")),
        ];
        for (status, code, expected) in cases {
            assert_eq!(class(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn only_codes_of_the_table_with_status_400_are_final() {
        for status in 300..=599 {
            for code in ["none", "ConflictException", "ValidationException", "NoSuchBucket"] {
                assert!(error(status, code).retry_can_help(), "{status} {code}");
            }
            for code in VERDICTS {
                assert_eq!(error(status, code).is_verdict(), status == 400, "{status} {code}");
            }
            let is_too_large = error(status, "RequestEntityTooLarge").is_verdict_on_data();
            assert_eq!(is_too_large, matches!(status, 400 | 413), "{status}");
            for code in ["NotFoundException", "NoSuchKey"] {
                let is_absent = error(status, code).class == Class::NotFound;
                assert_eq!(is_absent, matches!(status, 400 | 404), "{status} {code}");
            }
        }
    }

    #[test]
    fn messages_hold_no_address() {
        let error =
            CallError::new("Put", Class::Throttled, "bad\naddress <jane@example.com>, \u{7}sorry");
        assert_eq!(error.to_string(), "Put failed: bad address <address>, sorry");
    }
}
