//! What is to be published: texts for topics, with what the ledger will say of them.

use crate::events::Event;
use crate::ledger::PublishedEvent;
use crate::message::Message;

/// What SES publishes to a new SNS destination. It is not JSON, and subscribers must ignore it.
pub(crate) const NOTICE: &str = "Successfully validated SNS topic for Amazon SES event publishing.";

/// One text for one topic, with its entry for the ledger.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(crate) text: String,
    pub(crate) entry: PublishedEvent,
}

impl Publication {
    pub(crate) fn event(message: &Message, event: &Event, topic_arn: &str) -> Self {
        Self::new(
            event.text(),
            PublishedEvent {
                event_type: event.event_type.payload_name().to_owned(),
                message_id: Some(message.message_id.clone()),
                feedback_id: event.feedback_id.clone(),
                from_domain: Some(message.from_domain.clone()),
                configuration_set: message.configuration_set.clone(),
                recipients: event.recipients.clone(),
                topic_arn: topic_arn.to_owned(),
                at: String::new(),
                bytes: 0,
                error: None,
            },
        )
    }

    /// A text that is not an event of a message, such as SES's notice to a new destination.
    pub(crate) fn text(
        event_type: &str,
        text: String,
        configuration_set: &str,
        topic_arn: &str,
    ) -> Self {
        Self::new(
            text,
            PublishedEvent {
                event_type: event_type.to_owned(),
                message_id: None,
                feedback_id: None,
                from_domain: None,
                configuration_set: configuration_set.to_owned(),
                recipients: vec![],
                topic_arn: topic_arn.to_owned(),
                at: String::new(),
                bytes: 0,
                error: None,
            },
        )
    }

    fn new(text: String, mut entry: PublishedEvent) -> Self {
        entry.bytes = text.len();
        Self { text, entry }
    }
}

/// The publications of one message, to go out in this order.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) epoch: u64,
    pub(crate) publications: Vec<Publication>,
}
