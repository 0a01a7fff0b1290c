//! What is read once for all who ask: many alarms may watch the same mail.

use std::collections::BTreeMap;
use std::future::Future;

use warden_domain::guard::confidence::RateJudgement;
use warden_domain::guard::{Measure, Scope};

use crate::error::CallError;
use crate::metrics::Metrics;
use crate::sending::{AccountState, SendingSwitch};

/// The periods of AWS's own rates, and how far back the last one is looked for, in seconds. SES
/// writes them only while the account sends.
const AWS_PERIOD: i32 = 900;
const AWS_LOOK_BACK: i64 = 86_400;

/// A scope in words, a measure, and since when events count.
type RateKey = (String, &'static str, Option<i64>);

/// The answers so far. They are of the time of the first question, so it is for a short time only,
/// such as one invocation.
#[derive(Debug, Default)]
pub struct SharedReads {
    account: Option<AccountState>,
    rates: BTreeMap<RateKey, RateJudgement>,
    too_few: BTreeMap<RateKey, Option<RateJudgement>>,
    sets: BTreeMap<String, Option<bool>>,
    aws_rates: BTreeMap<&'static str, Option<f64>>,
}

fn key(scope: &Scope, measure: Measure, since: Option<i64>) -> RateKey {
    (format!("{} {}", scope.name(), scope.target()), measure.name(), since)
}

impl SharedReads {
    /// The account, where it has been read.
    pub fn known_account(&self) -> Option<&AccountState> {
        self.account.as_ref()
    }

    /// See [`SendingSwitch::account`].
    ///
    /// # Errors
    /// [`CallError`]. The next question reads again.
    pub async fn account(&mut self, switch: &SendingSwitch) -> Result<AccountState, CallError> {
        match &self.account {
            Some(account) => Ok(account.clone()),
            None => Ok(self.account.insert(switch.account().await?).clone()),
        }
    }

    /// See [`Metrics::judgement`].
    ///
    /// # Errors
    /// As for [`Self::account`].
    pub async fn judgement(
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
    ///
    /// # Errors
    /// As for [`Self::account`].
    pub async fn too_few(
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
    ///
    /// # Errors
    /// As for [`Self::account`].
    pub async fn set(
        &mut self,
        switch: &SendingSwitch,
        name: &str,
    ) -> Result<Option<bool>, CallError> {
        once(&mut self.sets, name.to_owned(), switch.configuration_set(name)).await
    }

    /// AWS's own rate of the account, the latest one; `None` where SES wrote none.
    ///
    /// # Errors
    /// As for [`Self::account`].
    pub async fn aws_rate(
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
