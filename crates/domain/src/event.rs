//! SES events in strict types, both families alike.
//!
//! Identity-level notifications (`notificationType`) and event publishing
//! (`eventType`) describe the same things; after decoding only
//! [`Family`] remembers which one it was.

mod bounce;
mod common_headers;
mod complaint;

use crate::address::{RawAddress, sender_domain};

pub use bounce::{Bounce, BounceSubType, BounceType, BouncedRecipient};
pub use common_headers::CommonHeaders;
pub use complaint::{Complaint, FeedbackType};

/// Which of the two SES formats an event came in. When both are configured the
/// same bounce arrives in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `notificationType`: feedback configured on an identity. Has no tags.
    Notification,
    /// `eventType`: event publishing of a configuration set.
    EventPublishing,
}

/// One SES event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SesEvent {
    /// The format it came in.
    pub family: Family,
    /// The mail it is about.
    pub mail: Mail,
    /// When it happened, in seconds since 1970; the mail's own time where the
    /// event has none.
    pub at_seconds: Option<i64>,
    /// Its own time in milliseconds, where it has one that can be read: what tells one
    /// opening of a mail from the next.
    pub at_millis: Option<i64>,
    /// What happened.
    pub detail: Detail,
    /// SES takes the opening or the click for a machine's.
    pub is_likely_bot: bool,
}

/// What an event says about the mail. Everything is optional, because the documented examples leave
/// each of these out somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mail {
    /// SES's id of the mail.
    pub message_id: Option<String>,
    /// When it was sent, in milliseconds since 1970.
    pub sent_ms: Option<i64>,
    /// The envelope sender, possibly with a display name.
    pub source: Option<RawAddress>,
    /// ARN of the sending identity.
    pub source_arn: Option<String>,
    /// Whom the mail was addressed to.
    pub destination: Vec<RawAddress>,
    /// Auto-tag `ses:from-domain`, as sent.
    pub from_domain: Option<String>,
    /// Auto-tag `ses:configuration-set`.
    pub configuration_set: Option<String>,
    /// Auto-tag `ses:tenant-name`, on feedback about a tenant's mail.
    pub tenant: Option<String>,
    /// Auto-tag `ses:caller-identity`, or `callerIdentity` of a notification.
    pub caller_identity: Option<String>,
    /// Auto-tag `ses:source-ip`, or `sourceIp` of a notification.
    pub source_ip: Option<String>,
    /// Auto-tag `ses:recipient-isp`: the mailbox provider as SES names it.
    pub recipient_isp: Option<String>,
    /// `commonHeaders`, where [`open_with_headers`](crate::envelope::open_with_headers) was asked.
    pub common_headers: CommonHeaders,
}

impl Mail {
    /// The sender's domain: `ses:from-domain`, else the domain of `source`, else
    /// of the identity in `sourceArn`; in lower case and as A-labels. `None` where
    /// none of them is a domain name.
    pub fn domain(&self) -> Option<String> {
        let tag = self.from_domain.as_deref().and_then(sender_domain);
        let source = || sender_domain(self.source.as_ref()?.parse().ok()?.domain());
        let identity = || {
            let (_, name) = self.source_arn.as_deref()?.split_once(":identity/")?;
            sender_domain(name.rsplit_once('@').map_or(name, |(_, domain)| domain))
        };
        tag.or_else(source).or_else(identity)
    }

    /// Recipients of the mail that are real: mailbox simulator addresses left out. A
    /// text that is no address is real.
    pub fn real_recipient_count(&self) -> u64 {
        let is_real = |raw: &&RawAddress| !raw.parse().is_ok_and(|address| address.is_simulator());
        self.destination.iter().filter(is_real).count() as u64
    }
}

