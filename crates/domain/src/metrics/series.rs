//! Names of what is written to CloudWatch.

use std::sync::Arc;

/// A metric of the namespace.
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
    /// Permanent bounces that are the sender's fault: SES's own suppression list may
    /// have taken the address all the same.
    RescueCandidate,
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
    /// Mails that SES withheld because of a suppression list.
    BounceEcho,
    /// Mails with more than one recipient.
    MultiRecipientMessage,
    /// Openings, each one.
    Open,
    /// Links followed, each time.
    Click,
    /// Openings that SES takes for a machine's; not among `Open`.
    OpenByBot,
    /// Links followed by what SES takes for a machine; not among `Click`.
    ClickByBot,
    /// Changes of contact list preferences.
    Subscription,
    /// From acceptance by SES to acceptance by the receiver.
    DeliveryTime,
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
            Self::RescueCandidate => "RescueCandidate",
            Self::UnexpectedSender => "UnexpectedSender",
            Self::Ignored => "Ignored",
            Self::Malformed => "Malformed",
            Self::Reject => "Reject",
            Self::DeliveryDelay => "DeliveryDelay",
            Self::RenderingFailure => "RenderingFailure",
            Self::BounceUndetermined => "BounceUndetermined",
            Self::BounceEcho => "BounceEcho",
            Self::MultiRecipientMessage => "MultiRecipientMessage",
            Self::Open => "Open",
            Self::Click => "Click",
            Self::OpenByBot => "OpenByBot",
            Self::ClickByBot => "ClickByBot",
            Self::Subscription => "Subscription",
            Self::DeliveryTime => "DeliveryTime",
        }
    }
}

/// The dimension sets that exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimensions {
    /// The whole account.
    None,
    /// `Domain`.
    Domain(Arc<str>),
    /// `Domain`, `ConfigurationSet`.
    DomainConfigurationSet(Arc<str>, Arc<str>),
    /// `Domain`, `Fault`.
    DomainFault(Arc<str>, &'static str),
    /// `Domain`, `Provider`.
    DomainProvider(Arc<str>, &'static str),
    /// `Reason`.
    Reason(&'static str),
    /// `CallerIdentity`.
    CallerIdentity(Arc<str>),
    /// `SourceIp`.
    SourceIp(Arc<str>),
}

impl Dimensions {
    /// The sender's domain, where that is one of them.
    pub(super) fn domain(&self) -> Option<&Arc<str>> {
        match self {
            Self::Domain(domain)
            | Self::DomainConfigurationSet(domain, _)
            | Self::DomainFault(domain, _)
            | Self::DomainProvider(domain, _) => Some(domain),
            Self::None | Self::Reason(_) | Self::CallerIdentity(_) | Self::SourceIp(_) => None,
        }
    }

    /// Names and values.
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::None => vec![],
            Self::Domain(domain) => vec![("Domain", domain)],
            Self::DomainConfigurationSet(domain, set) => {
                vec![("Domain", domain), ("ConfigurationSet", set)]
            }
            Self::DomainFault(domain, fault) => vec![("Domain", domain), ("Fault", fault)],
            Self::DomainProvider(domain, provider) => {
                vec![("Domain", domain), ("Provider", provider)]
            }
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

/// One point of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Datum {
    /// The series.
    pub series: Series,
    /// The minute, in seconds since 1970.
    pub minute_seconds: i64,
    /// The value.
    pub amount: Amount,
    /// The messages, by their place in the batch, that are counted in it.
    pub messages: Vec<usize>,
}

/// The value of a datum.
#[derive(Debug, Clone, PartialEq)]
pub enum Amount {
    /// A count.
    Count(u64),
    /// Different durations in milliseconds, each with how often it occurred; never
    /// empty, at most [`super::Limits::values`].
    Millis(Vec<(f64, u64)>),
}

impl Datum {
    /// The sum of what is written: CloudWatch's statistic `Sum`.
    #[expect(clippy::cast_precision_loss, reason = "counts of one batch stay far below 2^52")]
    pub fn sum(&self) -> f64 {
        match &self.amount {
            Amount::Count(n) => *n as f64,
            Amount::Millis(values) => {
                values.iter().map(|(value, times)| value * *times as f64).sum()
            }
        }
    }

    /// How many events or recipients it speaks of.
    pub fn count(&self) -> u64 {
        match &self.amount {
            Amount::Count(n) => *n,
            Amount::Millis(values) => values.iter().map(|(_, times)| times).sum(),
        }
    }
}

/// Whether CloudWatch takes a text as a dimension value: 1 to 1024 ASCII
/// characters, none of them a control character, one of them not blank. Much
/// shorter ones are let through only: nothing real is as long.
pub(super) fn is_dimension_value(text: &str) -> bool {
    text.len() <= 255 && text.bytes().all(|b| (b' '..=b'~').contains(&b)) && !text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimension_values_are_printable_short_and_not_blank() {
        let (longest, too_long) = ("x".repeat(255), "x".repeat(256));
        for (text, wanted) in [
            ("a", true),
            (" a~", true),
            (longest.as_str(), true),
            (too_long.as_str(), false),
            ("", false),
            (" ", false),
            ("   ", false),
            ("a\u{7f}", false),
            ("a\u{1f}", false),
            ("a\n", false),
            ("\u{e4}", false),
        ] {
            assert_eq!(is_dimension_value(text), wanted, "{text:?}");
        }
    }
}
