//! Calls to SES at the rate limiter's pace, repeated while that can help.

use std::future::Future;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::RateLimiter;
use crate::error::{CallError, Class};

/// The code of an exhausted quota. `CallError` classes it as throttling, because other services
/// mean that by it; SES means a quota that no waiting refills.
const QUOTA: &str = "LimitExceededException";

/// How often a call to SES is tried, by what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retries {
    /// Tries that may end in throttling. The limiter slows down after each.
    throttled: u32,
    /// Tries that may end in a 5xx (ConcurrentModificationException is one), or in no answer.
    temporary: u32,
    /// Whether [`QUOTA`] ends the call, or counts as throttling.
    quota_is_final: bool,
}

impl Retries {
    /// Inside a function: afterwards the message returns to its queue, which can wait longer.
    pub(crate) const FUNCTION: Self = Self { throttled: 3, temporary: 3, quota_is_final: false };
    /// As [`Retries::FUNCTION`], but without end while SES throttles: the caller sets a time limit.
    pub(crate) const WHILE_THROTTLED: Self = Self { throttled: u32::MAX, ..Self::FUNCTION };
    /// In the operator's command, which can wait longer than a function. The limiter goes down to
    /// one call in ten seconds meanwhile.
    #[cfg(feature = "operator")]
    pub(crate) const COMMAND: Self = Self { throttled: 8, temporary: 4, quota_is_final: true };
}

/// Makes one call of a function. The call must have the same effect when it is made twice.
///
/// # Errors
/// [`CallError`] of the last try.
pub(crate) async fn paced<T, E, Fut>(
    limiter: &RateLimiter,
    operation: &'static str,
    call: impl Fn() -> Fut,
) -> Result<T, CallError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    paced_call(limiter, Retries::FUNCTION, operation, call).await
}

/// As [`paced`], with its own number of tries.
///
/// # Errors
/// [`CallError`] of the last try.
pub(crate) async fn paced_call<T, E, Fut>(
    limiter: &RateLimiter,
    retries: Retries,
    operation: &'static str,
    call: impl Fn() -> Fut,
) -> Result<T, CallError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    Fut: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    let call = &call;
    let read = || async move {
        call().await.map_err(|refusal| {
            let mut error = CallError::of(operation, &refusal);
            let code = refusal.as_service_error().and_then(ProvideErrorMetadata::code);
            if retries.quota_is_final && code == Some(QUOTA) {
                error.class = Class::Refused { code: QUOTA.to_owned() };
            }
            error
        })
    };
    paced_read(limiter, retries, read).await
}

/// As [`paced_call`], for a read whose answer may lack what was asked for: `read` reports that as
/// an error, and it is repeated like any other.
///
/// # Errors
/// [`CallError`] of the last try.
pub(crate) async fn paced_read<T, Fut>(
    limiter: &RateLimiter,
    retries: Retries,
    read: impl Fn() -> Fut,
) -> Result<T, CallError>
where
    Fut: Future<Output = Result<T, CallError>>,
{
    let (mut throttled, mut temporary): (u32, u32) = (0, 0);
    loop {
        limiter.turn().await;
        let error = match read().await {
            Ok(answer) => {
                limiter.succeeded();
                return Ok(answer);
            }
            Err(error) => error,
        };
        let may_help = match error.class {
            Class::Throttled => {
                limiter.throttled();
                throttled = throttled.saturating_add(1);
                throttled < retries.throttled
            }
            Class::Temporary => {
                temporary += 1;
                temporary < retries.temporary
            }
            Class::Denied | Class::NotFound | Class::Refused { .. } => false,
        };
        if !may_help {
            return Err(error);
        }
    }
}
