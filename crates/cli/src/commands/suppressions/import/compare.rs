//! What an import changes on the list as it is.

use std::collections::HashMap;

use warden_aws::{ListFilter, SuppressionList};
use warden_domain::exports::ImportPlan;
use warden_domain::imports::Waiting;
use warden_domain::suppression::SuppressionReason;

use super::super::find::can_be_asked;
use super::super::pages;

/// So many addresses are asked for one by one; for more the whole list is read.
pub(super) const ONE_BY_ONE: usize = 30;

/// The import against the list.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Addresses that are not listed.
    pub(super) new: Waiting,
    /// Addresses that are listed for a bounce, and complained.
    pub(super) to_complaint: Waiting,
    /// Addresses that are listed for this reason already.
    pub(super) same: usize,
    /// Bounces of addresses that are listed for a complaint, which stays.
    pub(super) kept: usize,
}

impl Comparison {
    /// Compares each address of the plan with the list.
    pub(super) async fn read(
        plan: &ImportPlan,
        list: &SuppressionList,
        tenant: Option<&str>,
    ) -> anyhow::Result<Self> {
        let wanted: HashMap<String, SuppressionReason> = plan.imports().collect();
        let is_few = wanted.len() <= ONE_BY_ONE && wanted.keys().all(|a| can_be_asked(a));
        let listed = if is_few {
            one_by_one(&wanted, list, tenant).await?
        } else {
            of_whole_list(&wanted, list, tenant).await?
        };
        let mut found = Self::default();
        for (address, reason) in wanted {
            match (listed.get(&address).map(String::as_str), reason) {
                (None, _) => found.new.add(&address, reason),
                (Some("BOUNCE"), SuppressionReason::Complaint) => {
                    found.to_complaint.add(&address, reason)
                }
                (Some("COMPLAINT"), SuppressionReason::Bounce) => found.kept += 1,
                // The same reason, or one that SES has added since: it stays.
                (Some(_), _) => found.same += 1,
            }
        }
        Ok(found)
    }

    /// What is put.
    pub(super) fn to_put(&self) -> Waiting {
        let mut all = self.new.clone();
        all.append(self.to_complaint.clone());
        all
    }
}

async fn one_by_one(
    wanted: &HashMap<String, SuppressionReason>,
    list: &SuppressionList,
    tenant: Option<&str>,
) -> anyhow::Result<HashMap<String, String>> {
    let mut listed = HashMap::new();
    for address in wanted.keys() {
        if let Some(reason) = list.get(tenant, address).await? {
            listed.insert(address.clone(), reason.code().to_owned());
        }
    }
    Ok(listed)
}

/// Of the list only what the import speaks of is kept.
async fn of_whole_list(
    wanted: &HashMap<String, SuppressionReason>,
    list: &SuppressionList,
    tenant: Option<&str>,
) -> anyhow::Result<HashMap<String, String>> {
    let mut listed = HashMap::new();
    if wanted.is_empty() {
        return Ok(listed);
    }
    let filter = ListFilter { tenant: tenant.map(str::to_owned), ..ListFilter::default() };
    pages::each(list, &filter, |entry| {
        if wanted.contains_key(entry.address.expose()) {
            listed.insert(entry.address.into_exposed(), entry.reason);
        }
        Ok(true)
    })
    .await?;
    Ok(listed)
}
