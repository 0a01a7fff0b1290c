//! Reads what a report is made of. What fails is a gap, not an error.

use std::collections::BTreeMap;

use warden_aws::operator::{
    AlarmDefinitions, ListedSeries, StackFacts, Stacks, Statistic, StatisticQuery, Statistics,
    series_of_two_weeks,
};
use warden_aws::{
    AccountState, CallError, Class, Connection, ListFilter, RateLimiter, SendingSwitch,
    SuppressionList,
};
use warden_domain::journal::HistoryEntry;

use super::window::Window;
use crate::frame::decisions::Decisions;
use crate::frame::exit::{self, action};
use crate::frame::journal::JournalOptions;

/// AWS's own metrics.
const AWS_NAMESPACE: &str = "AWS/SES";
/// The namespace of our metrics where no stack says another.
const OUR_NAMESPACE: &str = "SesWarden";
/// Pages of 1,000 entries of the suppression list that are counted.
const MOST_PAGES: usize = 20;
/// Domains whose sums are read.
const MOST_DOMAINS: usize = 100;

/// How to read.
pub(super) struct EvidenceReading<'a> {
    pub(super) connection: &'a Connection,
    pub(super) journal: &'a JournalOptions,
    pub(super) window: Window,
    pub(super) has_texts: bool,
    pub(super) calls_per_second: f64,
}

/// The beginning of a step, in seconds since 1970, and its value.
pub(super) type Points = Vec<(i64, f64)>;

/// Counts of one kind by the names of their series.
pub(super) type Named = Vec<(String, f64)>;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct EvidenceReadings {
    pub(super) region: String,
    pub(super) stack_name: String,
    pub(super) account: Option<AccountState>,
    pub(super) stack: Option<StackFacts>,
    pub(super) history: Option<Vec<HistoryEntry>>,
    pub(super) decisions: Option<Decisions>,
    /// AWS's bounce and complaint rate of the account.
    pub(super) reputation: [Points; 2],
    /// Sends, deliveries, hard bounces and complaints of the account, by our counts.
    pub(super) counts: [Points; 4],
    /// The same sums by domain.
    pub(super) domains: BTreeMap<String, [f64; 4]>,
    /// Bounces by class and domain, by our counts.
    pub(super) faults: BTreeMap<(String, String), f64>,
    pub(super) callers: Named,
    pub(super) sources: Named,
    /// What suppress put on the list, by reason.
    pub(super) suppressed: Named,
    /// Entries of the list that were updated in the window, by reason, and whether that is all.
    pub(super) listed: Option<(BTreeMap<String, u64>, bool)>,
    /// Alarms of the stack, by the last word of their names.
    pub(super) alarms: Option<BTreeMap<String, usize>>,
    /// What could not be read, one sentence each.
    pub(super) failures: Vec<String>,
}

impl EvidenceReadings {
    fn keep<T>(&mut self, what: &str, answer: Result<T, CallError>) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(error) => {
                let needed = action(error.operation);
                self.failures
                    .push(format!("{what} could not be read ({error}; it needs {needed})."));
                None
            }
        }
    }
}

