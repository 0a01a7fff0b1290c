//! Writing and reading metrics.

use std::ops::Range;
use std::time::Duration;

use aws_sdk_cloudwatch::types::{
    Dimension, DimensionFilter, Metric, MetricDataQuery, MetricDatum, MetricStat, RecentlyActive, StandardUnit,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::retry::RetryConfig;

use crate::Connection;
use crate::error::{CallError, Class};

/// Data in one PutMetricData.
const MAX_DATA: usize = 1000;
/// Bytes of one PutMetricData before compression, as estimated: the limit is
/// 1 MB, and names are counted twice to be safe.
const MAX_BYTES: usize = 900 * 1024;
/// Queries in one GetMetricData.
const MAX_QUERIES: usize = 500;
/// Tries of one PutMetricData.
const TRIES: u32 = 3;

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

/// A sum to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The metric's name.
    pub metric: &'static str,
    /// Names and values of its dimensions.
    pub dimensions: Vec<(&'static str, String)>,
}

/// One namespace of CloudWatch.
#[derive(Debug, Clone)]
pub struct Metrics {
    cloudwatch: aws_sdk_cloudwatch::Client,
    namespace: String,
}

impl Metrics {
    /// The namespace of that name.
    pub fn new(connection: &Connection, namespace: String) -> Self {
        Self { cloudwatch: connection.cloudwatch(), namespace }
    }

    /// PutMetricData, in as few calls as its limits allow, compressed by the SDK.
    ///
    /// The call has no idempotency key: a try that arrived and was tried again
    /// counts twice. So a call is repeated only after an answer that says it was
    /// not taken (throttled, 5xx), never after a time-out or a broken connection.
    pub async fn put(&self, data: &[Datum]) -> Vec<ChunkResult> {
        let mut results = Vec::new();
        for range in chunks(data) {
            let result = match data.get(range.clone()) {
                Some(part) => self.put_chunk(part).await,
                None => Ok(()),
            };
            results.push(ChunkResult { range, result });
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
            let Err(error) = answer else { return Ok(()) };
            let answered = matches!(error, aws_sdk_cloudwatch::error::SdkError::ServiceError(_));
            let error = CallError::of("PutMetricData", &error);
            let not_taken = answered && matches!(error.class, Class::Throttled | Class::Temporary);
            if !not_taken || attempt == TRIES {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            wait *= 4;
        }
        Ok(())
    }

    /// The configuration sets that carried mail of a domain in the last three
    /// hours, by the series that exist.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn configuration_sets_of(&self, domain: &str) -> Result<Vec<String>, CallError> {
        let series = self.series("Send", &[("Domain", Some(domain)), ("ConfigurationSet", None)]).await?;
        Ok(values_of(&series, "ConfigurationSet"))
    }

    /// The domains that a configuration set carried mail of in the last three hours.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn domains_of(&self, configuration_set: &str) -> Result<Vec<String>, CallError> {
        let series = self.series("Send", &[("ConfigurationSet", Some(configuration_set)), ("Domain", None)]).await?;
        Ok(values_of(&series, "Domain"))
    }

    /// All domains with mail in the last three hours.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn domains(&self) -> Result<Vec<String>, CallError> {
        let mut series = self.series("Send", &[("Domain", None)]).await?;
        series.retain(|dimensions| dimensions.len() == 1);
        Ok(values_of(&series, "Domain"))
    }

    /// ListMetrics, all pages: the dimensions of each series of `metric` that has
    /// these dimensions (any value where none is given).
    async fn series(
        &self,
        metric: &str,
        dimensions: &[(&str, Option<&str>)],
    ) -> Result<Vec<Vec<(String, String)>>, CallError> {
        let filters: Vec<DimensionFilter> = dimensions
            .iter()
            .map(|(name, value)| {
                let filter = DimensionFilter::builder().name(*name);
                value.map_or(filter.clone(), |value| filter.value(value)).build()
            })
            .collect();
        let mut pages = self
            .cloudwatch
            .list_metrics()
            .namespace(&self.namespace)
            .metric_name(metric)
            .set_dimensions(Some(filters))
            .recently_active(RecentlyActive::Pt3H)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("ListMetrics", &error))?;
            found.extend(page.metrics().iter().map(|metric| {
                let pair = |d: &Dimension| Some((d.name()?.to_owned(), d.value()?.to_owned()));
                metric.dimensions().iter().filter_map(pair).collect()
            }));
        }
        Ok(found)
    }

    /// GetMetricData: the sum of each series over `start..end` (seconds since
    /// 1970), 0 where there is no data. Plain statistics, no metric math.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn sums(&self, queries: &[Query], start: i64, end: i64) -> Result<Vec<f64>, CallError> {
        let mut sums = vec![0.0; queries.len()];
        for (part, queries) in queries.chunks(MAX_QUERIES).enumerate() {
            let wire: Vec<MetricDataQuery> =
                queries.iter().enumerate().map(|(index, query)| self.query(index, query)).collect();
            let mut pages = self
                .cloudwatch
                .get_metric_data()
                .set_metric_data_queries(Some(wire))
                .start_time(DateTime::from_secs(start))
                .end_time(DateTime::from_secs(end))
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| CallError::of("GetMetricData", &error))?;
                for result in page.metric_data_results() {
                    let index = result.id().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
                    if let Some(sum) = index.and_then(|index| sums.get_mut(part * MAX_QUERIES + index)) {
                        *sum += result.values().iter().sum::<f64>();
                    }
                }
            }
        }
        Ok(sums)
    }

    fn query(&self, index: usize, query: &Query) -> MetricDataQuery {
        let metric = Metric::builder()
            .namespace(&self.namespace)
            .metric_name(query.metric)
            .set_dimensions(Some(dimensions(&query.dimensions)))
            .build();
        let stat = MetricStat::builder().metric(metric).period(60).stat("Sum").build();
        MetricDataQuery::builder().id(format!("q{index}")).metric_stat(stat).return_data(true).build()
    }
}

fn values_of(series: &[Vec<(String, String)>], name: &str) -> Vec<String> {
    let mut values: Vec<String> = series.iter().flatten().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect();
    values.sort();
    values.dedup();
    values
}

fn dimensions(pairs: &[(&'static str, String)]) -> Vec<Dimension> {
    pairs.iter().map(|(name, value)| Dimension::builder().name(*name).value(value).build()).collect()
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
