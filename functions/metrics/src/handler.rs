//! Decode, count, write, answer.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lambda_events::sqs::SqsBatchResponse;
use tokio::sync::Mutex;
use tracing::{error, info, warn};
use warden_aws::Metrics;
use warden_domain::envelope::open;
use warden_domain::metrics::{Batch, Config, Datum, KnownNames, Recent};
use warden_domain::outcome::{GivenBack, Ignored};
use warden_lambda::answer::{Answer, EventIds, shielded};
use warden_lambda::{Deadline, Function, FunctionError};

/// Events remembered by one environment: at 50 bytes each, 5 MB, and far more
/// than one visibility time-out of redeliveries.
const REMEMBERED: usize = 100_000;

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
        let memory = Mutex::new(Memory { names: KnownNames::default(), recent: Recent::new(REMEMBERED) });
        Self { config, metrics, memory }
    }
}

impl Function for CountEvents {
    type Answer = SqsBatchResponse;

    async fn handle(&self, payload: &[u8], _deadline: Deadline) -> Result<SqsBatchResponse, FunctionError> {
        let records = open(payload);
        let mut answer = Answer::new("metrics");
        let mut memory = self.memory.lock().await;
        let Memory { names, recent } = &mut *memory;
        let mut batch = Batch::new(&self.config, names, recent, now_seconds());
        for (index, record) in records.into_iter().enumerate() {
            let outcome = shielded(|| batch.add(index, &record.reading)).unwrap_or_else(Into::into);
            let ids = EventIds::of(&record.reading);
            answer.push(record.receipt, outcome, ids);
        }
        let totals = batch.finish();
        if totals.restamped > 0 {
            info!(events = totals.restamped, "event times that CloudWatch would not take count as of now");
        }
        let Unwritten { failed, refused } = self.write(&totals.data).await;
        for message in refused {
            answer.worsen(message, Ignored::Refused.into());
        }
        for message in &failed {
            answer.worsen(*message, GivenBack::CallFailed.into());
        }
        // What was not written will come again and must count then.
        recent.remember(totals.keys.into_iter().filter(|(_, message)| !failed.contains(message)).map(|(key, _)| key));
        answer.finish()
    }
}

/// Messages whose data were not written.
#[derive(Debug, Default)]
struct Unwritten {
    /// Another try may help.
    failed: BTreeSet<usize>,
    /// CloudWatch will never take one of their data; the others were written.
    refused: BTreeSet<usize>,
}

impl CountEvents {
    async fn write(&self, data: &[Datum]) -> Unwritten {
        let wire: Vec<warden_aws::Datum> = data.iter().map(wire).collect();
        let mut unwritten = Unwritten::default();
        for chunk in self.metrics.put(&wire).await {
            let Err(error) = &chunk.result else { continue };
            let part = data.get(chunk.range.clone()).unwrap_or_default();
            let messages: BTreeSet<usize> = part.iter().flat_map(|datum| datum.messages.iter().copied()).collect();
            if chunk.is_refused_datum() {
                error!(
                    messages = messages.len(), metric = part.first().map(|datum| datum.series.metric.name()), %error,
                    "CloudWatch refuses a datum for good: this count is lost, and what it refuses is a bug"
                );
                unwritten.refused.extend(messages);
            } else {
                warn!(messages = messages.len(), %error, "metrics not written, the messages go back to the queue");
                unwritten.failed.extend(messages);
            }
        }
        unwritten
    }
}

fn wire(datum: &Datum) -> warden_aws::Datum {
    let dimensions = datum.series.dimensions.pairs();
    warden_aws::Datum {
        name: datum.series.metric.name(),
        dimensions: dimensions.into_iter().map(|(name, value)| (name, value.to_owned())).collect(),
        timestamp_seconds: datum.minute_seconds,
        value: datum.value,
    }
}

fn now_seconds() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}
