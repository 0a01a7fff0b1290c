//! Names of what is written to CloudWatch.

/// A metric of the namespace. All of them count; the unit is `Count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// Mails accepted by SES, per recipient.
    Send,
    /// Mails accepted by receivers.
    Delivery,
    /// Permanent bounces.
    BounceHard,
    /// Transient bounces.
    BounceSoft,
    /// Complaints.
    Complaint,
    /// Bounces by whose fault they are.
    BounceFault,
    /// Mails from callers or addresses that are not on the lists.
    UnexpectedSender,
    /// Messages that asked for nothing, by reason.
    Ignored,
    /// Messages that could not be read, by reason.
    Malformed,
    /// Mails that SES refused for a virus.
    Reject,
    /// Delays.
    DeliveryDelay,
    /// Templates that could not be rendered.
    RenderingFailure,
    /// Bounces that SES could not interpret.
    BounceUndetermined,
    /// Mails that SES withheld because a list told it to.
    BounceEcho,
    /// Mails with more than one recipient.
    MultiRecipientMessage,
}

impl Metric {
    /// The metric's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Send => "Send",
            Self::Delivery => "Delivery",
            Self::BounceHard => "BounceHard",
            Self::BounceSoft => "BounceSoft",
            Self::Complaint => "Complaint",
            Self::BounceFault => "BounceFault",
            Self::UnexpectedSender => "UnexpectedSender",
            Self::Ignored => "Ignored",
            Self::Malformed => "Malformed",
            Self::Reject => "Reject",
            Self::DeliveryDelay => "DeliveryDelay",
            Self::RenderingFailure => "RenderingFailure",
            Self::BounceUndetermined => "BounceUndetermined",
            Self::BounceEcho => "BounceEcho",
            Self::MultiRecipientMessage => "MultiRecipientMessage",
        }
    }
}

/// The dimension sets that exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimensions {
    /// The whole account.
    None,
    /// `Domain`.
    Domain(String),
    /// `Domain`, `ConfigurationSet`.
    DomainConfigurationSet(String, String),
    /// `Domain`, `Fault`.
    DomainFault(String, &'static str),
    /// `Reason`.
    Reason(&'static str),
    /// `CallerIdentity`.
    CallerIdentity(String),
    /// `SourceIp`.
    SourceIp(String),
}

impl Dimensions {
    /// Names and values.
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::None => vec![],
            Self::Domain(domain) => vec![("Domain", domain)],
            Self::DomainConfigurationSet(domain, set) => {
                vec![("Domain", domain), ("ConfigurationSet", set)]
            }
            Self::DomainFault(domain, fault) => vec![("Domain", domain), ("Fault", fault)],
            Self::Reason(reason) => vec![("Reason", reason)],
            Self::CallerIdentity(identity) => vec![("CallerIdentity", identity)],
            Self::SourceIp(ip) => vec![("SourceIp", ip)],
        }
    }
}

/// A metric with its dimensions: what CloudWatch bills by the hour.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Series {
    /// The metric.
    pub metric: Metric,
    /// Its dimensions.
    pub dimensions: Dimensions,
}

/// One value of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Datum {
    /// Which series.
    pub series: Series,
    /// The minute, in seconds since 1970.
    pub minute_seconds: i64,
    /// How many.
    pub value: f64,
    /// The messages, by their place in the batch, that are counted in it.
    pub messages: Vec<usize>,
}

/// Whether CloudWatch takes a text as a dimension value: 1 to 1024 ASCII
/// characters, none of them a control character, one of them not blank. Much
/// shorter ones are let through only: nothing real is as long.
pub(super) fn is_dimension_value(text: &str) -> bool {
    text.len() <= 255 && text.bytes().all(|b| (b' '..=b'~').contains(&b)) && !text.trim().is_empty()
}
