//! The alarms of a stack and the incidents about them, as one invocation of guard found them and has
//! changed them since.

use std::collections::{BTreeMap, BTreeSet};

use super::group::{Priority, in_turn};
use super::incident::{AlarmEpisode, Incident, Observation, Phase, Unreadable};
use super::record::Target;
use super::{
    Action, AlarmDecision, AlarmRecord, Label, Scope, Settings, Severity, StackNames, rank,
};
use crate::alarm::AlarmState;
use crate::journal::Item;

/// guard is invoked by its schedule so often, in milliseconds.
const SCHEDULE: i64 = 300_000;

/// What guard knows of its stack.
#[derive(Debug, Default)]
pub struct StackState {
    alarms: BTreeMap<String, AlarmRecord>,
    labels: BTreeMap<String, Label>,
    critical: Vec<String>,
    incidents: BTreeMap<String, Incident>,
    changed: BTreeSet<String>,
    unreadable: BTreeSet<String>,
    decisions: BTreeMap<String, AlarmDecision>,
}

/// A pause of guard's for mail that another alarm watches, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierPause {
    /// When it was made, in milliseconds since 1970.
    pub at: i64,
    /// The alarm that led to it.
    pub alarm: String,
    /// What is or was paused.
    pub target: Target,
    /// It is known to be over.
    pub is_over: bool,
    scope: Scope,
}

impl EarlierPause {
    /// Whether it was made for the mail that an alarm of this scope watches, and that these sets
    /// carried.
    pub fn concerns(&self, scope: &Scope, sets: &[String]) -> bool {
        self.scope == *scope
            || self.target == Target::Account
            || self.target.meets(&Target::Sets(sets.to_vec()))
    }
}

impl StackState {
    /// A stack with these alarms and no incidents.
    pub fn new(alarms: Vec<AlarmRecord>, names: &StackNames<'_>) -> Self {
        let label = |alarm: &AlarmRecord| {
            let label = Label::from_definition(&alarm.definition(), names)?;
            Some((alarm.name.clone(), label))
        };
        let labels: BTreeMap<String, Label> = alarms.iter().filter_map(label).collect();
        let is_critical = |alarm: &&AlarmRecord| {
            let label = labels.get(&alarm.name);
            alarm.may_be_in_alarm()
                && label.is_some_and(|label| label.severity == Severity::Critical)
        };
        let critical = alarms.iter().filter(is_critical);
        let mut critical: Vec<String> = critical.map(|alarm| alarm.name.clone()).collect();
        critical.sort();
        let alarms = alarms.into_iter().map(|alarm| (alarm.name.clone(), alarm)).collect();
        Self { alarms, labels, critical, ..Self::default() }
    }

    /// Takes the incidents out of the journal's items, and answers with those that this version
    /// cannot read: nothing is paused for their alarms.
    pub fn add_incidents(&mut self, items: &[Item]) -> Vec<Unreadable> {
        let mut unreadable = Vec::new();
        for incident in items.iter().filter_map(Incident::from_item) {
            match incident {
                Ok(incident) => {
                    self.incidents.insert(incident.id(), incident);
                }
                Err(fault) => {
                    self.unreadable.insert(fault.id.clone());
                    unreadable.push(fault);
                }
            }
        }
        unreadable
    }

    /// Returns an incident of the journal, new or changed since it was read, that pauses some of
    /// `target`, or did: another guard has begun that meanwhile. `own` leads the incident that asks.
    pub fn paused_meanwhile(
        &self,
        items: &[Item],
        own: &AlarmEpisode,
        target: &Target,
    ) -> Option<Incident> {
        let is_new = |one: &Incident| {
            one.leader != *own && self.incidents.get(&one.id()).is_none_or(|known| known != one)
        };
        let pauses = |one: &Incident| {
            let known = || one.known_pause().map(|(target, ..)| target);
            let paused = one.standing_pause().map(|(target, _)| target).or_else(known);
            paused.is_some_and(|paused| paused.meets(target))
        };
        let incidents = items.iter().filter_map(Incident::from_item).filter_map(Result::ok);
        incidents.filter(is_new).find(pauses)
    }

