//! Decodes a Lambda payload into one [`Reading`] for each message in it.
//!
//! Marker fields of the payload decide its shape (`EventSource`, `eventSource`, `source` with
//! `detail-type`, `alarmArn`, `eventType`, `notificationType`), never which type happens to parse.
//! Each record is read separately.

mod alarm;
mod depth;
mod event_bridge;
mod scan;
mod ses;
mod unreadable;

use crate::alarm::AlarmChange;
use crate::event::{Family, SesEvent};
use crate::outcome::{GivenBack, Ignored};
use crate::wire::{
    Claims, MOST_ENTRIES, RawList, WireMessage, WirePayload, WireRecord, WireRecordId, WireSns,
    owned,
};
use alarm::{alarm_of_data, alarm_of_sns};
use depth::EnvelopeDepth;
use event_bridge::event_bridge;
use serde_json::value::RawValue;
use unreadable::unreadable;

pub use event_bridge::is_schedule;

/// Most nested envelopes to open: SQS, SNS, SNS again, EventBridge, and one more.
const MAX_DEPTH: usize = 5;

/// One message, and how to give it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// How to give this message back.
    pub receipt: Receipt,
    /// What it says.
    pub reading: Reading,
}

/// How a message is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// As an item of the batch response, by the SQS message's id.
    Sqs(String),
    /// Only with its whole invocation: SNS, EventBridge, direct alarm actions, and
    /// SQS records without an id.
    Invocation,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// An SES event.
    Event(Box<SesEvent>),
    /// An alarm that changed its state.
    Alarm(AlarmChange),
    /// Nothing for this function.
    Ignored(Ignored),
    /// It claims to be for this function, but cannot be read.
    Broken(GivenBack),
}

/// Opens a Lambda payload.
///
/// Always returns at least one record; a payload that cannot be read at all is one broken record.
pub fn open(payload: &[u8]) -> Vec<Record> {
    open_at(payload, EnvelopeDepth::top(true))
}

/// Opens a payload, and keeps the headers of each mail, for the operator's command. A function has
/// no use for the sender's words.
pub fn open_with_headers(payload: &[u8]) -> Vec<Record> {
    open_at(payload, EnvelopeDepth::top(true).keeping_headers())
}

/// Opens a payload without the quick way through its envelopes, to compare what it reads.
#[cfg(any(test, fuzzing))]
pub fn open_without_scan(payload: &[u8]) -> Vec<Record> {
    open_at(payload, EnvelopeDepth::top(false))
}

fn open_at(payload: &[u8], level: EnvelopeDepth) -> Vec<Record> {
    let whole = |reading| vec![Record { receipt: Receipt::Invocation, reading }];
    let Ok(text) = std::str::from_utf8(payload) else {
        return whole(Reading::Broken(GivenBack::MalformedJson));
    };
    let text = without_mark(text);
    if !text.trim_start().starts_with('{') {
        return whole(bare(text, level));
    }
    if let Some(records) = scan_batch(text, level) {
        return records;
    }
    match serde_json::from_str::<WirePayload<'_>>(text) {
        Ok(WirePayload { records: Some(RawList::TooMany) }) => {
            whole(Reading::Broken(GivenBack::OverLimit))
        }
        Ok(WirePayload { records: Some(RawList::Entries(records)) }) => {
            if records.is_empty() {
                return whole(Reading::Ignored(Ignored::EmptyBatch));
            }
            records.into_iter().map(|record| open_record(record, level)).collect()
        }
        Ok(WirePayload { records: None }) => whole(bare(text, level)),
        Err(_) if Claims::of(text).is_some_and(|claims| claims.records) => {
            whole(Reading::Broken(GivenBack::MalformedEnvelope))
        }
        Err(_) => whole(bare(text, level)),
    }
}

/// Reads the text of one message: SES JSON, an envelope or an alarm.
pub fn read_message(text: &str) -> Reading {
    read(text, EnvelopeDepth::top(true))
}

/// Reads a batch of SQS the quick way, where it has the usual form.
fn scan_batch(text: &str, level: EnvelopeDepth) -> Option<Vec<Record>> {
    if !level.scans {
        return None;
    }
    let mut records = Vec::new();
    scan::sqs_records(text, |record| {
        records.push(Record {
            receipt: receipt(record.message_id.map(str::to_owned)),
            reading: match record.text {
                scan::BodyText::Whole(body) => read(body, level.deeper()),
                scan::BodyText::Message(message) => read(message, level.deeper().deeper()),
            },
        });
    })?;
    Some(records)
}

/// Returns a text without the byte order mark that some tools add.
fn without_mark(text: &str) -> &str {
    text.trim_start().trim_start_matches('\u{feff}')
}

/// Reads a payload that is not a batch. It is treated like a message, except that an unknown text
/// is broken: no envelope shows that it is harmless.
fn bare(text: &str, level: EnvelopeDepth) -> Reading {
    let reading = read(text, level);
    if reading == Reading::Ignored(Ignored::NotSes) {
        Reading::Broken(GivenBack::UnknownPayload)
    } else {
        reading
    }
}

