//! The hops of a drill, and how each ended.

use serde::Serialize;

/// One hop of the way that feedback takes. Its code is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hop {
    /// SES takes the mail.
    Send,
    /// SES is set to publish the set's events to the feedback topic.
    Event,
    /// The events come through the feedback topic.
    Topic,
    /// The topic hands them to the queue of metrics.
    MetricsQueue,
    /// metrics takes them.
    MetricsFunction,
    /// CloudWatch shows what metrics counted.
    Metric,
    /// The topic hands bounces and complaints to the queue of suppress.
    SuppressQueue,
    /// suppress takes them.
    SuppressFunction,
    /// suppress writes its decisions into the journal.
    Journal,
    /// suppress puts an address on the suppression list.
    List,
    /// An alarm on the metric goes into ALARM.
    Alarm,
    /// The alarm's message comes through the alarm topic.
    AlarmTopic,
    /// guard takes it.
    Guard,
    /// guard's notice comes through the operators' topic, and somebody reads there.
    Notice,
}

impl Hop {
    /// All of them, in order.
    pub const ALL: [Self; 14] = [
        Self::Send,
        Self::Event,
        Self::Topic,
        Self::MetricsQueue,
        Self::MetricsFunction,
        Self::Metric,
        Self::SuppressQueue,
        Self::SuppressFunction,
        Self::Journal,
        Self::List,
        Self::Alarm,
        Self::AlarmTopic,
        Self::Guard,
        Self::Notice,
    ];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Event => "event",
            Self::Topic => "topic",
            Self::MetricsQueue => "metrics-queue",
            Self::MetricsFunction => "metrics-function",
            Self::Metric => "metric",
            Self::SuppressQueue => "suppress-queue",
            Self::SuppressFunction => "suppress-function",
            Self::Journal => "journal",
            Self::List => "list",
            Self::Alarm => "alarm",
            Self::AlarmTopic => "alarm-topic",
            Self::Guard => "guard",
            Self::Notice => "notice",
        }
    }
}

/// How a hop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HopState {
    /// It works.
    Passed,
    /// It does not.
    Broken,
    /// Nothing shows that it works, and nothing that it does not.
    Unproven,
    /// A hop before it is broken.
    NotReached,
    /// The drill was not asked for it.
    NotAsked,
}

impl HopState {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Broken => "broken",
            Self::Unproven => "unproven",
            Self::NotReached => "not_reached",
            Self::NotAsked => "not_asked",
        }
    }
}

/// One hop and how it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct HopResult {
    /// Which.
    pub hop: Hop,
    /// How.
    pub state: HopState,
    /// Seconds from the sending until it was seen to work.
    pub seconds: Option<f64>,
    /// What was seen, in a sentence.
    pub text: String,
    /// What to do about it; empty where nothing is to be done.
    pub advice: String,
}

impl HopResult {
    pub(super) fn passed(hop: Hop, seconds: Option<f64>, text: impl Into<String>) -> Self {
        Self { hop, state: HopState::Passed, seconds, text: text.into(), advice: String::new() }
    }

    pub(super) fn broken(hop: Hop, text: impl Into<String>, advice: impl Into<String>) -> Self {
        let (text, advice) = (text.into(), advice.into());
        Self { hop, state: HopState::Broken, seconds: None, text, advice }
    }

    pub(super) fn unproven(hop: Hop, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: HopState::Unproven, ..Self::broken(hop, text, advice) }
    }

    pub(super) fn not_reached(hop: Hop) -> Self {
        let text = "a hop before it is broken";
        Self { state: HopState::NotReached, ..Self::broken(hop, text, "") }
    }

    pub(super) fn not_asked(hop: Hop, text: impl Into<String>) -> Self {
        Self { state: HopState::NotAsked, ..Self::broken(hop, text, "") }
    }
}

impl Serialize for Hop {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl Serialize for HopState {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
