//! The function itself: its settings, and the AWS calls that it may make.

use tracing::info;
use warden_aws::{AlarmRecord, Alarms, CallError, Metrics, OperatorTopic, SendingSwitch};
use warden_domain::guard::{Label, StackNames};
use warden_domain::notice::Notice;

use crate::Settings;

/// What guard calls.
#[derive(Debug)]
pub struct Clients {
    /// Alarms and their tags.
    pub alarms: Alarms,
    /// The account's, the sets' and the tenants' sending.
    pub switch: SendingSwitch,
    /// Our own metrics.
    pub metrics: Metrics,
    /// The operators' topic.
    pub topic: OperatorTopic,
}

/// The function.
#[derive(Debug)]
pub struct Guard {
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
}

impl Guard {
    /// A function with these settings and clients.
    pub fn new(settings: Settings, clients: Clients) -> Self {
        Self { settings, clients }
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
