//! Takes addresses off SES's own list that SES listed for a bounce which was the sender's
//! fault. The rules are in `warden_domain::rescue`.
//!
//! What the rules would ask the journal for, records in the bucket stand in for: the queue
//! itself for whether a cause is quiet, `decided/` for other bounces and complaints of an
//! address, `rescued/` for what was let back in the last 30 days, and SES's own switches of
//! the account and its configuration sets for open incidents.

mod records;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use tracing::{info, warn};
use warden_aws::CallError;
use warden_domain::address::RawAddress;
use warden_domain::imports::{ImportEvent, ImportState, JobAction, LARGEST_DELETE_JOB};
use warden_domain::rescue::{
    Decisions, Proof, RescueConditions, RescueRecord, RescueStep, WaitReason, proof, triage,
};
use warden_domain::suppression::List;
use warden_lambda::now_millis;

use crate::files::SIDE_BY_SIDE;
use crate::import_run::ImportRun;
use crate::staging::{RescuePlace, written_at};
use records::{decisions, log_kept, log_removed, read_records};

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
    settled: BTreeSet<usize>,
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
            decisions: Decisions::default(),
        };
        let all: Vec<RescueRecord> = records.iter().map(|(_, record)| record.clone()).collect();
        if triage(&all, &conditions).contains(&RescueStep::Due) {
            // These files are many, and of use only where something is due.
            conditions.decisions = decisions(run, now, conditions.quiet_ms).await?;
        }
        let left = rescue.at_most.saturating_sub(conditions.decisions.rescued_today());
        Ok(Self { run, now, records, settled: BTreeSet::new(), left, conditions })
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
                    self.settled.insert(index);
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

    /// Reads each entry and deletes it if the proof holds.
    async fn remove_singly(
        &mut self,
        state: &mut ImportState,
        due: &[usize],
    ) -> Result<(), CallError> {
        // A complaint that comes from now on is staged as well as put, and put again.
        self.run.step(state, ImportEvent::Begin).await?;
        let end = self.remove_each(due).await;
        self.run.step(state, ImportEvent::Done).await?;
        end
    }

    async fn remove_each(&mut self, due: &[usize]) -> Result<(), CallError> {
        let tenants: BTreeSet<String> =
            due.iter().filter_map(|index| self.record(*index)?.tenant.clone()).collect();
        let end = self.run.time.last_start.half();
        let lists = self.run.function.settings.lists(&tenants, end).await;
        let list = &self.run.region.list;
        for index in due {
            let Some(record) = self.record(*index).cloned() else { continue };
            let of_tenant = match record.tenant.as_ref().map(|tenant| lists.get(tenant)) {
                None => None,
                Some(Some(Ok(List::Account))) => None,
                Some(Some(Ok(List::Tenant(name)))) => Some(name.as_str()),
                Some(Some(Err(_)) | None) => continue,
            };
            if !self.run.region.has_time(self.run.time) {
                return Ok(());
            }
            let address = record.address.expose();
            let entry = match list.entry(of_tenant, address).await {
                Ok(entry) => entry,
                Err(error) if error.is_verdict() => {
                    // An address with a slash, which SES takes and does not find again.
                    self.settled.insert(*index);
                    log_kept(&record, "unreadable");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let is_begun = self.conditions.decisions.is_begun(&record);
            match proof(&record, entry.as_ref()) {
                Proof::Proven if self.left == 0 && !is_begun => self.warn_of_limit(),
                Proof::Proven => {
                    self.note(&[&record]).await?;
                    list.delete(of_tenant, address).await?;
                    self.settled.insert(*index);
                    self.run.counts.rescued(1);
                    log_removed(&record);
                }
                Proof::NotListed if !is_begun && record.may_still_be_listed(self.now) => {}
                why @ (Proof::NotListed | Proof::Complaint | Proof::OtherMail | Proof::Older) => {
                    self.settled.insert(*index);
                    if !is_begun {
                        log_kept(&record, why.code());
                    }
                }
            }
        }
        Ok(())
    }

    /// Finds the entries by listing, and has an import job delete them.
    async fn remove_by_job(
        &mut self,
        state: &mut ImportState,
        due: &[usize],
    ) -> Result<(), CallError> {
        self.run.step(state, ImportEvent::Begin).await?;
        let proven = match self.find(due).await {
            Ok(proven) => proven,
            Err(error) => {
                self.run.step(state, ImportEvent::Done).await?;
                return Err(error);
            }
        };
        let (mut chosen, mut room) = (Vec::new(), self.left);
        for index in proven {
            let Some(record) = self.record(index).cloned() else { continue };
            let is_begun = self.conditions.decisions.is_begun(&record);
            if chosen.len() >= LARGEST_DELETE_JOB || (room == 0 && !is_begun) {
                continue;
            }
            room = room.saturating_sub(usize::from(!is_begun));
            chosen.push(record);
        }
        if room == 0 {
            self.warn_of_limit();
        }
        if chosen.is_empty() {
            return self.run.step(state, ImportEvent::Done).await;
        }
        self.note(&chosen.iter().collect::<Vec<_>>()).await?;
        let lines: String = chosen
            .iter()
            .map(|record| {
                let address = serde_json::Value::from(record.address.expose());
                format!("{{\"emailAddress\":{address}}}\n")
            })
            .collect();
        let key = self.run.staging.add_deletion(&self.run.region.name, lines).await?;
        if self.run.create(state, &key, chosen.len(), JobAction::Delete).await? {
            chosen.iter().for_each(log_removed);
        }
        Ok(())
    }

    /// The records whose entries are on the list for their bounce, by the time of listing. Records
    /// whose entries do not exist, and will not appear, are resolved.
    async fn find(&mut self, due: &[usize]) -> Result<Vec<usize>, CallError> {
        let mut by_address: BTreeMap<RawAddress, Vec<usize>> = BTreeMap::new();
        let (mut from, mut to) = (i64::MAX, i64::MIN);
        for index in due {
            let Some(record) = self.record(*index) else { continue };
            // Tenants' lists are read one by one, after the storm.
            let (None, Some(sent_at)) = (&record.tenant, record.sent_at) else { continue };
            (from, to) = (from.min(sent_at), to.max(record.at));
            by_address.entry(RawAddress::from(&record.address)).or_default().push(*index);
        }
        let mut proven = Vec::new();
        let mut seen = BTreeSet::new();
        let mut token: Option<String> = None;
        let (from, to) = (from.div_euclid(1000) - 1, to.saturating_add(600_000).div_euclid(1000));
        loop {
            if by_address.is_empty() || !self.run.region.has_time(self.run.time) {
                return Ok(proven);
            }
            let (entries, next) = self.run.region.list.bounces(from, to, token.as_deref()).await?;
            for (address, updated_ms) in entries {
                let Some(indices) = by_address.get(&address) else { continue };
                seen.insert(address);
                let is_proven = |index: &&usize| {
                    self.record(**index).is_some_and(|r| r.is_listed_in_time(updated_ms))
                };
                proven.extend(indices.iter().find(is_proven));
            }
            match next {
                Some(next) if token.as_deref() != Some(next.as_str()) => token = Some(next),
                _ => break,
            }
        }
        for (address, indices) in by_address {
            for index in indices {
                let Some((_, record)) = self.records.get(index) else { continue };
                let is_begun = self.conditions.decisions.is_begun(record);
                let is_there = seen.contains(&address) && proven.contains(&index);
                if !is_there && (is_begun || !record.may_still_be_listed(self.now)) {
                    self.settled.insert(index);
                    if !is_begun {
                        log_kept(record, Proof::NotListed.code());
                    }
                }
            }
        }
        Ok(proven)
    }

    /// Writes down what is about to be removed: for the limit of a day, for once in 30 days,
    /// and so that a person can undo it.
    async fn note(&mut self, records: &[&RescueRecord]) -> Result<(), CallError> {
        let mut lines = String::new();
        for record in records {
            let removed = RescueRecord { removed_at: Some(self.now), ..(*record).clone() };
            if !self.conditions.decisions.is_begun(record) {
                self.left = self.left.saturating_sub(1);
                lines += &removed.line();
            }
            self.conditions.decisions.rescued(&removed, self.now);
        }
        if lines.is_empty() {
            return Ok(());
        }
        let region = &self.run.region.name;
        self.run.staging.add_rescue(region, RescuePlace::Rescued, lines).await
    }

    fn warn_of_limit(&self) {
        warn!(
            addresses = self.run.function.rescue.at_most,
            "no more addresses are removed from the suppression list today: the daily limit is \
             reached. Check whether the sender really caused these bounces, then use ses-warden \
             rescue or raise RescueAtMost"
        );
    }

    /// Removes resolved records from the queue.
    async fn save(&self, keys: &[String]) -> Result<(), CallError> {
        for (number, key) in keys.iter().enumerate() {
            let of_file = self.records.iter().enumerate().filter(|(_, (file, _))| *file == number);
            let (mut left, mut is_changed) = (Vec::new(), false);
            for (index, (_, record)) in of_file {
                if self.settled.contains(&index) {
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
