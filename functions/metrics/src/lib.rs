//! metrics: SES events to per-domain CloudWatch metrics.
//!
//! What is counted, and under which names, is [`warden_domain::metrics`].

mod handler;
mod settings;

pub use handler::CountEvents;
pub use settings::Settings;

use warden_aws::{AwsSettings, Connection, Metrics};
use warden_lambda::settings::{Environment, SettingErrors};

/// Builds the function from its environment.
///
/// # Errors
/// One sentence for each variable that is wrong, missing or unknown.
pub fn build(environment: &Environment) -> Result<CountEvents, SettingErrors> {
    let aws = AwsSettings::from_lookup(|name| environment.get(name)).map_err(SettingErrors::new);
    let (settings, aws) = SettingErrors::none_in(Settings::read(environment.reader()), aws)?;
    Ok(CountEvents::new(settings.config, Metrics::new(&Connection::new(aws), settings.namespace)))
}
