//! The tenants that do not send, and those with a high impact.

use serde::Serialize;
use warden_aws::operator::TenantFacts;

/// The tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TenantsPart {
    pub(crate) count: usize,
    /// Those with a high impact of open findings.
    pub(crate) high_impact: Vec<String>,
    pub(crate) disabled: Vec<TenantPart>,
}

/// A tenant that does not send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TenantPart {
    pub(crate) name: String,
    pub(crate) disabled_by: Vec<&'static str>,
    pub(crate) cause: Option<String>,
}

impl TenantsPart {
    pub(crate) fn of(tenants: &[TenantFacts]) -> Self {
        // arn:aws:ses:REGION:ACCOUNT:tenant/NAME/ID
        let name = |tenant: &TenantFacts| {
            let name = tenant.arn.split_once(":tenant/").map(|(_, rest)| rest);
            let name = name.and_then(|rest| rest.split('/').next());
            name.unwrap_or(&tenant.arn).to_owned()
        };
        let disabled = tenants.iter().filter(|tenant| tenant.status == "DISABLED");
        let high = tenants.iter().filter(|tenant| tenant.impact.as_deref() == Some("HIGH"));
        Self {
            count: tenants.len(),
            high_impact: high.map(name).collect(),
            disabled: disabled
                .map(|tenant| TenantPart {
                    name: name(tenant),
                    disabled_by: tenant.disabled_by.clone(),
                    cause: tenant.cause.clone(),
                })
                .collect(),
        }
    }
}
