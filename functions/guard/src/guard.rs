//! The function itself: its settings, and the AWS calls that it may make.

use std::sync::atomic::AtomicI64;

use warden_aws::{Alarms, Journal, Metrics, OperatorTopic, SendingSwitch, Trail};
use warden_domain::notice::Place;

use crate::Settings;

/// What guard calls.
#[derive(Debug)]
pub struct Clients {
    /// The alarms.
    pub alarms: Alarms,
    /// The incidents and the history.
    pub journal: Journal,
    /// The account's, the sets' and the tenants' sending.
    pub switch: SendingSwitch,
    /// Our own metrics.
    pub metrics: Metrics,
    /// AWS's own metrics of SES.
    pub ses_metrics: Metrics,
    /// Who switched sending.
    pub trail: Trail,
    /// The operators' topic.
    pub topic: OperatorTopic,
}

/// The function.
#[derive(Debug)]
pub struct Guard {
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
    /// The account and Region, by the ARN of the operators' topic.
    pub(crate) place: Option<Place>,
    /// When this environment last said that the journal fails, in milliseconds since 1970.
    pub(crate) journal_notified_at: AtomicI64,
}

impl Guard {
    /// A function with these settings and clients.
    pub fn new(settings: Settings, clients: Clients) -> Self {
        let place = Place::of_arn(&settings.topic_arn);
        Self { settings, clients, place, journal_notified_at: AtomicI64::new(0) }
    }
}
