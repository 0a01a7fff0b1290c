//! Reading alarms back.

use aws_sdk_cloudwatch::types::{AlarmType, Dimension, MetricDataQuery, StateValue};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use warden_domain::alarm::AlarmState;
use warden_domain::guard::{AlarmDefinition, WatchedSeries};

use crate::Connection;
use crate::error::CallError;
use crate::members::missing;

/// Alarms in one answer of DescribeAlarms: the most that CloudWatch gives.
const PAGE: i32 = 100;

/// A CloudWatch alarm in its present state.
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
