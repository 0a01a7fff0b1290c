//! SES events to CloudWatch data, one batch at a time.
//!
//! A [`Batch`] takes readings in and adds them up by series and minute; what
//! comes out says which messages each datum carries, so that a refused call gives
//! back exactly those. [`Recent`] remembers what was counted, because every hop
//! delivers at least once and the two SES formats say the same thing twice.

mod recent;
mod series;

pub use recent::{EventKey, Recent};
pub use series::{Datum, Dimensions, Metric, Series};

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::address::EmailAddress;
use crate::envelope::Reading;
use crate::event::{Bounce, BounceType, Complaint, Detail, FeedbackType, Mail, SesEvent};
use crate::outcome::{Acted, Ignored, Outcome};
use crate::suppression::{finding, is_delayed};

/// Oldest time stamp that PutMetricData takes: two weeks, less a quarter of an
/// hour for the way there.
const OLDEST_SECONDS: i64 = 14 * 24 * 3600 - 900;
/// Furthest time stamp ahead that it takes: two hours, less a quarter of an hour.
const NEWEST_SECONDS: i64 = 2 * 3600 - 900;

/// What the operator may choose.
#[derive(Debug, Clone)]
pub struct Config {
    /// Sender domains that get series of their own, in a batch and in the life of
    /// a function; the rest share `other`.
    pub max_domains: usize,
    /// Caller identities that may send; empty: not checked.
    pub caller_identities: Vec<String>,
    /// Networks that may send; empty: not checked.
    pub source_networks: Vec<IpNet>,
}

/// A network as `192.0.2.0/24`, or a single address.
pub fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

impl Default for Config {
    fn default() -> Self {
        Self { max_domains: 100, caller_identities: Vec::new(), source_networks: Vec::new() }
    }
}

/// Names that have series of their own, up to a cap. Lives as long as the
/// function, so that a sender cannot run up the bill batch by batch.
#[derive(Debug, Default)]
pub struct KnownNames {
    domains: BTreeSet<String>,
    senders: BTreeSet<String>,
}

impl KnownNames {
    fn admit(names: &mut BTreeSet<String>, name: String, cap: usize) -> String {
        if names.contains(&name) {
            return name;
        }
        if names.len() >= cap {
            return "other".to_owned();
        }
        names.insert(name.clone());
        name
    }
}

/// One batch being added up.
#[derive(Debug)]
pub struct Batch<'a> {
    config: &'a Config,
    names: &'a mut KnownNames,
    recent: &'a Recent,
    now_seconds: i64,
    cells: BTreeMap<(Series, i64), Cell>,
    keys: BTreeMap<EventKey, usize>,
    restamped: u64,
}

#[derive(Debug, Default)]
struct Cell {
    value: f64,
    messages: Vec<usize>,
}

/// What a batch came to.
#[derive(Debug)]
pub struct Totals {
    /// The data, each with the messages it carries.
    pub data: Vec<Datum>,
    /// What was counted, and by which message, for [`Recent::remember`] once the
    /// data are written.
    pub keys: Vec<(EventKey, usize)>,
    /// Events whose time CloudWatch would not take; they count as of now.
    pub restamped: u64,
}

impl<'a> Batch<'a> {
    /// An empty batch. `now_seconds` is the time since 1970.
    pub fn new(config: &'a Config, names: &'a mut KnownNames, recent: &'a Recent, now_seconds: i64) -> Self {
        Self { config, names, recent, now_seconds, cells: BTreeMap::new(), keys: BTreeMap::new(), restamped: 0 }
    }

