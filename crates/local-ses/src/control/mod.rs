//! The control plane under `/_local`: what a test or a drill sets and reads.

mod settings;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::reputation;
use crate::app::{App, missing_set};
use crate::json::put_member;
use crate::operation::Operation;
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
        ("PUT", ["domains", domain]) => settings::put_domain(app, request, domain),
        ("PUT", ["faults"]) => settings::put_faults(app, request),
        ("PUT", ["account"]) => settings::put_account(app, request),
        ("PUT", ["senders", access_key_id]) => settings::put_sender(app, request, access_key_id),
        ("PUT", ["identities", identity]) => settings::put_identity(app, request, identity),
        ("PUT", ["import-jobs"]) => settings::put_import_jobs(app, request),
        ("PUT", ["tenants", tenant]) => settings::put_tenant(app, request, tenant),
        ("PUT", ["recommendations"]) => settings::put_recommendations(app, request),
        ("POST", ["publish"]) => publish(app, request).await,
        ("POST", ["reputation"]) => reputation::publish(app)
            .await
            .map(|published| json!({"published": published}))
            .map_err(|error| WireError::new(StatusCode::BAD_GATEWAY, "Upstream", error)),
        ("GET", ["events"]) => Ok(json!(app.state().ledger.published)),
        ("GET", ["unpublished"]) => Ok(json!(app.state().ledger.unpublished)),
        ("GET", ["calls"]) => Ok(json!(app.state().ledger.calls(request.query("region")))),
        ("GET", ["trail"]) => Ok(json!(app.state().ledger.trail)),
        ("GET", ["call-log"]) => Ok(json!(app.state().ledger.call_log)),
        ("GET", ["operations"]) => {
            Ok(json!(Operation::ALL.iter().map(|operation| operation.name()).collect::<Vec<_>>()))
        }
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

/// The failed records of a job, one a line; the job may be of any Region.
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
