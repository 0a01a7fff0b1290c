//! The verdicts that earlier bounces of an address decide.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt};
use tracing::{error, warn};
use warden_aws::{CallError, PartitionQuery};
use warden_domain::address::EmailAddress;
use warden_domain::journal::{DecisionRecord, JournalKey, OpenCount, Refusal};
use warden_domain::suppression::{
    PastStrike, StrikeKind, StrikePolicy, SuppressionVerdict, is_domain_out, judge_strike,
};
use warden_lambda::{Deadline, now_seconds};

use super::{DecisionJournal, SIDE_BY_SIDE};
use crate::counts::Counts;
use crate::decide::DecidedEvent;

/// Earlier decisions that are read of one address, the latest first.
const MOST_PAST: usize = 200;
/// Refusals that are read to find out whether a domain is out.
const MOST_REFUSALS: usize = 100;

/// A judgement that earlier bounces decide.
pub(super) struct Strike {
    place: (usize, EmailAddress),
    pub(super) kind: StrikeKind,
    /// The verdict without the journal.
    alone: SuppressionVerdict,
    pub(super) record: DecisionRecord,
    recipient_domain: String,
}

/// Verdicts by the place of the event in the batch and the address.
pub(super) type Verdicts = BTreeMap<(usize, EmailAddress), SuppressionVerdict>;

impl DecisionJournal {
    /// The strikes of a batch that the journal decides.
    pub(super) fn strikes(&self, decided: &[DecidedEvent], key: &JournalKey) -> Vec<Strike> {
        let mut strikes = Vec::new();
        for DecidedEvent { index, event, decision, .. } in decided {
            for judgement in &decision.judgements {
                let (Some(kind), Some(address)) = (judgement.strike, &judgement.address) else {
                    continue;
                };
                let record = DecisionRecord::of(event, judgement, key.address_id(address));
                if let Some(record) = record
                    && self.settings.strikes.asks_journal(kind)
                {
                    strikes.push(Strike {
                        place: (*index, address.clone()),
                        kind,
                        alone: judgement.verdict,
                        record,
                        recipient_domain: key.domain_id(address.domain()),
                    });
                }
            }
        }
        strikes
    }

    /// The verdict on each strike that the journal answered about.
    pub(super) async fn verdicts(
        &self,
        strikes: &[Strike],
        key: &JournalKey,
        share: Deadline,
        counts: &Counts,
    ) -> Verdicts {
        if strikes.is_empty() {
            return Verdicts::new();
        }
        // All refusals of the batch first: each shows the others whether a domain is out.
        let note = |n: usize| async move {
            match strikes.get(n) {
                Some(strike) => {
                    let noted = self.note_open_count(strike).await;
                    self.note_refusal(strike).await.and(noted)
                }
                None => Ok(false),
            }
        };
        let notes = stream::iter(0..strikes.len()).map(note).buffer_unordered(SIDE_BY_SIDE);
        let failure = match share.within(notes.collect::<Vec<_>>()).await {
            Some(results) => results.into_iter().find_map(Result::err).map(|e| e.to_string()),
            None => {
                self.back_off();
                Some("no answer in time".to_owned())
            }
        };
        if let Some(reason) = failure {
            warn!(
                error = reason,
                "the journal took not every refusal: it may not see that a recipient domain is out"
            );
        }
        let ask = |n: usize| async move {
            let strike = strikes.get(n)?;
            let verdict = share.within(self.verdict(strike, strikes, key, counts)).await;
            Some((strike.place.clone(), verdict))
        };
        let answers = stream::iter(0..strikes.len()).map(ask).buffer_unordered(SIDE_BY_SIDE);
        let answers: Vec<_> = answers.filter_map(std::future::ready).collect().await;
        let mut verdicts = Verdicts::new();
        let (mut unanswered, mut reason) = (0, "no answer in time".to_owned());
        for (place, answer) in answers {
            match answer {
                Some(Ok(verdict)) => {
                    verdicts.insert(place, verdict);
                }
                Some(Err(error)) => {
                    unanswered += 1;
                    reason = error.to_string();
                }
                None => unanswered += 1,
            }
        }
        if unanswered > 0 {
            counts.journal_failed(unanswered);
            error!(
                recipients = unanswered,
                error = reason,
                table = self.settings.table,
                "the journal was asked about the earlier bounces of {unanswered} addresses and did \
                 not answer: those of unknown text are kept"
            );
        }
        verdicts
    }

