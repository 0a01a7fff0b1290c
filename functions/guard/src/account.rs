//! What AWS did to the account, and what people did during an incident: one notice each.

use tracing::info;
use warden_aws::{CallError, PartitionQuery};
use warden_domain::guard::account::{AwsMessage, AwsMessageKind};
use warden_domain::guard::enforcement::transition;
use warden_domain::guard::incident::Incident;
use warden_domain::guard::memory::AccountMemory;
use warden_domain::journal::{Actor, HISTORY, HistoryEntry, HistoryEvent};
use warden_domain::notice::{self, NoticeContext};
use warden_domain::time::epoch_millis;

use crate::engine::history_target;
use crate::guard::Guard;
use crate::lock::held;
use crate::snapshot::StackSnapshot;
use crate::time::now_millis;

/// A call of a switch and the entry about it are at most so far apart, in milliseconds.
const SAME_CALL: i64 = 30 * 60_000;

impl Guard {
    /// Notifies of a new verdict of AWS's, and of the message that this invocation brought.
    pub(crate) async fn account_news(&self, snapshot: &StackSnapshot) -> Result<(), CallError> {
        let verdict = self.verdict(snapshot).await;
        let message = match &snapshot.message {
            Some(message) => self.message(snapshot, message).await,
            None => Ok(()),
        };
        verdict.and(message)
    }

    /// Changes what guard remembers; false where another guard did meanwhile, which goes on then.
    pub(crate) async fn remember(
        &self,
        snapshot: &StackSnapshot,
        change: impl FnOnce(&mut AccountMemory),
    ) -> Result<bool, CallError> {
        let mut next = held(&snapshot.memory).clone();
        change(&mut next);
        let is_put = self.clients.journal.put_version(&next.item(), next.expected()).await?;
        if is_put {
            next.version += 1;
            *held(&snapshot.memory) = next;
        }
        Ok(is_put)
    }

    async fn verdict(&self, snapshot: &StackSnapshot) -> Result<(), CallError> {
        // What SES did not say in time, the next invocation reads.
        let Some(account) = snapshot.known_account() else { return Ok(()) };
        let memory = held(&snapshot.memory).clone();
        let known = memory.verdict.as_ref().map(|(status, since)| (status, since.as_str()));
        let Some(change) = transition(known, &account.enforcement_status) else { return Ok(()) };
        let (place, at, word) = (self.place(), notice::at(now_millis()), change.to.name());
        let repeats = memory.notifying_verdict == word;
        let context = NoticeContext { place: place.as_ref(), at: &at, repeats };
        if !repeats
            && !self.remember(snapshot, |next| word.clone_into(&mut next.notifying_verdict)).await?
        {
            return Ok(());
        }
        self.publish(&notice::enforcement(&change, account.sending_enabled, context)).await?;
        let done = |next: &mut AccountMemory| {
            next.notifying_verdict.clear();
            next.verdict = Some((account.enforcement_status.clone(), at.clone()));
        };
        self.remember(snapshot, done).await.map(|_| ())
    }

    async fn message(
        &self,
        snapshot: &StackSnapshot,
        message: &AwsMessage,
    ) -> Result<(), CallError> {
        let memory = held(&snapshot.memory).clone();
        if memory.knows(&message.id) {
            info!("the operators know this message of AWS already");
            return Ok(());
        }
        let (place, at) = (self.place(), notice::at(now_millis()));
        let repeats = !message.id.is_empty() && memory.notifying_message == message.id;
        let context = NoticeContext { place: place.as_ref(), at: &at, repeats };
        let notice = match message.kind {
            AwsMessageKind::Switched { on } => {
                self.record_switch(message, on, snapshot).await?;
                if !on || snapshot.critical.is_empty() {
                    info!(
                        "somebody changed a sending switch, and no critical alarm is in ALARM: no notice"
                    );
                    return Ok(());
                }
                let alarms: Vec<&str> = snapshot.critical.iter().map(String::as_str).collect();
                notice::resumed(message, &alarms, context)
            }
            AwsMessageKind::SendingStatus | AwsMessageKind::Advisor => {
                notice::aws_message(message, context)
            }
        };
        if !repeats
            && !self
                .remember(snapshot, |next| next.notifying_message.clone_from(&message.id))
                .await?
        {
            return Ok(());
        }
        self.publish(&notice).await?;
        self.remember(snapshot, |next| next.note(&message.id)).await.map(|_| ())
    }

    /// Writes a call of a switch to the history, unless whoever called has written it: guard, or the
    /// operator's command. The end of a pause of guard's is written with its incident.
    async fn record_switch(
        &self,
        message: &AwsMessage,
        on: bool,
        snapshot: &StackSnapshot,
    ) -> Result<(), CallError> {
        let Some(target) = &message.switched else { return Ok(()) };
        let is_ours = |incident: &Incident| {
            let pause = incident.known_pause();
            pause.is_some_and(|(paused, _, is_over)| !is_over && paused.meets(target))
        };
        if on && snapshot.incidents().iter().any(is_ours) {
            return Ok(());
        }
        let at_millis = epoch_millis(&message.time).unwrap_or_else(now_millis);
        let from = HistoryEntry::from_time(at_millis.saturating_sub(SAME_CALL));
        let recent = PartitionQuery { from: Some(&from), ..PartitionQuery::default() };
        let items = self.clients.journal.partition(HISTORY, recent).await?;
        let entries: Vec<HistoryEntry> = items.iter().filter_map(HistoryEntry::from_item).collect();
        let event = if on { HistoryEvent::FoundResumed } else { HistoryEvent::FoundPaused };
        for part in target.parts() {
            let target = history_target(&part);
            let last = entries.iter().rev().find(|entry| entry.target == target);
            if last.is_some_and(|last| last.event.sends() == Some(on)) {
                continue;
            }
            let entry = HistoryEntry {
                at_millis,
                id: format!("event/{}/{}", message.id, part.keys().concat()),
                event,
                target,
                actor: Actor::Person { identity: message.identity.clone() },
                reason: "a call of the sending switch".to_owned(),
                numbers: Default::default(),
                incident: String::new(),
            };
            self.clients.journal.put_new(&entry.item()).await?;
        }
        Ok(())
    }
}
