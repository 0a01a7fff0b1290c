//! The account as it was read: plain facts, each either known or not read.

mod delivery;

use std::collections::{BTreeMap, BTreeSet};

pub use delivery::{
    Key, LambdaFunction, Mapping, Queue, Subscription, SubscriptionAttributes, Topic,
};

/// The answer of AWS to one read, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact<T> {
    /// AWS answered.
    Known(T),
    /// AWS was not asked or did not answer; nothing is concluded from that.
    NotRead(NotRead),
}

impl<T> Fact<T> {
    /// Returns the answer, where there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::NotRead(_) => None,
        }
    }

    /// Returns why there is no answer.
    pub fn not_read(&self) -> Option<&NotRead> {
        match self {
            Self::Known(_) => None,
            Self::NotRead(reason) => Some(reason),
        }
    }
}

/// Why a fact is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotRead {
    /// The IAM action that reads it, such as `sns:GetTopicAttributes`.
    pub action: &'static str,
    /// Whether AWS denied the call; otherwise `reason` says what went wrong.
    pub is_denied: bool,
    /// The error, redacted.
    pub reason: String,
}

/// Everything that was read, of one account in one Region.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The Region.
    pub region: String,
    /// The account and its switches.
    pub account: Fact<Account>,
    /// All configuration sets by name.
    pub sets: Fact<BTreeMap<String, ConfigurationSet>>,
    /// All identities by name.
    pub identities: Fact<BTreeMap<String, Identity>>,
    /// Dedicated IP pools that a configuration set names: whether each is managed.
    pub pools: BTreeMap<String, Fact<Option<Pool>>>,
    /// Topics that SES or an alarm publishes to, by ARN; `None` where there is none.
    pub topics: BTreeMap<String, Fact<Option<Topic>>>,
    /// Keys of those topics and of the queues behind them, by the id they name.
    pub keys: BTreeMap<String, Fact<Option<Key>>>,
    /// Queues by ARN: those behind the topics, and their dead-letter queues.
    pub queues: BTreeMap<String, Fact<Option<Queue>>>,
    /// Which queues invoke which functions; all of the Region.
    pub mappings: Fact<Vec<Mapping>>,
    /// Functions by ARN: those behind queues, topics and alarms, and those of the stack.
    pub functions: BTreeMap<String, Fact<Option<LambdaFunction>>>,
    /// Alarms on SES's metrics, on ours, and of the stack's prefix.
    pub alarms: Fact<Vec<Alarm>>,
    /// Series of `AWS/SES` and of our namespace that had data within two weeks.
    pub series: Fact<BTreeSet<SnapshotSeries>>,
    /// The CloudFormation stack that was looked for.
    pub stack: Stack,
    /// When an event was last counted, in milliseconds since 1970; `None` where no event was
    /// counted within two weeks.
    pub last_counted_ms: Fact<Option<i64>>,
    /// When all this was read, in milliseconds since 1970.
    pub now_ms: i64,
}

/// The account, as GetAccount answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Whether it sends.
    pub sending_enabled: bool,
    /// HEALTHY, PROBATION, SHUTDOWN or a word still to come.
    pub enforcement_status: String,
    /// False is the sandbox.
    pub production_access: bool,
    /// Reasons for which the suppression list works: BOUNCE, COMPLAINT.
    pub suppressed_reasons: Vec<String>,
    /// Mails a day; -1 is without limit.
    pub max_24_hour_send: f64,
    /// Recipients mailed within 24 hours.
    pub sent_last_24_hours: f64,
}

/// A configuration set.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigurationSet {
    /// GetConfigurationSet.
    pub settings: Fact<SetSettings>,
    /// GetConfigurationSetEventDestinations.
    pub destinations: Fact<Vec<Destination>>,
}

/// The settings of a configuration set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSettings {
    /// Whether mail of the set is sent.
    pub sending_enabled: bool,
    /// Whether SES publishes the set's bounce and complaint rates.
    pub reputation_metrics: bool,
    /// Reasons that take the place of the account's.
    pub suppressed_reasons: Option<Vec<String>>,
    /// The dedicated IP pool it sends from.
    pub pool: Option<String>,
}

/// An event destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Its name.
    pub name: String,
    /// Whether SES publishes to it.
    pub enabled: bool,
    /// The event types it asks for, as the API spells them: BOUNCE, DELIVERY_DELAY.
    pub events: Vec<String>,
    /// Where the events go.
    pub target: DestinationTarget,
}

/// Where an event destination publishes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DestinationTarget {
    /// An SNS topic.
    Sns {
        /// Its ARN.
        topic: String,
    },
    /// EventBridge; which rules match is not read.
    EventBridge,
    /// A service that stores or counts and notifies nobody: CloudWatch, Firehose, Pinpoint.
    Other {
        /// The service.
        service: &'static str,
    },
}

/// A sending identity.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// GetEmailIdentity.
    pub settings: Fact<IdentitySettings>,
    /// GetIdentityNotificationAttributes.
    pub topics: Fact<IdentityTopics>,
}

/// The settings of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentitySettings {
    /// Whether SES sends for it.
    pub verified: bool,
    /// Whether bounces and complaints come as mails to the sender.
    pub email_forwarding: bool,
    /// The set of mail that names none.
    pub default_set: Option<String>,
}

/// The topics of identity notifications, SES's older way (API v1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityTopics {
    /// Topic of bounces.
    pub bounce: Option<String>,
    /// Topic of complaints.
    pub complaint: Option<String>,
    /// Topic of deliveries.
    pub delivery: Option<String>,
    /// Whether notifications of bounces hold the mail's headers.
    pub headers_in_bounces: bool,
    /// Whether notifications of complaints hold the mail's headers.
    pub headers_in_complaints: bool,
}

/// A dedicated IP pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Whether SES manages it (scaling mode MANAGED).
    pub is_managed: bool,
}

/// A CloudWatch alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Whether its actions are switched on.
    pub actions_enabled: bool,
    /// What it does in ALARM: ARNs of topics, functions and others.
    pub actions: Vec<String>,
    /// The series that it watches; none for a composite alarm.
    pub series: Vec<SnapshotSeries>,
    /// What a period without data counts as: missing, ignore, breaching, notBreaching.
    pub missing_data: String,
}

/// A CloudWatch series: namespace, metric and dimensions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotSeries {
    /// The namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric: String,
    /// Dimensions, name and value.
    pub dimensions: BTreeMap<String, String>,
}

/// The CloudFormation stack of ses-warden.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// The name that was looked for.
    pub name: String,
    /// Whether the operator named it, so that it has to be there.
    pub is_named: bool,
    /// Its outputs; `None` where there is no such stack.
    pub outputs: Fact<Option<BTreeMap<String, String>>>,
}