    async fn note_refusal(&self, strike: &Strike) -> Result<bool, CallError> {
        let Some(at) = strike.record.at_seconds else { return Ok(false) };
        let refusal = Refusal {
            recipient_domain: strike.recipient_domain.clone(),
            text_id: strike.record.text_id.clone(),
            at_seconds: at,
            address: strike.record.address.clone(),
        };
        self.table.put_new(&refusal.item(now_seconds())).await
    }

    async fn verdict(
        &self,
        strike: &Strike,
        batch: &[Strike],
        key: &JournalKey,
        counts: &Counts,
    ) -> Result<SuppressionVerdict, CallError> {
        let policy: &StrikePolicy = &self.settings.strikes;
        let past = self.past(strike, batch).await?;
        let at = strike.record.at_seconds;
        let judge = |past: &[(PastStrike, String)], is_out: bool| {
            let past: Vec<PastStrike> = past.iter().map(|(past, _)| *past).collect();
            judge_strike((strike.kind, strike.alone), at, &past, is_out, policy)
        };
        let verdict = judge(&past, false);
        let (SuppressionVerdict::Suppress(_), Some(at)) = (verdict, at) else { return Ok(verdict) };
        // It would be suppressed: was it this address that failed, now and before?
        let domain = key.domain_id(strike.place.1.domain());
        if self.is_domain_out(&domain, &strike.record.text_id, at).await? {
            counts.strikes_held();
            return Ok(judge(&past, true));
        }
        let mut looked_at = Vec::with_capacity(past.len());
        for (mut earlier, text_id) in past {
            earlier.counts = !self.is_domain_out(&domain, &text_id, earlier.at_seconds).await?;
            looked_at.push((earlier, text_id));
            if matches!(judge(&looked_at, false), SuppressionVerdict::Suppress(_)) {
                return Ok(judge(&looked_at, false));
            }
        }
        counts.strikes_held();
        Ok(judge(&looked_at, false))
    }

    /// Earlier strikes of the address, in the table and in the batch, with the hash of their texts.
    async fn past(
        &self,
        strike: &Strike,
        batch: &[Strike],
    ) -> Result<Vec<(PastStrike, String)>, CallError> {
        let address = &strike.record.address;
        let this = strike.record.key();
        let query =
            PartitionQuery { newest_first: true, at_most: Some(MOST_PAST), ..Default::default() };
        let items = self.table.partition(&address.partition(), query).await?;
        let stored = items
            .iter()
            .filter(|item| item.key != this)
            .filter_map(|item| DecisionRecord::from_item(address, item));
        let beside = batch
            .iter()
            .filter(|other| other.record.address == *address && other.record.key() != this)
            .map(|other| other.record.clone());
        let delivered = items.iter().find_map(OpenCount::from_item).unwrap_or_default();
        let mut keys = BTreeSet::new();
        Ok(stored
            .chain(beside)
            .filter(|record| keys.insert(record.key()))
            .filter_map(|record| {
                let (kind, at_seconds) = (record.strike?, record.at_seconds?);
                if kind == StrikeKind::Soft && !delivered.counts(at_seconds) {
                    return None;
                }
                Some((PastStrike { kind, at_seconds, counts: true }, record.text_id))
            })
            .collect())
    }

    async fn is_domain_out(
        &self,
        recipient_domain: &str,
        text_id: &str,
        at_seconds: i64,
    ) -> Result<bool, CallError> {
        let partition = Refusal::partition(recipient_domain, text_id);
        let from = Refusal::earliest(at_seconds);
        let query = PartitionQuery {
            from: Some(&from),
            at_most: Some(MOST_REFUSALS),
            ..PartitionQuery::default()
        };
        let items = self.table.partition(&partition, query).await?;
        let refusals =
            items.iter().filter_map(|item| Some((item.number("at")?, item.text("address_id")?)));
        Ok(is_domain_out(at_seconds, refusals))
    }
}
