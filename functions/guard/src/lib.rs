//! guard: from CloudWatch alarms to a pause, and a notice.
//!
//! **What guard does about an incident is in one file**, [`warden_domain::guard::incident`], and in the
//! table of docs/ARCHITECTURE.md. [`warden_domain::guard::decide`] says whether an alarm leads to a
//! pause. This crate only reads, writes and calls, in the right order and within the time it has:
//!
//! | file | what it does |
//! |---|---|
//! | `handler` | the order of one invocation |
//! | `snapshot` | reads the alarms of this stack, the journal and the account |
//! | `ongoing` | incidents of the journal: finishes what was begun, notes what people did, ends pauses |
//! | `decide` | alarms in ALARM: reads what a decision needs, and makes one incident of what belongs together |
//! | `meanwhile` | pauses that another guard has begun since the journal was read |
//! | `engine` | an incident as far as it gets: step, persist, run the effects |
//! | `notify` | the notices of an incident |
//! | `account` | what AWS did to the account, and calls of a sending switch |
//! | `sweep` | the daily check: switches that changed and of which no event came |
//! | `time` | how one invocation divides its time |
//! | `guard`, `settings` | the function, its clients and its settings |

mod account;
mod decide;
mod engine;
mod guard;
mod handler;
mod meanwhile;
mod notify;
mod ongoing;
mod settings;
mod snapshot;
mod sweep;
mod time;

pub use guard::{Clients, Guard};
pub use settings::Settings;

use std::time::Duration;

use warden_aws::{
    Alarms, AwsSettings, Connection, Journal, Metrics, OperatorTopic, RateLimiter, SendingSwitch,
    Trail,
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
        journal: Journal::new(&connection, settings.journal_table.clone()),
        metrics: Metrics::new(&connection, settings.namespace.clone()),
        ses_metrics: Metrics::new(&connection, "AWS/SES".to_owned()),
        trail: Trail::new(&connection),
        topic: OperatorTopic::new(&connection, settings.topic_arn.clone()),
    };
    Ok(Guard::new(settings, clients))
}
