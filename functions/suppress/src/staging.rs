//! Addresses that wait in the bucket.
//!
//! Below `suppress/REGION/`:
//!
//! - `staged/` holds what batches left, one file each;
//! - `jobs/` holds the file of an import job, until the job has ended well;
//! - `single/` holds what import jobs could not use, to be put one by one;
//! - `tenant/NAME/` holds what waits for a tenant's list, into which SES imports nothing;
//! - `unknown-tenant/` holds what waits until it is known whether its tenant has a list;
//! - `unreadable/` holds files with lines that are no entries, for a person to look at;
//! - `state.json` holds what is known of the job at work.
//!
//! `suppress/lease.json` keeps two import runs from working at once.
//! `rescue/DAY/` holds addresses that the sender is to blame for, for the operator's
//! command. Where the function removes them by itself, `suppress/rescue/REGION/` holds:
//!
//! - `queue/`: records that are not resolved yet;
//! - `decided/`: addresses that other events asked to be suppressed, for some days;
//! - `rescued/`: what was taken off the list, for 31 days.
//!
//! An address leaves one of these places only after it has reached the next, so a
//! function that dies anywhere loses none; at worst one is put twice.

mod places;

use std::time::Duration;

use places::{DELETION, is_plain, name, rescue_prefix, state_key};
pub(crate) use places::{FilePlace, Files, RescuePlace, jobs_prefix, written_at};
use serde::{Deserialize, Serialize};
use tracing::{error, warn};
use warden_aws::{Bucket, CallError, Class, Condition};
use warden_domain::imports::{ImportState, LineReader, TenantEntries, Waiting};
use warden_domain::rescue::RescueRecord;
use warden_lambda::now_millis;

const LEASE: &str = "suppress/lease.json";

/// A lease may lie so far in the future: the 15 minutes that Lambda gives an invocation
/// at most, and a minute for clocks that differ.
const LONGEST_LEASE_MS: u64 = 16 * 60 * 1000;

/// The bucket and its layout.
#[derive(Debug, Clone)]
pub(crate) struct Staging {
    bucket: Bucket,
}

/// Until when an import run works at the latest: Lambda ends an invocation at its
/// deadline, so a lease beyond that time is nobody's.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lease {
    until_ms: u64,
}

impl Staging {
    pub(crate) fn new(bucket: Bucket) -> Self {
        Self { bucket }
    }

    /// Where SES finds a file.
    pub(crate) fn url(&self, key: &str) -> String {
        self.bucket.url(key)
    }

    /// Writes addresses into a new file and answers with its key.
    pub(crate) async fn add(
        &self,
        region: &str,
        place: FilePlace,
        waiting: &Waiting,
    ) -> Result<String, CallError> {
        let body = waiting.lines();
        let key = format!("suppress/{region}/{}/{}.ndjson", place.name(), name(&body));
        self.bucket.put(&key, body.into_bytes()).await?;
        Ok(key)
    }

    /// Writes addresses that wait for a tenant's list; false where its name cannot be
    /// part of a key.
    pub(crate) async fn add_for_tenant(
        &self,
        region: &str,
        tenant: &str,
        waiting: &Waiting,
    ) -> Result<bool, CallError> {
        if !is_plain(tenant) {
            return Ok(false);
        }
        let body = waiting.lines();
        let key = format!("suppress/{region}/tenant/{tenant}/{}.ndjson", name(&body));
        self.bucket.put(&key, body.into_bytes()).await.map(|()| true)
    }

    /// Writes a file anew.
    pub(crate) async fn replace(&self, key: &str, waiting: &Waiting) -> Result<(), CallError> {
        self.bucket.put(key, waiting.lines().into_bytes()).await
    }

    /// Writes addresses whose list is not known yet.
    pub(crate) async fn add_unknown(
        &self,
        region: &str,
        entries: &TenantEntries,
    ) -> Result<String, CallError> {
        let body = entries.lines();
        let key = format!("suppress/{region}/unknown-tenant/{}.ndjson", name(&body));
        self.bucket.put(&key, body.into_bytes()).await?;
        Ok(key)
    }

    /// Writes such a file anew.
    pub(crate) async fn replace_unknown(
        &self,
        key: &str,
        entries: &TenantEntries,
    ) -> Result<(), CallError> {
        self.bucket.put(key, entries.lines().into_bytes()).await
    }

    /// Hands the lines of a file to `read` and answers how many of them it could not
    /// use. A file that is gone has none.
    pub(crate) async fn read(
        &self,
        key: &str,
        time: Duration,
        mut read: impl FnMut(&[u8]) -> bool,
    ) -> Result<usize, CallError> {
        let (mut lines, mut unreadable) = (LineReader::default(), 0);
        let pieces = self.bucket.read(key, time, |piece| {
            lines.push(piece, |line| unreadable += usize::from(!read(line)));
        });
        pieces.await?;
        lines.finish(|line| unreadable += usize::from(!read(line)));
        Ok(unreadable)
    }

