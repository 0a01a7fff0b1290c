//! What CloudWatch knows about the cause of a pause.

use warden_aws::{Alarms, CallError, Connection, Metrics, Query};
use warden_domain::alarm::AlarmState;
use warden_domain::bounce::BounceClass;
use warden_domain::guard::windows::whole;
use warden_domain::journal::HistoryTarget;
use warden_domain::notice::Totals;
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
pub async fn read_cause(
    connection: &Connection,
    stack: &OurStack,
    target: &HistoryTarget,
    paused_at: Option<i64>,
) -> SendingCause {
    let now = now_millis() / 1000;
    let start = paused_at.map_or(now - HOUR, |at| (at / 1000).clamp(now - LONGEST, now - HOUR));
    let ours = Metrics::new(connection, stack.namespace().to_owned());
    let mut cause = SendingCause::default();
    let mut not_read = Vec::new();
    let mut kept = |what: &str, error: &CallError| {
        let line = format!("{what}: {error}");
        if !not_read.contains(&line) {
            not_read.push(line);
        }
    };

    let aws = Metrics::new(connection, "AWS/SES".to_owned());
    let dimensions = match target {
        HistoryTarget::ConfigurationSet(name) => vec![("ses:configuration-set", name.clone())],
        HistoryTarget::Account | HistoryTarget::Tenant(_) | HistoryTarget::Address(_) => vec![],
    };
    let rate = |metric| Query { metric, dimensions: dimensions.clone() };
    let rates = [rate("Reputation.BounceRate"), rate("Reputation.ComplaintRate")];
    match aws.latest_rates(&rates, now - DAY, now + 60).await {
        Ok(latest) => {
            let mut values = latest.into_iter().map(|point| Some(point?.1));
            cause.rates = [values.next().flatten(), values.next().flatten()];
        }
        Err(error) => kept("AWS's rates", &error),
    }

    let hour = (now - HOUR, now + 60);
    match domains(&ours, target, hour).await {
        Ok(domains) => cause.domains = Some(domains),
        Err(error) => kept("the domains of the last hour", &error),
    }
    match totals(&ours, target, (start, now + 60)).await {
        Ok(totals) => cause.since_pause = totals,
        Err(error) => kept("the counts since the pause", &error),
    }
    match totals(&ours, target, (now - QUARTER, now + 60)).await {
        Ok(totals) => cause.last_quarter = totals,
        Err(error) => kept("the counts of the last 15 minutes", &error),
    }
    for (dimension, slot) in
        [("CallerIdentity", &mut cause.callers), ("SourceIp", &mut cause.sources)]
    {
        match ours.ranked("UnexpectedSender", &[(dimension, None)], hour.0, hour.1).await {
            Ok(ranked) => *slot = Some(counted(ranked)),
            Err(error) => kept("unexpected senders", &error),
        }
    }
    let by_class = [("Domain", None), ("Fault", None)];
    match ours.ranked("BounceFault", &by_class, hour.0, hour.1).await {
        Ok(ranked) => cause.classes = Some(classes(ranked)),
        Err(error) => kept("bounces by class", &error),
    }
    if let Some(prefix) = stack.output("AlarmPrefix") {
        match Alarms::new(connection).all(prefix).await {
            Ok(alarms) => {
                let in_alarm = alarms.into_iter().filter(|alarm| alarm.state == AlarmState::Alarm);
                cause.alarms = Some(in_alarm.map(|alarm| alarm.name).collect());
            }
            Err(error) => kept("the alarms", &error),
        }
    }
    cause.not_read = not_read;
    cause
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
) -> Result<Vec<(String, Totals)>, CallError> {
    let (names, set) = match target {
        HistoryTarget::ConfigurationSet(set) => (metrics.domains_of(set).await?, Some(set)),
        HistoryTarget::Account => (metrics.domains().await?, None),
        HistoryTarget::Tenant(_) | HistoryTarget::Address(_) => return Ok(Vec::new()),
    };
    let query = |domain: &String, metric| {
        let mut dimensions = vec![("Domain", domain.clone())];
        dimensions.extend(set.map(|set| ("ConfigurationSet", set.clone())));
        Query { metric, dimensions }
    };
    let queries: Vec<Query> =
        names.iter().flat_map(|name| COUNTED.map(|metric| query(name, metric))).collect();
    let sums = metrics.sums(&queries, start, end).await?;
    let mut counts: Vec<(String, Totals)> =
        names.into_iter().zip(sums.chunks(COUNTED.len()).map(sum_of)).collect();
    counts.retain(|(_, counts)| *counts != Totals::default());
    counts.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.sends));
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
            let domains = domains(metrics, target, (start, end)).await?;
            Ok(Some(domains.iter().fold(Totals::default(), |all, (_, one)| Totals {
                sends: all.sends.saturating_add(one.sends),
                hard_bounces: all.hard_bounces.saturating_add(one.hard_bounces),
                complaints: all.complaints.saturating_add(one.complaints),
            })))
        }
    }
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
