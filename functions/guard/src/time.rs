//! How one invocation divides its time.
//!
//! Every phase has a share, so that none can use up what a later one needs: an AWS call that never
//! answers costs its own alarm its turn, and no other.
//!
//! | phase | share |
//! |---|---|
//! | alarms, and then the journal | half of the time each |
//! | the account | a quarter of what is left; what depends on it tries again |
//! | decisions | half of what is left, a quarter of it for one alarm |
//! | pauses | what is left without [`FOR_NOTICE`], divided among the parts |
//! | notices | [`FOR_NOTICE`] |
//! | AWS's own actions | half of what is left |
//! | pauses that end, the daily check | what is left |
//!
//! No share is less than [`LEAST`]: however little time there is, each invocation gets on.

use std::time::Duration;

use warden_aws::{CallError, Class};
use warden_lambda::Deadline;
pub(crate) use warden_lambda::now_millis;

/// Kept for a notice and the writes that belong to it: no further part of a pause begins in it.
pub(crate) const FOR_NOTICE: Duration = Duration::from_secs(20);
/// Kept for the answer of the invocation: what is under way by then goes on in the next one.
pub(crate) const FOR_ANSWER: Duration = Duration::from_secs(1);
/// A part of a pause may take so long, where there is time: a call to SES, one that reads back, and
/// their turns at one call a second.
const FOR_PART: Duration = Duration::from_secs(12);
/// The least that any step may take.
const LEAST: Duration = Duration::from_secs(2);

/// One of `parts` equal shares of what is left after `reserve`.
pub(crate) fn share(deadline: Deadline, reserve: Duration, parts: usize) -> Duration {
    let rest = deadline.remaining().saturating_sub(reserve);
    (rest / u32::try_from(parts).unwrap_or(u32::MAX).max(1)).max(LEAST)
}

/// How long one of `parts` that are still to be paused may take.
pub(crate) fn for_part(deadline: Deadline, parts: usize) -> Duration {
    let rest = deadline.remaining().saturating_sub(FOR_NOTICE);
    if rest.is_zero() {
        // The one part that is begun however little time there is.
        return share(deadline, Duration::ZERO, 3);
    }
    share(deadline, FOR_NOTICE, parts).max(FOR_PART.min(rest / 2))
}

/// Ends `work` after `limit`.
///
/// # Errors
/// A temporary [`CallError`] of `operation` where it was not done by then. What `work` changes may
/// have been changed or not, as after any call that is not answered.
pub(crate) async fn within<T>(
    limit: Duration,
    operation: &'static str,
    work: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let late =
        |_| CallError::new(operation, Class::Temporary, "no answer in the time for this step");
    tokio::time::timeout(limit, work).await.map_err(late).flatten()
}
