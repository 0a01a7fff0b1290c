//! The account suppression list. It stores addresses as they were written and ignores case when
//! mail is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;

/// Why an address is on the list, weaker reason first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Reason {
    Bounce,
    Complaint,
}

impl Reason {
    pub(crate) const NAMES: [&'static str; 2] = ["BOUNCE", "COMPLAINT"];

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "BOUNCE" => Some(Self::Bounce),
            "COMPLAINT" => Some(Self::Complaint),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bounce => "BOUNCE",
            Self::Complaint => "COMPLAINT",
        }
    }
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) reason: Reason,
    pub(crate) updated_ms: i64,
    /// Message id and feedback id, for entries SES itself made.
    pub(crate) origin: Option<(String, String)>,
}

/// The list.
#[derive(Debug, Default)]
pub(crate) struct SuppressionList {
    entries: BTreeMap<String, Entry>,
    /// The stored spellings of each address, by the address in lower case.
    spellings: BTreeMap<String, BTreeSet<String>>,
}

/// What a listing asks for.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) reasons: Vec<Reason>,
    pub(crate) from_ms: Option<i64>,
    pub(crate) to_ms: Option<i64>,
}

impl Filter {
    fn admits(&self, entry: &Entry) -> bool {
        (self.reasons.is_empty() || self.reasons.contains(&entry.reason))
            && self.from_ms.is_none_or(|from| entry.updated_ms >= from)
            && self.to_ms.is_none_or(|to| entry.updated_ms <= to)
    }
}

impl SuppressionList {
    /// Adds an address, or replaces the entry of exactly this spelling.
    pub(crate) fn put(&mut self, address: &str, entry: Entry) {
        self.spellings.entry(address.to_lowercase()).or_default().insert(address.to_owned());
        self.entries.insert(address.to_owned(), entry);
    }

    /// The entry of exactly this spelling.
    pub(crate) fn get(&self, address: &str) -> Option<&Entry> {
        self.entries.get(address)
    }

    /// Removes the entry of exactly this spelling; false when there is none.
    pub(crate) fn delete(&mut self, address: &str) -> bool {
        let lower = address.to_lowercase();
        if let Some(spellings) = self.spellings.get_mut(&lower) {
            spellings.remove(address);
            if spellings.is_empty() {
                self.spellings.remove(&lower);
            }
        }
        self.entries.remove(address).is_some()
    }

    /// Returns why SES withholds mail to this address, if it does: case is ignored, and only
    /// reasons in force count.
    pub(crate) fn withholds(&self, address: &str, in_force: &[Reason]) -> Option<Reason> {
        self.spellings
            .get(&address.to_lowercase())?
            .iter()
            .filter_map(|spelling| self.entries.get(spelling))
            .map(|entry| entry.reason)
            .filter(|reason| in_force.contains(reason))
            .max()
    }

    /// Returns the page after the given key, and the key of the next page if there is one.
    pub(crate) fn page(
        &self,
        filter: &Filter,
        after: Option<&str>,
        size: usize,
    ) -> (Vec<(&str, &Entry)>, Option<String>) {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut matching = self
            .entries
            .range::<str, _>((start, Bound::Unbounded))
            .filter(|(_, entry)| filter.admits(entry))
            .map(|(address, entry)| (address.as_str(), entry));
        let page: Vec<_> = matching.by_ref().take(size).collect();
        let next =
            matching.next().and_then(|_| page.last().map(|(address, _)| (*address).to_owned()));
        (page, next)
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Every address with its reason, for the control plane.
    pub(crate) fn reasons(&self) -> Value {
        Value::Object(
            self.entries
                .iter()
                .map(|(address, entry)| (address.clone(), entry.reason.name().into()))
                .collect(),
        )
    }

    /// All entries, for the control plane.
    pub(crate) fn to_json(&self) -> Value {
        self.entries
            .iter()
            .map(|(address, entry)| {
                json!({
                    "email_address": address,
                    "reason": entry.reason.name(),
                    "last_update_time": clock::iso(entry.updated_ms),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(reason: Reason, updated_ms: i64) -> Entry {
        Entry { reason, updated_ms, origin: None }
    }

    #[test]
    fn keys_are_exact_and_sending_ignores_case() {
        let mut list = SuppressionList::default();
        list.put("Ann@Example.com", entry(Reason::Bounce, 1));
        assert!(list.get("ann@example.com").is_none());
        assert!(list.get("Ann@Example.com").is_some());
        let both = [Reason::Bounce, Reason::Complaint];
        assert_eq!(list.withholds("ANN@example.COM", &both), Some(Reason::Bounce));
        assert!(!list.delete("ann@example.com"));
        assert!(list.delete("Ann@Example.com"));
        assert_eq!(list.withholds("ann@example.com", &both), None);
    }

    #[test]
    fn an_entry_works_only_while_its_reason_is_in_force() {
        let mut list = SuppressionList::default();
        list.put("a@example.com", entry(Reason::Complaint, 1));
        list.put("A@example.com", entry(Reason::Bounce, 1));
        assert_eq!(list.withholds("a@example.com", &[Reason::Bounce]), Some(Reason::Bounce));
        assert_eq!(list.withholds("a@example.com", &[]), None);
        assert_eq!(
            list.withholds("a@example.com", &[Reason::Bounce, Reason::Complaint]),
            Some(Reason::Complaint)
        );
    }

    #[test]
    fn a_put_overrides_the_reason() {
        let mut list = SuppressionList::default();
        list.put("a@example.com", entry(Reason::Complaint, 1));
        list.put("a@example.com", entry(Reason::Bounce, 2));
        assert_eq!(list.get("a@example.com"), Some(&entry(Reason::Bounce, 2)));
    }

    #[test]
    fn pages_end_without_a_key_and_filters_hold_across_pages() {
        let mut list = SuppressionList::default();
        for n in 0..5 {
            let reason = if n == 2 { Reason::Complaint } else { Reason::Bounce };
            list.put(&format!("a{n}@example.com"), entry(reason, n));
        }
        let bounces = Filter { reasons: vec![Reason::Bounce], ..Filter::default() };
        let (first, next) = list.page(&bounces, None, 2);
        assert_eq!(first.len(), 2);
        assert_eq!(next.as_deref(), Some("a1@example.com"));
        let (second, next) = list.page(&bounces, next.as_deref(), 2);
        assert_eq!(
            second.iter().map(|(address, _)| *address).collect::<Vec<_>>(),
            ["a3@example.com", "a4@example.com"]
        );
        assert_eq!(next, None);
        let late = Filter { from_ms: Some(3), ..Filter::default() };
        assert_eq!(list.page(&late, None, 10).0.len(), 2);
    }
}
