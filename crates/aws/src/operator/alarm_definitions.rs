//! Alarms by what they watch: read, written, tagged and deleted.

mod wire;

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{AlarmType, ComparisonOperator, Statistic, Tag};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::Connection;
use crate::error::{CallError, Class};
use crate::members::missing;
use wire::{composite_alarm, dimensions_of, metric_alarm, to_sdk};

/// As many names as one DeleteAlarms takes.
pub const MOST_DELETED: usize = 100;
/// Alarms on one page of a listing: the most that CloudWatch gives.
const PAGE: i32 = 100;
/// Alarms whose tags are read at the same time. Throttling is waited out by the SDK.
const SIDE_BY_SIDE: usize = 4;

/// What an alarm watches and what it does, without its name and tags.
///
/// An alarm on a single metric has one query, without an id.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmRule {
    /// What people read.
    pub description: String,
    /// Metrics and expressions, in order.
    pub queries: Vec<AlarmQuery>,
    /// CloudWatch's word, as `GreaterThanThreshold`.
    pub comparison: String,
    /// What the value is compared with.
    pub threshold: f64,
    /// Periods that are evaluated.
    pub periods: i32,
    /// How many of them must be beyond the threshold.
    pub datapoints: i32,
    /// CloudWatch's word, as `notBreaching`.
    pub missing_data: String,
    /// ARNs that are notified of `ALARM`.
    pub actions: Vec<String>,
    /// ARNs that are notified of `OK` and `INSUFFICIENT_DATA`.
    pub calm_actions: Vec<String>,
    /// Further settings that decide when it is in `ALARM` and that [`AlarmDefinitions::put`]
    /// never sets: an evaluation window that does not slide, a warm-up, an anomaly band.
    pub further: BTreeMap<&'static str, String>,
}

impl AlarmRule {
    /// The number of metrics that it reads; CloudWatch bills each.
    pub fn metrics(&self) -> usize {
        let is_metric = |query: &&AlarmQuery| matches!(query.source, QuerySource::Metric { .. });
        self.queries.iter().filter(is_metric).count()
    }

    /// Returns the metric of an alarm on a single one.
    fn single_metric(&self) -> Option<&QuerySource> {
        match self.queries.as_slice() {
            [query] if query.id.is_empty() => Some(&query.source),
            _ => None,
        }
    }
}

/// One of an alarm's metrics or expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmQuery {
    /// What expressions call it; empty where it is all that the alarm watches.
    pub id: String,
    /// Whether this is what the alarm compares with its threshold.
    pub returned: bool,
    /// Length of a period in seconds, where an expression has one of its own.
    pub period: Option<i32>,
    /// The account that the values are of, where it is another.
    pub account: Option<String>,
    /// Where its values come from.
    pub source: QuerySource,
}

/// Where the values of a query come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuerySource {
    /// A metric's statistic.
    Metric {
        /// Namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Its dimensions.
        dimensions: BTreeMap<String, String>,
        /// CloudWatch's word, as `Sum`.
        statistic: String,
        /// Length of a period in seconds.
        period: i32,
        /// CloudWatch's word, where only values of one unit count.
        unit: Option<String>,
    },
    /// Metric math.
    Expression(String),
}

/// An alarm that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct DefinedAlarm {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What it watches; `None` where it is neither on one metric nor on metric math.
    pub rule: Option<AlarmRule>,
    /// Whether it is a composite alarm.
    pub is_composite: bool,
    /// Whether its actions are on.
    pub actions_enabled: bool,
    /// Its tags, once [`AlarmDefinitions::read_tags`] has read them.
    pub tags: BTreeMap<String, String>,
}

/// The definitions of the alarms of one Region.
#[derive(Debug, Clone)]
pub struct AlarmDefinitions {
    cloudwatch: aws_sdk_cloudwatch::Client,
}

