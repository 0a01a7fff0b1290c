//! guard: CloudWatch alarms to a pause, and a notice.
//!
//! Whatever wakes it, it reads the alarms of this stack back and asks
//! [`warden_domain::guard`] about each whose episode is not handled.

mod account;
mod evidence;
mod handler;
mod incident;
mod lift;
mod proof;
mod settings;

pub use handler::{Clients, Guard};
pub use settings::Settings;

use warden_aws::{Alarms, AwsSettings, Connection, Metrics, OperatorTopic, Pace, SendingSwitch};
use warden_lambda::settings::{Environment, SettingErrors};

/// Calls to SES in one second. guard makes a handful; while it acts, suppress may
/// be calling too, and then the pause must not be the one that gives way.
const CALLS_PER_SECOND: f64 = 2.0;

/// Builds the function from its environment.
///
/// # Errors
/// One sentence for each variable that is wrong, missing or unknown.
pub fn build(environment: &Environment) -> Result<Guard, SettingErrors> {
    let aws = AwsSettings::from_lookup(|name| environment.get(name)).map_err(SettingErrors::new);
    let (settings, aws) = SettingErrors::none_in(Settings::read(environment.reader()), aws)?;
    let connection = Connection::new(aws);
    let clients = Clients {
        alarms: Alarms::new(&connection),
        switch: SendingSwitch::new(&connection, Pace::per_second(CALLS_PER_SECOND)),
        metrics: Metrics::new(&connection, settings.namespace.clone()),
        topic: OperatorTopic::new(&connection, settings.topic_arn.clone()),
    };
    Ok(Guard::new(settings, clients))
}
