//! Import jobs: many entries for the suppression list from one object in S3.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clock;
use crate::import_records::{Action, DataFormat, FailedRecord};
use crate::json::put_member;

/// The status of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobStatus {
    Created,
    Processing,
    Completed,
    Failed,
}

impl JobStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Processing => "PROCESSING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

/// One job.
#[derive(Debug, Clone)]
pub(crate) struct ImportJob {
    pub(crate) action: Action,
    pub(crate) s3_url: String,
    pub(crate) format: DataFormat,
    pub(crate) status: JobStatus,
    pub(crate) created_ms: i64,
    pub(crate) completed_ms: Option<i64>,
    pub(crate) processed: usize,
    pub(crate) failed_records: Vec<FailedRecord>,
    pub(crate) error: Option<String>,
}

impl ImportJob {
    /// The summary that a listing gives.
    pub(crate) fn summary(&self, id: &str) -> Value {
        json!({
            "JobId": id,
            "ImportDestination": {
                "SuppressionListDestination": {"SuppressionListImportAction": self.action}
            },
            "JobStatus": self.status.name(),
            "CreatedTimestamp": clock::epoch_seconds(self.created_ms),
            "ProcessedRecordsCount": self.processed,
            "FailedRecordsCount": self.failed_records.len(),
        })
    }

    /// The answer of GetImportJob; `base_url` leads to the failed records.
    pub(crate) fn to_json(&self, id: &str, base_url: &str) -> Value {
        let mut job = self.summary(id);
        put_member(
            &mut job,
            "ImportDataSource",
            json!({"S3Url": self.s3_url, "DataFormat": self.format}),
        );
        if let Some(completed) = self.completed_ms {
            put_member(&mut job, "CompletedTimestamp", clock::epoch_seconds(completed));
        }
        let mut failure = json!({});
        if let Some(error) = &self.error {
            put_member(&mut failure, "ErrorMessage", error);
        }
        if !self.failed_records.is_empty() {
            let url = format!("{base_url}/_local/failed-records/{id}");
            put_member(&mut failure, "FailedRecordsS3Url", url);
        }
        if failure.as_object().is_some_and(|fields| !fields.is_empty()) {
            put_member(&mut job, "FailureInfo", failure);
        }
        job
    }
}

/// The jobs of one Region.
#[derive(Debug, Default)]
pub(crate) struct ImportJobs {
    pub(crate) jobs: BTreeMap<String, ImportJob>,
}

impl ImportJobs {
    /// How many jobs are in each status.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for job in self.jobs.values() {
            *counts.entry(job.status.name()).or_default() += 1;
        }
        counts
    }
}

/// Bucket and key of `s3://bucket/key`.
pub(crate) fn split_s3_url(url: &str) -> Option<(&str, &str)> {
    let (bucket, key) = url.strip_prefix("s3://")?.split_once('/')?;
    (!bucket.is_empty() && !key.is_empty()).then_some((bucket, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_urls_have_a_bucket_and_a_key() {
        assert_eq!(split_s3_url("s3://bucket/a/b.json"), Some(("bucket", "a/b.json")));
        for bad in ["s3://bucket", "s3://bucket/", "https://bucket/key", ""] {
            assert_eq!(split_s3_url(bad), None, "{bad}");
        }
    }
}