    /// Adds the message at place `message` of the batch and says how it ends if
    /// all calls succeed.
    pub fn add(&mut self, message: usize, reading: &Reading) -> Outcome {
        let outcome = match reading {
            Reading::Event(event) => self.event(message, event),
            Reading::Alarm(_) => Ignored::OtherEvent.into(),
            Reading::Ignored(reason) => (*reason).into(),
            Reading::Broken(reason) => (*reason).into(),
        };
        let minute = minute(self.now_seconds);
        match outcome {
            Outcome::Ignored(reason) => {
                self.count(Metric::Ignored, Dimensions::Reason(reason.code()), minute, 1, message);
            }
            // Given back, so it comes again: each delivery of it is one count.
            Outcome::GivenBack(reason) => {
                self.count_only(Metric::Malformed, Dimensions::Reason(reason.code()), minute);
            }
            Outcome::Acted(_) => {}
        }
        outcome
    }

    /// Ends the batch.
    pub fn finish(self) -> Totals {
        let data = self
            .cells
            .into_iter()
            .map(|((series, minute_seconds), cell)| Datum {
                series,
                minute_seconds,
                value: cell.value,
                messages: cell.messages,
            })
            .collect();
        Totals { data, keys: self.keys.into_iter().collect(), restamped: self.restamped }
    }

    fn event(&mut self, message: usize, event: &SesEvent) -> Outcome {
        if let Detail::Unknown(_) = event.detail {
            return Ignored::UnknownEvent.into();
        }
        let raw = event.mail.domain().unwrap_or_else(|| "unknown".to_owned());
        let domain = KnownNames::admit(&mut self.names.domains, raw, self.config.max_domains);
        let stamp = self.stamp(event.at_seconds);
        let at = At { message, minute: stamp, domain };
        match &event.detail {
            Detail::Send => self.send(&at, event),
            Detail::Delivery(delivery) => {
                let fresh = self.fresh_recipients(&at, event, &delivery.recipients);
                self.totals(&at, Metric::Delivery, fresh)
            }
            Detail::Bounce(bounce) => self.bounce(&at, event, bounce),
            Detail::Complaint(complaint) => self.complaint(&at, event, complaint),
            Detail::DeliveryDelay(delay) => {
                let fresh = self.fresh_recipients(&at, event, &delay.recipients);
                self.per_domain(&at, Metric::DeliveryDelay, fresh)
            }
            Detail::Reject => self.whole_mail(&at, event, Metric::Reject),
            Detail::RenderingFailure => self.whole_mail(&at, event, Metric::RenderingFailure),
            Detail::Open | Detail::Click | Detail::Subscription | Detail::Unknown(_) => Ignored::OtherEvent.into(),
        }
    }

    fn send(&mut self, at: &At, event: &SesEvent) -> Outcome {
        if !self.is_fresh(at.message, EventKey::of_mail(event)) {
            return Ignored::Duplicate.into();
        }
        let recipients = recipients_of_mail(&event.mail);
        if recipients == 0 {
            return Ignored::Simulator.into();
        }
        self.totals(at, Metric::Send, recipients);
        self.by_configuration_set(at, &event.mail, Metric::Send, recipients);
        if event.mail.destination.len() > 1 {
            self.per_domain(at, Metric::MultiRecipientMessage, 1);
        }
        self.unexpected_sender(at, &event.mail, recipients);
        Outcome::Acted(Acted::Counted)
    }

    fn whole_mail(&mut self, at: &At, event: &SesEvent, metric: Metric) -> Outcome {
        if !self.is_fresh(at.message, EventKey::of_mail(event)) {
            return Ignored::Duplicate.into();
        }
        match recipients_of_mail(&event.mail) {
            0 => Ignored::Simulator.into(),
            recipients => self.per_domain(at, metric, recipients),
        }
    }

    fn bounce(&mut self, at: &At, event: &SesEvent, bounce: &Bounce) -> Outcome {
        let mut end = Nothing::default();
        for recipient in &bounce.recipients {
            if !end.note(self.fresh_recipient(at.message, event, &recipient.address)) {
                continue;
            }
            if bounce.sub_type.is_echo() {
                self.per_domain(at, Metric::BounceEcho, 1);
                continue;
            }
            let finding = finding(bounce, recipient);
            match &bounce.bounce_type {
                BounceType::Permanent if !is_delayed(recipient, &finding) => {
                    self.totals(at, Metric::BounceHard, 1);
                    self.by_configuration_set(at, &event.mail, Metric::BounceHard, 1);
                }
                BounceType::Permanent | BounceType::Transient => {
                    self.totals(at, Metric::BounceSoft, 1);
                }
                BounceType::Undetermined | BounceType::Unknown(_) => {
                    self.per_domain(at, Metric::BounceUndetermined, 1);
                }
            }
            let fault = Dimensions::DomainFault(at.domain.clone(), finding.fault.code());
            self.count(Metric::BounceFault, fault, at.minute, 1, at.message);
        }
        end.outcome()
    }

