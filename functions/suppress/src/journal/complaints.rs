//! Complaints of the last hours, which no bounce may replace on the list.

use warden_aws::{CallError, PartitionQuery};
use warden_domain::address::EmailAddress;
use warden_domain::journal::{DecisionRecord, EXPIRES_AT, EventKind};
use warden_lambda::now_seconds;

use super::DecisionJournal;

/// How long after its decision a complaint may still be on its way to the list: five deliveries with
/// half an hour in between, and a margin. An older one was put, and may have been removed since.
const ON_ITS_WAY_SECONDS: i64 = 3 * 3600;
/// Items of an address that are read, the newest first.
const MOST_ITEMS: usize = 50;

impl DecisionJournal {
    /// Whether a complaint of the address was recorded in the last hours that puts it on the list.
    ///
    /// # Errors
    /// [`CallError`]. The answer is no without the key of the ids, which the batch reads first, and
    /// while the journal is not asked because it did not answer.
    pub(crate) async fn has_complained_lately(
        &self,
        address: &EmailAddress,
    ) -> Result<bool, CallError> {
        let Some(id) = self.id(address) else { return Ok(false) };
        let query =
            PartitionQuery { newest_first: true, at_most: Some(MOST_ITEMS), ..Default::default() };
        if self.is_backing_off() {
            return Ok(false);
        }
        let items = match self.table.partition(&id.partition(), query).await {
            Ok(items) => items,
            Err(error) => {
                // Each put of a batch would wait for a table that does not answer.
                self.back_off();
                return Err(error);
            }
        };
        let since = now_seconds() - ON_ITS_WAY_SECONDS;
        let recorded = |expires_at: i64| expires_at - self.settings.keep_days * 86_400;
        Ok(items.iter().any(|item| {
            let is_complaint = DecisionRecord::from_item(&id, item)
                .is_some_and(|record| record.kind == EventKind::Complaint && record.suppresses);
            is_complaint && item.number(EXPIRES_AT).is_some_and(|at| recorded(at) >= since)
        }))
    }
}
