//! The suppression list of one Region, and single entries into it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{error, info, warn};
use warden_aws::{CallError, Reason as StoredReason, SuppressionList, TimeLimit};
use warden_domain::outcome::GivenBack;
use warden_domain::suppression::Reason;
use warden_lambda::Deadline;
use warden_lambda::answer::EventIds;

/// Time that a put may need, a try that hangs included; one that would begin later
/// is left for another time. Short invocations keep a quarter back.
const RESERVE: Duration = Duration::from_secs(12);
/// Time kept back for the answer, whatever hangs.
const FOR_THE_ANSWER: Duration = Duration::from_millis(500);

/// How long a Region is left alone after calls that failed, where its entries can
/// wait in the bucket: a Region that is down is not to hold up every batch.
const REST: Duration = Duration::from_secs(60);

/// One Region's list.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) list: SuppressionList,
    rests_until: Mutex<Option<Instant>>,
}

/// What became of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    /// It is on the list now.
    Done,
    /// It was on the list.
    Known,
    /// It waits in the bucket.
    Staged,
    /// SES will never take it.
    Refused,
    /// The account is in the sandbox, where SES takes none.
    Sandbox,
    /// Another try may help.
    Failed(GivenBack),
}

/// One address to put, and what it is told by in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Single<'a> {
    pub(crate) tenant: Option<&'a str>,
    pub(crate) address: &'a str,
    pub(crate) reason: Reason,
    /// The feedback that asks for it, where there is just one.
    pub(crate) ids: Option<&'a EventIds>,
}

/// When single puts of an invocation have to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    deadline: Deadline,
    reserve: Duration,
}

impl Budget {
    pub(crate) fn of(deadline: Deadline) -> Self {
        Self { deadline, reserve: RESERVE.min(deadline.remaining() / 4) }
    }

    /// Less than half of the reserve also where that is short.
    fn for_the_answer(&self) -> Duration {
        FOR_THE_ANSWER.min(self.reserve / 4)
    }

    /// When half of the time for calls is over. Work whose rest can wait ends then, and
    /// leaves the other half to what cannot.
    pub(crate) fn half(&self) -> Instant {
        Instant::now() + self.deadline.remaining().saturating_sub(self.reserve) / 2
    }

    /// Longest time for reading one file of the bucket: a file that never arrives must
    /// leave time for the others.
    pub(crate) fn for_one_file(&self) -> Duration {
        self.deadline.remaining().saturating_sub(self.reserve / 2) / 4
    }

    /// Whether a call made after `wait` still has time.
    pub(crate) fn allows(&self, wait: Duration) -> bool {
        self.deadline.remaining() > self.reserve + wait
    }

    /// The result of `work`, or `None` when it leaves too little time to put by what
    /// is not done.
    pub(crate) async fn within_half_reserve<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let limit =
            self.deadline.remaining().saturating_sub(self.for_the_answer() + self.reserve / 2);
        tokio::time::timeout(limit, work).await.ok()
    }

    /// When writing metrics has to end.
    pub(crate) fn for_metrics(&self) -> TimeLimit {
        let end = Instant::now() + self.deadline.remaining().saturating_sub(self.for_the_answer());
        TimeLimit { last_start: end, end }
    }

    /// The result of `work`, or `None` when the answer is due first.
    pub(crate) async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let limit = self.deadline.remaining().saturating_sub(self.for_the_answer());
        tokio::time::timeout(limit, work).await.ok()
    }
}

impl Region {
    pub(crate) fn new(name: &str, list: SuppressionList) -> Self {
        Self { name: name.to_owned(), list, rests_until: Mutex::new(None) }
    }

    /// Calls failed here, and another try so soon is of no use.
    pub(crate) fn rest(&self) {
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Instant::now() + REST);
    }

    /// Whether calls failed here a moment ago.
    pub(crate) fn rests(&self) -> bool {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    /// Puts one address on the list, if there is time.
    pub(crate) async fn put(&self, single: Single<'_>, budget: Budget) -> Put {
        if !budget.allows(self.list.pace().would_wait()) {
            return Put::Failed(GivenBack::OutOfTime);
        }
        budget
            .within_half_reserve(self.put_now(single))
            .await
            .unwrap_or(Put::Failed(GivenBack::OutOfTime))
    }

    async fn put_now(&self, Single { tenant, address, reason, ids }: Single<'_>) -> Put {
        let masked = masked(address);
        // A put replaces the stored reason, so a BOUNCE would take a COMPLAINT's
        // place. An address with a slash cannot be read (SES answers 400).
        if reason == Reason::Bounce {
            match self.list.get(tenant, address).await {
                Ok(Some(_)) => return Put::Known,
                Ok(None) => {}
                Err(error) if error.is_verdict() => {}
                Err(error) => return self.failed(&masked, &error),
            }
        }
        let stored = match reason {
            Reason::Bounce => StoredReason::Bounce,
            Reason::Complaint => StoredReason::Complaint,
        };
        match self.list.put(tenant, address, stored).await {
            Ok(()) => {
                info!(
                    recipient.masked = masked,
                    reason = reason.code(),
                    ses.region = self.name,
                    ses.message_id = ids.and_then(|ids| ids.message_id.as_deref()),
                    ses.feedback_id = ids.and_then(|ids| ids.feedback_id.as_deref()),
                    "suppressed"
                );
                Put::Done
            }
            Err(error) => self.failed(&masked, &error),
        }
    }

    fn failed(&self, masked: &str, error: &CallError) -> Put {
        if error.retry_can_help() {
            warn!(recipient.masked = masked, ses.region = self.name, %error, "not suppressed yet");
            Put::Failed(GivenBack::CallFailed)
        } else {
            error!(
                recipient.masked = masked, ses.region = self.name, %error,
                "SES refuses this address for good: check it, and whether the account is still in the sandbox"
            );
            Put::Refused
        }
    }
}

/// An address as logs may hold it.
pub(crate) fn masked(address: &str) -> String {
    match warden_domain::address::EmailAddress::parse(address) {
        Ok(address) => address.to_string(),
        Err(_) => "<address>".to_owned(),
    }
}
