//! The daily check: events of AWS are best effort, so guard compares what sends with what the
//! history knows, notifies once of what changed unseen, and writes it down.

use std::time::Duration;

use warden_aws::CallError;
use warden_domain::guard::memory::AccountMemory;
use warden_domain::guard::record::Target;
use warden_domain::guard::sweep::{FoundSwitch, tenants};
use warden_domain::notice;
use warden_domain::time::iso_millis;

use crate::guard::Guard;
use crate::snapshot::StackSnapshot;
use crate::time::now_millis;

/// Sets of one invocation: SES answers one call a second, and suppress has its turns, too.
const SETS: usize = 15;
/// With less time no part of the check begins.
const FOR_PART: Duration = Duration::from_secs(30);
/// How far back CloudTrail is asked who used a switch, in milliseconds.
const TWO_DAYS: i64 = 2 * 86_400_000;

type SweepPart = (Vec<FoundSwitch>, Option<Vec<String>>, Option<String>);

impl Guard {
    /// Goes on with the check of today, if there is one to do and time for it.
    ///
    /// # Errors
    /// [`CallError`]. The next scheduled invocation does the same part again.
    pub(crate) async fn sweep(&self, snapshot: &mut StackSnapshot) -> Result<(), CallError> {
        let now = now_millis();
        if !snapshot.memory.is_to_sweep(now) || snapshot.deadline.remaining() < FOR_PART {
            return Ok(());
        }
        let begin = |next: &mut AccountMemory| {
            (next.swept_at, next.sweep_from) = (now, Some(String::new()));
        };
        if snapshot.memory.sweep_from.is_none() && !self.remember(snapshot, begin).await? {
            return Ok(());
        }
        let from = snapshot.memory.sweep_from.clone().unwrap_or_default();
        let (mut found, disabled, next) = self.part_of_sweep(&from).await?;
        // Last: whoever pauses meanwhile by the command writes it down after the switch.
        let history = self.history().await?;
        found.extend(disabled.into_iter().flat_map(|disabled| tenants(disabled, &history)));
        // Who ended a pause of guard's is noted with its incident, by the next invocation at the latest.
        let is_ended_pause =
            |one: &FoundSwitch| one.sends && snapshot.stack.is_known_pause(&one.target);
        found.retain(|one| !one.is_as_known(&history) && !is_ended_pause(one));
        if !found.is_empty() {
            let part = format!("{}/{from}", iso_millis(snapshot.memory.swept_at));
            self.notify_changes(found, &part, snapshot).await?;
        }
        let done = |memory: &mut AccountMemory| {
            (memory.sweep_from, memory.notifying_sweep) = (next, false);
        };
        self.remember(snapshot, done).await.map(|_| ())
    }

    /// The switches of one part, and where the next one begins. The first part has the account,
    /// too, and which tenants do not send.
    async fn part_of_sweep(&self, from: &str) -> Result<SweepPart, CallError> {
        let (switch, mut found, mut disabled) = (&self.clients.switch, Vec::new(), None);
        if from.is_empty() {
            let sends = switch.account().await?.sending_enabled;
            found.push(FoundSwitch { target: Target::Account, sends });
            disabled = Some(switch.disabled_tenants().await?);
        }
        let sets = switch.configuration_sets().await?;
        let mut left = sets.into_iter().skip_while(|name| name.as_str() < from);
        for name in left.by_ref().take(SETS) {
            if let Some(sends) = switch.configuration_set(&name).await? {
                found.push(FoundSwitch { target: Target::Sets(vec![name]), sends });
            }
        }
        Ok((found, disabled, left.next()))
    }

    async fn notify_changes(
        &self,
        found: Vec<FoundSwitch>,
        part: &str,
        snapshot: &mut StackSnapshot,
    ) -> Result<(), CallError> {
        let (now, mut changed) = (now_millis(), Vec::new());
        for one in found {
            let actor = self.who(&one.target, one.sends, now - TWO_DAYS, snapshot).await;
            changed.push((one, actor));
        }
        let repeats = snapshot.memory.notifying_sweep;
        if !repeats && !self.remember(snapshot, |next| next.notifying_sweep = true).await? {
            return Ok(());
        }
        let at = notice::at(now);
        let context = self.context(&at, repeats);
        self.publish(&notice::found_switched(&changed, part, context)).await?;
        let reason = "found by the daily check";
        let entries = changed.into_iter().map(|(one, by)| one.entry("sweep", by, reason, now));
        self.clients.journal.record(entries).await
    }
}
