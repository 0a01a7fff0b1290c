//! The switches of sending, for the commands that use them: which, how they stand, and turning
//! them.

mod cause;
mod incidents;
mod look;
mod options;
mod row;
mod session;
mod switch;
mod texts;

pub use cause::{SendingCause, read_cause};
pub use options::{PaceOption, SendingPlace, SwitchOptions, TargetOptions};
pub use row::SwitchRow;
pub use session::Session;
pub use switch::{Confirmation, Switch, Switches, confirmed};
