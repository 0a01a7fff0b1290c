//! Addresses that wait in the bucket.
//!
//! Below `suppress/REGION/`:
//!
//! - `staged/` holds what batches left, one file each;
//! - `jobs/` holds the file of an import job, until the job has ended well;
//! - `single/` holds what import jobs could not use, to be put one by one;
//! - `tenant/NAME/` holds what waits for a tenant's list, into which SES imports nothing;
//! - `state.json` holds what is known of the job at work.
//!
//! `suppress/lease.json` keeps two visits from working at once.
//! `rescue/DAY/` holds addresses that the sender is to blame for.
//!
//! An address leaves one of these places only after it has reached the next, so a
//! function that dies anywhere loses none; at worst one is put twice.

use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tracing::{error, warn};
use warden_aws::{Bucket, CallError, Class, Condition};
use warden_domain::imports::{ImportState, Waiting};

const LEASE: &str = "suppress/lease.json";

/// The bucket and its layout.
#[derive(Debug, Clone)]
pub(crate) struct Staging {
    bucket: Bucket,
}

/// Where a file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Staged,
    Jobs,
    Single,
}

/// Whether a tenant's name can be part of a key.
fn is_plain(tenant: &str) -> bool {
    !tenant.is_empty()
        && tenant.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Jobs => "jobs",
            Self::Single => "single",
        }
    }
}

/// The files of one Region, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) staged: Vec<String>,
    pub(crate) jobs: Vec<String>,
    pub(crate) single: Vec<String>,
    /// Tenant and key.
    pub(crate) tenants: Vec<(String, String)>,
    pub(crate) has_state: bool,
}

impl Files {
    pub(crate) fn is_empty(&self) -> bool {
        self.staged.is_empty()
            && self.jobs.is_empty()
            && self.single.is_empty()
            && self.tenants.is_empty()
            && !self.has_state
    }

    /// Whether no address waits.
    pub(crate) fn hold_nothing(&self) -> bool {
        self.staged.is_empty()
            && self.jobs.is_empty()
            && self.single.is_empty()
            && self.tenants.is_empty()
    }
}

/// Who visits, and until when at the latest: Lambda ends an invocation at its
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
        place: Place,
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

    /// Adds a file's addresses to `waiting`. A file that is gone has none.
    pub(crate) async fn read(&self, key: &str, waiting: &mut Waiting) -> Result<(), CallError> {
        let Some(object) = self.bucket.get(key).await? else { return Ok(()) };
        if let Err(unreadable) = waiting.read(&object.body) {
            // Only somebody else's hand can bring this about.
            error!(
                key,
                lines = unreadable.lines,
                "lines of this file are no entries and are left out"
            );
        }
        Ok(())
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<(), CallError> {
        self.bucket.delete(key).await
    }

    /// What lies below a Region.
    pub(crate) async fn files(&self, region: &str) -> Result<Files, CallError> {
        let prefix = format!("suppress/{region}/");
        let mut files = Files::default();
        for key in self.bucket.list(&prefix).await? {
            match key.strip_prefix(&prefix).and_then(|rest| rest.split_once('/')) {
                Some(("staged", _)) => files.staged.push(key),
                Some(("jobs", _)) => files.jobs.push(key),
                Some(("single", _)) => files.single.push(key),
                Some(("tenant", rest)) => {
                    if let Some((tenant, _)) = rest.split_once('/') {
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
            error!(
                ses.region = region,
                "the state of the imports cannot be read; it is begun anew"
            );
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

    /// Takes the lease until `until_ms`, or answers false: another visit is at work.
    pub(crate) async fn lease(&self, until_ms: u64) -> Result<bool, CallError> {
        let body = json(&Lease { until_ms });
        if self.bucket.put_if(LEASE, body.clone(), Condition::Absent).await? {
            return Ok(true);
        }
        let Some(held) = self.bucket.get(LEASE).await? else { return Ok(false) };
        match serde_json::from_slice::<Lease>(&held.body) {
            Ok(lease) if lease.until_ms > now_ms() => Ok(false),
            _ => {
                warn!("the visit before this one did not end by itself");
                self.bucket.put_if(LEASE, body, Condition::Version(&held.etag)).await
            }
        }
    }

    pub(crate) async fn release(&self) {
        if let Err(error) = self.bucket.delete(LEASE).await {
            warn!(%error, "the lease stays until it runs out");
        }
    }

    /// Keeps lines about rescue candidates for the operator's command.
    pub(crate) async fn keep_rescue(&self, lines: String) -> Result<(), CallError> {
        let day = warden_domain::time::day(now_ms());
        self.bucket.put(&format!("rescue/{day}/{}.ndjson", name(&lines)), lines.into_bytes()).await
    }
}

fn state_key(region: &str) -> String {
    format!("suppress/{region}/state.json")
}

/// In the order of time. Keys are logged, so the rest says nothing of the content: the
/// hash is of random keys.
fn name(content: &str) -> String {
    format!("{:013}-{:016x}", now_ms(), RandomState::new().hash_one(content))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Structs of numbers and texts: serialising them cannot fail.
    serde_json::to_vec(value).unwrap_or_default()
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// Seconds since 1970.
pub(crate) fn now_seconds() -> i64 {
    i64::try_from(now_ms() / 1000).unwrap_or(i64::MAX)
}

/// Whether a failure is only to be waited out, and not somebody's to mend.
pub(crate) fn passes_by_itself(error: &CallError) -> bool {
    matches!(error.class, Class::Throttled | Class::Temporary)
}
