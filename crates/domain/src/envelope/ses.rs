//! An SES event's fields, strict out of tolerant.

use serde_json::value::RawValue;

use super::Reading;
use crate::address::RawAddress;
use crate::event::{
    Bounce, BounceSubType, BounceType, BouncedRecipient, Click, CommonHeaders, Complaint, Delivery,
    DeliveryDelay, Detail, Family, FeedbackType, Mail, SesEvent,
};
use crate::outcome::{GivenBack, Ignored};
use crate::time::epoch_millis;
use crate::wire::{
    FirstText, RawList, Texts, WireBounce, WireComplaint, WireMail, WireMessage, WireRecipient,
    owned,
};

/// Longest name of a configuration set or tenant that is kept, in bytes.
const MOST_NAME_BYTES: usize = 256;

/// The events of both families, as event publishing spells them.
const NAMES: &[&str] = &[
    "Bounce",
    "Complaint",
    "Delivery",
    "DeliveryDelay",
    "Send",
    "Reject",
    "Rendering Failure",
    "Open",
    "Click",
    "Subscription",
    "Received",
    "AmazonSnsSubscriptionSucceeded",
];

/// An event's name as event publishing spells it, where only its case differs.
fn canonical(name: &str) -> &str {
    NAMES.iter().find(|known| known.eq_ignore_ascii_case(name.trim())).copied().unwrap_or(name)
}

/// The event's name that EventBridge's `detail-type` stands for.
pub(super) fn name_of_detail_type(detail_type: &str) -> Option<&'static str> {
    let names = [
        ("Email Sent", "Send"),
        ("Email Delivered", "Delivery"),
        ("Email Bounced", "Bounce"),
        ("Email Complaint Received", "Complaint"),
        ("Email Rejected", "Reject"),
        ("Email Opened", "Open"),
        ("Email Clicked", "Click"),
        ("Email Rendering Failed", "Rendering Failure"),
        ("Email Delivery Delayed", "DeliveryDelay"),
        ("Email Subscribed", "Subscription"),
    ];
    let is = |known: &str| known.eq_ignore_ascii_case(detail_type.trim());
    names.into_iter().find(|(known, _)| is(known)).map(|(_, name)| name)
}

/// The event of a message that says it is one.
pub(super) fn ses_event(message: WireMessage<'_>, kind: &str, family: Family) -> Reading {
    let kind = if NAMES.contains(&kind) { kind } else { canonical(kind) };
    let is_likely_bot = is_likely_bot(&message);
    if kind == "AmazonSnsSubscriptionSucceeded" {
        return Reading::Ignored(Ignored::SetupNotice);
    }
    if family == Family::Notification && kind == "Received" {
        return Reading::Ignored(Ignored::InboundMail);
    }
    let mail_time = message.mail.as_ref().and_then(|m| stamp(&m.timestamp));
    let malformed = Reading::Broken(GivenBack::MalformedEvent);
    let (detail, own_time) = match kind {
        "Bounce" => {
            let Some(wire) = message.bounce else {
                return malformed;
            };
            let time = stamp(&wire.timestamp);
            if let Some(reason) = asks_for_nothing(&wire) {
                return Reading::Ignored(reason);
            }
            match bounce(wire) {
                Ok(bounce) => (Detail::Bounce(bounce), time),
                Err(reason) => return Reading::Broken(reason),
            }
        }
        "Complaint" => {
            let Some(wire) = message.complaint else {
                return malformed;
            };
            let time = stamp(&wire.timestamp);
            match complaint(wire) {
                Ok(complaint) => (Detail::Complaint(complaint), time),
                Err(reason) => return Reading::Broken(reason),
            }
        }
        "Delivery" => {
            let Some(wire) = message.delivery else {
                return malformed;
            };
            let time = stamp(&wire.timestamp);
            let has_odd = wire.recipients.has_odd;
            let recipients = addresses(wire.recipients);
            if recipients.is_empty() && has_odd {
                return malformed;
            }
            (
                Detail::Delivery(Delivery {
                    recipients,
                    processing_time_ms: millis(wire.processing_time_ms),
                }),
                time,
            )
        }
        "DeliveryDelay" => {
            let Some(wire) = message.delivery_delay else {
                return malformed;
            };
            let time = stamp(&wire.timestamp);
            let delayed = wire.recipients.map_or(Ok((Vec::new(), 0)), recipients);
            let Ok((delayed, _)) = delayed else {
                return Reading::Broken(GivenBack::OverLimit);
            };
            let recipients = delayed.into_iter().map(|r| r.address).collect();
            (Detail::DeliveryDelay(DeliveryDelay { recipients }), time)
        }
        "Send" => (Detail::Send, None),
        "Reject" => (Detail::Reject, None),
        "Rendering Failure" => (Detail::RenderingFailure, None),
        "Open" => (Detail::Open, message.open.and_then(|o| stamp(&o.timestamp))),
        "Click" => {
            let time = message.click.as_ref().and_then(|click| stamp(&click.timestamp));
            let link = message.click.and_then(|click| click.link.into_string());
            (Detail::Click(Click { link }), time)
        }
        "Subscription" => {
            (Detail::Subscription, message.subscription.and_then(|s| stamp(&s.timestamp)))
        }
        other => (Detail::Unknown(other.to_owned()), None),
    };
    // A bounce or a complaint still says which address it is about.
    let needs_mail =
        !matches!(detail, Detail::Bounce(_) | Detail::Complaint(_) | Detail::Unknown(_));
    if needs_mail && message.mail.is_none() {
        return malformed;
    }
    Reading::Event(Box::new(SesEvent {
        family,
        mail: message.mail.map(mail).unwrap_or_default(),
        at_seconds: own_time.or(mail_time).map(|ms| ms.div_euclid(1000)),
        at_millis: own_time,
        is_likely_bot,
        detail,
    }))
}

