//! What SES alone knows, at one call a second: sets, pools, tenants, import jobs, the list's first
//! page, and VDM's figures by mailbox provider.

use std::collections::BTreeMap;

use serde::Deserialize;
use warden_aws::operator::{
    ConfigurationSets, ImportJobFacts, ListedSeries, PoolFacts, Statistic, StatisticQuery,
    TenantFacts, VdmMetric, VdmQuery,
};
use warden_aws::{CallError, ListFilter, SendingSwitch, SuppressionList};
use warden_domain::journal::HistoryTarget;

use super::{AWS_SES, DAY, StatusReader, StatusReading, StatusReadings, reading};
use crate::frame::progress::Progress;

/// Sets and pools that are read without `--all`.
const FIRST: usize = 10;
/// SES allows so many pools.
const MOST_POOLS: usize = 50;

/// Which sets there are, and which of them send.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SetStates {
    /// Whether it sends, for each set that was read; `None` for one that is gone.
    pub(crate) read: Vec<(String, Option<bool>)>,
    /// Sets that were not read.
    pub(crate) not_read: usize,
}

/// The first page of the suppression list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) bounces: usize,
    pub(crate) complaints: usize,
    /// Whether the list goes on.
    pub(crate) has_more: bool,
}

/// VDM's counts of 24 hours at one mailbox provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProviderCounts {
    pub(crate) isp: String,
    pub(crate) sends: u64,
    pub(crate) deliveries: u64,
    pub(crate) hard_bounces: u64,
    pub(crate) complaints: u64,
}

/// What a managed pool sends and may send at one mailbox provider.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PoolCapacity {
    /// Recipients in the last 24 hours.
    pub(crate) sent: Option<f64>,
    /// Recipients that the pool can send in 24 hours.
    pub(crate) available: Option<f64>,
}

