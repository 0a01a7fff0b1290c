//! The queues of a stack, and reading them without taking anything out.

use std::num::NonZeroUsize;

use anyhow::{Context, anyhow};
use serde::Serialize;
use warden_aws::operator::{DeadLetter, DeadLetterQueues, MOST_BATCH};
use warden_aws::{CallError, Connection};
use warden_domain::operate::dead_letter::{Examined, Handler, Origin};
use warden_domain::redact::redact;
use warden_domain::time::iso_millis;

use super::Which;
use crate::frame::output::OutputRecord;
use crate::frame::progress::Progress;
use crate::frame::stack::OurStack;

/// How long messages are hidden while they are looked at, in seconds.
const FOR_A_LOOK: i32 = 30;
/// How long while a person reads the plan and they are sent back.
pub(super) const FOR_A_REDRIVE: i32 = 900;

/// A function, as an option takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum FunctionWord {
    Suppress,
    Metrics,
    Guard,
}

impl FunctionWord {
    fn handler(self) -> Handler {
        match self {
            Self::Suppress => Handler::Suppress,
            Self::Metrics => Handler::Metrics,
            Self::Guard => Handler::Guard,
        }
    }
}

/// A function's dead-letter queue, and where its messages go back to.
#[derive(Debug, Clone)]
pub(super) struct QueuePlace {
    pub(super) handler: Handler,
    /// The dead-letter queue.
    pub(super) url: String,
    /// The function's own queue; none where SNS calls it, or for guard.
    pub(super) queue: Option<String>,
    /// The function.
    pub(super) function: String,
}

/// Everything that a run needs.
#[derive(Debug)]
pub(super) struct OpenQueues {
    pub(super) calls: DeadLetterQueues,
    pub(super) places: Vec<QueuePlace>,
    pub(super) region: String,
}

impl OpenQueues {
    /// Finds the queues in the stack's outputs.
    pub(super) async fn open(which: &Which) -> anyhow::Result<Self> {
        let connection = which.access.connect().await?;
        let stack = which.stack.read(&connection).await;
        stack.needed()?;
        let asked: Vec<Handler> = match which.function.as_slice() {
            [] => Handler::ALL.to_vec(),
            words => words.iter().map(|word| word.handler()).collect(),
        };
        let places: anyhow::Result<Vec<QueuePlace>> =
            asked.into_iter().map(|handler| place(&stack, handler)).collect();
        Ok(Self {
            calls: DeadLetterQueues::new(&connection),
            places: places?,
            region: region(&connection),
        })
    }

    /// Reads up to `limit` messages of a queue and shows them again at once.
    pub(super) async fn look(
        &self,
        place: &QueuePlace,
        limit: NonZeroUsize,
    ) -> anyhow::Result<QueueContents> {
        let found = self.read(place, limit, FOR_A_LOOK).await?;
        self.release(place, &found.letters).await;
        Ok(found)
    }

    /// Reads up to `limit` messages of a queue. They are hidden for so many seconds, or until
    /// [`Self::release`]. Where an error ends it, what it has received is shown again.
    pub(super) async fn read(
        &self,
        place: &QueuePlace,
        limit: NonZeroUsize,
        hidden: i32,
    ) -> anyhow::Result<QueueContents> {
        let reading = || format!("the dead letters of {} cannot be read", place.handler.name());
        let expected = self.calls.count(&place.url).await.with_context(reading)?;
        let mut letters: Vec<DeadLetter> = Vec::new();
        let received = self.receive(place, limit, hidden, expected, &mut letters).await;
        if let Err(error) = received {
            self.release(place, &letters).await;
            return Err(error).with_context(reading);
        }
        let missed = expected.saturating_sub(letters.len() as u64);
        letters.sort_by_key(|letter| letter.sent_ms);
        Ok(QueueContents { hidden: if letters.len() < limit.get() { missed } else { 0 }, letters })
    }

    async fn receive(
        &self,
        place: &QueuePlace,
        limit: NonZeroUsize,
        hidden: i32,
        expected: u64,
        letters: &mut Vec<DeadLetter>,
    ) -> Result<(), CallError> {
        let mut progress = Progress::new("messages read", usize::try_from(expected).ok());
        // SQS may answer with none although there are some, so one empty answer is not the end.
        let mut empty = 0;
        while letters.len() < limit.get() && empty < 2 {
            let part = self.calls.receive(&place.url, hidden).await?;
            if part.is_empty() {
                empty += 1;
                if expected == 0 {
                    break;
                }
            }
            for letter in part {
                // Delivered twice, it counts once, and the last receipt is the one that holds.
                match letters.iter_mut().find(|known| known.id == letter.id) {
                    Some(known) => known.receipt = letter.receipt,
                    None => {
                        progress.step();
                        letters.push(letter);
                    }
                }
            }
        }
        Ok(())
    }

