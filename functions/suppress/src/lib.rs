//! suppress: bounces and complaints to the account suppression list.
//!
//! Exactly the addresses at fault go on the list, never the ones that the sender
//! is to blame for; see [`warden_domain::suppression`]. A few addresses are put one
//! by one at the pace that SES allows; more of them wait in a bucket until a
//! scheduled run imports them.

mod counts;
mod decide;
mod deliver;
mod files;
mod function;
mod handler;
mod import_job;
mod import_run;
mod imports;
mod journal;
mod overwritten;
mod region;
mod rescue_run;
mod settings;
mod staging;
mod suppression_settings;
mod tenant_lookup;

pub use function::Suppress;
pub use settings::{JournalSettings, RescueMode, RescueSettings, Settings};

use tokio::sync::Mutex;
use warden_aws::{
    AwsSettings, Bucket, Connection, Metrics, RateLimiter, SuppressionList, SuppressionSettings,
};
use warden_lambda::settings::{Environment, SettingErrors};

use journal::DecisionJournal;
use region::Region;
use staging::Staging;
use suppression_settings::SuppressionSettingsCache;

/// Builds the function from its environment.
///
/// # Errors
/// One sentence for each variable that is wrong, missing or unknown.
pub fn build(environment: &Environment) -> Result<Suppress, SettingErrors> {
    let aws = AwsSettings::from_lookup(|name| environment.get(name)).map_err(SettingErrors::new);
    let (settings, aws) = SettingErrors::none_in(Settings::read(environment.reader()), aws)?;
    let home = Connection::new(aws);
    // The limiter of a Region is shared by everything that calls SES there.
    let limiter = RateLimiter::per_second(settings.calls_per_second);
    let region = |connection: &Connection, limiter: &RateLimiter| {
        Region::new(connection.region(), SuppressionList::new(connection, limiter.clone()))
    };
    let further = settings.further_regions.iter().filter(|name| *name != home.region());
    Ok(Suppress {
        policy: settings.policy,
        further: further
            .map(|name| {
                region(&home.in_region(name), &RateLimiter::per_second(settings.calls_per_second))
            })
            .collect(),
        settings: SuppressionSettingsCache::new(SuppressionSettings::new(&home, limiter.clone())),
        staging: settings.bucket.map(|bucket| Staging::new(Bucket::new(&home, bucket))),
        threshold: settings.threshold,
        journal: settings.journal.map(|journal| DecisionJournal::new(&home, journal)),
        rescue: settings.rescue,
        metrics: Metrics::new(&home, settings.namespace),
        recent: Mutex::default(),
        home: region(&home, &limiter),
    })
}
