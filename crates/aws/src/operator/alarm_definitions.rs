//! Alarms by what they watch: read, written, tagged and deleted.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{
    AlarmType, ComparisonOperator, CompositeAlarm, Dimension, Metric, MetricAlarm, MetricDataQuery,
    MetricStat, Tag,
};

use crate::error::CallError;
use crate::{Alarms, Connection};

/// As many names as one DeleteAlarms takes.
pub const MOST_DELETED: usize = 100;

/// What an alarm on metric math watches and what it does, without its name and tags.
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
    /// Periods that are looked at.
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
    /// The number of metrics that it reads, each of which CloudWatch bills.
    pub fn metrics(&self) -> usize {
        let is_metric = |query: &&AlarmQuery| matches!(query.source, QuerySource::Metric { .. });
        self.queries.iter().filter(is_metric).count()
    }
}

/// One of an alarm's metrics or expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmQuery {
    /// What expressions call it.
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
    /// What it watches; `None` where it is no alarm on metric math.
    pub rule: Option<AlarmRule>,
    /// Whether it is a composite alarm.
    pub is_composite: bool,
    /// Whether its actions are on.
    pub actions_enabled: bool,
    /// All its tags; none are read of a composite alarm.
    pub tags: BTreeMap<String, String>,
}

/// The definitions of the alarms of one Region.
#[derive(Debug, Clone)]
pub struct AlarmDefinitions {
    cloudwatch: aws_sdk_cloudwatch::Client,
    alarms: Alarms,
}

impl AlarmDefinitions {
    /// The definitions of the connection's Region.
    pub fn new(connection: &Connection) -> Self {
        Self { cloudwatch: connection.cloudwatch(), alarms: Alarms::new(connection) }
    }

    /// DescribeAlarms, all pages, and ListTagsForResource for each metric alarm: the alarms
    /// whose names begin with `prefix`. `on_read` is called for each.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list(
        &self,
        prefix: &str,
        mut on_read: impl FnMut(),
    ) -> Result<Vec<DefinedAlarm>, CallError> {
        let listing = self.cloudwatch.describe_alarms().alarm_name_prefix(prefix);
        let listing =
            listing.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
        let mut pages = listing.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("DescribeAlarms", &error))?;
            for mut alarm in page.metric_alarms().iter().filter_map(metric_alarm) {
                on_read();
                alarm.tags = self.alarms.tags(&alarm.arn).await?;
                found.push(alarm);
            }
            found.extend(page.composite_alarms().iter().filter_map(composite_alarm));
        }
        Ok(found)
    }

    /// PutMetricAlarm. It replaces the whole alarm; tags are taken for a new one only, see
    /// [`Self::tag`].
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
        let answer = put
            .alarm_name(name)
            .alarm_description(&rule.description)
            .actions_enabled(actions_enabled)
            .set_alarm_actions(Some(rule.actions.clone()))
            .set_metrics(Some(rule.queries.iter().map(to_sdk).collect()))
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

    /// TagResource: other tags stay.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), CallError> {
        let tags: Vec<(String, String)> =
            tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        self.alarms.tag_with(arn, &tags).await
    }

    /// DeleteAlarms, of [`MOST_DELETED`] at most.
    ///
    /// # Errors
    /// [`CallError`]: none of them is deleted then.
    pub async fn delete(&self, names: &[String]) -> Result<(), CallError> {
        let answer =
            self.cloudwatch.delete_alarms().set_alarm_names(Some(names.to_vec())).send().await;
        answer.map(|_| ()).map_err(|error| CallError::of("DeleteAlarms", &error))
    }
}

fn metric_alarm(alarm: &MetricAlarm) -> Option<DefinedAlarm> {
    Some(DefinedAlarm {
        arn: alarm.alarm_arn()?.to_owned(),
        name: alarm.alarm_name()?.to_owned(),
        rule: rule(alarm),
        is_composite: false,
        actions_enabled: alarm.actions_enabled().unwrap_or(true),
        tags: BTreeMap::new(),
    })
}

fn composite_alarm(alarm: &CompositeAlarm) -> Option<DefinedAlarm> {
    Some(DefinedAlarm {
        arn: alarm.alarm_arn()?.to_owned(),
        name: alarm.alarm_name()?.to_owned(),
        rule: None,
        is_composite: true,
        actions_enabled: alarm.actions_enabled().unwrap_or(true),
        tags: BTreeMap::new(),
    })
}

