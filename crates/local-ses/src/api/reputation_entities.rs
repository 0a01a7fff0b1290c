//! The operations on reputation entities: tenants, whose sending their owner or AWS switches off.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::paging;
use crate::app::App;
use crate::clock;
use crate::json::put_member;
use crate::tenants::{ManagedStatus, SendingStatus, Tenant, policy_arn};
use crate::wire::{Answer, Request, WireError};

/// GetReputationEntity.
pub(crate) fn get(app: &App, request: &Request, kind: &str, arn: &str) -> Answer {
    check_kind(kind)?;
    let mut state = app.state();
    let tenants = &state.regions.get(app.region(request)).tenants;
    let tenant = tenants.values().find(|tenant| tenant.arn == arn).ok_or_else(|| {
        WireError::not_found(format!("Reputation entity <{arn}> does not exist."))
    })?;
    Ok(json!({"ReputationEntity": to_json(tenant, app.region(request))}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatusRequest {
    #[serde(default)]
    sending_status: String,
}

/// UpdateReputationEntityCustomerManagedStatus: the owner's switch.
pub(crate) fn put_status(app: &App, request: &Request, kind: &str, arn: &str) -> Answer {
    let put: StatusRequest = request.json()?;
    let status = SendingStatus::parse(&put.sending_status)?;
    change(app, request, kind, arn, |tenant| {
        tenant.customer_managed = Some(ManagedStatus {
            status,
            cause: "Set by the account".to_owned(),
            since_ms: clock::now_ms(),
        });
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyRequest {
    #[serde(default)]
    reputation_entity_policy: String,
}

/// UpdateReputationEntityPolicy: on which findings AWS switches the tenant off.
pub(crate) fn put_policy(app: &App, request: &Request, kind: &str, arn: &str) -> Answer {
    let put: PolicyRequest = request.json()?;
    let policies = ["standard", "strict", "none"];
    let region = app.region(request);
    let mut names = policies.into_iter();
    let policy = names.find(|name| policy_arn(region, name) == put.reputation_entity_policy);
    let policy = policy.ok_or_else(|| {
        WireError::bad_request(format!(
            "Invalid reputation policy <{}>.",
            put.reputation_entity_policy
        ))
    })?;
    change(app, request, kind, arn, |tenant| tenant.reputation_policy = policy)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListRequest {
    #[serde(default)]
    filter: BTreeMap<String, String>,
    next_token: Option<String>,
    page_size: Option<i64>,
}

/// ListReputationEntities.
pub(crate) fn list(app: &App, request: &Request) -> Answer {
    let list: ListRequest = request.checked_json()?;
    let region = app.region(request);
    let mut state = app.state();
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    for tenant in state.regions.get(region).tenants.values() {
        if matches(tenant, &list.filter)? {
            found.insert(tenant.arn.clone(), to_json(tenant, region));
        }
    }
    let (page, next) = paging::page_of_names(
        found.keys().cloned(),
        list.page_size,
        list.next_token.as_deref(),
        1000,
    )?;
    let entities: Vec<Value> = page.iter().filter_map(|arn| found.remove(arn)).collect();
    let mut answer = json!({"ReputationEntities": entities});
    if let Some(next) = next {
        put_member(&mut answer, "NextToken", next);
    }
    Ok(answer)
}

fn matches(tenant: &Tenant, filter: &BTreeMap<String, String>) -> Result<bool, WireError> {
    for (key, wanted) in filter {
        let is_met = match key.as_str() {
            "ENTITY_TYPE" => wanted == "RESOURCE",
            "REPUTATION_IMPACT" => tenant.reputation_impact.as_ref() == Some(wanted),
            "SENDING_STATUS" => tenant.sending_status().name() == wanted,
            "ENTITY_REFERENCE_PREFIX" => tenant.arn.starts_with(wanted),
            _ => return Err(WireError::bad_request(format!("Invalid filter <{key}>."))),
        };
        if !is_met {
            return Ok(false);
        }
    }
    Ok(true)
}

/// No such entity is a bad request to the operations that change one: their model has no
/// NotFoundException.
fn change(
    app: &App,
    request: &Request,
    kind: &str,
    arn: &str,
    change: impl FnOnce(&mut Tenant),
) -> Answer {
    check_kind(kind)?;
    let mut state = app.state();
    let tenants = &mut state.regions.get(app.region(request)).tenants;
    let tenant = tenants.values_mut().find(|tenant| tenant.arn == arn).ok_or_else(|| {
        WireError::bad_request(format!("Reputation entity <{arn}> does not exist."))
    })?;
    change(tenant);
    Ok(json!({}))
}

fn check_kind(kind: &str) -> Result<(), WireError> {
    if kind == "RESOURCE" {
        return Ok(());
    }
    Err(WireError::not_in_enum("reputationEntityType", kind, &["RESOURCE"]))
}

fn to_json(tenant: &Tenant, region: &str) -> Value {
    let mut entity = json!({
        "ReputationEntityReference": tenant.arn,
        "ReputationEntityType": "RESOURCE",
        "ReputationManagementPolicy": policy_arn(region, tenant.reputation_policy),
        "AwsSesManagedStatus": tenant.aws_managed.to_json(),
        "SendingStatusAggregate": tenant.sending_status().name(),
    });
    // SES leaves out a status that nobody has set.
    if let Some(own) = &tenant.customer_managed {
        put_member(&mut entity, "CustomerManagedStatus", own.to_json());
    }
    if let Some(impact) = &tenant.reputation_impact {
        put_member(&mut entity, "ReputationImpact", impact);
    }
    entity
}