fn open_record(raw: &RawValue, level: EnvelopeDepth) -> Record {
    if level.is_too_deep() {
        return Record {
            receipt: Receipt::Invocation,
            reading: Reading::Broken(GivenBack::NestedTooDeep),
        };
    }
    let Ok(record) = serde_json::from_str::<WireRecord<'_>>(raw.get()) else {
        let id = serde_json::from_str::<WireRecordId<'_>>(raw.get())
            .ok()
            .and_then(|r| owned(r.message_id));
        return Record {
            receipt: receipt(id),
            reading: Reading::Broken(GivenBack::MalformedEnvelope),
        };
    };
    let broken = Reading::Broken(GivenBack::MalformedEnvelope);
    let source = record.sns_source.as_ref().or(record.sqs_source.as_ref()).map(|s| s.0.as_ref());
    match source {
        Some("aws:sqs") => Record {
            receipt: receipt(owned(record.message_id)),
            reading: record.body.map_or(broken, |body| read(&body.0, level.deeper())),
        },
        Some("aws:sns") => Record {
            receipt: Receipt::Invocation,
            reading: match record.sns {
                Some(WireSns { kind: Some(kind), .. }) if is_confirmation(&kind.0) => {
                    Reading::Ignored(Ignored::SubscriptionConfirmation)
                }
                Some(WireSns { message: Some(message), .. }) => read(&message.0, level.deeper()),
                Some(WireSns { message: None, .. }) | None => broken,
            },
        },
        Some(_) => Record {
            receipt: receipt(owned(record.message_id)),
            reading: Reading::Ignored(Ignored::OtherSource),
        },
        None => Record { receipt: receipt(owned(record.message_id)), reading: broken },
    }
}

/// An empty identifier would fail the whole batch, so it is no identifier.
fn receipt(id: Option<String>) -> Receipt {
    id.filter(|id| !id.is_empty()).map_or(Receipt::Invocation, Receipt::Sqs)
}

fn read(text: &str, level: EnvelopeDepth) -> Reading {
    if level.is_too_deep() {
        return Reading::Broken(GivenBack::NestedTooDeep);
    }
    let text = without_mark(text).trim();
    // serde would also read a struct out of a list, by position.
    if !text.starts_with('{') {
        return unreadable(text);
    }
    if level.scans
        && let Some(message) = scan::sns_message(text)
    {
        return read(&message, level.deeper());
    }
    match serde_json::from_str::<WireMessage<'_>>(text) {
        Ok(message) => level.with_headers(text, sort(message, level)),
        Err(_) => unreadable(text),
    }
}

/// Decides by its marker fields what a well-formed message is.
fn sort(message: WireMessage<'_>, level: EnvelopeDepth) -> Reading {
    let claims_feedback = message.bounce.is_some() || message.complaint.is_some();
    if let Some(kind) = message.event_type.as_ref().map(|t| t.0.to_string()) {
        return ses::ses_event(message, &kind, Family::EventPublishing);
    }
    if let Some(kind) = message.notification_type.as_ref().map(|t| t.0.to_string()) {
        return ses::ses_event(message, &kind, Family::Notification);
    }
    if claims_feedback {
        return Reading::Broken(GivenBack::MalformedEvent);
    }
    if let Some(kind) = &message.sns_type {
        return match (kind.0.as_ref(), message.sns_message) {
            (kind, _) if is_confirmation(kind) => {
                Reading::Ignored(Ignored::SubscriptionConfirmation)
            }
            ("Notification", Some(inner)) => read(&inner.0, level.deeper()),
            ("Notification", None) if message.topic_arn.is_some() => {
                Reading::Broken(GivenBack::MalformedEnvelope)
            }
            _ => Reading::Ignored(Ignored::NotSes),
        };
    }
    if let Some(records) = message.records {
        return match records {
            RawList::Entries(records) => payload_in_message(records, level),
            RawList::TooMany => Reading::Broken(GivenBack::OverLimit),
        };
    }
    if let Some(payload) = message.request_payload {
        return read(payload.get(), level.deeper());
    }
    if message.alarm_name.is_some()
        || message.new_state.is_some()
        || message.sns_alarm_arn.is_some()
    {
        return alarm_of_sns(message);
    }
    if message.alarm_arn.is_some() || message.alarm_data.is_some() {
        return match message.alarm_data {
            Some(data) => alarm_of_data(data, owned(message.alarm_arn)),
            None => Reading::Broken(GivenBack::MalformedAlarm),
        };
    }
    if message.source.is_some() && message.detail_type.is_some() {
        return event_bridge(message, level);
    }
    let source = message.source.as_ref().map_or("", |s| s.0.as_ref());
    if matches!(source, "aws.ses" | "aws.cloudwatch") && message.detail.is_some() {
        return Reading::Broken(GivenBack::MalformedEnvelope);
    }
    Reading::Ignored(Ignored::NotSes)
}

fn is_confirmation(kind: &str) -> bool {
    matches!(kind, "SubscriptionConfirmation" | "UnsubscribeConfirmation")
}

/// Reads a Lambda payload as a single message. It has one receipt, so the payload must have only
/// one record.
fn payload_in_message(records: Vec<&RawValue>, level: EnvelopeDepth) -> Reading {
    let mut readings: Vec<Reading> =
        records.into_iter().map(|raw| open_record(raw, level.deeper()).reading).collect();
    match readings.len() {
        0 => Reading::Ignored(Ignored::EmptyBatch),
        1 => readings.remove(0),
        _ if readings.iter().all(|r| matches!(r, Reading::Ignored(_))) => readings.remove(0),
        _ => Reading::Broken(GivenBack::MalformedEnvelope),
    }
}

#[cfg(test)]
mod tests;
