//! One incident: decide, note what is to be paused, pause, read back, note that it
//! is paused and being told, tell, note that it is handled.
//!
//! In this order a crash anywhere leaves no pause untold: what the tags say was
//! begun is finished by the next look, and a notice that may have gone out before
//! says so and has the same id.

use tracing::{info, warn};
use warden_aws::{AlarmRecord, CallError, Class};
use warden_domain::guard::confidence::Verdict;
use warden_domain::guard::incident::{Concern, Telling, Turn, group, in_turn};
use warden_domain::guard::record::{Record, TAG_PAUSED, TAG_PAUSING, TAG_TELLING, Target, mark};
use warden_domain::guard::{
    Action, Scope, SetState, Severity, Situation, TAG_HANDLED, TAG_WARNED, TellOnly, decide, rank,
};
use warden_domain::notice::{self, AlarmFacts, Facts, Place};
use warden_domain::time::epoch_millis;
use warden_lambda::Deadline;

use crate::handler::{Guard, Paused, Raised, View, not_handled, now_millis};
use crate::{evidence, proof};

/// How far back a domain's configuration sets are weighed where no window decided,
/// in seconds.
const LOOK_BACK: u32 = 3600;
/// In the telling tag: a notice other than the warning that may come before it.
const TOLD_FULLY: &str = "incident";

/// An alarm and what is to be done about it.
#[derive(Debug)]
struct Decided {
    raised: Raised,
    action: Action,
    proof: Option<Verdict>,
    /// The pause of ours before which nothing counts any more.
    after: Option<(String, String)>,
    telling: Telling,
    /// What was begun in this episode.
    begun: Option<Record>,
    /// What was paused in this episode.
    done: Option<Record>,
}

impl Raised {
    fn turn(&self) -> Turn {
        let episode = &self.alarm.episode;
        let begun = |tag| Record::of_episode(&self.tags, tag, episode).is_some();
        let is_told_unproven = self.tags.get(TAG_WARNED) == Some(episode);
        let is_being_told = self.tags.get(TAG_TELLING).is_some_and(|tag| tag.split(' ').next() == Some(episode));
        if begun(TAG_PAUSED) || begun(TAG_PAUSING) || (is_being_told && !is_told_unproven) {
            Turn::Begun
        } else if is_told_unproven {
            Turn::Again
        } else if self.label.as_ref().is_some_and(|label| label.scope == Scope::Account) {
            Turn::Account
        } else {
            Turn::Ranked(rank(self.label.as_ref()))
        }
    }
}

impl Decided {
    fn alarm(&self) -> &AlarmRecord {
        &self.raised.alarm
    }

    fn is_unproven(&self) -> bool {
        self.action == Action::Tell(TellOnly::NotProven)
    }

