//! Single puts, and complaints that one of them replaced.
//!
//! SES has no conditional put. Before a BOUNCE is put, the entry is read; a complaint that another
//! environment puts between the two would be replaced. Every decision is in the journal before its
//! put, so after a BOUNCE the journal shows such a complaint, and it is put again.

use tracing::{info, warn};
use warden_aws::CallError;
use warden_domain::address::RawAddress;
use warden_domain::suppression::SuppressionReason;
use warden_lambda::Parts;

use crate::function::Suppress;
use crate::region::{PutOutcome, Region, Single, masked};

impl Suppress {
    /// Puts one address on the list of a Region, if there is time.
    ///
    /// Without a journal, or where it does not answer, a complaint of the same moment may be replaced.
    pub(crate) async fn put(&self, region: &Region, single: Single<'_>, time: Parts) -> PutOutcome {
        let (outcome, is_bounce) = region.put(single, time).await;
        if !is_bounce {
            return outcome;
        }
        match time.calls.within(self.has_complained(single.address)).await {
            Some(Ok(false)) => return outcome,
            Some(Ok(true)) => {}
            Some(Err(error)) => {
                warn!(
                    recipient.masked = masked(single.address), %error,
                    "the journal does not say whether this address, which is listed for a bounce, \
                     has also complained"
                );
                return outcome;
            }
            None => return outcome,
        }
        info!(
            recipient.id = single.id.map(warden_domain::journal::AddressId::as_str),
            recipient.masked = masked(single.address),
            "the address has also complained: its entry gets the reason COMPLAINT"
        );
        let again = Single { reason: SuppressionReason::Complaint, ..single };
        match region.put(again, time).await {
            (PutOutcome::Done, _) => outcome,
            (failed, _) => failed,
        }
    }

    async fn has_complained(&self, address: &RawAddress) -> Result<bool, CallError> {
        match (&self.journal, address.parse()) {
            (Some(journal), Ok(address)) => journal.has_complained_lately(&address).await,
            (Some(_) | None, _) => Ok(false),
        }
    }
}