    fn complaint(&mut self, at: &At, event: &SesEvent, complaint: &Complaint) -> Outcome {
        if complaint.sub_type.is_some() {
            return Ignored::Echo.into();
        }
        match complaint.feedback_type {
            FeedbackType::NotSpam => return Ignored::NotSpam.into(),
            FeedbackType::AuthFailure => return Ignored::AuthFailureReport.into(),
            FeedbackType::Abuse | FeedbackType::Fraud | FeedbackType::Other | FeedbackType::Virus => {}
        }
        match self.fresh_recipients(at, event, &complaint.recipients) {
            Ok(recipients) => {
                self.by_configuration_set(at, &event.mail, Metric::Complaint, recipients);
                self.totals(at, Metric::Complaint, Ok(recipients))
            }
            Err(reason) => reason.into(),
        }
    }

    /// How many of `recipients` are real and new; an error where none is.
    fn fresh_recipients(&mut self, at: &At, event: &SesEvent, recipients: &[String]) -> Result<u64, Ignored> {
        let mut end = Nothing::default();
        let fresh = recipients.iter().filter(|r| end.note(self.fresh_recipient(at.message, event, r))).count();
        match end.outcome() {
            Outcome::Ignored(reason) => Err(reason),
            Outcome::Acted(_) | Outcome::GivenBack(_) => Ok(fresh as u64),
        }
    }

    fn fresh_recipient(&mut self, message: usize, event: &SesEvent, recipient: &str) -> Result<(), Ignored> {
        // A text that is no address still counts: something did happen to it.
        let address = EmailAddress::parse(recipient).ok();
        if address.as_ref().is_some_and(EmailAddress::is_simulator) {
            return Err(Ignored::Simulator);
        }
        let name = address.map_or_else(|| recipient.to_owned(), |a| a.key());
        if self.is_fresh(message, EventKey::of_recipient(event, &name)) { Ok(()) } else { Err(Ignored::Duplicate) }
    }

    /// Whether a key was counted neither recently nor by another message of this
    /// batch. Mail without an id cannot be recognized and always counts.
    fn is_fresh(&mut self, message: usize, key: Option<EventKey>) -> bool {
        let Some(key) = key else { return true };
        if self.recent.holds(key) || self.keys.contains_key(&key) {
            return false;
        }
        self.keys.insert(key, message);
        true
    }

    fn unexpected_sender(&mut self, at: &At, mail: &Mail, recipients: u64) {
        let identities = &self.config.caller_identities;
        if !identities.is_empty() {
            let identity = mail.caller_identity.as_deref().unwrap_or("unknown");
            if !identities.iter().any(|allowed| allowed == identity) {
                let name = self.sender_name(identity);
                self.count(
                    Metric::UnexpectedSender,
                    Dimensions::CallerIdentity(name),
                    at.minute,
                    recipients,
                    at.message,
                );
            }
        }
        let networks = &self.config.source_networks;
        if !networks.is_empty() {
            let text = mail.source_ip.as_deref().unwrap_or("unknown");
            let inside = text.parse::<IpAddr>().is_ok_and(|ip| networks.iter().any(|network| network.contains(&ip)));
            if !inside {
                let name = self.sender_name(text);
                self.count(Metric::UnexpectedSender, Dimensions::SourceIp(name), at.minute, recipients, at.message);
            }
        }
    }

