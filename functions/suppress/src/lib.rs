//! suppress: bounces and complaints to the account suppression list.
//!
//! Exactly the addresses at fault go on the list, never the ones that the sender
//! is to blame for; see [`warden_domain::suppression`].

mod handler;
mod settings;

pub use handler::Suppress;
pub use settings::Settings;

use warden_aws::{AwsSettings, Connection, Pace, SuppressionList};
use warden_lambda::settings::{Environment, SettingErrors};

/// Builds the function from its environment.
///
/// # Errors
/// One sentence for each variable that is wrong, missing or unknown.
pub fn build(environment: &Environment) -> Result<Suppress, SettingErrors> {
    let aws = AwsSettings::from_lookup(|name| environment.get(name)).map_err(SettingErrors::new);
    let (settings, aws) = SettingErrors::none_in(Settings::read(environment.reader()), aws)?;
    let list = SuppressionList::new(&Connection::new(aws), Pace::per_second(settings.calls_per_second));
    Ok(Suppress::new(settings.policy, list))
}
