//! Publication in the background: in order within one message, several
//! messages at a time, retried, and booked only when SNS has answered.

use std::sync::{Arc, Weak};

use tokio::sync::{Semaphore, mpsc};

use crate::app::App;
use crate::clock;
use crate::publication::Batch;

/// Messages that are published at the same time.
const CONCURRENCY: usize = 16;

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
            state.ledger.finish(entry);
        }
    }
}
