//! What has to be done so that the alarms that should exist do: a pure comparison.

use std::collections::{BTreeMap, BTreeSet};

use warden_aws::operator::DefinedAlarm;
use warden_domain::guard::{Measure, Severity};

use super::super::subject::Subject;
use super::definition::{
    AlarmSettings, AlarmWindow, MADE_BY, MAX_NAME, TAG_MADE_BY, WantedAlarm, subject_of,
};
use super::differences::{Difference, differences};
use super::set_definition::SetThresholds;

/// Tag that CloudFormation puts on what a stack made.
const TAG_OF_STACKS: &str = "aws:cloudformation:stack-name";

/// Which alarms are wanted, and of what.
#[derive(Debug, Clone)]
pub struct AlarmChoice {
    /// What is measured.
    pub measures: Vec<Measure>,
    /// What is asked for.
    pub severities: Vec<Severity>,
    /// Over which windows; those of sets have none.
    pub windows: Vec<AlarmWindow>,
    /// What they are of.
    pub scope: ChosenScope,
}

/// Which sets and domains a run is about.
#[derive(Debug, Clone, Default)]
pub struct ChosenScope {
    /// These sets and no others; all when empty.
    pub sets: BTreeSet<String>,
    /// These domains and no others; all when empty.
    pub domains: BTreeSet<String>,
    /// No set at all.
    pub without_sets: bool,
    /// No domain at all.
    pub without_domains: bool,
}

impl ChosenScope {
    /// Whether the run is about this.
    pub fn includes(&self, subject: &Subject) -> bool {
        let among = |names: &BTreeSet<String>, name| names.is_empty() || names.contains(name);
        match subject {
            Subject::Set(name) => !self.without_sets && among(&self.sets, name),
            Subject::Domain(name) => !self.without_domains && among(&self.domains, name),
            Subject::Identity(_) => true,
        }
    }
}

/// What happens to one alarm.
#[derive(Debug, Clone, PartialEq)]
pub enum AlarmStep {
    /// It is not there yet.
    Create(WantedAlarm),
    /// It is ours and differs in the parts named.
    Change {
        /// As it should be.
        definition: WantedAlarm,
        /// As it is.
        existing: Box<DefinedAlarm>,
        /// What differs.
        parts: Vec<Difference>,
    },
    /// It is as it should be, whoever made it.
    Keep {
        /// As it should be.
        definition: WantedAlarm,
        /// As it is.
        existing: Box<DefinedAlarm>,
    },
    /// It cannot be made, and why: its name is taken, or is no name at all.
    LeaveAlone(WantedAlarm, &'static str),
    /// It is ours and its domain, or this choice, does not ask for it.
    Gone(Box<DefinedAlarm>),
}

impl AlarmStep {
    /// The alarm's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Create(wanted) | Self::LeaveAlone(wanted, _) => &wanted.name,
            Self::Change { definition, .. } | Self::Keep { definition, .. } => &definition.name,
            Self::Gone(existing) => &existing.name,
        }
    }

    /// The alarm as it should be; nothing of one that is gone.
    pub fn definition(&self) -> Option<&WantedAlarm> {
        match self {
            Self::Create(wanted) | Self::LeaveAlone(wanted, _) => Some(wanted),
            Self::Change { definition, .. } | Self::Keep { definition, .. } => Some(definition),
            Self::Gone(_) => None,
        }
    }

    /// Whether somebody switched the actions of this alarm off, which stays so.
    pub fn is_silenced(&self) -> bool {
        match self {
            Self::Change { existing, .. } | Self::Keep { existing, .. } => {
                !existing.actions_enabled
            }
            Self::Create(_) | Self::LeaveAlone(..) | Self::Gone(_) => false,
        }
    }

    /// Returns whether applying the plan does something about it; `removes` says whether what
    /// is gone is removed.
    pub fn is_open(&self, removes: bool) -> bool {
        match self {
            Self::Create(_) | Self::Change { .. } => true,
            Self::Gone(_) => removes,
            Self::Keep { .. } | Self::LeaveAlone(..) => false,
        }
    }

    /// Its word in tables and JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Change { .. } => "change",
            Self::Keep { .. } => "keep",
            Self::LeaveAlone(..) => "leave",
            Self::Gone(_) => "gone",
        }
    }
}

