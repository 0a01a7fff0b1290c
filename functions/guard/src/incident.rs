//! One incident: decide, note what is to be paused, pause, read back, note that it
//! is paused and being told, tell, note that it is handled.
//!
//! In this order a crash anywhere leaves no pause untold: what the tags say was
//! begun is finished by the next look, in whatever state the alarm is then, and a
//! notice that may have gone out before says so and has the same id.

use std::time::Duration;

use tracing::{info, warn};
use warden_aws::{AlarmRecord, CallError, Class};
use warden_domain::guard::account::EnforcementStatus;
use warden_domain::guard::confidence::Verdict;
use warden_domain::guard::incident::{Concern, Telling, Turn, group, in_turn};
use warden_domain::guard::record::{
    Record, TAG_PAUSED, TAG_PAUSING, TAG_TELLING, Target, mark, told_open, told_open_value,
};
use warden_domain::guard::{Action, Scope, TAG_HANDLED, TAG_WARNED, TellOnly, decide, rank};
use warden_domain::notice::{self, AlarmFacts, Facts, LastHour, Place};

use crate::Guard;
use crate::last_hour;
use crate::pause::Made;
use crate::situation::watches_aws;
use crate::snapshot::{OpenAlarm, StackSnapshot, not_handled};
use crate::time::{FOR_ANSWER, now_millis, share, within};

/// In the telling tag: a notice other than the warning that may come before it.
const TOLD_FULLY: &str = "incident";

/// Longest time for what a notice shows beside the pause, which is not to wait for it.
const FOR_EXTRAS: Duration = Duration::from_secs(10);

/// An alarm and what is to be done about it.
#[derive(Debug)]
pub(crate) struct Decided {
    raised: OpenAlarm,
    action: Action,
    proof: Option<Verdict>,
    /// AWS's own number decided.
    rests_on_aws: bool,
    /// The pause of ours before which nothing counts any more.
    after: Option<(String, String)>,
    pub(crate) telling: Telling,
    /// What was begun in this episode.
    pub(crate) begun: Option<Record>,
    /// What was paused in this episode: all of it, or a part.
    pub(crate) done: Option<Record>,
}

impl OpenAlarm {
    fn turn(&self) -> Turn {
        let episode = &self.alarm.episode;
        let begun = |tag| Record::of_episode(&self.tags, tag, episode).is_some();
        let is_told_open = !told_open(&self.tags, episode).is_empty();
        let is_being_told =
            self.tags.get(TAG_TELLING).is_some_and(|tag| tag.split(' ').next() == Some(episode));
        if begun(TAG_PAUSED) || begun(TAG_PAUSING) || (is_being_told && !is_told_open) {
            Turn::Begun
        } else if is_told_open {
            Turn::Again
        } else if self.label.as_ref().is_some_and(|label| label.scope == Scope::Account) {
            Turn::Account
        } else {
            Turn::Ranked(rank(self.label.as_ref()))
        }
    }
}

impl Decided {
    pub(crate) fn alarm(&self) -> &AlarmRecord {
        &self.raised.alarm
    }

    /// Told in this episode, and judged to the same or to less.
    fn is_old_news(&self) -> bool {
        let told = told_open(&self.raised.tags, &self.raised.alarm.episode);
        let is_less = self.action == Action::Tell(TellOnly::NotProven) && !told.is_empty();
        self.action.is_open() && (is_less || told.contains(&self.action.code()))
    }

    fn concern(&self) -> Concern {
        let mut targets = match self.raised.label.as_ref().map(|label| &label.scope) {
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
            mark: mark(&self.alarm().name),
            telling: self.telling.clone(),
            begun: self.begun.is_some() || self.done.is_some(),
            pauses: matches!(self.action, Action::Pause(_)),
            rank: rank(self.raised.label.as_ref()),
            targets,
        }
    }

    fn facts(&self) -> AlarmFacts<'_> {
        let alarm = self.alarm();
        AlarmFacts {
            name: &alarm.name,
            label: self.raised.label.as_ref(),
            episode: &alarm.episode,
            reason: &alarm.reason,
            proof: self.proof.as_ref(),
            rests_on_aws: self.rests_on_aws,
            threshold: alarm.threshold.filter(|_| watches_aws(alarm)),
            after: self.after.as_ref().map(|(at, alarm)| (at.as_str(), alarm.as_str())),
        }
    }
}

