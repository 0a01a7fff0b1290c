//! The evidence: what CloudWatch and events say about who sent.

use std::io::Write;

use anyhow::Context;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use warden_aws::{CallError, Connection, Metrics, Query};
use warden_domain::journal::HistoryTarget;
use warden_domain::notice::Totals;
use warden_domain::operate::evidence::{EvidenceKind, EvidenceRow};
use warden_domain::operate::resume::percent;
use warden_domain::time::iso_millis;

use super::Args;
use crate::frame::history::now_millis;
use crate::frame::output::Lines;
use crate::frame::sending::{SendingCause, Session, read_cause};

/// How far back the first mail of an unexpected sender is looked for, in seconds.
const LOOK_BACK: i64 = 86_400;
/// Names of a kind that are shown to a person.
const LISTED: usize = 10;

/// Reads a day or a time (UTC), in milliseconds since 1970.
///
/// # Errors
/// A sentence.
pub(super) fn time(text: &str) -> Result<i64, String> {
    let of_day = |day: Date| day.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    let time = text.parse::<Timestamp>().ok();
    let time = time.or_else(|| text.parse::<Date>().ok().and_then(of_day));
    time.map(Timestamp::as_millisecond).ok_or_else(|| {
        format!("{text} is no day or time; write 2026-11-01 or 2026-11-01T06:00:00Z")
    })
}

/// Counts of one domain.
#[derive(Debug, Serialize)]
struct SentDomain {
    domain: String,
    sends: u64,
    hard_bounces: u64,
    complaints: u64,
}

/// A sender that is on no list.
#[derive(Debug, Clone, Serialize)]
struct SenderRow {
    name: String,
    /// Events of the last hour.
    events: u64,
    /// The first minute of the last day with such an event.
    first_seen: Option<String>,
}

/// Everything that was found.
#[derive(Debug, Serialize)]
pub(super) struct FoundSenders {
    /// AWS's rates, as fractions.
    bounce_rate: Option<f64>,
    complaint_rate: Option<f64>,
    /// Our counts of the last hour, by From domain.
    domains: Vec<SentDomain>,
    /// Callers and source addresses on none of the lists.
    /// `None` where that is not known.
    unexpected_callers: Option<Vec<SenderRow>>,
    unexpected_sources: Option<Vec<SenderRow>>,
    /// From events in files, buckets and log groups.
    events: u64,
    mails: usize,
    rows: Vec<EvidenceRow>,
    /// What is not known, and why.
    not_known: Vec<String>,
    /// Whether events that were asked for were not read, or not all of them.
    is_incomplete: bool,
}

impl FoundSenders {
    /// Reads CloudWatch and the events.
    pub(super) async fn read(args: &Args, session: &Session) -> anyhow::Result<Self> {
        let account = HistoryTarget::Account;
        let since = session.last(&account).map(|entry| entry.at_millis);
        let cause = read_cause(&session.connection, &session.stack, &account, since).await;
        let mut not_known = cause.not_read.clone();
        if let Some(why) = session.stack.missing() {
            not_known.push(format!(
                "ses-warden counts nothing here ({why}), so only AWS's rates and events are \
                 evidence"
            ));
        }
        let mut first = First::of(&session.connection, &session.stack, &mut not_known);
        let unexpected_callers = first.seen("CallerIdentity", &cause.callers).await;
        let unexpected_sources = first.seen("SourceIp", &cause.sources).await;
        let gathered = args.events.gather(&session.connection, args.since).await?;
        not_known.extend(gathered.not_known);
        let evidence = gathered.evidence;
        Ok(Self {
            bounce_rate: cause.rates[0],
            complaint_rate: cause.rates[1],
            domains: domains(&cause),
            unexpected_callers,
            unexpected_sources,
            events: evidence.events(),
            mails: evidence.mails(),
            rows: evidence.rows(args.since),
            not_known,
            is_incomplete: gathered.is_incomplete,
        })
    }

    /// Whether CloudWatch said which callers and sources are on no list, and all events that were
    /// asked for were read.
    pub(super) fn is_complete(&self) -> bool {
        let knows_senders = self.unexpected_callers.is_some() && self.unexpected_sources.is_some();
        knows_senders && !self.is_incomplete
    }

    /// The identities whose credentials may be stolen: those outside the lists, and those that the
    /// events show as new.
    pub(super) fn suspects(&self) -> Vec<String> {
        let outside = self.unexpected_callers.iter().flatten().map(|row| row.name.clone());
        let is_new =
            |row: &&EvidenceRow| row.kind == EvidenceKind::Caller && row.is_new == Some(true);
        let new = self.rows.iter().filter(is_new);
        let mut names: Vec<String> = outside.chain(new.map(|row| row.name.clone())).collect();
        names.sort();
        names.dedup();
        names
    }

