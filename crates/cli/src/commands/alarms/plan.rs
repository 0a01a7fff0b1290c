//! What has to be done so that the alarms that should exist do: a pure comparison.

use std::collections::{BTreeMap, BTreeSet};

use warden_aws::operator::DefinedAlarm;
use warden_domain::guard::{Measure, Severity};

use super::definition::{
    AlarmSettings, AlarmWindow, DomainAlarm, MADE_BY, MAX_NAME, TAG_MADE_BY, domain_prefix,
};
use super::differences::{Difference, differences};

/// Tag that CloudFormation puts on what a stack made.
const TAG_OF_STACKS: &str = "aws:cloudformation:stack-name";

/// Which alarms are wanted for each domain.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is measured.
    pub measures: Vec<Measure>,
    /// What is asked for.
    pub severities: Vec<Severity>,
    /// Over which windows.
    pub windows: Vec<AlarmWindow>,
    /// These domains and no others; all when empty.
    pub domains: BTreeSet<String>,
}

/// What happens to one alarm.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is not there yet.
    Create(DomainAlarm),
    /// It is ours and differs in the parts named.
    Change {
        /// As it should be.
        definition: DomainAlarm,
        /// As it is.
        existing: Box<DefinedAlarm>,
        /// What differs.
        parts: Vec<Difference>,
    },
    /// It is as it should be.
    Keep {
        /// As it should be.
        definition: DomainAlarm,
        /// As it is.
        existing: Box<DefinedAlarm>,
    },
    /// It cannot be made, and why: its name is taken, or no name at all.
    LeaveAlone(DomainAlarm, &'static str),
    /// It is ours and its domain, or this choice, does not ask for it.
    Gone(Box<DefinedAlarm>),
}

impl Step {
    /// The alarm's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Create(wanted) | Self::LeaveAlone(wanted, _) => &wanted.name,
            Self::Change { definition, .. } | Self::Keep { definition, .. } => &definition.name,
            Self::Gone(existing) => &existing.name,
        }
    }

    /// The alarm as it should be; nothing of one that is gone.
    pub fn definition(&self) -> Option<&DomainAlarm> {
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

/// The alarms that should exist for `domains`, by name.
pub fn definitions(
    setting: &AlarmSettings,
    choice: &Choice,
    domains: &BTreeSet<String>,
) -> Vec<DomainAlarm> {
    let mut wanted = Vec::new();
    for domain in domains {
        for measure in &choice.measures {
            for severity in &choice.severities {
                for window in &choice.windows {
                    wanted.push(DomainAlarm::new(setting, domain, *measure, *severity, *window));
                }
            }
        }
    }
    wanted
}

/// Compares what should exist with what does: `existing` are all alarms below
/// [`domain_prefix`].
///
/// Only alarms that carry our tag are ever changed or gone. With chosen domains,
/// the alarms of others are not spoken of.
pub fn plan(
    setting: &AlarmSettings,
    choice: &Choice,
    wanted: Vec<DomainAlarm>,
    existing: Vec<DefinedAlarm>,
) -> Vec<Step> {
    let mut there: BTreeMap<String, DefinedAlarm> =
        existing.into_iter().map(|e| (e.name.clone(), e)).collect();
    let mut steps: Vec<Step> =
        wanted.into_iter().map(|definition| step(definition, &mut there)).collect();
    let prefix = domain_prefix(&setting.prefix);
    let spoken_of = |existing: &DefinedAlarm| {
        choice.domains.is_empty()
            || domain_of(&prefix, &existing.name).is_some_and(|d| choice.domains.contains(d))
    };
    steps.extend(
        there.into_values().filter(|e| is_ours(e) && spoken_of(e)).map(|e| Step::Gone(Box::new(e))),
    );
    steps.sort_by(|a, b| a.name().cmp(b.name()));
    steps
}

/// The domain in the name of an alarm below `prefix`, a [`domain_prefix`].
pub fn domain_of<'a>(prefix: &str, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(prefix)?.split('/').next()
}

fn step(definition: DomainAlarm, there: &mut BTreeMap<String, DefinedAlarm>) -> Step {
    if definition.name.len() > MAX_NAME {
        return Step::LeaveAlone(definition, "its name would be too long");
    }
    let Some(existing) = there.remove(&definition.name) else {
        return Step::Create(definition);
    };
    if existing.is_composite {
        return Step::LeaveAlone(definition, "a composite alarm has its name");
    }
    if existing.tags.contains_key(TAG_OF_STACKS) {
        return Step::LeaveAlone(definition, "the stack made it");
    }
    if !is_ours(&existing) {
        return Step::LeaveAlone(definition, "somebody else made it");
    }
    let parts = differences(&definition, &existing);
    let existing = Box::new(existing);
    if parts.is_empty() {
        Step::Keep { definition, existing }
    } else {
        Step::Change { definition, existing, parts }
    }
}

fn is_ours(existing: &DefinedAlarm) -> bool {
    !existing.is_composite && existing.tags.get(TAG_MADE_BY).is_some_and(|by| by == MADE_BY)
}

#[cfg(test)]
mod tests;
