//! The tenants' operations. Tenants belong to one Region.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::account::read_reasons;
use crate::api::paging;
use crate::app::App;
use crate::clock;
use crate::identifiers::{is_name, uuid};
use crate::json::put_member;
use crate::tags::{Tag, Tags};
use crate::tenants::{Attributes, Scope, Tenant, missing_tenant};
use crate::wire::{Answer, Request, WireError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateRequest {
    #[serde(default)]
    tenant_name: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    suppression_attributes: AttributesRequest,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributesRequest {
    suppressed_reasons: Option<Vec<String>>,
    suppression_scope: Option<String>,
}

impl AttributesRequest {
    /// Setting only one of the two clears both.
    fn read(self) -> Result<Option<Attributes>, WireError> {
        let reasons = self.suppressed_reasons.map(|names| read_reasons(&names)).transpose()?;
        let scope = self.suppression_scope.map(|name| Scope::parse(&name)).transpose()?;
        Ok(reasons.zip(scope).map(|(reasons, scope)| Attributes { reasons, scope }))
    }
}

/// CreateTenant.
pub(crate) fn create(app: &App, request: &Request) -> Answer {
    let create: CreateRequest = request.json()?;
    let name = create.tenant_name;
    if !is_name(&name) {
        return Err(WireError::bad_request(format!("Invalid tenant name <{name}>.")));
    }
    let attributes = create.suppression_attributes.read()?;
    let tags = Tags::new(create.tags)?;
    let region = app.region(request);
    let mut state = app.state();
    let tenants = &mut state.regions.get(region).tenants;
    if tenants.contains_key(&name) {
        return Err(WireError::already_exists(format!("Tenant <{name}> already exists.")));
    }
    let id = format!("tn-{}", uuid().replace('-', ""));
    let arn = format!("arn:aws:ses:{region}:{}:tenant/{name}/{id}", app.settings.account_id);
    let tenant = Tenant { tags, attributes, ..Tenant::new(id, arn, clock::now_ms()) };
    let answer = tenant.to_json(&name);
    tenants.insert(name, tenant);
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameRequest {
    #[serde(default)]
    tenant_name: String,
}

/// GetTenant.
pub(crate) fn get(app: &App, request: &Request) -> Answer {
    let NameRequest { tenant_name: name } = request.json()?;
    let mut state = app.state();
    let tenant = state.regions.get(app.region(request)).tenant(&name)?;
    Ok(json!({"Tenant": tenant.to_json(&name)}))
}

/// DeleteTenant: its list goes with it.
pub(crate) fn delete(app: &App, request: &Request) -> Answer {
    let NameRequest { tenant_name: name } = request.json()?;
    let removed = app.state().regions.get(app.region(request)).tenants.remove(&name);
    removed.map(|_| json!({})).ok_or_else(|| missing_tenant(&name))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListRequest {
    next_token: Option<String>,
    page_size: Option<i64>,
}

/// ListTenants.
pub(crate) fn list(app: &App, request: &Request) -> Answer {
    let list: ListRequest = request.json()?;
    let mut state = app.state();
    let tenants = &state.regions.get(app.region(request)).tenants;
    let (page, next) = paging::page_of_names(
        tenants.keys().cloned(),
        list.page_size,
        list.next_token.as_deref(),
        1000,
    )?;
    let summaries: Vec<Value> =
        page.iter().filter_map(|name| Some(tenants.get(name)?.summary(name))).collect();
    let mut answer = json!({"Tenants": summaries});
    if let Some(next) = next {
        put_member(&mut answer, "NextToken", next);
    }
    Ok(answer)
}

/// PutTenantSuppressionAttributes: replaces, and without both members clears.
pub(crate) fn put_suppression(app: &App, request: &Request) -> Answer {
    let NameRequest { tenant_name: name } = request.json()?;
    let attributes = request.json::<AttributesRequest>()?.read()?;
    app.state().regions.get(app.region(request)).tenant(&name)?.attributes = attributes;
    Ok(json!({}))
}
