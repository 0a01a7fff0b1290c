//! Settings of the Virtual Deliverability Manager, and what it recommends.

use serde::{Deserialize, Serialize};

/// A switch as this part of the API writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Switch {
    Enabled,
    Disabled,
}

/// The account's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccountAttributes {
    pub(crate) vdm_enabled: Switch,
    #[serde(skip_serializing_if = "Option::is_none")]
    dashboard_attributes: Option<Engagement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian_attributes: Option<Delivery>,
}

impl Default for AccountAttributes {
    fn default() -> Self {
        Self {
            vdm_enabled: Switch::Disabled,
            dashboard_attributes: None,
            guardian_attributes: None,
        }
    }
}

/// The settings of a configuration set, over those of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    dashboard_options: Option<Engagement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian_options: Option<Delivery>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Engagement {
    #[serde(skip_serializing_if = "Option::is_none")]
    engagement_metrics: Option<Switch>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delivery {
    #[serde(skip_serializing_if = "Option::is_none")]
    optimized_shared_delivery: Option<Switch>,
}

/// One recommendation, as the control plane sets it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recommendation {
    /// The identity's ARN.
    pub(crate) resource_arn: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) description: String,
    #[serde(default = "high")]
    pub(crate) impact: String,
    #[serde(default = "open")]
    pub(crate) status: String,
}

fn high() -> String {
    "HIGH".to_owned()
}

fn open() -> String {
    "OPEN".to_owned()
}
