//! What our own counts prove about a rate, and which configuration sets caused it.

use warden_domain::guard::confidence::{
    RateJudgement, RateWindow, Rule, WindowCounts, judge, too_few,
};
use warden_domain::guard::series::{RateSeries, by_domain};
use warden_domain::guard::windows::{Point, Span, recent, span, sums, usual};
use warden_domain::guard::{Measure, Scope, carriers};

use super::{Metrics, Query};
use crate::error::CallError;

/// What a judgement reads. Events before `since` (seconds since 1970) do not count.
struct RateQueries {
    events: Vec<Query>,
    mails: Vec<Query>,
    since: i64,
}

impl Metrics {
    /// What our counts prove about what an alarm watches. Earlier sends still count in the
    /// denominator; events before `since` (seconds since 1970) do not count.
    ///
    /// # Errors
    /// [`CallError`]: without numbers there is no judgement, and so no pause yet.
    pub async fn judgement(
        &self,
        scope: &Scope,
        measure: Measure,
        since: Option<i64>,
        now: i64,
    ) -> Result<RateJudgement, CallError> {
        let rule = Rule::of(measure);
        let queries = self.rate_queries(scope, measure, since).await?;
        let mut usual_mails = Vec::new();
        for day in usual(&rule.fast, now) {
            usual_mails.push(self.totals(&queries.mails, &day).await?.iter().sum());
        }
        let fast = self.counts(&rule.fast, &queries, &usual_mails, now).await?;
        let slow = self.counts(&rule.slow, &queries, &[], now).await?;
        Ok(judge(&rule, &fast, &slow))
    }

    /// Whether our counts are [too few](too_few) to prove anything about a scope.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn too_few(
        &self,
        scope: &Scope,
        measure: Measure,
        now: i64,
    ) -> Result<Option<RateJudgement>, CallError> {
        let rule = Rule::of(measure);
        let queries = self.rate_queries(scope, measure, None).await?;
        Ok(too_few(&rule, &self.counts(&rule.slow, &queries, &[], now).await?))
    }

    /// The configuration sets that carried a domain's bounces or complaints in the last `seconds`,
    /// worst first, without those that carried hardly any of all that the domain had.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn carriers(
        &self,
        domain: &str,
        measure: Measure,
        seconds: u32,
        now: i64,
    ) -> Result<Vec<String>, CallError> {
        let metric = measure.event_metric();
        let sets = self.configuration_sets_of(metric, domain).await?;
        let of = |set| Query { metric, dimensions: by_domain(domain, set) };
        let by_set = sets.iter().map(|set| of(Some(set.as_str())));
        let queries: Vec<Query> = by_set.chain([of(None)]).collect();
        let mut events = self.totals(&queries, &recent(seconds, now)).await?;
        let of_domain = events.pop().unwrap_or_default();
        Ok(carriers(&sets.into_iter().zip(events).collect::<Vec<_>>(), of_domain))
    }

    async fn rate_queries(
        &self,
        scope: &Scope,
        measure: Measure,
        since: Option<i64>,
    ) -> Result<RateQueries, CallError> {
        let domains = match scope {
            Scope::ConfigurationSet(set) => self.domains_of(set).await?,
            Scope::Account | Scope::Domain(_) | Scope::Tenant(_) => Vec::new(),
        };
        let RateSeries { events, mails, dimensions } = RateSeries::of(scope, measure, &domains);
        let queries = |metric| -> Vec<Query> {
            let query = |dimensions| Query { metric, dimensions };
            dimensions.iter().cloned().map(query).collect()
        };
        let since = since.unwrap_or(i64::MIN);
        Ok(RateQueries { events: queries(events), mails: queries(mails), since })
    }

    async fn counts(
        &self,
        window: &RateWindow,
        queries: &RateQueries,
        usual_mails: &[f64],
        now: i64,
    ) -> Result<WindowCounts, CallError> {
        let all = [queries.events.as_slice(), &queries.mails].concat();
        let span = span(window, now);
        let mut points = self.points_of(&all, &span).await?;
        let mails = points.split_off(queries.events.len());
        let mails: Vec<Point> = mails.into_iter().flatten().collect();
        let events = points.into_iter().flatten().filter(|(at, _)| *at >= queries.since);
        Ok(sums(window, &span, &events.collect::<Vec<_>>(), &mails, usual_mails))
    }

    /// What each query counted in each period of the span.
    async fn points_of(
        &self,
        queries: &[Query],
        span: &Span,
    ) -> Result<Vec<Vec<Point>>, CallError> {
        let period = i32::try_from(span.period).unwrap_or(i32::MAX);
        self.points(queries, period, span.start, span.end).await
    }

    /// What each query counted in the whole span, 0 where there is no data.
    pub(super) async fn totals(
        &self,
        queries: &[Query],
        span: &Span,
    ) -> Result<Vec<f64>, CallError> {
        let series = self.points_of(queries, span).await?;
        // Not `sum`, which makes -0 of nothing.
        Ok(series.iter().map(|points| points.iter().fold(0.0, |sum, (_, n)| sum + n)).collect())
    }
}