/// What happened to the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// SES accepted the mail.
    Send,
    /// A receiver accepted it.
    Delivery(Delivery),
    /// It bounced.
    Bounce(Bounce),
    /// Somebody complained.
    Complaint(Complaint),
    /// SES found a virus and did not send.
    Reject,
    /// It was opened.
    Open,
    /// A link in it was followed.
    Click(Click),
    /// Its template could not be rendered.
    RenderingFailure,
    /// It is not delivered yet.
    DeliveryDelay(DeliveryDelay),
    /// A recipient changed contact list preferences.
    Subscription,
    /// A kind that this version does not know, by its name as SES wrote it.
    Unknown(String),
}

impl Detail {
    /// The event's name as event publishing spells it.
    pub fn name(&self) -> &str {
        match self {
            Self::Send => "Send",
            Self::Delivery(_) => "Delivery",
            Self::Bounce(_) => "Bounce",
            Self::Complaint(_) => "Complaint",
            Self::Reject => "Reject",
            Self::Open => "Open",
            Self::Click(_) => "Click",
            Self::RenderingFailure => "Rendering Failure",
            Self::DeliveryDelay(_) => "DeliveryDelay",
            Self::Subscription => "Subscription",
            Self::Unknown(name) => name,
        }
    }

    /// SES's id of the report, where there is one.
    pub fn feedback_id(&self) -> Option<&str> {
        match self {
            Self::Bounce(bounce) => bounce.feedback_id.as_deref(),
            Self::Complaint(complaint) => complaint.feedback_id.as_deref(),
            Self::Send
            | Self::Delivery(_)
            | Self::Reject
            | Self::Open
            | Self::Click(_)
            | Self::RenderingFailure
            | Self::DeliveryDelay(_)
            | Self::Subscription
            | Self::Unknown(_) => None,
        }
    }
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Who received it.
    pub recipients: Vec<RawAddress>,
    /// From acceptance by SES to acceptance by the receiver, in milliseconds.
    pub processing_time_ms: Option<u64>,
}

/// A click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Click {
    /// The link that was followed. It may hold anything, addresses too.
    pub link: Option<String>,
}

/// A delay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDelay {
    /// Who has not received it yet.
    pub recipients: Vec<RawAddress>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(tag: Option<&str>, source: Option<&str>, arn: Option<&str>) -> Mail {
        Mail {
            from_domain: tag.map(str::to_owned),
            source: source.map(RawAddress::from),
            source_arn: arn.map(str::to_owned),
            ..Mail::default()
        }
    }

    #[test]
    fn the_domain_comes_from_tag_then_source_then_identity() {
        let arn = "arn:aws:ses:eu-central-1:111122223333:identity/third.example.net";
        let cases = [
            (
                mail(Some("First.Example.com"), Some("x@second.example.org"), Some(arn)),
                Some("first.example.com"),
            ),
            (
                mail(Some("not a domain"), Some("X <x@Second.example.org>"), Some(arn)),
                Some("second.example.org"),
            ),
            (mail(None, Some("nobody"), Some(arn)), Some("third.example.net")),
            (
                mail(
                    None,
                    None,
                    Some("arn:aws:ses:eu-central-1:111122223333:identity/jane@fourth.example.com"),
                ),
                Some("fourth.example.com"),
            ),
            (mail(Some("bücher.example.net"), None, None), Some("xn--bcher-kva.example.net")),
            (
                mail(Some("-a-.example"), Some("x@[192.0.2.7]"), Some(arn)),
                Some("third.example.net"),
            ),
            (mail(Some("other"), Some("x@localhost"), None), None),
            (mail(None, None, None), None),
        ];
        for (mail, expected) in cases {
            assert_eq!(mail.domain().as_deref(), expected, "{mail:?}");
        }
    }

    #[test]
    fn simulator_recipients_are_not_real() {
        let mail = Mail {
            destination: vec![
                "jane@example.com".into(),
                "Sim <bounce@simulator.amazonses.com>".into(),
                "success+1@Simulator.amazonses.com".into(),
            ],
            ..Mail::default()
        };
        assert_eq!(mail.real_recipient_count(), 1);
    }
}
