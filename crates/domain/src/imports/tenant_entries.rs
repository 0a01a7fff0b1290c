//! Addresses of tenants whose suppression lists are not known yet.

use std::collections::BTreeMap;

use super::Waiting;
use super::line::ImportLine;
use crate::suppression::SuppressionReason;

/// Addresses that wait until it is known whether their tenant has a list of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantEntries(BTreeMap<String, Waiting>);

impl TenantEntries {
    /// Adds an address that a mail of `tenant` was sent to.
    pub fn add(&mut self, tenant: &str, address: &str, reason: SuppressionReason) {
        match self.0.get_mut(tenant) {
            Some(waiting) => waiting.add(address, reason),
            None => {
                let mut waiting = Waiting::default();
                waiting.add(address, reason);
                self.0.insert(tenant.to_owned(), waiting);
            }
        }
    }

    /// Adds the entry of one line; false where the line is none.
    pub fn read_line(&mut self, line: &[u8]) -> bool {
        if line.trim_ascii().is_empty() {
            return true;
        }
        match serde_json::from_slice::<ImportLine<'_>>(line) {
            Ok(ImportLine { email_address, reason, tenant: Some(tenant) }) => {
                self.add(&tenant, &email_address, reason.into());
                true
            }
            Ok(ImportLine { tenant: None, .. }) | Err(_) => false,
        }
    }

    /// The file that holds them.
    pub fn lines(&self) -> String {
        let mut text = String::new();
        for (tenant, waiting) in &self.0 {
            for (address, reason) in &waiting.0 {
                let line = ImportLine {
                    email_address: address.expose().into(),
                    reason: (*reason).into(),
                    tenant: Some(tenant.into()),
                };
                line.write(&mut text);
            }
        }
        text
    }

    /// How many addresses.
    pub fn len(&self) -> usize {
        self.0.values().map(Waiting::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tenants' names.
    pub fn tenants(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Takes out what waits for a tenant.
    pub fn take(&mut self, tenant: &str) -> Waiting {
        self.0.remove(tenant).unwrap_or_default()
    }

    /// Keeps the addresses for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        for waiting in self.0.values_mut() {
            waiting.retain(&mut keep);
        }
        self.0.retain(|_, waiting| !waiting.is_empty());
    }
}
