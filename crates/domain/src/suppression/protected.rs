//! Addresses and domains that are never suppressed.

use crate::address::{EmailAddress, RawAddress};

/// Addresses and whole domains that are never suppressed.
#[derive(Debug, Clone, Default)]
pub struct Protected {
    pub(super) addresses: Vec<RawAddress>,
    pub(super) domains: Vec<String>,
}

impl Protected {
    /// Reads `jane@example.com` and `@example.com`.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut protected = Self::default();
        for entry in entries {
            match entry.strip_prefix('@') {
                Some(domain) => {
                    protected.domains.push(
                        crate::address::normalize_domain(domain).ok_or_else(|| entry.to_owned())?,
                    );
                }
                None => protected
                    .addresses
                    .push(EmailAddress::parse(entry).map_err(|_| entry.to_owned())?.key().into()),
            }
        }
        Ok(protected)
    }

    /// Whether `address` is one of them. Case does not count.
    pub fn holds(&self, address: &EmailAddress) -> bool {
        self.domains.iter().any(|domain| domain == address.domain())
            || self.addresses.contains(&address.key().into())
    }
}
