//! When so much seems to be gone that something else must be wrong.

use std::collections::BTreeSet;

use super::super::subject::Subject;
use super::definition::{AlarmSettings, subject_of};
use super::domains::KnownDomains;
use super::plan::{AlarmStep, ChosenScope};

/// What AWS was found to have.
#[derive(Debug, Clone, Copy)]
pub struct FoundAlarms<'a> {
    /// The domains, where they were read.
    pub domains: Option<&'a KnownDomains>,
    /// The number of configuration sets.
    pub sets: usize,
}

/// Why removing what is gone looks like a mistake. With a wrong namespace or Region nearly
/// everything seems gone.
pub fn too_much_gone(
    settings: &AlarmSettings,
    scope: &ChosenScope,
    found: FoundAlarms<'_>,
    steps: &[AlarmStep],
) -> Option<String> {
    let losses = |is_kind: fn(&Subject) -> bool| Losses::of(&settings.prefix, steps, is_kind);
    let domains = losses(|subject| matches!(subject, Subject::Domain(_)));
    let sets = losses(|subject| matches!(subject, Subject::Set(_)));
    let is_empty = |known: &KnownDomains| {
        known.seen.is_empty() && (known.has_no_identity() || !scope.domains.is_empty())
    };
    if domains.lost > 0 && found.domains.is_some_and(is_empty) {
        return Some(format!("no domain at all was found in {}", settings.namespace));
    }
    if sets.lost > 0 && found.sets == 0 {
        return Some("no configuration set at all was found".to_owned());
    }
    let most = |losses: &Losses, kind: &str| {
        (2 * losses.lost > losses.all).then(|| {
            format!("{} of the {} {kind} that have alarms would lose them", losses.lost, losses.all)
        })
    };
    let of_domains = most(&domains, "domains").filter(|_| scope.domains.is_empty());
    of_domains.or_else(|| most(&sets, "configuration sets").filter(|_| scope.sets.is_empty()))
}

/// How many of the sets or domains that have alarms would lose all of them.
struct Losses {
    lost: usize,
    all: usize,
}

impl Losses {
    fn of(prefix: &str, steps: &[AlarmStep], is_kind: fn(&Subject) -> bool) -> Self {
        let subjects = |is_wanted: fn(&AlarmStep) -> bool| -> BTreeSet<Subject> {
            let some = steps.iter().filter(|step| is_wanted(step));
            some.filter_map(|step| subject_of(prefix, step.name())).filter(is_kind).collect()
        };
        let gone = subjects(|step| matches!(step, AlarmStep::Gone(_)));
        let staying =
            subjects(|step| matches!(step, AlarmStep::Keep { .. } | AlarmStep::Change { .. }));
        let wanted = subjects(|step| step.definition().is_some());
        Self { lost: gone.difference(&wanted).count(), all: gone.union(&staying).count() }
    }
}

#[cfg(test)]
mod tests;
