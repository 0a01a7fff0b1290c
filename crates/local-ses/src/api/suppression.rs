//! The suppression lists' operations: the account's list and, by TenantName,
//! those of tenants.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::address;
use crate::api::paging;
use crate::app::App;
use crate::clock;
use crate::json::put_member;
use crate::suppression::{Entry, Filter, Reason};
use crate::wire::{Answer, Request, WireError};

const LARGEST_PAGE: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRequest {
    #[serde(default)]
    email_address: String,
    #[serde(default)]
    reason: String,
    tenant_name: Option<String>,
}

/// PutSuppressedDestination.
pub(crate) fn put(app: &App, request: &Request) -> Answer {
    let put: PutRequest = request.json()?;
    let reason = read_reason(&put.reason, "reason")?;
    if !address::is_acceptable(&put.email_address) {
        return Err(WireError::bad_request("The email address is not valid."));
    }
    if address::simulator_mailbox(&put.email_address).is_some() {
        return Err(WireError::bad_request(
            "Mailbox simulator addresses cannot be added to the suppression list.",
        ));
    }
    let mut state = app.state();
    if !state.account.production_access_enabled {
        return Err(WireError::bad_request(
            "Your account is in the sandbox: addresses cannot be added to the suppression list.",
        ));
    }
    let entry = Entry { reason, updated_ms: clock::now_ms(), origin: None };
    state
        .regions
        .get(app.region(request))
        .list(put.tenant_name.as_deref())?
        .put(&put.email_address, entry);
    Ok(json!({}))
}

/// GetSuppressedDestination: the exact spelling only.
pub(crate) fn get(app: &App, request: &Request, address: &str) -> Answer {
    refuse_slash(address)?;
    let tenant = request.query("TenantName");
    let mut state = app.state();
    let entry = state
        .regions
        .get(app.region(request))
        .list(tenant)?
        .get(address)
        .ok_or_else(|| missing(address))?;
    let mut destination = summary(address, entry);
    if let Some((message_id, feedback_id)) = &entry.origin {
        put_member(
            &mut destination,
            "Attributes",
            json!({"MessageId": message_id, "FeedbackId": feedback_id}),
        );
    }
    if let Some(tenant) = tenant {
        put_member(&mut destination, "TenantName", tenant);
    }
    Ok(json!({"SuppressedDestination": destination}))
}

/// ListSuppressedDestinations.
pub(crate) fn list(app: &App, request: &Request) -> Answer {
    let reasons = request
        .query_all("Reason")
        .map(|reason| read_reason(reason, "reasons"))
        .collect::<Result<_, _>>()?;
    let filter = Filter {
        reasons,
        from_ms: read_date(request, "StartDate")?,
        to_ms: read_date(request, "EndDate")?,
    };
    let page_size = match request.query("PageSize") {
        Some(text) => {
            Some(text.parse().map_err(|_| WireError::bad_request("PageSize must be a number."))?)
        }
        None => None,
    };
    let size = paging::size(page_size, LARGEST_PAGE)?;
    let after = request.query("NextToken").map(paging::key).transpose();
    // This listing alone has an error of its own for that.
    let after = after
        .map_err(|error| WireError { code: "InvalidNextTokenException".to_owned(), ..error })?;
    let mut state = app.state();
    let list = state.regions.get(app.region(request)).list(request.query("TenantName"))?;
    let (page, next) = list.page(&filter, after.as_deref(), size);
    let summaries: Vec<Value> =
        page.into_iter().map(|(address, entry)| summary(address, entry)).collect();
    let mut answer = json!({"SuppressedDestinationSummaries": summaries});
    if let Some(next) = next {
        put_member(&mut answer, "NextToken", paging::token(&next));
    }
    Ok(answer)
}

/// DeleteSuppressedDestination: the exact spelling only.
pub(crate) fn delete(app: &App, request: &Request, address: &str) -> Answer {
    refuse_slash(address)?;
    let mut state = app.state();
    let list = state.regions.get(app.region(request)).list(request.query("TenantName"))?;
    if list.delete(address) { Ok(json!({})) } else { Err(missing(address)) }
}

fn summary(address: &str, entry: &Entry) -> Value {
    json!({
        "EmailAddress": address,
        "Reason": entry.reason.name(),
        "LastUpdateTime": clock::epoch_seconds(entry.updated_ms),
    })
}

fn missing(address: &str) -> WireError {
    WireError::not_found(format!(
        "Email address {address} does not exist on your suppression list."
    ))
}

fn read_reason(text: &str, member: &str) -> Result<Reason, WireError> {
    Reason::parse(text).ok_or_else(|| WireError::not_in_enum(member, text, &Reason::NAMES))
}

fn read_date(request: &Request, name: &str) -> Result<Option<i64>, WireError> {
    request
        .query(name)
        .map(|text| {
            clock::parse_query_date(text)
                .ok_or_else(|| WireError::bad_request(format!("{name} is not a date.")))
        })
        .transpose()
}

/// SES takes such addresses in Put, and then cannot find them in a path: only
/// an import job with DELETE removes them.
fn refuse_slash(address: &str) -> Result<(), WireError> {
    if address.contains('/') {
        return Err(WireError::bad_request("The email address is not valid."));
    }
    Ok(())
}
