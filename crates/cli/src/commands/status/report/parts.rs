//! The parts of the report.

use std::collections::BTreeMap;

use serde::Serialize;
use warden_aws::AlarmRecord;
use warden_aws::operator::{AccountFacts, TenantFacts};
use warden_domain::alarm::AlarmState;
use warden_domain::guard::confidence::{Z, wilson_lower_bound};
use warden_domain::journal::{HistoryEntry, HistoryEvent, HistoryTarget};
use warden_domain::time::iso_millis;

use super::super::read::{QueueKind, RatePoint, Readings, Sending, StackReadings};
use super::{HistoryPart, history_part, verdict_of_aws};

/// The account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct AccountPart {
    pub(crate) sending_enabled: bool,
    /// AWS's word.
    pub(crate) enforcement_status: String,
    pub(crate) enforcement_meaning: &'static str,
    pub(crate) production_access: bool,
    /// Who paused it, where it does not send and the journal knows.
    pub(crate) paused_by: Option<HistoryPart>,
    /// Recipients in 24 hours; absent where there is no limit.
    pub(crate) quota: Option<f64>,
    pub(crate) sent_in_24_hours: Option<f64>,
    /// Fraction of the quota.
    pub(crate) quota_used: Option<f64>,
    pub(crate) most_per_second: Option<f64>,
    pub(crate) plan: Option<String>,
    pub(crate) next_plan: Option<String>,
    pub(crate) vdm: bool,
    pub(crate) suppressed_reasons: Vec<String>,
}

impl AccountPart {
    pub(super) fn of(account: &AccountFacts, stack: Option<&StackReadings>) -> Self {
        let quota = account.most_in_24_hours.filter(|most| *most >= 0.0);
        let used = quota.filter(|quota| *quota > 0.0).zip(account.sent_in_24_hours);
        Self {
            sending_enabled: account.sending_enabled,
            enforcement_status: account.enforcement.name().to_owned(),
            enforcement_meaning: verdict_of_aws(&account.enforcement),
            production_access: account.production_access,
            paused_by: (!account.sending_enabled)
                .then(|| last_pause(stack, &HistoryTarget::Account))
                .flatten(),
            quota,
            sent_in_24_hours: account.sent_in_24_hours,
            quota_used: used.map(|(quota, sent)| sent / quota),
            most_per_second: account.most_per_second,
            plan: account.plan.clone(),
            next_plan: account.next_plan.clone(),
            vdm: account.vdm,
            suppressed_reasons: account.suppressed_reasons.clone(),
        }
    }
}

impl HistoryPart {
    /// ` by guard at 2026-11-27 03:12 UTC: bounce rate`, to stand behind "is paused".
    pub(crate) fn sentence(&self) -> String {
        let who = match (self.name.as_str(), self.identity.as_str()) {
            ("", "") => match self.actor {
                "unknown" => "somebody".to_owned(),
                "aws" => "AWS".to_owned(),
                actor => actor.to_owned(),
            },
            ("", identity) => identity.to_owned(),
            (name, _) => name.to_owned(),
        };
        let reason = match self.reason.trim_end_matches('.') {
            "" => String::new(),
            reason => format!(": {reason}"),
        };
        format!(" by {who} at {}{reason}", minute(&self.at))
    }
}

/// `2026-11-27 03:12 UTC` of an RFC 3339 time.
pub(crate) fn minute(time: &str) -> String {
    match time.get(..16) {
        Some(minute) => format!("{} UTC", minute.replace('T', " ")),
        None => time.to_owned(),
    }
}

/// Whether an entry of the history is about pausing and resuming.
pub(crate) fn is_about_sending(entry: &HistoryEntry) -> bool {
    match entry.event {
        HistoryEvent::Pause
        | HistoryEvent::Resume
        | HistoryEvent::FoundPaused
        | HistoryEvent::FoundResumed => true,
        HistoryEvent::Rescue
        | HistoryEvent::Removal
        | HistoryEvent::Addition
        | HistoryEvent::Note => false,
    }
}

/// The newest entry of a target, if it is a pause.
fn last_pause(stack: Option<&StackReadings>, target: &HistoryTarget) -> Option<HistoryPart> {
    let entries = stack?.history.as_ref()?.as_ref().ok()?;
    let mut of_target =
        entries.iter().filter(|entry| entry.target == *target && is_about_sending(entry));
    let newest = of_target.next()?;
    let is_pause = matches!(newest.event, HistoryEvent::Pause | HistoryEvent::FoundPaused);
    is_pause.then(|| history_part(newest))
}

