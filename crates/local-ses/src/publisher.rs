//! Publication in the background: in order within one message, several
//! messages at a time, retried, and booked only when SNS has answered.

use std::sync::{Arc, Weak};

use tokio::sync::{Semaphore, mpsc};

use crate::app::App;
use crate::clock;
use crate::events::Event;
use crate::ledger::PublishedEvent;
use crate::message::Message;

/// Messages that are published at the same time.
const CONCURRENCY: usize = 16;

/// The text a new SNS destination gets. It is no JSON, and subscribers have to
/// live with that.
pub(crate) const NOTICE: &str = "Successfully validated SNS topic for Amazon SES event publishing.";

/// One text for one topic, with what the ledger will say of it.
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

    /// A text that is no event of a message.
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

/// Takes batches until the application is gone.
pub(crate) async fn run(app: Weak<App>, mut batches: mpsc::UnboundedReceiver<Batch>) {
    let slots = Arc::new(Semaphore::new(CONCURRENCY));
    while let Some(batch) = batches.recv().await {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let Some(app) = app.upgrade() else {
            return;
        };
        tokio::spawn(async move {
            publish(&app, batch).await;
            drop(slot);
        });
    }
}

async fn publish(app: &App, batch: Batch) {
    for publication in batch.publications {
        // A reset forgets what was still waiting.
        if app.state().epoch != batch.epoch {
            return;
        }
        let mut entry = publication.entry;
        let outcome = match &app.upstream {
            Some(upstream) => upstream.publish(&entry.topic_arn, &publication.text).await,
            None => Err("no upstream to publish to".to_owned()),
        };
        if let Err(error) = outcome {
            tracing::error!(
                event_type = entry.event_type,
                topic_arn = entry.topic_arn,
                error,
                "event not published"
            );
            entry.error = Some(error);
        }
        entry.at = clock::iso(clock::now_ms());
        let mut state = app.state();
        if state.epoch == batch.epoch {
            state.ledger.settle(entry);
        }
    }
}
