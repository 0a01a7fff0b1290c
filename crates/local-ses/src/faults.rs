//! Faults on purpose: a request rate, errors and hangs, by operation and Region.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde::Deserialize;

use crate::operation::Operation;
use crate::wire::WireError;

/// The body that sets the faults; it replaces all earlier ones.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultsRequest {
    rate_limit_per_second: Option<f64>,
    #[serde(default)]
    fail: Vec<FailRule>,
    #[serde(default)]
    hang: Vec<HangRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailRule {
    /// The operation's name, or `*`.
    operation: String,
    /// Without it all Regions.
    region: Option<String>,
    status: u16,
    code: String,
    message: Option<String>,
    /// How many requests fail in all; without it there is no end.
    times: Option<u64>,
    /// Only each n-th request of the operation fails.
    #[serde(default = "one")]
    every: u64,
    #[serde(skip)]
    seen: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HangRule {
    operation: String,
    region: Option<String>,
    seconds: f64,
    times: Option<u64>,
}

fn one() -> u64 {
    1
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rate: Option<f64>,
    /// SES counts each Region's requests apart.
    buckets: BTreeMap<String, Bucket>,
    fail: Vec<FailRule>,
    hang: Vec<HangRule>,
}

/// What happens to a request before it is handled.
#[derive(Debug, PartialEq)]
pub(crate) enum FaultEffect {
    Pass,
    /// Waits, then handles the request as usual.
    Hang(Duration),
    Fail(WireError),
}

impl Faults {
    /// Takes over a new set of faults.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it; nothing has changed then.
    pub(crate) fn set(&mut self, request: FaultsRequest) -> Result<(), String> {
        let operations = request
            .fail
            .iter()
            .map(|rule| &rule.operation)
            .chain(request.hang.iter().map(|rule| &rule.operation));
        for name in operations {
            if name != "*" && !Operation::ALL.iter().any(|known| known.name() == name) {
                return Err(format!("unknown operation {name}"));
            }
        }
        if request
            .fail
            .iter()
            .any(|rule| rule.every == 0 || StatusCode::from_u16(rule.status).is_err())
        {
            return Err("every must be at least 1 and status an HTTP status".to_owned());
        }
        let seconds = request.hang.iter().map(|rule| rule.seconds);
        if seconds.clone().any(|s| !(0.0..=86_400.0).contains(&s)) {
            return Err("a hang lasts between 0 and 86400 seconds".to_owned());
        }
        let rate = request.rate_limit_per_second;
        if rate.is_some_and(|rate| !rate.is_finite() || rate <= 0.0) {
            return Err("rate_limit_per_second must be above 0, or null".to_owned());
        }
        *self = Self { rate, buckets: BTreeMap::new(), fail: request.fail, hang: request.hang };
        Ok(())
    }

    /// Judges one request.
    pub(crate) fn judge(
        &mut self,
        operation: Operation,
        region: &str,
        now: Instant,
    ) -> FaultEffect {
        for rule in &mut self.fail {
            if let Some(error) = rule.strike(operation, region) {
                return FaultEffect::Fail(error);
            }
        }
        if !operation.is_sending()
            && let Some(rate) = self.rate
            && !self
                .buckets
                .entry(region.to_owned())
                .or_insert_with(|| Bucket::full(rate, now))
                .take(now)
        {
            return FaultEffect::Fail(WireError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                "Rate exceeded",
            ));
        }
        let hang = self.hang.iter_mut().find(|rule| {
            names(&rule.operation, operation)
                && covers(rule.region.as_deref(), region)
                && rule.times != Some(0)
        });
        match hang {
            Some(rule) => {
                rule.times = rule.times.map(|left| left.saturating_sub(1));
                FaultEffect::Hang(Duration::from_secs_f64(rule.seconds))
            }
            None => FaultEffect::Pass,
        }
    }
}

impl FailRule {
    fn strike(&mut self, operation: Operation, region: &str) -> Option<WireError> {
        if !names(&self.operation, operation)
            || !covers(self.region.as_deref(), region)
            || self.times == Some(0)
        {
            return None;
        }
        self.seen += 1;
        if !self.seen.is_multiple_of(self.every) {
            return None;
        }
        self.times = self.times.map(|left| left.saturating_sub(1));
        let message = self.message.clone().unwrap_or_else(|| "Set by the control plane".to_owned());
        StatusCode::from_u16(self.status)
            .ok()
            .map(|status| WireError::new(status, self.code.clone(), message))
    }
}

