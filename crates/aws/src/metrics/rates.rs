//! Reading the latest value of metrics that are rates.

use aws_smithy_types::DateTime;

use aws_sdk_cloudwatch::types::{Metric, MetricDataQuery, MetricStat};

use super::{Metrics, Query, check, dimensions};
use crate::error::CallError;

/// Seconds of a period: SES publishes its rates about every quarter of an hour.
const PERIOD: i32 = 300;

impl Metrics {
    /// GetMetricData: the latest average of each series over `start..end` (seconds since 1970), with
    /// the second at which its period begins; `None` where there is no data.
    ///
    /// # Errors
    /// [`CallError`], also when one of the results could not be read.
    pub async fn latest_rates(
        &self,
        queries: &[Query],
        start: i64,
        end: i64,
    ) -> Result<Vec<Option<(i64, f64)>>, CallError> {
        let wire = queries.iter().enumerate().map(|(index, query)| {
            let metric = Metric::builder()
                .namespace(&self.namespace)
                .metric_name(query.metric)
                .set_dimensions(Some(dimensions(&query.dimensions)))
                .build();
            let stat = MetricStat::builder().metric(metric).period(PERIOD).stat("Average").build();
            MetricDataQuery::builder().id(format!("q{index}")).metric_stat(stat).build()
        });
        let mut pages = self
            .cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(wire.collect()))
            .start_time(DateTime::from_secs(start))
            .end_time(DateTime::from_secs(end))
            .into_paginator()
            .send();
        let mut latest: Vec<Option<(i64, f64)>> = vec![None; queries.len()];
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("GetMetricData", &error))?;
            for result in page.metric_data_results() {
                check(result)?;
                let index = result.id().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
                let Some(slot) = index.and_then(|index| latest.get_mut(index)) else { continue };
                let points = result.timestamps().iter().map(DateTime::secs);
                for point in points.zip(result.values().iter().copied()) {
                    if slot.is_none_or(|(at, _)| at <= point.0) {
                        *slot = Some(point);
                    }
                }
            }
        }
        Ok(latest)
    }
}
