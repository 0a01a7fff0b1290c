//! A whole list, page after page, at SES's pace.

use std::time::Duration;

use warden_aws::{CallError, Class, ListFilter, ListPage, ListedAddress, SuppressionList};

/// Tries of a page beyond those of the client itself. A listing of an hour should not end because
/// the network did for a minute.
const ROUNDS: u32 = 6;

/// One page, tried for some minutes.
///
/// # Errors
/// [`CallError`], at once where no repetition can help.
pub(super) async fn page(
    list: &SuppressionList,
    filter: &ListFilter,
    token: Option<&str>,
) -> Result<ListPage, CallError> {
    let mut round = 0;
    loop {
        match list.page(filter, token).await {
            Err(error) if round < ROUNDS && may_pass(&error) => {
                tokio::time::sleep(Duration::from_secs(1 << round)).await;
                round += 1;
            }
            result => return result,
        }
    }
}

/// Whether the same call may succeed in a minute.
pub(super) fn may_pass(error: &CallError) -> bool {
    matches!(error.class, Class::Throttled | Class::Temporary)
}

/// Hands every entry to `take`, which answers whether to go on.
///
/// # Errors
/// [`CallError`], or what `take` says.
pub(super) async fn each(
    list: &SuppressionList,
    filter: &ListFilter,
    mut take: impl FnMut(ListedAddress) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let mut progress = crate::frame::progress::Progress::new("pages of 1,000 entries read", None);
    let mut token: Option<String> = None;
    loop {
        let found = page(list, filter, token.as_deref()).await?;
        for entry in found.entries {
            if !take(entry)? {
                return Ok(());
            }
        }
        progress.step();
        match found.next {
            // A token that leads to itself would go round for ever.
            Some(next) if token.as_ref() != Some(&next) => token = Some(next),
            _ => return Ok(()),
        }
    }
}
