//! Decode, count, write, answer.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lambda_events::sqs::SqsBatchResponse;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{error, info, warn};
use warden_aws::{Metrics, PutEnd, PutResult, TimeLimit};
use warden_domain::envelope::open;
use warden_domain::metrics::{
    Amount, Batch, BatchOrder, BatchTotals, Call, Config, Datum, DatumEnd, KnownNames, Limits,
    Recent,
};
use warden_domain::outcome::{GivenBack, Outcome};
use warden_lambda::answer::{Answer, EventIds, catch_panic};
use warden_lambda::{Deadline, Function, FunctionError, now_seconds};

/// Recipients remembered by one environment: at 50 bytes each, 5 MB. Below some 277
/// recipients a second that outlasts the visibility time-out of six minutes.
const REMEMBERED: usize = 100_000;
/// Time that a call may need, one that hangs included; one that would begin later is
/// not made. Short invocations keep a quarter back.
const RESERVE: Duration = Duration::from_secs(12);
/// Time kept back for the answer, whatever hangs.
const FOR_THE_ANSWER: Duration = Duration::from_millis(500);

/// The function.
#[derive(Debug)]
pub struct CountEvents {
    config: Config,
    metrics: Metrics,
    memory: Mutex<Memory>,
}

/// What outlives an invocation.
#[derive(Debug)]
struct Memory {
    names: KnownNames,
    recent: Recent,
}

impl CountEvents {
    /// A function that writes to `metrics`.
    pub fn new(config: Config, metrics: Metrics) -> Self {
        let memory =
            Mutex::new(Memory { names: KnownNames::default(), recent: Recent::new(REMEMBERED) });
        Self { config, metrics, memory }
    }
}

impl Function for CountEvents {
    type Answer = SqsBatchResponse;

    async fn handle(
        &self,
        payload: &[u8],
        deadline: Deadline,
    ) -> Result<SqsBatchResponse, FunctionError> {
        let limit = time_limit(deadline);
        let mut memory = self.memory.lock().await;
        let Memory { names, recent } = &mut *memory;
        let (totals, mut answer) = self.count(payload, names, recent, limit);
        let calls = totals.calls(&Limits::CLOUDWATCH);
        let mut ends = Vec::with_capacity(calls.len());
        for call in &calls {
            ends.push(self.write(call, limit).await);
        }
        for (message, outcome) in totals.resolve(&calls, &ends, recent) {
            answer.downgrade(message, outcome);
        }
        answer.finish()
    }
}

/// When the last call may begin and when it must be over.
fn time_limit(deadline: Deadline) -> TimeLimit {
    let (now, left) = (Instant::now(), deadline.remaining());
    TimeLimit {
        last_start: now + (left - RESERVE.min(left / 4)),
        end: now + left.saturating_sub(FOR_THE_ANSWER),
    }
}

impl CountEvents {
    /// Counts the records until `limit` leaves no time for the calls: those that were not
    /// reached go back, the others are written.
    fn count(
        &self,
        payload: &[u8],
        names: &mut KnownNames,
        recent: &Recent,
        limit: TimeLimit,
    ) -> (BatchTotals, Answer) {
        let records = open(payload);
        let mut batch = Batch::new(&self.config, names, recent, now_seconds());
        let mut order: Vec<(BatchOrder, usize)> =
            records.iter().map(|record| BatchOrder::of(&record.reading)).zip(0..).collect();
        order.sort_unstable();
        let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
        for (_, index) in order {
            if let Some(record) = records.get(index) {
                let outcome = if Instant::now() < limit.last_start {
                    catch_panic(|| batch.add(index, &record.reading)).unwrap_or_else(Into::into)
                } else {
                    GivenBack::OutOfTime.into()
                };
                outcomes.insert(index, outcome);
            }
        }
        let mut answer = Answer::new("metrics");
        for (record, (_, outcome)) in records.into_iter().zip(outcomes) {
            let ids = EventIds::of(&record.reading);
            answer.push(record.receipt, outcome, ids);
        }
        let totals = batch.finish();
        if totals.restamped > 0 {
            info!(
                events = totals.restamped,
                "counted {} events in the current minute: their time is unreadable, or one that CloudWatch refuses",
                totals.restamped
            );
        }
        if names.domains_ran_out() {
            warn!(
                max_domains = self.config.max_domains,
                "more sender domains than MaxDomains allows: further ones are counted as Domain=other, \
                 and their alarms get no data. Raise MaxDomains"
            );
        }
        (totals, answer)
    }

    /// Makes the call, and says how each of its data ended.
    async fn write(&self, call: &Call, limit: TimeLimit) -> Vec<DatumEnd> {
        let wire: Vec<warden_aws::PutDatum> = call.data.iter().map(wire).collect();
        let results = self.metrics.put(&wire, limit).await;
        let mut ends = Vec::with_capacity(call.data.len());
        for PutResult { range, end } in results {
            let data = range.len();
            let end = match end {
                PutEnd::Written => DatumEnd::Written,
                PutEnd::Refused(error) => {
                    let metric = call.data.get(range.start).map(|datum| datum.series.metric.name());
                    error!(
                        metric, %error,
                        "CloudWatch refuses this data point permanently: its count is lost. This is a bug, please report it"
                    );
                    DatumEnd::Refused
                }
                PutEnd::Failed(error) => {
                    warn!(data, %error, "metrics not written, the messages go back to the queue");
                    DatumEnd::Failed(GivenBack::CallFailed)
                }
                PutEnd::OutOfTime => {
                    warn!(data, "no time left to write metrics, the messages go back to the queue");
                    DatumEnd::Failed(GivenBack::OutOfTime)
                }
            };
            ends.extend(std::iter::repeat_n(end, data));
        }
        ends
    }
}

fn wire(datum: &Datum) -> warden_aws::PutDatum {
    let dimensions = datum.series.dimensions.pairs();
    warden_aws::PutDatum {
        name: datum.series.metric.name(),
        dimensions: dimensions.into_iter().map(|(name, value)| (name, value.to_owned())).collect(),
        timestamp_seconds: datum.minute_seconds,
        amount: match &datum.amount {
            Amount::Count(n) => warden_aws::PutAmount::Count(exact(*n)),
            Amount::Millis(values) => warden_aws::PutAmount::Milliseconds(
                values.iter().map(|(value, times)| (*value, exact(*times))).collect(),
            ),
        },
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of one batch stay far below 2^52")]
fn exact(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_kept_back_for_a_call_that_hangs_and_for_the_answer() {
        for (left, last_start, end) in [
            (60_000, 48_000, 59_500),
            (48_000, 36_000, 47_500),
            (8_000, 6_000, 7_500),
            (400, 300, 0),
        ] {
            let begin = Instant::now();
            let limit = time_limit(Deadline::after(Duration::from_millis(left)));
            let took = begin.elapsed();
            for (found, wanted) in [(limit.last_start, last_start), (limit.end, end)] {
                let wanted = begin + Duration::from_millis(wanted);
                assert!(
                    found >= wanted.checked_sub(took).unwrap() && found <= wanted + took,
                    "{left}: {limit:?}"
                );
            }
        }
    }
}