/// The pools, and the capacity of each managed one by mailbox provider.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Pools {
    pub(crate) pools: Vec<PoolFacts>,
    /// How many there are.
    pub(crate) count: usize,
    /// By pool and provider.
    pub(crate) capacity: BTreeMap<(String, String), PoolCapacity>,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Sending {
    pub(crate) sets: StatusReading<SetStates>,
    pub(crate) pools: StatusReading<Pools>,
    pub(crate) tenants: StatusReading<Vec<TenantFacts>>,
    pub(crate) jobs: StatusReading<Vec<ImportJobFacts>>,
    pub(crate) listed: StatusReading<Listed>,
    /// `None` where VDM is off.
    pub(crate) providers: Option<StatusReading<Vec<ProviderCounts>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IspFile {
    isp: Vec<Isp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Isp {
    word: String,
    #[expect(dead_code, reason = "for people who read the file")]
    source: String,
}

/// The words of `data/isps.toml`.
fn isps() -> Vec<String> {
    let file: Result<IspFile, _> = toml::from_str(include_str!("../../../../data/isps.toml"));
    file.map(|file| file.isp.into_iter().map(|isp| isp.word).collect()).unwrap_or_default()
}

impl StatusReader<'_> {
    /// Reads what SES takes its time for.
    pub(crate) async fn slow(&self, quick: &StatusReadings) -> Sending {
        let mut progress = Progress::new("reads of SES", Some(5));
        let vdm = quick.account.as_ref().is_ok_and(|account| account.vdm);
        let paced = async {
            let sets = reading("the configuration sets", self.sets(quick).await);
            progress.step();
            let tenants = reading("the tenants", self.ses.tenants().await);
            progress.step();
            let jobs = reading("the import jobs", self.ses.import_jobs().await);
            progress.step();
            let listed = reading("the suppression list", self.listed().await);
            progress.step();
            let pools = reading("the dedicated IP pools", self.pools(quick.now).await);
            progress.step();
            (sets, tenants, jobs, listed, pools)
        };
        let figures = async {
            match vdm {
                true => Some(reading("VDM's figures", self.providers(quick.now).await)),
                false => None,
            }
        };
        let ((sets, tenants, jobs, listed, pools), providers) = tokio::join!(paced, figures);
        Sending { sets, pools, tenants, jobs, listed, providers }
    }

    fn most(&self) -> usize {
        if self.args.all { usize::MAX } else { FIRST }
    }

    /// The state of the sets that somebody paused or that send, and of others up to the limit.
    async fn sets(&self, quick: &StatusReadings) -> Result<SetStates, CallError> {
        let listing = ConfigurationSets::new(self.connection, self.limiter.clone());
        let mut names = listing.names().await?;
        let history = quick.stack.as_ref().ok().and_then(Option::as_ref);
        let history = history.and_then(|stack| stack.history.as_ref()?.as_ref().ok());
        let in_history = |name: &str| {
            let target = HistoryTarget::ConfigurationSet(name.to_owned());
            history.is_some_and(|entries| entries.iter().any(|entry| entry.target == target))
        };
        let has_rate =
            |name: &str| quick.rates.as_ref().is_ok_and(|rates| rates.sets.contains_key(name));
        names.sort_by_key(|name| (!in_history(name), !has_rate(name), name.clone()));
        let switch = SendingSwitch::new(self.connection, self.limiter.clone());
        let mut states = SetStates::default();
        for (index, name) in names.into_iter().enumerate() {
            if index < self.most() {
                let sends = switch.configuration_set(&name).await?;
                states.read.push((name, sends));
            } else {
                states.not_read += 1;
            }
        }
        states.read.sort();
        Ok(states)
    }

    async fn listed(&self) -> Result<Listed, CallError> {
        let list = SuppressionList::new(self.connection, self.limiter.clone());
        let page = list.page(&ListFilter::default(), None).await?;
        let of = |word: &str| page.entries.iter().filter(|entry| entry.reason == word).count();
        Ok(Listed {
            bounces: of("BOUNCE"),
            complaints: of("COMPLAINT"),
            has_more: page.next.is_some(),
        })
    }

    /// SES does not document the names of the dimensions of these two metrics. A series belongs to
    /// the pool that one of its values names, and its other value is the mailbox provider.
    async fn pools(&self, now: i64) -> Result<Pools, CallError> {
        const SENT: &str = "SentLast24Hours";
        const AVAILABLE: &str = "Available24HourSend";
        let (pools, count) = self.ses.pools(self.most().min(MOST_POOLS)).await?;
        let mut found = Pools { pools, count, ..Pools::default() };
        if !found.pools.iter().any(|pool| pool.is_managed) {
            return Ok(found);
        }
        let (sent, available) = tokio::try_join!(
            self.statistics.active_series(AWS_SES, SENT, &[]),
            self.statistics.active_series(AWS_SES, AVAILABLE, &[]),
        )?;
        let of_pool = |series: &ListedSeries| {
            let values = || series.dimensions.iter().map(|(_, value)| value);
            let pool = found.pools.iter().find(|pool| values().any(|value| *value == pool.name))?;
            let provider = values().find(|value| **value != pool.name)?;
            Some((pool.name.clone(), provider.clone()))
        };
        let series: Vec<_> = sent
            .into_iter()
            .chain(available)
            .filter_map(|series| Some((of_pool(&series)?, series)))
            .collect();
        let query = |(_, series): &(_, ListedSeries)| StatisticQuery {
            series: series.clone(),
            statistic: Statistic::Maximum,
            period: 3_600,
        };
        let queries: Vec<StatisticQuery> = series.iter().map(query).collect();
        let values = self.statistics.values(&queries, now - DAY, now + 60).await?;
        for ((key, series), points) in series.into_iter().zip(values) {
            let newest = points.last().map(|(_, value)| *value);
            let capacity = found.capacity.entry(key).or_default();
            if series.metric == SENT {
                capacity.sent = newest;
            } else {
                capacity.available = newest;
            }
        }
        Ok(found)
    }

    async fn providers(&self, now: i64) -> Result<Vec<ProviderCounts>, CallError> {
        const METRICS: [VdmMetric; 4] = [
            VdmMetric::Send,
            VdmMetric::Delivery,
            VdmMetric::PermanentBounce,
            VdmMetric::Complaint,
        ];
        let isps = isps();
        let queries: Vec<VdmQuery> = isps
            .iter()
            .flat_map(|isp| METRICS.map(|metric| VdmQuery { metric, isp: isp.clone() }))
            .collect();
        // VDM counts by whole days.
        let start = now - now.rem_euclid(DAY) - DAY;
        let sums = self.ses.vdm(&queries, start, now).await?;
        let counts = isps.into_iter().zip(sums.chunks(METRICS.len())).filter_map(|(isp, sums)| {
            let [sends, deliveries, bounces, complaints] = sums else { return None };
            Some(ProviderCounts {
                isp,
                sends: (*sends).filter(|sends| *sends > 0)?,
                deliveries: deliveries.unwrap_or_default(),
                hard_bounces: bounces.unwrap_or_default(),
                complaints: complaints.unwrap_or_default(),
            })
        });
        Ok(counts.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_for_providers_are_asked_in_whole_calls() {
        let isps = isps();
        assert_eq!(isps.len(), 10);
        assert!(isps.iter().any(|word| word == "Gmail"));
    }
}
