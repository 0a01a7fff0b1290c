//! Reading the files of the bucket, and putting their addresses one by one.

use futures_util::future::try_join_all;
use tracing::{error, info, warn};
use warden_aws::CallError;
use warden_domain::address::EmailAddress;
use warden_domain::imports::{LARGEST_JOB, Waiting};
use warden_domain::outcome::GivenBack;
use warden_domain::suppression::Protected;
use warden_lambda::now_seconds;

use crate::import_run::ImportRun;
use crate::region::{PutOutcome, Single};
use crate::staging::Staging;

/// Objects read or deleted side by side.
pub(crate) const SIDE_BY_SIDE: usize = 8;
/// So many single puts in a row that fail say that SES is not well.
const FAILURES_AT_MOST: u32 = 2;

impl ImportRun<'_> {
    /// A file's addresses, without those that have come under protection meanwhile;
    /// `None` where the file cannot be used. That is said and counted, and is no reason to
    /// leave the other files.
    pub(crate) async fn read(&self, key: &str) -> Result<Option<Waiting>, CallError> {
        let region = &self.region.name;
        let mut waiting = Waiting::default();
        let time = self.time_for_one_file();
        let lines = match self.staging.read(key, time, |line| waiting.read_line(line)).await {
            Ok(lines) => lines,
            Err(error) => {
                warn!(
                    key, ses.region = region, %error,
                    "this file cannot be read and waits for the next run; the other files are \
                     looked after"
                );
                self.counts.import_failed();
                return Ok(None);
            }
        };
        if lines > 0 {
            self.counts.import_failed();
            if !put_aside(self.staging, region, key, lines).await? {
                return Ok(None);
            }
            if waiting.is_empty() {
                self.staging.delete(key).await?;
            } else {
                self.staging.replace(key, &waiting).await?;
            }
        }
        let before = waiting.len();
        waiting.retain(|address| !is_protected(&self.function.policy.protected, address));
        if waiting.len() < before {
            // Also in the file: an import job reads that.
            self.staging.replace(key, &waiting).await?;
        }
        Ok(Some(waiting))
    }

    /// The addresses of staged files, until a job is full, and the files they are from.
    pub(crate) async fn gather(
        &self,
        keys: &[String],
    ) -> Result<(Waiting, Vec<String>), CallError> {
        let (mut waiting, mut taken) = (Waiting::default(), Vec::new());
        for chunk in keys.chunks(SIDE_BY_SIDE) {
            let parts = try_join_all(chunk.iter().map(|key| self.read(key))).await?;
            for (key, part) in chunk.iter().zip(parts) {
                let Some(part) = part else { continue };
                if waiting.len() + part.len() > LARGEST_JOB && !waiting.is_empty() {
                    return Ok((waiting, taken));
                }
                waiting.append(part);
                taken.push(key.clone());
            }
        }
        Ok((waiting, taken))
    }

    pub(crate) async fn delete(&self, keys: Vec<String>) -> Result<(), CallError> {
        for chunk in keys.chunks(SIDE_BY_SIDE) {
            try_join_all(chunk.iter().map(|key| self.staging.delete(key))).await?;
        }
        Ok(())
    }

    pub(crate) async fn put_all_singly(
        &self,
        keys: Vec<String>,
        tenants: Vec<(String, String)>,
    ) -> Result<(), CallError> {
        for key in &keys {
            self.put_singly(None, key).await?;
        }
        for (tenant, key) in &tenants {
            self.put_singly(Some(tenant), key).await?;
        }
        Ok(())
    }

    /// Puts a file's addresses one by one while there is time; the rest stays.
    async fn put_singly(&self, tenant: Option<&str>, key: &str) -> Result<(), CallError> {
        if !self.region.has_time(self.time) {
            return Ok(());
        }
        let Some(mut waiting) = self.read(key).await? else { return Ok(()) };
        let before = waiting.len();
        let mut entries = waiting.by_weight();
        // Another first one each minute: an address that SES chokes on is not to block
        // the others.
        let turn = usize::try_from(now_seconds() / 60)
            .unwrap_or(0)
            .checked_rem(entries.len())
            .unwrap_or(0);
        entries.rotate_left(turn);
        let mut failed_in_a_row = 0;
        for (address, reason) in entries {
            let single = Single { tenant, address: &address, id: None, reason, ids: None };
            match self.function.put(self.region, single, self.time).await {
                PutOutcome::Done => self.counts.suppressed(reason),
                PutOutcome::Known | PutOutcome::Staged => {}
                // Nothing is wrong with the addresses: they wait for production access.
                PutOutcome::Refused if self.function.settings.is_in_sandbox().await => break,
                PutOutcome::Refused => self.counts.refused(),
                PutOutcome::Failed(GivenBack::CallFailed) if failed_in_a_row < FAILURES_AT_MOST => {
                    failed_in_a_row += 1;
                    continue;
                }
                // No time left, or SES is not well: the next run goes on.
                PutOutcome::Sandbox | PutOutcome::NotTried | PutOutcome::Failed(_) => break,
            }
            failed_in_a_row = 0;
            waiting.remove(address.expose());
        }
        info!(
            key,
            ses.region = self.region.name,
            done = before - waiting.len(),
            left = waiting.len(),
            "put {} addresses on the suppression list one by one; {} are left",
            before - waiting.len(),
            waiting.len()
        );
        if waiting.is_empty() {
            self.staging.delete(key).await
        } else if waiting.len() < before {
            self.staging.replace(key, &waiting).await
        } else {
            Ok(())
        }
    }
}

/// Keeps a copy of a file with lines that are no entries, and says so. False where that
/// cannot be done: then the file stays as it is.
pub(crate) async fn put_aside(
    staging: &Staging,
    region: &str,
    key: &str,
    lines: usize,
) -> Result<bool, CallError> {
    match staging.copy_aside(region, key).await? {
        Some(copy) => {
            error!(
                key,
                lines,
                copy,
                "{lines} lines of this file are no entries and are left out; a copy of the file \
                 was kept. Something other than ses-warden wrote into the bucket"
            );
            Ok(true)
        }
        None => {
            error!(
                key,
                lines,
                "{lines} lines of this file are no entries, and it is too large to be kept as a \
                 copy: it stays as it is, and its addresses are not suppressed. Something other \
                 than ses-warden wrote into the bucket"
            );
            Ok(false)
        }
    }
}

pub(crate) fn is_protected(protected: &Protected, address: &str) -> bool {
    EmailAddress::parse(address).is_ok_and(|address| protected.holds(&address))
}
