//! A drill: mail to SES's mailbox simulator, followed through everything that ses-warden is made
//! of, hop by hop.
//!
//! A drill proves each hop by what the hop leaves behind, and by nothing that production counts:
//!
//! | hop | what proves it |
//! |---|---|
//! | [`Hop::Send`] | SES answers with a message id |
//! | [`Hop::Event`] | an event destination of the configuration set names the topic and the event types |
//! | [`Hop::Topic`] | the events arrive at a queue of the drill's own |
//! | [`Hop::Metric`] | the metric `Ignored` with `Reason=simulator` rises by as many events |
//! | [`Hop::Journal`] | suppress's decision about each simulator address is in the journal |
//! | [`Hop::List`] | an address made for the drill gets onto the suppression list, and off again |
//! | [`Hop::Alarm`] | an alarm made for the drill on that metric goes into ALARM |
//! | [`Hop::Notice`] | guard's notice about that alarm arrives at the drill's queue |
//!
//! A hop between two of these is proven with the later one. Where the later one is missing, the
//! settings between them say which hop is broken. [`judge`] does that, from an [`DrillObservation`]:
//!
//! ```
//! use warden_domain::drill::{Hop, HopState, DrillObservation, judge};
//!
//! let nothing_sent = DrillObservation::default();
//! let results = judge(&nothing_sent);
//! assert_eq!(results[0].hop, Hop::Send);
//! assert_eq!(results[0].state, HopState::Broken);
//! ```

mod alarm;
mod feedback;
mod hop;
mod mailbox;
mod path;

pub use hop::{Hop, HopResult, HopState};
pub use mailbox::Mailbox;

use std::collections::BTreeMap;

use crate::setup::snapshot::{Destination, DestinationTarget, Fact, NotRead};

/// The metric that a drill is counted in: events about simulator addresses.
pub const METRIC: &str = "Ignored";
/// Its one dimension.
pub const DIMENSION: (&str, &str) = ("Reason", "simulator");
/// The message tag of a drill's mails, whose value is the drill's id.
pub const TAG: &str = "ses-warden-drill";

/// Returns the name of the alarm that a drill makes. guard does not know what it watches, so that
/// no alarm of this name ever leads to a pause.
pub fn alarm_name(prefix: &str, id: &str) -> String {
    format!("{prefix}drill/{id}/warn")
}

/// Whether an alarm has the name of a drill's.
///
/// ```
/// use warden_domain::drill::{alarm_name, is_drill_alarm};
///
/// assert!(is_drill_alarm(&alarm_name("ses-warden/", "1790000000-1a2b")));
/// assert!(!is_drill_alarm("ses-warden/domain/drill.example/bounce/warn"));
/// ```
pub fn is_drill_alarm(name: &str) -> bool {
    let mut parts = name.rsplit('/');
    parts.next() == Some("warn") && parts.next().is_some() && parts.next() == Some("drill")
}

/// One mail of the drill, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct DrillMail {
    /// To which mailbox.
    pub mailbox: Mailbox,
    /// Why SES did not take it; `None` where it did.
    pub refused: Option<String>,
    /// Types of the events that arrived, as `Bounce`, and how many seconds after the sending.
    pub events: BTreeMap<String, f64>,
    /// Seconds until suppress's decision was in the journal.
    pub decided: Option<f64>,
}

/// Whether the drill's own queue listens to a topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Listening {
    /// It does.
    Yes,
    /// There is no such topic.
    NoTopic,
    /// It may not, or could not be asked to.
    Refused(String),
    /// It was not asked to.
    #[default]
    No,
}

/// How a topic hands messages on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Buffering {
    /// Through an SQS queue.
    #[default]
    Queue,
    /// To the function at once.
    Direct,
}

/// The way from the feedback topic into one function.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionPath {
    /// Name of the function.
    pub function: String,
    /// How messages come to it.
    pub buffering: Buffering,
    /// Whether a confirmed subscription of the topic leads to the queue or, without one, to the
    /// function.
    pub is_subscribed: Fact<bool>,
    /// State of the event source mapping, such as `Enabled`; `None` where there is none.
    pub mapping: Fact<Option<String>>,
    /// State of the function, such as `Active`; `None` where there is no function.
    pub state: Fact<Option<String>>,
    /// Messages that wait in the queue, and that the function has taken and not finished.
    pub queued: Fact<(u64, u64)>,
    /// How many more dead letters there are than before the drill.
    pub new_dead_letters: Fact<i64>,
}

impl Default for FunctionPath {
    fn default() -> Self {
        Self {
            function: String::new(),
            buffering: Buffering::Queue,
            is_subscribed: not_asked(),
            mapping: not_asked(),
            state: not_asked(),
            queued: not_asked(),
            new_dead_letters: not_asked(),
        }
    }
}

/// A fact that nobody asked AWS for.
pub fn not_asked<T>() -> Fact<T> {
    Fact::NotRead(NotRead { action: "", is_denied: false, reason: "not asked for".to_owned() })
}

/// What became of the address that the drill put on the suppression list.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ListTrial {
    /// The drill was not asked to.
    #[default]
    NotAsked,
    /// There is no queue to put the event into: the functions are invoked directly.
    NoQueue,
    /// The event could not be put into suppress's queue.
    NotQueued(String),
    /// The address got onto the list and was taken off again.
    Listed {
        /// After so many seconds.
        seconds: f64,
        /// Why it could not be taken off again.
        not_removed: Option<String>,
    },
    /// It did not get there in time.
    NotListed,
    /// The list could not be read.
    NotRead(String),
}

