//! What was decided about an address before, and the record of what is decided now.
//!
//! **Invariant:** a journal that is down or slow costs history, second strikes and the check for
//! complaints of the same moment, and nothing else. What rules and the second reader know is decided
//! without it, and it gets a quarter of the time at most.

mod complaints;
mod deliveries;
mod strikes;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tracing::error;
use warden_aws::{Connection, Journal, journal_key};
use warden_domain::address::EmailAddress;
use warden_domain::journal::{AddressId, DecisionRecord, JournalKey};
use warden_domain::outcome::Ignored;
use warden_domain::suppression::{StrikeKind, SuppressionVerdict};
use warden_lambda::{Deadline, Parts, now_seconds};

use crate::counts::Counts;
use crate::decide::DecidedEvent;
use crate::settings::JournalSettings;
use strikes::Verdicts;

/// Calls under way at the same time: a batch of 500 takes a fraction of a second, and a table that
/// throttles is not asked by all of them.
const SIDE_BY_SIDE: usize = 32;
/// Longest time for the journal in one invocation.
const LONGEST: Duration = Duration::from_secs(20);
/// How long it is not asked after a batch that it answered nothing of.
const BACK_OFF: Duration = Duration::from_secs(30);

/// The journal, as suppress uses it.
#[derive(Debug)]
pub(crate) struct DecisionJournal {
    connection: Connection,
    settings: JournalSettings,
    table: Journal,
    key: OnceCell<JournalKey>,
    backs_off_until: Mutex<Option<Instant>>,
}

impl DecisionJournal {
    pub(crate) fn new(connection: &Connection, settings: JournalSettings) -> Self {
        Self {
            connection: connection.clone(),
            table: Journal::new(connection, settings.table.clone()),
            settings,
            key: OnceCell::new(),
            backs_off_until: Mutex::default(),
        }
    }

    /// The id of an address, once the key was read.
    pub(crate) fn id(&self, address: &EmailAddress) -> Option<AddressId> {
        Some(self.key.get()?.address_id(address))
    }

    /// Decides the strikes of a batch by what was decided before, and records every decision.
    pub(crate) async fn judge_strikes_and_record(
        &self,
        decided: Vec<DecidedEvent>,
        time: Parts,
        counts: &Counts,
    ) -> Vec<DecidedEvent> {
        let share = Deadline::after((time.last_start.remaining() / 4).min(LONGEST));
        let key = match self.key(share).await {
            Ok(key) => key,
            Err(reason) => {
                let judged: usize = decided.iter().map(|d| d.decision.judgements.len()).sum();
                let recipients = judged + self.delivered_recipients(&decided);
                if recipients > 0 {
                    self.report_unavailable(recipients, &reason, counts);
                }
                return self.apply_verdicts(decided, &Verdicts::new());
            }
        };
        self.record_deliveries(&decided, key, share, counts).await;
        let strikes = self.strikes(&decided, key);
        let verdicts = self.verdicts(&strikes, key, share, counts).await;
        let decided = self.apply_verdicts(decided, &verdicts);
        self.record(&decided, key, share, counts).await;
        decided
    }

    async fn key(&self, share: Deadline) -> Result<&JournalKey, String> {
        if self.is_backing_off() {
            return Err("it did not answer a moment ago".to_owned());
        }
        let read =
            self.key.get_or_try_init(|| journal_key(&self.connection, &self.settings.secret));
        match share.within(read).await {
            Some(Ok(key)) => Ok(key),
            Some(Err(error)) => {
                self.back_off();
                Err(error.to_string())
            }
            None => {
                self.back_off();
                Err("no answer in time".to_owned())
            }
        }
    }

    fn is_backing_off(&self) -> bool {
        let until = *self.backs_off_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn back_off(&self) {
        *self.backs_off_until.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Instant::now() + BACK_OFF);
    }

    fn report_unavailable(&self, recipients: usize, reason: &str, counts: &Counts) {
        counts.journal_failed(recipients);
        error!(
            recipients,
            error = reason,
            table = self.settings.table,
            "the journal does not answer: {recipients} recipients have no record, and bounces of \
             unknown text are kept; check the table, the secret and the role"
        );
    }

    /// Each strike gets the verdict found for it; one that the journal had to decide and did not is
    /// kept.
    fn apply_verdicts(&self, decided: Vec<DecidedEvent>, verdicts: &Verdicts) -> Vec<DecidedEvent> {
        let judged = decided.into_iter().map(|mut event| {
            let index = event.index;
            event.decision = event.decision.with_strike_verdicts(|judgement, kind| {
                let found = judgement
                    .address
                    .clone()
                    .and_then(|address| verdicts.get(&(index, address)).copied());
                match (found, kind) {
                    (Some(verdict), _) => verdict,
                    (None, StrikeKind::Permanent)
                        if self.settings.strikes.asks_journal(StrikeKind::Permanent) =>
                    {
                        SuppressionVerdict::Spare(Ignored::JournalUnavailable)
                    }
                    (None, StrikeKind::Permanent | StrikeKind::Soft) => judgement.verdict,
                }
            });
            event
        });
        judged.collect()
    }

    /// Writes a record for each recipient, where none is there yet.
    async fn record(
        &self,
        decided: &[DecidedEvent],
        key: &JournalKey,
        share: Deadline,
        counts: &Counts,
    ) {
        let expires_at = now_seconds() + self.settings.keep_days * 86_400;
        let mut items = Vec::new();
        for DecidedEvent { event, decision, .. } in decided {
            for judgement in &decision.judgements {
                let Some(address) = &judgement.address else { continue };
                let record = DecisionRecord::of(event, judgement, key.address_id(address));
                items.extend(record.map(|record| record.item(expires_at)));
            }
        }
        let all = items.len();
        let (mut written, mut reason) = (0, "no answer in time".to_owned());
        let mut puts = stream::iter(items)
            .map(|item| async move { self.table.put_new(&item).await })
            .buffer_unordered(SIDE_BY_SIDE);
        while let Some(Some(end)) = share.within(puts.next()).await {
            match end {
                Ok(_) => written += 1,
                Err(error) => reason = error.to_string(),
            }
        }
        if written < all {
            let missing = all - written;
            counts.journal_failed(missing);
            if written == 0 {
                self.back_off();
            }
            error!(
                recipients = missing,
                error = reason,
                table = self.settings.table,
                "the decisions about {missing} of {all} recipients are not in the journal; they are \
                 carried out all the same"
            );
        }
    }
}
