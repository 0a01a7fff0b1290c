//! The latest value of a metric of AWS.

use aws_sdk_cloudwatch::types::{Metric, MetricDataQuery, MetricStat, ScanBy};
use aws_smithy_types::DateTime;

use super::{Metrics, check};
use crate::error::CallError;
use crate::members::missing;

impl Metrics {
    /// GetMetricData: the maximum of the last period of `period` seconds that has a value, of the
    /// series of that name without dimensions, over `start..end` (seconds since 1970); `None` where
    /// none has.
    ///
    /// # Errors
    /// [`CallError`], also when the result is missing or could not be read.
    pub async fn latest(
        &self,
        metric: &str,
        period: i32,
        start: i64,
        end: i64,
    ) -> Result<Option<f64>, CallError> {
        const OPERATION: &str = "GetMetricData";
        let metric = Metric::builder().namespace(&self.namespace).metric_name(metric).build();
        let stat = MetricStat::builder().metric(metric).period(period).stat("Maximum").build();
        let query = MetricDataQuery::builder().id("q0").metric_stat(stat).build();
        let answer = self
            .cloudwatch
            .get_metric_data()
            .metric_data_queries(query)
            .start_time(DateTime::from_secs(start))
            .end_time(DateTime::from_secs(end))
            .scan_by(ScanBy::TimestampDescending)
            .send()
            .await
            .map_err(|error| CallError::of(OPERATION, &error))?;
        let result = answer.metric_data_results().first();
        let result = result.ok_or_else(|| missing(OPERATION, "result"))?;
        check(result)?;
        let times = result.timestamps().iter().map(DateTime::secs);
        let latest = times.zip(result.values().iter().copied()).max_by_key(|(at, _)| *at);
        Ok(latest.map(|(_, value)| value))
    }
}
