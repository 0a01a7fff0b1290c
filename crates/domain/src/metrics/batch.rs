//! Adds up the messages of one batch.

use std::collections::HashSet;
use std::sync::Arc;

use super::bounce_kind::BounceKind;
use super::context::{EventContext, Tally};
use super::event_key::KeySubject;
use super::ledger::Ledger;
use super::provider::provider;
use super::{
    Config, Datum, Dimensions, DurationBucket, EventKey, KnownNames, Limits, Metric, Recent, Series,
};
use crate::address::{EmailAddress, RawAddress};
use crate::envelope::Reading;
use crate::event::{Mail, SesEvent};
use crate::outcome::{Ignored, Outcome};
use crate::suppression::Policy;

/// Oldest time stamp that PutMetricData takes: two weeks, less a quarter of an
/// hour for the way there.
const OLDEST_SECONDS: i64 = 14 * 24 * 3600 - 900;
/// Furthest time stamp ahead that it takes: two hours, less a quarter of an hour.
const NEWEST_SECONDS: i64 = 2 * 3600 - 900;

/// One batch being added up.
#[derive(Debug)]
pub struct Batch<'a> {
    pub(super) config: &'a Config,
    pub(super) names: &'a mut KnownNames,
    recent: &'a Recent,
    now_seconds: i64,
    /// If the sender caused the bounce, no setting changes that suppress keeps the address.
    pub(super) policy: Policy,
    pub(super) ledger: Ledger,
    keys: Vec<(EventKey, usize)>,
    key_set: HashSet<EventKey>,
    /// Keys before this place belong to messages that are done.
    done_keys: usize,
    /// Series that were written for the key at hand when it came before.
    written: Option<&'a HashSet<Series>>,
    pub(super) restamped: u64,
}

/// What a batch came to.
#[derive(Debug)]
pub struct BatchTotals {
    pub(super) ledger: Ledger,
    /// What was counted, and by which message.
    pub(super) keys: Vec<(EventKey, usize)>,
    /// Events whose time cannot be read, or CloudWatch would not take; they count as of
    /// now.
    pub restamped: u64,
}

impl BatchTotals {
    /// The whole batch added up, each datum with the messages it carries, in as
    /// many data as it takes; [`BatchTotals::calls`] cuts it to what can be sent.
    pub fn data(&self) -> Vec<Datum> {
        self.ledger.data(self.ledger.messages().flatten(), Limits::CLOUDWATCH.values)
    }
}

impl<'a> Batch<'a> {
    /// An empty batch. `now_seconds` is the time since 1970.
    pub fn new(
        config: &'a Config,
        names: &'a mut KnownNames,
        recent: &'a Recent,
        now_seconds: i64,
    ) -> Self {
        Self {
            config,
            names,
            recent,
            now_seconds,
            policy: Policy { rulebook: config.rulebook.clone(), ..Policy::default() },
            ledger: Ledger::default(),
            keys: Vec::new(),
            key_set: HashSet::new(),
            done_keys: 0,
            written: None,
            restamped: 0,
        }
    }

    /// Enters the message at place `message` of the batch and says how it ends if
    /// all calls succeed. A panic on the way leaves nothing of it behind.
    pub fn add(&mut self, message: usize, reading: &Reading) -> Outcome {
        self.strike_open();
        let outcome = match reading {
            Reading::Event(event) => self.event(message, event),
            Reading::Alarm(_) => Ignored::OtherEvent.into(),
            Reading::Ignored(reason) => (*reason).into(),
            Reading::Broken(reason) => (*reason).into(),
        };
        let counted = match outcome {
            Outcome::Ignored(reason) => Some((Metric::Ignored, reason.code())),
            // Given back, so it comes again: each delivery of it is one count.
            Outcome::GivenBack(reason) => Some((Metric::Malformed, reason.code())),
            Outcome::Acted(_) => None,
        };
        if let Some((metric, reason)) = counted {
            self.count(message, minute(self.now_seconds), metric, Dimensions::Reason(reason), 1);
        }
        self.ledger.commit();
        self.done_keys = self.keys.len();
        outcome
    }

    /// What a panic in the middle of a message leaves.
    #[cfg(test)]
    pub(super) fn interrupt(&mut self, message: usize, reading: &Reading) {
        self.strike_open();
        if let Reading::Event(event) = reading {
            self.event(message, event);
        }
    }

    /// Ends the batch.
    pub fn finish(mut self) -> BatchTotals {
        self.strike_open();
        BatchTotals { ledger: self.ledger, keys: self.keys, restamped: self.restamped }
    }

    fn strike_open(&mut self) {
        self.ledger.begin();
        for (key, _) in self.keys.drain(self.done_keys.min(self.keys.len())..) {
            self.key_set.remove(&key);
        }
        self.written = None;
    }

    /// Calls `count` for each recipient that is real and new, and for recipients that are present
    /// but cannot be read.
    pub(super) fn each(
        &mut self,
        at: &EventContext,
        event: &SesEvent,
        recipients: &[RawAddress],
        unreadable: usize,
        count: impl Fn(&mut Self, &EventContext, Option<&EmailAddress>),
    ) -> Outcome {
        let mut end = Tally::default();
        for recipient in recipients {
            // A text that is no address still counts: something did happen to it.
            let fresh = self.fresh_recipient(at.message, event, recipient, None);
            let address = fresh.as_ref().ok().cloned().flatten();
            if end.note(fresh) {
                count(self, at, address.as_ref());
            }
        }
        for place in 0..unreadable {
            if end.note(self.fresh_unreadable(at.message, event, place, None)) {
                count(self, at, None);
            }
        }
        end.outcome()
    }

