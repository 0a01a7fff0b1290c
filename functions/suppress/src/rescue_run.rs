//! Takes addresses off SES's own list that SES listed for a bounce which was the sender's
//! fault. The rules are in `warden_domain::rescue`.
//!
//! What the rules would ask the journal for, records in the bucket stand in for: the queue
//! itself for whether a cause is quiet, `decided/` for other bounces and complaints of an
//! address, `rescued/` for what was let back in the last 30 days, and SES's own switches of
//! the account and its configuration sets for open incidents.

mod records;
mod removal;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use tracing::info;
use warden_aws::CallError;
use warden_domain::imports::ImportState;
use warden_domain::rescue::{
    OtherDecisions, RescueConditions, RescueRecord, RescueStep, WaitReason, triage,
};
use warden_lambda::now_millis;

use crate::files::SIDE_BY_SIDE;
use crate::import_run::ImportRun;
use crate::staging::written_at;
use records::{decisions, log_kept, read_records};

const DAY_MS: i64 = 24 * 3_600_000;
/// As many files of the queue as are listed at once; beyond it there may be newer ones.
const FILES_LISTED: usize = 5_000;
/// Most records to check in one run; the rest wait.
const RECORDS_AT_MOST: usize = 50_000;

/// The records of a run, and which of them are resolved.
struct Rescue<'r, 'a> {
    run: &'r ImportRun<'a>,
    now: i64,
    /// Each record with the number of its file.
    records: Vec<(usize, RescueRecord)>,
    resolved: BTreeSet<usize>,
    conditions: RescueConditions,
    /// So many addresses may still be let back today.
    left: usize,
}

/// Takes off the list what may be taken off now. The lease of the imports is held, so
/// nothing is imported meanwhile.
pub(crate) async fn rescue(
    run: &ImportRun<'_>,
    state: &mut ImportState,
    keys: Vec<String>,
) -> Result<(), CallError> {
    match state {
        ImportState::Idle | ImportState::Submitting { .. } => {}
        // A job at work may put or remove the same addresses.
        ImportState::Listing { .. }
        | ImportState::Running { .. }
        | ImportState::BackingOff { .. } => return Ok(()),
    }
    let settings = &run.function.settings;
    if !settings.is_account_sending().await || settings.is_in_sandbox().await {
        info!(
            "addresses to remove from the suppression list wait: the account's sending is paused, or \
             it is in the sandbox"
        );
        return Ok(());
    }
    let mut rescue = Rescue::load(run, &keys).await?;
    let due = rescue.due().await;
    // What was taken off the queue before an error is taken off all the same.
    let end = match due.len() {
        0 => Ok(()),
        n if n <= run.function.threshold => rescue.remove_singly(state, &due).await,
        _ => rescue.remove_by_job(state, &due).await,
    };
    rescue.save(&keys).await?;
    end
}

impl<'r, 'a> Rescue<'r, 'a> {
    async fn load(run: &'r ImportRun<'a>, keys: &[String]) -> Result<Self, CallError> {
        let now = now_millis();
        let mut records: Vec<(usize, RescueRecord)> = Vec::new();
        let mut read = 0;
        for chunk in keys.chunks(SIDE_BY_SIDE) {
            if records.len() >= RECORDS_AT_MOST {
                break;
            }
            let files = try_join_all(chunk.iter().map(|key| read_records(run, key))).await?;
            for file in files {
                records.extend(file.into_iter().map(|record| (read, record)));
                read += 1;
            }
        }
        let newest_unread = keys.get(read..).unwrap_or_default().last();
        let newest_unread = newest_unread.map(|key| written_at(key).unwrap_or(now));
        let rescue = &run.function.rescue;
        let mut conditions = RescueConditions {
            now,
            quiet_ms: rescue.quiet_hours.saturating_mul(3_600_000),
            newest_unread: if keys.len() >= FILES_LISTED { Some(now) } else { newest_unread },
            paused_sets: BTreeSet::new(),
            decisions: OtherDecisions::default(),
        };
        let all: Vec<RescueRecord> = records.iter().map(|(_, record)| record.clone()).collect();
        if triage(&all, &conditions).contains(&RescueStep::Due) {
            // These files are many, and of use only where something is due.
            conditions.decisions = decisions(run, now, conditions.quiet_ms).await?;
        }
        let left = rescue.at_most.saturating_sub(conditions.decisions.rescued_today());
        Ok(Self { run, now, records, resolved: BTreeSet::new(), left, conditions })
    }

    /// Returns the records that may be checked now.
    async fn due(&mut self) -> Vec<usize> {
        let mut records: Vec<RescueRecord> =
            self.records.iter().map(|(_, record)| record.clone()).collect();
        let steps = triage(&records, &self.conditions);
        // Configuration sets are asked about only where something is due.
        let sets: BTreeSet<String> = records
            .iter_mut()
            .zip(&steps)
            .filter(|(_, step)| **step == RescueStep::Due)
            .filter_map(|(record, _)| record.configuration_set.clone())
            .collect();
        for set in sets {
            let has_time = self.run.region.has_time(self.run.time);
            if !has_time || !self.run.function.settings.is_sending(&set).await {
                self.conditions.paused_sets.insert(set);
            }
        }
        let steps = triage(&records, &self.conditions);
        let mut waits: BTreeMap<WaitReason, usize> = BTreeMap::new();
        let mut due = Vec::new();
        for (index, (record, step)) in records.iter().zip(steps).enumerate() {
            match step {
                RescueStep::Due => due.push(index),
                RescueStep::Wait(reason) => *waits.entry(reason).or_default() += 1,
                RescueStep::Drop(reason) => {
                    self.resolved.insert(index);
                    log_kept(record, reason.code());
                }
            }
        }
        for (reason, addresses) in waits {
            let why = match reason {
                WaitReason::CauseNotQuiet => "their domain had such a bounce recently",
                WaitReason::Paused => "sending of their configuration set is paused",
            };
            info!(
                addresses,
                "{addresses} addresses to remove from the suppression list wait: {why}"
            );
        }
        due
    }

    /// Removes resolved records from the queue.
    async fn save(&self, keys: &[String]) -> Result<(), CallError> {
        for (number, key) in keys.iter().enumerate() {
            let of_file = self.records.iter().enumerate().filter(|(_, (file, _))| *file == number);
            let (mut left, mut is_changed) = (Vec::new(), false);
            for (index, (_, record)) in of_file {
                if self.resolved.contains(&index) {
                    is_changed = true;
                } else {
                    left.push(record);
                }
            }
            if is_changed {
                self.run.staging.replace_rescue(key, &left).await?;
            }
        }
        Ok(())
    }

    fn record(&self, index: usize) -> Option<&RescueRecord> {
        self.records.get(index).map(|(_, record)| record)
    }
}
