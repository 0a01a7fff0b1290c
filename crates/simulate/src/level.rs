//! How urgently a policy calls for action at the end of a step.

use warden_domain::guard::Severity;

/// The severity that a policy calls for at the end of a step; `None` for no action.
pub(crate) type Level = Option<Severity>;

/// The most severe of several levels.
pub(crate) fn worst(levels: impl Iterator<Item = Level>) -> Level {
    levels.max().flatten()
}

/// How many steps a stretch of minutes has, at least one.
pub(crate) fn steps(minutes: u32, step_minutes: u32) -> usize {
    (minutes / step_minutes).max(1) as usize
}
