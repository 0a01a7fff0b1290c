//! The control plane under `/_local`: what a test or a drill sets and reads.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::reputation;
use crate::app::{App, missing_set};
use crate::json::put_member;
use crate::message::Sender;
use crate::publication::Publication;
use crate::state::State;
use crate::wire::{Answer, Request, WireError, json_response};

/// Answers one request to the control plane.
pub(crate) async fn answer(app: &Arc<App>, request: &Request) -> Response {
    let segments = segments(request);
    if let ("GET", ["failed-records", job]) = (request.method.as_str(), segments.as_slice()) {
        return failed_records(app, job);
    }
    match perform(app, request).await {
        Ok(value) => json_response(StatusCode::OK, &value),
        Err(error) => error.into_response(),
    }
}

/// Does what a request to the control plane asks.
pub(crate) async fn perform(app: &Arc<App>, request: &Request) -> Answer {
    match (request.method.as_str(), segments(request).as_slice()) {
        ("POST", ["reset"]) => {
            app.reset();
            Ok(json!({}))
        }
        ("PUT", ["domains", domain]) => put_domain(app, request, domain),
        ("PUT", ["faults"]) => put_faults(app, request),
        ("PUT", ["account"]) => put_account(app, request),
        ("PUT", ["senders", access_key_id]) => put_sender(app, request, access_key_id),
        ("PUT", ["identities", identity]) => put_identity(app, request, identity),
        ("PUT", ["import-jobs"]) => put_import_jobs(app, request),
        ("POST", ["publish"]) => publish(app, request).await,
        ("POST", ["reputation"]) => reputation::publish(app)
            .await
            .map(|published| json!({"published": published}))
            .map_err(|error| WireError::new(StatusCode::BAD_GATEWAY, "Upstream", error)),
        ("GET", ["events"]) => Ok(json!(app.state().ledger.published)),
        ("GET", ["unpublished"]) => Ok(json!(app.state().ledger.unpublished)),
        ("GET", ["calls"]) => Ok(json!(app.state().ledger.calls(request.query("region")))),
        ("GET", ["call-log"]) => Ok(json!(app.state().ledger.call_log)),
        ("GET", ["pending"]) => Ok(pending(&app.state())),
        ("GET", ["suppression"]) => suppression(app, request),
        ("GET", ["state"]) => Ok(state(&mut app.state(), &app.settings.region)),
        _ => Err(WireError::new(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            "no such part of the control plane",
        )),
    }
}

/// The path below `/_local`.
fn segments(request: &Request) -> Vec<&str> {
    request.segments.iter().skip(1).map(String::as_str).collect()
}

fn put_domain(app: &App, request: &Request, domain: &str) -> Answer {
    let plan = request.json()?;
    app.state().mailboxes.set(domain, plan).map_err(WireError::bad_request)?;
    Ok(json!({}))
}

fn put_faults(app: &App, request: &Request) -> Answer {
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
    max_24_hour_send: Option<f64>,
    max_send_rate: Option<f64>,
    sent_last_24_hours: Option<u64>,
}

fn put_account(app: &App, request: &Request) -> Answer {
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
fn put_sender(app: &App, request: &Request, access_key_id: &str) -> Answer {
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

fn put_identity(app: &App, request: &Request, name: &str) -> Answer {
    let put: IdentityRequest = request.json()?;
    let mut state = app.state();
    let identity = state
        .identities
        .get_mut(name)
        .ok_or_else(|| WireError::not_found(format!("Email identity {name} does not exist.")))?;
    identity.verification_status = put.verification_status;
    Ok(json!({}))
}

fn put_import_jobs(app: &App, request: &Request) -> Answer {
    let plan = request.json()?;
    app.state().import_plans.set(plan).map_err(WireError::bad_request)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishRequest {
    configuration_set: String,
    event: Option<Value>,
    text: Option<String>,
}

/// Publishes a message of any kind to the set's topics, whatever event types
/// they ask for.
async fn publish(app: &App, request: &Request) -> Answer {
    let put: PublishRequest = request.json()?;
    let name = put.configuration_set;
    let text = match (put.event, put.text) {
        (Some(event), None) => format!("{event}\n"),
        (None, Some(text)) => text,
        (Some(_), Some(_)) | (None, None) => {
            return Err(WireError::bad_request("give either event or text"));
        }
    };
    app.refresh_set(&name).await?;
    let mut state = app.state();
    let set = state.sets.get(&name).ok_or_else(|| missing_set(&name))?;
    let topics: Vec<String> = set.topics().map(str::to_owned).collect();
    let publications =
        topics.iter().map(|topic| Publication::text("raw", text.clone(), &name, topic)).collect();
    app.publish(&mut state, publications);
    Ok(json!({"topics": topics}))
}

/// The whole list of one Region, or of a tenant there, however long; it counts
/// as no request.
fn suppression(app: &App, request: &Request) -> Answer {
    let region = request.query("region").unwrap_or(&app.settings.region);
    let mut state = app.state();
    let list = state.regions.get(region).list(request.query("tenant"))?;
    Ok(json!({"entries": list.reasons(), "count": list.len()}))
}

/// What a harness polls: the part of the state that stays short.
fn pending(state: &State) -> Value {
    let ledger = &state.ledger;
    json!({
        "pending": ledger.pending,
        "published": ledger.published.len(),
        "unpublished": ledger.unpublished.len(),
    })
}

fn state(state: &mut State, home: &str) -> Value {
    let suppression_list = state.regions.get(home).suppression.to_json();
    let account = &state.account;
    let sets: serde_json::Map<String, Value> = state
        .sets
        .iter()
        .map(|(name, set)| {
            let destinations: serde_json::Map<String, Value> = set
                .destinations
                .iter()
                .map(|(name, destination)| {
                    let mut value = json!(destination.definition);
                    put_member(&mut value, "origin", destination.origin.name());
                    (name.clone(), value)
                })
                .collect();
            let value = json!({
                "origin": set.origin.name(),
                "sending_enabled": set.sending_enabled,
                "reputation_metrics_enabled": set.reputation_metrics_enabled,
                "volume": set.rates.volume(),
                "bounce_rate": set.rates.bounce_rate(),
                "complaint_rate": set.rates.complaint_rate(),
                "event_destinations": destinations,
            });
            (name.clone(), value)
        })
        .collect();
    json!({
        "account": {
            "sending_enabled": account.sending_enabled,
            "enforcement_status": account.enforcement_status,
            "production_access_enabled": account.production_access_enabled,
            "suppressed_reasons": account.suppressed_reasons,
            "automatic_suppression": account.automatic_suppression,
            "enforce_identities": account.enforce_identities,
            "sent": account.sent,
            "volume": account.rates.volume(),
            "bounce_rate": account.rates.bounce_rate(),
            "complaint_rate": account.rates.complaint_rate(),
        },
        "configuration_sets": sets,
        "suppression_list": suppression_list,
        "regions": state.regions.to_json(&state.ledger.call_counts),
        "pending": state.ledger.pending,
        "published": state.ledger.published.len(),
        "unpublished": state.ledger.unpublished.len(),
    })
}

/// One record in each line, in whatever Region the job was.
fn failed_records(app: &App, id: &str) -> Response {
    match app.state().regions.find_job(id) {
        Some(job) => {
            let lines: String =
                job.failed_records.iter().map(|record| record.to_line(job.format) + "\n").collect();
            lines.into_response()
        }
        None => WireError::not_found("no such job").into_response(),
    }
}
