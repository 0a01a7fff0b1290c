//! The steps of a run: a pure comparison of the present state in AWS with the intended one.

use std::collections::{BTreeMap, BTreeSet};

use warden_aws::operator::{ConfigurationSetState, DefaultSetState, DefinedAlarm};

use super::alarms::definition::{AlarmSettings, WantedAlarm, subject_of};
use super::alarms::plan::{self as alarm_plan, AlarmStep, ChosenScope};
use super::default_sets::{DefaultStep, WantedDefault, default_removal, default_step};
use super::ownership::SetTag;
use super::sets::{
    DestinationStep, ENGAGEMENT, MetricsStep, WantedAtSet, destination_removal, destination_step,
    metrics_removal, metrics_step,
};
use super::subject::Subject;

/// What a step does with one resource.
#[derive(Debug, Clone, PartialEq)]
pub enum StepAction {
    /// The event destination of a set.
    Destination(DestinationStep),
    /// The reputation metrics of a set.
    Metrics(MetricsStep),
    /// The default set of an identity.
    DefaultSet(DefaultStep),
    /// Removes our tag from a set or identity.
    Tag,
    /// An alarm of a set or domain.
    Alarm(AlarmStep),
}

/// A step of a plan: an action and its subject.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanStep {
    /// The set, domain or identity.
    pub subject: Subject,
    /// What the step does.
    pub action: StepAction,
}

impl PlanStep {
    /// Returns the set whose tag must record this step, and what the tag must record.
    fn makes(&self) -> Option<(&str, SetTag)> {
        let none = SetTag::default();
        match &self.action {
            StepAction::Destination(DestinationStep::Create { .. }) => {
                Some((self.subject.name(), SetTag { destination: true, ..none }))
            }
            StepAction::Metrics(MetricsStep::Create) => {
                Some((self.subject.name(), SetTag { reputation_metrics: true, ..none }))
            }
            StepAction::DefaultSet(DefaultStep::Put { made, .. }) => {
                Some((&made.set, SetTag { default_set: true, ..none }))
            }
            StepAction::Destination(_)
            | StepAction::Metrics(_)
            | StepAction::DefaultSet(_)
            | StepAction::Tag
            | StepAction::Alarm(_) => None,
        }
    }

    /// Returns the alarm step, if this step is about an alarm.
    pub fn alarm(&self) -> Option<&AlarmStep> {
        if let StepAction::Alarm(step) = &self.action { Some(step) } else { None }
    }
}

/// The kinds of step, in the order in which they are counted and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepVerb {
    /// The step creates it or switches it on.
    Create,
    /// The step changes it.
    Change,
    /// It already is as intended.
    Keep,
    /// It cannot be created, or belongs to somebody else.
    Leave,
    /// It is ours and no longer needed; it stays unless the run removes such things.
    Gone,
    /// It is ours, and the step removes it.
    Remove,
}

impl StepVerb {
    /// All kinds of step.
    pub const ALL: [Self; 6] =
        [Self::Create, Self::Change, Self::Keep, Self::Leave, Self::Gone, Self::Remove];

    /// Returns the word for tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Keep => "keep",
            Self::Leave => "leave",
            Self::Gone => "gone",
            Self::Remove => "remove",
        }
    }

    /// Whether applying such a step changes something.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Create | Self::Change | Self::Remove)
    }
}

/// All steps of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConnectPlan {
    /// The steps, sorted by subject.
    pub steps: Vec<PlanStep>,
    /// What our tags record, by set.
    pub made: BTreeMap<String, SetTag>,
    /// Whether the run removes what is no longer needed.
    pub removes: bool,
}

