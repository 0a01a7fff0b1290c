//! What ses-warden remembers, as items of one DynamoDB table.
//!
//! An [`Item`] is a key of two texts and some fields. Its `pk` says what it is about and its `sk`
//! which of several it is, so that everything about one subject is read by one query, in the order
//! of time. `docs/JOURNAL.md` documents the fields of each kind.
//!
//! **Invariant:** no item holds an address. An address is known by its [`AddressId`], which nobody
//! can compute without the installation's [`JournalKey`].

mod actor;
mod decision;
mod history;
mod id;
mod open_count;
mod refusal;

pub use actor::Actor;
pub use decision::{DecisionRecord, EventKind, SCHEMA_VERSION};
pub use history::{
    HISTORY, HistoryEntry, HistoryEvent, HistoryNumbers, HistoryTarget, last_switch,
};
pub use id::{AddressId, JournalKey, JournalKeyError};
pub use open_count::{BOUNCED_AT, DELIVERED_AT, OpenCount};
pub use refusal::Refusal;

use std::collections::BTreeMap;

/// Name of the attribute with the time, in seconds since 1970, at which DynamoDB deletes an item.
pub const EXPIRES_AT: &str = "expires_at";
/// Name of the attribute that a conditional write compares.
pub const VERSION: &str = "version";

/// The key of an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemKey {
    /// `pk`: what the item is about.
    pub partition: String,
    /// `sk`: which of the items about it.
    pub sort: String,
}

impl ItemKey {
    /// A key of these two texts.
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self { partition: partition.into(), sort: sort.into() }
    }
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
}

/// An item: its key and its fields, the key not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its key.
    pub key: ItemKey,
    /// Its fields, by name.
    pub fields: BTreeMap<String, Field>,
}

impl Item {
    /// An item without fields.
    pub fn new(key: ItemKey) -> Self {
        Self { key, fields: BTreeMap::new() }
    }

    /// The same item with a text; an empty one is left out.
    #[must_use]
    pub fn with_text(mut self, name: &str, text: &str) -> Self {
        if !text.is_empty() {
            self.fields.insert(name.to_owned(), Field::Text(text.to_owned()));
        }
        self
    }

    /// The same item with a number.
    #[must_use]
    pub fn with_number(mut self, name: &str, number: i64) -> Self {
        self.fields.insert(name.to_owned(), Field::Number(number));
        self
    }

    /// The text of that name; `None` where there is none.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.fields.get(name)? {
            Field::Text(text) => Some(text),
            Field::Number(_) => None,
        }
    }

    /// The number of that name; `None` where there is none.
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.fields.get(name)? {
            Field::Number(number) => Some(*number),
            Field::Text(_) => None,
        }
    }
}
