//! Writing metrics.

use std::ops::Range;
use std::time::Duration;

use aws_sdk_cloudwatch::types::{MetricDatum, StandardUnit};
use aws_smithy_types::DateTime;
use aws_smithy_types::retry::RetryConfig;
use tokio::time::Instant;

use super::{Metrics, dimensions};
use crate::error::{CallError, Class, never_connected};

/// Tries of one PutMetricData.
const TRIES: u32 = 3;
/// The wait after the first of them; each further one is four times as long.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Calls that may be halved in search of refused data, for each second that is left: one
/// datum among a thousand takes ten, thirty that lie apart take some two hundred.
const SPLITS_A_SECOND: u64 = 10;
/// Such calls where hardly any time is left.
const LEAST_SPLITS: u64 = 50;

/// One point of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct PutDatum {
    /// The metric's name.
    pub name: &'static str,
    /// Names and values of its dimensions.
    pub dimensions: Vec<(&'static str, String)>,
    /// Seconds since 1970.
    pub timestamp_seconds: i64,
    /// Its value.
    pub amount: PutAmount,
}

/// The value of a datum.
#[derive(Debug, Clone, PartialEq)]
pub enum PutAmount {
    /// A value in the unit Count.
    Count(f64),
    /// Different durations in milliseconds, each with how often it occurred.
    Milliseconds(Vec<(f64, f64)>),
}

/// When writing must come to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    /// No try begins after this.
    pub last_start: Instant,
    /// A try that is still under way is left alone then.
    pub end: Instant,
}

/// Whether CloudWatch took a range of the data that one call sent.
#[derive(Debug)]
pub struct PutResult {
    /// The data, as a range of what was passed to [`Metrics::put`].
    pub range: Range<usize>,
    /// Written or not.
    pub end: PutEnd,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutEnd {
    /// CloudWatch has taken them.
    Written,
    /// CloudWatch refuses this one datum for what it is; another try cannot help.
    Refused(CallError),
    /// Not taken, or not known to be.
    Failed(CallError),
    /// There was no time left to try.
    OutOfTime,
}

impl Metrics {
    /// One PutMetricData, compressed by the SDK; `data` must be within CloudWatch's
    /// limits. Answers with runs of data that cover all of them in their order: one
    /// run, unless CloudWatch refused a datum.
    ///
    /// The call has no idempotency key: a try that arrived and was tried again
    /// counts twice. So it is repeated here only where the try before was certainly
    /// not taken: throttled, or no connection. After any other fault, no answer or
    /// a 5xx, the caller has to choose between losing the data and perhaps counting
    /// them twice.
    ///
    /// One datum that CloudWatch refuses makes it refuse the whole call. Such a
    /// call is halved until the datum stands alone and the others are written. The more
    /// time is left the longer the search, for a message that is given back has only so
    /// many deliveries.
    pub async fn put(&self, data: &[PutDatum], limit: TimeLimit) -> Vec<PutResult> {
        let mut results = Vec::new();
        let whole = 0..data.len();
        let mut open = vec![whole];
        let mut splits = splits_within(limit);
        while let Some(range) = open.pop() {
            let end = self.put_run(data.get(range.clone()).unwrap_or_default(), limit).await;
            let end = match end {
                PutEnd::Refused(_) if range.len() > 1 && splits > 0 => {
                    splits -= 1;
                    let middle = range.start + range.len() / 2;
                    open.push(middle..range.end);
                    open.push(range.start..middle);
                    continue;
                }
                PutEnd::Refused(error) if range.len() > 1 => PutEnd::Failed(error),
                PutEnd::Written | PutEnd::Refused(_) | PutEnd::Failed(_) | PutEnd::OutOfTime => end,
            };
            results.push(PutResult { range, end });
        }
        results
    }

    async fn put_run(&self, data: &[PutDatum], limit: TimeLimit) -> PutEnd {
        let data: Vec<MetricDatum> = data.iter().map(wire).collect();
        let once = aws_sdk_cloudwatch::config::Builder::new().retry_config(RetryConfig::disabled());
        let mut wait = FIRST_WAIT;
        let mut not_taken: Option<CallError> = None;
        for _ in 0..TRIES {
            if not_taken.is_some() {
                if Instant::now() + wait > limit.last_start {
                    break;
                }
                tokio::time::sleep(wait).await;
                wait *= 4;
            } else if Instant::now() > limit.last_start {
                return PutEnd::OutOfTime;
            }
            let call = self
                .cloudwatch
                .put_metric_data()
                .namespace(&self.namespace)
                .set_metric_data(Some(data.clone()))
                .customize()
                .config_override(once.clone())
                .send();
            let Ok(answer) = tokio::time::timeout_at(limit.end, call).await else {
                let error = CallError::new(
                    "PutMetricData",
                    Class::Temporary,
                    "no answer before the time was up",
                );
                return PutEnd::Failed(error);
            };
            let Err(fault) = answer else { return PutEnd::Written };
            let error = CallError::of("PutMetricData", &fault);
            if error.is_verdict_on_data() {
                return PutEnd::Refused(error);
            }
            if error.class != Class::Throttled && !never_connected(&fault) {
                return PutEnd::Failed(error);
            }
            not_taken = Some(error);
        }
        not_taken.map_or(PutEnd::OutOfTime, PutEnd::Failed)
    }
}

fn splits_within(limit: TimeLimit) -> u64 {
    let left = limit.last_start.saturating_duration_since(Instant::now());
    LEAST_SPLITS.max(left.as_secs() * SPLITS_A_SECOND)
}

fn wire(datum: &PutDatum) -> MetricDatum {
    let wire = MetricDatum::builder()
        .metric_name(datum.name)
        .set_dimensions(Some(dimensions(&datum.dimensions)))
        .timestamp(DateTime::from_secs(datum.timestamp_seconds));
    match &datum.amount {
        PutAmount::Count(value) => wire.value(*value).unit(StandardUnit::Count),
        PutAmount::Milliseconds(values) => wire
            .set_values(Some(values.iter().map(|(value, _)| *value).collect()))
            .set_counts(Some(values.iter().map(|(_, times)| *times).collect()))
            .unit(StandardUnit::Milliseconds),
    }
    .build()
}
