//! An alarm as CloudWatch describes it.

use super::confidence::{BOUNCE_PAUSE, COMPLAINT_PAUSE, CRITICAL_SHARE};
use super::incident::AlarmEpisode;
use super::{AlarmDefinition, Measure, WatchedSeries};
use crate::alarm::AlarmState;

/// An alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmRecord {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The state that it is in.
    pub state: AlarmState,
    /// CloudWatch's words on why it is in that state.
    pub reason: String,
    /// When it went into that state, as a time stamp to compare with: StateTransitioned-
    /// Timestamp, or StateUpdatedTimestamp where a service has no other.
    pub episode: String,
    /// The threshold of a metric alarm.
    pub threshold: Option<f64>,
    /// The series that it reads; none for a composite alarm.
    pub series: Vec<WatchedSeries>,
    /// It compares the result of an expression (metric math), and not a series.
    pub has_expression: bool,
    /// Whether somebody switched its actions off.
    pub is_silenced: bool,
}

impl AlarmRecord {
    /// An alarm that was in this episode and does not exist any more.
    pub fn gone(id: &AlarmEpisode) -> Self {
        Self {
            arn: String::new(),
            name: id.alarm.clone(),
            state: AlarmState::Ok,
            reason: String::new(),
            episode: id.episode.clone(),
            threshold: None,
            series: Vec::new(),
            has_expression: false,
            is_silenced: false,
        }
    }

    /// What of it says what it watches.
    pub fn definition(&self) -> AlarmDefinition<'_> {
        AlarmDefinition {
            name: &self.name,
            arn: &self.arn,
            series: &self.series,
            has_expression: self.has_expression,
        }
    }

    /// Its stay in the state that it is in.
    pub fn current_episode(&self) -> AlarmEpisode {
        AlarmEpisode::new(&self.name, &self.episode)
    }

    /// Whether it is in ALARM, or in a state that this version does not know and that may be one
    /// like ALARM: that state blocks automatic resumes.
    pub fn may_be_in_alarm(&self) -> bool {
        matches!(self.state, AlarmState::Alarm | AlarmState::Unknown(_))
    }

    /// Whether CloudWatch's answer does not say in which state it is.
    pub fn has_no_state(&self) -> bool {
        self.state == AlarmState::Unknown(String::new())
    }

    /// Whether AWS's own rate of the account, read again, is at the threshold: an alarm may be set
    /// by hand, and may be late. Without a value it is not.
    pub fn is_confirmed_by(&self, rate: Option<f64>, measure: Measure) -> bool {
        let limit = match measure {
            Measure::Bounce => BOUNCE_PAUSE,
            Measure::Complaint => COMPLAINT_PAUSE,
        };
        let threshold = self.threshold.unwrap_or(CRITICAL_SHARE * limit);
        rate.is_some_and(|rate| rate >= threshold)
    }
}
