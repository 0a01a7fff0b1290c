//! What guard does about an alarm that is in ALARM.
//!
//! guard is level-triggered: whatever wakes it, it reads the alarms back and asks
//! [`decide`] about each whose episode is not handled yet. An episode begins when
//! the alarm goes into ALARM; a tag on the alarm says which one was handled last,
//! so that an operator's resume is not undone by the episode that led to the pause.

pub mod account;
pub mod confidence;
mod decision;
pub mod incident;
mod label;
pub mod record;
pub mod windows;

pub use decision::{
    Action, Mode, NEGLIGIBLE_SHARE, SetState, Settings, Situation, TellOnly, carriers, decide,
};
pub use label::{
    Label, Measure, Scope, Severity, TAG_HANDLED, TAG_MEASURE, TAG_SCOPE, TAG_SEVERITY, TAG_TARGET,
    TAG_WARNED, Watched, rank,
};

use crate::alarm::AlarmState;
use crate::envelope::Reading;
use crate::outcome::Ignored;

/// Whether a message is a reason to look at the alarms, or why not.
///
/// # Errors
/// The reason why there is nothing to look for.
pub fn is_trigger(reading: &Reading) -> Result<(), Ignored> {
    match reading {
        Reading::Alarm(alarm) => match alarm.state {
            AlarmState::Alarm => Ok(()),
            AlarmState::Ok | AlarmState::InsufficientData => Err(Ignored::AlarmNotRaised),
            AlarmState::Unknown(_) => Err(Ignored::UnknownAlarmState),
        },
        // The schedule, and whatever else wakes the function: looking harms nothing.
        Reading::Ignored(Ignored::OtherSource | Ignored::AccountNotice) => Ok(()),
        Reading::Ignored(reason) => Err(*reason),
        Reading::Event(_) => Err(Ignored::OtherEvent),
        // Broken, but somebody rang: an alarm that cannot be read is looked at too.
        Reading::Broken(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
