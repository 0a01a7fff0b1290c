//! Calls to SES that wait longer than a function may.

use std::future::Future;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::RateLimiter;
use crate::error::{CallError, Class};

/// Tries of a call that is throttled. The limiter slows down at each, to one call in ten seconds.
const THROTTLED_TRIES: u32 = 8;
/// Tries of a call that meets a 5xx, no answer, or ConcurrentModificationException, which is a 500.
const TEMPORARY_TRIES: u32 = 4;
/// The code of a quota that is used up. The one table of errors takes it for throttling, which it is
/// elsewhere; of SES, waiting does not help.
const QUOTA: &str = "LimitExceededException";

/// One call at the limiter's pace, repeated while that can help. The call must do the same when it
/// is made twice.
pub(super) async fn patient<T, E, Fut>(
    limiter: &RateLimiter,
    operation: &'static str,
    call: impl Fn() -> Fut,
) -> Result<T, CallError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    let (mut throttled, mut temporary) = (0, 0);
    loop {
        limiter.turn().await;
        let refusal = match call().await {
            Ok(answer) => {
                limiter.succeeded();
                return Ok(answer);
            }
            Err(refusal) => refusal,
        };
        let mut error = CallError::of(operation, &refusal);
        if refusal.as_service_error().and_then(ProvideErrorMetadata::code) == Some(QUOTA) {
            error.class = Class::Refused { code: QUOTA.to_owned() };
        }
        let may_help = match error.class {
            Class::Throttled => {
                limiter.throttled();
                throttled += 1;
                throttled < THROTTLED_TRIES
            }
            Class::Temporary => {
                temporary += 1;
                temporary < TEMPORARY_TRIES
            }
            Class::Denied | Class::NotFound | Class::Refused { .. } => false,
        };
        if !may_help {
            return Err(error);
        }
    }
}
