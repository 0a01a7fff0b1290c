//! How fast SES may be called.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Slowest pace that throttling can bring about: a call every ten seconds.
const SLOWEST: Duration = Duration::from_secs(10);
/// Share of the way back to full speed after each call that went through.
const RECOVERY: f64 = 0.1;

/// A limiter that all calls of one environment share.
///
/// Calls start at least one interval apart. Being throttled doubles the interval,
/// each success takes back a tenth of what is left of that, because SES's own
/// limit is shared with everything else in the account and says nothing about how
/// much is left (there is no Retry-After). Off-the-shelf limiters have a fixed
/// quota, which is why this is our own.
#[derive(Debug, Clone)]
pub struct RateLimiter(Arc<Mutex<LimiterState>>);

#[derive(Debug)]
struct LimiterState {
    configured: Duration,
    interval: Duration,
    /// The longest interval that throttling can bring about.
    slowest: Duration,
    next: Instant,
}

impl RateLimiter {
    /// Allows `calls` a second. Values of 0 and below, and NaN, count as the
    /// slowest pace.
    pub fn per_second(calls: f64) -> Self {
        let interval = if calls.is_finite() && calls > 0.0 {
            Duration::try_from_secs_f64(1.0 / calls).unwrap_or(SLOWEST).min(SLOWEST)
        } else {
            SLOWEST
        };
        let (slowest, next) = (SLOWEST, Instant::now());
        Self(Arc::new(Mutex::new(LimiterState { configured: interval, interval, slowest, next })))
    }

    /// The same, with a call every `slowest` at least, however often calls are throttled: for
    /// whoever must get its turn beside callers that give way.
    pub fn no_slower_than(self, slowest: Duration) -> Self {
        self.with(|state| state.slowest = slowest.max(state.configured));
        self
    }

    /// How long a call made now would wait.
    pub fn would_wait(&self) -> Duration {
        self.with(|state| state.next.saturating_duration_since(Instant::now()))
    }

    /// Waits for a turn. Turns are given in the order they were asked for.
    pub async fn turn(&self) {
        let at = self.with(|state| {
            let at = state.next.max(Instant::now());
            state.next = at + state.interval;
            at
        });
        tokio::time::sleep_until(at).await;
    }

    /// A call was throttled.
    pub fn throttled(&self) {
        self.with(|state| {
            state.interval = (state.interval * 2).min(state.slowest.max(state.configured));
            state.next = state.next.max(Instant::now() + state.interval);
        });
    }

    /// A call went through.
    pub fn succeeded(&self) {
        self.with(|state| {
            let above = state.interval.saturating_sub(state.configured);
            state.interval = state.configured + above.mul_f64(1.0 - RECOVERY);
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut LimiterState) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_start_an_interval_apart_whoever_makes_them() {
        let limiter = RateLimiter::per_second(2.0);
        let start = Instant::now();
        let mut times = Vec::new();
        for limiter in [limiter.clone(), limiter.clone(), limiter] {
            limiter.turn().await;
            times.push(start.elapsed());
        }
        assert_eq!(times, [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(1)]);
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_slows_down_and_success_brings_it_back() {
        let limiter = RateLimiter::per_second(1.0);
        limiter.turn().await;
        limiter.throttled();
        limiter.throttled();
        assert_eq!(limiter.would_wait(), Duration::from_secs(4));
        for _ in 0..100 {
            limiter.throttled();
        }
        assert_eq!(limiter.would_wait(), SLOWEST);
        for _ in 0..200 {
            limiter.succeeded();
        }
        limiter.turn().await;
        assert!(limiter.would_wait() < Duration::from_millis(1001));
    }

    #[tokio::test(start_paused = true)]
    async fn who_must_get_a_turn_gives_way_less() {
        let limiter = RateLimiter::per_second(1.0).no_slower_than(Duration::from_secs(2));
        for _ in 0..100 {
            limiter.throttled();
        }
        assert_eq!(limiter.would_wait(), Duration::from_secs(2));
        let slow = RateLimiter::per_second(0.3).no_slower_than(Duration::from_secs(2));
        slow.throttled();
        assert!(slow.would_wait() > Duration::from_secs(3), "its own pace is slower");
    }

    #[tokio::test(start_paused = true)]
    async fn no_value_stops_it_for_ever() {
        for calls in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE] {
            let limiter = RateLimiter::per_second(calls);
            limiter.turn().await;
            assert!(limiter.would_wait() <= SLOWEST, "{calls}");
        }
    }
}
