//! Finds existing series and ranks them by their sums.

use aws_sdk_cloudwatch::types::RecentlyActive;

use super::{Metrics, Query};
use crate::error::CallError;

impl Metrics {
    /// Returns the series of `metric` that have exactly these dimensions and data in the last three
    /// hours, largest sum first. A dimension without a value matches any value. Each result holds
    /// the values of those dimensions, in the order given, and the sum over `start..end`. Series
    /// with a sum of 0 are left out.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn ranked(
        &self,
        metric: &'static str,
        asked: &[(&'static str, Option<&str>)],
        start: i64,
        end: i64,
    ) -> Result<Vec<(Vec<String>, f64)>, CallError> {
        let mut found = self.series(metric, asked, Some(RecentlyActive::Pt3H)).await?;
        found.retain(|dimensions| dimensions.len() == asked.len());
        let value = |series: &[(String, String)], name: &str| {
            series.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default()
        };
        let queries: Vec<Query> = found
            .iter()
            .map(|series| Query {
                metric,
                dimensions: asked.iter().map(|(name, _)| (*name, value(series, name))).collect(),
            })
            .collect();
        let sums = self.sums(&queries, start, end).await?;
        let open = |series: &Vec<(String, String)>| -> Vec<String> {
            asked
                .iter()
                .filter(|(_, given)| given.is_none())
                .map(|(name, _)| value(series, name))
                .collect()
        };
        let mut ranked: Vec<(Vec<String>, f64)> =
            found.iter().map(open).zip(sums).filter(|(_, sum)| *sum > 0.0).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(ranked)
    }
}
