//! What each kind of event adds to which series.

use std::cell::OnceCell;

use super::batch::Batch;
use super::bounce_kind::BounceKind;
use super::context::{EventContext, Tally};
use super::identity::bare;
use super::{Dimensions, DurationBucket, Metric, MetricSet, Series, ip};
use crate::address::EmailAddress;
use crate::bounce::BounceClass;
use crate::event::{Bounce, Complaint, Delivery, Detail, FeedbackType, Mail, SesEvent};
use crate::outcome::{Acted, Ignored, Outcome};
use crate::suppression::decide;

impl Batch<'_> {
    /// Enters one event, by its kind.
    pub(super) fn event(&mut self, message: usize, event: &SesEvent) -> Outcome {
        let is_full = self.config.set == MetricSet::Full;
        if let Detail::Unknown(_) = event.detail {
            return Ignored::UnknownEvent.into();
        }
        if !is_full
            && matches!(event.detail, Detail::Open | Detail::Click(_) | Detail::Subscription)
        {
            return Ignored::OtherEvent.into();
        }
        let (minute, is_restamped) = self.stamp(event.at_seconds);
        let at = EventContext {
            message,
            minute,
            sender: event.mail.domain(),
            domain: OnceCell::new(),
            is_full,
        };
        let outcome = match &event.detail {
            Detail::Send => self.send(&at, event),
            Detail::Delivery(delivery) => self.delivery(&at, event, delivery),
            Detail::Bounce(bounce) => self.bounce(&at, event, bounce),
            Detail::Complaint(complaint) => self.complaint(&at, event, complaint),
            Detail::DeliveryDelay(delay) => {
                self.each(&at, event, &delay.recipients, 0, |batch, at, _| {
                    batch.per_domain(at, Metric::DeliveryDelay, 1);
                })
            }
            Detail::Reject => self.whole_mail(&at, event, Metric::Reject),
            Detail::RenderingFailure => self.whole_mail(&at, event, Metric::RenderingFailure),
            Detail::Open if event.is_likely_bot => self.once(&at, event, Metric::OpenByBot),
            Detail::Click(_) if event.is_likely_bot => self.once(&at, event, Metric::ClickByBot),
            Detail::Open => self.once(&at, event, Metric::Open),
            Detail::Click(_) => self.once(&at, event, Metric::Click),
            Detail::Subscription => self.once(&at, event, Metric::Subscription),
            Detail::Unknown(_) => Ignored::UnknownEvent.into(),
        };
        if is_restamped && self.ledger.has_open() {
            self.restamped += 1;
        }
        outcome
    }

    pub(super) fn send(&mut self, at: &EventContext, event: &SesEvent) -> Outcome {
        let recipients = match self.fresh_mail(at, event) {
            Ok(recipients) => recipients,
            Err(reason) => return reason.into(),
        };
        self.totals(at, Metric::Send, recipients);
        self.by_configuration_set(at, &event.mail, Metric::Send, recipients);
        if recipients > 1 {
            self.per_domain(at, Metric::MultiRecipientMessage, 1);
        }
        self.unexpected_sender(at, &event.mail, recipients);
        Outcome::Acted(Acted::Counted)
    }

    pub(super) fn whole_mail(
        &mut self,
        at: &EventContext,
        event: &SesEvent,
        metric: Metric,
    ) -> Outcome {
        match self.fresh_mail(at, event) {
            Ok(recipients) => {
                self.per_domain(at, metric, recipients);
                Outcome::Acted(Acted::Counted)
            }
            Err(reason) => reason.into(),
        }
    }

    /// Counts an event that a mail may have any number of times; each counts as one.
    pub(super) fn once(&mut self, at: &EventContext, event: &SesEvent, metric: Metric) -> Outcome {
        match self.fresh_mail(at, event) {
            Ok(_) => {
                self.per_domain(at, metric, 1);
                Outcome::Acted(Acted::Counted)
            }
            Err(reason) => reason.into(),
        }
    }

    pub(super) fn delivery(
        &mut self,
        at: &EventContext,
        event: &SesEvent,
        delivery: &Delivery,
    ) -> Outcome {
        let bucket =
            delivery.processing_time_ms.filter(|_| at.is_full).map(DurationBucket::of_millis);
        self.each(at, event, &delivery.recipients, 0, |batch, at, address| {
            batch.totals(at, Metric::Delivery, 1);
            batch.by_provider(at, &event.mail, Metric::Delivery, address);
            if let Some(bucket) = bucket {
                let series = Series {
                    metric: Metric::DeliveryTime,
                    dimensions: Dimensions::Domain(batch.domain(at)),
                };
                batch.enter(at.message, at.minute, series, Some(bucket), 1);
            }
        })
    }

    pub(super) fn bounce(
        &mut self,
        at: &EventContext,
        event: &SesEvent,
        bounce: &Bounce,
    ) -> Outcome {
        let mut end = Tally::default();
        // A judgement for each recipient, in their order.
        let judgements = decide(event, &self.policy).judgements;
        for (recipient, judgement) in bounce.recipients.iter().zip(judgements) {
            let kind = BounceKind::of(bounce, recipient, judgement.finding.as_ref());
            if !end.note(self.fresh_recipient(at.message, event, &recipient.address, Some(kind))) {
                continue;
            }
            let fault = judgement.finding.map_or(BounceClass::Unknown, |finding| finding.class);
            self.bounced(at, &event.mail, kind, fault, judgement.address.as_ref());
            if judgement.is_rescue_candidate() {
                self.per_domain(at, Metric::RescueCandidate, 1);
            }
        }
        // Somebody bounced, whoever it is: SES's word on the whole bounce stands.
        let kind = BounceKind::of_whole(bounce);
        for place in 0..bounce.unreadable_recipients {
            if end.note(self.fresh_unreadable(at.message, event, place, Some(kind))) {
                self.bounced(at, &event.mail, kind, BounceClass::Unknown, None);
            }
        }
        end.outcome()
    }

    fn bounced(
        &mut self,
        at: &EventContext,
        mail: &Mail,
        kind: BounceKind,
        fault: BounceClass,
        address: Option<&EmailAddress>,
    ) {
        match kind {
            BounceKind::Hard => {
                self.totals(at, Metric::BounceHard, 1);
                self.by_configuration_set(at, mail, Metric::BounceHard, 1);
                self.by_provider(at, mail, Metric::BounceHard, address);
            }
            BounceKind::Soft => self.totals(at, Metric::BounceSoft, 1),
            BounceKind::Undetermined => self.per_domain(at, Metric::BounceUndetermined, 1),
            BounceKind::Echo => return self.per_domain(at, Metric::BounceEcho, 1),
        }
        let fault = Dimensions::DomainFault(self.domain(at), fault.code());
        self.count(at.message, at.minute, Metric::BounceFault, fault, 1);
    }

    pub(super) fn complaint(
        &mut self,
        at: &EventContext,
        event: &SesEvent,
        complaint: &Complaint,
    ) -> Outcome {
        if complaint.is_echo() {
            return Ignored::Echo.into();
        }
        match complaint.feedback_type {
            FeedbackType::NotSpam => return Ignored::NotSpam.into(),
            FeedbackType::AuthFailure => return Ignored::AuthFailureReport.into(),
            FeedbackType::Abuse
            | FeedbackType::Fraud
            | FeedbackType::Other
            | FeedbackType::Virus => {}
        }
        self.each(
            at,
            event,
            &complaint.recipients,
            complaint.unreadable_recipients,
            |batch, at, address| {
                batch.totals(at, Metric::Complaint, 1);
                batch.by_configuration_set(at, &event.mail, Metric::Complaint, 1);
                batch.by_provider(at, &event.mail, Metric::Complaint, address);
            },
        )
    }

    fn unexpected_sender(&mut self, at: &EventContext, mail: &Mail, recipients: u64) {
        let cap = self.config.max_domains;
        let identity = mail.caller_identity.as_deref().map(bare);
        let source = mail.source_ip.as_deref().and_then(ip);
        let (is_known, is_near) =
            (self.config.may_send_as(identity), self.config.may_send_from(source));
        if !is_known || !is_near {
            self.count(
                at.message,
                at.minute,
                Metric::UnexpectedSender,
                Dimensions::None,
                recipients,
            );
        }
        if !is_known {
            let dimensions = Dimensions::CallerIdentity(self.names.caller(identity, cap));
            self.count(at.message, at.minute, Metric::UnexpectedSender, dimensions, recipients);
        }
        if !is_near {
            let dimensions = Dimensions::SourceIp(self.names.source(source, cap));
            self.count(at.message, at.minute, Metric::UnexpectedSender, dimensions, recipients);
        }
    }
}