/// `None` for alarms on one metric, on an anomaly and of other kinds.
fn rule(alarm: &MetricAlarm) -> Option<AlarmRule> {
    if alarm.metrics().is_empty() {
        return None;
    }
    let periods = alarm.evaluation_periods().unwrap_or_default();
    Some(AlarmRule {
        description: alarm.alarm_description().unwrap_or_default().to_owned(),
        queries: alarm.metrics().iter().map(query).collect(),
        comparison: alarm.comparison_operator().map(|o| o.as_str().to_owned()).unwrap_or_default(),
        threshold: alarm.threshold().unwrap_or(f64::NAN),
        periods,
        // Left out, all of them count.
        datapoints: alarm.datapoints_to_alarm().unwrap_or(periods),
        missing_data: alarm.treat_missing_data().unwrap_or("missing").to_owned(),
        actions: alarm.alarm_actions().to_vec(),
        calm_actions: [alarm.ok_actions(), alarm.insufficient_data_actions()].concat(),
        further: further(alarm),
    })
}

/// A window that slides is what CloudWatch takes where none is named.
fn further(alarm: &MetricAlarm) -> BTreeMap<&'static str, String> {
    let window = alarm.evaluation_window().filter(|window| !window.is_sliding_window());
    let window = window.map(|window| match window.as_wall_clock_window() {
        Ok(clock) => format!("wall clock {}", clock.timezone().unwrap_or("UTC")),
        Err(_) => "of an unknown kind".to_owned(),
    });
    let warm_up = alarm
        .warm_up_configuration()
        .and_then(|warm_up| warm_up.warm_up_period_duration_in_minutes());
    let warm_up = warm_up.filter(|minutes| *minutes > 0).map(|minutes| format!("{minutes} min"));
    let band = alarm.threshold_metric_id().map(str::to_owned);
    [("evaluation window", window), ("warm-up", warm_up), ("anomaly band", band)]
        .into_iter()
        .filter_map(|(part, text)| Some((part, text?)))
        .collect()
}

fn query(query: &MetricDataQuery) -> AlarmQuery {
    AlarmQuery {
        id: query.id().unwrap_or_default().to_owned(),
        // CloudWatch leaves out what is its default, true.
        returned: query.return_data().unwrap_or(true),
        period: query.period(),
        account: query.account_id().map(str::to_owned),
        source: match query.metric_stat() {
            Some(stat) => metric_source(stat),
            None => QuerySource::Expression(query.expression().unwrap_or_default().to_owned()),
        },
    }
}

fn metric_source(stat: &MetricStat) -> QuerySource {
    let metric = stat.metric();
    let dimensions = metric.map(Metric::dimensions).unwrap_or_default().iter();
    QuerySource::Metric {
        namespace: metric.and_then(Metric::namespace).unwrap_or_default().to_owned(),
        name: metric.and_then(Metric::metric_name).unwrap_or_default().to_owned(),
        dimensions: dimensions
            .filter_map(|d| Some((d.name()?.to_owned(), d.value()?.to_owned())))
            .collect(),
        statistic: stat.stat().unwrap_or_default().to_owned(),
        period: stat.period().unwrap_or_default(),
        unit: stat.unit().map(|unit| unit.as_str().to_owned()),
    }
}

fn to_sdk(query: &AlarmQuery) -> MetricDataQuery {
    let builder = MetricDataQuery::builder().id(&query.id).return_data(query.returned);
    match &query.source {
        QuerySource::Expression(text) => builder.expression(text).build(),
        // No alarm of ours asks for a unit.
        QuerySource::Metric { namespace, name, dimensions, statistic, period, unit: _ } => {
            let dimension =
                |(n, v): (&String, &String)| Dimension::builder().name(n).value(v).build();
            let metric = Metric::builder().namespace(namespace).metric_name(name);
            let metric = metric.set_dimensions(Some(dimensions.iter().map(dimension).collect()));
            let stat = MetricStat::builder().metric(metric.build()).period(*period).stat(statistic);
            builder.metric_stat(stat.build()).build()
        }
    }
}
