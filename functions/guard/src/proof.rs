//! Reads from our own metrics whether a rate is proven, and which configuration sets caused it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use warden_aws::{AlarmRecord, CallError, Metrics, Query, SendingSwitch};
use warden_domain::guard::confidence::{
    BOUNCE_PAUSE, COMPLAINT_PAUSE, CRITICAL_SHARE, ProofStatus, RateJudgement, RateWindow, Rule,
    WindowCounts, assess, judge,
};
use warden_domain::guard::windows::{Point, Span, recent, span, sums, usual};
use warden_domain::guard::{Measure, Scope, carriers};

use crate::snapshot::held;

/// The periods of AWS's own rates, and how far back the last one is looked for, in seconds. SES
/// writes them only while the account sends.
const AWS_PERIOD: i32 = 900;
const AWS_LOOK_BACK: i64 = 86_400;

/// The dimensions of one series.
pub(crate) type SeriesDimensions = Vec<(&'static str, String)>;

/// A scope in words, a measure, and since when events count.
type JudgementKey = (String, &'static str, Option<i64>);

/// What this invocation has read for its decisions. Many alarms may watch the same mail: it is read
/// once.
#[derive(Debug, Default)]
pub(crate) struct Judgements {
    judged: Mutex<BTreeMap<JudgementKey, RateJudgement>>,
    few: Mutex<BTreeMap<JudgementKey, Option<RateJudgement>>>,
    sets: Mutex<BTreeMap<String, Option<bool>>>,
    of_aws: Mutex<BTreeMap<&'static str, Option<f64>>>,
}

fn key(scope: &Scope, measure: Measure, since: Option<i64>) -> JudgementKey {
    (format!("{} {}", scope.name(), scope.target()), measure.name(), since)
}

impl Judgements {
    /// See [`judgement`].
    pub(crate) async fn judgement(
        &self,
        metrics: &Metrics,
        scope: &Scope,
        measure: Measure,
        since: Option<i64>,
        now: i64,
    ) -> Result<RateJudgement, CallError> {
        let read = judgement(metrics, scope, measure, since, now);
        once(&self.judged, key(scope, measure, since), read).await
    }

    /// See [`too_few`].
    pub(crate) async fn too_few(
        &self,
        metrics: &Metrics,
        scope: &Scope,
        measure: Measure,
        now: i64,
    ) -> Result<Option<RateJudgement>, CallError> {
        let read = too_few(metrics, scope, measure, now);
        once(&self.few, key(scope, measure, None), read).await
    }

    /// Whether a configuration set sends; `None` where there is none.
    pub(crate) async fn set(
        &self,
        switch: &SendingSwitch,
        name: &str,
    ) -> Result<Option<bool>, CallError> {
        once(&self.sets, name.to_owned(), switch.configuration_set(name)).await
    }

    /// Whether AWS's own rate of the account, read again, is at the alarm's threshold: an alarm may
    /// be set by hand, and may be late. Without a value it is not.
    pub(crate) async fn aws_number_holds(
        &self,
        metrics: &Metrics,
        measure: Measure,
        alarm: &AlarmRecord,
        now: i64,
    ) -> Result<bool, CallError> {
        let (name, limit) = match measure {
            Measure::Bounce => ("Reputation.BounceRate", BOUNCE_PAUSE),
            Measure::Complaint => ("Reputation.ComplaintRate", COMPLAINT_PAUSE),
        };
        let read = metrics.latest(name, AWS_PERIOD, now - AWS_LOOK_BACK, now + 60);
        let value = once(&self.of_aws, name, read).await?;
        let threshold = alarm.threshold.unwrap_or(CRITICAL_SHARE * limit);
        Ok(value.is_some_and(|value| value >= threshold))
    }
}

/// The value known, or what `read` answers.
async fn once<K: Ord + Clone, V: Clone>(
    known: &Mutex<BTreeMap<K, V>>,
    key: K,
    read: impl Future<Output = Result<V, CallError>>,
) -> Result<V, CallError> {
    if let Some(value) = held(known).get(&key) {
        return Ok(value.clone());
    }
    let value = read.await?;
    held(known).insert(key, value.clone());
    Ok(value)
}

/// What our metrics prove about what an alarm watches. Earlier sends still count in the denominator;
/// events before `since` (seconds since 1970) do not count.
///
/// # Errors
/// [`CallError`]: without numbers there is no judgement, and so no pause yet.
async fn judgement(
    metrics: &Metrics,
    scope: &Scope,
    measure: Measure,
    since: Option<i64>,
    now: i64,
) -> Result<RateJudgement, CallError> {
    let rule = Rule::of(measure);
    let queries = queries(metrics, scope, measure, since).await?;
    let fast = read(metrics, &rule.fast, &queries, now, true).await?;
    let slow = read(metrics, &rule.slow, &queries, now, false).await?;
    Ok(judge(&rule, &fast, &slow))
}

/// Whether our counts of three days are too few to prove anything, for an alarm on AWS's own number:
/// one bounce in thirteen mails is a rate, too. `None` where they are enough, and where there are none
/// at all, because metrics then counts other mail.
///
/// # Errors
/// [`CallError`].
async fn too_few(
    metrics: &Metrics,
    scope: &Scope,
    measure: Measure,
    now: i64,
) -> Result<Option<RateJudgement>, CallError> {
    let rule = Rule::of(measure);
    let sums =
        read(metrics, &rule.slow, &queries(metrics, scope, measure, None).await?, now, false)
            .await?;
    let finding = assess(&rule, &rule.slow, &sums);
    let few = finding.total > 0 && finding.reason == ProofStatus::TooFew;
    Ok(few.then_some(RateJudgement { severity: None, finding }))
}

async fn queries(
    metrics: &Metrics,
    scope: &Scope,
    measure: Measure,
    since: Option<i64>,
) -> Result<RateQueries, CallError> {
    let (series, mails) = match scope {
        // Tenants are not counted.
        Scope::Account | Scope::Tenant(_) => (vec![Vec::new()], of_mails(measure)),
        Scope::Domain(domain) => (vec![vec![("Domain", domain.clone())]], of_mails(measure)),
        // Deliveries are not counted by configuration set.
        Scope::ConfigurationSet(set) => {
            let domains = metrics.domains_of(set).await?;
            (domains.into_iter().map(|domain| by_set(&domain, set)).collect(), "Send")
        }
    };
    let of = |metric| {
        series
            .iter()
            .map(move |dimensions| Query { metric, dimensions: dimensions.clone() })
            .collect()
    };
    Ok(RateQueries {
        events: of(of_events(measure)),
        mails: of(mails),
        since: since.unwrap_or(i64::MIN),
    })
}

/// What a judgement reads.
struct RateQueries {
    events: Vec<Query>,
    mails: Vec<Query>,
    since: i64,
}

async fn read(
    metrics: &Metrics,
    window: &RateWindow,
    queries: &RateQueries,
    now: i64,
    with_usual: bool,
) -> Result<WindowCounts, CallError> {
    let all = [queries.events.as_slice(), &queries.mails].concat();
    let span = span(window, now);
    let mut points = points(metrics, &all, &span).await?;
    let mails: Vec<Point> = points.split_off(queries.events.len()).into_iter().flatten().collect();
    let events: Vec<Point> =
        points.into_iter().flatten().filter(|(at, _)| *at >= queries.since).collect();
    let mut usual_mails = Vec::new();
    if with_usual {
        for day in usual(window, now) {
            usual_mails.push(totals(metrics, &queries.mails, &day).await?.iter().sum());
        }
    }
    Ok(sums(window, &span, &events, &mails, &usual_mails))
}

/// The configuration sets that carried a domain's bounces or complaints in the last
/// `seconds`, worst first, without those that carried hardly any of all that the domain had.
///
/// # Errors
/// [`CallError`].
pub(crate) async fn sets_of(
    metrics: &Metrics,
    domain: &str,
    measure: Measure,
    seconds: u32,
    now: i64,
) -> Result<Vec<String>, CallError> {
    let metric = of_events(measure);
    let sets = metrics.configuration_sets_of(metric, domain).await?;
    let mut queries: Vec<Query> =
        sets.iter().map(|set| Query { metric, dimensions: by_set(domain, set) }).collect();
    queries.push(Query { metric, dimensions: vec![("Domain", domain.to_owned())] });
    let mut events = totals(metrics, &queries, &recent(seconds, now)).await?;
    let of_domain = events.pop().unwrap_or_default();
    Ok(carriers(&sets.into_iter().zip(events).collect::<Vec<_>>(), of_domain))
}

/// What each query counted in each period of the span.
async fn points(
    metrics: &Metrics,
    queries: &[Query],
    span: &Span,
) -> Result<Vec<Vec<Point>>, CallError> {
    let period = i32::try_from(span.period).unwrap_or(i32::MAX);
    metrics.points(queries, period, span.start, span.end).await
}

/// What each query counted in the whole span.
async fn totals(metrics: &Metrics, queries: &[Query], span: &Span) -> Result<Vec<f64>, CallError> {
    let series = points(metrics, queries, span).await?;
    // Not `sum`, which makes -0 of nothing.
    Ok(series.iter().map(|points| points.iter().fold(0.0, |sum, (_, n)| sum + n)).collect())
}

fn of_events(measure: Measure) -> &'static str {
    match measure {
        Measure::Bounce => "BounceHard",
        Measure::Complaint => "Complaint",
    }
}

fn of_mails(measure: Measure) -> &'static str {
    match measure {
        Measure::Bounce => "Send",
        Measure::Complaint => "Delivery",
    }
}

fn by_set(domain: &str, set: &str) -> SeriesDimensions {
    vec![("Domain", domain.to_owned()), ("ConfigurationSet", set.to_owned())]
}