    /// A sender's name as a dimension value: ASCII, bounded in length and number.
    fn sender_name(&mut self, text: &str) -> String {
        let name = if series::is_dimension_value(text) { text.to_owned() } else { "unknown".to_owned() };
        KnownNames::admit(&mut self.names.senders, name, self.config.max_domains)
    }

    fn totals(&mut self, at: &At, metric: Metric, recipients: impl Into<Counted>) -> Outcome {
        let recipients = match recipients.into().0 {
            Ok(n) => n,
            Err(reason) => return reason.into(),
        };
        self.count(metric, Dimensions::None, at.minute, recipients, at.message);
        self.per_domain(at, metric, recipients)
    }

    fn per_domain(&mut self, at: &At, metric: Metric, recipients: impl Into<Counted>) -> Outcome {
        match recipients.into().0 {
            Ok(n) => {
                self.count(metric, Dimensions::Domain(at.domain.clone()), at.minute, n, at.message);
                Outcome::Acted(Acted::Counted)
            }
            Err(reason) => reason.into(),
        }
    }

    fn by_configuration_set(&mut self, at: &At, mail: &Mail, metric: Metric, recipients: u64) {
        let Some(set) = mail.configuration_set.as_deref().filter(|set| series::is_dimension_value(set)) else {
            return;
        };
        let dimensions = Dimensions::DomainConfigurationSet(at.domain.clone(), set.to_owned());
        self.count(metric, dimensions, at.minute, recipients, at.message);
    }

    fn count(&mut self, metric: Metric, dimensions: Dimensions, minute: i64, n: u64, message: usize) {
        let cell = self.cells.entry((Series { metric, dimensions }, minute)).or_default();
        #[expect(clippy::cast_precision_loss, reason = "counts of one batch stay far below 2^52")]
        let n = n as f64;
        cell.value += n;
        if cell.messages.last() != Some(&message) {
            cell.messages.push(message);
        }
    }

    fn count_only(&mut self, metric: Metric, dimensions: Dimensions, minute: i64) {
        self.cells.entry((Series { metric, dimensions }, minute)).or_default().value += 1.0;
    }

    /// The event's minute; now where CloudWatch would not take it.
    fn stamp(&mut self, at_seconds: Option<i64>) -> i64 {
        let range = self.now_seconds - OLDEST_SECONDS..=self.now_seconds + NEWEST_SECONDS;
        match at_seconds {
            Some(at) if range.contains(&at) => minute(at),
            Some(_) => {
                self.restamped += 1;
                minute(self.now_seconds)
            }
            None => minute(self.now_seconds),
        }
    }
}

struct At {
    message: usize,
    minute: i64,
    domain: String,
}

/// A count, or the reason why there is none.
struct Counted(Result<u64, Ignored>);

impl From<u64> for Counted {
    fn from(n: u64) -> Self {
        Self(Ok(n))
    }
}

impl From<Result<u64, Ignored>> for Counted {
    fn from(n: Result<u64, Ignored>) -> Self {
        Self(n)
    }
}

/// Keeps the reason for counting nothing, in case nothing is counted at all.
#[derive(Default)]
struct Nothing {
    counted: bool,
    reason: Option<Ignored>,
}

impl Nothing {
    fn note(&mut self, fresh: Result<(), Ignored>) -> bool {
        match fresh {
            Ok(()) => self.counted = true,
            Err(reason) => self.reason = self.reason.or(Some(reason)),
        }
        fresh.is_ok()
    }

    fn outcome(self) -> Outcome {
        match self.reason {
            Some(reason) if !self.counted => reason.into(),
            _ => Outcome::Acted(Acted::Counted),
        }
    }
}

/// Recipients a whole-mail event speaks of; one where the list is missing.
fn recipients_of_mail(mail: &Mail) -> u64 {
    if mail.destination.is_empty() { 1 } else { mail.real_recipient_count() }
}

fn minute(seconds: i64) -> i64 {
    seconds - seconds.rem_euclid(60)
}

#[cfg(test)]
mod tests;
