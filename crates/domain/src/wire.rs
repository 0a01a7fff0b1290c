//! Payloads as AWS writes them: tolerant, borrowed, read in one pass.
//!
//! Only fields that some decision needs are named; everything else is skipped.
//! A field of a wrong type fails the whole struct here, and
//! [`crate::envelope`] then finds out what the text claimed to be. Times, tags and
//! what a delivery tells are no decision's only ground: where such a field is odd, it
//! counts as absent.

mod claims;
mod tolerant;

use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) use claims::Claims;
pub(crate) use tolerant::{FirstText, MOST_ENTRIES, RawList, Tags, Text, Texts, owned};

/// The whole invocation: a batch of records, or one event by itself.
#[derive(Deserialize)]
pub(crate) struct WirePayload<'a> {
    #[serde(borrow, rename = "Records")]
    pub(crate) records: Option<RawList<'a>>,
}

/// A record of SNS (`EventSource`) or SQS (`eventSource`).
#[derive(Deserialize)]
pub(crate) struct WireRecord<'a> {
    #[serde(borrow, rename = "EventSource")]
    pub(crate) sns_source: Option<Text<'a>>,
    #[serde(borrow, rename = "eventSource")]
    pub(crate) sqs_source: Option<Text<'a>>,
    #[serde(borrow, rename = "messageId")]
    pub(crate) message_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) body: Option<Text<'a>>,
    #[serde(borrow, rename = "Sns")]
    pub(crate) sns: Option<WireSns<'a>>,
}

/// The `Sns` object of a record.
#[derive(Deserialize)]
pub(crate) struct WireSns<'a> {
    #[serde(borrow, rename = "Type")]
    pub(crate) kind: Option<Text<'a>>,
    #[serde(borrow, rename = "Message")]
    pub(crate) message: Option<Text<'a>>,
}

/// The SQS record's identifier alone, for a record whose other fields are odd.
#[derive(Deserialize)]
pub(crate) struct WireRecordId<'a> {
    #[serde(borrow, rename = "messageId")]
    pub(crate) message_id: Option<Text<'a>>,
}

/// One message text: an SES event of either family, an SNS or EventBridge
/// envelope, or an alarm in one of its three shapes.
#[derive(Deserialize)]
pub(crate) struct WireMessage<'a> {
    #[serde(borrow, rename = "eventType")]
    pub(crate) event_type: Option<Text<'a>>,
    #[serde(borrow, rename = "notificationType")]
    pub(crate) notification_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) mail: Option<WireMail<'a>>,
    #[serde(borrow)]
    pub(crate) bounce: Option<WireBounce<'a>>,
    #[serde(borrow)]
    pub(crate) complaint: Option<WireComplaint<'a>>,
    #[serde(borrow)]
    pub(crate) delivery: Option<WireDelivery<'a>>,
    #[serde(borrow, rename = "deliveryDelay")]
    pub(crate) delivery_delay: Option<WireDeliveryDelay<'a>>,
    #[serde(borrow)]
    pub(crate) open: Option<WireOpen<'a>>,
    #[serde(borrow)]
    pub(crate) click: Option<WireClick<'a>>,
    #[serde(borrow)]
    pub(crate) subscription: Option<WireTimed<'a>>,

    // A Lambda payload within a message: what lies in a dead-letter queue after an
    // asynchronous invocation, moved to a queue of ours.
    #[serde(borrow, rename = "Records")]
    pub(crate) records: Option<RawList<'a>>,
    #[serde(borrow, rename = "requestPayload")]
    pub(crate) request_payload: Option<&'a RawValue>,

    #[serde(borrow, rename = "Type")]
    pub(crate) sns_type: Option<Text<'a>>,
    #[serde(borrow, rename = "TopicArn")]
    pub(crate) topic_arn: Option<Text<'a>>,
    #[serde(borrow, rename = "Message")]
    pub(crate) sns_message: Option<Text<'a>>,

    #[serde(borrow)]
    pub(crate) source: Option<Text<'a>>,
    #[serde(borrow, rename = "detail-type")]
    pub(crate) detail_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) detail: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) resources: FirstText<'a>,

    #[serde(borrow, rename = "AlarmName")]
    pub(crate) alarm_name: Option<Text<'a>>,
    #[serde(borrow, rename = "AlarmArn")]
    pub(crate) sns_alarm_arn: Option<Text<'a>>,
    #[serde(borrow, rename = "NewStateValue")]
    pub(crate) new_state: Option<Text<'a>>,
    #[serde(borrow, rename = "NewStateReason")]
    pub(crate) new_state_reason: Option<Text<'a>>,
    #[serde(borrow, rename = "StateChangeTime")]
    pub(crate) state_change_time: Option<Text<'a>>,
    #[serde(borrow, rename = "alarmArn")]
    pub(crate) alarm_arn: Option<Text<'a>>,
    #[serde(borrow, rename = "alarmData")]
    pub(crate) alarm_data: Option<WireAlarmData<'a>>,
}

