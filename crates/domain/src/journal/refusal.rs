//! Refusals of one recipient domain with one reason, an item for each address.

use super::decision::sort_time;
use super::{AddressId, EXPIRES_AT, Item, ItemKey, SCHEMA_VERSION};
use crate::suppression::DOMAIN_OUT_SECONDS;

/// How long after its arrival a refusal is kept, in seconds: as long as a second strike may follow
/// a first by the longest setting, and what a queue may hold an event back.
const KEPT_SECONDS: i64 = 400 * 86_400;

/// One refusal. Many of one domain within a day say that the domain is out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The id of the recipient's domain.
    pub recipient_domain: String,
    /// Hash of the words of the diagnostic text.
    pub text_id: String,
    /// When it happened, in seconds since 1970.
    pub at_seconds: i64,
    /// The address's id.
    pub address: AddressId,
}

impl Refusal {
    /// The partition of the refusals of one domain with one text.
    pub fn partition(recipient_domain: &str, text_id: &str) -> String {
        format!("refusals#{recipient_domain}#{text_id}")
    }

    /// The sort key before which refusals are too old to tell anything about `at_seconds`.
    pub fn earliest(at_seconds: i64) -> String {
        sort_time(Some(at_seconds.saturating_sub(DOMAIN_OUT_SECONDS)))
    }

    /// Its key.
    pub fn key(&self) -> ItemKey {
        let sort = format!("{}#{}", sort_time(Some(self.at_seconds)), self.address);
        ItemKey::new(Self::partition(&self.recipient_domain, &self.text_id), sort)
    }

    /// The item, of a refusal that arrived at `now`, in seconds since 1970.
    pub fn item(&self, now: i64) -> Item {
        Item::new(self.key())
            .with_number("v", SCHEMA_VERSION)
            .with_number(EXPIRES_AT, now.saturating_add(KEPT_SECONDS))
            .with_number("at", self.at_seconds)
            .with_text("address_id", self.address.as_str())
    }
}
