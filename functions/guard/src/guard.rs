//! The function itself: its settings, and the AWS calls that it may make.

use std::sync::atomic::AtomicI64;

use tracing::info;
use warden_aws::{
    AlarmRecord, Alarms, CallError, Journal, Metrics, OperatorTopic, SendingSwitch, Trail,
};
use warden_domain::guard::{Label, StackNames};
use warden_domain::notice::Notice;

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
    /// When this environment last said that the journal fails, in milliseconds since 1970.
    pub(crate) journal_told_at: AtomicI64,
}

impl Guard {
    /// A function with these settings and clients.
    pub fn new(settings: Settings, clients: Clients) -> Self {
        Self { settings, clients, journal_told_at: AtomicI64::new(0) }
    }

    /// What an alarm watches, by its definition; `None` where guard does not understand it.
    pub(crate) fn label(&self, alarm: &AlarmRecord) -> Option<Label> {
        let stack = StackNames {
            namespace: &self.settings.namespace,
            alarm_prefix: &self.settings.alarm_prefix,
        };
        Label::from_definition(&alarm.definition(), &stack)
    }

    /// Sends one notice to the operators.
    ///
    /// # Errors
    /// [`CallError`]. After a time-out the notice may have gone out.
    pub(crate) async fn publish(&self, notice: &Notice) -> Result<(), CallError> {
        self.clients.topic.publish(&notice.subject, &notice.body, &notice.attributes).await?;
        let word = |name| notice.attributes.get(name).map(String::as_str);
        info!(
            action = word("action"),
            alarm.name = word("alarm"),
            "notified the operators: {}",
            notice.subject
        );
        Ok(())
    }
}