    /// Shows messages again that were only looked at.
    pub(super) async fn release(&self, place: &QueuePlace, letters: &[DeadLetter]) {
        // They show again by themselves when their time is over.
        let _ = self.calls.release(&place.url, letters).await;
    }
}

/// What was read from a queue.
#[derive(Debug)]
pub(super) struct QueueContents {
    /// The messages, the oldest first.
    pub(super) letters: Vec<DeadLetter>,
    /// About how many more another reader hides.
    pub(super) hidden: u64,
}

fn region(connection: &Connection) -> String {
    connection.region().to_owned()
}

fn place(stack: &OurStack, handler: Handler) -> anyhow::Result<QueuePlace> {
    let (queue, dead, function) = match handler {
        Handler::Suppress => {
            (Some("SuppressQueueUrl"), "SuppressDeadLetterQueueUrl", "SuppressFunctionName")
        }
        Handler::Metrics => {
            (Some("MetricsQueueUrl"), "MetricsDeadLetterQueueUrl", "MetricsFunctionName")
        }
        Handler::Guard => (None, "GuardDeadLetterQueueUrl", "GuardFunctionName"),
    };
    let needed = |name: &str| {
        stack.output(name).map(str::to_owned).ok_or_else(|| {
            anyhow!("the stack {} lacks the output {name}: is it one of ses-warden?", stack.name)
        })
    };
    Ok(QueuePlace {
        handler,
        url: needed(dead)?,
        queue: queue.and_then(|name| stack.output(name)).map(str::to_owned),
        function: needed(function)?,
    })
}

/// A dead letter for output.
#[derive(Debug, Clone, Serialize)]
pub(super) struct LetterRow {
    pub(super) id: String,
    pub(super) function: &'static str,
    /// When it was sent first.
    pub(super) sent: Option<String>,
    /// The event's name, or `Alarm`.
    pub(super) kind: Option<String>,
    /// The sender's domain, or the alarm's name.
    pub(super) about: Option<String>,
    /// SES's id of the mail.
    pub(super) mail: Option<String>,
    /// How it came here: `message` or `invocation`.
    pub(super) origin: &'static str,
    /// What the function, Lambda or SNS said, redacted.
    pub(super) said: Option<String>,
    /// A stable code: `readable`, or why not.
    pub(super) finding: &'static str,
    /// The same in words.
    pub(super) reason: &'static str,
    /// `to_queue`, `to_function`, `stays` or `drop`; after a redrive `sent`, `dropped`, `kept` or
    /// `failed`.
    pub(super) way_back: &'static str,
    /// The body, where it is shown whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
}

impl OutputRecord for LetterRow {
    const COLUMNS: &'static [(&'static str, usize)] =
        &[("id", 36), ("function", 8), ("sent", 24), ("kind", 9), ("way back", 11), ("why", 0)];

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let about = self.about.as_ref().map(|about| format!("{about}: ")).unwrap_or_default();
        let said = self.said.as_ref().map(|said| format!(" ({said})")).unwrap_or_default();
        vec![
            self.id.clone(),
            self.function.to_owned(),
            or_dash(&self.sent),
            or_dash(&self.kind),
            self.way_back.to_owned(),
            format!("{about}{}{said}", self.finding),
        ]
    }
}

impl LetterRow {
    /// Looks into a letter.
    pub(super) fn of(place: &QueuePlace, letter: &DeadLetter, examined: &Examined<'_>) -> Self {
        let said = match &examined.origin {
            Origin::Invocation { condition, tries, error } => {
                let tries = tries.map(|tries| format!(" after {tries} tries")).unwrap_or_default();
                Some(format!("Lambda: {condition}{tries}; {error}"))
            }
            Origin::Message => {
                letter.attributes.get("ErrorMessage").map(|text| format!("SNS: {text}"))
            }
        };
        Self {
            id: letter.id.clone(),
            function: place.handler.name(),
            sent: letter.sent_ms.map(iso_millis),
            kind: examined.kind.clone(),
            about: examined.about.as_deref().map(redact),
            mail: examined.mail.as_deref().map(redact),
            origin: match examined.origin {
                Origin::Message => "message",
                Origin::Invocation { .. } => "invocation",
            },
            said: said.map(|said| redact(&said)),
            finding: examined.finding.code(),
            reason: examined.finding.text(),
            way_back: examined.way_back.code(),
            body: None,
        }
    }
}

/// Looks into a letter.
pub(super) fn examined<'a>(place: &QueuePlace, letter: &'a DeadLetter) -> Examined<'a> {
    Examined::of(place.handler, &letter.body, place.queue.is_some())
}

/// Most messages that a redrive of this command is meant for; SQS's own task takes any number.
pub(super) const MANY: usize = 10_000;

/// How many calls a redrive of so many takes, for an estimate.
pub(super) fn calls_for(count: usize) -> usize {
    count.div_ceil(MOST_BATCH) + 2 * count
}
