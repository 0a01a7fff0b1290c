//! One log group of CloudWatch Logs.

use crate::Connection;
use crate::error::CallError;

/// A log group.
#[derive(Debug, Clone)]
pub struct LogGroup {
    logs: aws_sdk_cloudwatchlogs::Client,
    group: String,
}

/// One page of log events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// What was logged, the oldest first; may be empty on a page that is not the last.
    pub messages: Vec<String>,
    /// For the next page; `None` on the last.
    pub next: Option<String>,
}

impl LogGroup {
    /// The group of that name in the connection's Region, or of that ARN.
    pub fn new(connection: &Connection, group: String) -> Self {
        Self { logs: aws_sdk_cloudwatchlogs::Client::new(connection.sdk()), group }
    }

    /// FilterLogEvents: one page of what was logged in `start..=end`, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn page(
        &self,
        (start, end): (i64, i64),
        next: Option<String>,
    ) -> Result<LogPage, CallError> {
        let call = self.logs.filter_log_events().start_time(start).end_time(end);
        let call = match self.group.starts_with("arn:") {
            true => call.log_group_identifier(&self.group),
            false => call.log_group_name(&self.group),
        };
        let page = call.set_next_token(next).send().await;
        let page = page.map_err(|error| CallError::of("FilterLogEvents", &error))?;
        let events = page.events.unwrap_or_default().into_iter();
        Ok(LogPage {
            messages: events.filter_map(|event| event.message).collect(),
            next: page.next_token.filter(|token| !token.is_empty()),
        })
    }
}