/// `mail`. No decision rests on these fields alone: an odd one counts as absent.
#[derive(Deserialize)]
pub(crate) struct WireMail<'a> {
    #[serde(borrow, default)]
    pub(crate) timestamp: FirstText<'a>,
    #[serde(borrow, default, rename = "messageId")]
    pub(crate) message_id: FirstText<'a>,
    #[serde(borrow, default)]
    pub(crate) source: FirstText<'a>,
    #[serde(borrow, default, rename = "sourceArn")]
    pub(crate) source_arn: FirstText<'a>,
    #[serde(borrow, default)]
    pub(crate) destination: Texts<'a>,
    #[serde(borrow, default, rename = "sourceIp")]
    pub(crate) source_ip: FirstText<'a>,
    #[serde(borrow, default, rename = "callerIdentity")]
    pub(crate) caller_identity: FirstText<'a>,
    #[serde(borrow, default)]
    pub(crate) tags: Tags<'a>,
}

/// `bounce`. Recipients stay raw, so that one odd one does not hide the others.
#[derive(Deserialize)]
pub(crate) struct WireBounce<'a> {
    #[serde(borrow, rename = "bounceType")]
    pub(crate) bounce_type: Option<Text<'a>>,
    #[serde(borrow, rename = "bounceSubType")]
    pub(crate) sub_type: Option<Text<'a>>,
    #[serde(borrow, rename = "bouncedRecipients")]
    pub(crate) recipients: Option<RawList<'a>>,
    #[serde(borrow, rename = "feedbackId")]
    pub(crate) feedback_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) timestamp: FirstText<'a>,
}

/// A recipient of a bounce, a complaint or a delay.
#[derive(Deserialize)]
pub(crate) struct WireRecipient<'a> {
    #[serde(borrow, rename = "emailAddress")]
    pub(crate) address: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) action: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) status: Option<Text<'a>>,
    #[serde(borrow, rename = "diagnosticCode")]
    pub(crate) diagnostic: Option<Text<'a>>,
}

/// `complaint`.
#[derive(Deserialize)]
pub(crate) struct WireComplaint<'a> {
    #[serde(borrow, rename = "complaintSubType")]
    pub(crate) sub_type: Option<Text<'a>>,
    #[serde(borrow, rename = "complaintFeedbackType")]
    pub(crate) feedback_type: Option<Text<'a>>,
    #[serde(borrow, rename = "complainedRecipients")]
    pub(crate) recipients: Option<RawList<'a>>,
    #[serde(borrow, rename = "feedbackId")]
    pub(crate) feedback_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) timestamp: FirstText<'a>,
}

/// `delivery`.
#[derive(Deserialize)]
pub(crate) struct WireDelivery<'a> {
    #[serde(borrow, default)]
    pub(crate) recipients: Texts<'a>,
    #[serde(borrow, rename = "processingTimeMillis")]
    pub(crate) processing_time_ms: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) timestamp: FirstText<'a>,
}

/// `deliveryDelay`.
#[derive(Deserialize)]
pub(crate) struct WireDeliveryDelay<'a> {
    #[serde(borrow, rename = "delayedRecipients")]
    pub(crate) recipients: Option<RawList<'a>>,
    #[serde(borrow, default)]
    pub(crate) timestamp: FirstText<'a>,
}

/// `click`.
#[derive(Deserialize)]
pub(crate) struct WireClick<'a> {
    #[serde(borrow, default)]
    pub(crate) link: FirstText<'a>,
    #[serde(borrow, default)]
    pub(crate) timestamp: FirstText<'a>,
    #[serde(borrow, rename = "isBotEvent")]
    pub(crate) is_bot: Option<&'a RawValue>,
}

/// `open`.
#[derive(Deserialize)]
pub(crate) struct WireOpen<'a> {
    #[serde(borrow, default)]
    pub(crate) timestamp: FirstText<'a>,
    #[serde(borrow, rename = "isBotEvent")]
    pub(crate) is_bot: Option<&'a RawValue>,
}

/// An event object whose time alone matters.
#[derive(Deserialize)]
pub(crate) struct WireTimed<'a> {
    #[serde(borrow, default)]
    pub(crate) timestamp: FirstText<'a>,
}

/// `alarmData` of a direct action, `detail` of an EventBridge event.
#[derive(Deserialize)]
pub(crate) struct WireAlarmData<'a> {
    #[serde(borrow, rename = "alarmName")]
    pub(crate) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) state: Option<WireAlarmState<'a>>,
}

/// `state` of an alarm.
#[derive(Deserialize)]
pub(crate) struct WireAlarmState<'a> {
    #[serde(borrow)]
    pub(crate) value: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) reason: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) timestamp: Option<Text<'a>>,
}
