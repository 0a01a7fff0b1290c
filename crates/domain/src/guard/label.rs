//! What an alarm watches, and how severe it is.

use std::collections::BTreeMap;

/// Tag that says what an alarm watches: `account`, `configuration-set`,
/// `domain` or `tenant`.
pub const TAG_SCOPE: &str = "ses-warden:scope";
/// Tag with the name of the configuration set or domain, or the tenant's ARN.
pub const TAG_TARGET: &str = "ses-warden:target";
/// Tag that says what is measured: `bounce`, `complaint` or, of the account only,
/// `unexpected-sender`.
pub const TAG_MEASURE: &str = "ses-warden:measure";
/// Tag that says what to do: `warn` notifies, `critical` pauses.
pub const TAG_SEVERITY: &str = "ses-warden:severity";
/// Tag that guard writes: the time stamp of the episode it handled last.
pub const TAG_HANDLED: &str = "ses-warden:handled";
/// Tag that guard writes: the time stamp of the episode that it notified of and decides about again
/// while it lasts, and the codes of its notices.
pub const TAG_NOTIFIED: &str = "ses-warden:warned";

/// What an alarm watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole account in this Region.
    Account,
    /// One configuration set.
    ConfigurationSet(String),
    /// One sender domain, whichever sets carry its mail.
    Domain(String),
    /// One tenant, by its ARN.
    Tenant(String),
}

impl Scope {
    /// The stable word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::ConfigurationSet(_) => "configuration-set",
            Self::Domain(_) => "domain",
            Self::Tenant(_) => "tenant",
        }
    }

    /// The set's or domain's name; `all` for the account.
    pub fn target(&self) -> &str {
        match self {
            Self::Account => "all",
            Self::ConfigurationSet(name) | Self::Domain(name) | Self::Tenant(name) => name,
        }
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Hard bounces over sends.
    Bounce,
    /// Complaints over deliveries; over sends for a configuration set, whose deliveries are not
    /// counted.
    Complaint,
}

impl Measure {
    /// The stable word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
        }
    }
}

/// What the number of an alarm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// A rate, which our own counts can prove.
    Rate(Measure),
    /// Mail by callers or from addresses that are on no list of the operator's.
    UnexpectedSender,
}

impl Watched {
    /// The stable word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate(measure) => measure.name(),
            Self::UnexpectedSender => "unexpected-sender",
        }
    }

    /// The rate, where it is one.
    pub fn rate(self) -> Option<Measure> {
        match self {
            Self::Rate(measure) => Some(measure),
            Self::UnexpectedSender => None,
        }
    }
}

/// How severe an alarm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Notify people.
    Warn,
    /// Pause, and notify people.
    Critical,
}

impl Severity {
    /// The stable word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Critical => "critical",
        }
    }
}

/// What guard knows of an alarm by its definition; see [`super::AlarmDefinition`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What it watches.
    pub scope: Scope,
    /// What it measures.
    pub watched: Watched,
    /// How severe it is.
    pub severity: Severity,
}

impl Label {
    /// Reads the tags; `None` where one is missing or holds another word. An alarm
    /// without a full label leads to a notice and never pauses anything.
    pub fn from_tags(tags: &BTreeMap<String, String>) -> Option<Self> {
        let target = || tags.get(TAG_TARGET).filter(|t| !t.is_empty()).cloned();
        let scope = match tags.get(TAG_SCOPE)?.as_str() {
            "account" => Scope::Account,
            "configuration-set" => Scope::ConfigurationSet(target()?),
            // As metrics writes it.
            "domain" => Scope::Domain(target()?.to_ascii_lowercase()),
            "tenant" => Scope::Tenant(
                target().filter(|arn| arn.starts_with("arn:") && arn.contains(":tenant/"))?,
            ),
            _ => return None,
        };
        let watched = match tags.get(TAG_MEASURE)?.as_str() {
            "bounce" => Watched::Rate(Measure::Bounce),
            "complaint" => Watched::Rate(Measure::Complaint),
            // Counted for the account as a whole.
            "unexpected-sender" if scope == Scope::Account => Watched::UnexpectedSender,
            _ => return None,
        };
        let severity = match tags.get(TAG_SEVERITY)?.as_str() {
            "warn" => Severity::Warn,
            "critical" => Severity::Critical,
            _ => return None,
        };
        Some(Self { scope, watched, severity })
    }
}

/// The order in which alarms that are in ALARM together are handled: the account first, because its
/// pause stops most and takes two calls; pauses before warnings.
pub fn rank(label: Option<&Label>) -> u8 {
    match label {
        Some(Label { severity: Severity::Critical, scope: Scope::Account, .. }) => 0,
        Some(Label { severity: Severity::Critical, .. }) => 1,
        Some(Label { severity: Severity::Warn, .. }) => 2,
        None => 3,
    }
}
