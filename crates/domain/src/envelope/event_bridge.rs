//! The envelope of EventBridge: events of SES, alarm state changes, and scheduled events.

use serde_json::value::RawValue;

use super::alarm::alarm_of_data;
use super::{EnvelopeDepth, Reading, read, ses, without_mark};
use crate::event::Family;
use crate::outcome::{GivenBack, Ignored};
use crate::wire::{WireAlarmData, WireMessage};

/// Whether a payload comes from an EventBridge schedule, which carries no message.
pub fn is_schedule(payload: &[u8]) -> bool {
    let text = std::str::from_utf8(payload).map(without_mark).unwrap_or_default();
    let message = serde_json::from_str::<WireMessage<'_>>(text);
    message.is_ok_and(|message| {
        message.source.is_some_and(|source| source.0 == "aws.events")
            && message.detail_type.is_some_and(|kind| kind.0 == "Scheduled Event")
    })
}

/// Reads an event of EventBridge by its `source` and `detail-type`.
pub(super) fn event_bridge(message: WireMessage<'_>, level: EnvelopeDepth) -> Reading {
    let detail_type = message.detail_type.as_ref().map_or("", |t| t.0.as_ref());
    let detail = message.detail.map(RawValue::get);
    match message.source.as_ref().map_or("", |s| s.0.as_ref()) {
        "aws.ses" => match detail {
            _ if !detail_type.starts_with("Email ") => Reading::Ignored(Ignored::AccountNotice),
            Some(detail) => {
                let reading = read_detail(detail, detail_type, level.deeper());
                let empty = reading == Reading::Ignored(Ignored::NotSes);
                if empty { Reading::Broken(GivenBack::MalformedEvent) } else { reading }
            }
            None => Reading::Broken(GivenBack::MalformedEvent),
        },
        "aws.cloudwatch" => match detail_type {
            "CloudWatch Alarm State Change" => {
                let arn = message.resources.into_string();
                match detail.map(serde_json::from_str::<WireAlarmData<'_>>) {
                    Some(Ok(data)) => alarm_of_data(data, arn),
                    Some(Err(_)) | None => Reading::Broken(GivenBack::MalformedAlarm),
                }
            }
            "CloudWatch Alarm Configuration Change" => {
                Reading::Ignored(Ignored::AlarmConfigurationChange)
            }
            _ => Reading::Ignored(Ignored::OtherSource),
        },
        _ => Reading::Ignored(Ignored::OtherSource),
    }
}

/// Returns the detail of an SES event. If the detail has no event name, the `detail-type` gives it.
fn read_detail(detail: &str, detail_type: &str, level: EnvelopeDepth) -> Reading {
    let is_object = detail.trim_start().starts_with('{');
    match (ses::name_of_detail_type(detail_type), serde_json::from_str::<WireMessage<'_>>(detail)) {
        (Some(name), Ok(message))
            if is_object && message.event_type.is_none() && message.notification_type.is_none() =>
        {
            // It must still be an event: other details have no `mail`.
            if message.mail.is_none() && message.bounce.is_none() && message.complaint.is_none() {
                return Reading::Broken(GivenBack::MalformedEvent);
            }
            level.with_headers(detail, ses::ses_event(message, name, Family::EventPublishing))
        }
        _ => read(detail, level),
    }
}
