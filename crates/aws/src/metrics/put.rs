//! Writing metrics.

use std::ops::Range;
use std::time::Duration;

use aws_sdk_cloudwatch::types::{MetricDatum, StandardUnit};
use aws_smithy_types::DateTime;
use aws_smithy_types::retry::RetryConfig;

use super::{Metrics, dimensions};
use crate::error::{CallError, Class, never_connected};

/// Data in one PutMetricData.
const MAX_DATA: usize = 1000;
/// Bytes of one PutMetricData before compression, as estimated: the limit is
/// 1 MB, and names are counted twice to be safe.
const MAX_BYTES: usize = 900 * 1024;
/// Tries of one PutMetricData.
const TRIES: u32 = 3;
/// Chunks that may be halved in search of refused data, a batch: one datum among a
/// thousand takes ten.
const SPLITS: u32 = 50;

/// One value of a series; its unit is Count.
#[derive(Debug, Clone, PartialEq)]
pub struct Datum {
    /// The metric's name.
    pub name: &'static str,
    /// Names and values of its dimensions.
    pub dimensions: Vec<(&'static str, String)>,
    /// Seconds since 1970.
    pub timestamp_seconds: i64,
    /// The value.
    pub value: f64,
}

impl Datum {
    fn bytes(&self) -> usize {
        let dimensions: usize = self.dimensions.iter().map(|(name, value)| name.len() + value.len() + 24).sum();
        2 * (self.name.len() + dimensions) + 64
    }
}

/// What became of a run of data that shared one call.
#[derive(Debug)]
pub struct ChunkResult {
    /// Which data.
    pub range: Range<usize>,
    /// Written or not.
    pub result: Result<(), CallError>,
}

impl ChunkResult {
    /// Whether CloudWatch refuses this one datum for what it is, so that another
    /// try cannot help.
    pub fn is_refused_datum(&self) -> bool {
        self.range.len() == 1 && self.result.as_ref().is_err_and(refuses_data)
    }
}

impl Metrics {
    /// PutMetricData, in as few calls as its limits allow, compressed by the SDK.
    ///
    /// The call has no idempotency key: a try that arrived and was tried again
    /// counts twice. So a call is repeated only where it was certainly not taken
    /// (throttled, 503, no connection), never after another fault or a time-out.
    ///
    /// One datum that CloudWatch refuses makes it refuse the whole call. Such a
    /// call is halved until the datum stands alone and the others are written.
    pub async fn put(&self, data: &[Datum]) -> Vec<ChunkResult> {
        let mut results = Vec::new();
        let mut open = chunks(data);
        open.reverse();
        let mut splits = SPLITS;
        while let Some(range) = open.pop() {
            let result = self.put_chunk(data.get(range.clone()).unwrap_or_default()).await;
            if result.as_ref().is_err_and(refuses_data) && range.len() > 1 && splits > 0 {
                splits -= 1;
                let middle = range.start + range.len() / 2;
                open.push(middle..range.end);
                open.push(range.start..middle);
            } else {
                results.push(ChunkResult { range, result });
            }
        }
        results
    }

    async fn put_chunk(&self, data: &[Datum]) -> Result<(), CallError> {
        let data: Vec<MetricDatum> = data.iter().map(wire).collect();
        let once = aws_sdk_cloudwatch::config::Builder::new().retry_config(RetryConfig::disabled());
        let mut wait = Duration::from_millis(200);
        for attempt in 1.. {
            let answer = self
                .cloudwatch
                .put_metric_data()
                .namespace(&self.namespace)
                .set_metric_data(Some(data.clone()))
                .customize()
                .config_override(once.clone())
                .send()
                .await;
            let Err(fault) = answer else { break };
            let error = CallError::of("PutMetricData", &fault);
            let is_unavailable = fault.raw_response().is_some_and(|answer| answer.status().as_u16() == 503);
            let not_taken = error.class == Class::Throttled || is_unavailable || never_connected(&fault);
            if !not_taken || attempt == TRIES {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            wait *= 4;
        }
        Ok(())
    }
}

/// Whether the data are to blame, and not the call's signature or its namespace.
fn refuses_data(error: &CallError) -> bool {
    const OF_DATA: [&str; 5] =
        ["InvalidParameter", "InvalidFormat", "MissingParameter", "MissingRequiredParameter", "Validation"];
    match &error.class {
        Class::Refused { code } => OF_DATA.iter().any(|start| code.starts_with(start)),
        Class::Throttled | Class::Temporary | Class::Denied | Class::NotFound => false,
    }
}

fn wire(datum: &Datum) -> MetricDatum {
    MetricDatum::builder()
        .metric_name(datum.name)
        .set_dimensions(Some(dimensions(&datum.dimensions)))
        .timestamp(DateTime::from_secs(datum.timestamp_seconds))
        .value(datum.value)
        .unit(StandardUnit::Count)
        .build()
}

/// Runs of data that fit one call each.
fn chunks(data: &[Datum]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, datum) in data.iter().enumerate() {
        if index > start && (index - start == MAX_DATA || bytes + datum.bytes() > MAX_BYTES) {
            ranges.push(start..index);
            (start, bytes) = (index, 0);
        }
        bytes += datum.bytes();
    }
    if start < data.len() {
        ranges.push(start..data.len());
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datum(value_bytes: usize) -> Datum {
        Datum { name: "Send", dimensions: vec![("Domain", "x".repeat(value_bytes))], timestamp_seconds: 0, value: 1.0 }
    }

    #[expect(clippy::single_range_in_vec_init, reason = "a list of one range is what is meant")]
    #[test]
    fn chunks_hold_the_limits_and_every_datum_once() {
        assert_eq!(chunks(&[]), []);
        assert_eq!(chunks(&vec![datum(10); 1000]), [0..1000]);
        assert_eq!(chunks(&vec![datum(10); 2001]), [0..1000, 1000..2000, 2000..2001]);
        let heavy = vec![datum(100_000); 10];
        let ranges = chunks(&heavy);
        assert!(ranges.len() > 1);
        assert_eq!(ranges.iter().map(ExactSizeIterator::len).sum::<usize>(), 10);
        assert_eq!(chunks(&[datum(2_000_000)]), [0..1]);
    }
}
