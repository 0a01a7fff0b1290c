//! The daily check: events of AWS are best effort, so guard compares what sends with what the
//! history knows, notifies once of what changed unseen, and writes it down.

use std::time::Duration;

use warden_aws::{CallError, PartitionQuery};
use warden_domain::guard::memory::AccountMemory;
use warden_domain::guard::record::Target;
use warden_domain::journal::{HISTORY, HistoryEntry, HistoryEvent, HistoryTarget};
use warden_domain::notice::{self, FoundSwitch, NoticeContext};
use warden_domain::time::iso_millis;

use crate::engine::history_target;
use crate::guard::Guard;
use crate::lock::held;
use crate::snapshot::StackSnapshot;
use crate::time::now_millis;

/// Sets of one invocation: SES answers one call a second, and suppress has its turns, too.
const SETS: usize = 15;
/// With less time no part of the check begins.
const FOR_PART: Duration = Duration::from_secs(30);
/// Entries of the history that say what is known. What is older leads to another notice.
const HISTORY_READ: usize = 2000;

/// One switch as it is, as the history knows it.
struct Found {
    target: Target,
    sends: bool,
}

impl Guard {
    /// Goes on with the check of today, if there is one to do and time for it.
    ///
    /// # Errors
    /// [`CallError`]. The next scheduled invocation does the same part again.
    pub(crate) async fn sweep(&self, snapshot: &StackSnapshot) -> Result<(), CallError> {
        let now = now_millis();
        let memory = held(&snapshot.memory).clone();
        if !memory.is_to_sweep(now) || snapshot.deadline.remaining() < FOR_PART {
            return Ok(());
        }
        let begin = |next: &mut AccountMemory| {
            (next.swept_at, next.sweep_from) = (now, Some(String::new()));
        };
        if memory.sweep_from.is_none() && !self.remember(snapshot, begin).await? {
            return Ok(());
        }
        let memory = held(&snapshot.memory).clone();
        let from = memory.sweep_from.unwrap_or_default();
        let (found, next) = self.part_of_sweep(&from).await?;
        let changed = self.changed(found).await?;
        if !changed.is_empty() {
            self.notify_changes(
                changed,
                &format!("{}/{from}", iso_millis(memory.swept_at)),
                snapshot,
            )
            .await?;
        }
        let done = |memory: &mut AccountMemory| {
            (memory.sweep_from, memory.notifying_sweep) = (next, false);
        };
        self.remember(snapshot, done).await.map(|_| ())
    }

    /// The switches of one part, and where the next one begins. The first part has the account and
    /// the tenants, too.
    async fn part_of_sweep(&self, from: &str) -> Result<(Vec<Found>, Option<String>), CallError> {
        let mut found = Vec::new();
        if from.is_empty() {
            let sends = self.clients.switch.account().await?.sending_enabled;
            found.push(Found { target: Target::Account, sends });
            let disabled = self.clients.switch.disabled_tenants().await?;
            let known = self.last_entries().await?.into_iter();
            let tenants = known.filter_map(|entry| match entry.target {
                HistoryTarget::Tenant(arn) => Some(arn),
                HistoryTarget::Account
                | HistoryTarget::ConfigurationSet(_)
                | HistoryTarget::Address(_) => None,
            });
            let sending = tenants.filter(|arn| !disabled.contains(arn)).collect::<Vec<_>>();
            let tenant = |sends| move |arn| Found { target: Target::Tenant(arn), sends };
            found.extend(disabled.into_iter().map(tenant(false)));
            found.extend(sending.into_iter().map(tenant(true)));
        }
        let sets = self.clients.switch.configuration_sets().await?;
        let mut rest = sets.into_iter().skip_while(|name| name.as_str() < from);
        for name in rest.by_ref().take(SETS) {
            if let Some(sends) = self.clients.switch.configuration_set(&name).await? {
                found.push(Found { target: Target::Sets(vec![name]), sends });
            }
        }
        Ok((found, rest.next()))
    }

    /// What is in another state than the last entry of the history says.
    async fn changed(&self, found: Vec<Found>) -> Result<Vec<Found>, CallError> {
        let known = self.last_entries().await?;
        let is_known = |one: &Found| {
            let target = history_target(&one.target);
            let last = known.iter().find(|entry| entry.target == target);
            last.and_then(|entry| entry.event.sends()).unwrap_or(true) == one.sends
        };
        Ok(found.into_iter().filter(|one| !is_known(one)).collect())
    }

    async fn notify_changes(
        &self,
        changed: Vec<Found>,
        part: &str,
        snapshot: &StackSnapshot,
    ) -> Result<(), CallError> {
        let now = now_millis();
        let mut actors = Vec::new();
        for one in &changed {
            actors.push(self.who(&one.target, one.sends, now - 2 * 86_400_000, snapshot).await);
        }
        let repeats = held(&snapshot.memory).notifying_sweep;
        if !repeats && !self.remember(snapshot, |next| next.notifying_sweep = true).await? {
            return Ok(());
        }
        let switches: Vec<FoundSwitch> = changed
            .iter()
            .zip(&actors)
            .map(|(one, actor)| FoundSwitch {
                target: one.target.clone(),
                sends: one.sends,
                by: actor.identity().to_owned(),
            })
            .collect();
        let (place, at) = (self.place(), notice::at(now));
        let context = NoticeContext { place: place.as_ref(), at: &at, repeats };
        self.publish(&notice::found_switched(&switches, part, context)).await?;
        for (one, actor) in changed.into_iter().zip(actors) {
            let event =
                if one.sends { HistoryEvent::FoundResumed } else { HistoryEvent::FoundPaused };
            let entry = HistoryEntry {
                at_millis: now,
                id: format!("sweep/{}", one.target.keys().concat()),
                event,
                target: history_target(&one.target),
                actor,
                reason: "found by the daily check".to_owned(),
                numbers: Default::default(),
                incident: String::new(),
            };
            self.clients.journal.put_new(&entry.item()).await?;
        }
        Ok(())
    }

    /// The last entry about sending of each target, the latest first.
    pub(crate) async fn last_entries(&self) -> Result<Vec<HistoryEntry>, CallError> {
        let newest = PartitionQuery { newest_first: true, at_most: Some(HISTORY_READ), from: None };
        let items = self.clients.journal.partition(HISTORY, newest).await?;
        let mut last: Vec<HistoryEntry> = Vec::new();
        for entry in items.iter().filter_map(HistoryEntry::from_item) {
            let is_new = last.iter().all(|known| known.target != entry.target);
            if is_new && entry.event.sends().is_some() {
                last.push(entry);
            }
        }
        Ok(last)
    }
}
