//! Reading the tags of many alarms.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::time::{sleep, timeout};

use super::Alarms;
use crate::error::{CallError, Class};

/// Alarms whose tags are read at the same time.
const SIDE_BY_SIDE: usize = 10;
/// The wait before an alarm that was throttled is asked for again. It keeps its place among
/// [`SIDE_BY_SIDE`] meanwhile, so that fewer calls are made.
const THROTTLED_WAIT: Duration = Duration::from_millis(500);

/// What is known of each alarm's tags; nothing where no call was made.
type Found = Vec<Option<Result<BTreeMap<String, String>, CallError>>>;

impl Alarms {
    /// The tags of each of these alarms, in their order, read side by side at a bounded pace. One
    /// that CloudWatch throttles is asked for again. What has not come within `limit` is an error,
    /// and `None` where it was not asked for at all.
    pub async fn tags_of(&self, arns: &[&str], limit: Duration) -> Found {
        let found: Mutex<Found> = Mutex::new(arns.iter().map(|_| None).collect());
        let note = |place: usize, tags: Result<BTreeMap<String, String>, CallError>| {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(slot) = found.get_mut(place) {
                *slot = Some(tags);
            }
        };
        let note = &note;
        let reads: Vec<_> =
            arns.iter().enumerate().map(|(place, arn)| self.note_tags(place, arn, note)).collect();
        let all = stream::iter(reads).buffer_unordered(SIDE_BY_SIDE).for_each(|()| async {});
        // What is cut off is noted as late.
        let _ = timeout(limit, all).await;
        found.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn note_tags(
        &self,
        place: usize,
        arn: &str,
        note: &(impl Fn(usize, Result<BTreeMap<String, String>, CallError>) + Sync),
    ) {
        let mut was_throttled = false;
        loop {
            self.tag_reads.turn().await;
            // One that was throttled and is cut off while it is asked for again stays throttled.
            if !was_throttled {
                note(place, Err(late()));
            }
            let tags = self.tags(arn).await;
            let is_throttled = tags.as_ref().is_err_and(|error| error.class == Class::Throttled);
            note(place, tags);
            if !is_throttled {
                return;
            }
            was_throttled = true;
            sleep(THROTTLED_WAIT).await;
        }
    }
}

fn late() -> CallError {
    CallError::new(
        "ListTagsForResource",
        Class::Temporary,
        "no answer in the time for reading tags",
    )
}
