//! CloudWatch alarms, the series there are, and when something was last counted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::types::{
    AlarmType, Dimension, Metric, MetricAlarm, MetricDataQuery, MetricStat, ScanBy,
};
use aws_smithy_types::DateTime;
use aws_types::SdkConfig;
use warden_domain::setup::snapshot::{Alarm, SnapshotSeries};

use crate::error::CallError;

/// How far back an event is looked for: as far as ListMetrics lists a series.
const LOOK_BACK: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// CloudWatch keeps points of five minutes for 63 days.
const PERIOD_SECONDS: i32 = 300;
/// Any of these says that an event was counted.
const COUNTED: [&str; 4] = ["Send", "Delivery", "BounceHard", "Complaint"];

/// Reads CloudWatch in one Region.
#[derive(Debug, Clone)]
pub struct AlarmReader {
    cloudwatch: aws_sdk_cloudwatch::Client,
}

impl AlarmReader {
    /// Creates a reader of the configuration's Region.
    pub fn new(config: &SdkConfig) -> Self {
        Self { cloudwatch: aws_sdk_cloudwatch::Client::new(config) }
    }

    /// DescribeAlarms, all pages: every alarm of the Region.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn alarms(&self) -> Result<Vec<Alarm>, CallError> {
        let asked = self.cloudwatch.describe_alarms();
        let asked =
            asked.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
        let mut pages = asked.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("DescribeAlarms", &error))?;
            found.extend(page.metric_alarms().iter().filter_map(metric_alarm));
            found.extend(page.composite_alarms().iter().filter_map(|alarm| {
                Some(Alarm {
                    name: alarm.alarm_name()?.to_owned(),
                    arn: alarm.alarm_arn()?.to_owned(),
                    actions_enabled: alarm.actions_enabled().unwrap_or(true),
                    actions: alarm.alarm_actions().to_vec(),
                    series: Vec::new(),
                    missing_data: "ignore".to_owned(),
                })
            }));
        }
        Ok(found)
    }

    /// ListMetrics, all pages: the series of a namespace that had data within two weeks.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn series(&self, namespace: &str) -> Result<BTreeSet<SnapshotSeries>, CallError> {
        let listing = self.cloudwatch.list_metrics().namespace(namespace);
        let mut pages = listing.into_paginator().send();
        let mut found = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("ListMetrics", &error))?;
            found.extend(page.metrics().iter().filter_map(series));
        }
        Ok(found)
    }

    /// GetMetricData: when metrics last counted an event of the whole account in this namespace,
    /// in milliseconds since 1970, to five minutes.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn last_counted(
        &self,
        namespace: &str,
        now: SystemTime,
    ) -> Result<Option<i64>, CallError> {
        let query = |(n, metric): (usize, &&str)| {
            let metric = Metric::builder().namespace(namespace).metric_name(*metric).build();
            let stat = MetricStat::builder().metric(metric).period(PERIOD_SECONDS).stat("Sum");
            MetricDataQuery::builder().id(format!("m{n}")).metric_stat(stat.build()).build()
        };
        let mut pages = self
            .cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(COUNTED.iter().enumerate().map(query).collect()))
            .start_time(DateTime::from(now - LOOK_BACK))
            .end_time(DateTime::from(now))
            .scan_by(ScanBy::TimestampDescending)
            .into_paginator()
            .send();
        let mut last = None;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("GetMetricData", &error))?;
            for result in page.metric_data_results() {
                let points = result.timestamps().iter().zip(result.values());
                let counted = points.filter(|(_, value)| **value > 0.0);
                last = last.max(counted.filter_map(|(at, _)| at.to_millis().ok()).max());
            }
        }
        Ok(last)
    }
}

fn metric_alarm(alarm: &MetricAlarm) -> Option<Alarm> {
    let own = alarm.metric_name().map(|metric| SnapshotSeries {
        namespace: alarm.namespace().unwrap_or_default().to_owned(),
        metric: metric.to_owned(),
        dimensions: dimensions(alarm.dimensions()),
    });
    let of_math = alarm.metrics().iter().filter_map(|query| series(query.metric_stat()?.metric()?));
    Some(Alarm {
        name: alarm.alarm_name()?.to_owned(),
        arn: alarm.alarm_arn()?.to_owned(),
        actions_enabled: alarm.actions_enabled().unwrap_or(true),
        actions: alarm.alarm_actions().to_vec(),
        series: own.into_iter().chain(of_math).collect(),
        missing_data: alarm.treat_missing_data().unwrap_or("missing").to_owned(),
    })
}

fn series(metric: &Metric) -> Option<SnapshotSeries> {
    Some(SnapshotSeries {
        namespace: metric.namespace()?.to_owned(),
        metric: metric.metric_name()?.to_owned(),
        dimensions: dimensions(metric.dimensions()),
    })
}

fn dimensions(found: &[Dimension]) -> BTreeMap<String, String> {
    let pair = |d: &Dimension| Some((d.name()?.to_owned(), d.value()?.to_owned()));
    found.iter().filter_map(pair).collect()
}
