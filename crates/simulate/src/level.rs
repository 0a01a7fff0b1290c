//! What every rule answers with, and the length of its windows in steps.

use warden_domain::guard::Severity;

/// What a policy calls for at the end of a step.
pub(crate) type Level = Option<Severity>;

/// The most severe of several levels.
pub(crate) fn worst(levels: impl Iterator<Item = Level>) -> Level {
    levels.max().flatten()
}

/// How many steps a stretch of minutes has, at least one.
pub(crate) fn steps(minutes: u32, step_minutes: u32) -> usize {
    (minutes / step_minutes).max(1) as usize
}
