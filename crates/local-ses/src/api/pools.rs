//! The dedicated IP pools' operations. A pool has no addresses here; what counts is its mode.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::state::{Pool, State};
use crate::wire::{Answer, Request, WireError};

const MODES: [&str; 2] = ["STANDARD", "MANAGED"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateRequest {
    #[serde(default)]
    pool_name: String,
    scaling_mode: Option<String>,
}

/// CreateDedicatedIpPool.
pub(crate) fn create(app: &App, request: &Request) -> Answer {
    let create: CreateRequest = request.json()?;
    let mode = create.scaling_mode.unwrap_or_else(|| "STANDARD".to_owned());
    if !MODES.contains(&mode.as_str()) {
        return Err(WireError::not_in_enum("scalingMode", &mode, &MODES));
    }
    let name = create.pool_name;
    if name.is_empty() {
        return Err(WireError::bad_request("Pool name must not be empty."));
    }
    let mut state = app.state();
    if state.pools.contains_key(&name) {
        return Err(WireError::already_exists(format!("Pool <{name}> already exists.")));
    }
    state.pools.insert(name, Pool { scaling_mode: mode });
    Ok(json!({}))
}

/// GetDedicatedIpPool.
pub(crate) fn get(app: &App, name: &str) -> Answer {
    let state = app.state();
    let pool = state.pools.get(name).ok_or_else(|| missing(name))?;
    Ok(json!({"DedicatedIpPool": {"PoolName": name, "ScalingMode": pool.scaling_mode}}))
}

/// ListDedicatedIpPools; there are 50 at most, one page.
pub(crate) fn list(app: &App) -> Value {
    json!({"DedicatedIpPools": app.state().pools.keys().collect::<Vec<_>>()})
}

/// DeleteDedicatedIpPool. Configuration sets go on naming it.
pub(crate) fn delete(app: &App, name: &str) -> Answer {
    app.state().pools.remove(name).map(|_| json!({})).ok_or_else(|| missing(name))
}

/// The name of a pool, if there is one.
///
/// # Errors
///
/// NotFoundException when there is none.
pub(crate) fn existing(state: &State, name: String) -> Result<String, WireError> {
    if state.pools.contains_key(&name) { Ok(name) } else { Err(missing(&name)) }
}

fn missing(name: &str) -> WireError {
    WireError::not_found(format!("Pool <{name}> does not exist."))
}
