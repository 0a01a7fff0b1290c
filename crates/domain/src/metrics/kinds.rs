//! What each kind of event adds to which series.

use super::batch::{At, Batch, Nothing};
use super::{Bucket, Dimensions, Metric, Series, ip};
use crate::event::{Bounce, BounceType, Complaint, Delivery, FeedbackType, Mail, SesEvent};
use crate::outcome::{Acted, Ignored, Outcome};
use crate::suppression::{decide, is_delayed};

impl Batch<'_> {
    pub(super) fn send(&mut self, at: &At, event: &SesEvent) -> Outcome {
        let recipients = match self.fresh_mail(at, event) {
            Ok(recipients) => recipients,
            Err(reason) => return reason.into(),
        };
        self.totals(at, Metric::Send, recipients);
        self.by_configuration_set(at, &event.mail, Metric::Send, recipients);
        if event.mail.destination.len() > 1 {
            self.per_domain(at, Metric::MultiRecipientMessage, 1);
        }
        self.unexpected_sender(at, &event.mail, recipients);
        Outcome::Acted(Acted::Counted)
    }

    pub(super) fn whole_mail(&mut self, at: &At, event: &SesEvent, metric: Metric) -> Outcome {
        match self.fresh_mail(at, event) {
            Ok(recipients) => {
                self.per_domain(at, metric, recipients);
                Outcome::Acted(Acted::Counted)
            }
            Err(reason) => reason.into(),
        }
    }

    /// An event of which a mail may have any number, each counting as one.
    pub(super) fn once(&mut self, at: &At, event: &SesEvent, metric: Metric) -> Outcome {
        match self.fresh_mail(at, event) {
            Ok(_) => {
                self.per_domain(at, metric, 1);
                Outcome::Acted(Acted::Counted)
            }
            Err(reason) => reason.into(),
        }
    }

    pub(super) fn delivery(&mut self, at: &At, event: &SesEvent, delivery: &Delivery) -> Outcome {
        let bucket = delivery.processing_time_ms.filter(|_| at.is_full).map(Bucket::of_millis);
        self.each(at, event, &delivery.recipients, |batch, at, address| {
            batch.totals(at, Metric::Delivery, 1);
            batch.by_provider(at, &event.mail, Metric::Delivery, address);
            if let Some(bucket) = bucket {
                let series = Series { metric: Metric::DeliveryTime, dimensions: Dimensions::Domain(batch.domain(at)) };
                batch.enter(at.message, at.minute, series, Some(bucket), 1);
            }
        })
    }

    pub(super) fn bounce(&mut self, at: &At, event: &SesEvent, bounce: &Bounce) -> Outcome {
        let mut end = Nothing::default();
        // A judgement for each recipient, in their order.
        let judgements = decide(event, &self.policy).judgements;
        for (recipient, judgement) in bounce.recipients.iter().zip(judgements) {
            if !end.note(self.fresh_recipient(at.message, event, &recipient.address)) {
                continue;
            }
            let Some(finding) = judgement.finding.filter(|_| !bounce.sub_type.is_echo()) else {
                self.per_domain(at, Metric::BounceEcho, 1);
                continue;
            };
            match &bounce.bounce_type {
                BounceType::Permanent if !is_delayed(recipient, &finding) => {
                    self.totals(at, Metric::BounceHard, 1);
                    self.by_configuration_set(at, &event.mail, Metric::BounceHard, 1);
                    self.by_provider(at, &event.mail, Metric::BounceHard, judgement.address.as_ref());
                }
                BounceType::Permanent | BounceType::Transient => self.totals(at, Metric::BounceSoft, 1),
                BounceType::Undetermined | BounceType::Unknown(_) => {
                    self.per_domain(at, Metric::BounceUndetermined, 1);
                }
            }
            let fault = Dimensions::DomainFault(self.domain(at), finding.fault.code());
            self.count(at.message, at.minute, Metric::BounceFault, fault, 1);
            if judgement.is_rescue_candidate() {
                self.per_domain(at, Metric::RescueCandidate, 1);
            }
        }
        end.outcome()
    }

    pub(super) fn complaint(&mut self, at: &At, event: &SesEvent, complaint: &Complaint) -> Outcome {
        if complaint.sub_type.is_some() {
            return Ignored::Echo.into();
        }
        match complaint.feedback_type {
            FeedbackType::NotSpam => return Ignored::NotSpam.into(),
            FeedbackType::AuthFailure => return Ignored::AuthFailureReport.into(),
            FeedbackType::Abuse | FeedbackType::Fraud | FeedbackType::Other | FeedbackType::Virus => {}
        }
        self.each(at, event, &complaint.recipients, |batch, at, address| {
            batch.totals(at, Metric::Complaint, 1);
            batch.by_configuration_set(at, &event.mail, Metric::Complaint, 1);
            batch.by_provider(at, &event.mail, Metric::Complaint, address);
        })
    }

    fn unexpected_sender(&mut self, at: &At, mail: &Mail, recipients: u64) {
        let cap = self.config.max_domains;
        let identity = mail.caller_identity.as_deref();
        let source = mail.source_ip.as_deref().and_then(ip);
        let (is_known, is_near) = (self.config.may_send_as(identity), self.config.may_send_from(source));
        if !is_known || !is_near {
            self.count(at.message, at.minute, Metric::UnexpectedSender, Dimensions::None, recipients);
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
