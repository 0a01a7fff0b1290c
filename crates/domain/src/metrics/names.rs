//! Names from outside as dimension values: normalized, and bounded in number.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::series::is_dimension_value;

/// The name for everything beyond a cap.
const OTHER: &str = "other";
/// The name for what is absent or cannot be a dimension value.
const UNKNOWN: &str = "unknown";
/// Configuration sets that get series of their own. Only their owner makes them, so
/// this bounds no cost that somebody else could cause; it bounds memory.
const MAX_SETS: usize = 1000;
/// Longest name of a configuration set, in bytes: CreateConfigurationSet takes no longer one.
const LONGEST_SET: usize = 64;

/// Names that have series of their own, up to a cap. Lives as long as the
/// function, so that a sender cannot run up the bill batch by batch.
#[derive(Debug, Default)]
pub struct KnownNames {
    domains: Names,
    sets: Names,
    senders: Names,
    overflow_reported: bool,
}

impl KnownNames {
    /// A sender's domain, normalized before.
    pub(super) fn domain(&mut self, domain: Option<&str>, cap: usize) -> Arc<str> {
        self.domains.admit(domain, cap)
    }

    /// Returns whether a domain had to be counted as `other`: true only at the first call after it
    /// happened, so that it is logged once.
    pub fn domains_ran_out(&mut self) -> bool {
        let is_new = self.domains.ran_out && !self.overflow_reported;
        self.overflow_reported |= is_new;
        is_new
    }

    /// A configuration set; `None` where SES would not let it have that name. Whoever may write to
    /// the queue could otherwise put an address into CloudWatch.
    pub(super) fn configuration_set(&mut self, set: &str) -> Option<Arc<str>> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let is_name = (1..=LONGEST_SET).contains(&set.len()) && set.bytes().all(allowed);
        is_name.then(|| self.sets.admit(Some(set), MAX_SETS))
    }

    /// A caller's identity.
    pub(super) fn caller(&mut self, identity: Option<&str>, cap: usize) -> Arc<str> {
        self.senders.admit(identity.filter(|text| is_dimension_value(text)), cap)
    }

    /// An address that mail was submitted from.
    pub(super) fn source(&mut self, ip: Option<IpAddr>, cap: usize) -> Arc<str> {
        self.senders.admit(ip.map(|ip| ip.to_string()).as_deref(), cap)
    }
}

#[derive(Debug, Default)]
struct Names {
    known: BTreeSet<Arc<str>>,
    ran_out: bool,
}

impl Names {
    /// `unknown` and `other` take no place.
    fn admit(&mut self, name: Option<&str>, cap: usize) -> Arc<str> {
        let Some(name) = name else { return UNKNOWN.into() };
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        if self.known.len() >= cap {
            self.ran_out = true;
            return OTHER.into();
        }
        let name: Arc<str> = name.into();
        self.known.insert(name.clone());
        name
    }
}
