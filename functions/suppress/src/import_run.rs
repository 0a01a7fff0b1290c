//! An import run: what it works on, and the state that it leaves to the next one.

use std::time::Duration;

use futures_util::future::try_join_all;
use tracing::{error, warn};
use warden_aws::CallError;
use warden_domain::imports::{ImportEvent, ImportState};
use warden_lambda::{Parts, now_seconds};

use crate::counts::Counts;
use crate::function::Suppress;
use crate::region::Region;
use crate::settings::RescueMode;
use crate::staging::{Files, RescuePlace, Staging, jobs_prefix};

/// One run for one Region's part of the bucket.
pub(crate) struct ImportRun<'a> {
    pub(crate) function: &'a Suppress,
    pub(crate) staging: &'a Staging,
    pub(crate) region: &'a Region,
    pub(crate) time: Parts,
    pub(crate) counts: &'a Counts,
}

/// The Regions for which something waits, and what.
pub(crate) async fn list<'a>(
    function: &'a Suppress,
    staging: &Staging,
) -> Result<Vec<(&'a Region, Files)>, CallError> {
    let regions = function.regions();
    let listings = try_join_all(regions.iter().map(|region| staging.files(&region.name)));
    let mut listings = listings.await?;
    if function.rescue.mode == RescueMode::Remove
        && let Some(home) = listings.first_mut()
    {
        home.rescues = staging.rescue_files(&function.home.name, RescuePlace::Queue).await?;
    }
    Ok(regions.into_iter().zip(listings).filter(|(_, files)| !files.is_empty()).collect())
}

impl ImportRun<'_> {
    /// Longest time for reading one file of the bucket: a file that never arrives must
    /// leave time for the others.
    pub(crate) fn time_for_one_file(&self) -> Duration {
        self.time.calls.remaining() / 4
    }

    /// Lets an event happen to the state, and saves it.
    pub(crate) async fn step(
        &self,
        state: &mut ImportState,
        event: ImportEvent,
    ) -> Result<(), CallError> {
        *state = state.after(event);
        self.staging.save(&self.region.name, state).await
    }

    /// The state of the imports, corrected where it was damaged; `None` where it cannot be
    /// read, and no job may be made.
    pub(crate) async fn state(&self) -> Result<Option<ImportState>, CallError> {
        let region = &self.region.name;
        let mut state = match self.staging.state(region).await {
            Ok(state) => state,
            Err(error) => {
                warn!(
                    ses.region = region, %error,
                    "the state of the imports cannot be read: what waits is put one by one, and \
                     an import job waits for the next run"
                );
                self.counts.import_failed();
                return Ok(None);
            }
        };
        if state.repair(now_seconds(), &jobs_prefix(region)) {
            error!(
                ses.region = region,
                "the state of the imports held a time or a key that no import run writes; it is \
                 corrected. Something other than ses-warden wrote into the bucket"
            );
            self.staging.save(region, &state).await?;
        }
        Ok(Some(state))
    }
}