    /// Copies a file with lines that are no entries to where a person finds it. Only
    /// somebody else's hand can bring such a file about. Answers with the copy's key;
    /// `None` where the file is too large, and stays as it is.
    pub(crate) async fn copy_aside(
        &self,
        region: &str,
        key: &str,
    ) -> Result<Option<String>, CallError> {
        let prefix = format!("suppress/{region}/");
        let name = key.strip_prefix(&prefix).unwrap_or(key).replace('/', "-");
        let aside = format!("{prefix}unreadable/{name}");
        Ok(self.bucket.copy(key, &aside).await?.then_some(aside))
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<(), CallError> {
        self.bucket.delete(key).await
    }

    /// What lies below a Region.
    pub(crate) async fn files(&self, region: &str) -> Result<Files, CallError> {
        let prefix = format!("suppress/{region}/");
        let mut files = Files::default();
        for key in self.bucket.list(&prefix).await? {
            match key.strip_prefix(&prefix).and_then(|below| below.split_once('/')) {
                Some(("staged", _)) => files.staged.push(key),
                Some(("jobs", name)) if name.starts_with(DELETION) => files.deletions.push(key),
                Some(("jobs", _)) => files.jobs.push(key),
                Some(("single", _)) => files.single.push(key),
                Some(("unknown-tenant", _)) => files.unknown_tenant.push(key),
                Some(("tenant", below)) => {
                    if let Some((tenant, _)) = below.split_once('/') {
                        files.tenants.push((tenant.to_owned(), key.clone()));
                    }
                }
                Some(_) => {}
                None => files.has_state |= key.ends_with("state.json"),
            }
        }
        Ok(files)
    }

    /// What is known of a Region's imports.
    pub(crate) async fn state(&self, region: &str) -> Result<ImportState, CallError> {
        let Some(object) = self.bucket.get(&state_key(region)).await? else {
            return Ok(ImportState::default());
        };
        Ok(serde_json::from_slice(&object.body).unwrap_or_else(|_| {
            error!(ses.region = region, "the state of the imports cannot be read and is reset");
            ImportState::default()
        }))
    }

    pub(crate) async fn save(&self, region: &str, state: &ImportState) -> Result<(), CallError> {
        let key = state_key(region);
        if *state == ImportState::default() {
            return self.bucket.delete(&key).await;
        }
        self.bucket.put(&key, json(state)).await
    }

    /// Takes the lease until `until_ms`, or answers false: another import run is at work.
    pub(crate) async fn lease(&self, until_ms: u64) -> Result<bool, CallError> {
        let body = json(&Lease { until_ms });
        if self.bucket.put_if(LEASE, body.clone(), Condition::Absent).await? {
            return Ok(true);
        }
        let Some(held) = self.bucket.get(LEASE).await? else { return Ok(false) };
        match serde_json::from_slice::<Lease>(&held.body) {
            Ok(Lease { until_ms }) if until_ms > now_ms().saturating_add(LONGEST_LEASE_MS) => {
                error!(
                    until_ms,
                    "the lease of the imports lies further in the future than an invocation can \
                     last, so no invocation holds it: this one takes it over"
                );
            }
            Ok(Lease { until_ms }) if until_ms > now_ms() => return Ok(false),
            Ok(_) | Err(_) => {
                warn!("the previous import run did not release its lease; this one takes it over")
            }
        }
        self.bucket.put_if(LEASE, body, Condition::Version(&held.etag)).await
    }

    pub(crate) async fn release(&self) {
        if let Err(error) = self.bucket.delete(LEASE).await {
            warn!(%error, "cannot release the lease of the imports; it stays until it expires");
        }
    }

    /// Keeps records for the operator's command.
    pub(crate) async fn keep_rescue(&self, lines: &str) -> Result<(), CallError> {
        let day = warden_domain::time::day(now_ms());
        let key = format!("rescue/{day}/{}.ndjson", name(lines));
        self.bucket.put(&key, lines.as_bytes().to_vec()).await
    }

    /// Writes lines into a new file of rescues.
    pub(crate) async fn add_rescue(
        &self,
        region: &str,
        place: RescuePlace,
        lines: String,
    ) -> Result<(), CallError> {
        let key = format!("{}{}.ndjson", rescue_prefix(region, place), name(&lines));
        self.bucket.put(&key, lines.into_bytes()).await
    }

    /// Writes such a file anew, or deletes it where nothing is left in it.
    pub(crate) async fn replace_rescue(
        &self,
        key: &str,
        records: &[&RescueRecord],
    ) -> Result<(), CallError> {
        if records.is_empty() {
            return self.bucket.delete(key).await;
        }
        let lines: String = records.iter().map(|record| record.line()).collect();
        self.bucket.put(key, lines.into_bytes()).await
    }

    /// The files of a place, oldest first: the first 5,000 of the queue, all of the others.
    pub(crate) async fn rescue_files(
        &self,
        region: &str,
        place: RescuePlace,
    ) -> Result<Vec<String>, CallError> {
        let prefix = rescue_prefix(region, place);
        match place {
            RescuePlace::Queue => self.bucket.list(&prefix).await,
            RescuePlace::Decisions | RescuePlace::Rescued => self.bucket.list_all(&prefix).await,
        }
    }

    /// Writes the file of a job that deletes.
    pub(crate) async fn add_deletion(
        &self,
        region: &str,
        lines: String,
    ) -> Result<String, CallError> {
        let key = format!("{}{DELETION}{}.ndjson", jobs_prefix(region), name(&lines));
        self.bucket.put(&key, lines.into_bytes()).await?;
        Ok(key)
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Structs of numbers and texts: serialising them cannot fail.
    serde_json::to_vec(value).unwrap_or_default()
}

fn now_ms() -> u64 {
    u64::try_from(now_millis()).unwrap_or(0)
}

/// Whether a failure passes by itself, without anybody's correction.
pub(crate) fn passes_by_itself(error: &CallError) -> bool {
    matches!(error.class, Class::Throttled | Class::Temporary)
}
