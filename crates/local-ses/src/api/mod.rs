//! The SES operations: all of v2, but for those of [`query`], which v1 alone has.

mod account;
mod configuration_sets;
mod event_destinations;
mod identities;
mod import_jobs;
mod paging;
mod pools;
mod query;
pub(crate) mod reputation;
mod reputation_entities;
mod send_email;
mod suppression;
mod tags;
mod tenants;
mod vdm;

use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::faults::FaultEffect;
use crate::operation::{Operation, Route, route};
use crate::trail;
use crate::wire::{Answer, Request, WireError, json_response};

/// Answers one request to the API.
pub(crate) async fn answer(app: &Arc<App>, request: &Request) -> Response {
    if query::is_query(request) {
        return query::answer(app, request).await;
    }
    let Some(route) = route(&request.method, &request.segments) else {
        return WireError::new(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            format!("local-ses does not play {} /{}", request.method, request.segments.join("/")),
        )
        .into_response();
    };
    let answer = perform(app, &route, request).await;
    let (response, error) = match answer {
        Ok(value) => (json_response(StatusCode::OK, &value), None),
        Err(error) => (error.clone().into_response(), Some(error.code)),
    };
    tracing::debug!(
        operation = route.operation.name(),
        region = app.region(request),
        status = response.status().as_u16(),
        error = error.as_deref(),
        "answered"
    );
    let region = app.region(request);
    let record = trail::record(&app.settings.account_id, region, &route, request, error.as_deref());
    let status = response.status().as_u16();
    let mut state = app.state();
    state.ledger.trail.extend(record);
    state.ledger.called(route.operation, region, route.name, status, error);
    response
}

/// What was set to go wrong with the operation, before it is looked at.
async fn judged(app: &App, operation: Operation, request: &Request) -> Result<(), WireError> {
    let verdict = app.state().faults.judge(operation, app.region(request), Instant::now());
    match verdict {
        FaultEffect::Pass => Ok(()),
        FaultEffect::Hang(duration) => {
            tokio::time::sleep(duration).await;
            Ok(())
        }
        FaultEffect::Fail(error) => Err(error),
    }
}

async fn perform(app: &Arc<App>, route: &Route, request: &Request) -> Answer {
    judged(app, route.operation, request).await?;
    use Operation as Op;
    let name = route.name.as_str();
    let second = route.second.as_str();
    match route.operation {
        Op::GetAccount => account::get(app),
        Op::PutAccountSendingAttributes => account::put_sending(app, request),
        Op::PutAccountSuppressionAttributes => account::put_suppression(app, request),
        Op::PutSuppressedDestination => suppression::put(app, request),
        Op::GetSuppressedDestination => suppression::get(app, request, name),
        Op::ListSuppressedDestinations => suppression::list(app, request),
        Op::DeleteSuppressedDestination => suppression::delete(app, request, name),
        Op::CreateImportJob => import_jobs::create(app, request),
        Op::GetImportJob => import_jobs::get(app, request, name),
        Op::ListImportJobs => import_jobs::list(app, request),
        Op::CreateConfigurationSet => configuration_sets::create(app, request).await,
        Op::GetConfigurationSet => configuration_sets::get(app, name).await,
        Op::ListConfigurationSets => configuration_sets::list(app, request).await,
        Op::DeleteConfigurationSet => configuration_sets::delete(app, name).await,
        Op::PutConfigurationSetSendingOptions => {
            configuration_sets::put_sending(app, request, name).await
        }
        Op::PutConfigurationSetDeliveryOptions => {
            configuration_sets::put_delivery(app, request, name).await
        }
        Op::PutConfigurationSetReputationOptions => {
            configuration_sets::put_reputation(app, request, name).await
        }
        Op::PutConfigurationSetSuppressionOptions => {
            configuration_sets::put_suppression(app, request, name).await
        }
        Op::CreateConfigurationSetEventDestination => {
            event_destinations::create(app, request, name).await
        }
        Op::GetConfigurationSetEventDestinations => event_destinations::get(app, name).await,
        Op::UpdateConfigurationSetEventDestination => {
            event_destinations::update(app, request, name, second).await
        }
        Op::DeleteConfigurationSetEventDestination => {
            event_destinations::delete(app, name, second).await
        }
        Op::CreateEmailIdentity => identities::create(app, request).await,
        Op::GetEmailIdentity => identities::get(app, name),
        Op::ListEmailIdentities => identities::list(app, request),
        Op::DeleteEmailIdentity => identities::delete(app, name),
        Op::PutEmailIdentityFeedbackAttributes => identities::put_feedback(app, request, name),
        Op::PutEmailIdentityConfigurationSetAttributes => {
            identities::put_set(app, request, name).await
        }
        Op::PutEmailIdentityMailFromAttributes => identities::put_mail_from(app, request, name),
        Op::CreateDedicatedIpPool => pools::create(app, request),
        Op::GetDedicatedIpPool => pools::get(app, name),
        Op::ListDedicatedIpPools => Ok(pools::list(app)),
        Op::DeleteDedicatedIpPool => pools::delete(app, name),
        Op::CreateTenant => tenants::create(app, request),
        Op::GetTenant => tenants::get(app, request),
        Op::ListTenants => tenants::list(app, request),
        Op::DeleteTenant => tenants::delete(app, request),
        Op::PutTenantSuppressionAttributes => tenants::put_suppression(app, request),
        Op::GetReputationEntity => reputation_entities::get(app, request, second, name),
        Op::ListReputationEntities => reputation_entities::list(app, request),
        Op::UpdateReputationEntityCustomerManagedStatus => {
            reputation_entities::put_status(app, request, second, name)
        }
        Op::UpdateReputationEntityPolicy => {
            reputation_entities::put_policy(app, request, second, name)
        }
        Op::PutAccountVdmAttributes => vdm::put_account(app, request),
        Op::PutConfigurationSetVdmOptions => vdm::put_set(app, request, name).await,
        Op::BatchGetMetricData => vdm::metrics(app, request),
        Op::ListRecommendations => vdm::recommendations(app, request),
        Op::TagResource => tags::put(app, request).await,
        Op::UntagResource => tags::remove(app, request).await,
        Op::ListTagsForResource => tags::list(app, request).await,
        Op::SendEmail => send_email::send(app, request).await,
        // Of v1: no path leads to them.
        Op::GetIdentityNotificationAttributes
        | Op::SetIdentityFeedbackForwardingEnabled
        | Op::SetIdentityHeadersInNotificationsEnabled
        | Op::SetIdentityNotificationTopic => {
            Err(WireError::bad_request("This operation belongs to version 1 of the API."))
        }
    }
}