/// The alarms that should exist for these sets and domains.
pub fn wanted_alarms(
    setting: &AlarmSettings,
    thresholds: &SetThresholds,
    choice: &AlarmChoice,
    sets: &BTreeSet<String>,
    domains: &BTreeSet<String>,
) -> Vec<WantedAlarm> {
    let mut wanted = Vec::new();
    for measure in &choice.measures {
        for severity in &choice.severities {
            wanted.extend(
                sets.iter()
                    .map(|set| WantedAlarm::of_set(setting, thresholds, set, *measure, *severity)),
            );
            for window in &choice.windows {
                wanted.extend(domains.iter().map(|domain| {
                    WantedAlarm::of_domain(setting, domain, *measure, *severity, *window)
                }));
            }
        }
    }
    wanted
}

/// Compares what should exist with what does, in the order of names: `existing` are all alarms
/// of sets and domains below `prefix`.
///
/// Only alarms that carry our tag are ever changed or gone; the tags of those that
/// [`undecided`] names must have been read. Those of sets and domains that were not
/// chosen are not spoken of.
pub fn plan(
    prefix: &str,
    scope: &ChosenScope,
    wanted: Vec<WantedAlarm>,
    existing: Vec<DefinedAlarm>,
) -> Vec<AlarmStep> {
    let mut there: BTreeMap<String, DefinedAlarm> =
        existing.into_iter().map(|e| (e.name.clone(), e)).collect();
    let mut steps: Vec<AlarmStep> = wanted.into_iter().map(|one| step(one, &mut there)).collect();
    let rest = there.into_values().filter(|alarm| is_removable(prefix, scope, alarm));
    steps.extend(rest.map(|alarm| AlarmStep::Gone(Box::new(alarm))));
    steps.sort_by(|a, b| a.name().cmp(b.name()));
    steps
}

/// Whether an alarm is one of ours that this run is about.
pub fn is_removable(prefix: &str, scope: &ChosenScope, alarm: &DefinedAlarm) -> bool {
    is_ours(alarm) && subject_of(prefix, &alarm.name).is_some_and(|of| scope.includes(&of))
}

/// Returns the names of the alarms whose tags decide what happens with them: those that differ
/// from what they should be, and those that nobody wants. Reading tags takes a call each.
pub fn undecided(
    prefix: &str,
    scope: &ChosenScope,
    wanted: &[WantedAlarm],
    existing: &[DefinedAlarm],
) -> BTreeSet<String> {
    let wanted: BTreeMap<&str, &WantedAlarm> =
        wanted.iter().map(|one| (one.name.as_str(), one)).collect();
    let is_undecided = |alarm: &&DefinedAlarm| match wanted.get(alarm.name.as_str()) {
        _ if alarm.is_composite => false,
        Some(wanted) => !differences(wanted, alarm).is_empty(),
        None => subject_of(prefix, &alarm.name).is_some_and(|of| scope.includes(&of)),
    };
    existing.iter().filter(is_undecided).map(|alarm| alarm.name.clone()).collect()
}

fn step(wanted: WantedAlarm, there: &mut BTreeMap<String, DefinedAlarm>) -> AlarmStep {
    if wanted.name.len() > MAX_NAME {
        return AlarmStep::LeaveAlone(wanted, "its name would be too long");
    }
    let Some(existing) = there.remove(&wanted.name) else {
        return AlarmStep::Create(wanted);
    };
    if existing.is_composite {
        return AlarmStep::LeaveAlone(wanted, "a composite alarm has its name");
    }
    let parts = differences(&wanted, &existing);
    if parts.is_empty() {
        return AlarmStep::Keep { definition: wanted, existing: Box::new(existing) };
    }
    if existing.tags.contains_key(TAG_OF_STACKS) {
        return AlarmStep::LeaveAlone(wanted, "a stack made it");
    }
    if !is_ours(&existing) {
        return AlarmStep::LeaveAlone(wanted, "somebody else made it");
    }
    AlarmStep::Change { definition: wanted, existing: Box::new(existing), parts }
}

fn is_ours(existing: &DefinedAlarm) -> bool {
    !existing.is_composite && existing.tags.get(TAG_MADE_BY).is_some_and(|by| by == MADE_BY)
}

#[cfg(test)]
mod tests;