    /// One sentence.
    pub(super) fn summary(&self) -> String {
        let rate = |rate: Option<f64>| rate.map_or("unknown".to_owned(), percent);
        let count = |rows: &Option<Vec<SenderRow>>| {
            rows.as_ref().map_or("not known".to_owned(), |rows| rows.len().to_string())
        };
        format!(
            "bounce rate {}, complaint rate {}; unexpected callers: {}, unexpected sources: {}",
            rate(self.bounce_rate),
            rate(self.complaint_rate),
            count(&self.unexpected_callers),
            count(&self.unexpected_sources)
        )
    }

    /// For people.
    pub(super) fn write(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let rate = |rate: Option<f64>| rate.map_or("not known".to_owned(), percent);
        out.line(format!(
            "  bounce rate     {} (AWS reviews from 5.0 %, may pause from 10.0 %)",
            rate(self.bounce_rate)
        ))?;
        out.line(format!(
            "  complaint rate  {} (AWS reviews from 0.10 %, may pause from 0.50 %)",
            rate(self.complaint_rate)
        ))?;
        if !self.domains.is_empty() {
            out.line("  From domains of the last hour:")?;
            for row in self.domains.iter().take(LISTED) {
                out.line(format!(
                    "    {}: {} sends, {} hard bounces, {} complaints",
                    row.domain, row.sends, row.hard_bounces, row.complaints
                ))?;
            }
        }
        for (title, rows) in [
            ("callers on none of your lists", &self.unexpected_callers),
            ("source addresses on none of your lists", &self.unexpected_sources),
        ] {
            let summary = match rows {
                None => " not known",
                Some(rows) if rows.is_empty() => " none",
                Some(_) => "",
            };
            out.line(format!("  {title}:{summary}"))?;
            for row in rows.iter().flatten() {
                let first = row.first_seen.as_deref().unwrap_or("not known");
                out.line(format!("    {}: {} events, first seen {first}", row.name, row.events))?;
            }
        }
        if self.events > 0 {
            out.line(format!("  {} events about {} mails say:", self.events, self.mails))?;
            let mut shown = std::collections::BTreeMap::new();
            for row in &self.rows {
                let count = shown.entry(row.kind).or_insert(0_usize);
                *count += 1;
                if *count > LISTED {
                    continue;
                }
                let first = row.first_seen.as_deref().unwrap_or("not known");
                let new = if row.is_new == Some(true) { ", new" } else { "" };
                out.line(format!(
                    "    {:<16}  {}: {} mails, first seen {first}{new}",
                    row.kind.code(),
                    row.name,
                    row.mails
                ))?;
            }
            for (kind, count) in shown.into_iter().filter(|(_, count)| *count > LISTED) {
                out.line(format!("    {:<16}  and {} more", kind.code(), count - LISTED))?;
            }
        }
        for line in &self.not_known {
            out.line(format!("  not known: {line}"))?;
        }
        Ok(())
    }
}

fn domains(cause: &SendingCause) -> Vec<SentDomain> {
    let domains = cause.domains.iter().flatten();
    domains
        .map(|(domain, Totals { sends, hard_bounces, complaints })| SentDomain {
            domain: domain.clone(),
            sends: *sends,
            hard_bounces: *hard_bounces,
            complaints: *complaints,
        })
        .collect()
}

/// Finds the first minute of unexpected senders.
struct First<'a> {
    metrics: Metrics,
    not_known: &'a mut Vec<String>,
}

impl<'a> First<'a> {
    fn of(
        connection: &Connection,
        stack: &crate::frame::stack::OurStack,
        not_known: &'a mut Vec<String>,
    ) -> Self {
        Self { metrics: Metrics::new(connection, stack.namespace().to_owned()), not_known }
    }

    async fn seen(
        &mut self,
        dimension: &'static str,
        counted: &Option<Vec<(String, u64)>>,
    ) -> Option<Vec<SenderRow>> {
        let names = counted.clone()?;
        let first = self.first(dimension, &names).await;
        let first = first.unwrap_or_else(|error| {
            self.not_known.push(format!("when unexpected senders came first: {error}"));
            vec![None; names.len()]
        });
        let rows = names.into_iter().zip(first);
        let rows = rows
            .map(|((name, events), first)| SenderRow {
                name,
                events,
                first_seen: first.map(|second| iso_millis(second * 1000)),
            })
            .collect();
        Some(rows)
    }

    async fn first(
        &self,
        dimension: &'static str,
        names: &[(String, u64)],
    ) -> Result<Vec<Option<i64>>, CallError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let queries: Vec<Query> = names
            .iter()
            .map(|(name, _)| Query {
                metric: "UnexpectedSender",
                dimensions: vec![(dimension, name.clone())],
            })
            .collect();
        let now = now_millis() / 1000;
        let points = self.metrics.points(&queries, 60, now - LOOK_BACK, now + 60).await?;
        let first = |points: &Vec<(i64, f64)>| {
            points.iter().filter(|(_, value)| *value > 0.0).map(|(at, _)| *at).min()
        };
        Ok(points.iter().map(first).collect())
    }
}

/// Serializes what a step found.
pub(super) fn value(found: &impl Serialize) -> anyhow::Result<serde_json::Value> {
    serde_json::to_value(found).context("what was found cannot be written as JSON")
}