impl ConnectPlan {
    /// Returns the kind of a step.
    pub fn verb(&self, step: &PlanStep) -> StepVerb {
        match &step.action {
            StepAction::Destination(step) => match step {
                DestinationStep::Create { .. } => StepVerb::Create,
                DestinationStep::Change { .. } => StepVerb::Change,
                DestinationStep::Keep { .. } => StepVerb::Keep,
                DestinationStep::Leave { .. } => StepVerb::Leave,
                DestinationStep::Remove { .. } => StepVerb::Remove,
            },
            StepAction::Metrics(step) => match step {
                MetricsStep::Create => StepVerb::Create,
                MetricsStep::Keep => StepVerb::Keep,
                MetricsStep::Leave(_) => StepVerb::Leave,
                MetricsStep::Remove => StepVerb::Remove,
            },
            StepAction::DefaultSet(step) => match step {
                DefaultStep::Put { old: None, .. } => StepVerb::Create,
                DefaultStep::Put { old: Some(_), .. } => StepVerb::Change,
                DefaultStep::Keep { .. } => StepVerb::Keep,
                DefaultStep::Leave { .. } => StepVerb::Leave,
                DefaultStep::Remove { .. } => StepVerb::Remove,
            },
            StepAction::Tag => StepVerb::Remove,
            StepAction::Alarm(step) => match step {
                AlarmStep::Create(_) => StepVerb::Create,
                AlarmStep::Change { .. } => StepVerb::Change,
                AlarmStep::Keep { .. } => StepVerb::Keep,
                AlarmStep::LeaveAlone(..) => StepVerb::Leave,
                AlarmStep::Gone(_) if self.removes => StepVerb::Remove,
                AlarmStep::Gone(_) => StepVerb::Gone,
            },
        }
    }

    /// Returns the steps that change something.
    pub fn open(&self) -> impl Iterator<Item = &PlanStep> {
        self.steps.iter().filter(|step| self.verb(step).is_open())
    }

    /// Returns how many steps there are of each kind.
    pub fn counts(&self) -> BTreeMap<StepVerb, usize> {
        let mut counts: BTreeMap<StepVerb, usize> = StepVerb::ALL.map(|verb| (verb, 0)).into();
        for step in &self.steps {
            *counts.entry(self.verb(step)).or_default() += 1;
        }
        counts
    }

    /// Returns the sets for whose mail SES will begin to track opens or clicks.
    pub fn newly_tracking(&self) -> BTreeSet<&str> {
        let begins = |step: &&PlanStep| {
            let StepAction::Destination(step) = &step.action else { return false };
            let is_new = |old: &[String], events: &[&str]| {
                ENGAGEMENT.iter().any(|e| events.contains(e) && !old.iter().any(|o| o == e))
            };
            match step {
                DestinationStep::Create { events, .. } => is_new(&[], events),
                DestinationStep::Change { old, events, .. } => is_new(old, events),
                DestinationStep::Keep { .. }
                | DestinationStep::Leave { .. }
                | DestinationStep::Remove { .. } => false,
            }
        };
        self.steps.iter().filter(begins).map(|step| step.subject.name()).collect()
    }

    /// Returns the tags to write: what the tag of each set must record after the steps, if it does
    /// not yet.
    pub fn tags_to_write(&self) -> BTreeMap<&str, SetTag> {
        let mut wanted: BTreeMap<&str, SetTag> = BTreeMap::new();
        for (set, more) in self.open().filter_map(PlanStep::makes) {
            let old = self.made.get(set).copied().unwrap_or_default();
            let now = wanted.get(set).copied().unwrap_or(old).and(more);
            if now != old {
                wanted.insert(set, now);
            }
        }
        wanted
    }
}

/// Returns the steps at sets. `sets` are all sets that were read; those in `chosen` are connected.
pub fn set_steps(
    sets: &[ConfigurationSetState],
    chosen: &BTreeSet<String>,
    wanted: &WantedAtSet<'_>,
) -> Vec<PlanStep> {
    let chosen = sets.iter().filter(|set| chosen.contains(&set.name));
    chosen
        .flat_map(|set| {
            let subject = Subject::Set(set.name.clone());
            [
                StepAction::Destination(destination_step(set, wanted)),
                StepAction::Metrics(metrics_step(set)),
            ]
            .map(|action| PlanStep { subject: subject.clone(), action })
        })
        .collect()
}

