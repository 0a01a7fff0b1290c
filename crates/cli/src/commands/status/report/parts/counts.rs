//! Counts of mail by sender domain, mailbox provider and dedicated IP pool, and of the suppression
//! list.

use serde::Serialize;
use warden_aws::operator::PoolFacts;
use warden_domain::alarm::AlarmState;
use warden_domain::guard::AlarmRecord;
use warden_domain::guard::confidence::{Z, wilson_lower_bound};
use warden_domain::imports::ImportState;

use crate::commands::status::read::{PoolCapacity, Sending, StackReadings};

/// A sender domain in the last 24 hours.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct DomainPart {
    pub(crate) domain: String,
    pub(crate) sends: u64,
    pub(crate) sends_by_hour: Vec<u64>,
    pub(crate) hard_bounces: u64,
    /// Hard bounces over sends.
    pub(crate) bounce_rate: Option<f64>,
    /// Lower bound of the bounce rate's Wilson score interval.
    pub(crate) bounce_bound: f64,
    pub(crate) complaints: u64,
    /// Complaints over deliveries.
    pub(crate) complaint_rate: Option<f64>,
    /// Messages with several recipients.
    pub(crate) multi_recipient: u64,
    /// Names of its alarms that are in ALARM.
    pub(crate) in_alarm: Vec<String>,
    /// How many alarms it has.
    pub(crate) alarms: usize,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "CloudWatch's sums of counts; `as` bounds what is none"
)]
fn count(value: f64) -> u64 {
    value.round() as u64
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

pub(crate) fn domains(stack: Option<&StackReadings>) -> Vec<DomainPart> {
    let Some(Ok(domains)) = stack.map(|stack| stack.domains.as_ref()) else { return Vec::new() };
    let alarms = stack.and_then(|stack| stack.alarms.as_ref().ok());
    let mut parts: Vec<DomainPart> = domains
        .iter()
        .map(|counts| {
            let sends_by_hour: Vec<u64> = counts.sends_by_hour.iter().map(|n| count(*n)).collect();
            let sends = sends_by_hour.iter().sum();
            let (bounces, complaints) = (count(counts.hard_bounces), count(counts.complaints));
            let infix = format!("/domain/{}/", counts.domain);
            let own: Vec<&AlarmRecord> =
                alarms.into_iter().flatten().filter(|a| a.name.contains(&infix)).collect();
            let in_alarm = own.iter().filter(|alarm| alarm.state == AlarmState::Alarm);
            DomainPart {
                domain: counts.domain.clone(),
                sends,
                hard_bounces: bounces,
                bounce_rate: share(bounces, sends),
                bounce_bound: wilson_lower_bound(bounces, sends, Z),
                complaints,
                complaint_rate: share(complaints, count(counts.deliveries)),
                multi_recipient: count(counts.multi_recipient),
                in_alarm: in_alarm.map(|alarm| alarm.name.clone()).collect(),
                alarms: own.len(),
                sends_by_hour,
            }
        })
        .collect();
    parts.sort_by_key(|part| (std::cmp::Reverse(part.sends), part.domain.clone()));
    parts
}

/// VDM's counts at a mailbox provider, of yesterday and today.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ProviderPart {
    pub(crate) isp: String,
    pub(crate) sends: u64,
    pub(crate) delivery_rate: Option<f64>,
    pub(crate) hard_bounces: u64,
    pub(crate) bounce_rate: Option<f64>,
    pub(crate) complaints: u64,
    pub(crate) complaint_rate: Option<f64>,
}

pub(crate) fn providers(sending: Option<&Sending>) -> Vec<ProviderPart> {
    let Some(Ok(counts)) = sending.and_then(|sending| sending.providers.as_ref()) else {
        return Vec::new();
    };
    counts
        .iter()
        .map(|one| ProviderPart {
            isp: one.isp.clone(),
            sends: one.sends,
            delivery_rate: share(one.deliveries, one.sends),
            hard_bounces: one.hard_bounces,
            bounce_rate: share(one.hard_bounces, one.sends),
            complaints: one.complaints,
            complaint_rate: share(one.complaints, one.deliveries),
        })
        .collect()
}

