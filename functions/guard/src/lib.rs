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
mod remembered;
mod settings;
mod snapshot;
mod tag_reads;
mod time;

pub use guard::{Clients, Guard};
pub use settings::Settings;

use std::time::Duration;

use warden_aws::{
    Alarms, AwsSettings, Connection, Metrics, OperatorTopic, RateLimiter, SendingSwitch,
};
use warden_lambda::settings::{Environment, SettingErrors};

/// Calls to SES in one second: as many as SES takes. suppress may be calling, too, and slows down
/// to a tenth of that where SES throttles.
const CALLS_PER_SECOND: f64 = 1.0;
/// A call every so often at least, however often SES throttles: guard does not give way to suppress.
const SLOWEST: Duration = Duration::from_secs(2);

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
    let limiter = RateLimiter::per_second(calls_per_second).no_slower_than(SLOWEST);
    let clients = Clients {
        alarms: Alarms::new(&connection),
        switch: SendingSwitch::new(&connection, limiter).keep_trying_while_throttled(),
        metrics: Metrics::new(&connection, settings.namespace.clone()),
        topic: OperatorTopic::new(&connection, settings.topic_arn.clone()),
    };
    Ok(Guard::new(settings, clients))
}
