//! What CloudWatch knows about the cause of a pause.

use warden_aws::{Alarms, CallError, Connection, Metrics, Query};
use warden_domain::alarm::AlarmState;
use warden_domain::bounce::BounceClass;
use warden_domain::guard::windows::whole;
use warden_domain::journal::HistoryTarget;
use warden_domain::notice::{DomainCounts, Totals};
use warden_domain::operate::resume::Counted;

use crate::frame::history::now_millis;
use crate::frame::stack::OurStack;

/// The shortest time that counts are read of, in seconds.
const HOUR: i64 = 3_600;
/// CloudWatch keeps minutes for fifteen days.
const LONGEST: i64 = 14 * 86_400;
/// The time of which feedback still comes, in seconds.
const QUARTER: i64 = 900;
/// AWS's rates are looked for so far back, in seconds.
const DAY: i64 = 86_400;
/// Lines of each list.
const LISTED: usize = 10;

/// The cause, as far as it could be read; what could not is in `not_read`.
#[derive(Debug, Clone, Default)]
pub struct SendingCause {
    /// AWS's bounce and complaint rate.
    pub rates: [Option<f64>; 2],
    /// Our counts since the pause, an hour at least.
    pub since_pause: Option<Totals>,
    /// Our counts of the last quarter of an hour.
    pub last_quarter: Option<Totals>,
    /// Callers that are on no list, with their counts of the last hour.
    pub callers: Option<Vec<Counted>>,
    /// Source addresses that are on no list.
    pub sources: Option<Vec<Counted>>,
    /// Hard bounces of the last hour by class.
    pub classes: Option<Vec<(BounceClass, u64)>>,
    /// From domains of the last hour, most mail first.
    pub domains: Option<Vec<(String, Totals)>>,
    /// Alarms of the stack that are in ALARM.
    pub alarms: Option<Vec<String>>,
    /// What could not be read, with the reason.
    pub not_read: Vec<String>,
}

/// Reads what is known of a target. `paused_at` is when the pause began, in milliseconds since 1970.
///
/// The reads run side by side, because a person in an incident waits for them.
pub async fn read_cause(
    connection: &Connection,
    stack: &OurStack,
    target: &HistoryTarget,
    paused_at: Option<i64>,
) -> SendingCause {
    let now = now_millis() / 1000;
    let start = paused_at.map_or(now - HOUR, |at| (at / 1000).clamp(now - LONGEST, now - HOUR));
    let ours = Metrics::new(connection, stack.namespace().to_owned());
    let (end, hour) = (now + 60, now - HOUR);
    let by_caller = [("CallerIdentity", None)];
    let by_source = [("SourceIp", None)];
    let by_class = [("Domain", None), ("Fault", None)];
    let (rates, domains, since_pause, last_quarter, callers, sources, by_class, alarms) = tokio::join!(
        rates(connection, target, (now - DAY, end)),
        domains(&ours, target, (hour, end)),
        totals(&ours, target, (start, end)),
        totals(&ours, target, (now - QUARTER, end)),
        ours.ranked("UnexpectedSender", &by_caller, hour, end),
        ours.ranked("UnexpectedSender", &by_source, hour, end),
        ours.ranked("BounceFault", &by_class, hour, end),
        alarms(connection, stack),
    );
    let mut not_read = NotRead::default();
    SendingCause {
        rates: not_read.or_keep("AWS's rates", rates).unwrap_or_default(),
        domains: not_read.or_keep("the domains of the last hour", domains).map(named),
        since_pause: not_read.or_keep("the counts since the pause", since_pause).flatten(),
        last_quarter: not_read.or_keep("the counts of the last 15 minutes", last_quarter).flatten(),
        callers: not_read.or_keep("unexpected senders", callers).map(counted),
        sources: not_read.or_keep("unexpected senders", sources).map(counted),
        classes: not_read.or_keep("bounces by class", by_class).map(classes),
        alarms: not_read.or_keep("the alarms", alarms).flatten(),
        not_read: not_read.0,
    }
}

/// What could not be read, each once.
#[derive(Debug, Default)]
struct NotRead(Vec<String>);

