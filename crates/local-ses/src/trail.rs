//! CloudTrail's records of calls that switch sending. The local AWS has CloudTrail, but none of the
//! calls that it does not serve itself.

use serde_json::{Map, Value, json};

use crate::clock;
use crate::identifiers::uuid;
use crate::operation::{Operation, Route};
use crate::wire::Request;

/// The calls, and the request parameters that their paths hold.
const SWITCHES: [(Operation, &[&str]); 3] = [
    (Operation::PutAccountSendingAttributes, &[]),
    (Operation::PutConfigurationSetSendingOptions, &["configurationSetName"]),
    (
        Operation::UpdateReputationEntityCustomerManagedStatus,
        &["reputationEntityReference", "reputationEntityType"],
    ),
];

/// The record of a call that was answered now; `None` for one that switches nothing. Who it was is
/// known by the access key alone: the reader knows whose that is.
pub(crate) fn record(
    account_id: &str,
    region: &str,
    route: &Route,
    request: &Request,
    error: Option<&str>,
) -> Option<Value> {
    let (_, named) = SWITCHES.iter().find(|(operation, _)| *operation == route.operation)?;
    let body: Map<String, Value> = request.json().unwrap_or_default();
    let mut parameters: Map<String, Value> =
        body.into_iter().map(|(name, value)| (lower_first(&name), value)).collect();
    for (name, value) in named.iter().zip([&route.name, &route.second]) {
        parameters.insert((*name).to_owned(), json!(value));
    }
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": { "accountId": account_id, "accessKeyId": request.access_key_id() },
        "eventTime": clock::iso_seconds(clock::now_ms()),
        "eventSource": "ses.amazonaws.com",
        "eventName": route.operation.name(),
        "awsRegion": region,
        "requestParameters": parameters,
        "responseElements": null,
        "requestID": uuid(),
        "eventID": uuid(),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account_id,
        "eventCategory": "Management",
    });
    if let (Some(error), Some(record)) = (error, record.as_object_mut()) {
        record.insert("errorCode".to_owned(), json!(error));
    }
    Some(record)
}

/// CloudTrail writes the names of parameters with a small first letter.
fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
