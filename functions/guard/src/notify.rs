//! The notices of an incident, and of a journal that fails.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::{error, warn};
use warden_aws::{AlarmRecord, CallError};
use warden_domain::alarm::AlarmState;
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::guard::incident::{AlarmEpisode, Incident, Phase};
use warden_domain::guard::record::Target;
use warden_domain::guard::{Action, NotifyOnly, Scope};
use warden_domain::journal::{Actor, HistoryEntry, HistoryEvent};
use warden_domain::notice::{
    self, AlarmFacts, Facts, LastHour, MissingPart, NoticeContext, Place, Resumed,
};

use crate::decision::AlarmDecision;
use crate::engine::history_target;
use crate::guard::Guard;
use crate::last_hour;
use crate::lock::held;
use crate::snapshot::StackSnapshot;
use crate::time::now_millis;

/// Longest time for what a notice shows beside the pause: a pause does not wait for it.
const FOR_EXTRAS: Duration = Duration::from_secs(10);
/// Operators are notified so often of a journal that fails, in milliseconds.
const JOURNAL_NOTICE: i64 = 3_600_000;

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
        let alarms: Vec<AlarmDecision> =
            incident.alarms().map(|id| self.alarm_of(id, &pending.action, snapshot)).collect();
        let Some((leader, others)) = alarms.split_first() else { return Ok(()) };
        let (label, now) = (leader.label.as_ref(), now_millis());
        let limit = FOR_EXTRAS.min(snapshot.deadline.remaining() / 4);
        let numbers = last_hour::gather(&self.clients.metrics, label, now / 1000);
        let last_hour = tokio::time::timeout(limit, numbers).await.unwrap_or_else(|_| {
            warn!("the notice goes out without the numbers of the last hour: reading them takes too long");
            LastHour::default()
        });
        let found = found_paused(&pending.action, label.map(|label| &label.scope));
        let history = match &found {
            Some(_) => {
                tokio::time::timeout(limit, self.last_entries()).await.ok().and_then(Result::ok)
            }
            None => None,
        };
        let known = history.as_deref().unwrap_or_default();
        let paused_by = found.as_ref().map(|target| paused_by(target, known, snapshot));
        let interrupted = || {
            pending.missing.iter().flat_map(Target::parts).map(|target| MissingPart {
                target,
                why: "an earlier invocation was interrupted".to_owned(),
            })
        };
        let missing = match missing {
            [] => interrupted().collect(),
            known => known.to_vec(),
        };
        let others: Vec<AlarmFacts<'_>> = others.iter().map(AlarmDecision::facts).collect();
        let notice = notice::write(&Facts {
            alarm: leader.facts(),
            others: &others,
            action: &pending.action,
            place: self.place().as_ref(),
            at: &notice::at(now),
            enforcement_status: snapshot.known_account().map(|account| &account.enforcement_status),
            paused_by: paused_by.as_deref(),
            sends_again: pending.sends_again,
            missing: &missing,
            is_rest: pending.is_rest,
            repeats: pending.repeats,
            last_hour: &last_hour,
        });
        self.publish(&notice).await?;
        match (found, &history) {
            (Some(target), Some(known)) => {
                self.note_found_paused(incident, &target, known, pending.at).await
            }
            (Some(_), None) | (None, _) => Ok(()),
        }
    }

    /// Writes to the history that something was found paused, unless it is known to be.
    async fn note_found_paused(
        &self,
        incident: &Incident,
        target: &Target,
        known: &[HistoryEntry],
        at: i64,
    ) -> Result<(), CallError> {
        for part in target.parts() {
            let is_part = |entry: &&HistoryEntry| entry.target == history_target(&part);
            if known.iter().find(is_part).and_then(|entry| entry.event.sends()) != Some(false) {
                self.record(incident, HistoryEvent::FoundPaused, &part, &Actor::Unknown, at)
                    .await?;
            }
        }
        Ok(())
    }

    /// An alarm of an incident, with what this invocation decided about it, if it did.
    fn alarm_of(
        &self,
        id: &AlarmEpisode,
        action: &Action,
        snapshot: &StackSnapshot,
    ) -> AlarmDecision {
        let known = held(&snapshot.decided).get(&id.alarm).cloned();
        if let Some(known) = known.filter(|known| known.alarm.episode == id.episode) {
            return known;
        }
        let found = snapshot.alarms.get(&id.alarm);
        let mut alarm = found.cloned().unwrap_or_else(|| gone(id));
        let label = self.label(&alarm);
        if !snapshot.lasts(id) {
            alarm.reason = format!("it has left ALARM since. {}", alarm.reason);
            alarm.episode.clone_from(&id.episode);
        }
        AlarmDecision { alarm, label, action: action.clone(), proof: None, after: None }
    }

    /// Sends the notice that guard ended its pause.
    pub(crate) async fn notify_resumed(
        &self,
        incident: &Incident,
        repeats: bool,
    ) -> Result<(), CallError> {
        let Phase::Resuming { target, at, .. } = &incident.phase else { return Ok(()) };
        let (place, now, paused_at) = (self.place(), notice::at(now_millis()), notice::at(*at));
        let context = NoticeContext { place: place.as_ref(), at: &now, repeats };
        let resumed = Resumed { leader: &incident.leader, target, paused_at: &paused_at };
        self.publish(&notice::auto_resumed(resumed, context)).await
    }

    /// Says once an hour that guard cannot use its journal, and pauses nothing.
    pub(crate) async fn journal_failed(&self, critical: &[String], fault: &CallError) {
        error!(error = %fault, "guard cannot use its journal, and pauses nothing");
        let now = now_millis();
        if now - self.journal_notified_at.load(Ordering::Relaxed) < JOURNAL_NOTICE {
            return;
        }
        let (place, at) = (self.place(), notice::at(now));
        let context = NoticeContext { place: place.as_ref(), at: &at, repeats: false };
        let alarms: Vec<&str> = critical.iter().map(String::as_str).collect();
        let notice = notice::journal_unavailable(&alarms, &fault.to_string(), context);
        match self.publish(&notice).await {
            Ok(()) => self.journal_notified_at.store(now, Ordering::Relaxed),
            Err(error) => error!(%error, "the operators do not know that the journal fails"),
        }
    }

    /// The account and Region, by the ARN of the operators' topic.
    pub(crate) fn place(&self) -> Option<Place> {
        Place::of_arn(&self.settings.topic_arn)
    }
}

