//! Which domains alarms are for.

use std::collections::BTreeSet;

use warden_domain::address::normalize_domain;

use super::plan::ChosenScope;

/// What metrics counts a domain under that is beyond `MaxDomains`.
pub const BEYOND_CAP: &str = "other";
/// What metrics counts under when it has no domain, or too many.
const CATCH_ALLS: [&str; 2] = ["unknown", BEYOND_CAP];

/// The domains that AWS knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownDomains {
    /// Those that metrics has counted of late.
    pub seen: BTreeSet<String>,
    /// Those of SES identities that can send.
    pub identities: BTreeSet<String>,
    /// Those of SES identities that cannot, not yet or not now.
    pub unverified: BTreeSet<String>,
    /// Whether more domains sent than metrics keeps apart.
    pub is_beyond_cap: bool,
}

impl KnownDomains {
    /// All in one spelling, and without what is counted under no domain's name. Identities
    /// come with whether they can send.
    pub fn new<'a>(
        seen: impl IntoIterator<Item = &'a str>,
        identities: impl IntoIterator<Item = (&'a str, bool)>,
    ) -> Self {
        let mut seen: BTreeSet<String> = seen.into_iter().filter_map(normalize_domain).collect();
        let is_beyond_cap = seen.contains(BEYOND_CAP);
        seen.retain(|name| !CATCH_ALLS.contains(&name.as_str()));
        let mut known = Self { seen, is_beyond_cap, ..Self::default() };
        for (name, can_send) in identities {
            let list = if can_send { &mut known.identities } else { &mut known.unverified };
            list.extend(normalize_domain(name));
        }
        known
    }

    /// Whether SES knows no domain.
    pub fn has_no_identity(&self) -> bool {
        self.identities.is_empty() && self.unverified.is_empty()
    }

    /// The domains that alarms are for, all or of those named. An identity that cannot send
    /// gets none, but keeps those that it has: its DNS may be corrected tomorrow.
    pub fn domains(&self, scope: &ChosenScope, with_alarms: &BTreeSet<String>) -> BTreeSet<String> {
        let all = self
            .seen
            .iter()
            .chain(&self.identities)
            .chain(self.unverified.intersection(with_alarms));
        all.filter(|domain| scope.domains.is_empty() || scope.domains.contains(*domain))
            .cloned()
            .collect()
    }
}

/// A domain as `--domain` takes it.
///
/// # Errors
/// When mail never comes from it.
pub fn named(text: &str) -> Result<String, String> {
    let domain = normalize_domain(text).ok_or("not a domain name")?;
    if CATCH_ALLS.contains(&domain.as_str()) {
        return Err(format!(
            "no domain: metrics counts under {domain} what has no name of its own"
        ));
    }
    if !domain.contains('.') {
        return Err("not a sender domain, which has a dot".to_owned());
    }
    Ok(domain)
}

#[cfg(test)]
mod tests;