    /// Names of the critical alarms that are in ALARM, handled or not, and of those that may be.
    pub fn critical(&self) -> Vec<&str> {
        self.critical.iter().map(String::as_str).collect()
    }

    /// What an alarm watches; `None` where guard does not understand it.
    pub fn label(&self, alarm: &str) -> Option<&Label> {
        self.labels.get(alarm)
    }

    /// All alarms.
    pub fn alarms(&self) -> impl Iterator<Item = &AlarmRecord> {
        self.alarms.values()
    }

    /// The incidents, as guard knows them by now.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    /// Notes an incident that guard has changed.
    pub fn note(&mut self, incident: &Incident) {
        self.incidents.insert(incident.id(), incident.clone());
        self.changed.insert(incident.id());
    }

    /// The incidents that an earlier invocation left unfinished.
    pub fn unfinished(&self) -> Vec<Incident> {
        self.incidents().filter(|one| one.phase.is_unfinished()).cloned().collect()
    }

    /// The incidents that this invocation has not changed: what it has just paused is as it should
    /// be.
    pub fn unchanged(&self) -> Vec<Incident> {
        let unchanged = |one: &&Incident| !self.changed.contains(&one.id());
        self.incidents().filter(unchanged).cloned().collect()
    }

    /// Whether operators know that guard paused any of it, and not that the pause is over.
    pub fn is_known_pause(&self, target: &Target) -> bool {
        let mut pauses = self.incidents().filter_map(Incident::known_pause);
        pauses.any(|(paused, _, is_over)| !is_over && paused.meets(target))
    }

    /// Whether an alarm is in that episode still, or may be.
    pub fn lasts(&self, id: &AlarmEpisode) -> bool {
        let alarm = self.alarms.get(&id.alarm);
        alarm.is_some_and(|alarm| alarm.may_be_in_alarm() && alarm.episode == id.episode)
    }

    /// Whether any alarm of an incident lasts.
    pub fn any_lasts(&self, incident: &Incident) -> bool {
        incident.alarms().any(|alarm| self.lasts(alarm))
    }

    /// Whether a part of a pause that was begun is still to be paused, by the settings and the
    /// alarms of now.
    pub fn may_pause(&self, part: &Target, incident: &Incident, settings: &Settings) -> bool {
        self.any_lasts(incident) && settings.allows(part)
    }

    /// Whether nothing but time stands against the end of a pause: its alarm is OK, and no critical
    /// alarm is in ALARM.
    pub fn is_calm(&self, incident: &Incident) -> bool {
        let leader = self.alarms.get(&incident.leader.alarm);
        self.critical.is_empty() && leader.is_some_and(|alarm| alarm.state == AlarmState::Ok)
    }

    /// The alarms in ALARM about which something is to be decided, in the order in which guard
    /// decides: no incident holds them, or one in which nothing is paused.
    pub fn to_decide(&self, now: i64) -> Vec<AlarmRecord> {
        let is_handled = |id: &AlarmEpisode| {
            let mut held = self.incidents().filter(|one| one.alarms().any(|alarm| alarm == id));
            held.any(|incident| incident.phase != Phase::Open)
        };
        let is_open = |alarm: &&AlarmRecord| {
            let id = alarm.current_episode();
            alarm.state == AlarmState::Alarm
                && !is_handled(&id)
                && !self.unreadable.contains(&id.to_string())
        };
        let open: Vec<&AlarmRecord> = self.alarms().filter(is_open).collect();
        let priorities: Vec<Priority> = open.iter().map(|alarm| self.priority(alarm)).collect();
        let round = usize::try_from(now / SCHEDULE).unwrap_or_default();
        let places = in_turn(&priorities, round).into_iter();
        places.filter_map(|place| open.get(place).copied().cloned()).collect()
    }

