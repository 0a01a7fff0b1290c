//! Removes entries that the rules allow to remove: a few one by one, many by an import job.

use std::collections::{BTreeMap, BTreeSet};

use tracing::warn;
use warden_aws::CallError;
use warden_domain::address::RawAddress;
use warden_domain::imports::{ImportEvent, ImportState, JobAction, LARGEST_DELETE_JOB};
use warden_domain::rescue::{Proof, RescueRecord, proof};
use warden_domain::suppression::List;

use super::Rescue;
use super::records::{log_kept, log_removed};
use crate::staging::RescuePlace;

impl Rescue<'_, '_> {
    /// Reads each entry and deletes it if the proof holds.
    pub(super) async fn remove_singly(
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
                    self.resolved.insert(*index);
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
                    self.resolved.insert(*index);
                    self.run.counts.rescued(1);
                    log_removed(&record);
                }
                Proof::NotListed if !is_begun && record.may_still_be_listed(self.now) => {}
                why @ (Proof::NotListed | Proof::Complaint | Proof::OtherMail | Proof::Older) => {
                    self.resolved.insert(*index);
                    if !is_begun {
                        log_kept(&record, why.code());
                    }
                }
            }
        }
        Ok(())
    }

    /// Finds the entries by listing, and has an import job delete them.
    pub(super) async fn remove_by_job(
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
                    self.resolved.insert(index);
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
}