/// One of AWS's rates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RatePart {
    /// The configuration set; absent for the account.
    pub(crate) set: Option<String>,
    /// `bounce` or `complaint`.
    pub(crate) measure: &'static str,
    /// A fraction.
    pub(crate) rate: f64,
    /// Where AWS reviews an account.
    pub(crate) review_line: f64,
    /// Where AWS may pause it.
    pub(crate) pause_line: f64,
    /// The rate over the review line.
    pub(crate) of_review_line: f64,
    /// When AWS computed it, RFC 3339.
    pub(crate) at: String,
}

impl RatePart {
    pub(super) fn of(
        set: Option<&String>,
        measure: &'static str,
        point: RatePoint,
        review_line: f64,
        pause_line: f64,
    ) -> Self {
        Self {
            set: set.cloned(),
            measure,
            rate: point.rate,
            review_line,
            pause_line,
            of_review_line: point.rate / review_line,
            at: iso_millis(point.at * 1_000),
        }
    }

    /// `Bounce rate 2.1 %: 42 % of AWS's review line (5 %).`
    pub(crate) fn sentence(&self) -> String {
        let measure = if self.measure == "bounce" { "Bounce rate" } else { "Complaint rate" };
        let set = self.set.as_ref().map(|set| format!(" of set {set}")).unwrap_or_default();
        format!(
            "{measure}{set} {}: {:.0} % of AWS's review line ({}).",
            percent(self.rate),
            self.of_review_line * 100.0,
            percent(self.review_line)
        )
    }
}

/// `2.1 %`; more digits for small rates, such as those of complaints.
pub(crate) fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    let text = if percent >= 1.0 { format!("{percent:.1}") } else { format!("{percent:.3}") };
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{} %", if text.is_empty() { "0" } else { text })
}

/// A configuration set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SetPart {
    pub(crate) name: String,
    /// Whether it sends; absent where it was not read.
    pub(crate) sends: Option<bool>,
    /// The pause, where the journal's last entry about the set is one.
    pub(crate) paused_by: Option<HistoryPart>,
    /// AWS's rates, as fractions.
    pub(crate) bounce_rate: Option<f64>,
    pub(crate) complaint_rate: Option<f64>,
}

pub(super) fn sets(
    quick: &Readings,
    sending: Option<&Sending>,
    stack: Option<&StackReadings>,
) -> Vec<SetPart> {
    let states = sending.and_then(|sending| sending.sets.as_ref().ok());
    let history = stack.and_then(|stack| stack.history.as_ref()?.as_ref().ok());
    let in_history = history.into_iter().flatten().filter_map(|entry| match &entry.target {
        HistoryTarget::ConfigurationSet(name) => Some(name.clone()),
        HistoryTarget::Account | HistoryTarget::Tenant(_) | HistoryTarget::Address(_) => None,
    });
    let with_rate = quick.rates.iter().flat_map(|rates| rates.sets.keys().cloned());
    let mut sets: BTreeMap<String, Option<bool>> =
        with_rate.chain(in_history).map(|name| (name, None)).collect();
    for (name, sends) in states.iter().flat_map(|states| &states.read) {
        // A set that is gone neither sends nor is paused.
        match sends {
            Some(sends) => _ = sets.insert(name.clone(), Some(*sends)),
            None => _ = sets.remove(name),
        }
    }
    sets.into_iter()
        .map(|(name, sends)| {
            let rates = quick.rates.as_ref().ok().and_then(|rates| rates.sets.get(&name));
            SetPart {
                sends,
                paused_by: last_pause(stack, &HistoryTarget::ConfigurationSet(name.clone())),
                bounce_rate: rates.and_then(|rates| rates.bounce).map(|point| point.rate),
                complaint_rate: rates.and_then(|rates| rates.complaint).map(|point| point.rate),
                name,
            }
        })
        .collect()
}

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

