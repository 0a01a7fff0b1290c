//! The account's operations.

use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::suppression::Reason;
use crate::wire::{Answer, Request, WireError};

/// GetAccount.
pub(crate) fn get(app: &App) -> Answer {
    let state = app.state();
    let account = &state.account;
    Ok(json!({
        "DedicatedIpAutoWarmupEnabled": true,
        "EnforcementStatus": account.enforcement_status,
        "ProductionAccessEnabled": account.production_access_enabled,
        "SendQuota": {
            "Max24HourSend": account.max_24_hour_send,
            "MaxSendRate": account.max_send_rate,
            "SentLast24Hours": account.sent,
        },
        "SendingEnabled": account.sending_enabled,
        "SuppressionAttributes": {"SuppressedReasons": account.suppressed_reasons},
        "VdmAttributes": account.vdm,
        "PricingAttributes": {
            "CurrentPlan": account.pricing_plan,
            "NextPlan": account.pricing_plan,
        },
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendingRequest {
    // An omitted switch is off, not unchanged.
    #[serde(default)]
    sending_enabled: bool,
}

/// PutAccountSendingAttributes.
pub(crate) fn put_sending(app: &App, request: &Request) -> Answer {
    let put: SendingRequest = request.json()?;
    let mut state = app.state();
    if put.sending_enabled && state.account.enforcement_status == "SHUTDOWN" {
        return Err(WireError::bad_request(
            "Amazon SES has paused your account's ability to send email: you can't use this \
             operation to resume it.",
        ));
    }
    state.account.sending_enabled = put.sending_enabled;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SuppressionRequest {
    // An omitted list is an empty one: the call replaces, it does not merge.
    #[serde(default)]
    suppressed_reasons: Vec<String>,
}

/// PutAccountSuppressionAttributes.
pub(crate) fn put_suppression(app: &App, request: &Request) -> Answer {
    let put: SuppressionRequest = request.json()?;
    app.state().account.suppressed_reasons = read_reasons(&put.suppressed_reasons)?;
    Ok(json!({}))
}

/// Reads a list of suppression reasons.
pub(crate) fn read_reasons(names: &[String]) -> Result<Vec<Reason>, WireError> {
    names
        .iter()
        .map(|name| {
            Reason::parse(name)
                .ok_or_else(|| WireError::not_in_enum("suppressedReasons", name, &Reason::NAMES))
        })
        .collect()
}
