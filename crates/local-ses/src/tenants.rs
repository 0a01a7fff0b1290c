//! Tenants: parts of an account that may keep a suppression list of their own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;
use crate::json::put_member;
use crate::suppression::{Reason, SuppressionList};
use crate::tags::Tags;
use crate::wire::WireError;

/// Which suppression list applies when mail is sent. SES never uses both.
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

/// Whether a tenant sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendingStatus {
    Enabled,
    /// Sends whatever AWS has found.
    Reinstated,
    Disabled,
}

impl SendingStatus {
    const ALL: [Self; 3] = [Self::Enabled, Self::Reinstated, Self::Disabled];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Reinstated => "REINSTATED",
            Self::Disabled => "DISABLED",
        }
    }

    /// Reads the name of a status.
    ///
    /// # Errors
    ///
    /// BadRequestException for any other word.
    pub(crate) fn parse(text: &str) -> Result<Self, WireError> {
        let names = Self::ALL.map(Self::name);
        let found = Self::ALL.into_iter().find(|status| status.name() == text);
        found.ok_or_else(|| WireError::not_in_enum("sendingStatus", text, &names))
    }
}

/// A status with its history: the owner's, or that of AWS.
#[derive(Debug, Clone)]
pub(crate) struct ManagedStatus {
    pub(crate) status: SendingStatus,
    pub(crate) cause: String,
    pub(crate) since_ms: i64,
}

impl ManagedStatus {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "Status": self.status.name(),
            "Cause": self.cause,
            "LastUpdatedTimestamp": clock::epoch_seconds(self.since_ms),
        })
    }
}

/// The ARN of one of AWS's reputation policies.
pub(crate) fn policy_arn(region: &str, name: &str) -> String {
    format!("arn:aws:ses:{region}:aws:reputation-policy/{name}")
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
    /// The owner's switch, once it was used.
    pub(crate) customer_managed: Option<ManagedStatus>,
    pub(crate) aws_managed: ManagedStatus,
    /// The findings for which AWS pauses it: standard, strict or none.
    pub(crate) reputation_policy: &'static str,
    /// LOW or HIGH where AWS has found something.
    pub(crate) reputation_impact: Option<String>,
}

impl Tenant {
    /// A new tenant.
    pub(crate) fn new(id: String, arn: String, now_ms: i64) -> Self {
        Self {
            id,
            arn,
            created_ms: now_ms,
            tags: Tags::default(),
            attributes: None,
            suppression: SuppressionList::default(),
            customer_managed: None,
            aws_managed: ManagedStatus {
                status: SendingStatus::Enabled,
                cause: "No active finding".to_owned(),
                since_ms: now_ms,
            },
            reputation_policy: "standard",
            reputation_impact: None,
        }
    }

    /// What holds of both switches: either side disables, and the owner may overrule AWS.
    pub(crate) fn sending_status(&self) -> SendingStatus {
        match self.customer_managed.as_ref().map(|own| own.status) {
            Some(SendingStatus::Disabled) => SendingStatus::Disabled,
            Some(SendingStatus::Reinstated) => SendingStatus::Reinstated,
            Some(SendingStatus::Enabled) | None => self.aws_managed.status,
        }
    }

    /// The members that a listing gives.
    pub(crate) fn summary(&self, name: &str) -> Value {
        json!({
            "TenantName": name,
            "TenantId": self.id,
            "TenantArn": self.arn,
            "CreatedTimestamp": clock::epoch_seconds(self.created_ms),
            "SendingStatus": self.sending_status().name(),
        })
    }

    /// The answer of CreateTenant and of GetTenant.
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