/// The suppression list, and what waits for it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct SuppressionPart {
    /// Entries on the list's first 1,000; absent where it was not read.
    pub(crate) listed_bounces: Option<usize>,
    pub(crate) listed_complaints: Option<usize>,
    /// Whether the list has more entries than that.
    pub(crate) has_more: bool,
    /// What the function suppress put on it in 24 hours.
    pub(crate) suppressed_for_bounces: u64,
    pub(crate) suppressed_for_complaints: u64,
    pub(crate) suppressed_by_imports: u64,
    pub(crate) refused: u64,
    pub(crate) import_failed: u64,
    /// Files in the bucket that wait for an import job.
    pub(crate) files_waiting: Option<usize>,
    /// State of the imports: `idle`, `listing`, `submitting`, `running` or `backing_off`.
    pub(crate) import_state: Option<&'static str>,
    /// Import jobs at SES that are not done.
    pub(crate) jobs_open: Option<usize>,
    pub(crate) jobs_failed: Option<usize>,
}

impl SuppressionPart {
    pub(crate) fn of(stack: Option<&StackReadings>, sending: Option<&Sending>) -> Self {
        let totals = stack.and_then(|stack| stack.totals.as_ref().ok());
        let totals = totals.cloned().unwrap_or_default();
        let waiting = stack.and_then(|stack| stack.waiting.as_ref()?.as_ref().ok());
        let listed = sending.and_then(|sending| sending.listed.as_ref().ok());
        let jobs = sending.and_then(|sending| sending.jobs.as_ref().ok());
        let with = |words: &[&str]| {
            jobs.map(|jobs| jobs.iter().filter(|job| words.contains(&job.status.as_str())).count())
        };
        Self {
            listed_bounces: listed.map(|listed| listed.bounces),
            listed_complaints: listed.map(|listed| listed.complaints),
            has_more: listed.is_some_and(|listed| listed.has_more),
            suppressed_for_bounces: count(totals.suppressed_bounce),
            suppressed_for_complaints: count(totals.suppressed_complaint),
            suppressed_by_imports: count(totals.suppressed_import),
            refused: count(totals.refused),
            import_failed: count(totals.import_failed),
            files_waiting: waiting.map(|waiting| waiting.files),
            import_state: waiting.map(|waiting| match &waiting.state {
                None | Some(ImportState::Idle) => "idle",
                Some(ImportState::Listing { .. }) => "listing",
                Some(ImportState::Submitting { .. }) => "submitting",
                Some(ImportState::Running { .. }) => "running",
                Some(ImportState::BackingOff { .. }) => "backing_off",
            }),
            jobs_open: with(&["CREATED", "PROCESSING"]),
            jobs_failed: with(&["FAILED"]),
        }
    }
}

/// A dedicated IP pool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PoolPart {
    pub(crate) name: String,
    pub(crate) is_managed: bool,
    pub(crate) providers: Vec<PoolProviderPart>,
}

/// What a managed pool sends at a mailbox provider.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PoolProviderPart {
    pub(crate) provider: String,
    pub(crate) sent_last_24_hours: Option<f64>,
    pub(crate) available_24_hour_send: Option<f64>,
}

pub(crate) fn pools(sending: Option<&Sending>) -> Vec<PoolPart> {
    let Some(Ok(found)) = sending.map(|sending| sending.pools.as_ref()) else { return Vec::new() };
    let providers = |pool: &str| {
        let of_pool = found.capacity.iter().filter(|((name, _), _)| name == pool);
        let part = |((_, provider), capacity): (&(String, String), &_)| {
            let capacity: &PoolCapacity = capacity;
            PoolProviderPart {
                provider: provider.clone(),
                sent_last_24_hours: capacity.sent,
                available_24_hour_send: capacity.available,
            }
        };
        of_pool.map(part).collect()
    };
    let part = |pool: &PoolFacts| PoolPart {
        name: pool.name.clone(),
        is_managed: pool.is_managed,
        providers: providers(&pool.name),
    };
    found.pools.iter().map(part).collect()
}
