//! The way back: each message's end, counted and answered.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse};
use tracing::{debug, error, info, warn};
use warden_domain::envelope::{Reading, Receipt};
use warden_domain::outcome::{GivenBack, Outcome};
use warden_domain::redact::brief;

use crate::FunctionError;

/// What a message can be found again by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventIds {
    /// Event name as event publishing spells it.
    pub event: Option<EventText>,
    /// SES's id of the mail.
    pub message_id: Option<EventText>,
    /// SES's id of the report.
    pub feedback_id: Option<EventText>,
}

/// A text out of an event, for logs: whoever may write to the queue may write anything into it, so
/// that it is redacted where it is printed. Most are never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct EventText(String);

impl fmt::Display for EventText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&brief(&self.0))
    }
}

impl fmt::Debug for EventText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", brief(&self.0))
    }
}

impl EventIds {
    /// The ids of an SES event; none of anything else.
    pub fn of(reading: &Reading) -> Self {
        let Reading::Event(event) = reading else { return Self::default() };
        let text = |text: &str| Some(EventText(text.to_owned()));
        Self {
            event: text(event.detail.name()),
            message_id: event.mail.message_id.as_deref().and_then(text),
            feedback_id: event.detail.feedback_id().and_then(text),
        }
    }
}

/// Runs a record's own part; a panic in it is that record's end and no other's.
///
/// # Errors
/// [`GivenBack::Panicked`] after a panic, which is a bug and logged as one.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, GivenBack> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        error!(
            "a record's processing panicked: this is a bug, and the record goes back to its queue"
        );
        GivenBack::Panicked
    })
}

/// The ends of a batch's messages, in their order.
#[derive(Debug)]
pub struct Answer {
    function: &'static str,
    ends: Vec<End>,
}

#[derive(Debug)]
struct End {
    receipt: Receipt,
    outcome: Outcome,
    ids: EventIds,
}

impl Answer {
    /// An empty answer of a function.
    pub fn new(function: &'static str) -> Self {
        Self { function, ends: Vec::new() }
    }

    /// Adds the next message of the batch.
    pub fn push(&mut self, receipt: Receipt, outcome: Outcome, ids: EventIds) {
        self.ends.push(End { receipt, outcome, ids });
    }

    /// Gives the message at `index` a worse end than it had: what is given back
    /// stays so, and a call that failed outranks a decision to act.
    pub fn downgrade(&mut self, index: usize, outcome: Outcome) {
        if let Some(end) = self.ends.get_mut(index)
            && !end.outcome.is_given_back()
        {
            end.outcome = outcome;
        }
    }

    /// How the message at `index` ends so far.
    pub fn outcome(&self, index: usize) -> Option<Outcome> {
        self.ends.get(index).map(|end| end.outcome)
    }

    /// The ids of the message at `index`.
    pub fn ids(&self, index: usize) -> EventIds {
        self.ends.get(index).map(|end| end.ids.clone()).unwrap_or_default()
    }

    /// Writes the log lines and makes the answer: messages with an SQS id come
    /// back one by one.
    ///
    /// # Errors
    /// When a message without an id of its own is given back: then the whole
    /// invocation has to come again.
    pub fn finish(self) -> Result<SqsBatchResponse, FunctionError> {
        let mut response = SqsBatchResponse::default();
        let mut counts = [0_usize; 3];
        let mut reasons: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut whole: Option<GivenBack> = None;
        for end in &self.ends {
            self.log(end);
            *reasons.entry(end.outcome.reason()).or_default() += 1;
            let [acted, ignored, given_back] = &mut counts;
            match end.outcome {
                Outcome::Acted(_) => *acted += 1,
                Outcome::Ignored(_) => *ignored += 1,
                Outcome::GivenBack(reason) => {
                    *given_back += 1;
                    match &end.receipt {
                        Receipt::Sqs(id) => response.batch_item_failures.push(failure(id)),
                        Receipt::Invocation => whole = whole.or(Some(reason)),
                    }
                }
            }
        }
        let [acted, ignored, given_back] = counts;
        let reasons: Vec<String> =
            reasons.iter().map(|(reason, n)| format!("{reason}={n}")).collect();
        info!(
            function = self.function,
            acted,
            ignored,
            given_back,
            reasons = reasons.join(" "),
            "batch done"
        );
        match whole {
            Some(reason) => Err(FunctionError::new(
                reason.code(),
                format!(
                    "{given_back} of {} messages could not be handled; the invocation has to come again",
                    self.ends.len()
                ),
            )),
            None => Ok(response),
        }
    }

    fn log(&self, end: &End) {
        let sqs_id = match &end.receipt {
            Receipt::Sqs(id) => Some(id.as_str()),
            Receipt::Invocation => None,
        };
        macro_rules! line {
            ($level:ident, $text:literal) => {
                $level!(
                    function = self.function,
                    outcome = end.outcome.name(),
                    reason = end.outcome.reason(),
                    ses.event = end.ids.event.as_ref().map(display),
                    ses.message_id = end.ids.message_id.as_ref().map(display),
                    ses.feedback_id = end.ids.feedback_id.as_ref().map(display),
                    sqs.message_id = sqs_id,
                    $text
                )
            };
        }
        line!(debug, "record done");
        if end.outcome.is_given_back() {
            line!(warn, "record given back");
        }
    }
}

fn failure(id: &str) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id.to_owned();
    failure
}

#[cfg(test)]
mod tests {
    use super::*;
    use warden_domain::outcome::{Acted, Ignored};

    fn answer(ends: &[(Receipt, Outcome)]) -> Answer {
        let mut answer = Answer::new("test");
        for (receipt, outcome) in ends {
            answer.push(receipt.clone(), *outcome, EventIds::default());
        }
        answer
    }

    fn sqs(id: &str) -> Receipt {
        Receipt::Sqs(id.to_owned())
    }

    #[test]
    fn only_what_is_given_back_is_a_failure() {
        let response = answer(&[
            (sqs("1"), Outcome::Acted(Acted::Counted)),
            (sqs("2"), GivenBack::MalformedEvent.into()),
            (sqs("3"), Ignored::Echo.into()),
        ])
        .finish()
        .unwrap();
        assert_eq!(
            serde_json::to_string(&response).unwrap(),
            r#"{"batchItemFailures":[{"itemIdentifier":"2"}]}"#
        );
    }

    #[test]
    fn a_message_without_an_id_brings_the_whole_invocation_back() {
        let error = answer(&[
            (sqs("1"), GivenBack::CallFailed.into()),
            (Receipt::Invocation, GivenBack::MalformedJson.into()),
        ])
        .finish()
        .unwrap_err();
        assert_eq!(error.kind(), "malformed_json");
    }

    #[test]
    fn an_end_only_gets_worse() {
        let mut answer = answer(&[(sqs("1"), Outcome::Acted(Acted::Suppressed))]);
        answer.downgrade(0, GivenBack::CallFailed.into());
        answer.downgrade(0, Ignored::Refused.into());
        answer.downgrade(9, Ignored::Refused.into());
        assert_eq!(answer.outcome(0), Some(GivenBack::CallFailed.into()));
    }

    #[test]
    fn a_panic_ends_one_record() {
        assert_eq!(catch_panic(|| 1), Ok(1));
        assert_eq!(catch_panic(|| panic!("bug")), Err::<(), _>(GivenBack::Panicked));
    }
}
