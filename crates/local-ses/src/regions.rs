//! The state that SES keeps separately for each Region: suppression lists, import jobs, tenants. In
//! local-ses all Regions share the account's switches, configuration sets, identities and
//! mailboxes, so that a test need not set them up twice.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::import_jobs::{ImportJob, ImportJobs};
use crate::suppression::SuppressionList;
use crate::tenants::{Tenant, missing_tenant};
use crate::wire::WireError;

/// One Region of the account.
#[derive(Debug, Default)]
pub(crate) struct Region {
    /// The account's list.
    pub(crate) suppression: SuppressionList,
    pub(crate) imports: ImportJobs,
    pub(crate) tenants: BTreeMap<String, Tenant>,
}

impl Region {
    /// Returns the tenant of this name.
    ///
    /// # Errors
    ///
    /// NotFoundException when there is none.
    pub(crate) fn tenant(&mut self, name: &str) -> Result<&mut Tenant, WireError> {
        self.tenants.get_mut(name).ok_or_else(|| missing_tenant(name))
    }

    /// Returns a tenant's suppression list or, without a name, the account's.
    ///
    /// # Errors
    ///
    /// NotFoundException when there is no such tenant.
    pub(crate) fn list(&mut self, tenant: Option<&str>) -> Result<&mut SuppressionList, WireError> {
        match tenant {
            Some(name) => Ok(&mut self.tenant(name)?.suppression),
            None => Ok(&mut self.suppression),
        }
    }
}

/// The Regions that requests have named so far.
#[derive(Debug, Default)]
pub(crate) struct Regions(BTreeMap<String, Region>);

impl Regions {
    /// Returns the Region of this name. A Region that was never named is created, empty.
    pub(crate) fn get(&mut self, name: &str) -> &mut Region {
        self.0.entry(name.to_owned()).or_default()
    }

    /// Returns a job from any Region.
    pub(crate) fn find_job(&self, id: &str) -> Option<&ImportJob> {
        self.0.values().find_map(|region| region.imports.jobs.get(id))
    }

    /// Returns counts by Region for the control plane; another request returns the entries.
    pub(crate) fn to_json(&self, calls: &BTreeMap<String, BTreeMap<&'static str, u64>>) -> Value {
        let regions: Map<String, Value> = self
            .0
            .iter()
            .map(|(name, region)| {
                let tenants: BTreeMap<&String, usize> = region
                    .tenants
                    .iter()
                    .map(|(name, tenant)| (name, tenant.suppression.len()))
                    .collect();
                let value = json!({
                    "suppressed": region.suppression.len(),
                    "suppressed_by_tenant": tenants,
                    "import_jobs": region.imports.counts(),
                    "calls": calls.get(name).cloned().unwrap_or_default(),
                });
                (name.clone(), value)
            })
            .collect();
        Value::Object(regions)
    }
}
