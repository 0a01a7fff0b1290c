//! That soft bounces of an address are counted, and the latest delivery to it.

use super::{AddressId, EXPIRES_AT, Item, ItemKey};

/// The sort key of the one such item that an address has: it comes after all times.
const SORT: &str = "soft-bounces";
/// The name of the number that says when the address bounced last.
pub const BOUNCED_AT: &str = "bounced_at";
/// The name of the number that says when a mail to the address was delivered last.
pub const DELIVERED_AT: &str = "delivered_at";

/// An address with soft bounces that may add up to a suppression.
///
/// It is written at each soft bounce and at the first delivery after one, where deliveries are
/// tracked. Both only ever raise their number, so that they may come twice and in any order.
///
/// # Examples
/// ```
/// use warden_domain::journal::OpenCount;
///
/// let count = OpenCount { bounced_at: Some(100), delivered_at: None };
/// assert!(count.is_reset_by(200));
/// // Whatever else is delivered now tells nothing new.
/// let count = OpenCount { delivered_at: Some(200), ..count };
/// assert!(!count.is_reset_by(300));
/// assert!(!count.counts(100) && count.counts(250));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenCount {
    /// The latest soft bounce, in seconds since 1970.
    pub bounced_at: Option<i64>,
    /// The latest delivery known, in seconds since 1970.
    pub delivered_at: Option<i64>,
}

impl OpenCount {
    /// The key of an address's item.
    pub fn key(address: &AddressId) -> ItemKey {
        ItemKey::new(address.partition(), SORT)
    }

    /// What lasts as long as the count, in seconds since 1970: the last bounce counts until then.
    pub fn with_bounce(expires_at: i64) -> [(&'static str, i64); 2] {
        [("v", super::SCHEMA_VERSION), (EXPIRES_AT, expires_at)]
    }

    /// Reads an item back; `None` for one of another kind.
    pub fn from_item(item: &Item) -> Option<Self> {
        let count =
            Self { bounced_at: item.number(BOUNCED_AT), delivered_at: item.number(DELIVERED_AT) };
        (item.key.sort == SORT).then_some(count)
    }

    /// Whether a delivery at that time tells something new: there is a soft bounce that no
    /// delivery followed yet, and this one is the latest.
    pub fn is_reset_by(&self, delivered_at: i64) -> bool {
        match (self.bounced_at, self.delivered_at) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(bounced), Some(known)) => known <= bounced && known < delivered_at,
        }
    }

    /// Whether a soft bounce at that time still counts: no delivery followed it.
    pub fn counts(&self, bounced_at: i64) -> bool {
        self.delivered_at.is_none_or(|delivered| delivered < bounced_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_news_where_a_bounce_is_not_followed_by_one_yet() {
        let cases = [
            // bounced, delivered before, delivery, is it news
            (None, None, 5, false),
            (Some(10), None, 15, true),
            // It may arrive late: an earlier bounce of the address may lie before it.
            (Some(10), None, 5, true),
            (Some(10), Some(5), 7, true),
            (Some(10), Some(7), 7, false),
            (Some(10), Some(15), 20, false),
            (Some(30), Some(15), 40, true),
            (Some(15), Some(15), 40, true),
        ];
        for (bounced_at, delivered_at, delivery, expected) in cases {
            let count = OpenCount { bounced_at, delivered_at };
            assert_eq!(count.is_reset_by(delivery), expected, "{count:?} {delivery}");
        }
    }

    #[test]
    fn bounces_after_the_delivery_count_and_those_before_do_not() {
        let count = OpenCount { bounced_at: Some(30), delivered_at: Some(20) };
        assert_eq!([10, 20, 21, 30].map(|at| count.counts(at)), [false, false, true, true]);
        assert!(OpenCount::default().counts(10));
    }
}
