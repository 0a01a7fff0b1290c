//! Public prices and what has to be assumed beside them, from `data/prices.toml`.

use serde::Deserialize;

/// The whole file. Prices are in US dollars.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Region that they are of.
    pub region: String,
    /// Month of the last comparison, as `2026-06`.
    pub as_of: String,
    /// Amazon CloudWatch.
    pub cloudwatch: CloudWatch,
    /// AWS Lambda.
    pub lambda: Lambda,
    /// Amazon SQS.
    pub sqs: Sqs,
    /// Amazon SNS.
    pub sns: Sns,
    /// Assumptions.
    pub model: CostModel,
}

/// Prices of Amazon CloudWatch.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudWatch {
    /// Where they are published.
    pub page: String,
    /// Of a series a month, the cheaper the more there are.
    pub metric_tiers: Vec<Tier>,
    /// Of a thousand PutMetricData requests.
    pub put_metric_data_per_thousand: f64,
    /// Of each metric that an alarm reads, a month.
    pub alarm_per_metric: f64,
    /// Of a dashboard a month.
    pub dashboard: f64,
    /// Of a gigabyte of logs.
    pub logs_ingested_per_gb: f64,
}

/// A step of a price.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Where it ends; the last has no end.
    pub up_to: Option<u64>,
    /// Price of each.
    pub each: f64,
}

/// Prices of AWS Lambda.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lambda {
    /// Where they are published.
    pub page: String,
    /// Of a million requests.
    pub requests_per_million: f64,
    /// Of a gigabyte-second on arm64.
    pub arm64_gb_second: f64,
}

/// Prices of Amazon SQS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sqs {
    /// Where they are published.
    pub page: String,
    /// Of a million requests to a standard queue.
    pub requests_per_million: f64,
}

/// Prices of Amazon SNS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sns {
    /// Where they are published.
    pub page: String,
    /// Of a million publishes to a standard topic.
    pub publishes_per_million: f64,
}

/// What is assumed; the file says why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the data file explains each")]
pub struct CostModel {
    pub minutes_per_month: f64,
    pub memory_mb: FunctionMemory,
    pub batches_per_minute: f64,
    pub events_per_batch: f64,
    pub idle_polls_per_minute: f64,
    pub messages_per_request: f64,
    pub call_ms: f64,
    pub event_ms: f64,
    pub invocation_ms: f64,
    pub platform_log_bytes: f64,
    pub batch_log_bytes: f64,
    pub emf_bytes: f64,
    pub feedback_share: f64,
    pub suppress_seconds: f64,
    pub suppress_series: f64,
    pub guard_runs: f64,
    pub guard_ms: f64,
    pub stack_alarm_metrics: f64,
}

/// Memory of each function, in megabytes; Lambda bills it by the millisecond.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "named by the functions")]
pub struct FunctionMemory {
    pub suppress: f64,
    pub metrics: f64,
    pub guard: f64,
    pub rival: f64,
}

impl Prices {
    /// The file that the command was built with.
    ///
    /// # Errors
    /// Never, as the tests see to.
    pub fn load() -> anyhow::Result<Self> {
        Ok(toml::from_str(include_str!("../../data/prices.toml"))?)
    }

    /// Of that many series, a month.
    pub fn series(&self, count: u64) -> f64 {
        let mut below = 0;
        let mut sum = 0.0;
        for tier in &self.cloudwatch.metric_tiers {
            let end = tier.up_to.unwrap_or(u64::MAX).min(count);
            sum += end.saturating_sub(below) as f64 * tier.each;
            below = end.max(below);
        }
        sum
    }

    /// Of an alarm that reads so many metrics, a month.
    pub fn alarm(&self, metrics: usize) -> f64 {
        metrics as f64 * self.cloudwatch.alarm_per_metric
    }

    /// Of one that `ses-warden connect` makes for a domain: it reads two.
    pub fn domain_alarm(&self) -> f64 {
        self.alarm(2)
    }

    /// Of so many invocations that take so long each, with so much memory.
    pub fn invocations(&self, count: f64, milliseconds: f64, memory_mb: f64) -> f64 {
        let gb_seconds = count * milliseconds / 1e3 * memory_mb / 1_024.0;
        count / 1e6 * self.lambda.requests_per_million + gb_seconds * self.lambda.arm64_gb_second
    }

    /// Of so many bytes of logs.
    pub fn logs(&self, bytes: f64) -> f64 {
        bytes / 1e9 * self.cloudwatch.logs_ingested_per_gb
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_get_cheaper_beyond_each_tier() {
        let prices = Prices::load().unwrap();
        for (count, dollars) in [
            (0, 0.0),
            (1, 0.30),
            (10_000, 3_000.0),
            (10_001, 3_000.1),
            (250_000, 27_000.0),
            (1_000_000, 64_500.0),
            (1_000_001, 64_500.02),
        ] {
            assert!(
                (prices.series(count) - dollars).abs() < 1e-6,
                "{count}: {}",
                prices.series(count)
            );
        }
    }
}
