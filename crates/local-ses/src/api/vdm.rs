//! The operations of the Virtual Deliverability Manager.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::paging;
use crate::app::{App, missing_set};
use crate::clock;
use crate::deliverability::{Labels, METRICS};
use crate::json::put_member;
use crate::vdm::{AccountAttributes, Recommendation, SetOptions};
use crate::wire::{Answer, Request, WireError};

const MOST_QUERIES: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccountRequest {
    vdm_attributes: AccountAttributes,
}

/// PutAccountVdmAttributes: it replaces what was set.
pub(crate) fn put_account(app: &App, request: &Request) -> Answer {
    let put: AccountRequest = request.checked_json()?;
    app.state().account.vdm = put.vdm_attributes;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetRequest {
    vdm_options: Option<SetOptions>,
}

/// PutConfigurationSetVdmOptions: without options the account's hold.
pub(crate) async fn put_set(app: &App, request: &Request, name: &str) -> Answer {
    let put: SetRequest = request.checked_json()?;
    app.refresh_set(name).await?;
    let mut state = app.state();
    state.sets.get_mut(name).ok_or_else(|| missing_set(name))?.vdm = put.vdm_options;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchRequest {
    #[serde(default)]
    queries: Vec<Query>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Query {
    id: String,
    namespace: String,
    metric: String,
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
    start_date: f64,
    end_date: f64,
}

/// BatchGetMetricData: a value for each day that has one. Mail with several recipients, to the
/// simulator or withheld by a list is not counted, nor what was sent before VDM was switched on.
pub(crate) fn metrics(app: &App, request: &Request) -> Answer {
    let BatchRequest { queries } = request.checked_json()?;
    let ids: BTreeSet<&str> = queries.iter().map(|query| query.id.as_str()).collect();
    if !(1..=MOST_QUERIES).contains(&queries.len()) || ids.len() < queries.len() {
        return Err(WireError::bad_request(format!(
            "Between 1 and {MOST_QUERIES} queries with different ids are allowed."
        )));
    }
    let state = app.state();
    let results = queries
        .iter()
        .map(|query| {
            check(query)?;
            let matches = |labels: &Labels| {
                let mut wanted = query.dimensions.iter();
                wanted.all(|(name, value)| labels.dimension(name) == Some(value.as_str()))
            };
            let ms = |seconds: f64| clock::from_epoch_seconds(seconds).unwrap_or_default();
            let (from, to) = (ms(query.start_date), ms(query.end_date));
            let days = state.deliverability.daily(&query.metric, from, to, matches);
            let times: Vec<Value> = days.keys().map(|day| clock::epoch_seconds(*day)).collect();
            let values: Vec<u64> = days.into_values().collect();
            Ok(json!({"Id": query.id, "Timestamps": times, "Values": values}))
        })
        .collect::<Result<Vec<Value>, WireError>>()?;
    Ok(json!({"Results": results, "Errors": []}))
}

fn check(query: &Query) -> Result<(), WireError> {
    const DIMENSIONS: [&str; 4] = ["EMAIL_IDENTITY", "CONFIGURATION_SET", "ISP", "TENANT_NAME"];
    let word = |member: &str, value: &str, allowed: &[&str]| {
        if allowed.contains(&value) {
            return Ok(());
        }
        Err(WireError::not_in_enum(&format!("queries.{}.{member}", query.id), value, allowed))
    };
    word("namespace", &query.namespace, &["VDM"])?;
    word("metric", &query.metric, &METRICS)?;
    for name in query.dimensions.keys() {
        word("dimensions", name, &DIMENSIONS)?;
    }
    if query.start_date > query.end_date {
        return Err(WireError::bad_request(format!(
            "The start date of query {} is after its end date.",
            query.id
        )));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListRequest {
    #[serde(default)]
    filter: BTreeMap<String, String>,
    next_token: Option<String>,
    page_size: Option<i64>,
}

/// ListRecommendations: those that the control plane has set.
pub(crate) fn recommendations(app: &App, request: &Request) -> Answer {
    let list: ListRequest = request.checked_json()?;
    let state = app.state();
    let mut matching: BTreeMap<String, &Recommendation> = BTreeMap::new();
    for (index, found) in state.recommendations.iter().enumerate() {
        if matches(found, &list.filter)? {
            matching.insert(format!("{index:06}"), found);
        }
    }
    let keys = matching.keys().cloned();
    let (page, next) =
        paging::page_of_names(keys, list.page_size, list.next_token.as_deref(), 100)?;
    let now = clock::epoch_seconds(clock::now_ms());
    let found: Vec<Value> = page
        .iter()
        .filter_map(|key| matching.get(key))
        .map(|found| {
            json!({
                "ResourceArn": found.resource_arn,
                "Type": found.kind,
                "Description": found.description,
                "Status": found.status,
                "Impact": found.impact,
                "CreatedTimestamp": now,
                "LastUpdatedTimestamp": now,
            })
        })
        .collect();
    let mut answer = json!({"Recommendations": found});
    if let Some(next) = next {
        put_member(&mut answer, "NextToken", next);
    }
    Ok(answer)
}

fn matches(found: &Recommendation, filter: &BTreeMap<String, String>) -> Result<bool, WireError> {
    for (key, wanted) in filter {
        let value = match key.as_str() {
            "TYPE" => &found.kind,
            "IMPACT" => &found.impact,
            "STATUS" => &found.status,
            "RESOURCE_ARN" => &found.resource_arn,
            _ => {
                let allowed = ["TYPE", "IMPACT", "STATUS", "RESOURCE_ARN"];
                return Err(WireError::not_in_enum("filter", key, &allowed));
            }
        };
        if value != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}
