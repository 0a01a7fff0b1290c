//! Tenants: parts of an account that may keep a suppression list of their own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;
use crate::json::put_member;
use crate::suppression::{Reason, SuppressionList};
use crate::tags::Tags;
use crate::wire::WireError;

/// Whose list is asked when mail is sent. The two never add up.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Scope {
    #[default]
    Account,
    Tenant,
}

impl Scope {
    const NAMES: [&'static str; 2] = ["ACCOUNT", "TENANT"];

    /// Reads the name of a scope.
    ///
    /// # Errors
    ///
    /// BadRequestException for any other word.
    pub(crate) fn parse(text: &str) -> Result<Self, WireError> {
        match text {
            "ACCOUNT" => Ok(Self::Account),
            "TENANT" => Ok(Self::Tenant),
            _ => Err(WireError::not_in_enum("suppressionScope", text, &Self::NAMES)),
        }
    }
}

/// A tenant's own suppression settings: both or none, as SES has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attributes {
    #[serde(rename = "SuppressedReasons")]
    pub(crate) reasons: Vec<Reason>,
    #[serde(rename = "SuppressionScope")]
    pub(crate) scope: Scope,
}

/// One tenant of a Region.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) created_ms: i64,
    pub(crate) tags: Tags,
    /// Without them the account's settings and list are in force.
    pub(crate) attributes: Option<Attributes>,
    pub(crate) suppression: SuppressionList,
}

impl Tenant {
    /// The members that a listing gives.
    pub(crate) fn summary(&self, name: &str) -> Value {
        json!({
            "TenantName": name,
            "TenantId": self.id,
            "TenantArn": self.arn,
            "CreatedTimestamp": clock::epoch_seconds(self.created_ms),
            "SendingStatus": "ENABLED",
        })
    }

    /// The answer of CreateTenant, and what GetTenant tells.
    pub(crate) fn to_json(&self, name: &str) -> Value {
        let mut tenant = self.summary(name);
        put_member(&mut tenant, "Tags", &self.tags);
        if let Some(attributes) = &self.attributes {
            put_member(&mut tenant, "SuppressionAttributes", attributes);
        }
        tenant
    }
}

/// NotFoundException for a tenant.
pub(crate) fn missing_tenant(name: &str) -> WireError {
    WireError::not_found(format!("Tenant <{name}> does not exist."))
}
