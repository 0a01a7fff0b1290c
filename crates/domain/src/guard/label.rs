//! What an alarm watches, and how severe it is.

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

    /// The metric of ours that counts its events.
    pub fn event_metric(self) -> &'static str {
        match self {
            Self::Bounce => "BounceHard",
            Self::Complaint => "Complaint",
        }
    }

    /// The metric of ours that counts the mails that they are held against.
    pub fn mail_metric(self) -> &'static str {
        match self {
            Self::Bounce => "Send",
            Self::Complaint => "Delivery",
        }
    }

    /// AWS's own metric of it, a fraction.
    pub fn aws_metric(self) -> &'static str {
        match self {
            Self::Bounce => "Reputation.BounceRate",
            Self::Complaint => "Reputation.ComplaintRate",
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

/// How severe an alarm is; a pause is more than a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