/// Returns the steps that disconnect sets.
pub fn set_removals(sets: &[ConfigurationSetState], wanted: &WantedAtSet<'_>) -> Vec<PlanStep> {
    let mut steps = Vec::new();
    for set in sets {
        let destination = destination_removal(set, wanted).map(StepAction::Destination);
        let metrics = metrics_removal(set, wanted).map(StepAction::Metrics);
        let tag = SetTag::read(&set.tags, &wanted.key).map(|_| StepAction::Tag);
        let actions = [destination, metrics, tag].into_iter().flatten();
        let subject = Subject::Set(set.name.clone());
        steps.extend(actions.map(|action| PlanStep { subject: subject.clone(), action }));
    }
    steps
}

/// Returns what we created, by the tags of the sets.
pub fn made_at(sets: &[ConfigurationSetState], key: &str) -> BTreeMap<String, SetTag> {
    let read =
        |set: &ConfigurationSetState| Some((set.name.clone(), SetTag::read(&set.tags, key)?));
    sets.iter().filter_map(read).collect()
}

/// Returns the steps at identities for which the run sets a default set.
pub fn default_steps(
    states: &[DefaultSetState],
    wanted: &[WantedDefault],
    key: &str,
) -> Vec<PlanStep> {
    let step = |wanted: &WantedDefault| {
        let state = states.iter().find(|state| state.identity == wanted.identity)?;
        let action = StepAction::DefaultSet(default_step(state, wanted, key));
        Some(PlanStep { subject: Subject::Identity(wanted.identity.clone()), action })
    };
    wanted.iter().filter_map(step).collect()
}

/// Returns the steps that disconnect identities: those whose default set is among the chosen ones.
pub fn default_removals(
    states: &[DefaultSetState],
    key: &str,
    scope: &ChosenScope,
    exists: impl Fn(&str) -> bool,
) -> Vec<PlanStep> {
    let mut steps = Vec::new();
    for state in states {
        let Some(made) = super::ownership::DefaultSetTag::read(&state.tags, key) else { continue };
        if !scope.includes(&Subject::Set(made.set)) {
            continue;
        }
        let actions = default_removal(state, key, &exists).map(StepAction::DefaultSet);
        let subject = Subject::Identity(state.identity.clone());
        let actions = actions.into_iter().chain([StepAction::Tag]);
        steps.extend(actions.map(|action| PlanStep { subject: subject.clone(), action }));
    }
    steps
}

/// Returns the steps for alarms, from a comparison of the intended and the existing ones.
pub fn alarm_steps(
    prefix: &str,
    scope: &ChosenScope,
    wanted: Vec<WantedAlarm>,
    existing: Vec<DefinedAlarm>,
) -> Vec<AlarmStep> {
    alarm_plan::plan(prefix, scope, wanted, existing)
}

/// Returns the steps that delete our alarms.
pub fn alarm_removals(
    prefix: &str,
    scope: &ChosenScope,
    existing: Vec<DefinedAlarm>,
) -> Vec<AlarmStep> {
    let ours = existing.into_iter().filter(|a| alarm_plan::is_removable(prefix, scope, a));
    ours.map(|alarm| AlarmStep::Gone(Box::new(alarm))).collect()
}

/// Merges the steps of sets, identities and alarms, sorted by subject.
pub fn together(
    settings: &AlarmSettings,
    others: Vec<PlanStep>,
    alarms: Vec<AlarmStep>,
    made: BTreeMap<String, SetTag>,
    removes: bool,
) -> ConnectPlan {
    let of_alarm = |step: AlarmStep| {
        let subject = subject_of(&settings.prefix, step.name())?;
        Some(PlanStep { subject, action: StepAction::Alarm(step) })
    };
    let mut steps = others;
    steps.extend(alarms.into_iter().filter_map(of_alarm));
    // The sort is stable: steps of one subject keep their order.
    steps.sort_by(|a, b| a.subject.cmp(&b.subject));
    ConnectPlan { steps, made, removes }
}

#[cfg(test)]
mod tests;
