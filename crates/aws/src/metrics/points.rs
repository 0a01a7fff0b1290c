//! Reading sums period by period.

use aws_smithy_types::DateTime;

use super::{MAX_QUERIES, Metrics, Query, check};
use crate::error::CallError;
use crate::members::missing;

impl Metrics {
    /// GetMetricData: for each query the sums of periods of `period` seconds over
    /// `start..end` (seconds since 1970), as pairs of where the period begins and
    /// its sum, in no order; a period without data has none. Plain statistics.
    ///
    /// # Errors
    /// [`CallError`], also when one of the results is missing or could not be read.
    pub async fn points(
        &self,
        queries: &[Query],
        period: i32,
        start: i64,
        end: i64,
    ) -> Result<Vec<Vec<(i64, f64)>>, CallError> {
        let mut points = vec![Vec::new(); queries.len()];
        for (part, queries) in queries.chunks(MAX_QUERIES).enumerate() {
            let wire = queries
                .iter()
                .enumerate()
                .map(|(index, query)| self.query(index, query, period))
                .collect();
            let mut pages = self
                .cloudwatch
                .get_metric_data()
                .set_metric_data_queries(Some(wire))
                .start_time(DateTime::from_secs(start))
                .end_time(DateTime::from_secs(end))
                .into_paginator()
                .send();
            let mut answered = vec![false; queries.len()];
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| CallError::of("GetMetricData", &error))?;
                for result in page.metric_data_results() {
                    check(result)?;
                    let index =
                        result.id().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
                    if let Some(answered) = index.and_then(|index| answered.get_mut(index)) {
                        *answered = true;
                    }
                    if let Some(found) =
                        index.and_then(|index| points.get_mut(part * MAX_QUERIES + index))
                    {
                        let times = result.timestamps().iter().map(DateTime::secs);
                        found.extend(times.zip(result.values().iter().copied()));
                    }
                }
            }
            // A series without data has a result without values.
            if answered.contains(&false) {
                return Err(missing("GetMetricData", "result for one of the queries"));
            }
        }
        Ok(points)
    }
}
