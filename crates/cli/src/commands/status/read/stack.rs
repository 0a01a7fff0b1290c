//! What the stack knows: counts by domain, alarms, queues, functions, the journal's history, and
//! addresses that wait for an import job.

use futures_util::future::join_all;
use warden_aws::operator::{
    DeployedFunction, Deployment, ListedSeries, QueueDepth, StackFacts, Statistic, StatisticQuery,
    Statistics,
};
use warden_aws::{Alarms, Bucket, CallError, Connection, Journal};
use warden_domain::guard::AlarmRecord;
use warden_domain::imports::ImportState;
use warden_domain::journal::HistoryEntry;

use super::{DAY, StatusReading, reading};

/// Hours that a row of a domain shows.
pub(crate) const HOURS: usize = 24;
/// Domains that are read; the rest are counted.
const MOST_DOMAINS: usize = 500;
/// How far back the journal is asked who paused what.
const HISTORY_DAYS: i64 = 90;
/// Entries of the history that are read.
const MOST_HISTORY: usize = 200;
/// Metrics of a domain; the first is read by hour.
const METRICS: [&str; 5] = ["Send", "BounceHard", "Complaint", "Delivery", "MultiRecipientMessage"];

/// A domain's counts of 24 hours.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct DomainDay {
    pub(crate) domain: String,
    /// Sends in each hour, the oldest first.
    pub(crate) sends_by_hour: Vec<f64>,
    pub(crate) hard_bounces: f64,
    pub(crate) complaints: f64,
    pub(crate) deliveries: f64,
    /// Messages with several recipients.
    pub(crate) multi_recipient: f64,
}

/// What suppress wrote in 24 hours, and what waits.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct SuppressTotals {
    pub(crate) suppressed_bounce: f64,
    pub(crate) suppressed_complaint: f64,
    pub(crate) suppressed_import: f64,
    pub(crate) refused: f64,
    pub(crate) import_failed: f64,
}

/// Files in the bucket whose addresses are not on the list yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct WaitingFiles {
    pub(crate) files: usize,
    pub(crate) state: Option<ImportState>,
}

/// What a queue is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueueKind {
    Work,
    DeadLetters,
}

/// A queue and what lies in it.
#[derive(Debug)]
pub(crate) struct QueueReading {
    pub(crate) name: String,
    pub(crate) kind: QueueKind,
    pub(crate) depth: StatusReading<QueueDepth>,
}

/// A function.
#[derive(Debug)]
pub(crate) struct Deployed {
    pub(crate) name: String,
    pub(crate) function: StatusReading<DeployedFunction>,
}

/// Everything of the stack.
#[derive(Debug)]
pub(crate) struct StackReadings {
    pub(crate) domains: StatusReading<Vec<DomainDay>>,
    pub(crate) totals: StatusReading<SuppressTotals>,
    pub(crate) alarms: StatusReading<Vec<AlarmRecord>>,
    pub(crate) queues: Vec<QueueReading>,
    pub(crate) functions: Vec<Deployed>,
    /// Newest first; `None` where the stack has no journal.
    pub(crate) history: Option<StatusReading<Vec<HistoryEntry>>>,
    /// `None` where the stack has no bucket.
    pub(crate) waiting: Option<StatusReading<WaitingFiles>>,
}

/// Reads all of it side by side.
pub(super) async fn read(
    connection: &Connection,
    statistics: &Statistics,
    stack: &str,
    facts: &StackFacts,
    now: i64,
) -> StackReadings {
    let output = |name: &str| facts.outputs.get(name).filter(|value| !value.is_empty());
    let namespace = output("MetricNamespace").map_or("SesWarden", String::as_str);
    let prefix = output("AlarmPrefix").cloned().unwrap_or_else(|| format!("{stack}/"));
    let deployment = Deployment::new(connection);
    let alarms = Alarms::new(connection);
    let queues = [
        ("suppress", QueueKind::Work, "SuppressQueueUrl"),
        ("suppress, dead letters", QueueKind::DeadLetters, "SuppressDeadLetterQueueUrl"),
        ("metrics", QueueKind::Work, "MetricsQueueUrl"),
        ("metrics, dead letters", QueueKind::DeadLetters, "MetricsDeadLetterQueueUrl"),
        ("guard, dead letters", QueueKind::DeadLetters, "GuardDeadLetterQueueUrl"),
    ];
    let queues = queues.into_iter().filter_map(|(name, kind, key)| {
        let url = output(key)?.clone();
        let deployment = &deployment;
        Some(async move {
            let depth = reading("a queue", deployment.queue(&url).await);
            QueueReading { name: name.to_owned(), kind, depth }
        })
    });
    let functions =
        ["SuppressFunctionName", "MetricsFunctionName", "GuardFunctionName"].into_iter();
    let functions = functions.filter_map(|key| {
        let name = output(key)?.clone();
        let deployment = &deployment;
        Some(async move {
            let function = reading("a function", deployment.function(&name).await);
            Deployed { name, function }
        })
    });
    let history = async {
        let table = output("JournalTableName")?.clone();
        Some(reading("the journal", history(connection, table, now).await))
    };
    let waiting = async {
        let bucket = output("SuppressBucketName")?.clone();
        Some(reading("the bucket of import jobs", waiting(connection, bucket).await))
    };
    let (domains, totals, alarms, queues, functions, history, waiting) = tokio::join!(
        async { reading("the counts by domain", domains(statistics, namespace, now).await) },
        async { reading("the counts of suppress", totals(statistics, namespace, now).await) },
        async { reading("the alarms", alarms.all(&prefix).await) },
        join_all(queues),
        join_all(functions),
        history,
        waiting,
    );
    StackReadings { domains, totals, alarms, queues, functions, history, waiting }
}

