//! The policies that are played, and what they share.

use serde::{Deserialize, Serialize};

use crate::model::Model;

/// A policy that decides when sending is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseRule {
    /// `warden_domain::guard::confidence`, on each sender.
    SesWarden,
    /// A plain rate with a floor, on each sender.
    PlainRate,
    /// AWS's documented sample, on the account.
    AwsSample,
    /// The same, if the representative volume is what the model's second factor says.
    AwsSampleSmallVolume,
    /// The same with the third factor.
    AwsSampleLargeVolume,
    /// The lower bound of a Beta posterior over the day's mail, on each sender.
    Credible,
    /// An hour and a day with floors, on each sender.
    TwoWindows,
    /// SES's own review and pause of the account.
    SesItself,
    /// Knows the true rate, and is late by ses-warden's lag alone: what no judge can beat.
    Floor,
    /// Tried: guard's alarms notify by themselves, and nobody looks at earlier mail.
    AlarmsAlone,
    /// Tried: ses-warden with a further window of one minute.
    Burst,
    /// Tried: the windows of ses-warden with the bound of a confidence sequence.
    ConfidenceSequence,
    /// Tried: a mixture sequential probability ratio test that begins again at no evidence.
    MixtureTest,
    /// Tried: a CUSUM of each day's rate against the sender's own, for warnings.
    Cusum,
}

/// All of them, in the order of every list of results.
pub const POLICIES: [PauseRule; 14] = [
    PauseRule::SesWarden,
    PauseRule::PlainRate,
    PauseRule::AwsSample,
    PauseRule::AwsSampleSmallVolume,
    PauseRule::AwsSampleLargeVolume,
    PauseRule::Credible,
    PauseRule::TwoWindows,
    PauseRule::SesItself,
    PauseRule::Floor,
    PauseRule::AlarmsAlone,
    PauseRule::Burst,
    PauseRule::ConfidenceSequence,
    PauseRule::MixtureTest,
    PauseRule::Cusum,
];

/// One value for each of [`POLICIES`].
pub(crate) type Each<T> = [T; POLICIES.len()];

impl PauseRule {
    /// A few words for a table.
    pub fn title(self) -> &'static str {
        match self {
            Self::SesWarden => "ses-warden",
            Self::PlainRate => "plain rate",
            Self::AwsSample => "AWS sample",
            Self::AwsSampleSmallVolume => "AWS sample, small V",
            Self::AwsSampleLargeVolume => "AWS sample, large V",
            Self::Credible => "credible bound",
            Self::TwoWindows => "two windows",
            Self::SesItself => "SES itself",
            Self::Floor => "floor",
            Self::AlarmsAlone => "alarms alone",
            Self::Burst => "window of a minute",
            Self::ConfidenceSequence => "confidence sequence",
            Self::MixtureTest => "mixture test",
            Self::Cusum => "CUSUM warns",
        }
    }

    /// Minutes from a rate over the line to mail refused.
    pub(crate) fn lag(self, model: &Model) -> u32 {
        let lag = &model.lag_minutes;
        match self {
            Self::SesWarden
            | Self::Floor
            | Self::AlarmsAlone
            | Self::Burst
            | Self::ConfidenceSequence
            | Self::MixtureTest
            | Self::Cusum => lag.warden,
            Self::PlainRate => lag.plain,
            Self::AwsSample | Self::AwsSampleSmallVolume | Self::AwsSampleLargeVolume => {
                lag.aws_sample
            }
            Self::Credible => lag.credible,
            Self::TwoWindows => lag.two_windows,
            Self::SesItself => 0,
        }
    }
}
