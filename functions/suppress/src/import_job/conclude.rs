//! The import job that SES works on: whether it is done, and what it could not use.

use tracing::{error, info, warn};
use warden_aws::{CallError, ImportStatus, failed_records};
use warden_domain::imports::{FailedRecords, ImportEvent, ImportState, Job, JobAction, LineReader};
use warden_lambda::now_seconds;

use crate::import_run::ImportRun;
use crate::staging::FilePlace;

/// A job that is at work for so long is reported.
const LONG_SECONDS: i64 = 6 * 3600;
/// And after so long it is made again.
const GIVEN_UP_SECONDS: i64 = 24 * 3600;
/// Addresses in one file of those that a job could not use: files of that size are
/// written and read again without a large part of a small function's memory.
const IN_ONE_FILE: usize = 10_000;

impl ImportRun<'_> {
    /// Looks after the job at work; false while it goes on.
    pub(crate) async fn conclude(
        &self,
        state: &mut ImportState,
        job: &Job,
    ) -> Result<bool, CallError> {
        let (region, addresses) = (&self.region.name, job.addresses);
        let seconds = now_seconds().saturating_sub(job.since);
        match self.region.list.import_status(&job.id).await? {
            ImportStatus::AtWork if seconds > GIVEN_UP_SECONDS => {
                error!(
                    job = job.id,
                    ses.region = region,
                    addresses,
                    seconds,
                    "SES does not finish this import job; suppress starts another"
                );
                self.counts.import_failed();
                self.step(state, ImportEvent::Failed(now_seconds())).await?;
                Ok(true)
            }
            ImportStatus::AtWork if seconds > LONG_SECONDS => {
                error!(
                    job = job.id,
                    ses.region = region,
                    addresses,
                    seconds,
                    "SES has been at this import job for long"
                );
                self.counts.import_failed();
                Ok(false)
            }
            ImportStatus::AtWork => {
                info!(
                    job = job.id,
                    ses.region = region,
                    addresses,
                    seconds,
                    "the import job is running"
                );
                Ok(false)
            }
            ImportStatus::Completed => {
                info!(job = job.id, ses.region = region, addresses, "the import job is done");
                self.staging.delete(&job.key).await?;
                self.count_done(job, addresses);
                self.step(state, ImportEvent::Done).await?;
                Ok(true)
            }
            ImportStatus::CompletedInPart { failed, records_url } => {
                match job.action {
                    JobAction::Put => self.put_again(job, failed, records_url).await?,
                    JobAction::Delete => {
                        // What is still listed is found again by the next look at the list.
                        let done = usize::try_from(failed)
                            .map_or(0, |failed| addresses.saturating_sub(failed));
                        warn!(
                            job = job.id,
                            ses.region = region,
                            addresses,
                            failed,
                            "the import job could not remove some addresses"
                        );
                        self.staging.delete(&job.key).await?;
                        self.count_done(job, done);
                    }
                }
                self.step(state, ImportEvent::Done).await?;
                Ok(true)
            }
            ImportStatus::Failed(reason) => {
                let failures = state.failures().saturating_add(1);
                error!(
                    job = job.id,
                    ses.region = region,
                    addresses,
                    reason,
                    failures,
                    "the import job failed; suppress starts another. Check whether SES may read the bucket (its policy, its key)"
                );
                self.counts.import_failed();
                self.step(state, ImportEvent::Failed(now_seconds())).await?;
                Ok(true)
            }
        }
    }

    fn count_done(&self, job: &Job, addresses: usize) {
        match job.action {
            JobAction::Put => self.counts.imported(addresses),
            JobAction::Delete => self.counts.rescued(addresses),
        }
    }

    /// Has the records that a job could not use put one by one.
    async fn put_again(
        &self,
        job: &Job,
        failed: u64,
        records_url: Option<String>,
    ) -> Result<(), CallError> {
        let (region, addresses) = (&self.region.name, job.addresses);
        // Where the file cannot be read nothing is lost: it stays, and a job is made of it
        // again once it can be read.
        let Some(all) = self.read(&job.key).await? else { return Ok(()) };
        let mut named = FailedRecords::of(all);
        let end = match records_url {
            Some(url) => {
                let mut lines = LineReader::default();
                let read = failed_records(&url, |piece| {
                    lines.push(piece, |line| named.read_line(line));
                });
                let end = read.await;
                lines.finish(|line| named.read_line(line));
                end
            }
            None => Ok(()),
        };
        if let Err(error) = end {
            warn!(job = job.id, ses.region = region, %error, "the failed records cannot be read");
        }
        let again = named.to_put_again(failed);
        let singly = again.len();
        warn!(
            job = job.id,
            ses.region = region,
            addresses,
            failed,
            singly,
            "the import job could not use some records; they are put one by one"
        );
        for part in again.into_parts(IN_ONE_FILE) {
            self.staging.add(region, FilePlace::Single, &part).await?;
        }
        self.staging.delete(&job.key).await?;
        self.count_done(job, addresses.saturating_sub(singly));
        Ok(())
    }
}