/// What became of the alarm that the drill made.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum AlarmTrial {
    /// The drill was not asked for one.
    #[default]
    NotAsked,
    /// It could not be made.
    NotMade(String),
    /// It is there.
    Created {
        /// Seconds until it was in ALARM.
        in_alarm: Option<f64>,
        /// CloudWatch's last word on its state.
        last_state: String,
        /// Seconds until its message arrived from the alarm topic.
        published: Option<f64>,
        /// Seconds until guard's notice arrived from the operators' topic.
        notified: Option<f64>,
    },
}

/// What a drill saw.
#[derive(Debug, Clone, PartialEq)]
pub struct DrillObservation {
    /// The configuration set of the mails.
    pub configuration_set: String,
    /// The mails.
    pub mails: Vec<DrillMail>,
    /// How long was waited, in seconds.
    pub waited: f64,
    /// ARN of the feedback topic.
    pub feedback_topic: String,
    /// Event destinations of the configuration set.
    pub destinations: Fact<Vec<Destination>>,
    /// Whether the drill heard the feedback topic.
    pub feedback: Listening,
    /// The way to metrics.
    pub metrics: FunctionPath,
    /// Namespace of the counts.
    pub namespace: String,
    /// By how much the metric `Ignored` with `Reason=simulator` rose, and after how many seconds
    /// it last did.
    pub counted: Fact<(f64, f64)>,
    /// The way to suppress.
    pub suppress: FunctionPath,
    /// Why the journal cannot be read; `None` where it can.
    pub no_journal: Option<String>,
    /// Recipients that suppress could not write into the journal meanwhile (`JournalFailed`).
    pub journal_failed: Fact<f64>,
    /// What became of the address for the suppression list.
    pub list: ListTrial,
    /// That address; empty where there is none.
    pub list_address: String,
    /// The drill's alarm.
    pub alarm: AlarmTrial,
    /// Whether the drill heard the alarm topic.
    pub alarms: Listening,
    /// The way to guard.
    pub guard: FunctionPath,
    /// Whether the drill heard the operators' topic.
    pub operators: Listening,
    /// Confirmed subscriptions of the operators' topic besides the drill's.
    pub readers: Fact<usize>,
}

impl Default for DrillObservation {
    fn default() -> Self {
        Self {
            configuration_set: String::new(),
            mails: Vec::new(),
            waited: 0.0,
            feedback_topic: String::new(),
            destinations: not_asked(),
            feedback: Listening::No,
            metrics: FunctionPath::default(),
            namespace: String::new(),
            counted: not_asked(),
            suppress: FunctionPath::default(),
            no_journal: None,
            journal_failed: not_asked(),
            list: ListTrial::NotAsked,
            list_address: String::new(),
            alarm: AlarmTrial::NotAsked,
            alarms: Listening::No,
            guard: FunctionPath::default(),
            operators: Listening::No,
            readers: not_asked(),
        }
    }
}

impl DrillObservation {
    /// Returns how many events arrived in all.
    pub fn arrived(&self) -> usize {
        self.mails.iter().map(|mail| mail.events.len()).sum()
    }

    /// Whether there is nothing more to wait for: everything that was asked for has come.
    pub fn is_complete(&self) -> bool {
        let taken = || self.mails.iter().filter(|mail| mail.refused.is_none());
        let has_come = |mail: &DrillMail| {
            mail.mailbox.events().iter().all(|event| mail.events.contains_key(*event))
        };
        #[expect(clippy::cast_precision_loss, reason = "a drill has some dozen events")]
        let is_counted =
            self.counted.known().is_some_and(|(rise, _)| *rise + 0.5 >= self.arrived() as f64);
        let is_decided = |mail: &DrillMail| !mail.mailbox.is_decided() || mail.decided.is_some();
        taken().all(has_come)
            && is_counted
            && (self.no_journal.is_some() || taken().all(is_decided))
            && self.list != ListTrial::NotListed
            && match &self.alarm {
                AlarmTrial::Created { published, notified, .. } => {
                    (published.is_some() || self.alarms != Listening::Yes)
                        && (notified.is_some() || self.operators != Listening::Yes)
                }
                AlarmTrial::NotAsked | AlarmTrial::NotMade(_) => true,
            }
    }

    /// Whether waiting is in vain: SES took no mail, or no event can reach the drill.
    pub fn is_hopeless(&self) -> bool {
        let leads_here = |destination: &Destination| {
            destination.enabled
                && destination.target
                    == DestinationTarget::Sns { topic: self.feedback_topic.clone() }
        };
        self.mails.iter().all(|mail| mail.refused.is_some())
            || self.feedback != Listening::Yes
            || self.destinations.known().is_some_and(|all| !all.iter().any(leads_here))
    }
}

/// Judges every hop, in the order in which mail takes them.
pub fn judge(seen: &DrillObservation) -> Vec<HopResult> {
    let mut results = feedback::judge(seen);
    let arrives = results.iter().all(|result| result.state == HopState::Passed);
    let has_events = seen.arrived() > 0;
    let metrics = path::metrics(seen, has_events);
    let is_counted = metrics.iter().all(|result| result.state == HopState::Passed);
    results.extend(metrics);
    results.extend(path::suppress(seen, has_events));
    results.push(path::list(seen));
    results.extend(alarm::judge(seen, is_counted && (arrives || has_events)));
    results
}

#[cfg(test)]
mod tests;
