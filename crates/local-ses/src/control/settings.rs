//! What the control plane sets: the decisions of AWS and of the recipients' side.

use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::clock;
use crate::message::Sender;
use crate::tenants::SendingStatus;
use crate::wire::{Answer, Request, WireError};

pub(super) fn put_domain(app: &App, request: &Request, domain: &str) -> Answer {
    let plan = request.json()?;
    app.state().mailboxes.set(domain, plan).map_err(WireError::bad_request)?;
    Ok(json!({}))
}

pub(super) fn put_faults(app: &App, request: &Request) -> Answer {
    let faults = request.json()?;
    app.state().faults.set(faults).map_err(WireError::bad_request)?;
    Ok(json!({}))
}

/// What AWS decides about an account, and what this server adds to it. An
/// absent member stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountRequest {
    enforcement_status: Option<String>,
    production_access_enabled: Option<bool>,
    automatic_suppression: Option<bool>,
    enforce_identities: Option<bool>,
    check_topics: Option<bool>,
    pricing_plan: Option<String>,
    max_24_hour_send: Option<f64>,
    max_send_rate: Option<f64>,
    sent_last_24_hours: Option<u64>,
}

pub(super) fn put_account(app: &App, request: &Request) -> Answer {
    let put: AccountRequest = request.json()?;
    let mut state = app.state();
    let account = &mut state.account;
    fn replace<T>(slot: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *slot = value;
        }
    }
    replace(&mut account.enforcement_status, put.enforcement_status);
    replace(&mut account.production_access_enabled, put.production_access_enabled);
    replace(&mut account.automatic_suppression, put.automatic_suppression);
    replace(&mut account.enforce_identities, put.enforce_identities);
    replace(&mut account.check_topics, put.check_topics);
    replace(&mut account.pricing_plan, put.pricing_plan);
    replace(&mut account.max_24_hour_send, put.max_24_hour_send);
    replace(&mut account.max_send_rate, put.max_send_rate);
    replace(&mut account.sent, put.sent_last_24_hours);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SenderRequest {
    caller_identity: Option<String>,
    source_ip: Option<String>,
}

/// Says whom an access key belongs to and from where it is used: the events of
/// mail that is sent with it carry both.
pub(super) fn put_sender(app: &App, request: &Request, access_key_id: &str) -> Answer {
    let put: SenderRequest = request.json()?;
    let usual = Sender::default();
    let sender = Sender {
        caller_identity: put.caller_identity.unwrap_or(usual.caller_identity),
        source_ip: put.source_ip.unwrap_or(usual.source_ip),
    };
    app.state().senders.insert(access_key_id.to_owned(), sender);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityRequest {
    verification_status: String,
}

pub(super) fn put_identity(app: &App, request: &Request, name: &str) -> Answer {
    let put: IdentityRequest = request.json()?;
    let mut state = app.state();
    let identity = state
        .identities
        .get_mut(name)
        .ok_or_else(|| WireError::not_found(format!("Email identity {name} does not exist.")))?;
    identity.verification_status = put.verification_status;
    Ok(json!({}))
}

pub(super) fn put_import_jobs(app: &App, request: &Request) -> Answer {
    let plan = request.json()?;
    app.state().import_plans.set(plan).map_err(WireError::bad_request)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantRequest {
    region: Option<String>,
    aws_status: Option<String>,
    cause: Option<String>,
    reputation_impact: Option<String>,
}

/// What AWS has found about a tenant: an absent member stays as it is.
pub(super) fn put_tenant(app: &App, request: &Request, name: &str) -> Answer {
    let put: TenantRequest = request.json()?;
    let status = put.aws_status.as_deref().map(SendingStatus::parse).transpose()?;
    let mut state = app.state();
    let region = put.region.as_deref().unwrap_or(&app.settings.region);
    let tenant = state.regions.get(region).tenant(name)?;
    if let Some(status) = status {
        tenant.aws_managed.status = status;
        tenant.aws_managed.since_ms = clock::now_ms();
    }
    if let Some(cause) = put.cause {
        tenant.aws_managed.cause = cause;
    }
    if put.reputation_impact.is_some() {
        tenant.reputation_impact = put.reputation_impact;
    }
    Ok(json!({}))
}

/// Replaces what ListRecommendations gives.
pub(super) fn put_recommendations(app: &App, request: &Request) -> Answer {
    app.state().recommendations = request.json()?;
    Ok(json!({}))
}
