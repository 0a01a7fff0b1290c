//! The event destinations' operations.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{App, missing_set};
use crate::destinations::{Definition, Destination, Origin};
use crate::identifiers::is_name;
use crate::json::put_member;
use crate::wire::{Answer, Request, WireError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DestinationRequest {
    #[serde(default)]
    event_destination_name: String,
    event_destination: Option<Definition>,
}

impl DestinationRequest {
    fn definition(self) -> Result<Definition, WireError> {
        let definition = self
            .event_destination
            .ok_or_else(|| WireError::bad_request("Event destination is not provided."))?;
        definition.check()?;
        Ok(definition)
    }
}

/// CreateConfigurationSetEventDestination.
pub(crate) async fn create(app: &App, request: &Request, set: &str) -> Answer {
    let create: DestinationRequest = request.json()?;
    let name = create.event_destination_name.clone();
    if !is_name(&name) {
        return Err(WireError::bad_request(format!(
            "Invalid event destination name <{name}>: only alphanumeric ASCII characters, '_', \
             and '-' are allowed."
        )));
    }
    let definition = create.definition()?;
    check_topic(app, request, set, &definition).await?;
    app.change_destinations(set, |destinations| {
        if destinations.contains_key(&name) {
            return Err(WireError::already_exists(format!(
                "An event destination with name <{name}> already exists for configuration set \
                 <{set}>."
            )));
        }
        let origin = Origin::Local;
        destinations.insert(name, Destination { origin, definition });
        Ok(())
    })?;
    Ok(json!({}))
}

/// GetConfigurationSetEventDestinations.
pub(crate) async fn get(app: &App, set_name: &str) -> Answer {
    app.refresh_set(set_name).await?;
    let state = app.state();
    let set = state.sets.get(set_name).ok_or_else(|| missing_set(set_name))?;
    let destinations: Vec<Value> = set
        .destinations
        .iter()
        .map(|(name, destination)| {
            let mut value = json!(destination.definition);
            put_member(&mut value, "Name", name);
            value
        })
        .collect();
    Ok(json!({"EventDestinations": destinations}))
}

/// UpdateConfigurationSetEventDestination: it replaces the definition.
pub(crate) async fn update(app: &App, request: &Request, set: &str, name: &str) -> Answer {
    let update: DestinationRequest = request.json()?;
    let definition = update.definition()?;
    check_topic(app, request, set, &definition).await?;
    app.change_destinations(set, |destinations| {
        let slot = destinations.get_mut(name).ok_or_else(|| missing(set, name))?;
        // From here on this server's word holds, whatever the local AWS says.
        *slot = Destination { origin: Origin::Local, definition };
        Ok(())
    })?;
    Ok(json!({}))
}

/// DeleteConfigurationSetEventDestination.
pub(crate) async fn delete(app: &App, set: &str, name: &str) -> Answer {
    app.refresh_set(set).await?;
    app.change_destinations(set, |destinations| {
        destinations.remove(name).map(|_| ()).ok_or_else(|| missing(set, name))
    })?;
    app.state().hidden_destinations.insert((set.to_owned(), name.to_owned()));
    Ok(json!({}))
}

/// Reads a destination of an existing set. An unknown set is reported before anything else.
async fn check_topic(
    app: &App,
    request: &Request,
    set: &str,
    definition: &Definition,
) -> Result<(), WireError> {
    app.refresh_set(set).await?;
    if !app.state().sets.contains_key(set) {
        return Err(missing_set(set));
    }
    match definition.topic_arn() {
        Some(topic) => {
            app.check_topic(app.region(request), &format!("configuration-set/{set}"), topic).await
        }
        None => Ok(()),
    }
}

fn missing(set: &str, name: &str) -> WireError {
    WireError::not_found(format!(
        "An event destination with name <{name}> does not exist for configuration set <{set}>."
    ))
}
