//! A scenario file: who sends which mail, what happens to it, and whether a pause is right.

use serde::{Deserialize, Serialize};

/// Whether a pause is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PauseJudgement {
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
pub struct MailProfile {
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

/// One scenario: a sender's mail, and what happens to it.
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
    pub pause: PauseJudgement,
    /// Mails a day; each is played by itself.
    pub volumes: Vec<f64>,
    /// Set for a new account.
    pub opening: Option<Opening>,
    /// Step of the incident, where not the model's.
    pub step_minutes: Option<u32>,
    /// Length of the incident, where not the model's.
    pub days: Option<u32>,
    /// The sender's mail.
    pub mail: MailProfile,
    /// More mail in the account, of another sender.
    pub others: Option<Others>,
    /// What happens; nothing when absent.
    pub event: Option<Event>,
}