impl EvidenceReading<'_> {
    /// Reads everything.
    ///
    /// # Errors
    /// When AWS answers not even the first call, for the credentials or the network.
    pub(super) async fn read(&self) -> anyhow::Result<EvidenceReadings> {
        let mut found = EvidenceReadings {
            region: self.connection.region().to_owned(),
            stack_name: self.journal.stack.clone(),
            ..EvidenceReadings::default()
        };
        let pace = RateLimiter::per_second(self.calls_per_second);
        let account = SendingSwitch::new(self.connection, pace.clone()).account().await;
        if let Err(error) = &account {
            let is_silent = matches!(error.class, Class::Temporary);
            let error = anyhow::Error::from(error.clone());
            if is_silent || exit::status(&error) == exit::NO_ACCESS {
                return Err(error);
            }
        }
        found.account = found.keep("The account", account);
        let stack = Stacks::new(self.connection).describe(&self.journal.stack).await;
        found.stack = found.keep(&format!("The stack {}", self.journal.stack), stack);
        let listed = self.listed(pace).await;
        found.listed = found.keep("The suppression list", listed);
        self.read_journal(&mut found).await;
        self.read_cloudwatch(&mut found).await;
        Ok(found)
    }

    async fn read_journal(&self, found: &mut EvidenceReadings) {
        let journal = match self.journal.open(self.connection).await {
            Ok(journal) => journal.table,
            Err(error) => {
                found.failures.push(format!("The journal could not be read ({error:#})."));
                return;
            }
        };
        let start = self.window.start.as_millisecond();
        let until = self.window.end.as_millisecond();
        let history = journal.history(Some(start), None).await;
        found.history = found.keep("The history of pauses", history).map(|entries| {
            entries.into_iter().rev().filter(|entry| entry.at_millis <= until).collect()
        });
        if !self.has_texts {
            return;
        }
        let mut decisions = Decisions::default();
        let (start, end) = (self.window.start.as_second(), self.window.end.as_second());
        let read = journal.scan_decisions(start, end, None, |item| decisions.add(item)).await;
        found.decisions = found.keep("The journal's decisions", read).map(|_| decisions);
    }

    async fn listed(&self, pace: RateLimiter) -> Result<(BTreeMap<String, u64>, bool), CallError> {
        let list = SuppressionList::new(self.connection, pace);
        let filter = ListFilter {
            since: Some(self.window.start.as_second()),
            // The second that is not over yet belongs to it.
            until: Some(self.window.end.as_second() + 1),
            ..ListFilter::default()
        };
        let mut counts = BTreeMap::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let page = list.page(&filter, token.as_deref()).await?;
            for entry in page.entries {
                *counts.entry(entry.reason).or_default() += 1;
            }
            token = page.next;
            if token.is_none() {
                return Ok((counts, true));
            }
        }
        Ok((counts, false))
    }

    async fn read_cloudwatch(&self, found: &mut EvidenceReadings) {
        let output = |name: &str| found.stack.as_ref().and_then(|s| s.outputs.get(name)).cloned();
        let namespace = output("MetricNamespace").unwrap_or_else(|| OUR_NAMESPACE.to_owned());
        if let Some(prefix) = output("AlarmPrefix") {
            let alarms = AlarmDefinitions::new(self.connection).list(&prefix, || ()).await;
            found.alarms = found.keep("The alarms", alarms).map(|alarms| {
                let mut counts = BTreeMap::new();
                for alarm in alarms {
                    let word = alarm.name.rsplit('/').next().unwrap_or_default().to_owned();
                    *counts.entry(word).or_default() += 1;
                }
                counts
            });
        }
        let rates =
            ["Reputation.BounceRate", "Reputation.ComplaintRate"].map(|metric| StatisticQuery {
                series: ListedSeries::new(AWS_NAMESPACE, metric, &[]),
                statistic: Statistic::Maximum,
                period: self.window.step,
            });
        let values = self.values(&rates).await;
        let read = found.keep("AWS's reputation metrics", values);
        found.reputation = read.and_then(|all| all.try_into().ok()).unwrap_or_default();
        let totals = COUNTED.map(|metric| self.sum(ListedSeries::new(&namespace, metric, &[])));
        let values = self.values(&totals).await;
        let read = found.keep("The counts of ses-warden", values);
        found.counts = read.and_then(|all| all.try_into().ok()).unwrap_or_default();
        self.by_domain(&namespace, found).await;
        let faults = self.named(&namespace, "BounceFault", &["Domain", "Fault"]).await;
        for (series, sum) in found.keep("Bounces by class", faults).unwrap_or_default() {
            let part = |name| series.dimension(name).unwrap_or_default().to_owned();
            *found.faults.entry((part("Fault"), part("Domain"))).or_default() += sum;
        }
        for (metric, dimension) in [
            ("UnexpectedSender", "CallerIdentity"),
            ("UnexpectedSender", "SourceIp"),
            ("Suppressed", "Reason"),
        ] {
            let named = self.named(&namespace, metric, &[dimension]).await;
            let what = format!("{metric} by {dimension}");
            let all = found.keep(&what, named).unwrap_or_default().into_iter();
            let all = all.map(|(series, sum)| {
                (series.dimension(dimension).unwrap_or_default().to_owned(), sum)
            });
            let all: Named = all.collect();
            match dimension {
                "CallerIdentity" => found.callers = all,
                "SourceIp" => found.sources = all,
                _ => found.suppressed = all,
            }
        }
    }

    async fn by_domain(&self, namespace: &str, found: &mut EvidenceReadings) {
        let listed = series_of_two_weeks(self.connection, namespace, "Send", &["Domain"]).await;
        let mut listed = found.keep("The sender domains", listed).unwrap_or_default();
        listed.truncate(MOST_DOMAINS);
        let names: Vec<String> =
            listed.iter().filter_map(|one| one.dimension("Domain").map(str::to_owned)).collect();
        let queries: Vec<StatisticQuery> = names
            .iter()
            .flat_map(|name| COUNTED.map(|metric| (name, metric)))
            .map(|(name, metric)| {
                self.sum(ListedSeries::new(namespace, metric, &[("Domain", name)]))
            })
            .collect();
        let values = self.values(&queries).await;
        let sums = found.keep("Counts by domain", values).unwrap_or_default();
        let sums: Vec<f64> = sums.iter().map(sum).collect();
        for (name, sums) in names.into_iter().zip(sums.chunks_exact(COUNTED.len())) {
            if let Ok(sums) = sums.try_into() {
                found.domains.insert(name, sums);
            }
        }
    }

    /// The sums of each series of a metric with these dimensions; series without any are left out.
    async fn named(
        &self,
        namespace: &str,
        metric: &str,
        dimensions: &[&str],
    ) -> Result<Vec<(ListedSeries, f64)>, CallError> {
        let listed = series_of_two_weeks(self.connection, namespace, metric, dimensions).await?;
        let queries: Vec<StatisticQuery> =
            listed.iter().map(|series| self.sum(series.clone())).collect();
        let values = self.values(&queries).await?;
        let sums = values.iter().map(sum);
        Ok(listed.into_iter().zip(sums).filter(|(_, sum)| *sum > 0.0).collect())
    }

    fn sum(&self, series: ListedSeries) -> StatisticQuery {
        StatisticQuery { series, statistic: Statistic::Sum, period: self.window.step }
    }

    async fn values(&self, queries: &[StatisticQuery]) -> Result<Vec<Points>, CallError> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let (start, end) = self.window.seconds();
        Statistics::new(self.connection).values(queries, start, end).await
    }
}

/// The order of [`EvidenceReadings::counts`].
const COUNTED: [&str; 4] = ["Send", "Delivery", "BounceHard", "Complaint"];

fn sum(points: &Points) -> f64 {
    points.iter().fold(0.0, |sum, (_, value)| sum + value)
}
