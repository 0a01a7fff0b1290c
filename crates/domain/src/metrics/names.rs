//! Names from outside as dimension values: normalized, and bounded in number.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::series::is_dimension_value;

/// What is beyond a cap.
const OTHER: &str = "other";
/// What is absent or cannot be a dimension value.
const UNKNOWN: &str = "unknown";
/// Configuration sets that get series of their own. Only their owner makes them, so
/// this bounds no cost that somebody else could cause; it bounds memory.
const MAX_SETS: usize = 1000;

/// Names that have series of their own, up to a cap. Lives as long as the
/// function, so that a sender cannot run up the bill batch by batch.
#[derive(Debug, Default)]
pub struct KnownNames {
    domains: Names,
    sets: Names,
    senders: Names,
}

impl KnownNames {
    /// A sender's domain, normalized before.
    pub(super) fn domain(&mut self, domain: Option<&str>, cap: usize) -> Arc<str> {
        self.domains.admit(domain.unwrap_or(UNKNOWN), cap)
    }

    /// A configuration set; `None` where its name cannot be a dimension value.
    pub(super) fn configuration_set(&mut self, set: &str) -> Option<Arc<str>> {
        is_dimension_value(set).then(|| self.sets.admit(set, MAX_SETS))
    }

    /// A caller's identity.
    pub(super) fn caller(&mut self, identity: Option<&str>, cap: usize) -> Arc<str> {
        self.senders.admit(identity.filter(|text| is_dimension_value(text)).unwrap_or(UNKNOWN), cap)
    }

    /// An address that mail was submitted from.
    pub(super) fn source(&mut self, ip: Option<IpAddr>, cap: usize) -> Arc<str> {
        match ip {
            Some(ip) => self.senders.admit(&ip.to_string(), cap),
            None => self.senders.admit(UNKNOWN, cap),
        }
    }
}

#[derive(Debug, Default)]
struct Names(BTreeSet<Arc<str>>);

impl Names {
    fn admit(&mut self, name: &str, cap: usize) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        if self.0.len() >= cap {
            return OTHER.into();
        }
        let name: Arc<str> = name.into();
        self.0.insert(name.clone());
        name
    }
}
