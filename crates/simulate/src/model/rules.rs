//! The part of `model.toml` that holds the numbers of the policies: guard's own, where they are
//! tried otherwise, and those of its rivals.

use serde::{Deserialize, Serialize};
use warden_domain::guard::Measure;
use warden_domain::guard::confidence::Rule;

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

/// One window of guard's rule.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct WardenWindow {
    /// How far back it reaches.
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
    /// Minutes between the runs of guard's schedule.
    pub fn schedule_minutes(&self) -> u64 {
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
pub struct PlainRateRule {
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
    /// How far back it reaches.
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