impl Guard {
    /// Handles the alarms that are raised and not handled; the faults of those that
    /// could not be.
    ///
    /// Deciding takes at most half of the time that is left. Where every domain rings at
    /// once, what is decided by then is handled, and the next look takes the rest.
    pub(crate) async fn incidents(
        &self,
        raised: Vec<OpenAlarm>,
        snapshot: &StackSnapshot,
    ) -> Vec<CallError> {
        let deadline = snapshot.deadline;
        let mut failed = Vec::new();
        let mut decided = Vec::new();
        let for_handling = deadline.remaining() / 2;
        let turns: Vec<Turn> = raised.iter().map(OpenAlarm::turn).collect();
        let mut raised: Vec<Option<OpenAlarm>> = raised.into_iter().map(Some).collect();
        // The schedule comes every five minutes.
        let round = usize::try_from(now_millis() / 300_000).unwrap_or_default();
        for (place, index) in in_turn(&turns, round).into_iter().enumerate() {
            let Some(raised) = raised.get_mut(index).and_then(Option::take) else { continue };
            let alarm = raised.alarm.clone();
            let may_wait = place > 0 && turns.get(index) != Some(&Turn::Begun);
            if may_wait && deadline.remaining() <= for_handling {
                failed.push(not_handled(
                    &alarm,
                    CallError::new("look", Class::Temporary, "half of the time is over"),
                ));
                continue;
            }
            // What guard began is decided even when the half is over.
            let limit = share(deadline, for_handling, 2).max(deadline.remaining() / 8);
            match within(limit, "deciding", self.decide_one(raised, snapshot)).await {
                Ok(one) => decided.extend(one.map(Some)),
                Err(fault) => failed.push(not_handled(&alarm, fault)),
            }
        }
        let concerns: Vec<Concern> = decided.iter().flatten().map(Decided::concern).collect();
        for (turn, places) in group(&concerns).into_iter().enumerate() {
            let incident: Vec<Decided> = places
                .into_iter()
                .filter_map(|place| decided.get_mut(place).and_then(Option::take))
                .collect();
            let Some(alarm) = incident.first().map(|first| first.alarm().clone()) else { continue };
            let ended = if turn > 0 && deadline.remaining().is_zero() {
                Err(CallError::new(
                    "handling",
                    Class::Temporary,
                    "the time of this invocation is over",
                ))
            } else {
                let limit = share(deadline, FOR_ANSWER, 1);
                within(limit, "handling", self.handle_incident(incident, snapshot)).await
            };
            if let Err(fault) = ended {
                failed.push(not_handled(&alarm, fault));
            }
        }
        failed
    }

    /// `None`: there is nothing to do any more.
    async fn decide_one(
        &self,
        raised: OpenAlarm,
        snapshot: &StackSnapshot,
    ) -> Result<Option<Decided>, CallError> {
        let episode = &raised.alarm.episode;
        let done = Record::of_episode(&raised.tags, TAG_PAUSED, episode);
        let mut begun = Record::of_episode(&raised.tags, TAG_PAUSING, episode);
        let wanted = match begun.as_ref().or(done.as_ref()) {
            // What was begun is finished, whatever the numbers are by now.
            Some(record) => {
                self.still_to_pause(&record.target, done.as_ref(), raised.has_left).await?
            }
            None => None,
        };
        let (action, proof, after) = match wanted {
            Some(target) => (Action::Pause(target), None, None),
            None if raised.has_left => {
                info!(
                    alarm.name = raised.alarm.name,
                    "it has left ALARM before anything was paused for it"
                );
                self.clients.alarms.tag(&raised.alarm.arn, TAG_HANDLED, episode).await?;
                return Ok(None);
            }
            None => {
                begun = None;
                let after = self.resumed(&raised, snapshot).await?;
                let situation = self.situation(&raised, after, snapshot).await?;
                let action = decide(raised.label.as_ref(), &situation, &self.settings.policy);
                (
                    action,
                    situation.proof,
                    after.map(|pause| (pause.record.at.clone(), pause.alarm.name.clone())),
                )
            }
        };
        let tag = raised.tags.get(TAG_TELLING).map(String::as_str);
        let telling = match Telling::read(tag, episode, TOLD_FULLY) {
            Telling::No => Telling::read(tag, episode, word(&action)),
            told @ (Telling::Leading | Telling::Following(_)) => told,
        };
        let rests_on_aws = proof.is_none() && watches_aws(&raised.alarm);
        Ok(Some(Decided { raised, action, proof, rests_on_aws, after, telling, begun, done }))
    }

