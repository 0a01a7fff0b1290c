//! What was published, what could not be, and what was called: the accounts a
//! test checks the functions against.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

use crate::clock;
use crate::operation::Operation;

/// One message that SNS accepted or refused.
#[derive(Debug, Clone, Serialize)]
pub struct PublishedEvent {
    /// The payload's `eventType`; `notice` for the text that a new destination
    /// gets, `raw` for a message of the control plane.
    pub event_type: String,
    /// The SES message id; absent in notices.
    pub message_id: Option<String>,
    /// Bounces and complaints have one.
    pub feedback_id: Option<String>,
    /// The From header's domain as the sender wrote it.
    pub from_domain: Option<String>,
    /// The set whose destination it was.
    pub configuration_set: String,
    /// Whom the event speaks of.
    pub recipients: Vec<String>,
    /// The topic.
    pub topic_arn: String,
    /// When SNS answered.
    pub at: String,
    /// Length of the text.
    pub bytes: usize,
    /// Why SNS did not take it; only in the list of unpublished ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One request to the SES API.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// The operation.
    pub operation: &'static str,
    /// The Region the request was signed for.
    pub region: String,
    /// The HTTP status it was answered with.
    pub status: u16,
    /// The error type, if it was an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The resource named in the path, if any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// When it was answered.
    pub at: String,
}

/// The log of calls keeps the last so many; the counts keep all.
const CALL_LOG_LENGTH: usize = 20_000;

/// All accounts.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) published: Vec<PublishedEvent>,
    pub(crate) unpublished: Vec<PublishedEvent>,
    /// Accepted for publication and not yet in either list.
    pub(crate) pending: usize,
    /// By Region, then by operation.
    pub(crate) call_counts: BTreeMap<String, BTreeMap<&'static str, u64>>,
    pub(crate) call_log: VecDeque<Call>,
    /// CloudTrail's records of calls that switch sending, in order.
    pub(crate) trail: Vec<Value>,
}

impl Ledger {
    pub(crate) fn finish(&mut self, event: PublishedEvent) {
        self.pending = self.pending.saturating_sub(1);
        if event.error.is_none() {
            self.published.push(event);
        } else {
            self.unpublished.push(event);
        }
    }

    /// Requests by operation, in one Region or in all.
    pub(crate) fn calls(&self, region: Option<&str>) -> BTreeMap<&'static str, u64> {
        let mut calls = BTreeMap::new();
        let wanted =
            self.call_counts.iter().filter(|(name, _)| region.is_none_or(|region| region == *name));
        for (operation, count) in wanted.flat_map(|(_, counts)| counts) {
            *calls.entry(*operation).or_default() += count;
        }
        calls
    }

    pub(crate) fn called(
        &mut self,
        operation: Operation,
        region: &str,
        name: String,
        status: u16,
        error: Option<String>,
    ) {
        *self
            .call_counts
            .entry(region.to_owned())
            .or_default()
            .entry(operation.name())
            .or_default() += 1;
        if self.call_log.len() == CALL_LOG_LENGTH {
            self.call_log.pop_front();
        }
        self.call_log.push_back(Call {
            operation: operation.name(),
            region: region.to_owned(),
            status,
            error,
            name,
            at: clock::iso(clock::now_ms()),
        });
    }
}
