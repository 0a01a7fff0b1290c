//! What the object of an import job holds: records, one a line, in both formats.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::address;
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

/// A record that the job could not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailedRecord {
    pub(crate) line: String,
    pub(crate) cause: &'static str,
}

impl FailedRecord {
    /// The record as it was, with the cause as a further member or field. SES
    /// does not document the form of its own file.
    pub(crate) fn to_line(&self, format: DataFormat) -> String {
        let Self { line, cause } = self;
        match (format, serde_json::from_str::<Map<String, Value>>(line)) {
            (DataFormat::Csv, _) => format!("{line},{cause}"),
            (DataFormat::Json, Ok(mut record)) => {
                record.insert("errorMessage".to_owned(), (*cause).into());
                Value::Object(record).to_string()
            }
            (DataFormat::Json, Err(_)) => {
                json!({"record": line, "errorMessage": cause}).to_string()
            }
        }
    }
}

/// An address, with the reason if it is to be put.
pub(crate) type ImportRecord = (String, Option<Reason>);

/// An object's content, record by record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ImportRecords {
    pub(crate) good: Vec<ImportRecord>,
    pub(crate) failed: Vec<FailedRecord>,
}

/// Reads an object; the first `fail` records fail whatever they hold.
///
/// # Errors
///
/// The whole job fails when it holds more addresses than SES takes.
pub(crate) fn read_records(
    text: &str,
    format: DataFormat,
    action: Action,
    fail: usize,
) -> Result<ImportRecords, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let limit = action.limit();
    let count = lines.clone().count();
    if count > limit {
        return Err(format!(
            "The file holds {count} records; at most {limit} are allowed in one job."
        ));
    }
    let mut records = ImportRecords { good: Vec::with_capacity(count), failed: Vec::new() };
    for (index, line) in lines.enumerate() {
        let read = if index < fail {
            Err("Set to fail by the control plane.")
        } else {
            read_record(line, format, action)
        };
        match read {
            Ok(record) => records.good.push(record),
            Err(cause) => records.failed.push(FailedRecord { line: line.to_owned(), cause }),
        }
    }
    Ok(records)
}

fn read_record(
    line: &str,
    format: DataFormat,
    action: Action,
) -> Result<ImportRecord, &'static str> {
    let record = match format {
        DataFormat::Json => json_record(line),
        DataFormat::Csv => csv_record(line),
    };
    let (address, reason) = record.ok_or("The record is not well formed.")?;
    usable(address, reason.as_deref(), action)
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

fn usable(
    address: String,
    reason: Option<&str>,
    action: Action,
) -> Result<ImportRecord, &'static str> {
    if !address::is_acceptable(&address) {
        return Err("The email address is not valid.");
    }
    if address::simulator_mailbox(&address).is_some() {
        return Err("Mailbox simulator addresses cannot be added to the suppression list.");
    }
    match action {
        Action::Put => {
            let reason =
                reason.and_then(Reason::parse).ok_or("The reason must be BOUNCE or COMPLAINT.")?;
            Ok((address, Some(reason)))
        }
        Action::Delete => Ok((address, None)),
    }
}

/// Carries the records out on the list.
pub(crate) fn apply(records: &[ImportRecord], list: &mut SuppressionList, now_ms: i64) {
    for (address, reason) in records {
        match reason {
            Some(reason) => {
                list.put(address, Entry { reason: *reason, updated_ms: now_ms, origin: None })
            }
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
        let records = read_records(text, DataFormat::Json, Action::Put, 0).unwrap();
        assert_eq!(
            records.good,
            [
                ("Ann@example.com".to_owned(), Some(Reason::Bounce)),
                ("c@example.com".to_owned(), Some(Reason::Complaint)),
            ]
        );
        let failed: Vec<String> =
            records.failed.iter().map(|record| record.to_line(DataFormat::Json)).collect();
        assert_eq!(
            failed,
            [
                r#"{"emailAddress":"b@example.com","errorMessage":"The reason must be BOUNCE or COMPLAINT."}"#,
                r#"{"emailAddress":"bounce@simulator.amazonses.com","errorMessage":"Mailbox simulator addresses cannot be added to the suppression list.","reason":"BOUNCE"}"#,
                r#"{"errorMessage":"The record is not well formed.","record":"not json"}"#,
            ]
        );
    }

    #[test]
    fn csv_and_delete_need_less() {
        let put = read_records(
            "a@example.com,BOUNCE\r\nb@example.com\n",
            DataFormat::Csv,
            Action::Put,
            0,
        );
        assert_eq!(
            put.unwrap(),
            ImportRecords {
                good: vec![("a@example.com".to_owned(), Some(Reason::Bounce))],
                failed: vec![FailedRecord {
                    line: "b@example.com".to_owned(),
                    cause: "The reason must be BOUNCE or COMPLAINT.",
                }],
            }
        );
        let delete = read_records("dept/x@example.com\n", DataFormat::Csv, Action::Delete, 0);
        assert_eq!(delete.unwrap().good, [("dept/x@example.com".to_owned(), None)]);
    }

    #[test]
    fn too_many_addresses_fail_the_job() {
        let text = "a@example.com\n".repeat(10_001);
        assert!(read_records(&text, DataFormat::Csv, Action::Delete, 0).is_err());
        let text = "a@example.com,BOUNCE\n".repeat(100_000);
        let records = read_records(&text, DataFormat::Csv, Action::Put, 0).unwrap();
        assert_eq!(records.good.len(), 100_000);
    }

    #[test]
    fn the_first_records_fail_on_demand() {
        let text = "a@example.com,BOUNCE\nb@example.com,BOUNCE\n";
        let records = read_records(text, DataFormat::Csv, Action::Put, 1).unwrap();
        assert_eq!(records.good, [("b@example.com".to_owned(), Some(Reason::Bounce))]);
        assert_eq!(
            records.failed[0].to_line(DataFormat::Csv),
            "a@example.com,BOUNCE,Set to fail by the control plane."
        );
    }
}