    /// `incident`: the leader first.
    async fn handle_incident(
        &self,
        mut incident: Vec<Decided>,
        snapshot: &StackSnapshot,
    ) -> Result<(), CallError> {
        let pause = pause_of(&incident);
        if pause.is_none() {
            incident.retain(|member| !member.is_old_news());
        }
        let Some((leader, others)) = incident.split_first() else {
            info!("still the same, and told already");
            return Ok(());
        };
        let mut made = match &pause {
            Some(target) => Some(self.pause(leader, target, snapshot).await?),
            None => None,
        };
        let action = made
            .as_ref()
            .map_or_else(|| leader.action.clone(), |made| Action::Pause(made.paused.clone()));
        // The followers' first: without the leader's tag nothing has gone out. One that takes no
        // tag is not listed, and speaks for itself later.
        let following = Telling::Following(mark(&leader.alarm().name));
        let (mut listed, mut fault) = (Vec::new(), None);
        for other in others {
            let value = following.tag(&other.alarm().episode, word(&action));
            match self.clients.alarms.tag(&other.alarm().arn, TAG_TELLING, &value).await {
                Ok(()) => listed.push(other),
                Err(error) => fault = Some(not_handled(other.alarm(), error)),
            }
        }
        let mut noted =
            made.as_mut().map(|made| std::mem::take(&mut made.tags)).unwrap_or_default();
        noted.push((
            TAG_TELLING.to_owned(),
            Telling::Leading.tag(&leader.alarm().episode, word(&action)),
        ));
        self.clients.alarms.tag_with(&leader.alarm().arn, &noted).await?;
        self.tell(leader, &listed, &action, made.as_ref(), snapshot).await?;
        if let Some(fault) = made.and_then(|made| made.fault) {
            // A part is not paused: the incident goes on.
            return Err(fault);
        }
        for member in listed.into_iter().chain([leader]) {
            let Decided { raised: OpenAlarm { alarm, tags, .. }, action, .. } = member;
            let (tag, value) = if pause.is_none() && action.is_open() {
                (TAG_WARNED, told_open_value(tags, &alarm.episode, action.code()))
            } else {
                (TAG_HANDLED, alarm.episode.clone())
            };
            self.clients.alarms.tag(&alarm.arn, tag, &value).await?;
        }
        fault.map_or(Ok(()), Err)
    }

    async fn tell(
        &self,
        leader: &Decided,
        others: &[&Decided],
        action: &Action,
        made: Option<&Made>,
        snapshot: &StackSnapshot,
    ) -> Result<(), CallError> {
        let label = leader.raised.label.as_ref();
        let now = now_millis();
        let limit = FOR_EXTRAS.min(snapshot.deadline.remaining() / 4);
        let gathered = tokio::time::timeout(
            limit,
            last_hour::gather(&self.clients.metrics, label, now / 1000),
        )
        .await;
        let last_hour = gathered.unwrap_or_else(|_| {
            warn!("the notice goes out without the numbers of the last hour: reading them takes too long");
            LastHour::default()
        });
        let found_paused = match (action, label.map(|label| &label.scope)) {
            (Action::Tell(TellOnly::AccountPaused), _) => Some(Target::Account),
            (Action::Tell(TellOnly::SetsPaused), Some(Scope::ConfigurationSet(set))) => {
                Some(Target::Sets(vec![set.clone()]))
            }
            (Action::Tell(TellOnly::TenantPaused), Some(Scope::Tenant(arn))) => {
                Some(Target::Tenant(arn.clone()))
            }
            (Action::Tell(_) | Action::Pause(_) | Action::Observe(_), _) => None,
        };
        let paused_by = match &found_paused {
            Some(target) => {
                tokio::time::timeout(limit, self.paused_by(target, snapshot)).await.ok()
            }
            None => None,
        };
        let others: Vec<AlarmFacts<'_>> = others.iter().map(|other| other.facts()).collect();
        let notice = notice::write(&Facts {
            alarm: leader.facts(),
            others: &others,
            action,
            place: Place::of_arn(&leader.alarm().arn).as_ref(),
            at: &notice::at(now),
            enforcement_status: &snapshot.account.enforcement_status,
            paused_by: paused_by.as_deref(),
            sends_again: made.is_some_and(|made| made.sends_again),
            missing: made.map_or(&[], |made| &made.missing),
            is_rest: made.is_some_and(|made| made.is_rest),
            repeats: leader.telling != Telling::No && !made.is_some_and(|made| made.is_rest),
            last_hour: &last_hour,
        });
        self.publish(&notice).await
    }

    /// Who paused what was found paused, as far as tags and AWS's verdict tell.
    async fn paused_by(&self, target: &Target, snapshot: &StackSnapshot) -> String {
        for (alarm, tags) in snapshot.alarms.iter().zip(self.all_tags(snapshot).await) {
            let record = Record::read(tags, TAG_PAUSED).or_else(|| Record::read(tags, TAG_PAUSING));
            let record = record.filter(|record| !crate::snapshot::is_over(tags, record));
            if let Some(record) =
                record.filter(|r| r.target.keys().iter().any(|key| target.keys().contains(key)))
            {
                return format!("ses-warden at {}, for alarm {}", record.at, alarm.name);
            }
        }
        match &snapshot.account.enforcement_status {
            EnforcementStatus::Healthy => {
                "a person or another program: no alarm here has a record of it".to_owned()
            }
            status @ (EnforcementStatus::Probation
            | EnforcementStatus::Shutdown
            | EnforcementStatus::Other(_)) => format!(
                "AWS, a person or another program: the account's enforcement status is {}",
                status.name()
            ),
        }
    }
}

/// What the alarms of an incident pause together.
fn pause_of(incident: &[Decided]) -> Option<Target> {
    let targets = incident.iter().filter_map(|member| match &member.action {
        Action::Pause(target) => Some(target.clone()),
        Action::Tell(_) | Action::Observe(_) => None,
    });
    targets.reduce(|all, target| all.joined(&target))
}

/// What follows what was told and is judged again is told for the first time.
fn word(action: &Action) -> &'static str {
    if action.is_open() { action.code() } else { TOLD_FULLY }
}
