//! What guard does about an alarm that is in ALARM.
//!
//! guard is level-triggered: whatever invokes it, it reads the alarms itself and calls [`decide`]
//! for each one whose episode is not handled yet. An episode begins when the alarm goes into ALARM.
//! The journal holds an [`incident::Incident`] for each, so that the episode that led to a pause
//! does not undo an operator's resume.
//!
//! ```
//! use warden_domain::guard::record::Target;
//! use warden_domain::guard::{
//!     Action, Label, Measure, DecisionFacts, Scope, Settings, Severity, Watched, decide,
//! };
//!
//! let label = Label {
//!     scope: Scope::Account,
//!     watched: Watched::Rate(Measure::Bounce),
//!     severity: Severity::Critical,
//! };
//! let action = decide(&label, &DecisionFacts::nothing_read(), &Settings::default());
//! assert_eq!(action, Action::Pause(Target::Account));
//! ```

pub mod account;
mod alarm_decision;
mod alarm_record;
pub mod confidence;
mod decision;
mod definition;
pub mod enforcement;
mod facts;
pub mod group;
pub mod incident;
mod label;
pub mod memory;
pub mod record;
pub mod series;
mod settings;
pub mod stack;
pub mod sweep;
pub mod windows;

pub use alarm_decision::{AlarmDecision, grouped};
pub use alarm_record::AlarmRecord;
pub use decision::{
    Action, DecisionFacts, NEGLIGIBLE_SHARE, NotifyOnly, SetState, carriers, decide, held_to_counts,
};
pub use definition::{AlarmDefinition, StackNames, WatchedSeries};
pub use facts::{Fact, facts_to_read};
pub use label::{Label, Measure, Scope, Severity, Watched, rank};
pub use settings::{Mode, Settings};

use crate::alarm::AlarmState;
use crate::envelope::Reading;
use crate::outcome::Ignored;

/// Whether a message is a reason to check the alarms, or why not.
///
/// # Errors
/// The reason why there is nothing to check.
pub fn is_trigger(reading: &Reading) -> Result<(), Ignored> {
    match reading {
        Reading::Alarm(alarm) => match alarm.state {
            AlarmState::Alarm => Ok(()),
            AlarmState::Ok | AlarmState::InsufficientData => Err(Ignored::AlarmNotRaised),
            AlarmState::Unknown(_) => Err(Ignored::UnknownAlarmState),
        },
        // The schedule, and whatever else invokes the function: a check changes nothing by itself.
        Reading::Ignored(Ignored::OtherSource | Ignored::AccountNotice) => Ok(()),
        Reading::Ignored(reason) => Err(*reason),
        Reading::Event(_) => Err(Ignored::OtherEvent),
        // Broken, but an alarm may have sent it: the alarms are checked.
        Reading::Broken(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
