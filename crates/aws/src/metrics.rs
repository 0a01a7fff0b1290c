//! Writing and reading metrics.

mod judgement;
mod last_hour;
mod latest;
mod points;
mod put;
mod ranked;
#[cfg(feature = "operator")]
mod rates;

pub use put::{PutAmount, PutDatum, PutEnd, PutResult, TimeLimit};

use aws_sdk_cloudwatch::types::{
    Dimension, DimensionFilter, Metric, MetricDataQuery, MetricDataResult, MetricStat,
    RecentlyActive, StatusCode,
};

use warden_domain::guard::windows::Span;

use crate::Connection;
use crate::error::{CallError, Class};
use crate::members::missing;

/// Queries in one GetMetricData.
const MAX_QUERIES: usize = 500;

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

    /// The configuration sets with this metric (`Send`, `BounceHard` or `Complaint`) of
    /// a domain in the last two weeks, by the series that CloudWatch lists: a new one
    /// after up to a quarter of an hour. Events may come long after the last mail, so
    /// that a shorter time would miss them.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn configuration_sets_of(
        &self,
        metric: &str,
        domain: &str,
    ) -> Result<Vec<String>, CallError> {
        let series = self
            .series(metric, &[("Domain", Some(domain)), ("ConfigurationSet", None)], None)
            .await?;
        Ok(values_of(&series, "ConfigurationSet"))
    }

    /// The domains that a configuration set carried mail of in the last two weeks.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn domains_of(&self, configuration_set: &str) -> Result<Vec<String>, CallError> {
        let dimensions = [("ConfigurationSet", Some(configuration_set)), ("Domain", None)];
        let series = self.series("Send", &dimensions, None).await?;
        Ok(values_of(&series, "Domain"))
    }

    /// All domains with mail in the last three hours.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn domains(&self) -> Result<Vec<String>, CallError> {
        let mut series =
            self.series("Send", &[("Domain", None)], Some(RecentlyActive::Pt3H)).await?;
        series.retain(|dimensions| dimensions.len() == 1);
        Ok(values_of(&series, "Domain"))
    }

    /// ListMetrics, all pages: the dimensions of each series of `metric` that has
    /// these dimensions (any value where none is given), of two weeks or as `active` says.
    async fn series(
        &self,
        metric: &str,
        dimensions: &[(&str, Option<&str>)],
        active: Option<RecentlyActive>,
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
            .set_recently_active(active)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("ListMetrics", &error))?;
            if page.metrics.is_none() {
                return Err(missing("ListMetrics", "list of metrics"));
            }
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
    /// [`CallError`], also when one of the results could not be read.
    pub async fn sums(
        &self,
        queries: &[Query],
        start: i64,
        end: i64,
    ) -> Result<Vec<f64>, CallError> {
        self.totals(queries, &Span { start, end, period: 60 }).await
    }

    fn query(&self, index: usize, query: &Query, period: i32) -> MetricDataQuery {
        let metric = Metric::builder()
            .namespace(&self.namespace)
            .metric_name(query.metric)
            .set_dimensions(Some(dimensions(&query.dimensions)))
            .build();
        let stat = MetricStat::builder().metric(metric).period(period).stat("Sum").build();
        MetricDataQuery::builder()
            .id(format!("q{index}"))
            .metric_stat(stat)
            .return_data(true)
            .build()
    }
}

/// A result of its own can fail in a call that succeeds, and would read as 0.
pub(crate) fn check(result: &MetricDataResult) -> Result<(), CallError> {
    let class = match result.status_code() {
        Some(StatusCode::Forbidden) => Class::Denied,
        Some(StatusCode::InternalError) => Class::Temporary,
        // Partial data go on with the next page.
        _ => return Ok(()),
    };
    let status = result.status_code().map_or("none", StatusCode::as_str);
    Err(CallError::new("GetMetricData", class, &format!("a result is {status}")))
}

fn values_of(series: &[Vec<(String, String)>], name: &str) -> Vec<String> {
    let mut values: Vec<String> =
        series.iter().flatten().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect();
    values.sort();
    values.dedup();
    values
}

fn dimensions(pairs: &[(&'static str, String)]) -> Vec<Dimension> {
    pairs
        .iter()
        .map(|(name, value)| Dimension::builder().name(*name).value(value).build())
        .collect()
}
