//! Series that had data within two weeks, as far back as CloudWatch lists any.

use aws_sdk_cloudwatch::types::{Dimension, DimensionFilter};

use super::ListedSeries;
use crate::Connection;
use crate::error::CallError;

/// ListMetrics, all pages: the series of a metric with exactly these dimensions.
///
/// # Errors
/// [`CallError`].
pub async fn series_of_two_weeks(
    connection: &Connection,
    namespace: &str,
    metric: &str,
    dimensions: &[&str],
) -> Result<Vec<ListedSeries>, CallError> {
    let filters = dimensions.iter().map(|name| DimensionFilter::builder().name(*name).build());
    let listing = connection.cloudwatch().list_metrics().namespace(namespace).metric_name(metric);
    let mut pages = listing.set_dimensions(Some(filters.collect())).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| CallError::of("ListMetrics", &error))?;
        for one in page.metrics().iter().filter(|one| one.dimensions().len() == dimensions.len()) {
            let pair = |d: &Dimension| Some((d.name()?.to_owned(), d.value()?.to_owned()));
            found.push(ListedSeries {
                namespace: namespace.to_owned(),
                metric: metric.to_owned(),
                dimensions: one.dimensions().iter().filter_map(pair).collect(),
            });
        }
    }
    found.sort();
    Ok(found)
}
