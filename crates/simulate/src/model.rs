//! The data files: how the world behaves, and what happens in it.
//!
//! `model.toml` is the world; every other `.toml` of the folder is a scenario, named
//! after its file without the number in front. Rates are fractions, unknown keys are
//! errors, and a folder replaces the files that come with the crate altogether.

mod read;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use warden_domain::guard::Measure;
use warden_domain::guard::confidence::Rule;

pub use read::{BUILT_IN, Error, World};

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

/// AWS's documented sample.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AwsSample {
    /// Bounce rate that pauses.
    pub threshold: f64,
    /// Period of the alarm, which averages what is published in it.
    pub window_minutes: u32,
}

/// What of guard's rules to try otherwise; all that is absent is as deployed.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Warden {
    /// Standard normal quantile.
    pub z: Option<f64>,
    /// Fewest mails of a window.
    pub total_floor: Option<u64>,
    /// Fewest events of a window.
    pub events_floor: Option<u64>,
    /// How many times the usual mail is a full surge.
    pub surge_times: Option<f64>,
    /// How often guard looks when no alarm calls it: 5 minutes, as the template has it.
    pub schedule_minutes: Option<u32>,
    /// The windows of bounces.
    pub bounce: WardenWindows,
    /// The windows of complaints.
    pub complaint: WardenWindows,
}

/// The windows of one measure.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct WardenWindows {
    /// The fast one.
    pub fast: WardenWindow,
    /// The slow one.
    pub slow: WardenWindow,
}

/// One window.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct WardenWindow {
    /// Length.
    pub minutes: Option<u32>,
    /// How far back mail counts.
    pub lookback_minutes: Option<u32>,
    /// What the lower bound must exceed for a pause.
    pub critical: Option<f64>,
    /// The same in a full surge.
    pub surge_critical: Option<f64>,
    /// What the lower bound must exceed for a warning.
    pub warn: Option<f64>,
    /// The same in a full surge.
    pub surge_warn: Option<f64>,
}

impl Warden {
    pub(crate) fn schedule_minutes(&self) -> u64 {
        self.schedule_minutes.unwrap_or(5).into()
    }

    /// The rule that is played.
    pub fn rule(&self, measure: Measure) -> Rule {
        let mut rule = Rule::of(measure);
        let tried = match measure {
            Measure::Bounce => &self.bounce,
            Measure::Complaint => &self.complaint,
        };
        rule.z = self.z.unwrap_or(rule.z);
        rule.total_floor = self.total_floor.unwrap_or(rule.total_floor);
        rule.events_floor = self.events_floor.unwrap_or(rule.events_floor);
        rule.surge_times = self.surge_times.unwrap_or(rule.surge_times);
        for (window, tried) in [(&mut rule.fast, &tried.fast), (&mut rule.slow, &tried.slow)] {
            window.seconds = tried.minutes.map_or(window.seconds, |minutes| 60 * minutes);
            window.lookback_seconds =
                tried.lookback_minutes.map_or(window.lookback_seconds, |minutes| 60 * minutes);
            window.usual.critical = tried.critical.unwrap_or(window.usual.critical);
            window.surge.critical = tried.surge_critical.unwrap_or(window.surge.critical);
            window.usual.warn = tried.warn.unwrap_or(window.usual.warn);
            window.surge.warn = tried.surge_warn.unwrap_or(window.surge.warn);
        }
        rule
    }
}

/// The plain rate with a floor.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plain {
    /// Bounce rate that pauses.
    pub threshold: f64,
    /// Window of the rate.
    pub window_minutes: u32,
    /// Fewer sends are not judged.
    pub least_sends: u64,
}

/// A circuit breaker on the lower bound of a Beta posterior, over one day's mail.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Credible {
    /// Chance that the true rate is below the lower bound.
    pub tail: f64,
    /// Bounces.
    pub bounce: CredibleLine,
    /// Complaints.
    pub complaint: CredibleLine,
    /// Plain bounce rate of the day that pauses whatever the bound,
    pub hard_stop: f64,
    /// from so many sends on.
    pub hard_stop_sends: u64,
}