    fn priority(&self, alarm: &AlarmRecord) -> Priority {
        let (label, id) = (self.label(&alarm.name), alarm.current_episode());
        let mut notified = self.incidents().filter(|incident| !incident.notified.is_empty());
        if notified.any(|incident| incident.alarms().any(|one| *one == id)) {
            Priority::Again
        } else if label.is_some_and(|label| label.scope == Scope::Account) {
            Priority::Account
        } else {
            Priority::Ranked(rank(label))
        }
    }

    /// guard's pauses, the latest first, that other alarms whose episodes last led to by the same
    /// measure.
    pub fn earlier_pauses(&self, alarm: &AlarmRecord, label: &Label) -> Vec<EarlierPause> {
        let pause = |incident: &Incident| {
            let (target, at, is_over) = incident.known_pause()?;
            let leader = &incident.leader;
            let of = self.label(&leader.alarm).filter(|of| of.watched == label.watched)?;
            let is_other = leader.alarm != alarm.name && self.lasts(leader);
            is_other.then(|| EarlierPause {
                at,
                alarm: leader.alarm.clone(),
                target: target.clone(),
                is_over,
                scope: of.scope.clone(),
            })
        };
        let mut pauses: Vec<EarlierPause> = self.incidents().filter_map(pause).collect();
        pauses.sort_by_key(|pause| std::cmp::Reverse(pause.at));
        pauses
    }

    /// Keeps what was decided about an alarm, for notices about it.
    pub fn note_decision(&mut self, decision: &AlarmDecision) {
        self.decisions.insert(decision.alarm.name.clone(), decision.clone());
    }

    /// What was decided about an alarm of an incident; where that was in an earlier invocation, the
    /// alarm as it is now, with the incident's `action`.
    pub fn decision(&self, id: &AlarmEpisode, action: &Action) -> AlarmDecision {
        let known = self.decisions.get(&id.alarm);
        if let Some(known) = known.filter(|known| known.alarm.episode == id.episode) {
            return known.clone();
        }
        let found = self.alarms.get(&id.alarm);
        let mut alarm = found.cloned().unwrap_or_else(|| AlarmRecord::gone(id));
        if !self.lasts(id) {
            alarm.reason = format!("it has left ALARM since. {}", alarm.reason);
            alarm.episode.clone_from(&id.episode);
        }
        let (label, action) = (self.label(&id.alarm).cloned(), action.clone());
        AlarmDecision { alarm, label, action, proof: None, after: None }
    }

    /// One incident out of decisions that concern the same, the leader first, and what is observed of
    /// it at `now`; `None` where the operators know all of it.
    pub fn incident_of(
        &self,
        mut members: Vec<AlarmDecision>,
        now: i64,
    ) -> Option<(Incident, Observation)> {
        let wanted: Vec<Target> =
            members.iter().filter_map(AlarmDecision::pause).cloned().collect();
        let pause = Target::all(&wanted);
        if pause.is_none() {
            members.retain(|member| !self.begun(member).knows(&member.action));
        }
        let (leader, others) = members.split_first()?;
        let decided = Observation::Decided {
            action: pause.map_or_else(|| leader.action.clone(), Action::Pause),
            others: others.iter().map(|other| other.alarm.current_episode()).collect(),
            cause: leader.cause(),
            at: now,
        };
        Some((self.begun(leader), decided))
    }

    /// The incident that this alarm leads, with what operators know of it by others' incidents.
    fn begun(&self, member: &AlarmDecision) -> Incident {
        let id = member.alarm.current_episode();
        let known = self.incidents.get(&id.to_string()).cloned();
        let mut own = known.unwrap_or_else(|| Incident::new(id.clone()));
        for other in self.incidents().filter(|other| other.alarms().any(|one| *one == id)) {
            for code in &other.notified {
                if !own.notified.contains(code) {
                    own.notified.push(code.clone());
                }
            }
        }
        own
    }
}

#[cfg(test)]
mod tests;
