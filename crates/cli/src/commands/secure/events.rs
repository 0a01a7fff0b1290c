//! Events of SES as evidence: from files, from a bucket, from a log group.
//!
//! However much there is, memory stays small: objects are unpacked and cut into events piece by
//! piece, and only names and counts are kept. Each source has bounds; the report says where one
//! cut something off.

mod bucket;
mod log_group;
mod pieces;
mod source;

use std::path::PathBuf;

use warden_aws::{CallError, Connection};
use warden_domain::envelope::{Reading, open_with_headers};
use warden_domain::event::SesEvent;
use warden_domain::operate::evidence::Evidence;

use super::evidence::time;
use crate::frame::exit::action;
use crate::frame::history::now_millis;
use crate::frame::payloads;
use source::EventSource;

/// Events that are read at most, of all sources together.
const MOST_EVENTS: u64 = 1_000_000;
/// What is read before the incident, or before now, in milliseconds.
const DAY: i64 = 86_400_000;

/// Where the events are.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct EventOptions {
    /// Files or folders with SES events as evidence; several times
    #[arg(long, value_name = "PATH")]
    events: Vec<PathBuf>,

    /// What keeps them: s3://BUCKET/PREFIX or logs:GROUP; several times
    #[arg(long, value_name = "SOURCE")]
    events_from: Vec<EventSource>,

    /// First time to read there (UTC) [default: a day before --since or now]
    #[arg(long, value_name = "TIME", value_parser = time, requires = "events_from")]
    events_since: Option<i64>,

    /// Last time to read there (UTC) [default: now]
    #[arg(long, value_name = "TIME", value_parser = time, requires = "events_from")]
    events_until: Option<i64>,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Names and counts.
    pub(super) evidence: Evidence,
    /// What is not known because of the events, in sentences.
    pub(super) not_known: Vec<String>,
    /// Whether something that was asked for could not be read, or was cut off.
    pub(super) is_incomplete: bool,
    /// The times that count, in milliseconds since 1970.
    window: Option<(i64, i64)>,
    unreadable: u64,
}

impl EventOptions {
    /// Reads all of it. `since` is when the incident began, in milliseconds since 1970.
    ///
    /// # Errors
    /// When a file cannot be read, or the times are in the wrong order. What AWS does not give is
    /// said in [`Gathered::not_known`].
    pub(super) async fn gather(
        &self,
        connection: &Connection,
        since: Option<i64>,
    ) -> anyhow::Result<Gathered> {
        let mut gathered = Gathered::default();
        for file in payloads::files(&self.events)? {
            payloads::read(&file)?.iter().for_each(|payload| gathered.take(payload));
        }
        let until = self.events_until.unwrap_or_else(now_millis);
        let first = self.events_since.unwrap_or_else(|| since.unwrap_or(until).min(until) - DAY);
        anyhow::ensure!(first < until, "--events-since has to be before --events-until");
        gathered.window = Some((first, until));
        for source in &self.events_from {
            match source {
                EventSource::Bucket { name, prefix } => {
                    bucket::read(connection, name, prefix, first, &mut gathered).await;
                }
                EventSource::LogGroup(group) => {
                    log_group::read(connection, group, (first, until), &mut gathered).await;
                }
            }
        }
        gathered.conclude(self, since);
        Ok(gathered)
    }
}

impl Gathered {
    /// Adds the events of one payload.
    fn take(&mut self, payload: &[u8]) {
        if self.is_full() {
            return;
        }
        for record in open_with_headers(payload) {
            match record.reading {
                Reading::Event(event) if self.counts(&event) => self.evidence.add(&event),
                Reading::Broken(_) => self.unreadable += 1,
                Reading::Event(_) | Reading::Alarm(_) | Reading::Ignored(_) => {}
            }
        }
    }

    fn is_full(&self) -> bool {
        self.evidence.events() >= MOST_EVENTS
    }

    /// Whether the event happened in the time that is asked about; one without a time counts.
    fn counts(&self, event: &SesEvent) -> bool {
        let at = event.at_seconds.map(|seconds| seconds * 1000).or(event.mail.sent_ms);
        let window = self.window.zip(at);
        window.is_none_or(|((first, last), at)| (first..=last).contains(&at))
    }

    /// Notes what of a source is missing.
    fn lacks(&mut self, source: &str, what: impl std::fmt::Display) {
        self.is_incomplete = true;
        self.not_known.push(format!("events of {source}: {what}"));
    }

    /// Notes that AWS refused a call for a source.
    fn refused(&mut self, source: &str, error: &CallError) {
        self.lacks(source, format_args!("{error} (it needs {})", action(error.operation)));
    }

    fn conclude(&mut self, options: &EventOptions, since: Option<i64>) {
        if options.events.is_empty() && options.events_from.is_empty() {
            self.not_known.push(
                "recipients, subjects and expected senders: CloudWatch counts none of them; give \
                 events with --events or --events-from"
                    .to_owned(),
            );
            return;
        }
        if self.is_full() {
            self.lacks("all sources", format_args!("only the first {MOST_EVENTS} were read"));
        }
        if self.unreadable > 0 {
            self.not_known.push(format!("{} records are no readable events", self.unreadable));
        }
        for (kind, kept) in self.evidence.beyond() {
            let kind = kind.code();
            self.not_known.push(format!("{kind}: names beyond the first {kept} are not listed"));
        }
        let first = self.evidence.first_ms();
        if self.evidence.events() == 0 {
            self.not_known.push("who sent, by events: there is none in that time".to_owned());
        } else if since.is_some_and(|since| first.is_none_or(|first| first >= since)) {
            self.not_known.push(
                "which names are new: the events do not reach back behind --since".to_owned(),
            );
        }
    }
}
