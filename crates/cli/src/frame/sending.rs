//! The switches of sending, for the commands that use them: which, how they stand, and turning
//! them.

mod cause;
mod incidents;
mod look;
mod options;
mod session;
mod switch;

pub use cause::{SendingCause, read_cause};
pub use options::{PaceOption, SendingPlace, TargetOptions};
pub use session::{Session, SwitchRow};
pub use switch::{Confirmation, Switch, Switches, confirmed};
