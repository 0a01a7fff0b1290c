//! suppress: bounces and complaints to the account suppression list.
//!
//! Exactly the addresses at fault go on the list, never the ones that the sender
//! is to blame for; see [`warden_domain::suppression`]. A few addresses are put one
//! by one at the pace that SES allows; more of them wait in a bucket until a
//! scheduled visit has them imported.

mod counts;
mod handler;
mod region;
mod rescue;
mod settings;
mod settle;
mod staging;
mod standing;

pub use handler::Suppress;
pub use settings::Settings;

use tokio::sync::Mutex;
use warden_aws::{
    AwsSettings, Bucket, Connection, Metrics, Pace, SuppressionList, SuppressionSettings,
};
use warden_lambda::settings::{Environment, SettingErrors};

use region::Region;
use staging::Staging;
use standing::Standing;

/// Builds the function from its environment.
///
/// # Errors
/// One sentence for each variable that is wrong, missing or unknown.
pub fn build(environment: &Environment) -> Result<Suppress, SettingErrors> {
    let aws = AwsSettings::from_lookup(|name| environment.get(name)).map_err(SettingErrors::new);
    let (settings, aws) = SettingErrors::none_in(Settings::read(environment.reader()), aws)?;
    let home = Connection::new(aws);
    // The limiter of a Region is shared by everything that calls SES there.
    let pace = Pace::per_second(settings.calls_per_second);
    let region = |connection: &Connection, pace: &Pace| {
        Region::new(connection.region(), SuppressionList::new(connection, pace.clone()))
    };
    let further = settings.further_regions.iter().filter(|name| *name != home.region());
    Ok(Suppress {
        policy: settings.policy,
        further: further
            .map(|name| region(&home.in_region(name), &Pace::per_second(settings.calls_per_second)))
            .collect(),
        standing: Standing::new(SuppressionSettings::new(&home, pace.clone())),
        staging: settings.bucket.map(|bucket| Staging::new(Bucket::new(&home, bucket))),
        threshold: settings.threshold,
        metrics: Metrics::new(&home, settings.namespace),
        recent: Mutex::default(),
        home: region(&home, &pace),
    })
}