impl NotRead {
    fn or_keep<T>(&mut self, what: &str, answer: Result<T, CallError>) -> Option<T> {
        let error = match answer {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let line = format!("{what}: {error}");
        if !self.0.contains(&line) {
            self.0.push(line);
        }
        None
    }
}

/// AWS's bounce and complaint rate of the account or the set.
async fn rates(
    connection: &Connection,
    target: &HistoryTarget,
    (start, end): (i64, i64),
) -> Result<[Option<f64>; 2], CallError> {
    let dimensions = match target {
        HistoryTarget::ConfigurationSet(name) => vec![("ses:configuration-set", name.clone())],
        HistoryTarget::Account | HistoryTarget::Tenant(_) | HistoryTarget::Address(_) => vec![],
    };
    let rate = |metric| Query { metric, dimensions: dimensions.clone() };
    let rates = [rate("Reputation.BounceRate"), rate("Reputation.ComplaintRate")];
    let aws = Metrics::new(connection, "AWS/SES".to_owned());
    let latest = aws.latest_rates(&rates, start, end).await?;
    let mut values = latest.into_iter().map(|point| Some(point?.1));
    Ok([values.next().flatten(), values.next().flatten()])
}

/// The stack's alarms that are in ALARM; `None` where no stack says how they are called.
async fn alarms(
    connection: &Connection,
    stack: &OurStack,
) -> Result<Option<Vec<String>>, CallError> {
    let Some(prefix) = stack.output("AlarmPrefix") else { return Ok(None) };
    let alarms = Alarms::new(connection).all(prefix).await?.into_iter();
    let in_alarm = alarms.filter(|alarm| alarm.state == AlarmState::Alarm);
    Ok(Some(in_alarm.map(|alarm| alarm.name).collect()))
}

const COUNTED: [&str; 3] = ["Send", "BounceHard", "Complaint"];

fn sum_of(sums: &[f64]) -> Totals {
    let at = |index: usize| whole(sums.get(index).copied().unwrap_or_default());
    Totals { sends: at(0), hard_bounces: at(1), complaints: at(2) }
}

/// The domains that a target carried mail of, with their counts. A tenant's mail is not counted.
async fn domains(
    metrics: &Metrics,
    target: &HistoryTarget,
    (start, end): (i64, i64),
) -> Result<Vec<DomainCounts>, CallError> {
    let (names, set) = match target {
        HistoryTarget::ConfigurationSet(set) => (metrics.domains_of(set).await?, Some(set)),
        HistoryTarget::Account => (metrics.domains().await?, None),
        HistoryTarget::Tenant(_) | HistoryTarget::Address(_) => return Ok(Vec::new()),
    };
    let mut counts = metrics.counts_by_domain(names, set.map(String::as_str), start, end).await?;
    counts.retain(|one| one.totals() != Totals::default());
    counts.sort_by_key(|one| std::cmp::Reverse(one.sends));
    Ok(counts)
}

/// The counts of a target; `None` for a tenant, whose mail is not counted by itself.
async fn totals(
    metrics: &Metrics,
    target: &HistoryTarget,
    (start, end): (i64, i64),
) -> Result<Option<Totals>, CallError> {
    match target {
        HistoryTarget::Tenant(_) | HistoryTarget::Address(_) => Ok(None),
        HistoryTarget::Account => {
            let queries = COUNTED.map(|metric| Query { metric, dimensions: Vec::new() });
            Ok(Some(sum_of(&metrics.sums(&queries, start, end).await?)))
        }
        HistoryTarget::ConfigurationSet(_) => {
            Ok(Some(Totals::of(&domains(metrics, target, (start, end)).await?)))
        }
    }
}

fn named(domains: Vec<DomainCounts>) -> Vec<(String, Totals)> {
    domains.into_iter().map(|one| (one.domain.clone(), one.totals())).collect()
}

fn counted(ranked: Vec<(Vec<String>, f64)>) -> Vec<Counted> {
    let one = |(names, count): (Vec<String>, f64)| (names.join(" "), whole(count));
    ranked.into_iter().take(LISTED).map(one).collect()
}

/// Counts by class over all domains, most first. A word that is no class of ours counts as unknown.
fn classes(ranked: Vec<(Vec<String>, f64)>) -> Vec<(BounceClass, u64)> {
    let mut counts = std::collections::BTreeMap::new();
    for (names, count) in ranked {
        let word = names.last().map(String::as_str).unwrap_or_default();
        let class = BounceClass::ALL.iter().find(|class| class.code() == word);
        let class = class.copied().unwrap_or(BounceClass::Unknown);
        *counts.entry(class).or_insert(0_u64) += whole(count);
    }
    let mut counts: Vec<(BounceClass, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}