impl AlarmDefinitions {
    /// The definitions of the connection's Region.
    pub fn new(connection: &Connection) -> Self {
        Self { cloudwatch: connection.cloudwatch() }
    }

    /// DescribeAlarms, all pages: the alarms whose names begin with `prefix`, without their tags.
    /// `on_read` is called for each.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list(
        &self,
        prefix: &str,
        mut on_read: impl FnMut(),
    ) -> Result<Vec<DefinedAlarm>, CallError> {
        let listing = self.cloudwatch.describe_alarms().alarm_name_prefix(prefix);
        let listing = listing.max_records(PAGE);
        let listing =
            listing.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
        let mut pages = listing.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("DescribeAlarms", &error))?;
            found.extend(page.metric_alarms().iter().filter_map(metric_alarm));
            found.extend(page.composite_alarms().iter().filter_map(composite_alarm));
            page.metric_alarms().iter().for_each(|_| on_read());
        }
        Ok(found)
    }

    /// ListTagsForResource for each alarm that `is_asked` picks: CloudWatch answers about ten such
    /// calls a second. `on_read` is called for each.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn read_tags(
        &self,
        alarms: &mut [DefinedAlarm],
        is_asked: impl Fn(&DefinedAlarm) -> bool,
        mut on_read: impl FnMut(),
    ) -> Result<(), CallError> {
        let asked = alarms.iter_mut().filter(|alarm| is_asked(alarm));
        let reads = asked.map(|alarm| async {
            alarm.tags = self.tags(&alarm.arn).await?;
            Ok(())
        });
        let mut reads = stream::iter(reads).buffer_unordered(SIDE_BY_SIDE);
        while let Some(()) = reads.try_next().await? {
            on_read();
        }
        Ok(())
    }

    async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, CallError> {
        const OPERATION: &str = "ListTagsForResource";
        let answer = self.cloudwatch.list_tags_for_resource().resource_arn(arn).send().await;
        let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
        let tags = answer.tags.ok_or_else(|| missing(OPERATION, "list of tags"))?;
        Ok(tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value?))).collect())
    }

    /// PutMetricAlarm. It replaces the whole alarm; tags are taken for a new one only.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn put(
        &self,
        name: &str,
        rule: &AlarmRule,
        tags: &BTreeMap<String, String>,
        actions_enabled: bool,
    ) -> Result<(), CallError> {
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let put = self.cloudwatch.put_metric_alarm();
        let put = match rule.single_metric() {
            Some(QuerySource::Metric {
                namespace, name, dimensions, statistic, period, ..
            }) => put
                .namespace(namespace)
                .metric_name(name)
                .set_dimensions(Some(dimensions_of(dimensions)))
                .statistic(Statistic::from(statistic.as_str()))
                .period(*period),
            Some(QuerySource::Expression(_)) | None => {
                put.set_metrics(Some(rule.queries.iter().map(to_sdk).collect()))
            }
        };
        let answer = put
            .alarm_name(name)
            .alarm_description(&rule.description)
            .actions_enabled(actions_enabled)
            .set_alarm_actions(Some(rule.actions.clone()))
            .comparison_operator(ComparisonOperator::from(rule.comparison.as_str()))
            .threshold(rule.threshold)
            .evaluation_periods(rule.periods)
            .datapoints_to_alarm(rule.datapoints)
            .treat_missing_data(&rule.missing_data)
            .set_tags(Some(tags.collect()))
            .send()
            .await;
        answer.map(|_| ()).map_err(|error| CallError::of("PutMetricAlarm", &error))
    }

    /// DeleteAlarms, of [`MOST_DELETED`] at most. Those that are gone already are no error.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn delete(&self, names: &[String]) -> Result<(), CallError> {
        let answer =
            self.cloudwatch.delete_alarms().set_alarm_names(Some(names.to_vec())).send().await;
        match answer.map_err(|error| CallError::of("DeleteAlarms", &error)) {
            // The others of the call are deleted all the same, says the API reference.
            Err(error) if error.class != Class::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
