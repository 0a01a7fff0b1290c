//! Which domains alarms are for, and when so few are found that something must be wrong.

use std::collections::BTreeSet;

use warden_domain::address::normalize_domain;

use super::definition::{AlarmSettings, domain_prefix};
use super::plan::{Choice, Step, domain_of};

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

    fn has_no_identity(&self) -> bool {
        self.identities.is_empty() && self.unverified.is_empty()
    }

    /// The domains that alarms are for, all or of those named. An identity that cannot send
    /// gets none, but keeps those that it has: its DNS may be mended tomorrow.
    pub fn domains(&self, choice: &Choice, with_alarms: &BTreeSet<String>) -> BTreeSet<String> {
        let all = self
            .seen
            .iter()
            .chain(&self.identities)
            .chain(self.unverified.intersection(with_alarms));
        all.filter(|domain| choice.domains.is_empty() || choice.domains.contains(*domain))
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

/// Why removing what is gone looks like a mistake. With a wrong namespace or Region
/// nearly everything seems gone.
pub fn too_much_gone(
    setting: &AlarmSettings,
    choice: &Choice,
    known: &KnownDomains,
    steps: &[Step],
) -> Option<String> {
    let prefix = domain_prefix(&setting.prefix);
    let of = |step: &Step| domain_of(&prefix, step.name()).map(str::to_owned);
    let gone: BTreeSet<String> =
        steps.iter().filter(|s| matches!(s, Step::Gone(_))).filter_map(of).collect();
    let stays = |step: &&Step| matches!(step, Step::Keep { .. } | Step::Change { .. });
    let staying: BTreeSet<String> = steps.iter().filter(stays).filter_map(of).collect();
    let wanted: BTreeSet<String> =
        steps.iter().filter_map(|s| Some(s.definition()?.domain().to_owned())).collect();
    let (lost, all) = (gone.difference(&wanted).count(), gone.union(&staying).count());
    let AlarmSettings { namespace, .. } = setting;
    if lost == 0 {
        None
    } else if known.seen.is_empty() && (known.has_no_identity() || !choice.domains.is_empty()) {
        Some(format!("no domain at all was found in {namespace}"))
    } else if choice.domains.is_empty() && 2 * lost > all {
        Some(format!("{lost} of the {all} domains that have alarms would lose them"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
