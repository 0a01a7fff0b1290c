//! The events SES publishes, in the shape of event publishing, and those that
//! speak of a whole message.

use serde_json::{Value, json};

use crate::message::{Message, View};

/// The event types, by their names in the API and in the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventType {
    Send,
    Delivery,
    Bounce,
    Complaint,
    Reject,
    Open,
    Click,
    RenderingFailure,
    DeliveryDelay,
}

impl EventType {
    /// As configuration sets name it in `MatchingEventTypes`.
    pub(crate) fn api_name(self) -> &'static str {
        match self {
            Self::Send => "SEND",
            Self::Delivery => "DELIVERY",
            Self::Bounce => "BOUNCE",
            Self::Complaint => "COMPLAINT",
            Self::Reject => "REJECT",
            Self::Open => "OPEN",
            Self::Click => "CLICK",
            Self::RenderingFailure => "RENDERING_FAILURE",
            Self::DeliveryDelay => "DELIVERY_DELAY",
        }
    }

    /// As the payload names it.
    pub(crate) fn payload_name(self) -> &'static str {
        match self {
            Self::Send => "Send",
            Self::Delivery => "Delivery",
            Self::Bounce => "Bounce",
            Self::Complaint => "Complaint",
            Self::Reject => "Reject",
            Self::Open => "Open",
            Self::Click => "Click",
            Self::RenderingFailure => "Rendering Failure",
            Self::DeliveryDelay => "DeliveryDelay",
        }
    }

    /// The names that `MatchingEventTypes` accepts.
    pub(crate) const API_NAMES: [&'static str; 10] = [
        "SEND",
        "REJECT",
        "BOUNCE",
        "COMPLAINT",
        "DELIVERY",
        "OPEN",
        "CLICK",
        "RENDERING_FAILURE",
        "DELIVERY_DELAY",
        "SUBSCRIPTION",
    ];
}

/// One event, ready to publish.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) event_type: EventType,
    pub(crate) feedback_id: Option<String>,
    pub(crate) recipients: Vec<String>,
    pub(crate) body: Value,
}

impl Event {
    /// The text as published: SES ends it with a line feed.
    pub(crate) fn text(&self) -> String {
        format!("{}\n", self.body)
    }

    pub(crate) fn new(
        event_type: EventType,
        recipients: Vec<String>,
        key: &str,
        mail: Value,
        detail: Value,
    ) -> Self {
        let mut body = json!({ "eventType": event_type.payload_name(), "mail": mail });
        let feedback_id = detail.get("feedbackId").and_then(Value::as_str).map(str::to_owned);
        if let Some(body) = body.as_object_mut() {
            body.insert(key.to_owned(), detail);
        }
        Self { event_type, feedback_id, recipients, body }
    }
}

/// The message was accepted and will be attempted.
pub(crate) fn send(message: &Message) -> Event {
    Event::new(
        EventType::Send,
        message.destination.clone(),
        "send",
        message.to_json(View::Full),
        json!({}),
    )
}

/// The message was accepted and then found to hold malware.
pub(crate) fn reject(message: &Message) -> Event {
    Event::new(
        EventType::Reject,
        message.destination.clone(),
        "reject",
        message.to_json(View::Full),
        json!({"reason": "Bad content"}),
    )
}

/// The template could not be filled in: nothing is sent.
pub(crate) fn rendering_failure(message: &Message) -> Event {
    Event::new(
        EventType::RenderingFailure,
        message.destination.clone(),
        "failure",
        message.to_json(View::Bare),
        json!({
            "templateName": "welcome",
            "errorMessage": "Attribute 'firstName' is not present in the rendering data.",
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::sample;

    #[test]
    fn the_text_names_its_type_and_ends_with_a_line_feed() {
        let failure = rendering_failure(&sample()).text();
        assert!(failure.ends_with("}\n"));
        let body: Value = serde_json::from_str(&failure).unwrap();
        assert_eq!(body["eventType"], "Rendering Failure");
        let members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["eventType", "failure", "mail"]);
        assert_eq!(send(&sample()).body["send"], json!({}));
        assert_eq!(reject(&sample()).body["reject"], json!({"reason": "Bad content"}));
    }
}