fn names(rule: &str, operation: Operation) -> bool {
    rule == "*" || rule == operation.name()
}

fn covers(rule: Option<&str>, region: &str) -> bool {
    rule.is_none_or(|rule| rule == region)
}

/// A token bucket that holds one second's worth, and one request at least.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    fn full(rate: f64, now: Instant) -> Self {
        Self { rate, tokens: rate.max(1.0), filled: now }
    }

    fn take(&mut self, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.tokens = (self.tokens + elapsed * self.rate).min(self.rate.max(1.0));
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HOME: &str = "eu-central-1";

    fn faults(value: serde_json::Value) -> Faults {
        let mut faults = Faults::default();
        faults.set(serde_json::from_value(value).unwrap()).unwrap();
        faults
    }

    fn status(verdict: &FaultEffect) -> u16 {
        match verdict {
            FaultEffect::Fail(error) => error.status.as_u16(),
            FaultEffect::Pass | FaultEffect::Hang(_) => 0,
        }
    }

    #[test]
    fn the_rate_limit_leaves_sending_out_and_refills() {
        let start = Instant::now();
        let mut faults = faults(json!({"rate_limit_per_second": 1}));
        let put = Operation::PutSuppressedDestination;
        assert_eq!(faults.judge(put, HOME, start), FaultEffect::Pass);
        assert_eq!(status(&faults.judge(put, HOME, start)), 429);
        assert_eq!(faults.judge(Operation::SendEmail, HOME, start), FaultEffect::Pass);
        let later = start + Duration::from_millis(1100);
        assert_eq!(faults.judge(put, HOME, later), FaultEffect::Pass);
        assert_eq!(status(&faults.judge(put, HOME, later)), 429);
    }

    #[test]
    fn failures_end_after_their_times_and_strike_each_nth() {
        let now = Instant::now();
        let rule = json!({"fail": [{"operation": "PutSuppressedDestination", "status": 500,
            "code": "InternalServiceErrorException", "times": 2, "every": 2}]});
        let mut faults = faults(rule);
        let seen: Vec<u16> = (0..6)
            .map(|_| status(&faults.judge(Operation::PutSuppressedDestination, HOME, now)))
            .collect();
        assert_eq!(seen, [0, 500, 0, 500, 0, 0]);
        assert_eq!(faults.judge(Operation::GetAccount, HOME, now), FaultEffect::Pass);
    }

    #[test]
    fn hangs_are_limited_too() {
        let now = Instant::now();
        let rule = json!({"hang": [{"operation": "*", "seconds": 2.5, "times": 1}]});
        let mut faults = faults(rule);
        assert_eq!(
            faults.judge(Operation::GetAccount, HOME, now),
            FaultEffect::Hang(Duration::from_millis(2500))
        );
        assert_eq!(faults.judge(Operation::GetAccount, HOME, now), FaultEffect::Pass);
    }

    #[test]
    fn misspelt_operations_are_refused() {
        let request = json!({"fail": [{"operation": "PutSuppresion", "status": 500, "code": "x"}]});
        let refused = Faults::default().set(serde_json::from_value(request).unwrap());
        assert_eq!(refused, Err("unknown operation PutSuppresion".to_owned()));
    }

    #[test]
    fn each_region_has_its_own_rate_and_rules_can_be_of_one_region() {
        let now = Instant::now();
        let rule = json!({"rate_limit_per_second": 1,
            "fail": [{"operation": "*", "region": "us-west-2", "status": 503, "code": "ServiceUnavailable"}],
            "hang": [{"operation": "*", "region": "eu-west-1", "seconds": 1}]});
        let mut faults = faults(rule);
        let get = Operation::GetAccount;
        assert_eq!(faults.judge(get, HOME, now), FaultEffect::Pass);
        assert_eq!(status(&faults.judge(get, HOME, now)), 429);
        assert_eq!(faults.judge(get, "eu-west-1", now), FaultEffect::Hang(Duration::from_secs(1)));
        assert_eq!(status(&faults.judge(get, "eu-west-1", now)), 429);
        assert_eq!(status(&faults.judge(get, "us-west-2", now)), 503);
    }
}
