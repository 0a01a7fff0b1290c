//! The puts of a whole batch, each address once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Decision, SuppressionReason};
use crate::address::EmailAddress;

/// A suppression list of SES.
///
/// SES checks a tenant's own list, and not the account's, once the tenant's
/// suppression scope is TENANT.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum List {
    /// The account's list.
    Account,
    /// The list of the tenant of this name.
    Tenant(String),
}

/// The addresses of a whole batch: each once per list, with its strongest reason, and with the
/// messages that depend on it.
#[derive(Debug, Default)]
pub struct BatchPlan {
    entries: Vec<PlannedPut>,
    index: HashMap<(List, String), usize>,
}

/// One address to put on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPut {
    /// The list.
    pub list: List,
    /// The address.
    pub address: EmailAddress,
    /// The strongest reason in the batch.
    pub reason: SuppressionReason,
    /// The messages that fail if this put fails, by their index in the batch.
    pub messages: Vec<usize>,
}

impl BatchPlan {
    /// Adds the puts of `decision` for the message with the index `message`.
    pub fn add(&mut self, message: usize, list: &List, decision: &Decision) {
        for (address, reason) in decision.to_suppress() {
            match self.index.entry((list.clone(), address.expose().to_owned())) {
                Entry::Occupied(slot) => {
                    if let Some(entry) = self.entries.get_mut(*slot.get()) {
                        entry.reason = entry.reason.max(reason);
                        if entry.messages.last() != Some(&message) {
                            entry.messages.push(message);
                        }
                    }
                }
                Entry::Vacant(slot) => {
                    slot.insert(self.entries.len());
                    self.entries.push(PlannedPut {
                        list: list.clone(),
                        address: address.clone(),
                        reason,
                        messages: vec![message],
                    });
                }
            }
        }
    }

    /// Returns the addresses: complaints first, because they matter most, otherwise in the order of
    /// their first occurrence.
    pub fn into_puts(mut self) -> Vec<PlannedPut> {
        self.entries.sort_by_key(|put| std::cmp::Reverse(put.reason));
        self.entries
    }
}
