//! The suppression list of one Region, and single entries into it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{error, info, warn};
use warden_aws::{CallError, SuppressionList};
use warden_domain::address::RawAddress;
use warden_domain::journal::AddressId;
use warden_domain::outcome::GivenBack;
use warden_domain::suppression::SuppressionReason;
use warden_lambda::Parts;
use warden_lambda::answer::EventIds;

/// How long no single put is tried in a Region after calls that failed, where its entries
/// can wait in the bucket: a Region that is down must not hold up every batch.
const BACK_OFF: Duration = Duration::from_secs(60);

/// One Region's list.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) list: SuppressionList,
    backs_off_until: Mutex<Option<Instant>>,
}

/// What became of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PutOutcome {
    /// It is on the list now.
    Done,
    /// It was on the list, or its list is none of this Region's.
    Known,
    /// It waits in the bucket.
    Staged,
    /// SES will never take it.
    Refused,
    /// The account is in the sandbox, where SES takes none.
    Sandbox,
    /// It was not tried: there is no time, or it is to wait.
    NotTried,
    /// It was tried, and another try may help.
    Failed(GivenBack),
}

impl PutOutcome {
    /// Whether the address is still to be put.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::NotTried | Self::Failed(_))
    }
}

/// One address to put, and what identifies it in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Single<'a> {
    pub(crate) tenant: Option<&'a str>,
    pub(crate) address: &'a RawAddress,
    /// The journal's id of it, where it is known.
    pub(crate) id: Option<&'a AddressId>,
    pub(crate) reason: SuppressionReason,
    /// The feedback that asks for it, where there is just one.
    pub(crate) ids: Option<&'a EventIds>,
}

impl Region {
    pub(crate) fn new(name: &str, list: SuppressionList) -> Self {
        Self { name: name.to_owned(), list, backs_off_until: Mutex::new(None) }
    }

    /// Calls failed here, and another try so soon is of no use.
    pub(crate) fn back_off(&self) {
        *self.backs_off_until.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Instant::now() + BACK_OFF);
    }

    /// Whether calls failed here a moment ago.
    pub(crate) fn is_backing_off(&self) -> bool {
        let until = *self.backs_off_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    /// Whether a paced call may still begin.
    pub(crate) fn has_time(&self, time: Parts) -> bool {
        time.last_start.remaining() > self.list.limiter().would_wait()
    }

    /// Puts one address on the list, if there is time. Also answers whether the list holds it for a
    /// bounce then, as far as this put knows.
    pub(crate) async fn put(&self, single: Single<'_>, time: Parts) -> (PutOutcome, bool) {
        if !self.has_time(time) {
            return (PutOutcome::NotTried, false);
        }
        let put = time.calls.within(self.put_now(single)).await;
        put.unwrap_or((PutOutcome::Failed(GivenBack::OutOfTime), false))
    }

    async fn put_now(
        &self,
        Single { tenant, address, id, reason, ids }: Single<'_>,
    ) -> (PutOutcome, bool) {
        let masked = masked(address);
        let address = address.expose();
        // A put replaces the stored reason, so a BOUNCE would take a COMPLAINT's
        // place. An address with a slash cannot be read (SES answers 400).
        if reason == SuppressionReason::Bounce {
            match self.list.get(tenant, address).await {
                Ok(Some(listed)) => return (PutOutcome::Known, listed == reason),
                Ok(None) => {}
                Err(error) if error.is_verdict() => {}
                Err(error) => return (self.failed(&masked, &error), false),
            }
        }
        match self.list.put(tenant, address, reason).await {
            Ok(()) => {
                info!(
                    recipient.id = id.map(AddressId::as_str),
                    recipient.masked = masked,
                    reason = reason.code(),
                    ses.region = self.name,
                    ses.message_id = ids.and_then(|ids| ids.message_id.as_ref().map(display)),
                    ses.feedback_id = ids.and_then(|ids| ids.feedback_id.as_ref().map(display)),
                    "suppressed"
                );
                (PutOutcome::Done, reason == SuppressionReason::Bounce)
            }
            Err(error) => (self.failed(&masked, &error), false),
        }
    }

    fn failed(&self, masked: &str, error: &CallError) -> PutOutcome {
        if error.retry_can_help() {
            warn!(recipient.masked = masked, ses.region = self.name, %error, "not on the suppression list yet; the address is tried again");
            PutOutcome::Failed(GivenBack::CallFailed)
        } else {
            error!(
                recipient.masked = masked, ses.region = self.name, %error,
                "SES refuses this address for good: check it, and whether the account is still in the sandbox"
            );
            PutOutcome::Refused
        }
    }
}

/// An address as logs may hold it.
pub(crate) fn masked(address: &RawAddress) -> String {
    match address.parse() {
        Ok(address) => address.to_string(),
        Err(_) => "<address>".to_owned(),
    }
}
