//! Reading alarms back, and their tags.

mod tags;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatch::config::Builder;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::config::timeout::TimeoutConfig;
use aws_sdk_cloudwatch::types::{AlarmType, Dimension, MetricDataQuery, StateValue, Tag};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use warden_domain::alarm::AlarmState;
use warden_domain::guard::{AlarmDefinition, WatchedSeries};

use crate::error::CallError;
use crate::members::missing;
use crate::{Connection, RateLimiter};

/// Longest time for one try to read or write the tags of an alarm. CloudWatch answers in well under
/// a second, and an alarm whose tags never come must not cost the others their turn.
const TAGS_TIMEOUT: Duration = Duration::from_secs(3);
/// Tries of it.
const TAGS_TRIES: u32 = 2;
/// Calls for the tags of many alarms in one second: CloudWatch's quota for ListTagsForResource
/// (CloudWatch service quotas). A call that is throttled is tried again.
const TAGS_A_SECOND: f64 = 10.0;
/// Alarms in one answer of DescribeAlarms: the most that CloudWatch gives.
const PAGE: i32 = 100;

/// An alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmRecord {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The state that it is in.
    pub state: AlarmState,
    /// CloudWatch's words on why it is in that state.
    pub reason: String,
    /// When it went into that state, as a time stamp to compare with: StateTransitioned-
    /// Timestamp, or StateUpdatedTimestamp where a service has no other.
    pub episode: String,
    /// The threshold of a metric alarm.
    pub threshold: Option<f64>,
    /// The series that it reads; none for a composite alarm.
    pub series: Vec<WatchedSeries>,
    /// It compares the result of an expression (metric math), and not a series.
    pub has_expression: bool,
    /// Whether somebody switched its actions off.
    pub is_silenced: bool,
}

impl AlarmRecord {
    /// What of it says what it watches.
    pub fn definition(&self) -> AlarmDefinition<'_> {
        AlarmDefinition {
            name: &self.name,
            arn: &self.arn,
            series: &self.series,
            has_expression: self.has_expression,
        }
    }
}

/// The alarms of one Region.
#[derive(Debug, Clone)]
pub struct Alarms {
    cloudwatch: aws_sdk_cloudwatch::Client,
    tag_reads: RateLimiter,
}

impl Alarms {
    /// The alarms of the connection's Region.
    pub fn new(connection: &Connection) -> Self {
        let tag_reads = RateLimiter::per_second(TAGS_A_SECOND);
        Self { cloudwatch: connection.cloudwatch(), tag_reads }
    }