    /// Told in this episode as not proven, and still not proven.
    fn is_old_news(&self) -> bool {
        self.is_unproven() && self.raised.tags.get(TAG_WARNED) == Some(&self.raised.alarm.episode)
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
    pub(crate) async fn incidents(&self, raised: Vec<Raised>, view: &View, deadline: Deadline) -> Vec<CallError> {
        let mut failed = Vec::new();
        let mut decided = Vec::new();
        let for_handling = deadline.remaining() / 2;
        let turns: Vec<Turn> = raised.iter().map(Raised::turn).collect();
        let mut raised: Vec<Option<Raised>> = raised.into_iter().map(Some).collect();
        // The schedule comes every five minutes.
        let round = usize::try_from(now_millis() / 300_000).unwrap_or_default();
        for (place, index) in in_turn(&turns, round).into_iter().enumerate() {
            let Some(raised) = raised.get_mut(index).and_then(Option::take) else { continue };
            let alarm = raised.alarm.clone();
            let may_wait = place > 0 && turns.get(index) != Some(&Turn::Begun);
            if may_wait && deadline.remaining() <= for_handling {
                failed.push(not_handled(&alarm, CallError::new("look", Class::Temporary, "half of the time is over")));
                continue;
            }
            match self.decide_one(raised, view).await {
                Ok(one) => decided.push(Some(one)),
                Err(fault) => failed.push(not_handled(&alarm, fault)),
            }
        }
        let concerns: Vec<Concern> = decided.iter().flatten().map(Decided::concern).collect();
        for places in group(&concerns) {
            let incident: Vec<Decided> =
                places.into_iter().filter_map(|place| decided.get_mut(place).and_then(Option::take)).collect();
            let alarm = incident.first().map(|first| first.alarm().clone());
            if let (Err(fault), Some(alarm)) = (self.handle_incident(incident, view).await, alarm) {
                failed.push(not_handled(&alarm, fault));
            }
        }
        failed
    }

    async fn decide_one(&self, raised: Raised, view: &View) -> Result<Decided, CallError> {
        let episode = &raised.alarm.episode;
        let done = Record::of_episode(&raised.tags, TAG_PAUSED, episode);
        let begun = Record::of_episode(&raised.tags, TAG_PAUSING, episode);
        let (action, proof, after) = match done.as_ref().or(begun.as_ref()) {
            // What was begun is finished, whatever the numbers are by now.
            Some(record) => (Action::Pause(record.target.clone()), None, None),
            None => {
                let after = self.resumed(&raised, view).await?;
                let situation = self.situation(&raised, after, view).await?;
                let action = decide(raised.label.as_ref(), &situation, &self.settings.policy);
                (action, situation.proof, after.map(|pause| (pause.record.at.clone(), pause.alarm.clone())))
            }
        };
        let tag = raised.tags.get(TAG_TELLING).map(String::as_str);
        let telling = match Telling::read(tag, episode, TOLD_FULLY) {
            Telling::No => Telling::read(tag, episode, word(&action)),
            told @ (Telling::Leading | Telling::Following(_)) => told,
        };
        Ok(Decided { raised, action, proof, after, telling, begun, done })
    }

    /// The last pause of ours for what this alarm concerns, made for another alarm
    /// whose episode lasts, and ended by somebody. That was for these events, too, and
    /// whoever resumed has seen them: only what came after may pause again.
    async fn resumed<'v>(&self, raised: &Raised, view: &'v View) -> Result<Option<&'v Paused>, CallError> {
        let Some(label) = raised.label.as_ref().filter(|label| label.severity == Severity::Critical) else {
            return Ok(None);
        };
        let of_this = |pause: &&Paused| pause.label.watched == label.watched && pause.alarm != raised.alarm.name;
        let mut pauses: Vec<&Paused> = view.paused.iter().filter(of_this).collect();
        if pauses.is_empty() {
            return Ok(None);
        }
        let sets = match &label.scope {
            Scope::ConfigurationSet(set) => vec![set.clone()],
            Scope::Domain(domain) => match self.settings.policy.domain_sets.get(&domain.to_ascii_lowercase()) {
                Some(sets) => sets.clone(),
                None => self.clients.metrics.configuration_sets_of(domain).await?,
            },
            Scope::Account | Scope::Tenant(_) => Vec::new(),
        };
        let keys = [Target::Account.keys(), Target::Sets(sets).keys()].concat();
        let concerns = |pause: &&Paused| pause.record.target.keys().iter().any(|key| keys.contains(key));
        pauses.retain(|pause| pause.label.scope == label.scope || concerns(pause));
        pauses.sort_by(|a, b| b.record.at.cmp(&a.record.at));
        for pause in pauses {
            if self.any_sends(&pause.record.target).await? {
                return Ok(Some(pause));
            }
        }
        Ok(None)
    }

    /// What an alarm is decided upon. Only a critical one asks for more than the
    /// account's state.
    async fn situation(&self, raised: &Raised, after: Option<&Paused>, view: &View) -> Result<Situation, CallError> {
        let account = &view.account;
        let mut situation = Situation {
            account_sending_enabled: account.sending_enabled,
            enforcement_status: account.enforcement_status.clone(),
            sets: Vec::new(),
            tenant_sending_enabled: None,
            proof: None,
            account_proof: None,
        };
        let critical = raised.label.as_ref().filter(|label| label.severity == Severity::Critical);
        let Some(label) = critical.filter(|_| account.sending_enabled) else {
            return Ok(situation);
        };
        let (metrics, now) = (&self.clients.metrics, now_millis() / 1000);
        let since = after.and_then(|pause| epoch_millis(&pause.record.at)).map(|at| at / 1000);
        let namespaces = &raised.alarm.namespaces;
        let is_aws_verdict = !namespaces.is_empty() && namespaces.iter().all(|name| name == "AWS/SES");
        // What is no rate is of the account, and there is nothing to prove.
        let Some(measure) = label.watched.rate() else { return Ok(situation) };
        if matches!(label.scope, Scope::ConfigurationSet(_) | Scope::Domain(_)) && !is_aws_verdict {
            let verdict = proof::verdict(metrics, &label.scope, measure, since, now).await?;
            situation.proof = Some(verdict);
            if verdict.severity != Some(Severity::Critical) {
                return Ok(situation);
            }
        }
        let names = match &label.scope {
            Scope::Account => Vec::new(),
            Scope::ConfigurationSet(name) => vec![name.clone()],
            Scope::Tenant(arn) => {
                situation.tenant_sending_enabled = self.clients.switch.tenant(arn).await?;
                Vec::new()
            }
            Scope::Domain(domain) => match self.settings.policy.domain_sets.get(&domain.to_ascii_lowercase()) {
                Some(sets) => sets.clone(),
                None => {
                    let seconds = situation.proof.map_or(LOOK_BACK, |proof| proof.finding.seconds);
                    proof::sets_of(metrics, domain, measure, seconds, now).await?
                }
            },
        };
        for name in names {
            let sending_enabled = self.clients.switch.configuration_set(&name).await?;
            situation.sets.push(SetState { name, sending_enabled });
        }
        let no_set = situation.sets.iter().all(|set| set.sending_enabled.is_none());
        if matches!(label.scope, Scope::Domain(_)) && no_set {
            situation.account_proof = Some(proof::verdict(metrics, &Scope::Account, measure, since, now).await?);
        }
        Ok(situation)
    }

    /// `incident`: the leader first.
    async fn handle_incident(&self, mut incident: Vec<Decided>, view: &View) -> Result<(), CallError> {
        let pause = pause_of(&incident);
        if pause.is_none() {
            incident.retain(|member| !member.is_old_news());
        }
        let Some((leader, others)) = incident.split_first() else {
            info!("still not proven, and told already");
            return Ok(());
        };
        let mut sends_again = false;
        let mut noted = Vec::new();
        let action = match &pause {
            Some(target) => {
                match &leader.done {
                    Some(done) => sends_again = self.any_sends(&done.target).await?,
                    None => noted = self.pause(leader, target).await?,
                }
                Action::Pause(target.clone())
            }
            None => leader.action.clone(),
        };
        // The followers' first: without the leader's tag nothing has gone out.
        let following = Telling::Following(mark(&leader.alarm().name));
        for other in others {
            let value = following.tag(&other.alarm().episode, word(&action));
            self.clients.alarms.tag(&other.alarm().arn, TAG_TELLING, &value).await?;
        }
        noted.push((TAG_TELLING.to_owned(), Telling::Leading.tag(&leader.alarm().episode, word(&action))));
        self.clients.alarms.tag_with(&leader.alarm().arn, &noted).await?;
        self.tell(leader, others, &action, sends_again, view).await?;
        for member in others.iter().chain([leader]) {
            // What is not proven yet is judged again while the alarm lasts.
            let tag = if pause.is_none() && member.is_unproven() { TAG_WARNED } else { TAG_HANDLED };
            self.clients.alarms.tag(&member.alarm().arn, tag, &member.alarm().episode).await?;
        }
        Ok(())
    }

    /// Pauses, and answers with the tags that say so.
    async fn pause(&self, leader: &Decided, target: &Target) -> Result<Vec<(String, String)>, CallError> {
        let alarm = leader.alarm();
        let at = notice::at(now_millis());
        let record = Record { episode: alarm.episode.clone(), at, target: target.clone() };
        if leader.begun.as_ref().map(|begun| &begun.target) != Some(target) {
            self.clients.alarms.tag_with(&alarm.arn, &record.tags(TAG_PAUSING)).await?;
        }
        match target {
            Target::Account => self.clients.switch.switch_account(false).await?,
            Target::Tenant(arn) => self.clients.switch.switch_tenant(arn, false).await?,
            Target::Sets(sets) => {
                for set in sets {
                    self.clients.switch.switch_configuration_set(set, false).await?;
                }
            }
        }
        warn!(alarm.name = alarm.name, alarm.episode = alarm.episode, what = target.keys().join(", "), "paused");
        Ok(record.tags(TAG_PAUSED))
    }

    /// Whether any part of it sends.
    pub(crate) async fn any_sends(&self, target: &Target) -> Result<bool, CallError> {
        match target {
            Target::Account => Ok(self.clients.switch.account().await?.sending_enabled),
            Target::Tenant(arn) => Ok(self.clients.switch.tenant(arn).await? == Some(true)),
            Target::Sets(sets) => {
                for set in sets {
                    if self.clients.switch.configuration_set(set).await? == Some(true) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    async fn tell(
        &self,
        leader: &Decided,
        others: &[Decided],
        action: &Action,
        sends_again: bool,
        view: &View,
    ) -> Result<(), CallError> {
        let label = leader.raised.label.as_ref();
        let now = now_millis();
        let evidence = evidence::gather(&self.clients.metrics, label, now / 1000).await;
        let paused_by = match action {
            Action::Tell(TellOnly::AccountPaused) => Some(self.paused_by(&Target::Account, view).await),
            Action::Tell(TellOnly::SetsPaused | TellOnly::TenantPaused) => match label.map(|label| &label.scope) {
                Some(Scope::ConfigurationSet(set)) => {
                    Some(self.paused_by(&Target::Sets(vec![set.clone()]), view).await)
                }
                Some(Scope::Tenant(arn)) => Some(self.paused_by(&Target::Tenant(arn.clone()), view).await),
                Some(Scope::Account | Scope::Domain(_)) | None => None,
            },
            Action::Tell(_) | Action::Pause(_) | Action::Observe(_) => None,
        };
        let others: Vec<AlarmFacts<'_>> = others.iter().map(Decided::facts).collect();
        let notice = notice::write(&Facts {
            alarm: leader.facts(),
            others: &others,
            action,
            place: Place::of_arn(&leader.alarm().arn).as_ref(),
            at: &notice::at(now),
            enforcement_status: &view.account.enforcement_status,
            paused_by: paused_by.as_deref(),
            sends_again,
            repeats: leader.telling == Telling::Leading,
            evidence: &evidence,
        });
        self.publish(&notice).await
    }

    /// Who paused what was found paused, as far as tags and AWS's verdict tell.
    async fn paused_by(&self, target: &Target, view: &View) -> String {
        for (alarm, tags) in view.alarms.iter().zip(self.all_tags(view).await) {
            let record = Record::read(tags, TAG_PAUSED).filter(|record| !crate::lift::is_over(tags, record));
            if let Some(record) = record.filter(|r| r.target.keys().iter().any(|key| target.keys().contains(key))) {
                return format!("ses-warden at {}, for alarm {}", record.at, alarm.name);
            }
        }
        match view.account.enforcement_status.as_str() {
            "HEALTHY" => "a person or another program: no alarm here has a record of it".to_owned(),
            status => format!("AWS, a person or another program: the account's enforcement status is {status}"),
        }
    }
}

/// What the alarms of an incident pause together.
fn pause_of(incident: &[Decided]) -> Option<Target> {
    let mut all: Option<Target> = None;
    for member in incident {
        let Action::Pause(target) = &member.action else { continue };
        all = Some(match (all, target) {
            (Some(Target::Account), _) | (_, Target::Account) => Target::Account,
            (Some(Target::Sets(mut sets)), Target::Sets(more)) => {
                for set in more {
                    if !sets.contains(set) {
                        sets.push(set.clone());
                    }
                }
                Target::Sets(sets)
            }
            (Some(earlier), _) => earlier,
            (None, target) => target.clone(),
        });
    }
    all
}

/// A pause after the warning that it is not proven is told for the first time.
fn word(action: &Action) -> &'static str {
    match action {
        Action::Tell(TellOnly::NotProven) => TellOnly::NotProven.code(),
        Action::Tell(_) | Action::Pause(_) | Action::Observe(_) => TOLD_FULLY,
    }
}
