//! What is published of one recipient's copy of a message.

use serde_json::{Value, json};

use crate::address;
use crate::clock;
use crate::diagnostics::diagnose;
use crate::events::{Event, EventType};
use crate::identifiers::message_id;
use crate::json::put_member;
use crate::mailbox::{Kind, Outcome};
use crate::message::{Message, View};
use crate::suppression::Reason;
use crate::tenants::Scope;

/// Sub-types of what SES did not attempt because of a list.
const ON_ACCOUNT_LIST: &str = "OnAccountSuppressionList";
const ON_TENANT_LIST: &str = "OnTenantSuppressionList";

/// One recipient's copy of an accepted message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) message: &'a Message,
    /// The bare address.
    pub(crate) recipient: &'a str,
    pub(crate) now_ms: i64,
    pub(crate) region: &'a str,
}

impl Attempt<'_> {
    /// What is published of one recipient's outcome, in order.
    pub(crate) fn events(self, outcome: &Outcome) -> Vec<Event> {
        let mut events = match outcome.outcome {
            Kind::Delivery => vec![self.delivery()],
            Kind::Bounce if arrives_first(outcome) => vec![self.delivery(), self.bounce(outcome)],
            Kind::Bounce => vec![self.bounce(outcome)],
            Kind::Complaint => vec![self.delivery(), self.complaint(outcome)],
            Kind::Delay => vec![self.delay(outcome)],
            Kind::Open => vec![self.delivery(), self.open()],
            Kind::Click => vec![self.delivery(), self.click()],
            Kind::Reject | Kind::RenderingFailure | Kind::None => vec![],
        };
        if outcome.twice
            && let Some(last) = events.last().cloned()
        {
            events.push(last);
        }
        events
    }

    fn delivery(self) -> Event {
        Event::new(
            EventType::Delivery,
            vec![self.recipient.to_owned()],
            "delivery",
            self.message.to_json(View::Delivered),
            json!({
                "timestamp": clock::iso(self.now_ms),
                "processingTimeMillis": (self.now_ms - self.message.accepted_ms).max(1),
                "recipients": [self.recipient],
                "smtpResponse": "250 2.0.0 Ok: queued",
                "remoteMtaIp": "203.0.113.9",
                "reportingMTA": outgoing_host(self.region),
            }),
        )
    }

    fn bounce(self, outcome: &Outcome) -> Event {
        let diagnosis = diagnose(outcome, self.recipient, &self.message.from_domain);
        let mut bounced = json!({"emailAddress": self.recipient});
        let said = [
            ("action", &diagnosis.action),
            ("status", &diagnosis.status),
            ("diagnosticCode", &diagnosis.diagnostic_code),
        ];
        for (name, value) in said {
            if let Some(value) = value {
                put_member(&mut bounced, name, value);
            }
        }
        let mut detail = json!({
            "feedbackId": message_id(self.now_ms),
            "bounceType": outcome.bounce_type(),
            "bounceSubType": outcome.bounce_sub_type(),
            "bouncedRecipients": [bounced],
            "timestamp": clock::iso(self.now_ms),
        });
        if diagnosis.has_report() {
            let by_ses = matches!(
                outcome.bounce_sub_type(),
                "Suppressed" | ON_ACCOUNT_LIST | ON_TENANT_LIST
            );
            let host = if by_ses { "amazonses.com".to_owned() } else { outgoing_host(self.region) };
            put_member(&mut detail, "reportingMTA", format!("dns; {host}"));
        }
        Event::new(
            EventType::Bounce,
            vec![self.recipient.to_owned()],
            "bounce",
            self.message.to_json(View::Full),
            detail,
        )
    }

    /// Providers hide who complained, so SES names every recipient of the message
    /// at that provider.
    fn complaint(self, outcome: &Outcome) -> Event {
        let domain = address::domain(self.recipient);
        let candidates: Vec<&str> = self
            .message
            .destination
            .iter()
            .map(|text| address::bare(text))
            .filter(|candidate| address::domain(candidate).eq_ignore_ascii_case(domain))
            .collect();
        let mut detail = self.complaint_detail(&candidates);
        if let Some(feedback_type) = &outcome.feedback_type {
            put_member(&mut detail, "complaintSubType", Value::Null);
            put_member(&mut detail, "complaintFeedbackType", feedback_type);
            put_member(&mut detail, "userAgent", "ExampleFeedbackLoop/1.4");
            put_member(&mut detail, "arrivalDate", clock::iso(self.message.accepted_ms));
        }
        self.complaint_event(candidates, detail)
    }

    /// What SES publishes instead of an attempt, for an address on the account's
    /// or the tenant's list: by the reason it is listed for.
    pub(crate) fn withheld(self, reason: Reason, scope: Scope) -> Event {
        let sub_type = match scope {
            Scope::Account => ON_ACCOUNT_LIST,
            Scope::Tenant => ON_TENANT_LIST,
        };
        match reason {
            Reason::Bounce => self.bounce(&Outcome::bounce("Permanent", sub_type)),
            Reason::Complaint => {
                let mut detail = self.complaint_detail(&[self.recipient]);
                put_member(&mut detail, "complaintSubType", sub_type);
                self.complaint_event(vec![self.recipient], detail)
            }
        }
    }

    fn complaint_detail(self, candidates: &[&str]) -> Value {
        let complained: Vec<Value> =
            candidates.iter().map(|address| json!({"emailAddress": address})).collect();
        json!({
            "complainedRecipients": complained,
            "timestamp": clock::iso(self.now_ms),
            "feedbackId": message_id(self.now_ms),
        })
    }

    fn complaint_event(self, candidates: Vec<&str>, detail: Value) -> Event {
        Event::new(
            EventType::Complaint,
            candidates.into_iter().map(str::to_owned).collect(),
            "complaint",
            self.message.to_json(View::Full),
            detail,
        )
    }

    fn delay(self, outcome: &Outcome) -> Event {
        const DELIVERY_PERIOD_MS: i64 = 14 * 60 * 60 * 1000;
        let status = outcome.status.as_deref().unwrap_or("4.4.1");
        let text = outcome.diagnostic_code.clone().unwrap_or_else(|| {
            format!("smtp; 421 {status} Unable to connect to remote host, will be tried again")
        });
        let delay_type = outcome.delay_type.as_deref().unwrap_or("TransientCommunicationFailure");
        Event::new(
            EventType::DeliveryDelay,
            vec![self.recipient.to_owned()],
            "deliveryDelay",
            self.message.to_json(View::Bare),
            json!({
                "timestamp": clock::iso(self.now_ms),
                "delayType": delay_type,
                "expirationTime": clock::iso(self.message.accepted_ms + DELIVERY_PERIOD_MS),
                "delayedRecipients": [
                    {"emailAddress": self.recipient, "status": status, "diagnosticCode": text}
                ],
            }),
        )
    }

    /// Open and Click events carry no `sourceArn`.
    fn engagement(self, event_type: EventType, key: &str, detail: Value) -> Event {
        let mut mail = self.message.to_json(View::Full);
        if let Some(mail) = mail.as_object_mut() {
            mail.remove("sourceArn");
        }
        Event::new(event_type, vec![self.recipient.to_owned()], key, mail, detail)
    }

    fn open(self) -> Event {
        let detail = json!({
            "ipAddress": "203.0.113.77",
            "timestamp": clock::iso(self.now_ms),
            "userAgent": "Mozilla/5.0",
        });
        self.engagement(EventType::Open, "open", detail)
    }

    fn click(self) -> Event {
        let detail = json!({
            "ipAddress": "203.0.113.77",
            "timestamp": clock::iso(self.now_ms),
            "userAgent": "Mozilla/5.0",
            "link": "https://www.example.org/",
            "linkTags": null,
        });
        self.engagement(EventType::Click, "click", detail)
    }
}

/// An out-of-office answer comes from a mailbox that took the message.
fn arrives_first(outcome: &Outcome) -> bool {
    outcome.bounce_type() == "Transient"
        && outcome.bounce_sub_type() == "General"
        && outcome.status.is_none()
        && outcome.diagnostic_code.is_none()
}

/// The host of SES's own that handed the message over, or tried to.
fn outgoing_host(region: &str) -> String {
    format!("b240-12.smtp-out.{region}.amazonses.com")
}

#[cfg(test)]
mod tests;
