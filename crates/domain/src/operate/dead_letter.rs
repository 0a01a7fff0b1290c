//! What a message in a dead-letter queue is, why it is there, and where it can go back to.
//!
//! # Examples
//! ```
//! use warden_domain::operate::dead_letter::{Examined, DeadLetterFinding, Handler};
//!
//! let letter = Examined::of(Handler::Suppress, r#"{"eventType":"Bounce","bounce":7}"#, true);
//! assert!(matches!(letter.finding, DeadLetterFinding::Unreadable(_)));
//! ```

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::envelope::{Reading, open};
use crate::guard;
use crate::outcome::{GivenBack, Ignored};

/// The function that could not handle a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handler {
    /// suppress.
    Suppress,
    /// metrics.
    Metrics,
    /// guard.
    Guard,
}

impl Handler {
    /// All functions that have a dead-letter queue.
    pub const ALL: [Self; 3] = [Self::Suppress, Self::Metrics, Self::Guard];

    /// Its name, which is its code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suppress => "suppress",
            Self::Metrics => "metrics",
            Self::Guard => "guard",
        }
    }
}

/// How a message came into the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The source queue gave up on it, or SNS could not deliver it: the body is the message.
    Message,
    /// Lambda gave up on an invocation: the body is Lambda's record about it.
    Invocation {
        /// Lambda's condition, as `RetriesExhausted`.
        condition: String,
        /// How often it was tried.
        tries: Option<u64>,
        /// What the function answered, as `Error: text`.
        error: String,
    },
}

/// What today's code makes of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadLetterFinding {
    /// It can be read, so that the failure came from outside: an AWS call, the time, a role.
    Readable,
    /// It cannot be read, and would come back.
    Unreadable(GivenBack),
    /// It needs no action.
    NoAction(Ignored),
    /// The call of a schedule, which comes again by itself.
    Schedule,
}

impl DeadLetterFinding {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Readable => "readable",
            Self::Unreadable(reason) => reason.code(),
            Self::NoAction(reason) => reason.code(),
            Self::Schedule => "schedule",
        }
    }

    /// The reason in words.
    pub fn text(&self) -> &'static str {
        match self {
            Self::Readable => {
                "it can be read, so the failure came from outside: an AWS call, a permission or \
                 the time; the function's log says which"
            }
            Self::Unreadable(_) => "the function cannot read it; it would come back here",
            Self::NoAction(_) => "the function has nothing to do for it",
            Self::Schedule => "a call of the schedule, which has come again since",
        }
    }
}

/// Where it goes when it is redriven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBack {
    /// To the function's queue.
    Queue,
    /// To the function itself, as an asynchronous invocation.
    Function,
    /// Nowhere: it would come back.
    Stays,
    /// Nowhere: nothing is left to do for it, so it is deleted.
    Dropped,
}

impl WayBack {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Queue => "to_queue",
            Self::Function => "to_function",
            Self::Stays => "stays",
            Self::Dropped => "drop",
        }
    }
}

/// A dead letter that was looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined<'a> {
    /// How it came here.
    pub origin: Origin,
    /// What the function has to be given again.
    pub payload: Cow<'a, str>,
    /// What today's code makes of it.
    pub finding: DeadLetterFinding,
    /// `Bounce`, `Send`, `Alarm` and so on; `None` where it cannot be read.
    pub kind: Option<String>,
    /// The sender's domain, or the alarm's name.
    pub about: Option<String>,
    /// SES's id of the mail.
    pub mail: Option<String>,
    /// Where it can go back to.
    pub way_back: WayBack,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InvocationRecord<'a> {
    request_context: RequestContext,
    #[serde(borrow)]
    request_payload: &'a RawValue,
    response_payload: Option<ResponsePayload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    condition: Option<String>,
    approximate_invoke_count: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponsePayload {
    error_type: Option<String>,
    error_message: Option<String>,
}

/// The marks of a call by a schedule of EventBridge.
#[derive(Deserialize)]
struct Scheduled {
    #[serde(rename = "detail-type")]
    detail_type: String,
    #[serde(rename = "source")]
    service: String,
}

impl<'a> Examined<'a> {
    /// Looks into the body of a message. `has_queue`: the function reads from a queue, and is not
    /// subscribed to the topic itself.
    pub fn of(handler: Handler, body: &'a str, has_queue: bool) -> Self {
        let (origin, payload) = match serde_json::from_str::<InvocationRecord<'a>>(body) {
            Ok(record) => {
                let said = record.response_payload.map(|said| {
                    let words = [said.error_type, said.error_message];
                    words.into_iter().flatten().collect::<Vec<_>>().join(": ")
                });
                let origin = Origin::Invocation {
                    condition: record.request_context.condition.unwrap_or_default(),
                    tries: record.request_context.approximate_invoke_count,
                    error: said.unwrap_or_default(),
                };
                (origin, Cow::Borrowed(record.request_payload.get()))
            }
            Err(_) => (Origin::Message, Cow::Borrowed(body)),
        };
        let (mut kind, mut about, mut mail) = (None, None, None);
        let mut finding = None;
        for record in open(payload.as_bytes()) {
            let found = match record.reading {
                Reading::Event(event) => {
                    kind = Some(event.detail.name().to_owned());
                    about = event.mail.domain();
                    mail = event.mail.message_id;
                    DeadLetterFinding::Readable
                }
                Reading::Alarm(alarm) => {
                    kind = Some("Alarm".to_owned());
                    about = Some(alarm.name);
                    DeadLetterFinding::Readable
                }
                // guard takes AWS's own notices, and whatever makes it look.
                ignored @ Reading::Ignored(_)
                    if handler == Handler::Guard && guard::is_trigger(&ignored).is_ok() =>
                {
                    DeadLetterFinding::Readable
                }
                Reading::Ignored(reason) => DeadLetterFinding::NoAction(reason),
                Reading::Broken(reason) => DeadLetterFinding::Unreadable(reason),
            };
            // One message that must go back is enough.
            finding = match (finding, found) {
                (None | Some(DeadLetterFinding::NoAction(_)), found) => Some(found),
                (Some(DeadLetterFinding::Readable), DeadLetterFinding::Unreadable(reason)) => {
                    Some(DeadLetterFinding::Unreadable(reason))
                }
                (kept, _) => kept,
            };
        }
        let finding = match finding {
            _ if is_scheduled(&payload) => DeadLetterFinding::Schedule,
            Some(finding) => finding,
            None => DeadLetterFinding::NoAction(Ignored::EmptyBatch),
        };
        let way_back = match (&finding, &origin) {
            (DeadLetterFinding::Unreadable(_), _) => WayBack::Stays,
            (DeadLetterFinding::NoAction(_) | DeadLetterFinding::Schedule, _) => WayBack::Dropped,
            (DeadLetterFinding::Readable, Origin::Message) if has_queue => WayBack::Queue,
            (DeadLetterFinding::Readable, _) => WayBack::Function,
        };
        Self { origin, payload, finding, kind, about, mail, way_back }
    }
}

fn is_scheduled(payload: &str) -> bool {
    serde_json::from_str::<Scheduled>(payload).is_ok_and(|found| {
        found.service == "aws.events" && found.detail_type == "Scheduled Event"
            || found.service == "aws.scheduler"
    })
}

#[cfg(test)]
mod tests;
