//! The notices of an incident, and of a journal that fails.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::{error, info, warn};
use warden_aws::CallError;
use warden_domain::guard::AlarmDecision;
use warden_domain::guard::incident::{Incident, Phase};
use warden_domain::guard::sweep::FoundSwitch;
use warden_domain::journal::{Actor, HistoryEntry, HistoryEvent};
use warden_domain::notice::{
    self, AlarmFacts, Facts, LastHour, MissingPart, Notice, NoticeContext, Resumed, paused_by,
};

use crate::guard::Guard;
use crate::snapshot::StackSnapshot;
use crate::time::now_millis;

/// Longest time for what a notice shows beside the pause: a pause does not wait for it.
const FOR_EXTRAS: Duration = Duration::from_secs(10);
/// Operators are notified so often of a journal that fails, in milliseconds.
const JOURNAL_NOTICE: i64 = 3_600_000;
/// Entries of the history that say what is known. What is older leads to another notice.
const HISTORY_READ: usize = 2000;

impl Guard {
    /// Sends the notice that an incident is about to send. `missing` is why parts could not be
    /// paused, where this invocation tried.
    pub(crate) async fn notify(
        &self,
        incident: &Incident,
        missing: &[MissingPart],
        snapshot: &StackSnapshot,
    ) -> Result<(), CallError> {
        let Phase::Notifying(pending) = &incident.phase else { return Ok(()) };
        let decided = |id| snapshot.stack.decision(id, &pending.action);
        let alarms: Vec<AlarmDecision> = incident.alarms().map(decided).collect();
        let Some((leader, others)) = alarms.split_first() else { return Ok(()) };
        let (label, now) = (leader.label.as_ref(), now_millis());
        let limit = FOR_EXTRAS.min(snapshot.deadline.remaining() / 4);
        let numbers = self.clients.metrics.last_hour(label, now / 1000);
        let (last_hour, faults) =
            tokio::time::timeout(limit, numbers).await.unwrap_or_else(|_| {
                warn!("the notice goes out without the numbers of the last hour: reading them takes too long");
                (LastHour::default(), Vec::new())
            });
        for error in faults {
            warn!(%error, "the notice goes out without some numbers of the last hour");
        }
        let found = pending.action.found_paused(label.map(|label| &label.scope));
        let history = match &found {
            Some(_) => tokio::time::timeout(limit, self.history()).await.ok().and_then(Result::ok),
            None => None,
        };
        let account = snapshot.reads.known_account();
        let status = account.map(|account| &account.enforcement_status);
        let paused_by = found.as_ref().map(|target| {
            let known = history.as_deref().unwrap_or_default();
            paused_by(target, snapshot.stack.incidents(), known, status)
        });
        let missing = match missing {
            [] => MissingPart::interrupted(pending),
            known => known.to_vec(),
        };
        let others: Vec<AlarmFacts<'_>> = others.iter().map(AlarmFacts::of).collect();
        let notice = notice::write(&Facts {
            alarm: AlarmFacts::of(leader),
            others: &others,
            action: &pending.action,
            place: self.place.as_ref(),
            at: &notice::at(now),
            enforcement_status: status,
            paused_by: paused_by.as_deref(),
            sends_again: pending.sends_again,
            missing: &missing,
            is_rest: pending.is_rest,
            repeats: pending.repeats,
            last_hour: &last_hour,
        });
        self.publish(&notice).await?;
        // Without the history nobody knows whether it has what was found paused.
        let (Some(found), Some(known)) = (found, history) else { return Ok(()) };
        for target in found.parts() {
            let part = FoundSwitch { target, sends: false };
            if !part.is_recorded(&known) {
                let (event, actor) = (HistoryEvent::FoundPaused, Actor::Unknown);
                let entries = incident.entries(event, &part.target, &actor, pending.at);
                self.clients.journal.record(entries).await?;
            }
        }
        Ok(())
    }

    /// Sends the notice that guard ended its pause.
    pub(crate) async fn notify_resumed(
        &self,
        incident: &Incident,
        repeats: bool,
    ) -> Result<(), CallError> {
        let Phase::Resuming { target, at, .. } = &incident.phase else { return Ok(()) };
        let (now, paused_at) = (notice::at(now_millis()), notice::at(*at));
        let resumed = Resumed { leader: &incident.leader, target, paused_at: &paused_at };
        self.publish(&notice::auto_resumed(resumed, self.context(&now, repeats))).await
    }

    /// Says once an hour that guard cannot use its journal, and pauses nothing.
    pub(crate) async fn journal_failed(&self, critical: &[&str], fault: &CallError) {
        error!(error = %fault, "guard cannot use its journal, and pauses nothing");
        let now = now_millis();
        if now - self.journal_notified_at.load(Ordering::Relaxed) < JOURNAL_NOTICE {
            return;
        }
        let at = notice::at(now);
        let why = fault.to_string();
        let notice = notice::journal_unavailable(critical, &why, self.context(&at, false));
        match self.publish(&notice).await {
            Ok(()) => self.journal_notified_at.store(now, Ordering::Relaxed),
            Err(error) => error!(%error, "the operators do not know that the journal fails"),
        }
    }

    /// Sends one notice to the operators.
    ///
    /// # Errors
    /// [`CallError`]. After a time-out the notice may have gone out.
    pub(crate) async fn publish(&self, notice: &Notice) -> Result<(), CallError> {
        self.clients.topic.publish(&notice.subject, &notice.body, &notice.attributes).await?;
        let word = |name| notice.attributes.get(name).map(String::as_str);
        info!(
            action = word("action"),
            alarm.name = word("alarm"),
            "notified the operators: {}",
            notice.subject
        );
        Ok(())
    }

    /// Which guard notifies, and when.
    pub(crate) fn context<'a>(&'a self, at: &'a str, repeats: bool) -> NoticeContext<'a> {
        NoticeContext { place: self.place.as_ref(), at, repeats }
    }

    /// The latest entries of the history, newest first.
    pub(crate) async fn history(&self) -> Result<Vec<HistoryEntry>, CallError> {
        self.clients.journal.history(None, Some(HISTORY_READ)).await
    }
}
