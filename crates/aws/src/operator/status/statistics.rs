//! Statistics of any namespace of CloudWatch.

use aws_sdk_cloudwatch::types::{
    Dimension, DimensionFilter, Metric, MetricDataQuery, MetricStat, RecentlyActive,
};
use aws_smithy_types::DateTime;

use crate::Connection;
use crate::error::CallError;

/// Queries in one GetMetricData.
const MAX_QUERIES: usize = 500;

/// A series that CloudWatch lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedSeries {
    /// Namespace.
    pub namespace: String,
    /// Name of the metric.
    pub metric: String,
    /// Names and values of the dimensions.
    pub dimensions: Vec<(String, String)>,
}

impl ListedSeries {
    /// A series by its parts.
    pub fn new(namespace: &str, metric: &str, dimensions: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            namespace: namespace.to_owned(),
            metric: metric.to_owned(),
            dimensions: dimensions.iter().map(owned).collect(),
        }
    }

    /// The value of a dimension.
    pub fn dimension(&self, name: &str) -> Option<&str> {
        self.dimensions.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// How the values of a period become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// Their sum.
    Sum,
    /// The largest.
    Maximum,
}

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticQuery {
    /// The series.
    pub series: ListedSeries,
    /// The statistic.
    pub statistic: Statistic,
    /// Seconds of one period.
    pub period: i32,
}

/// CloudWatch in one Region.
#[derive(Debug, Clone)]
pub struct Statistics {
    cloudwatch: aws_sdk_cloudwatch::Client,
}

impl Statistics {
    /// The connection's Region.
    pub fn new(connection: &Connection) -> Self {
        Self { cloudwatch: connection.cloudwatch() }
    }

    /// ListMetrics, all pages: the series of a metric that had data in the last three hours, with
    /// these dimensions among theirs.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn active_series(
        &self,
        namespace: &str,
        metric: &str,
        dimensions: &[&str],
    ) -> Result<Vec<ListedSeries>, CallError> {
        self.series(namespace, metric, dimensions, Some(RecentlyActive::Pt3H)).await
    }

    /// As [`Self::active_series`], of the last two weeks.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn listed_series(
        &self,
        namespace: &str,
        metric: &str,
        dimensions: &[&str],
    ) -> Result<Vec<ListedSeries>, CallError> {
        self.series(namespace, metric, dimensions, None).await
    }

    async fn series(
        &self,
        namespace: &str,
        metric: &str,
        dimensions: &[&str],
        active: Option<RecentlyActive>,
    ) -> Result<Vec<ListedSeries>, CallError> {
        let filters: Vec<DimensionFilter> =
            dimensions.iter().map(|name| DimensionFilter::builder().name(*name).build()).collect();
        let mut pages = self
            .cloudwatch
            .list_metrics()
            .namespace(namespace)
            .metric_name(metric)
            .set_dimensions(Some(filters).filter(|filters| !filters.is_empty()))
            .set_recently_active(active)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("ListMetrics", &error))?;
            found.extend(page.metrics().iter().map(|one| {
                let pair = |d: &Dimension| Some((d.name()?.to_owned(), d.value()?.to_owned()));
                ListedSeries {
                    namespace: namespace.to_owned(),
                    metric: metric.to_owned(),
                    dimensions: one.dimensions().iter().filter_map(pair).collect(),
                }
            }));
        }
        Ok(found)
    }

    /// GetMetricData: for each query its values over `start..end` (seconds since 1970), as pairs of
    /// the beginning of a period and its value, in the order of time.
    ///
    /// # Errors
    /// [`CallError`], also when one of the results could not be read.
    pub async fn values(
        &self,
        queries: &[StatisticQuery],
        start: i64,
        end: i64,
    ) -> Result<Vec<Vec<(i64, f64)>>, CallError> {
        let mut values = vec![Vec::new(); queries.len()];
        for (part, queries) in queries.chunks(MAX_QUERIES).enumerate() {
            let asked = queries.iter().enumerate().map(query).collect();
            let mut pages = self
                .cloudwatch
                .get_metric_data()
                .set_metric_data_queries(Some(asked))
                .start_time(DateTime::from_secs(start))
                .end_time(DateTime::from_secs(end))
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| CallError::of("GetMetricData", &error))?;
                for result in page.metric_data_results() {
                    crate::metrics::check(result)?;
                    let index =
                        result.id().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
                    let found = index.and_then(|index| values.get_mut(part * MAX_QUERIES + index));
                    if let Some(found) = found {
                        let times = result.timestamps().iter().map(DateTime::secs);
                        found.extend(times.zip(result.values().iter().copied()));
                    }
                }
            }
        }
        for series in &mut values {
            series.sort_by_key(|(time, _): &(i64, f64)| *time);
        }
        Ok(values)
    }
}

fn query((index, query): (usize, &StatisticQuery)) -> MetricDataQuery {
    let dimension =
        |(name, value): &(String, String)| Dimension::builder().name(name).value(value).build();
    let metric = Metric::builder()
        .namespace(&query.series.namespace)
        .metric_name(&query.series.metric)
        .set_dimensions(Some(query.series.dimensions.iter().map(dimension).collect()))
        .build();
    let statistic = match query.statistic {
        Statistic::Sum => "Sum",
        Statistic::Maximum => "Maximum",
    };
    let stat = MetricStat::builder().metric(metric).period(query.period).stat(statistic).build();
    MetricDataQuery::builder().id(format!("q{index}")).metric_stat(stat).return_data(true).build()
}
