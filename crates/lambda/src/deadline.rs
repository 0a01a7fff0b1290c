//! The time of an invocation, and its parts.

use std::time::{Duration, SystemTime};

use tokio::time::{Instant, timeout_at};

/// The time limit that is assumed if none is given.
const UNKNOWN_LIMIT: Duration = Duration::from_secs(60);

/// Time that a call may need, a try that hangs included. Short invocations keep a quarter
/// back instead.
const LONGEST_CALL: Duration = Duration::from_secs(12);
/// Time for the answer, whatever hangs.
const ANSWER: Duration = Duration::from_millis(500);

/// The time until Lambda ends the invocation, or until a part of it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

/// The parts of an invocation, by their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// No paced call begins after this.
    pub last_start: Deadline,
    /// Calls that are still under way are left alone, and what is not done is put by.
    pub calls: Deadline,
    /// All is done but the answer.
    pub work: Deadline,
}

impl Deadline {
    /// A deadline that far from now.
    pub fn after(remaining: Duration) -> Self {
        Self(Instant::now() + remaining)
    }

    /// What is left.
    pub fn remaining(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.remaining().is_zero()
    }

    /// The moment itself.
    pub fn instant(&self) -> Instant {
        self.0
    }

    /// The moment when half of what is left is over.
    #[must_use]
    pub fn half(&self) -> Self {
        Self::after(self.remaining() / 2)
    }

    /// Splits what is left: the end is kept back for calls that hang, for what has to be
    /// put by then, and for the answer.
    pub fn split(&self) -> Parts {
        let remaining = self.remaining();
        let reserve = LONGEST_CALL.min(remaining / 4);
        let answer = ANSWER.min(reserve / 4);
        let before = |kept: Duration| Self::after(remaining.saturating_sub(kept));
        Parts {
            last_start: before(reserve),
            calls: before(answer + reserve / 2),
            work: before(answer),
        }
    }

    /// The result of `work`, or `None` when the deadline is over first.
    pub async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        timeout_at(self.0, work).await.ok()
    }

    /// Lambda never starts an invocation after its deadline; `cargo lambda watch`
    /// sends one of 1970, which says nothing.
    pub(crate) fn at_epoch(time: SystemTime) -> Self {
        Self::after(time.duration_since(SystemTime::now()).unwrap_or(UNKNOWN_LIMIT))
    }
}

/// Milliseconds since 1970.
pub fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
pub fn now_seconds() -> i64 {
    now_millis() / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_parts_of_an_invocation_are_in_order() {
        let millis = |deadline: Deadline| deadline.remaining().as_millis();
        // milliseconds left -> last start, calls, work
        for (left, expected) in [
            (300_000, [288_000, 293_500, 299_500]),
            (40_000, [30_000, 34_500, 39_500]),
            (2_000, [1_500, 1_625, 1_875]),
            (0, [0, 0, 0]),
        ] {
            let parts = Deadline::after(Duration::from_millis(left)).split();
            let got = [parts.last_start, parts.calls, parts.work].map(millis);
            assert_eq!(got, expected, "{left}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn half_of_what_is_left_gets_smaller() {
        let deadline = Deadline::after(Duration::from_secs(8));
        assert_eq!(deadline.half().remaining(), Duration::from_secs(4));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(deadline.half().remaining(), Duration::from_secs(1));
        assert_eq!(deadline.half().within(std::future::pending::<()>()).await, None);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert!(deadline.is_over());
    }
}
