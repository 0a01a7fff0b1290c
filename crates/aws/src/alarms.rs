//! Reading alarms back, and their tags.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatch::config::Builder;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::config::timeout::TimeoutConfig;
use aws_sdk_cloudwatch::types::{AlarmType, MetricDataQuery, StateValue, Tag};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures_util::stream::{self, StreamExt};
use tokio::time::{Instant, timeout_at};
use warden_domain::alarm::AlarmState;

use crate::Connection;
use crate::error::{CallError, Class};
use crate::members::missing;

/// Longest time for one try to read or write the tags of an alarm. CloudWatch answers in well under
/// a second, and an alarm whose tags never come must not cost the others their turn.
const TAGS_TIMEOUT: Duration = Duration::from_secs(3);
/// Tries of it.
const TAGS_TRIES: u32 = 2;
/// Alarms whose tags are read at the same time.
const SIDE_BY_SIDE: usize = 10;

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
    /// The metrics that it watches; none for a composite alarm.
    pub metrics: Vec<AlarmMetric>,
    /// Whether somebody switched its actions off.
    pub is_silenced: bool,
}

/// A metric that an alarm watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmMetric {
    /// Its namespace.
    pub namespace: String,
    /// Its name, where the alarm's definition has one.
    pub name: Option<String>,
}

/// The alarms of one Region.
#[derive(Debug, Clone)]
pub struct Alarms {
    cloudwatch: aws_sdk_cloudwatch::Client,
}

impl Alarms {
    /// The alarms of the connection's Region.
    pub fn new(connection: &Connection) -> Self {
        Self { cloudwatch: connection.cloudwatch() }
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
                let of_query = |query: &MetricDataQuery| {
                    let metric = query.metric_stat()?.metric()?;
                    watched(metric.namespace(), metric.metric_name())
                };
                let of_math = alarm.metrics().iter().filter_map(of_query);
                let metrics =
                    watched(alarm.namespace(), alarm.metric_name()).into_iter().chain(of_math);
                found.push(AlarmRecord {
                    threshold: alarm.threshold(),
                    metrics: metrics.collect(),
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

    /// The tags of each of these alarms, in their order, read side by side. Those that have not come
    /// within `limit` are errors; they hold up no others.
    pub async fn tags_of(
        &self,
        arns: &[&str],
        limit: Duration,
    ) -> Vec<Result<BTreeMap<String, String>, CallError>> {
        let until = Instant::now() + limit;
        let late = || {
            CallError::new(
                "ListTagsForResource",
                Class::Temporary,
                "no answer in the time for reading tags",
            )
        };
        let mut found: Vec<_> = arns.iter().map(|_| Err(late())).collect();
        let read = |(place, arn): (usize, &&str)| {
            let arn = (*arn).to_owned();
            async move { (place, self.tags(&arn).await) }
        };
        let reads: Vec<_> = arns.iter().enumerate().map(read).collect();
        let mut reads = stream::iter(reads).buffer_unordered(SIDE_BY_SIDE);
        while let Ok(Some((place, tags))) = timeout_at(until, reads.next()).await {
            if let Some(slot) = found.get_mut(place) {
                *slot = tags;
            }
        }
        found
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

fn watched(namespace: Option<&str>, name: Option<&str>) -> Option<AlarmMetric> {
    Some(AlarmMetric { namespace: namespace?.to_owned(), name: name.map(str::to_owned) })
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
        metrics: Vec::new(),
        is_silenced: false,
        // Without a time the alarm is handled once and not again.
        episode: at
            .and_then(|at| at.fmt(Format::DateTime).ok())
            .unwrap_or_else(|| "unknown".to_owned()),
    })
}