    /// The real recipients of a mail for which no other message has reported the same.
    pub(super) fn fresh_mail(
        &mut self,
        at: &EventContext,
        event: &SesEvent,
    ) -> Result<u64, Ignored> {
        if !self.is_fresh(at.message, EventKey::new(event, KeySubject::Mail, None)) {
            return Err(Ignored::Duplicate);
        }
        match recipients_of_mail(&event.mail) {
            0 => Err(Ignored::Simulator),
            recipients => Ok(recipients),
        }
    }

    pub(super) fn fresh_recipient(
        &mut self,
        message: usize,
        event: &SesEvent,
        recipient: &RawAddress,
        bounce: Option<BounceKind>,
    ) -> Result<Option<EmailAddress>, Ignored> {
        let address = recipient.parse().ok();
        if address.as_ref().is_some_and(EmailAddress::is_simulator) {
            return Err(Ignored::Simulator);
        }
        let name =
            address.as_ref().map_or_else(|| recipient.expose().to_owned(), EmailAddress::key);
        let is_fresh =
            self.is_fresh(message, EventKey::new(event, KeySubject::Recipient(&name), bounce));
        if is_fresh { Ok(address) } else { Err(Ignored::Duplicate) }
    }

    pub(super) fn fresh_unreadable(
        &mut self,
        message: usize,
        event: &SesEvent,
        place: usize,
        bounce: Option<BounceKind>,
    ) -> Result<(), Ignored> {
        let is_fresh =
            self.is_fresh(message, EventKey::new(event, KeySubject::Unreadable(place), bounce));
        if is_fresh { Ok(()) } else { Err(Ignored::Duplicate) }
    }

    /// Whether a key was counted neither recently nor by another message of this
    /// batch. Mail without an id cannot be recognized and always counts.
    fn is_fresh(&mut self, message: usize, key: Option<EventKey>) -> bool {
        self.written = key.and_then(|key| self.recent.written_of(key));
        let Some(key) = key else { return true };
        if self.recent.holds(key) || !self.key_set.insert(key) {
            return false;
        }
        self.keys.push((key, message));
        true
    }

    /// The domain that an event counts for. Asked for where something is counted and not
    /// before, so that mail to the simulator, echoes and duplicates use up no place.
    pub(super) fn domain(&mut self, at: &EventContext) -> Arc<str> {
        at.domain
            .get_or_init(|| self.names.domain(at.sender.as_deref(), self.config.max_domains))
            .clone()
    }

    pub(super) fn totals(&mut self, at: &EventContext, metric: Metric, n: u64) {
        self.count(at.message, at.minute, metric, Dimensions::None, n);
        self.per_domain(at, metric, n);
    }

    pub(super) fn per_domain(&mut self, at: &EventContext, metric: Metric, n: u64) {
        let dimensions = Dimensions::Domain(self.domain(at));
        self.count(at.message, at.minute, metric, dimensions, n);
    }

    pub(super) fn by_configuration_set(
        &mut self,
        at: &EventContext,
        mail: &Mail,
        metric: Metric,
        n: u64,
    ) {
        let set =
            mail.configuration_set.as_deref().and_then(|set| self.names.configuration_set(set));
        if let Some(set) = set {
            let dimensions = Dimensions::DomainConfigurationSet(self.domain(at), set);
            self.count(at.message, at.minute, metric, dimensions, n);
        }
    }

    pub(super) fn by_provider(
        &mut self,
        at: &EventContext,
        mail: &Mail,
        metric: Metric,
        address: Option<&EmailAddress>,
    ) {
        if at.is_full {
            let provider = provider(mail, address.map(EmailAddress::domain));
            let dimensions = Dimensions::DomainProvider(self.domain(at), provider);
            self.count(at.message, at.minute, metric, dimensions, 1);
        }
    }

    pub(super) fn count(
        &mut self,
        message: usize,
        minute: i64,
        metric: Metric,
        dimensions: Dimensions,
        n: u64,
    ) {
        self.enter(message, minute, Series { metric, dimensions }, None, n);
    }

    pub(super) fn enter(
        &mut self,
        message: usize,
        minute: i64,
        series: Series,
        bucket: Option<DurationBucket>,
        n: u64,
    ) {
        if self.written.is_none_or(|written| !written.contains(&series)) {
            self.ledger.enter(message, series, minute, bucket, n);
        }
    }

    /// The event's minute, or now where CloudWatch would not take it or there is none;
    /// and whether it is now.
    pub(super) fn stamp(&self, at_seconds: Option<i64>) -> (i64, bool) {
        let range = self.now_seconds - OLDEST_SECONDS..=self.now_seconds + NEWEST_SECONDS;
        match at_seconds {
            Some(at) if range.contains(&at) => (minute(at), false),
            Some(_) | None => (minute(self.now_seconds), true),
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
