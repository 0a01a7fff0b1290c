//! What the operator may choose.

use std::collections::BTreeMap;

use super::record::Target;

/// Whether guard changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Decide, act and notify.
    #[default]
    Act,
    /// Decide and notify.
    Observe,
}

/// What the operator may choose.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether guard changes anything.
    pub mode: Mode,
    /// Configuration sets that only an account pause stops.
    pub protected_sets: Vec<String>,
    /// Which configuration sets carry a domain's mail, where the operator knows
    /// better than the metrics: domain in lower case -> sets.
    pub domain_sets: BTreeMap<String, Vec<String>>,
}

impl Settings {
    /// Whether guard may pause this part of a pause by itself.
    pub fn allows(&self, part: &Target) -> bool {
        let is_protected = match part {
            Target::Sets(sets) => sets.iter().any(|set| self.protected_sets.contains(set)),
            Target::Account | Target::Tenant(_) => false,
        };
        self.mode == Mode::Act && !is_protected
    }

    /// Reads `example.com=bulk+news`: a domain and the sets that carry its mail; `None` for another
    /// form.
    pub fn domain_with_sets(text: &str) -> Option<(String, Vec<String>)> {
        let (domain, sets) = text.split_once('=')?;
        let domain = domain.trim().to_ascii_lowercase();
        let sets: Vec<String> = sets.split('+').map(|set| set.trim().to_owned()).collect();
        let is_whole = !domain.is_empty() && sets.iter().all(|set| !set.is_empty());
        is_whole.then_some((domain, sets))
    }

    /// The configuration sets that the operator says carry a domain's mail.
    pub fn sets_of(&self, domain: &str) -> Option<&Vec<String>> {
        self.domain_sets.get(&domain.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_names_a_domain_and_at_least_one_set() {
        let pair = |text| Settings::domain_with_sets(text);
        let sets = vec!["bulk".to_owned(), "news".to_owned()];
        assert_eq!(pair(" Example.com = bulk+ news"), Some(("example.com".into(), sets)));
        for wrong in ["example.com", "=bulk", "example.com=", "example.com=bulk+"] {
            assert_eq!(pair(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_operators_sets_of_a_domain_are_found_in_any_case() {
        let domain_sets = [Settings::domain_with_sets("example.com=bulk").unwrap()].into();
        let settings = Settings { domain_sets, ..Settings::default() };
        assert_eq!(settings.sets_of("Example.COM"), Some(&vec!["bulk".to_owned()]));
        assert_eq!(settings.sets_of("example.org"), None);
    }
}
