//! What each record of a batch asks for.

use std::collections::BTreeSet;

use tracing::info;
use warden_domain::address::EmailAddress;
use warden_domain::envelope::{Reading, Record};
use warden_domain::event::SesEvent;
use warden_domain::journal::AddressId;
use warden_domain::outcome::{GivenBack, Ignored};
use warden_domain::rescue::RescueRecord;
use warden_domain::suppression::{Decision, Policy, SuppressionVerdict, decide};
use warden_lambda::answer::{Answer, EventIds, catch_panic};
use warden_lambda::now_millis;

/// An event and what is to be done about it.
pub(crate) struct DecidedEvent {
    /// Its place in the batch.
    pub(crate) index: usize,
    pub(crate) event: Box<SesEvent>,
    pub(crate) decision: Decision,
}

/// Rescue candidates of a batch.
#[derive(Default)]
pub(crate) struct Candidates {
    pub(crate) lines: String,
    pub(crate) messages: BTreeSet<usize>,
}

impl Candidates {
    fn add(&mut self, message: usize, records: Vec<RescueRecord>) {
        for record in records {
            self.lines += &record.line();
            self.messages.insert(message);
        }
    }
}

/// Decides each record by itself. Records that there is no time for any more are given
/// back, so that what is decided until then is acted on.
pub(crate) fn decide_all(
    policy: &Policy,
    records: Vec<Record>,
    has_time: impl Fn() -> bool,
    answer: &mut Answer,
    candidates: &mut Candidates,
) -> Vec<DecidedEvent> {
    let mut all = Vec::new();
    for (index, record) in records.into_iter().enumerate() {
        if !has_time() {
            answer.push(record.receipt, GivenBack::OutOfTime.into(), EventIds::default());
            continue;
        }
        let ids = EventIds::of(&record.reading);
        let outcome = match record.reading {
            Reading::Event(event) => match catch_panic(|| decide(&event, policy)) {
                Ok(decision) => {
                    candidates.add(index, RescueRecord::of(&event, &decision, now_millis()));
                    let outcome = decision.outcome;
                    all.push(DecidedEvent { index, event, decision });
                    outcome
                }
                Err(panicked) => panicked.into(),
            },
            Reading::Alarm(_) => Ignored::OtherEvent.into(),
            Reading::Ignored(reason) => reason.into(),
            Reading::Broken(reason) => reason.into(),
        };
        answer.push(record.receipt, outcome, ids);
    }
    all
}

/// Logs each recipient that is not suppressed, and why. `id` is the journal's id of an address.
pub(crate) fn report_kept(
    decision: &Decision,
    ids: &EventIds,
    id: impl Fn(&EmailAddress) -> Option<AddressId>,
) {
    for judgement in &decision.judgements {
        let SuppressionVerdict::Spare(reason) = judgement.verdict else { continue };
        let recipient_id = judgement.address.as_ref().and_then(&id);
        info!(
            recipient.id = recipient_id.as_ref().map(AddressId::as_str),
            recipient.masked = judgement.address.as_ref().map(tracing::field::display),
            fault = judgement.finding.map(|f| f.class.code()),
            rule = judgement.finding.map(|f| f.rule),
            reader = judgement.finding.and_then(|f| f.reader()),
            reason = reason.code(),
            rescue_candidate = judgement.is_rescue_candidate(),
            ses.message_id = ids.message_id.as_ref().map(tracing::field::display),
            ses.feedback_id = ids.feedback_id.as_ref().map(tracing::field::display),
            "not suppressed"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use warden_domain::envelope::open;
    use warden_domain::outcome::Acted;

    use super::*;

    #[test]
    fn what_is_decided_in_time_is_acted_on_and_the_rest_given_back() {
        let complaint = |n: usize| {
            json!({
                "eventType": "Complaint", "mail": { "messageId": n.to_string() },
                "complaint": { "complainedRecipients": [{ "emailAddress": "jane@example.net" }] },
            })
        };
        let record = |n: usize| {
            json!({ "messageId": n.to_string(), "eventSource": "aws:sqs",
                "body": complaint(n).to_string() })
        };
        let payload = json!({ "Records": (0..5).map(record).collect::<Vec<_>>() }).to_string();
        let left = Cell::new(3);
        let has_time = || {
            let has_time = left.get() > 0;
            left.set(left.get() - usize::from(has_time));
            has_time
        };
        let (mut answer, mut candidates) = (Answer::new("suppress"), Candidates::default());
        let records = open(payload.as_bytes());
        let decided =
            decide_all(&Policy::default(), records, has_time, &mut answer, &mut candidates);
        assert_eq!(decided.iter().map(|decided| decided.index).collect::<Vec<_>>(), [0, 1, 2]);
        for index in 0..5 {
            let expected = match index {
                0..3 => Acted::Suppressed.into(),
                _ => GivenBack::OutOfTime.into(),
            };
            assert_eq!(answer.outcome(index), Some(expected), "{index}");
        }
    }
}