async fn domains(
    statistics: &Statistics,
    namespace: &str,
    now: i64,
) -> Result<Vec<DomainDay>, CallError> {
    let mut names: Vec<String> = statistics
        .listed_series(namespace, "Send", &["Domain"])
        .await?
        .iter()
        .filter(|series| series.dimensions.len() == 1)
        .filter_map(|series| series.dimension("Domain").map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    names.truncate(MOST_DOMAINS);
    let queries: Vec<StatisticQuery> = names
        .iter()
        .flat_map(|name| METRICS.map(|metric| query(namespace, metric, &[("Domain", name)])))
        .collect();
    // Whole hours, so that each value is in one of them.
    let end = now - now.rem_euclid(3_600) + 3_600;
    let start = end - DAY;
    let values = statistics.values(&queries, start, end).await?;
    let counted = names.into_iter().zip(values.chunks(METRICS.len())).map(|(domain, values)| {
        let [sends, bounces, complaints, deliveries, multi] = values else {
            return DomainDay::default();
        };
        let mut sends_by_hour = vec![0.0; HOURS];
        for (at, value) in sends {
            let hour = usize::try_from((at - start) / 3_600).ok();
            if let Some(hour) = hour.and_then(|hour| sends_by_hour.get_mut(hour)) {
                *hour += value;
            }
        }
        DomainDay {
            domain,
            sends_by_hour,
            hard_bounces: sum(bounces),
            complaints: sum(complaints),
            deliveries: sum(deliveries),
            multi_recipient: sum(multi),
        }
    });
    // A domain that is listed for two weeks may be quiet today.
    let is_active = |counts: &DomainDay| {
        counts.sends_by_hour.iter().sum::<f64>() + counts.hard_bounces + counts.complaints > 0.0
    };
    Ok(counted.filter(is_active).collect())
}

async fn totals(
    statistics: &Statistics,
    namespace: &str,
    now: i64,
) -> Result<SuppressTotals, CallError> {
    let queries = [
        query(namespace, "Suppressed", &[("Reason", "BOUNCE")]),
        query(namespace, "Suppressed", &[("Reason", "COMPLAINT")]),
        query(namespace, "Suppressed", &[("Reason", "IMPORT")]),
        query(namespace, "SuppressionRefused", &[]),
        query(namespace, "ImportFailed", &[]),
    ];
    let values = statistics.values(&queries, now - DAY, now + 60).await?;
    let mut sums = values.iter().map(|values| sum(values));
    let mut next = || sums.next().unwrap_or_default();
    Ok(SuppressTotals {
        suppressed_bounce: next(),
        suppressed_complaint: next(),
        suppressed_import: next(),
        refused: next(),
        import_failed: next(),
    })
}

fn query(namespace: &str, metric: &str, dimensions: &[(&str, &str)]) -> StatisticQuery {
    let series = ListedSeries::new(namespace, metric, dimensions);
    StatisticQuery { series, statistic: Statistic::Sum, period: 3_600 }
}

fn sum(values: &[(i64, f64)]) -> f64 {
    // Not `sum`, which makes -0 of nothing.
    values.iter().fold(0.0, |sum, (_, value)| sum + value)
}

async fn history(
    connection: &Connection,
    table: String,
    now: i64,
) -> Result<Vec<HistoryEntry>, CallError> {
    let since = (now - HISTORY_DAYS * DAY) * 1_000;
    Journal::new(connection, table).history(Some(since), Some(MOST_HISTORY)).await
}

async fn waiting(connection: &Connection, bucket: String) -> Result<WaitingFiles, CallError> {
    let bucket = Bucket::new(connection, bucket);
    let prefix = format!("suppress/{}/", connection.region());
    let state_key = format!("{prefix}state.json");
    let keys = bucket.list(&prefix).await?;
    let state = match keys.contains(&state_key) {
        true => bucket.get(&state_key).await?,
        false => None,
    };
    let is_address_file = |key: &&String| {
        let place = key.strip_prefix(&prefix).and_then(|rest| rest.split_once('/'));
        matches!(
            place.map(|(place, _)| place),
            Some("staged" | "jobs" | "single" | "tenant" | "unknown-tenant")
        )
    };
    Ok(WaitingFiles {
        files: keys.iter().filter(is_address_file).count(),
        state: state.and_then(|object| serde_json::from_slice(&object.body).ok()),
    })
}