/// Who paused what was found paused, as far as the journal and AWS's verdict say.
fn paused_by(target: &Target, known: &[HistoryEntry], snapshot: &StackSnapshot) -> String {
    for incident in snapshot.incidents() {
        if let Some((_, at)) = incident.standing_pause().filter(|(paused, _)| paused.meets(target))
        {
            let at = notice::at(at);
            return format!("ses-warden at {at}, for alarm {}", incident.leader.alarm);
        }
    }
    let targets: Vec<_> = target.parts().iter().map(history_target).collect();
    let last = known.iter().find(|entry| targets.contains(&entry.target));
    if let Some(entry) = last.filter(|entry| entry.event.sends() == Some(false)) {
        let who = [entry.actor.name(), entry.actor.identity(), entry.actor.code()];
        let who = who.into_iter().find(|who| !who.is_empty()).unwrap_or_default();
        return format!("{who} at {}", notice::at(entry.at_millis));
    }
    match snapshot.known_account().map(|account| &account.enforcement_status) {
        None | Some(EnforcementStatus::Healthy) => {
            "a person or another program: the journal has no record of it".to_owned()
        }
        Some(
            status @ (EnforcementStatus::Probation
            | EnforcementStatus::Shutdown
            | EnforcementStatus::Other(_)),
        ) => format!(
            "AWS, a person or another program: the account's enforcement status is {}",
            status.name()
        ),
    }
}

/// An alarm that does not exist any more.
fn gone(id: &AlarmEpisode) -> AlarmRecord {
    AlarmRecord {
        arn: String::new(),
        name: id.alarm.clone(),
        state: AlarmState::Ok,
        reason: String::new(),
        episode: id.episode.clone(),
        threshold: None,
        series: Vec::new(),
        has_expression: false,
        is_silenced: false,
    }
}

/// What an alarm's action found paused.
fn found_paused(action: &Action, scope: Option<&Scope>) -> Option<Target> {
    match (action, scope) {
        (Action::Notify(NotifyOnly::AccountPaused), _) => Some(Target::Account),
        (Action::Notify(NotifyOnly::SetsPaused), Some(Scope::ConfigurationSet(set))) => {
            Some(Target::Sets(vec![set.clone()]))
        }
        (Action::Notify(NotifyOnly::TenantPaused), Some(Scope::Tenant(arn))) => {
            Some(Target::Tenant(arn.clone()))
        }
        (Action::Notify(_) | Action::Pause(_) | Action::Observe(_) | Action::Nothing, _) => None,
    }
}
