//! What one invocation reads once, however many alarms watch the same mail.

use std::collections::BTreeMap;

use warden_aws::{CallError, Metrics, SendingSwitch};
use warden_domain::guard::confidence::RateJudgement;
use warden_domain::guard::{Measure, Scope};

/// The periods of AWS's own rates, and how far back the last one is looked for, in seconds. SES
/// writes them only while the account sends.
const AWS_PERIOD: i32 = 900;
const AWS_LOOK_BACK: i64 = 86_400;

/// A scope in words, a measure, and since when events count.
type RateKey = (String, &'static str, Option<i64>);

/// The answers so far.
#[derive(Debug, Default)]
pub(crate) struct SharedReads {
    rates: BTreeMap<RateKey, RateJudgement>,
    too_few: BTreeMap<RateKey, Option<RateJudgement>>,
    sets: BTreeMap<String, Option<bool>>,
    aws_rates: BTreeMap<&'static str, Option<f64>>,
}

fn key(scope: &Scope, measure: Measure, since: Option<i64>) -> RateKey {
    (format!("{} {}", scope.name(), scope.target()), measure.name(), since)
}

impl SharedReads {
    /// See [`Metrics::judgement`].
    pub(crate) async fn judgement(
        &mut self,
        metrics: &Metrics,
        scope: &Scope,
        measure: Measure,
        since: Option<i64>,
        now: i64,
    ) -> Result<RateJudgement, CallError> {
        let read = metrics.judgement(scope, measure, since, now);
        once(&mut self.rates, key(scope, measure, since), read).await
    }

    /// See [`Metrics::too_few`].
    pub(crate) async fn too_few(
        &mut self,
        metrics: &Metrics,
        scope: &Scope,
        measure: Measure,
        now: i64,
    ) -> Result<Option<RateJudgement>, CallError> {
        let read = metrics.too_few(scope, measure, now);
        once(&mut self.too_few, key(scope, measure, None), read).await
    }

    /// Whether a configuration set sends; `None` where there is none.
    pub(crate) async fn set(
        &mut self,
        switch: &SendingSwitch,
        name: &str,
    ) -> Result<Option<bool>, CallError> {
        once(&mut self.sets, name.to_owned(), switch.configuration_set(name)).await
    }

    /// AWS's own rate of the account, the latest one; `None` where SES wrote none.
    pub(crate) async fn aws_rate(
        &mut self,
        metrics: &Metrics,
        measure: Measure,
        now: i64,
    ) -> Result<Option<f64>, CallError> {
        let name = measure.aws_metric();
        let read = metrics.latest(name, AWS_PERIOD, now - AWS_LOOK_BACK, now + 60);
        once(&mut self.aws_rates, name, read).await
    }
}

/// The value known, or what `read` answers.
async fn once<K: Ord, V: Clone>(
    known: &mut BTreeMap<K, V>,
    key: K,
    read: impl Future<Output = Result<V, CallError>>,
) -> Result<V, CallError> {
    if let Some(value) = known.get(&key) {
        return Ok(value.clone());
    }
    let value = read.await?;
    known.insert(key, value.clone());
    Ok(value)
}
