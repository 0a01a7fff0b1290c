//! Import jobs of SES, from the file in the bucket to the last record.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use warden_aws::{
    Bucket, CallError, Class, ImportAction, ImportStatus, ListFilter, SuppressionList,
    failed_records,
};
use warden_domain::imports::{FailedRecords, LARGEST_DELETE_JOB, LARGEST_JOB, LineReader, Waiting};
use warden_domain::suppression::SuppressionReason;

use super::pages::{self, may_pass};
use crate::frame::output::{note, path, write_stderr};

/// Jobs for the same file before it is given up.
const TRIES: u32 = 3;
/// The longest wait between two looks at a job.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Keys of our files: SES may read `suppress/*/jobs/*`, and no Region is called `command`, so that
/// the function leaves them alone.
const PREFIX: &str = "suppress/command/jobs";

/// A job whose end nobody has seen yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OpenJob {
    region: String,
    bucket: String,
    key: String,
    /// Nothing while SES has not accepted the job, or its answer is unknown.
    id: Option<String>,
    addresses: usize,
}

/// The jobs under way, in a file, so that a command that is run again waits for them first.
#[derive(Debug)]
pub(super) struct OpenJobs {
    file: PathBuf,
    jobs: Vec<OpenJob>,
}

impl OpenJobs {
    /// Reads the file; none is none.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let jobs = if file.exists() {
            let text =
                std::fs::read(file).with_context(|| format!("{} cannot be read", path(file)))?;
            serde_json::from_slice(&text).with_context(|| {
                format!("{} is damaged; delete it, and run the command again", path(file))
            })?
        } else {
            Vec::new()
        };
        Ok(Self { file: file.to_owned(), jobs })
    }

    fn save(&self) -> anyhow::Result<()> {
        if self.jobs.is_empty() {
            let _ = std::fs::remove_file(&self.file);
            return Ok(());
        }
        crate::frame::files::replace(&self.file, &serde_json::to_vec(&self.jobs)?)
            .with_context(|| format!("{} cannot be written", path(&self.file)))
    }

    fn set(&mut self, job: OpenJob) -> anyhow::Result<()> {
        self.jobs.retain(|known| known.key != job.key);
        self.jobs.push(job);
        self.save()
    }

    fn close(&mut self, key: &str) -> anyhow::Result<()> {
        self.jobs.retain(|known| known.key != key);
        self.save()
    }
}

/// How the jobs of one run ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Ids of the jobs, in order.
    pub(super) jobs: Vec<String>,
    /// Records that no job could use, and single calls may.
    pub(super) failed: Waiting,
    /// Addresses that were left out because they have been listed for a complaint meanwhile.
    pub(super) complained: usize,
}

/// Runs import jobs one after another: SES does not say how many it takes at once.
#[derive(Debug)]
pub(super) struct Jobs<'a> {
    pub(super) list: &'a SuppressionList,
    pub(super) bucket: Bucket,
    pub(super) bucket_name: String,
    pub(super) region: String,
    /// Time at which the command began, in milliseconds, for names of files.
    pub(super) began: i64,
}

