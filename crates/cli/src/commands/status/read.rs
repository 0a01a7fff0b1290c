//! Reads everything that the status is made of, and changes nothing.
//!
//! What is quick is read side by side first: the account, CloudWatch, the stack, its queues and its
//! journal. The rest are calls to SES, which takes one a second.

mod sending;
mod stack;

#[cfg(test)]
pub(super) use sending::{Listed, Pools, SetStates};
pub(super) use sending::{PoolCapacity, Sending};
#[cfg(test)]
pub(super) use stack::{DomainDay, QueueReading, SuppressTotals};
pub(super) use stack::{QueueKind, StackReadings};

use std::collections::BTreeMap;

use warden_aws::operator::{
    AccountFacts, ListedSeries, SesStatus, Stacks, Statistic, StatisticQuery, Statistics,
};
use warden_aws::{CallError, Class, Connection, RateLimiter};

use super::Args;
use crate::frame::exit;

const AWS_SES: &str = "AWS/SES";
const SET: &str = "ses:configuration-set";
/// SES writes its reputation metrics every quarter of an hour or so; on quiet accounts less often.
const REPUTATION_PERIOD: i32 = 900;
const DAY: i64 = 86_400;

/// Something that could not be read.
#[derive(Debug, Clone)]
pub(super) struct UnreadPart {
    /// What, as `the account`.
    pub(super) what: &'static str,
    /// Why.
    pub(super) error: CallError,
}

/// What was read, or why it was not.
pub(super) type StatusReading<T> = Result<T, UnreadPart>;

/// Names what a call reads.
pub(super) fn reading<T>(what: &'static str, answer: Result<T, CallError>) -> StatusReading<T> {
    answer.map_err(|error| UnreadPart { what, error })
}

/// One of AWS's own rates, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RatePoint {
    pub(super) rate: f64,
    /// Seconds since 1970.
    pub(super) at: i64,
}

/// AWS's rates of the account or of a set.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Rates {
    pub(super) bounce: Option<RatePoint>,
    pub(super) complaint: Option<RatePoint>,
}

/// AWS's rates of everything that has any.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct AllRates {
    pub(super) account: Rates,
    pub(super) sets: BTreeMap<String, Rates>,
}

/// What is read within a moment.
#[derive(Debug)]
pub(super) struct StatusReadings {
    pub(super) region: String,
    /// Seconds since 1970.
    pub(super) now: i64,
    pub(super) account: StatusReading<AccountFacts>,
    pub(super) rates: StatusReading<AllRates>,
    /// Name of the stack that was looked for.
    pub(super) stack_name: String,
    /// `None` where there is no such stack.
    pub(super) stack: StatusReading<Option<StackReadings>>,
}

/// Reads one account in one Region.
#[derive(Debug)]
pub(super) struct StatusReader<'a> {
    connection: &'a Connection,
    args: &'a Args,
    limiter: RateLimiter,
    ses: SesStatus,
    statistics: Statistics,
}

impl<'a> StatusReader<'a> {
    pub(super) fn new(connection: &'a Connection, args: &'a Args, limiter: RateLimiter) -> Self {
        Self {
            connection,
            args,
            ses: SesStatus::new(connection, limiter.clone()),
            limiter,
            statistics: Statistics::new(connection),
        }
    }

    /// Reads what is quick.
    ///
    /// # Errors
    /// When nothing can be read and AWS gives no answer or refuses the credentials themselves.
    pub(super) async fn quick(&self, now: i64) -> anyhow::Result<StatusReadings> {
        let stack_name = self.args.stack.as_deref().unwrap_or("ses-warden");
        let (account, rates, stack) = tokio::join!(
            async { reading("the account", self.ses.account().await) },
            async { reading("AWS's rates", self.rates(now).await) },
            self.stack(stack_name, now),
        );
        if let (Err(first), Err(second), Err(third)) = (&account, &rates, &stack) {
            // A refusal for want of a permission is an answer, and the report names each.
            let not_answered = [first, second, third].into_iter().find(|one| !is_an_answer(one));
            if let Some(one) = not_answered {
                return Err(one.error.clone().into());
            }
        }
        let region = self.connection.region().to_owned();
        Ok(StatusReadings { region, now, account, rates, stack_name: stack_name.to_owned(), stack })
    }

    async fn stack(&self, name: &str, now: i64) -> StatusReading<Option<StackReadings>> {
        let facts = match Stacks::new(self.connection).describe(name).await {
            Ok(facts) => facts,
            Err(error) if is_absent(&error) && self.args.stack.is_none() => return Ok(None),
            Err(error) => return Err(UnreadPart { what: "the stack", error }),
        };
        Ok(Some(stack::read(self.connection, &self.statistics, name, &facts, now).await))
    }

    /// AWS's reputation metrics of the last day, the newest value of each.
    async fn rates(&self, now: i64) -> Result<AllRates, CallError> {
        const METRICS: [&str; 2] = ["Reputation.BounceRate", "Reputation.ComplaintRate"];
        let [bounce, complaint] = METRICS;
        let (of_bounces, of_complaints) = tokio::try_join!(
            self.statistics.active_series(AWS_SES, bounce, &[SET]),
            self.statistics.active_series(AWS_SES, complaint, &[SET]),
        )?;
        let of_account = METRICS.map(|metric| ListedSeries::new(AWS_SES, metric, &[]));
        let of_sets = of_bounces.into_iter().chain(of_complaints);
        let series: Vec<ListedSeries> = of_account.into_iter().chain(of_sets).collect();
        let queries: Vec<StatisticQuery> = series
            .iter()
            .map(|series| StatisticQuery {
                series: series.clone(),
                statistic: Statistic::Maximum,
                period: REPUTATION_PERIOD,
            })
            .collect();
        let values = self.statistics.values(&queries, now - DAY, now + 60).await?;
        let mut all = AllRates::default();
        for (series, points) in series.iter().zip(values) {
            let rates = match series.dimension(SET) {
                Some(set) => all.sets.entry(set.to_owned()).or_default(),
                None => &mut all.account,
            };
            let newest = points.last().map(|(at, rate)| RatePoint { rate: *rate, at: *at });
            if series.metric == bounce {
                rates.bounce = newest;
            } else {
                rates.complaint = newest;
            }
        }
        Ok(all)
    }
}

fn is_an_answer(not_read: &UnreadPart) -> bool {
    not_read.error.class == Class::Denied && !exit::is_about_credentials(&not_read.error)
}

/// CloudFormation answers 400 with a sentence for a stack that is not there.
fn is_absent(error: &CallError) -> bool {
    error.class == Class::NotFound || error.to_string().contains("does not exist")
}
