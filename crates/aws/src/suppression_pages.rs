//! A suppression list, page by page.

use aws_smithy_types::DateTime;
use warden_domain::address::RawAddress;
use warden_domain::suppression::SuppressionReason;

use crate::error::CallError;
use crate::members::missing;
use crate::paced::paced;
use crate::suppression_list::{PAGE, SuppressionList, millis, to_sdk};

const OPERATION: &str = "ListSuppressedDestinations";

/// Which entries a listing is about. The default is all of the account's list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// The list of this tenant instead of the account's.
    pub tenant: Option<String>,
    /// Only entries of this reason.
    pub reason: Option<SuppressionReason>,
    /// Only entries that were last updated at this time or later, in seconds since 1970.
    pub since: Option<i64>,
    /// Only entries that were last updated at this time or earlier, in seconds since 1970.
    pub until: Option<i64>,
}

/// An address on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAddress {
    /// The address, as it was put.
    pub address: RawAddress,
    /// SES's word for the reason: `BOUNCE`, `COMPLAINT`, or one that came later than this.
    pub reason: String,
    /// When the entry was last updated, in milliseconds since 1970.
    pub updated_ms: i64,
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// At most 1,000 entries.
    pub entries: Vec<ListedAddress>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
}

impl SuppressionList {
    /// ListSuppressedDestinations: one page, of at most 1,000, of what the filter admits.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn page(
        &self,
        filter: &ListFilter,
        token: Option<&str>,
    ) -> Result<ListPage, CallError> {
        let answer = paced(&self.limiter, OPERATION, || {
            let list = self.ses.list_suppressed_destinations().page_size(PAGE);
            list.set_tenant_name(filter.tenant.clone())
                .set_reasons(filter.reason.map(|reason| vec![to_sdk(reason)]))
                .set_start_date(filter.since.map(DateTime::from_secs))
                .set_end_date(filter.until.map(DateTime::from_secs))
                .set_next_token(token.map(str::to_owned))
                .send()
        })
        .await?;
        let next = answer.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        let listed = answer
            .suppressed_destination_summaries
            .ok_or_else(|| missing(OPERATION, "SuppressedDestinationSummaries"))?;
        let entries = listed.into_iter().map(|entry| ListedAddress {
            reason: entry.reason.as_str().to_owned(),
            updated_ms: millis(&entry.last_update_time),
            address: entry.email_address.into(),
        });
        Ok(ListPage { entries: entries.collect(), next })
    }
}
