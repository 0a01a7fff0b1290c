//! Import jobs: many entries for the suppression list from one object in S3.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::address;
use crate::clock;
use crate::json::put_member;
use crate::suppression::{Entry, Reason, SuppressionList};

/// What a job does with its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Action {
    Put,
    Delete,
}

impl Action {
    /// SES takes this many addresses in one job.
    fn limit(self) -> usize {
        match self {
            Self::Put => 100_000,
            Self::Delete => 10_000,
        }
    }
}

/// How the object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum DataFormat {
    Csv,
    Json,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Created,
    Processing,
    Completed,
    Failed,
}

impl Status {
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
    pub(crate) status: Status,
    pub(crate) created_ms: i64,
    pub(crate) completed_ms: Option<i64>,
    pub(crate) processed: usize,
    pub(crate) failed_records: Vec<String>,
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
        put_member(&mut job, "ImportDataSource", json!({"S3Url": self.s3_url, "DataFormat": self.format}));
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

/// All jobs, and how the next ones shall go.
#[derive(Debug, Default)]
pub(crate) struct ImportJobs {
    pub(crate) jobs: BTreeMap<String, ImportJob>,
    /// Seconds a job spends in PROCESSING.
    pub(crate) seconds: f64,
    /// So many further jobs end in FAILED.
    pub(crate) fail_next: u32,
}

/// Bucket and key of `s3://bucket/key`.
pub(crate) fn split_s3_url(url: &str) -> Option<(&str, &str)> {
    let (bucket, key) = url.strip_prefix("s3://")?.split_once('/')?;
    (!bucket.is_empty() && !key.is_empty()).then_some((bucket, key))
}

/// An object's content, record by record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Records {
    /// Addresses, with the reason for those to be put.
    pub(crate) good: Vec<(String, Option<Reason>)>,
    /// Lines that could not be used.
    pub(crate) failed: Vec<String>,
}

/// Reads an object.
///
/// # Errors
///
/// The whole job fails when it holds more addresses than SES takes.
pub(crate) fn read_records(text: &str, format: DataFormat, action: Action) -> Result<Records, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let limit = action.limit();
    let count = lines.clone().count();
    if count > limit {
        return Err(format!("The file holds {count} records; at most {limit} are allowed in one job."));
    }
    let mut records = Records { good: Vec::with_capacity(count), failed: Vec::new() };
    for line in lines {
        let record = match format {
            DataFormat::Json => json_record(line),
            DataFormat::Csv => csv_record(line),
        };
        match record.and_then(|(address, reason)| usable(address, reason.as_deref(), action)) {
            Some(record) => records.good.push(record),
            None => records.failed.push(line.to_owned()),
        }
    }
    Ok(records)
}

fn json_record(line: &str) -> Option<(String, Option<String>)> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Line {
        email_address: String,
        reason: Option<String>,
    }
    let line: Line = serde_json::from_str(line).ok()?;
    Some((line.email_address, line.reason))
}

fn csv_record(line: &str) -> Option<(String, Option<String>)> {
    let mut fields = line.split(',').map(|field| field.trim().trim_matches('"'));
    let address = fields.next()?.to_owned();
    Some((address, fields.next().map(str::to_owned)))
}

fn usable(address: String, reason: Option<&str>, action: Action) -> Option<(String, Option<Reason>)> {
    if !address::is_acceptable(&address) || address::simulator_mailbox(&address).is_some() {
        return None;
    }
    match action {
        Action::Put => Reason::parse(reason?).map(|reason| (address, Some(reason))),
        Action::Delete => Some((address, None)),
    }
}

/// Carries the records out on the list.
pub(crate) fn apply(records: &[(String, Option<Reason>)], list: &mut SuppressionList, now_ms: i64) {
    for (address, reason) in records {
        match reason {
            Some(reason) => list.put(address, Entry { reason: *reason, updated_ms: now_ms, origin: None }),
            None => {
                list.delete(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_are_read_and_bad_ones_counted() {
        let text = concat!(
            "{\"emailAddress\":\"Ann@example.com\",\"reason\":\"BOUNCE\"}\n",
            "{\"emailAddress\":\"b@example.com\"}\n",
            "\n",
            "{\"emailAddress\":\"bounce@simulator.amazonses.com\",\"reason\":\"BOUNCE\"}\n",
            "not json\n",
            "{\"emailAddress\":\"c@example.com\",\"reason\":\"COMPLAINT\"}"
        );
        let records = read_records(text, DataFormat::Json, Action::Put).unwrap();
        assert_eq!(
            records.good,
            [
                ("Ann@example.com".to_owned(), Some(Reason::Bounce)),
                ("c@example.com".to_owned(), Some(Reason::Complaint)),
            ]
        );
        assert_eq!(records.failed.len(), 3);
    }

    #[test]
    fn csv_and_delete_need_less() {
        let put = read_records("a@example.com,BOUNCE\r\nb@example.com\n", DataFormat::Csv, Action::Put);
        assert_eq!(
            put.unwrap(),
            Records {
                good: vec![("a@example.com".to_owned(), Some(Reason::Bounce))],
                failed: vec!["b@example.com".to_owned()],
            }
        );
        let delete = read_records("dept/x@example.com\n", DataFormat::Csv, Action::Delete);
        assert_eq!(delete.unwrap().good, [("dept/x@example.com".to_owned(), None)]);
    }

    #[test]
    fn too_many_addresses_fail_the_job() {
        let text = "a@example.com\n".repeat(10_001);
        assert!(read_records(&text, DataFormat::Csv, Action::Delete).is_err());
        let text = "a@example.com,BOUNCE\n".repeat(100_000);
        let records = read_records(&text, DataFormat::Csv, Action::Put).unwrap();
        assert_eq!(records.good.len(), 100_000);
    }

    #[test]
    fn s3_urls_have_a_bucket_and_a_key() {
        assert_eq!(split_s3_url("s3://bucket/a/b.json"), Some(("bucket", "a/b.json")));
        for bad in ["s3://bucket", "s3://bucket/", "https://bucket/key", ""] {
            assert_eq!(split_s3_url(bad), None, "{bad}");
        }
    }
}
