//! One alarm and what is to be done about it.

use tracing::info;
use warden_aws::{AlarmRecord, CallError};
use warden_domain::guard::confidence::RateJudgement;
use warden_domain::guard::incident::{Concern, Notification, Priority};
use warden_domain::guard::record::{
    PauseRecord, TAG_NOTIFYING, TAG_PAUSED, TAG_PAUSING, name_hash, notified_open,
};
use warden_domain::guard::{Action, NotifyOnly, Scope, TAG_HANDLED, critical, decide, rank};
use warden_domain::notice::AlarmFacts;

use crate::guard::Guard;
use crate::snapshot::{OpenAlarm, StackSnapshot};

/// Marks in the notification tag a notice other than the warning that may precede it.
const INCIDENT: &str = "incident";

/// An alarm and what is to be done about it.
#[derive(Debug)]
pub(crate) struct AlarmDecision {
    pub(crate) open: OpenAlarm,
    pub(crate) action: Action,
    pub(crate) proof: Option<RateJudgement>,
    /// It watches AWS's own metric, which guard takes without further proof.
    pub(crate) rests_on_aws: bool,
    /// When guard paused for the same mail before, and for which alarm: earlier events do not count.
    pub(crate) after: Option<(String, String)>,
    pub(crate) notification: Notification,
    /// What guard has begun to pause in this episode.
    pub(crate) begun: Option<PauseRecord>,
    /// What guard has paused in this episode, completely or in part.
    pub(crate) done: Option<PauseRecord>,
}

/// When guard decides about an alarm.
pub(crate) fn priority(open: &OpenAlarm) -> Priority {
    let episode = &open.alarm.episode;
    let is_begun = |tag| PauseRecord::of_episode(&open.tags, tag, episode).is_some();
    let is_notified_open = !notified_open(&open.tags, episode).is_empty();
    let is_being_notified =
        open.tags.get(TAG_NOTIFYING).is_some_and(|tag| tag.split(' ').next() == Some(episode));
    if is_begun(TAG_PAUSED) || is_begun(TAG_PAUSING) || (is_being_notified && !is_notified_open) {
        Priority::Begun
    } else if is_notified_open {
        Priority::Again
    } else if open.label.as_ref().is_some_and(|label| label.scope == Scope::Account) {
        Priority::Account
    } else {
        Priority::Ranked(rank(open.label.as_ref()))
    }
}

impl AlarmDecision {
    pub(crate) fn alarm(&self) -> &AlarmRecord {
        &self.open.alarm
    }

    /// Whether operators were notified of the same, or of more, in this episode.
    pub(crate) fn is_known(&self) -> bool {
        let notified = notified_open(&self.open.tags, &self.open.alarm.episode);
        let is_less = self.action == Action::Notify(NotifyOnly::NotProven) && !notified.is_empty();
        self.action.is_open() && (is_less || notified.contains(&self.action.code()))
    }

    /// What this alarm has in common with other alarms.
    pub(crate) fn concern(&self) -> Concern {
        let mut targets = match self.open.label.as_ref().map(|label| &label.scope) {
            None => Vec::new(),
            Some(Scope::Account) => vec!["account".to_owned()],
            Some(Scope::ConfigurationSet(name)) => vec![format!("set {name}")],
            Some(Scope::Domain(name)) => vec![format!("domain {name}")],
            Some(Scope::Tenant(arn)) => vec![format!("tenant {arn}")],
        };
        if let Action::Pause(target) | Action::Observe(target) = &self.action {
            targets.extend(target.keys());
        }
        Concern {
            name_hash: name_hash(&self.alarm().name),
            notification: self.notification.clone(),
            begun: self.begun.is_some() || self.done.is_some(),
            pauses: matches!(self.action, Action::Pause(_)),
            rank: rank(self.open.label.as_ref()),
            targets,
        }
    }

    /// What a notice says about it.
    pub(crate) fn facts(&self) -> AlarmFacts<'_> {
        let alarm = self.alarm();
        AlarmFacts {
            name: &alarm.name,
            label: self.open.label.as_ref(),
            episode: &alarm.episode,
            reason: &alarm.reason,
            proof: self.proof.as_ref(),
            rests_on_aws: self.rests_on_aws,
            threshold: alarm.threshold.filter(|_| alarm.definition().reads_only_aws()),
            after: self.after.as_ref().map(|(at, alarm)| (at.as_str(), alarm.as_str())),
        }
    }
}

/// Returns the word for a notice in the notification tag. An incident that guard decides about
/// again gets a second notice.
pub(crate) fn word(action: &Action) -> &'static str {
    if action.is_open() { action.code() } else { INCIDENT }
}

impl Guard {
    /// Decides about one alarm; `None` if nothing is left to do.
    pub(crate) async fn decide_about(
        &self,
        open: OpenAlarm,
        snapshot: &StackSnapshot,
    ) -> Result<Option<AlarmDecision>, CallError> {
        let episode = &open.alarm.episode;
        let done = PauseRecord::of_episode(&open.tags, TAG_PAUSED, episode);
        let mut begun = PauseRecord::of_episode(&open.tags, TAG_PAUSING, episode);
        let wanted = match begun.as_ref().or(done.as_ref()) {
            // A pause that has begun is finished, whatever the counts are now.
            Some(record) => {
                self.still_to_pause(&record.target, done.as_ref(), open.has_left).await?
            }
            None => None,
        };
        let (action, proof, after) = match wanted {
            Some(target) => (Action::Pause(target), None, None),
            None if open.has_left => {
                info!(
                    alarm.name = open.alarm.name,
                    "the alarm has left ALARM before anything was paused for it"
                );
                self.clients.alarms.tag(&open.alarm.arn, TAG_HANDLED, episode).await?;
                return Ok(None);
            }
            None => {
                begun = None;
                match critical(open.label.as_ref()) {
                    Err(why) => (Action::Notify(why), None, None),
                    Ok(label) => {
                        let after = self.resumed(&open, label, snapshot).await?;
                        let observation = self.observe(&open, label, after, snapshot).await?;
                        let action = decide(label, &observation, &self.settings.policy);
                        let after =
                            after.map(|pause| (pause.record.at.clone(), pause.alarm.name.clone()));
                        (action, observation.proof, after)
                    }
                }
            }
        };
        let tag = open.tags.get(TAG_NOTIFYING).map(String::as_str);
        let notification = match Notification::read(tag, episode, INCIDENT) {
            Notification::No => Notification::read(tag, episode, word(&action)),
            sent @ (Notification::Leading | Notification::Following(_)) => sent,
        };
        let rests_on_aws = proof.is_none() && open.alarm.definition().reads_only_aws();
        Ok(Some(AlarmDecision {
            open,
            action,
            proof,
            rests_on_aws,
            after,
            notification,
            begun,
            done,
        }))
    }
}