/// One measure of the credible-interval breaker.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CredibleLine {
    /// Mean of the prior, which weighs as much as one event.
    pub prior: f64,
    /// Lower bound that warns.
    pub warn: f64,
    /// Lower bound that pauses.
    pub pause: f64,
}

/// A short and a long window for each measure, with floors.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TwoWindows {
    /// How often the rule is evaluated.
    pub every_minutes: u32,
    /// Bounces over sends.
    pub bounce: [FlooredWindow; 2],
    /// Complaints over sends.
    pub complaint: [FlooredWindow; 2],
}

/// One window of the two-window rule.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FlooredWindow {
    /// Length.
    pub minutes: u32,
    /// Rate that warns.
    pub warn: f64,
    /// Rate that pauses.
    pub pause: f64,
    /// Fewer sends are not judged.
    pub least_sends: u64,
    /// Fewer events are not judged.
    pub least_events: u64,
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
    pub plain: Plain,
    /// The third rival.
    pub credible: Credible,
    /// The fourth rival.
    pub two_windows: TwoWindows,
    /// How it is played.
    pub play: Play,
}

/// Whether a pause is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pause {
    /// From the onset on.
    Right,
    /// Never.
    Wrong,
    /// Reasonable people differ: shown, counted neither way.
    Either,
}

/// The mail of a sender.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Name of a shape of the model.
    pub shape: String,
    /// Hard bounces over sends.
    pub bounce: f64,
    /// Complaints over deliveries.
    pub complaint: f64,
    /// Mail deferred until SES gives up, over sends.
    #[serde(default)]
    pub soft: f64,
}

/// Another sender of the account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Others {
    /// Mails a day.
    pub volume: f64,
    /// Name of a shape of the model.
    pub shape: String,
    /// Hard bounces over sends.
    pub bounce: f64,
    /// Complaints over deliveries.
    pub complaint: f64,
    /// Mail deferred until SES gives up, over sends.
    #[serde(default)]
    pub soft: f64,
}

/// The first mail of an account without history.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Mails sent at once.
    pub sends: u64,
    /// Of which so many bounce at once.
    pub bounces: u64,
}

/// What happens.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Event {
    /// How long; to the end when absent.
    pub hours: Option<f64>,
    /// How often in a year, for what is not worth a pause.
    pub every_days: Option<u32>,
    /// Foreign mail through the sender's domain: so many mails an hour,
    pub extra_per_hour: f64,
    /// and so much of the sender's mean daily volume an hour.
    pub extra_hourly_share: f64,
    /// Hard bounces over sends of the foreign mail.
    pub bounce: f64,
    /// Complaints over deliveries of the foreign mail.
    pub complaint: f64,
    /// Deferred share of the foreign mail.
    pub soft: f64,
    /// What the bounce rate of the sender's own mail becomes.
    pub own_bounce: Option<f64>,
    /// What its complaint rate becomes.
    pub own_complaint: Option<f64>,
    /// What its deferred share becomes.
    pub own_soft: Option<f64>,
    /// Days until the own rates are there; at once when 0.
    pub ramp_days: f64,
}

/// One story.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Name, from the file's.
    #[serde(skip)]
    pub name: String,
    /// A few words for a table.
    pub title: String,
    /// A sentence for a report.
    pub story: String,
    /// Whether a pause is right.
    pub pause: Pause,
    /// Mails a day; each is played by itself.
    pub volumes: Vec<f64>,
    /// Set for a new account.
    pub opening: Option<Opening>,
    /// Step of the incident, where not the model's.
    pub step_minutes: Option<u32>,
    /// Length of the incident, where not the model's.
    pub days: Option<u32>,
    /// The sender's mail.
    pub mail: Mail,
    /// More mail in the account, of another sender.
    pub others: Option<Others>,
    /// What happens; nothing when absent.
    pub event: Option<Event>,
}
