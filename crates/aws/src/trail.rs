//! Who called a sending switch, by CloudTrail's event history.

use std::time::Duration;

use serde_json::{Value, json};
use warden_domain::guard::account::SwitchCall;
use warden_domain::guard::record::Target;

use crate::Connection;
use crate::error::CallError;
use crate::json::{CLOUDTRAIL, JsonService};
use crate::members::missing;

/// Time for one try, and tries: a pause waits for the answer.
const TIMEOUT: Duration = Duration::from_secs(4);
const TRIES: u32 = 2;
/// Events of one answer: the most that CloudTrail gives.
const PAGE: u32 = 50;
/// Pages of one question. A switch is seldom called.
const PAGES: usize = 2;

/// The event history of the connection's Region. It shows a call a few minutes after it was made,
/// 15 at most as AWS says.
#[derive(Debug, Clone)]
pub struct Trail {
    cloudtrail: JsonService,
}

impl Trail {
    /// The event history of the connection's Region.
    pub fn new(connection: &Connection) -> Self {
        Self { cloudtrail: connection.json(&CLOUDTRAIL, TIMEOUT, TRIES) }
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
        let mut found = Vec::new();
        let mut next = None;
        for _ in 0..PAGES {
            let mut lookup = json!({
                "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": name }],
                "StartTime": since,
                "MaxResults": PAGE,
            });
            if let (Some(token), Some(members)) = (next, lookup.as_object_mut()) {
                members.insert("NextToken".to_owned(), token);
            }
            let page = self.cloudtrail.call(OPERATION, &lookup).await?;
            let events = page.get("Events").and_then(Value::as_array);
            for event in events.ok_or_else(|| missing(OPERATION, "list of events"))? {
                let record = event.get("CloudTrailEvent").and_then(Value::as_str);
                let record = record.ok_or_else(|| missing(OPERATION, "record of an event"))?;
                found.push(record.to_owned());
            }
            next = page.get("NextToken").filter(|token| token.as_str() != Some("")).cloned();
            if next.is_none() {
                break;
            }
        }
        Ok(found)
    }
}