impl Jobs<'_> {
    /// Waits for jobs that an earlier run of the command made. What they left undone is found by
    /// comparing with the list.
    pub(super) async fn wait_for_earlier(&self, open: &mut OpenJobs) -> anyhow::Result<()> {
        for job in open.jobs.clone() {
            if job.region != self.region || job.bucket != self.bucket_name {
                continue;
            }
            if let Some(id) = &job.id {
                write_stderr(format_args!(
                    "waiting for the import job {id} of {} addresses, which an earlier run made",
                    job.addresses
                ));
                self.wait_until_ended(id).await?;
            }
            self.bucket.delete(&job.key).await?;
            open.close(&job.key)?;
        }
        Ok(())
    }

    /// Puts every address on the list, or takes it off, by as many jobs as that takes.
    pub(super) async fn run(
        &self,
        addresses: Waiting,
        action: ImportAction,
        open: &mut OpenJobs,
    ) -> anyhow::Result<Ended> {
        let largest = match action {
            ImportAction::Put => LARGEST_JOB,
            ImportAction::Delete => LARGEST_DELETE_JOB,
        };
        let mut ended = Ended::default();
        for (number, mut part) in addresses.into_parts(largest).enumerate() {
            if action == ImportAction::Put {
                ended.complained += self.leave_out_complaints(&mut part).await?;
                if part.is_empty() {
                    continue;
                }
            }
            let key = format!("{PREFIX}/{:013}-{number}.ndjson", self.began);
            let mut job = OpenJob {
                region: self.region.clone(),
                bucket: self.bucket_name.clone(),
                key: key.clone(),
                id: None,
                addresses: part.len(),
            };
            open.set(job.clone())?;
            self.bucket.put(&key, part.lines().into_bytes()).await?;
            let mut tries = 1;
            loop {
                let id = self.create(&key, action).await?;
                job.id = Some(id.clone());
                open.set(job.clone())?;
                note(format_args!("import job {id}: {} addresses", part.len()));
                ended.jobs.push(id.clone());
                match self.wait_until_ended(&id).await? {
                    ImportStatus::CompletedInPart { failed, records_url } => {
                        ended.failed.append(failed_of(part, failed, records_url).await);
                        break;
                    }
                    ImportStatus::Completed | ImportStatus::AtWork => break,
                    ImportStatus::Failed(reason) if tries < TRIES => {
                        write_stderr(format_args!(
                            "import job {id} failed, and is made again: {reason}"
                        ));
                        tries += 1;
                    }
                    ImportStatus::Failed(reason) => {
                        let class = Class::Refused { code: "ImportJobFailed".to_owned() };
                        let text = format!(
                            "{reason}. Look whether SES may read s3://{}/{key} (the bucket's \
                             policy and its key), and run the command again",
                            self.bucket_name
                        );
                        return Err(CallError::new("the import job", class, &text).into());
                    }
                }
            }
            self.bucket.delete(&key).await?;
            open.close(&key)?;
        }
        Ok(ended)
    }

    /// An import overrides the reason that is there, so the complaints are listed right before
    /// each job. Answers with how many bounces are left out.
    async fn leave_out_complaints(&self, part: &mut Waiting) -> anyhow::Result<usize> {
        if part.bounces() == 0 {
            return Ok(0);
        }
        let before = part.len();
        let complaints =
            ListFilter { reason: Some(SuppressionReason::Complaint), ..ListFilter::default() };
        pages::each(self.list, &complaints, |listed| {
            part.leave_out_listed_complaint(listed.address.expose());
            Ok(true)
        })
        .await?;
        Ok(before - part.len())
    }

    async fn create(&self, key: &str, action: ImportAction) -> Result<String, CallError> {
        let url = self.bucket.url(key);
        patiently(async || self.list.import(&url, action).await).await
    }

    /// The state of a job that has ended.
    async fn wait_until_ended(&self, id: &str) -> Result<ImportStatus, CallError> {
        let mut wait = Duration::from_millis(500);
        loop {
            let status = patiently(async || self.list.import_status(id).await).await?;
            if status != ImportStatus::AtWork {
                return Ok(status);
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

/// A call, tried again for some minutes where that can help.
async fn patiently<T>(call: impl AsyncFn() -> Result<T, CallError>) -> Result<T, CallError> {
    const ROUNDS: u32 = 6;
    let mut round = 0;
    loop {
        match call().await {
            Err(error) if round < ROUNDS && may_pass(&error) => {
                tokio::time::sleep(Duration::from_secs(1 << round)).await;
                round += 1;
            }
            result => return result,
        }
    }
}

/// The addresses that a job's file of failed records names; all where it cannot be read, because
/// putting one twice changes nothing.
async fn failed_of(all: Waiting, failed: u64, records_url: Option<String>) -> Waiting {
    let mut named = FailedRecords::of(all);
    if let Some(url) = records_url {
        let mut lines = LineReader::default();
        let read = failed_records(&url, |piece| lines.push(piece, |line| named.read_line(line)));
        if let Err(error) = read.await {
            write_stderr(format_args!("the failed records cannot be read: {error}"));
        }
        lines.finish(|line| named.read_line(line));
    }
    named.to_put_again(failed)
}
