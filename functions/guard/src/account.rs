//! What AWS did to the account, and what people did during an incident: one notice each.

use tracing::info;
use warden_aws::CallError;
use warden_domain::guard::account::{AwsMessage, AwsMessageKind};
use warden_domain::guard::enforcement::transition;
use warden_domain::guard::memory::AccountMemory;
use warden_domain::guard::sweep::FoundSwitch;
use warden_domain::journal::Actor;
use warden_domain::notice;
use warden_domain::time::epoch_millis;

use crate::guard::Guard;
use crate::snapshot::StackSnapshot;
use crate::time::now_millis;

/// A call of a switch and the entry about it are at most so far apart, in milliseconds.
const SAME_CALL: i64 = 30 * 60_000;

impl Guard {
    /// Notifies of a new verdict of AWS's, and of the message that this invocation brought.
    pub(crate) async fn account_news(&self, snapshot: &mut StackSnapshot) -> Result<(), CallError> {
        let verdict = self.verdict(snapshot).await;
        let message = match snapshot.message.clone() {
            Some(message) => self.message(snapshot, &message).await,
            None => Ok(()),
        };
        verdict.and(message)
    }

    /// Changes what guard remembers; false where another guard did meanwhile, which goes on then.
    pub(crate) async fn remember(
        &self,
        snapshot: &mut StackSnapshot,
        change: impl FnOnce(&mut AccountMemory),
    ) -> Result<bool, CallError> {
        let mut next = snapshot.memory.clone();
        change(&mut next);
        let is_put = self.clients.journal.put_version(&next.item(), next.expected()).await?;
        if is_put {
            next.version += 1;
            snapshot.memory = next;
        }
        Ok(is_put)
    }

    async fn verdict(&self, snapshot: &mut StackSnapshot) -> Result<(), CallError> {
        // What SES did not say in time, the next invocation reads.
        let Some(account) = snapshot.reads.known_account().cloned() else { return Ok(()) };
        let status = account.enforcement_status;
        let known = snapshot.memory.verdict.as_ref();
        let known = known.map(|(status, since)| (status, since.as_str()));
        let Some(change) = transition(known, &status) else { return Ok(()) };
        let at = notice::at(now_millis());
        let repeats = snapshot.memory.notifying_verdict == status.name();
        let begin =
            |next: &mut AccountMemory| status.name().clone_into(&mut next.notifying_verdict);
        if !repeats && !self.remember(snapshot, begin).await? {
            return Ok(());
        }
        let context = self.context(&at, repeats);
        self.publish(&notice::enforcement(&change, account.sending_enabled, context)).await?;
        let done = |next: &mut AccountMemory| {
            next.notifying_verdict.clear();
            next.verdict = Some((status, at.clone()));
        };
        self.remember(snapshot, done).await.map(|_| ())
    }

    async fn message(
        &self,
        snapshot: &mut StackSnapshot,
        message: &AwsMessage,
    ) -> Result<(), CallError> {
        if snapshot.memory.knows(&message.id) {
            info!("the operators know this message of AWS already");
            return Ok(());
        }
        let at = notice::at(now_millis());
        let repeats = !message.id.is_empty() && snapshot.memory.notifying_message == message.id;
        let context = self.context(&at, repeats);
        let notice = match message.kind {
            AwsMessageKind::Switched { on } => {
                self.record_switch(message, on, snapshot).await?;
                let critical = snapshot.stack.critical();
                if !on || critical.is_empty() {
                    info!(
                        "somebody changed a sending switch, and no critical alarm is in ALARM: no notice"
                    );
                    return Ok(());
                }
                notice::resumed(message, &critical, context)
            }
            AwsMessageKind::SendingStatus | AwsMessageKind::Advisor => {
                notice::aws_message(message, context)
            }
        };
        let begin = |next: &mut AccountMemory| next.notifying_message.clone_from(&message.id);
        if !repeats && !self.remember(snapshot, begin).await? {
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
        if on && snapshot.stack.is_known_pause(target) {
            return Ok(());
        }
        let at = epoch_millis(&message.time).unwrap_or_else(now_millis);
        let since = at.saturating_sub(SAME_CALL);
        let known = self.clients.journal.history(Some(since), None).await?;
        for part in target.parts() {
            let part = FoundSwitch { target: part, sends: on };
            if !part.is_recorded(&known) {
                let actor = Actor::Person { identity: message.identity.clone() };
                let (id, reason) =
                    (format!("event/{}", message.id), "a call of the sending switch");
                self.clients.journal.record([part.entry(&id, actor, reason, at)]).await?;
            }
        }
        Ok(())
    }
}
