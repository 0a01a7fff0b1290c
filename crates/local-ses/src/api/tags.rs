//! The operations on tags, for all resources that have some.

use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::tags::{Tag, Tags};
use crate::wire::{Answer, Request, WireError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRequest {
    #[serde(default)]
    resource_arn: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// TagResource: adds to what is there.
pub(crate) async fn put(app: &App, request: &Request) -> Answer {
    let put: PutRequest = request.json()?;
    with_tags(app, request, &put.resource_arn, |tags| tags.put(put.tags)).await?;
    Ok(json!({}))
}

/// UntagResource.
pub(crate) async fn remove(app: &App, request: &Request) -> Answer {
    let arn = request.query("ResourceArn").unwrap_or_default();
    let keys = request.query_all("TagKeys");
    with_tags(app, request, arn, |tags| {
        tags.remove(keys);
        Ok(())
    })
    .await?;
    Ok(json!({}))
}

/// ListTagsForResource.
pub(crate) async fn list(app: &App, request: &Request) -> Answer {
    let arn = request.query("ResourceArn").unwrap_or_default();
    let tags = with_tags(app, request, arn, |tags| Ok(tags.clone())).await?;
    Ok(json!({"Tags": tags}))
}

/// Does something with the tags of a configuration set, an identity or a tenant.
///
/// # Errors
///
/// BadRequestException for what is no ARN of SES in this account and Region,
/// NotFoundException when there is no such resource, and whatever the action refuses.
async fn with_tags<T>(
    app: &App,
    request: &Request,
    arn: &str,
    action: impl FnOnce(&mut Tags) -> Result<T, WireError>,
) -> Result<T, WireError> {
    let region = app.region(request);
    let own = format!("arn:aws:ses:{region}:{}:", app.settings.account_id);
    let Some((kind, name)) = arn.strip_prefix(&own).and_then(|rest| rest.split_once('/')) else {
        return Err(WireError::bad_request(format!("Invalid resource ARN <{arn}>.")));
    };
    if kind == "configuration-set" {
        app.refresh_set(name).await?;
    }
    let mut state = app.state();
    let tags = match kind {
        "configuration-set" => state.sets.get_mut(name).map(|set| &mut set.tags),
        "identity" => state.identities.get_mut(name).map(|identity| &mut identity.tags),
        "tenant" => {
            let tenants = state.regions.get(region).tenants.values_mut();
            tenants.into_iter().find(|tenant| tenant.arn == arn).map(|tenant| &mut tenant.tags)
        }
        _ => None,
    };
    action(tags.ok_or_else(|| WireError::not_found(format!("Resource <{arn}> does not exist.")))?)
}
