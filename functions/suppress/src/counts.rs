//! What suppress did, as metrics.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tracing::warn;
use warden_aws::{Metrics, PutAmount, PutDatum, PutEnd, TimeLimit};
use warden_domain::suppression::SuppressionReason;
use warden_lambda::{Parts, now_seconds};

/// Counts of one invocation. Each metric is written only when it has something to
/// say, all of them in one call.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<BTreeMap<CountSeries, f64>>);

type CountSeries = (&'static str, Option<(&'static str, &'static str)>);

impl Counts {
    /// An address was put on the home Region's list.
    pub(crate) fn suppressed(&self, reason: SuppressionReason) {
        self.add(("Suppressed", Some(("Reason", reason.code()))), 1);
    }

    /// An import job put so many addresses on a list.
    pub(crate) fn imported(&self, addresses: usize) {
        self.add(("Suppressed", Some(("Reason", "IMPORT"))), addresses);
    }

    /// So many addresses wait in the bucket.
    pub(crate) fn staged(&self, addresses: usize) {
        self.add(("SuppressionStaged", None), addresses);
    }

    /// SES refused an address for good.
    pub(crate) fn refused(&self) {
        self.add(("SuppressionRefused", None), 1);
    }

    /// An entry has no effect, because SES is configured to ignore its reason.
    pub(crate) fn ineffective(&self, reason: SuppressionReason) {
        self.add(("SuppressionIneffective", Some(("Reason", reason.code()))), 1);
    }

    /// So many addresses were not put because of the sandbox.
    pub(crate) fn sandboxed(&self, addresses: usize) {
        self.add(("SuppressionSandboxed", None), addresses);
    }

    /// An import job failed or was refused.
    pub(crate) fn import_failed(&self) {
        self.add(("ImportFailed", None), 1);
    }

    /// So many addresses were taken off the list again.
    pub(crate) fn rescued(&self, addresses: usize) {
        self.add(("Rescued", None), addresses);
    }

    /// So many recipients have no record in the journal, or could not be looked up there.
    pub(crate) fn journal_failed(&self, recipients: usize) {
        self.add(("JournalFailed", None), recipients);
    }

    /// A strike was held because the recipient's whole domain fails, or failed the time before.
    pub(crate) fn strikes_held(&self) {
        self.add(("StrikesHeld", None), 1);
    }

    fn add(&self, series: CountSeries, count: usize) {
        if count > 0 {
            #[expect(clippy::cast_precision_loss, reason = "batches are far below 2^52")]
            let count = count as f64;
            *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(series).or_default() +=
                count;
        }
    }

    /// Writes them. A failure costs the counts and nothing else: what they count is
    /// done and in the log.
    pub(crate) async fn write(self, metrics: &Metrics, time: Parts) {
        let counts = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        if counts.is_empty() {
            return;
        }
        let minute = now_seconds().div_euclid(60) * 60;
        let data: Vec<PutDatum> = counts
            .into_iter()
            .map(|((name, dimension), value)| PutDatum {
                name,
                dimensions: dimension
                    .into_iter()
                    .map(|(name, value)| (name, value.to_owned()))
                    .collect(),
                timestamp_seconds: minute,
                amount: PutAmount::Count(value),
            })
            .collect();
        let end = time.work.instant();
        for result in metrics.put(&data, TimeLimit { last_start: end, end }).await {
            match result.end {
                PutEnd::Written => {}
                PutEnd::Refused(error) | PutEnd::Failed(error) => {
                    warn!(%error, "the metrics of this invocation are not written");
                }
                PutEnd::OutOfTime => warn!("no time was left for the metrics of this invocation"),
            }
        }
    }
}
