//! A judge for thresholds: how soon a policy stops what it must, and how often it
//! stops what it must not.
//!
//! Seeded traffic runs through the very decision code of guard and, in the same
//! minute and on the same mail, through its rivals: AWS's documented sample, SES's own
//! limits, a plain rate with a floor, and two rules that others have published. Scenarios and the model of the world are data files
//! ([`model`]); nothing else is read and nothing is written.
//!
//! The same files, seed, runs and years give the same numbers, on however many
//! threads.

pub mod model;
pub mod picture;
pub mod results;
pub mod sensitivity;
pub mod table;

mod history;
mod level;
mod machine;
mod play;
mod policy;
mod rivals;
mod traffic;
mod tried;
mod watch;

pub use model::World;
pub use policy::{POLICIES, PauseRule};
pub use results::{PlayOptions, Results, play};
