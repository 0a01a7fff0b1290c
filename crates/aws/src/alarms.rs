//! Reading alarms back, and their tags.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{AlarmType, MetricDataQuery, StateValue, Tag};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::Connection;
use crate::error::CallError;

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRecord {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// OK, ALARM or INSUFFICIENT_DATA.
    pub state: String,
    /// CloudWatch's words on why it is in that state.
    pub reason: String,
    /// When it went into that state, as a time stamp to compare with: StateTransitioned-
    /// Timestamp, or StateUpdatedTimestamp where a service has no other.
    pub episode: String,
    /// The namespaces of the metrics it looks at; none for a composite alarm.
    pub namespaces: Vec<String>,
    /// Whether somebody switched its actions off.
    pub is_silenced: bool,
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
    /// state they are.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn all(&self, prefix: &str) -> Result<Vec<AlarmRecord>, CallError> {
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
            let page = page.map_err(|error| CallError::of("DescribeAlarms", &error))?;
            for alarm in page.metric_alarms() {
                let at = alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp());
                let of_query = |query: &MetricDataQuery| {
                    query.metric_stat()?.metric()?.namespace().map(str::to_owned)
                };
                let of_math = alarm.metrics().iter().filter_map(of_query);
                let namespaces =
                    alarm.namespace().map(str::to_owned).into_iter().chain(of_math).collect();
                let one = record(
                    alarm.alarm_arn(),
                    alarm.alarm_name(),
                    alarm.state_reason(),
                    at,
                    alarm.state_value(),
                );
                let is_silenced = alarm.actions_enabled() == Some(false);
                found.extend(one.map(|one| AlarmRecord { namespaces, is_silenced, ..one }));
            }
            for alarm in page.composite_alarms() {
                let at = alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp());
                let state = alarm.state_value();
                let one =
                    record(alarm.alarm_arn(), alarm.alarm_name(), alarm.state_reason(), at, state);
                let is_silenced = alarm.actions_enabled() == Some(false);
                found.extend(one.map(|one| AlarmRecord { is_silenced, ..one }));
            }
        }
        Ok(found)
    }

    /// ListTagsForResource.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, CallError> {
        let answer = self.cloudwatch.list_tags_for_resource().resource_arn(arn).send().await;
        let answer = answer.map_err(|error| CallError::of("ListTagsForResource", &error))?;
        let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()));
        Ok(answer.tags().iter().filter_map(pair).collect())
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
        let answer =
            self.cloudwatch.tag_resource().resource_arn(arn).set_tags(Some(tags)).send().await;
        answer.map(|_| ()).map_err(|error| CallError::of("TagResource", &error))
    }
}

fn record(
    arn: Option<&str>,
    name: Option<&str>,
    reason: Option<&str>,
    at: Option<&DateTime>,
    state: Option<&StateValue>,
) -> Option<AlarmRecord> {
    Some(AlarmRecord {
        arn: arn?.to_owned(),
        name: name?.to_owned(),
        reason: reason.unwrap_or_default().to_owned(),
        state: state.map(StateValue::as_str).unwrap_or_default().to_owned(),
        namespaces: Vec::new(),
        is_silenced: false,
        // Without a time the alarm is handled once and not again.
        episode: at
            .and_then(|at| at.fmt(Format::DateTime).ok())
            .unwrap_or_else(|| "unknown".to_owned()),
    })
}
