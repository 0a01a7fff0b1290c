//! The configuration sets' operations.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::api::account::read_reasons;
use crate::api::{paging, pools};
use crate::app::{App, missing_set};
use crate::clock;
use crate::configuration_sets::{ConfigurationSet, DeliveryOptions};
use crate::destinations::Origin;
use crate::identifiers::is_name;
use crate::json::put_member;
use crate::state::State;
use crate::suppression::Reason;
use crate::tags::{Tag, Tags};
use crate::tenants::Scope;
use crate::vdm::SetOptions;
use crate::wire::{Answer, Request, WireError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateRequest {
    #[serde(default)]
    configuration_set_name: String,
    delivery_options: Option<DeliveryRequest>,
    reputation_options: Option<ReputationRequest>,
    sending_options: Option<SendingRequest>,
    suppression_options: Option<SuppressionRequest>,
    vdm_options: Option<SetOptions>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendingRequest {
    // An omitted switch is off, not unchanged.
    #[serde(default)]
    sending_enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReputationRequest {
    #[serde(default)]
    reputation_metrics_enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeliveryRequest {
    tls_policy: Option<String>,
    sending_pool_name: Option<String>,
    max_delivery_seconds: Option<u32>,
}

impl DeliveryRequest {
    /// What is left out goes back to what a new set has.
    fn read(self, state: &State) -> Result<DeliveryOptions, WireError> {
        const POLICIES: [&str; 2] = ["REQUIRE", "OPTIONAL"];
        let usual = DeliveryOptions::default();
        let tls_policy = self.tls_policy.unwrap_or(usual.tls_policy);
        if !POLICIES.contains(&tls_policy.as_str()) {
            return Err(WireError::not_in_enum("tlsPolicy", &tls_policy, &POLICIES));
        }
        if self.max_delivery_seconds.is_some_and(|seconds| !(300..=50_400).contains(&seconds)) {
            return Err(WireError::bad_request(
                "maxDeliverySeconds must be between 300 and 50400.",
            ));
        }
        let sending_pool_name =
            self.sending_pool_name.map(|pool| pools::existing(state, pool)).transpose()?;
        Ok(DeliveryOptions {
            tls_policy,
            sending_pool_name,
            max_delivery_seconds: self.max_delivery_seconds,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SuppressionRequest {
    suppressed_reasons: Option<Vec<String>>,
    suppression_scope: Option<String>,
}

impl SuppressionRequest {
    fn read(self) -> Result<(Option<Vec<Reason>>, Option<Scope>), WireError> {
        let reasons = self.suppressed_reasons.map(|reasons| read_reasons(&reasons)).transpose()?;
        let scope = self.suppression_scope.map(|scope| Scope::parse(&scope)).transpose()?;
        Ok((reasons, scope))
    }
}

/// CreateConfigurationSet.
pub(crate) async fn create(app: &App, request: &Request) -> Answer {
    let create: CreateRequest = request.checked_json()?;
    let name = create.configuration_set_name;
    if !is_name(&name) {
        return Err(WireError::bad_request(format!(
            "Invalid configuration set name <{name}>: only alphanumeric ASCII characters, '_', \
             and '-' are allowed."
        )));
    }
    app.refresh_set(&name).await?;
    let mut set = ConfigurationSet::new(Origin::Local);
    set.sending_enabled = create.sending_options.is_none_or(|options| options.sending_enabled);
    set.reputation_metrics_enabled =
        create.reputation_options.is_some_and(|options| options.reputation_metrics_enabled);
    if let Some(options) = create.suppression_options {
        (set.suppressed_reasons, set.suppression_scope) = options.read()?;
    }
    set.tags = Tags::new(create.tags)?;
    set.vdm = create.vdm_options;
    let mut state = app.state();
    if let Some(options) = create.delivery_options {
        set.delivery = options.read(&state)?;
    }
    if state.sets.contains_key(&name) {
        return Err(WireError::already_exists(format!(
            "Configuration set <{name}> already exists."
        )));
    }
    state.hidden_sets.remove(&name);
    state.sets.insert(name, set);
    Ok(json!({}))
}

/// GetConfigurationSet.
pub(crate) async fn get(app: &App, name: &str) -> Answer {
    app.refresh_set(name).await?;
    let state = app.state();
    let set = state.sets.get(name).ok_or_else(|| missing_set(name))?;
    Ok(set.to_json(name))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListRequest {
    next_token: Option<String>,
    page_size: Option<i64>,
    #[serde(default)]
    filter: BTreeMap<String, String>,
}

/// ListConfigurationSets: those of the local AWS too.
pub(crate) async fn list(app: &App, request: &Request) -> Answer {
    let list: ListRequest = request.json()?;
    let size = list.page_size.or(request.query("PageSize").and_then(|text| text.parse().ok()));
    let token = list.next_token.as_deref().or(request.query("NextToken"));
    if let Some(upstream) = &app.upstream {
        match upstream.list_sets().await {
            Ok(names) => {
                for name in names {
                    app.refresh_set(&name).await?;
                }
            }
            Err(error) => tracing::warn!(error, "upstream not asked"),
        }
    }
    let part = list.filter.get("CONFIGURATION_SET_NAME_CONTAINS").map_or("", String::as_str);
    let state = app.state();
    let names = state.sets.keys().filter(|name| name.contains(part)).cloned();
    let (page, next) = paging::page_of_names(names, size, token, 1000)?;
    let mut answer = json!({"ConfigurationSets": page});
    if let Some(next) = next {
        put_member(&mut answer, "NextToken", next);
    }
    Ok(answer)
}

/// DeleteConfigurationSet. A set of the local AWS stays there and is no longer
/// seen here.
pub(crate) async fn delete(app: &App, name: &str) -> Answer {
    app.refresh_set(name).await?;
    let mut state = app.state();
    state.sets.remove(name).ok_or_else(|| missing_set(name))?;
    state.hidden_sets.insert(name.to_owned());
    Ok(json!({}))
}

/// PutConfigurationSetSendingOptions.
pub(crate) async fn put_sending(app: &App, request: &Request, name: &str) -> Answer {
    let put: SendingRequest = request.json()?;
    change(app, name, |set| {
        set.switch_sending(put.sending_enabled, clock::now_ms());
    })
    .await
}

/// PutConfigurationSetReputationOptions.
pub(crate) async fn put_reputation(app: &App, request: &Request, name: &str) -> Answer {
    let put: ReputationRequest = request.json()?;
    change(app, name, |set| {
        set.reputation_metrics_enabled = put.reputation_metrics_enabled;
    })
    .await
}

/// PutConfigurationSetDeliveryOptions: an omitted pool means the shared addresses.
pub(crate) async fn put_delivery(app: &App, request: &Request, name: &str) -> Answer {
    let put: DeliveryRequest = request.json()?;
    let delivery = put.read(&app.state())?;
    change(app, name, |set| set.delivery = delivery).await
}

/// PutConfigurationSetSuppressionOptions: an omitted member takes its override away.
pub(crate) async fn put_suppression(app: &App, request: &Request, name: &str) -> Answer {
    let put: SuppressionRequest = request.json()?;
    let (reasons, scope) = put.read()?;
    change(app, name, |set| {
        set.suppressed_reasons = reasons;
        set.suppression_scope = scope;
    })
    .await
}

async fn change(app: &App, name: &str, change: impl FnOnce(&mut ConfigurationSet)) -> Answer {
    app.refresh_set(name).await?;
    let mut state = app.state();
    change(state.sets.get_mut(name).ok_or_else(|| missing_set(name))?);
    Ok(json!({}))
}