pub(super) fn domains(stack: Option<&StackReadings>) -> Vec<DomainPart> {
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

pub(super) fn providers(sending: Option<&Sending>) -> Vec<ProviderPart> {
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
    pub(super) fn of(stack: Option<&StackReadings>, sending: Option<&Sending>) -> Self {
        use warden_domain::imports::ImportState;
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

pub(super) fn pools(sending: Option<&Sending>) -> Vec<PoolPart> {
    let Some(Ok(found)) = sending.map(|sending| sending.pools.as_ref()) else { return Vec::new() };
    let providers = |pool: &str| {
        let of_pool = found.capacity.iter().filter(|((name, _), _)| name == pool);
        let part = |((_, provider), capacity): (&(String, String), &_)| {
            let capacity: &super::super::read::PoolCapacity = capacity;
            PoolProviderPart {
                provider: provider.clone(),
                sent_last_24_hours: capacity.sent,
                available_24_hour_send: capacity.available,
            }
        };
        of_pool.map(part).collect()
    };
    let part = |pool: &warden_aws::operator::PoolFacts| PoolPart {
        name: pool.name.clone(),
        is_managed: pool.is_managed,
        providers: providers(&pool.name),
    };
    found.pools.iter().map(part).collect()
}

/// The tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TenantsPart {
    pub(crate) count: usize,
    /// Those with a high impact of open findings.
    pub(crate) high_impact: Vec<String>,
    pub(crate) disabled: Vec<TenantPart>,
}

/// A tenant that does not send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TenantPart {
    pub(crate) name: String,
    pub(crate) disabled_by: Vec<&'static str>,
    pub(crate) cause: Option<String>,
}

impl TenantsPart {
    pub(super) fn of(tenants: &[TenantFacts]) -> Self {
        // arn:aws:ses:REGION:ACCOUNT:tenant/NAME/ID
        let name = |tenant: &TenantFacts| {
            let name = tenant.arn.split_once(":tenant/").map(|(_, rest)| rest);
            let name = name.and_then(|rest| rest.split('/').next());
            name.unwrap_or(&tenant.arn).to_owned()
        };
        let disabled = tenants.iter().filter(|tenant| tenant.status == "DISABLED");
        let high = tenants.iter().filter(|tenant| tenant.impact.as_deref() == Some("HIGH"));
        Self {
            count: tenants.len(),
            high_impact: high.map(name).collect(),
            disabled: disabled
                .map(|tenant| TenantPart {
                    name: name(tenant),
                    disabled_by: tenant.disabled_by.clone(),
                    cause: tenant.cause.clone(),
                })
                .collect(),
        }
    }
}

/// The stack's alarms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AlarmsPart {
    pub(crate) count: usize,
    pub(crate) ok: usize,
    pub(crate) insufficient_data: usize,
    pub(crate) silenced: usize,
    pub(crate) in_alarm: Vec<AlarmPart>,
}

/// An alarm in ALARM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AlarmPart {
    pub(crate) name: String,
    pub(crate) since: String,
    pub(crate) reason: String,
}

impl AlarmsPart {
    pub(super) fn of(alarms: &[AlarmRecord]) -> Self {
        let in_state = |state: &AlarmState| alarms.iter().filter(|a| a.state == *state).count();
        let in_alarm = alarms.iter().filter(|alarm| alarm.state == AlarmState::Alarm);
        Self {
            count: alarms.len(),
            ok: in_state(&AlarmState::Ok),
            insufficient_data: in_state(&AlarmState::InsufficientData),
            silenced: alarms.iter().filter(|alarm| alarm.is_silenced).count(),
            in_alarm: in_alarm
                .map(|alarm| AlarmPart {
                    name: alarm.name.clone(),
                    since: alarm.episode.clone(),
                    reason: alarm.reason.clone(),
                })
                .collect(),
        }
    }
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct QueuePart {
    pub(crate) name: String,
    pub(crate) is_dead_letters: bool,
    pub(crate) waiting: u64,
    pub(crate) in_flight: u64,
}

pub(super) fn queues(stack: Option<&StackReadings>) -> Vec<QueuePart> {
    let queues = stack.map(|stack| stack.queues.iter()).into_iter().flatten();
    queues
        .filter_map(|queue| {
            let depth = queue.depth.as_ref().ok()?;
            Some(QueuePart {
                name: queue.name.clone(),
                is_dead_letters: queue.kind == QueueKind::DeadLetters,
                waiting: depth.waiting,
                in_flight: depth.in_flight,
            })
        })
        .collect()
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FunctionPart {
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) last_modified: String,
    pub(crate) code_sha256: String,
}

pub(super) fn functions(stack: Option<&StackReadings>) -> Vec<FunctionPart> {
    let functions = stack.map(|stack| stack.functions.iter()).into_iter().flatten();
    functions
        .filter_map(|deployed| {
            let function = deployed.function.as_ref().ok()?;
            Some(FunctionPart {
                name: deployed.name.clone(),
                state: function.state.clone(),
                last_modified: function.last_modified.clone(),
                code_sha256: function.code_sha256.clone(),
            })
        })
        .collect()
}