/// Whether SES takes an opening or a click for a machine's.
fn is_likely_bot(message: &WireMessage<'_>) -> bool {
    let of_open = message.open.as_ref().and_then(|open| open.is_bot);
    let of_click = message.click.as_ref().and_then(|click| click.is_bot);
    of_open.or(of_click).is_some_and(|raw| {
        let word = raw.get().trim_matches('"').trim();
        ["likely", "very likely", "true"].iter().any(|known| word.eq_ignore_ascii_case(known))
    })
}

/// A bounce that is not final and names nobody.
fn asks_for_nothing(wire: &WireBounce<'_>) -> Option<Ignored> {
    let RawList::Entries(recipients) = wire.recipients.as_ref()? else { return None };
    if !recipients.is_empty() {
        return None;
    }
    match BounceType::from(wire.bounce_type.as_ref()?.0.as_ref()) {
        BounceType::Undetermined => Some(Ignored::Undetermined),
        BounceType::Transient => Some(Ignored::Transient),
        BounceType::Permanent | BounceType::Unknown(_) => None,
    }
}

fn stamp(text: &FirstText<'_>) -> Option<i64> {
    epoch_millis(text.0.as_deref()?)
}

/// Reads milliseconds, written as a number or as text. `None` below 0 and above 10^12.
fn millis(raw: Option<&RawValue>) -> Option<u64> {
    let value: f64 = raw?.get().trim_matches('"').trim().parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    (0.0..=1e12).contains(&value).then_some(value as u64)
}

fn mail(wire: WireMail<'_>) -> Mail {
    let tags = wire.tags;
    let text = FirstText::into_string;
    Mail {
        message_id: text(wire.message_id),
        sent_ms: stamp(&wire.timestamp),
        source: text(wire.source).map(RawAddress::from),
        source_arn: text(wire.source_arn),
        destination: addresses(wire.destination),
        from_domain: text(tags.from_domain),
        configuration_set: text(tags.configuration_set).filter(|name| could_be_a_name(name)),
        tenant: text(tags.tenant).filter(|name| could_be_a_name(name)),
        caller_identity: text(tags.caller_identity).or_else(|| text(wire.caller_identity)),
        source_ip: text(tags.source_ip).or_else(|| text(wire.source_ip)),
        recipient_isp: text(tags.recipient_isp),
        common_headers: CommonHeaders::default(),
    }
}

fn addresses(texts: Texts<'_>) -> Vec<RawAddress> {
    texts.into_strings().into_iter().map(RawAddress::from).collect()
}

/// SES's names have 64 characters at most. What is far longer is none of them: it would become
/// part of a request's address, which ends at 64 kB.
fn could_be_a_name(name: &str) -> bool {
    name.len() <= MOST_NAME_BYTES
}

fn bounce(wire: WireBounce<'_>) -> Result<Bounce, GivenBack> {
    let (Some(kind), Some(raw)) = (wire.bounce_type, wire.recipients) else {
        return Err(GivenBack::MalformedEvent);
    };
    let (recipients, unreadable_recipients) = recipients(raw)?;
    if recipients.is_empty() {
        return Err(GivenBack::NoRecipient);
    }
    Ok(Bounce {
        bounce_type: BounceType::from(kind.0.as_ref()),
        sub_type: BounceSubType::from(wire.sub_type.as_ref().map_or("", |t| t.0.as_ref())),
        feedback_id: owned(wire.feedback_id),
        recipients,
        unreadable_recipients,
    })
}

fn complaint(wire: WireComplaint<'_>) -> Result<Complaint, GivenBack> {
    let Some(raw) = wire.recipients else {
        return Err(GivenBack::MalformedEvent);
    };
    let (recipients, unreadable_recipients) = recipients(raw)?;
    if recipients.is_empty() {
        return Err(GivenBack::NoRecipient);
    }
    Ok(Complaint {
        sub_type: owned(wire.sub_type).filter(|text| !text.trim().is_empty()),
        feedback_type: FeedbackType::from(wire.feedback_type.as_ref().map(|t| t.0.as_ref())),
        feedback_id: owned(wire.feedback_id),
        recipients: recipients.into_iter().map(|r| r.address).collect(),
        unreadable_recipients,
    })
}

/// The recipients that can be read, and how many cannot.
fn recipients(raw: RawList<'_>) -> Result<(Vec<BouncedRecipient>, usize), GivenBack> {
    let RawList::Entries(raw) = raw else {
        return Err(GivenBack::OverLimit);
    };
    let total = raw.len();
    let readable: Vec<BouncedRecipient> = raw
        .into_iter()
        .filter_map(|raw| {
            let wire = serde_json::from_str::<WireRecipient<'_>>(raw.get()).ok()?;
            Some(BouncedRecipient {
                address: owned(wire.address)?.into(),
                action: owned(wire.action),
                status: owned(wire.status),
                diagnostic: owned(wire.diagnostic),
            })
        })
        .collect();
    let unreadable = total - readable.len();
    Ok((readable, unreadable))
}
