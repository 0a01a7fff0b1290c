//! guard: from CloudWatch alarms to a pause, and a notice.
//!
//! Whatever invokes it, guard reads the alarms of this stack (`snapshot`), decides about each whose
//! episode is not handled (`decision`, by [`warden_domain::guard`]), and handles those that concern
//! the same together (`incident`): it pauses (`pause`) and notifies (`notify`).

mod account;
mod auto_resume;
mod decision;
mod guard;
mod handler;
mod incident;
mod last_hour;
mod notify;
mod observation;
mod pause;
mod proof;
mod settings;
mod snapshot;
mod time;

pub use guard::{Clients, Guard};
pub use settings::Settings;

use warden_aws::{
    Alarms, AwsSettings, Connection, Metrics, OperatorTopic, RateLimiter, SendingSwitch,
};
use warden_lambda::settings::{Environment, SettingErrors};

/// Calls to SES in one second: as many as SES takes. suppress may be calling, too, and
/// takes half of that.
const CALLS_PER_SECOND: f64 = 1.0;

/// Builds the function from its environment.
///
/// # Errors
/// One sentence for each variable that is wrong, missing or unknown.
pub fn build(environment: &Environment) -> Result<Guard, SettingErrors> {
    build_with(environment, CALLS_PER_SECOND)
}

/// The same with another number of calls to SES in one second, for tests.
///
/// # Errors
/// As [`build`].
pub fn build_with(
    environment: &Environment,
    calls_per_second: f64,
) -> Result<Guard, SettingErrors> {
    let aws = AwsSettings::from_lookup(|name| environment.get(name)).map_err(SettingErrors::new);
    let (settings, aws) = SettingErrors::none_in(Settings::read(environment.reader()), aws)?;
    let connection = Connection::new(aws);
    let clients = Clients {
        alarms: Alarms::new(&connection),
        switch: SendingSwitch::new(&connection, RateLimiter::per_second(calls_per_second)),
        metrics: Metrics::new(&connection, settings.namespace.clone()),
        topic: OperatorTopic::new(&connection, settings.topic_arn.clone()),
    };
    Ok(Guard::new(settings, clients))
}
