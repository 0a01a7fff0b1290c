//! Deliveries to addresses whose soft bounces are counted: each ends the count.
//!
//! An address with such a count has one item in the journal ([`OpenCount`]), which each of its soft
//! bounces writes. The recipients of delivered mail are looked up by these keys, a hundred in a
//! call, and only a delivery that follows a soft bounce is written.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};
use tracing::{error, info};
use warden_aws::{CallError, Raise};
use warden_domain::event::Detail;
use warden_domain::journal::{BOUNCED_AT, DELIVERED_AT, ItemKey, JournalKey, OpenCount};
use warden_domain::suppression::StrikeKind;
use warden_lambda::{Deadline, now_seconds};

use super::strikes::Strike;
use super::{DecisionJournal, SIDE_BY_SIDE};
use crate::counts::Counts;
use crate::decide::DecidedEvent;

const DAY: i64 = 86_400;

impl DecisionJournal {
    /// Whether deliveries are of use: they end counts, where soft bounces are counted.
    pub(super) fn tracks_deliveries(&self) -> bool {
        self.settings.tracks_deliveries && self.settings.strikes.asks_journal(StrikeKind::Soft)
    }

    /// Recipients of delivered mail that the journal would have been asked about.
    pub(super) fn delivered_recipients(&self, decided: &[DecidedEvent]) -> usize {
        let tracked = decided.iter().filter(|_| self.tracks_deliveries());
        let deliveries = tracked.filter_map(|decided| {
            let Detail::Delivery(delivery) = &decided.event.detail else { return None };
            Some(delivery)
        });
        deliveries.map(|delivery| delivery.recipients.len()).sum()
    }

    /// Ends the counts of the addresses to which a mail of the batch was delivered.
    pub(super) async fn record_deliveries(
        &self,
        decided: &[DecidedEvent],
        key: &JournalKey,
        share: Deadline,
        counts: &Counts,
    ) {
        let delivered = if self.tracks_deliveries() { delivered(decided, key) } else { return };
        if delivered.is_empty() {
            return;
        }
        let recipients = delivered.len();
        let failure = match share.within(self.end_counts(delivered)).await {
            Some(Ok(0)) => return,
            Some(Ok(ended)) => {
                info!(
                    addresses = ended,
                    "mail was delivered to {ended} addresses that had bounced softly: their soft \
                     bounces so far no longer count"
                );
                return;
            }
            Some(Err(error)) => error.to_string(),
            None => {
                self.back_off();
                "no answer in time".to_owned()
            }
        };
        counts.journal_failed(recipients);
        error!(
            recipients,
            error = failure,
            table = self.settings.table,
            "the journal did not take up deliveries to {recipients} recipients: where one of them \
             had bounced softly, these bounces still count; check the table and the role"
        );
    }

    /// Writes what is news to the open counts, and answers how many ended. `delivered` is the
    /// latest delivery by the key of the count.
    async fn end_counts(&self, delivered: BTreeMap<ItemKey, i64>) -> Result<usize, CallError> {
        let keys: Vec<ItemKey> = delivered.keys().cloned().collect();
        let items = self.table.items(&keys).await?;
        let mut news = Vec::new();
        for item in items {
            let (Some(at), Some(count)) = (delivered.get(&item.key), OpenCount::from_item(&item))
            else {
                continue;
            };
            if count.is_reset_by(*at) {
                news.push((item.key, *at));
            }
        }
        let write = |(key, value): (ItemKey, i64)| async move {
            // The item may have expired meanwhile, and a delivery alone is no count.
            let raise =
                Raise { key: &key, name: DELIVERED_AT, value, with: &[], only_existing: true };
            self.table.raise(raise).await
        };
        let writes = stream::iter(news.into_iter().map(write)).buffer_unordered(SIDE_BY_SIDE);
        let ends: Vec<Result<bool, CallError>> = writes.collect().await;
        let ended: Result<Vec<bool>, CallError> = ends.into_iter().collect();
        Ok(ended?.into_iter().filter(|is_written| *is_written).count())
    }

    /// Notes that the soft bounces of an address are counted, so that a delivery can end it.
    pub(super) async fn note_open_count(&self, strike: &Strike) -> Result<bool, CallError> {
        let (true, StrikeKind::Soft) = (self.tracks_deliveries(), strike.kind) else {
            return Ok(false);
        };
        let Some(at) = strike.record.at_seconds else { return Ok(false) };
        let days = self.settings.strikes.soft.map_or(0, |soft| soft.within_days);
        let expires_at = at.max(now_seconds()).saturating_add(days.saturating_mul(DAY));
        let key = OpenCount::key(&strike.record.address);
        let with = OpenCount::with_bounce(expires_at);
        let raise =
            Raise { key: &key, name: BOUNCED_AT, value: at, with: &with, only_existing: false };
        self.table.raise(raise).await
    }
}

/// The latest delivery of a batch to each address, in seconds since 1970.
fn delivered(decided: &[DecidedEvent], key: &JournalKey) -> BTreeMap<ItemKey, i64> {
    let mut latest = BTreeMap::new();
    for DecidedEvent { event, .. } in decided {
        let (Detail::Delivery(delivery), Some(at)) = (&event.detail, event.at_seconds) else {
            continue;
        };
        for address in delivery.recipients.iter().filter_map(|recipient| recipient.parse().ok()) {
            let known = latest.entry(OpenCount::key(&key.address_id(&address))).or_insert(at);
            *known = at.max(*known);
        }
    }
    latest
}
