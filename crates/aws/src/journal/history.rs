//! The history of pauses and resumes.

use warden_domain::journal::{HISTORY, HistoryEntry};

use super::{Journal, PartitionQuery};
use crate::error::CallError;

impl Journal {
    /// Writes entries, each once: one that is there already stays as it is.
    ///
    /// # Errors
    /// [`CallError`]. Those before it are written then.
    pub async fn record(
        &self,
        entries: impl IntoIterator<Item = HistoryEntry>,
    ) -> Result<(), CallError> {
        for entry in entries {
            self.put_new(&entry.item()).await?;
        }
        Ok(())
    }

    /// The entries since then (milliseconds since 1970), newest first, `most` of them at most. Those
    /// of a kind that this version does not know are left out.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn history(
        &self,
        since: Option<i64>,
        most: Option<usize>,
    ) -> Result<Vec<HistoryEntry>, CallError> {
        let from = since.map(HistoryEntry::from_time);
        let wanted = PartitionQuery { from: from.as_deref(), newest_first: true, at_most: most };
        let items = self.partition(HISTORY, wanted).await?;
        Ok(items.iter().filter_map(HistoryEntry::from_item).collect())
    }
}