    /// DescribeAlarms, all pages: metric and composite alarms of that prefix, in whatever
    /// state they are. One whose answer has no state is in [`AlarmState::Unknown`].
    ///
    /// # Errors
    /// [`CallError`], also where an answer lists neither kind, or an alarm has no name or ARN.
    pub async fn all(&self, prefix: &str) -> Result<Vec<AlarmRecord>, CallError> {
        const OPERATION: &str = "DescribeAlarms";
        let mut pages = self
            .cloudwatch
            .describe_alarms()
            .alarm_name_prefix(prefix)
            .max_records(PAGE)
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of(OPERATION, &error))?;
            if page.metric_alarms.is_none() && page.composite_alarms.is_none() {
                return Err(missing(OPERATION, "list of alarms"));
            }
            for alarm in page.metric_alarms() {
                let at = alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp());
                let one = record(
                    alarm.alarm_arn(),
                    alarm.alarm_name(),
                    alarm.state_reason(),
                    at,
                    alarm.state_value(),
                )?;
                let plain = alarm.metric_name().map(|metric| {
                    watched(alarm.namespace(), Some(metric), alarm.dimensions(), None)
                });
                let of_math = alarm.metrics().iter().filter_map(of_query);
                found.push(AlarmRecord {
                    threshold: alarm.threshold(),
                    series: plain.into_iter().chain(of_math).collect(),
                    // A query that reads no series is an expression, of whatever kind.
                    has_expression: alarm.metrics().iter().any(|query| of_query(query).is_none()),
                    is_silenced: alarm.actions_enabled() == Some(false),
                    ..one
                });
            }
            for alarm in page.composite_alarms() {
                let at = alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp());
                let state = alarm.state_value();
                let one =
                    record(alarm.alarm_arn(), alarm.alarm_name(), alarm.state_reason(), at, state)?;
                let is_silenced = alarm.actions_enabled() == Some(false);
                found.push(AlarmRecord { is_silenced, ..one });
            }
        }
        Ok(found)
    }

    /// ListTagsForResource.
    ///
    /// # Errors
    /// [`CallError`], also where the answer has no list of tags: an alarm without tags has an empty
    /// one.
    pub async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, CallError> {
        const OPERATION: &str = "ListTagsForResource";
        let request = self.cloudwatch.list_tags_for_resource().resource_arn(arn);
        let answer = request.customize().config_override(for_tags()).send().await;
        let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
        let tags = answer.tags.ok_or_else(|| missing(OPERATION, "list of tags"))?;
        Ok(tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value?))).collect())
    }

    /// TagResource with one tag; an older value is replaced.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn tag(&self, arn: &str, key: &str, value: &str) -> Result<(), CallError> {
        self.tag_with(arn, &[(key.to_owned(), value.to_owned())]).await
    }

    /// TagResource with several tags at once; older values are replaced.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn tag_with(&self, arn: &str, tags: &[(String, String)]) -> Result<(), CallError> {
        let tags =
            tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let request = self.cloudwatch.tag_resource().resource_arn(arn).set_tags(Some(tags));
        let answer = request.customize().config_override(for_tags()).send().await;
        answer.map(|_| ()).map_err(|error| CallError::of("TagResource", &error))
    }
}

/// Time-outs and tries of the calls about tags.
fn for_tags() -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(TAGS_TIMEOUT)
        .operation_attempt_timeout(TAGS_TIMEOUT)
        .build();
    Builder::new()
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(TAGS_TRIES))
}

fn of_query(query: &MetricDataQuery) -> Option<WatchedSeries> {
    let metric = query.metric_stat()?.metric();
    let dimensions = metric.map(|metric| metric.dimensions()).unwrap_or_default();
    Some(watched(
        metric.and_then(|metric| metric.namespace()),
        metric.and_then(|metric| metric.metric_name()),
        dimensions,
        query.account_id(),
    ))
}

/// A part that the definition lacks is empty, and then no series that guard knows.
fn watched(
    namespace: Option<&str>,
    metric: Option<&str>,
    dimensions: &[Dimension],
    account: Option<&str>,
) -> WatchedSeries {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let pair = |dimension: &Dimension| (text(dimension.name()), text(dimension.value()));
    WatchedSeries {
        namespace: text(namespace),
        metric: text(metric),
        dimensions: dimensions.iter().map(pair).collect(),
        account: account.map(str::to_owned),
    }
}

fn record(
    arn: Option<&str>,
    name: Option<&str>,
    reason: Option<&str>,
    at: Option<&DateTime>,
    state: Option<&StateValue>,
) -> Result<AlarmRecord, CallError> {
    const OPERATION: &str = "DescribeAlarms";
    Ok(AlarmRecord {
        arn: arn.ok_or_else(|| missing(OPERATION, "ARN of an alarm"))?.to_owned(),
        name: name.ok_or_else(|| missing(OPERATION, "name of an alarm"))?.to_owned(),
        reason: reason.unwrap_or_default().to_owned(),
        state: AlarmState::from(state.map(StateValue::as_str).unwrap_or_default()),
        threshold: None,
        series: Vec::new(),
        has_expression: false,
        is_silenced: false,
        // Without a time the alarm is handled once and not again.
        episode: at
            .and_then(|at| at.fmt(Format::DateTime).ok())
            .unwrap_or_else(|| "unknown".to_owned()),
    })
}
