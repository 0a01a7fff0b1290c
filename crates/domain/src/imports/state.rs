//! What is known of the imports into one Region's list between two import runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// First pause after an import job that failed; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(300);
/// Longest pause: somebody who corrects a bucket policy should not wait a day.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// How far two clocks may lie apart.
const CLOCK_SKEW_SECONDS: i64 = 300;

/// The state of the imports into one Region's list. It is stored as an object beside the
/// files. The transitions are in [`ImportState::after`] and in docs/ARCHITECTURE.md.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StateFile", into = "StateFile")]
pub enum ImportState {
    /// No job is being made or at work.
    #[default]
    Idle,
    /// The listing of complaints for a job goes on with the next run.
    Listing {
        /// How far it has come.
        listing: Listing,
        /// Jobs in a row that failed before.
        failures: u32,
    },
    /// A job is being made. SES may have accepted it although its answer was lost.
    Submitting {
        /// Jobs in a row that failed before.
        failures: u32,
    },
    /// SES has accepted a job.
    Running {
        /// The job.
        job: Job,
        /// Jobs in a row that failed before.
        failures: u32,
    },
    /// A job failed or was refused; the next one is made after a pause.
    BackingOff {
        /// Jobs in a row that failed.
        failures: u32,
        /// No further job before this time, in seconds since 1970.
        next_job_at: i64,
    },
}

/// A listing of complaints that goes on with the next run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// The file it is for.
    pub key: String,
    /// SES's token of the next page.
    pub token: String,
}

/// A job that SES accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// SES's id.
    pub id: String,
    /// The file it reads.
    pub key: String,
    /// Addresses in the file.
    pub addresses: usize,
    /// When it was accepted, in seconds since 1970.
    pub since: i64,
    /// What it does with them.
    #[serde(default)]
    pub action: JobAction,
}

/// What a job does with the addresses of its file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum JobAction {
    /// Puts them on the list.
    #[default]
    Put,
    /// Takes them off the list.
    Delete,
}

/// What happens to a Region's imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportEvent {
    /// A run begins to make a job.
    Begin,
    /// The run has no time for further pages of complaints.
    ListingStopped(Listing),
    /// SES has accepted the job.
    Accepted(Job),
    /// The job is done, or nothing waits any more.
    Done,
    /// The job failed, was refused or is given up, at so many seconds since 1970.
    Failed(i64),
}

impl ImportState {
    /// The state after an event. Every event is possible in every state, because a run
    /// may end anywhere and the next one begins with what was saved.
    #[must_use]
    pub fn after(&self, event: ImportEvent) -> Self {
        let failures = self.failures();
        match event {
            ImportEvent::Begin => match self {
                // One job at a time: the one at work comes first.
                Self::Running { .. } => self.clone(),
                Self::Idle
                | Self::Listing { .. }
                | Self::Submitting { .. }
                | Self::BackingOff { .. } => Self::Submitting { failures },
            },
            ImportEvent::ListingStopped(listing) => Self::Listing { listing, failures },
            ImportEvent::Accepted(job) => Self::Running { job, failures },
            ImportEvent::Done => Self::Idle,
            ImportEvent::Failed(now) => {
                let pause = FIRST_PAUSE.saturating_mul(1 << failures.min(16)).min(LONGEST_PAUSE);
                let seconds = i64::try_from(pause.as_secs()).unwrap_or(i64::MAX);
                Self::BackingOff {
                    failures: failures.saturating_add(1),
                    next_job_at: now.saturating_add(seconds),
                }
            }
        }
    }

    /// Jobs in a row that failed.
    pub fn failures(&self) -> u32 {
        match self {
            Self::Idle => 0,
            Self::Listing { failures, .. }
            | Self::Submitting { failures }
            | Self::Running { failures, .. }
            | Self::BackingOff { failures, .. } => *failures,
        }
    }

    /// Whether an import job may be at work or being made, which may put an older bounce
    /// over a complaint: then a complaint is staged as well as put. True also while
    /// backing off, because SES may have accepted a job whose answer was lost.
    pub fn is_busy(&self) -> bool {
        *self != Self::Idle
    }

    /// The job at work.
    pub fn job(&self) -> Option<&Job> {
        match self {
            Self::Running { job, .. } => Some(job),
            Self::Idle
            | Self::Listing { .. }
            | Self::Submitting { .. }
            | Self::BackingOff { .. } => None,
        }
    }

    /// The listing that goes on.
    pub fn listing(&self) -> Option<&Listing> {
        match self {
            Self::Listing { listing, .. } => Some(listing),
            Self::Idle
            | Self::Submitting { .. }
            | Self::Running { .. }
            | Self::BackingOff { .. } => None,
        }
    }

    /// Whether a job may be made at `now`, in seconds since 1970.
    pub fn may_import(&self, now: i64) -> bool {
        match self {
            Self::Running { .. } => false,
            Self::BackingOff { next_job_at, .. } => now >= *next_job_at,
            Self::Idle | Self::Listing { .. } | Self::Submitting { .. } => true,
        }
    }

    /// Corrects what only a damaged file can hold, at `now` in seconds since 1970: a job
    /// that began in the future would never be given up, a pause beyond the longest one
    /// would hold up all jobs, and a key outside the folder `jobs` would have another
    /// file deleted. Answers whether anything was changed.
    pub fn repair(&mut self, now: i64, jobs: &str) -> bool {
        let longest = i64::try_from(LONGEST_PAUSE.as_secs()).unwrap_or(i64::MAX);
        let latest = now.saturating_add(CLOCK_SKEW_SECONDS);
        match self {
            Self::Running { job, failures } if !job.key.starts_with(jobs) => {
                *self = Self::Submitting { failures: *failures };
            }
            Self::Running { job, .. } if job.since > latest => job.since = now,
            Self::Listing { listing, failures } if !listing.key.starts_with(jobs) => {
                *self = Self::Submitting { failures: *failures };
            }
            Self::BackingOff { next_job_at, .. }
                if *next_job_at > latest.saturating_add(longest) =>
            {
                *next_job_at = now;
            }
            Self::Idle
            | Self::Listing { .. }
            | Self::Submitting { .. }
            | Self::Running { .. }
            | Self::BackingOff { .. } => return false,
        }
        true
    }
}

/// The form of the object, which holds more combinations than there are states.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StateFile {
    busy: bool,
    listing: Option<Listing>,
    job: Option<Job>,
    failures: u32,
    next_job_at: i64,
}

impl From<StateFile> for ImportState {
    fn from(file: StateFile) -> Self {
        let StateFile { busy, listing, job, failures, next_job_at } = file;
        match (job, listing) {
            (Some(job), _) => Self::Running { job, failures },
            (None, Some(listing)) => Self::Listing { listing, failures },
            (None, None) if failures > 0 || next_job_at > 0 => {
                Self::BackingOff { failures, next_job_at }
            }
            (None, None) if busy => Self::Submitting { failures },
            (None, None) => Self::Idle,
        }
    }
}

impl From<ImportState> for StateFile {
    fn from(state: ImportState) -> Self {
        let file = Self { busy: state.is_busy(), failures: state.failures(), ..Self::default() };
        match state {
            ImportState::Idle | ImportState::Submitting { .. } => file,
            ImportState::Listing { listing, .. } => Self { listing: Some(listing), ..file },
            ImportState::Running { job, .. } => Self { job: Some(job), ..file },
            ImportState::BackingOff { next_job_at, .. } => Self { next_job_at, ..file },
        }
    }
}

#[cfg(test)]
mod tests;
