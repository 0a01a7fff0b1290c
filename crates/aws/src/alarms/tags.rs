//! Reading the tags of many alarms.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::time::{Instant, sleep, timeout_at};

use super::Alarms;
use crate::error::{CallError, Class};

/// Alarms whose tags are read at the same time.
const SIDE_BY_SIDE: usize = 10;
/// The wait before those that were throttled are asked for again.
const THROTTLED_WAIT: Duration = Duration::from_millis(500);

impl Alarms {
    /// The tags of each of these alarms, in their order, read side by side at a bounded pace. One
    /// that CloudWatch throttles is asked for again. What has not come within `limit` is an error,
    /// and `None` where it was not asked for at all.
    pub async fn tags_of(
        &self,
        arns: &[&str],
        limit: Duration,
    ) -> Vec<Option<Result<BTreeMap<String, String>, CallError>>> {
        let until = Instant::now() + limit;
        let mut found: Vec<_> = arns.iter().map(|_| None).collect();
        let asked: Arc<Vec<AtomicBool>> =
            Arc::new(arns.iter().map(|_| AtomicBool::new(false)).collect());
        let mut open: Vec<usize> = (0..arns.len()).collect();
        while !open.is_empty() && Instant::now() < until {
            let read = |place: usize| {
                let arn = arns.get(place).map(|arn| (*arn).to_owned()).unwrap_or_default();
                let asked = asked.clone();
                async move {
                    self.tag_reads.turn().await;
                    if let Some(asked) = asked.get(place) {
                        asked.store(true, Ordering::Relaxed);
                    }
                    (place, self.tags(&arn).await)
                }
            };
            let reads: Vec<_> = open.drain(..).map(read).collect();
            let mut reads = stream::iter(reads).buffer_unordered(SIDE_BY_SIDE);
            while let Ok(Some((place, tags))) = timeout_at(until, reads.next()).await {
                if tags.as_ref().is_err_and(|error| error.class == Class::Throttled) {
                    open.push(place);
                }
                if let Some(slot) = found.get_mut(place) {
                    *slot = Some(tags);
                }
            }
            if !open.is_empty() {
                sleep(THROTTLED_WAIT.min(until.saturating_duration_since(Instant::now()))).await;
            }
        }
        let late = || {
            CallError::new(
                "ListTagsForResource",
                Class::Temporary,
                "no answer in the time for reading tags",
            )
        };
        for (slot, asked) in found.iter_mut().zip(asked.iter()) {
            if slot.is_none() && asked.load(Ordering::Relaxed) {
                *slot = Some(Err(late()));
            }
        }
        found
    }
}
