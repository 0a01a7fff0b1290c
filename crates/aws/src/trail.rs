//! Who called a sending switch, by CloudTrail's event history.

use std::time::Duration;

use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use warden_domain::guard::account::SwitchCall;
use warden_domain::guard::record::Target;

use crate::Connection;
use crate::error::CallError;
use crate::members::missing;

/// Time for one try, and tries: a pause waits for the answer.
const TIMEOUT: Duration = Duration::from_secs(4);
const TRIES: u32 = 2;
/// Events of one answer: the most that CloudTrail gives.
const PAGE: i32 = 50;
/// Pages of one question. A switch is seldom called.
const PAGES: usize = 2;

/// The event history of the connection's Region. It shows a call a few minutes after it was made,
/// 15 at most as AWS says.
#[derive(Debug, Clone)]
pub struct Trail {
    cloudtrail: aws_sdk_cloudtrail::Client,
}

impl Trail {
    /// The event history of the connection's Region.
    pub fn new(connection: &Connection) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(TIMEOUT)
            .operation_attempt_timeout(TIMEOUT)
            .build();
        let mut config = aws_sdk_cloudtrail::config::Builder::from(connection.sdk())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES));
        if let Some(url) = connection.cloudtrail_endpoint() {
            config = config.endpoint_url(url);
        }
        Self { cloudtrail: aws_sdk_cloudtrail::Client::from_conf(config.build()) }
    }

    /// The calls of the switch of `target` since then (milliseconds since 1970), the latest first.
    ///
    /// # Errors
    /// As [`Self::calls`].
    pub async fn switch_calls(
        &self,
        target: &Target,
        since: i64,
    ) -> Result<Vec<SwitchCall>, CallError> {
        let mut records = Vec::new();
        for name in SwitchCall::names(target) {
            records.extend(self.calls(name, since.div_euclid(1000)).await?);
        }
        Ok(SwitchCall::all(&records, target, since))
    }

    /// LookupEvents: the JSON records of calls of this name since a second since 1970, the latest
    /// first; the hundred latest at most.
    ///
    /// # Errors
    /// [`CallError`], also where an answer has no list of events, or an event no record.
    pub async fn calls(&self, name: &str, since: i64) -> Result<Vec<String>, CallError> {
        const OPERATION: &str = "LookupEvents";
        let attribute = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::EventName)
            .attribute_value(name)
            .build()
            .map_err(|_| missing(OPERATION, "name of a call"))?;
        let mut pages = self
            .cloudtrail
            .lookup_events()
            .lookup_attributes(attribute)
            .start_time(DateTime::from_secs(since))
            .max_results(PAGE)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let Some(page) = pages.next().await else { break };
            let page = page.map_err(|error| CallError::of(OPERATION, &error))?;
            let events = page.events.ok_or_else(|| missing(OPERATION, "list of events"))?;
            for event in events {
                let record = event.cloud_trail_event;
                found.push(record.ok_or_else(|| missing(OPERATION, "record of an event"))?);
            }
        }
        Ok(found)
    }
}
