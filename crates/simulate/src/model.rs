//! The data files: how the world behaves, and what happens in it.
//!
//! `model.toml` is the world; every other `.toml` of the folder is a scenario, named
//! after its file without the number in front. Rates are fractions, unknown keys are
//! errors, and a folder replaces the files that come with the crate altogether.
//!
//! This file holds the world; `rules` holds the numbers of the policies and `scenario` the
//! scenarios.

mod read;
mod rules;
mod scenario;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use read::{BUILT_IN, Error, World};
pub use rules::{
    AwsSample, Credible, CredibleLine, FlooredWindow, PlainRateRule, TwoWindows, Warden,
    WardenWindow, WardenWindows,
};
pub use scenario::{Event, MailProfile, Opening, Others, PauseJudgement, Scenario};

/// A shape of the week: weights on any scale.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Each hour of the day, UTC.
    pub hours: [f64; 24],
    /// Each day of the week, Monday first.
    pub weekdays: [f64; 7],
}

/// Log-normal sigma of what varies.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Volume, by day.
    pub volume_day: f64,
    /// Rates, by day.
    pub rate_day: f64,
    /// Rates, by hour, on top.
    pub rate_hour: f64,
}

/// One part of a mixture of exponential delays.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// Share of the events; all of a mixture make 1.
    pub share: f64,
    /// Mean delay in minutes.
    pub mean_minutes: f64,
}

/// Delays of feedback.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Delays {
    /// From send to hard bounce.
    pub bounce: Vec<Delay>,
    /// From delivery to complaint.
    pub complaint: Vec<Delay>,
}

/// AWS's reputation metrics.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reputation {
    /// The least representative volume, in mails.
    pub floor: f64,
    /// Otherwise so many days of the mean volume.
    pub days: f64,
    /// How often the metrics are published while mail is sent.
    pub publish_minutes: u32,
    /// What the volume is multiplied with: the one compared with, a smaller and a
    /// larger one.
    pub factors: [f64; 3],
    /// Bounce rate from which SES may pause.
    pub ses_bounce: f64,
    /// Complaint rate from which SES may pause.
    pub ses_complaint: f64,
    /// Bounce rate from which SES reviews the account.
    pub ses_bounce_review: f64,
    /// Complaint rate from which SES reviews the account.
    pub ses_complaint_review: f64,
}

/// Minutes from a rate over the line to mail refused, by policy.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lag {
    /// ses-warden.
    pub warden: u32,
    /// The plain rate.
    pub plain: u32,
    /// AWS's sample.
    pub aws_sample: u32,
    /// The credible-interval breaker.
    pub credible: u32,
    /// The two-window rule.
    pub two_windows: u32,
}

/// How scenarios are played.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Play {
    /// Step of an incident.
    pub incident_step_minutes: u32,
    /// Length of an incident.
    pub incident_days: u32,
    /// Mail before an incident.
    pub run_up_days: u32,
    /// Step of the years in which false pauses are counted.
    pub year_step_minutes: u32,
    /// After a pause, so long no other is counted.
    pub resume_minutes: u32,
    /// After a warning, so long no other is counted.
    pub warned_minutes: u32,
    /// Whether the judges that were tried and not taken are played too.
    #[serde(default)]
    pub tried: bool,
}

/// The world, of `model.toml`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Shapes by name.
    #[serde(skip_serializing, default)]
    pub shapes: BTreeMap<String, Shape>,
    /// What varies.
    pub noise: Noise,
    /// How late feedback is.
    pub delays: Delays,
    /// AWS's metrics.
    pub reputation: Reputation,
    /// How late a pause is.
    pub lag_minutes: Lag,
    /// What of guard's rules to try otherwise.
    #[serde(default)]
    pub warden: Warden,
    /// The first rival.
    pub aws_sample: AwsSample,
    /// The second rival.
    pub plain: PlainRateRule,
    /// The third rival.
    pub credible: Credible,
    /// The fourth rival.
    pub two_windows: TwoWindows,
    /// How it is played.
    pub play: Play,
}
