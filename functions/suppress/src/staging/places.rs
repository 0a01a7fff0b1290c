//! The names of the bucket's files.

use super::now_ms;
use std::hash::{BuildHasher, RandomState};

/// Files of jobs that delete begin with it.
pub(super) const DELETION: &str = "delete-";

/// Where a file of rescues lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RescuePlace {
    Queue,
    Decisions,
    Rescued,
}

impl RescuePlace {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Decisions => "decided",
            Self::Rescued => "rescued",
        }
    }
}

/// Where a file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FilePlace {
    Staged,
    Jobs,
    Single,
}

/// Whether a tenant's name can be part of a key.
pub(super) fn is_plain(tenant: &str) -> bool {
    !tenant.is_empty()
        && tenant.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

impl FilePlace {
    pub(super) fn name(self) -> &'static str {
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
    /// Files of jobs that delete.
    pub(crate) deletions: Vec<String>,
    pub(crate) single: Vec<String>,
    /// Tenant and key.
    pub(crate) tenants: Vec<(String, String)>,
    pub(crate) unknown_tenant: Vec<String>,
    pub(crate) has_state: bool,
    /// Records of addresses to take off the list.
    pub(crate) rescues: Vec<String>,
}

impl Files {
    pub(crate) fn is_empty(&self) -> bool {
        self.hold_nothing() && !self.has_state && self.rescues.is_empty()
    }

    /// Whether no address waits.
    pub(crate) fn hold_nothing(&self) -> bool {
        self.staged.is_empty()
            && self.jobs.is_empty()
            && self.single.is_empty()
            && self.tenants.is_empty()
            && self.unknown_tenant.is_empty()
            && self.deletions.is_empty()
    }
}

pub(super) fn rescue_prefix(region: &str, place: RescuePlace) -> String {
    format!("suppress/rescue/{region}/{}/", place.name())
}

/// When a file was written, by its name, in milliseconds since 1970.
pub(crate) fn written_at(key: &str) -> Option<i64> {
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    name.split_once('-').and_then(|(millis, _)| millis.parse().ok())
}

/// Where the files of import jobs lie.
pub(crate) fn jobs_prefix(region: &str) -> String {
    format!("suppress/{region}/jobs/")
}

pub(super) fn state_key(region: &str) -> String {
    format!("suppress/{region}/state.json")
}

/// In the order of time. Keys are logged, so the rest says nothing of the content: the
/// hash is of random keys.
pub(super) fn name(content: &str) -> String {
    format!("{:013}-{:016x}", now_ms(), RandomState::new().hash_one(content))
}
