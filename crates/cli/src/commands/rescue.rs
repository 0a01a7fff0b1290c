//! `ses-warden rescue`: addresses that SES may have suppressed although the sender
//! was at fault.
//!
//! suppress keeps a record of each in its bucket (`rescue/DAY/*.ndjson`). Nothing but
//! this command, in an operator's hand, takes an address off the list.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use aws_sdk_sesv2::operation::get_suppressed_destination::GetSuppressedDestinationError;
use aws_sdk_sesv2::types::SuppressionListReason;
use serde::{Deserialize, Serialize};
use warden_domain::address::EmailAddress;

use crate::frame::aws::{self, Access, failure};
use crate::frame::output::{Lines, complain};
use crate::frame::table::{Align, table};

/// SES takes about one call a second for the whole account.
const PACE: Duration = Duration::from_millis(1100);

/// Show the addresses that SES may have suppressed although you were at fault, and take them off
/// the list
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is changed without --remove. An entry that is there for a complaint stays.

Examples:
  ses-warden rescue --bucket my-bucket
  ses-warden rescue --bucket my-bucket --domain news.example.com --fault sender_authentication --remove")]
pub struct Args {
    /// The stack's bucket: its output SuppressBucketName
    #[arg(long, value_name = "NAME")]
    bucket: String,

    /// Only mail of this sender domain
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,

    /// Only this fault, such as sender_authentication
    #[arg(long, value_name = "FAULT")]
    fault: Option<String>,

    /// Take them off the account's suppression list where they are listed as BOUNCE, at the pace
    /// that SES allows: two calls and seconds an address. Mend the fault first
    #[arg(long)]
    remove: bool,

    /// Print one JSON object an address
    #[arg(long)]
    json: bool,

    /// Print addresses in full
    #[arg(long)]
    show_addresses: bool,

    #[command(flatten)]
    access: Access,
}

/// A line of a record, as suppress writes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    address: String,
    fault: String,
    domain: Option<String>,
    /// Milliseconds since 1970.
    at: u64,
}

/// An address, with its latest record.
#[derive(Debug, Serialize)]
struct Candidate {
    address: String,
    domain: Option<String>,
    fault: String,
    last: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
}

/// Lists the candidates, and removes them when asked to.
///
/// # Errors
/// When AWS cannot be asked or the output not be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        let config = args.access.load().await?;
        let found = read(&aws::s3(&config), &args.bucket).await?;
        found.unread.iter().for_each(complain);
        let candidates = candidates(found.records, args.domain.as_deref(), args.fault.as_deref());
        let is_complete = if args.remove {
            remove(args, &aws_sdk_sesv2::Client::new(&config), candidates, out).await?
        } else {
            show(args, &candidates, out)?;
            true
        };
        out.flush()?;
        let is_complete = is_complete && found.unread.is_empty();
        Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// What the bucket holds below `rescue/`.
#[derive(Debug, Default)]
struct Found {
    records: Vec<Record>,
    /// What could not be read, a sentence each. The rest is as good as ever.
    unread: Vec<String>,
}

async fn read(s3: &aws_sdk_s3::Client, bucket: &str) -> anyhow::Result<Found> {
    let mut found = Found::default();
    let mut pages = s3.list_objects_v2().bucket(bucket).prefix("rescue/").into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure("ListObjectsV2", error))?;
        for key in page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key) {
            match object(s3, bucket, &key).await {
                Ok(body) => found.take(&key, &body),
                Err(error) => {
                    found.unread.push(format!("{key} was not read and is left out: {error:#}"));
                }
            }
        }
    }
    Ok(found)
}

async fn object(s3: &aws_sdk_s3::Client, bucket: &str, key: &str) -> anyhow::Result<Vec<u8>> {
    let object = s3.get_object().bucket(bucket).key(key).send().await;
    let object = object.map_err(|error| failure("GetObject", error))?;
    Ok(object.body.collect().await?.to_vec())
}

impl Found {
    /// Reads the lines of one object. A line may be half written, when the function that
    /// wrote it was stopped; it costs no other line.
    fn take(&mut self, key: &str, body: &[u8]) {
        for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice(line) {
                Ok(record) => self.records.push(record),
                // serde's words may quote the line, which holds an address.
                Err(error) => self.unread.push(format!(
                    "line {} of {key} is left out: it is no rescue record (column {})",
                    index + 1,
                    error.column()
                )),
            }
        }
    }
}

/// Each address once, with its latest record, in the order of domain, fault and address.
fn candidates(records: Vec<Record>, domain: Option<&str>, fault: Option<&str>) -> Vec<Candidate> {
    let mut latest: BTreeMap<String, Record> = BTreeMap::new();
    for record in records {
        let wanted = domain.is_none_or(|domain| record.domain.as_deref() == Some(domain))
            && fault.is_none_or(|fault| record.fault == fault);
        if wanted && latest.get(&record.address).is_none_or(|known| known.at < record.at) {
            latest.insert(record.address.clone(), record);
        }
    }
    let mut candidates: Vec<Candidate> = latest
        .into_values()
        .map(|record| Candidate {
            last: warden_domain::time::day(record.at),
            address: record.address,
            domain: record.domain,
            fault: record.fault,
            result: None,
        })
        .collect();
    candidates
        .sort_by(|a, b| (&a.domain, &a.fault, &a.address).cmp(&(&b.domain, &b.fault, &b.address)));
    candidates
}

fn show(args: &Args, candidates: &[Candidate], out: &mut impl Write) -> anyhow::Result<()> {
    if args.json {
        for candidate in candidates {
            json(args, candidate, out)?;
        }
        return Ok(());
    }
    if candidates.is_empty() {
        out.line("No address was spared because the sender was at fault.")?;
        return Ok(());
    }
    let columns = ["domain", "fault", "last", "address"].map(|name| (name, Align::Left));
    let row = |candidate: &Candidate| {
        vec![
            candidate.domain.clone().unwrap_or_else(|| "unknown".to_owned()),
            candidate.fault.clone(),
            candidate.last.clone(),
            shown(args, &candidate.address),
        ]
    };
    let rows: Vec<Vec<String>> = candidates.iter().map(row).collect();
    writeln!(out, "{}\n", table(&columns, &rows))?;
    writeln!(
        out,
        "{} addresses, spared because you were at fault; SES's own list may have taken them all the same.\n\
         Mend the fault first (ses-warden explain says how), then --remove takes them off the list.",
        candidates.len()
    )?;
    Ok(())
}

fn json(args: &Args, candidate: &Candidate, out: &mut impl Write) -> anyhow::Result<()> {
    let masked = Candidate {
        address: shown(args, &candidate.address),
        domain: candidate.domain.clone(),
        fault: candidate.fault.clone(),
        last: candidate.last.clone(),
        result: candidate.result,
    };
    out.json(&masked)
}

fn shown(args: &Args, address: &str) -> String {
    match EmailAddress::parse(address) {
        _ if args.show_addresses => address.to_owned(),
        Ok(address) => address.to_string(),
        Err(_) => "<address>".to_owned(),
    }
}

/// Takes the candidates off the list; whether all went through.
async fn remove(
    args: &Args,
    ses: &aws_sdk_sesv2::Client,
    candidates: Vec<Candidate>,
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    let (mut removed, mut failed) = (0, 0);
    for mut candidate in candidates {
        let result = match take_off(ses, &candidate.address).await {
            Ok(result) => result,
            Err(error) => {
                complain(format_args!("{}: {error:#}", shown(args, &candidate.address)));
                "failed"
            }
        };
        removed += usize::from(result == "removed");
        failed += usize::from(result == "failed");
        candidate.result = Some(result);
        if args.json {
            json(args, &candidate, out)?;
        } else {
            out.line(format!("{result:<12} {}", shown(args, &candidate.address)))?;
        }
        out.flush()?;
    }
    if !args.json {
        writeln!(out, "\n{removed} addresses are off the list, {failed} failed.")?;
    }
    Ok(failed == 0)
}

/// Takes an address off the list, unless it is there for a complaint.
async fn take_off(ses: &aws_sdk_sesv2::Client, address: &str) -> anyhow::Result<&'static str> {
    tokio::time::sleep(PACE).await;
    let found = ses.get_suppressed_destination().email_address(address).send().await;
    let found = match found {
        Ok(found) => found,
        Err(error)
            if error
                .as_service_error()
                .is_some_and(GetSuppressedDestinationError::is_not_found_exception) =>
        {
            return Ok("not listed");
        }
        Err(error) => return Err(failure("GetSuppressedDestination", error)),
    };
    match found.suppressed_destination().map(|entry| entry.reason()) {
        Some(SuppressionListReason::Bounce) => {}
        _ => return Ok("kept"),
    }
    tokio::time::sleep(PACE).await;
    let gone = ses.delete_suppressed_destination().email_address(address).send().await;
    gone.map_err(|error| failure("DeleteSuppressedDestination", error))?;
    Ok("removed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_candidate_once_with_its_latest_fault() {
        let record = |address: &str, fault: &str, domain: &str, at: u64| Record {
            address: address.to_owned(),
            fault: fault.to_owned(),
            domain: Some(domain.to_owned()),
            at,
        };
        let records = vec![
            record("b@example.net", "content", "b.example.com", 86_400_000),
            record("a@example.net", "content", "b.example.com", 1),
            record("a@example.net", "sender_authentication", "a.example.com", 172_800_000),
        ];
        let all = candidates(records.clone(), None, None);
        let told: Vec<_> =
            all.iter().map(|c| (c.address.as_str(), c.fault.as_str(), c.last.as_str())).collect();
        assert_eq!(
            told,
            [
                ("a@example.net", "sender_authentication", "1970-01-03"),
                ("b@example.net", "content", "1970-01-02")
            ]
        );
        assert_eq!(candidates(records.clone(), Some("b.example.com"), None).len(), 2);
        assert_eq!(candidates(records, None, Some("sender_authentication")).len(), 1);
    }

    #[test]
    fn a_half_written_line_costs_no_other() {
        let good = |n: u32| format!(r#"{{"address":"a{n}@example.net","fault":"f","at":{n}}}"#);
        let body = format!("{}\n{{\"address\":\"half@exa\n\n{}\r\n", good(1), good(2));
        let mut found = Found::default();
        found.take("rescue/2026-11-26/a.ndjson", body.as_bytes());
        found.take("rescue/2026-11-26/b.ndjson", &[good(3).as_bytes(), b"\n\xff\xfe{}"].concat());
        assert_eq!(found.records.iter().map(|record| record.at).collect::<Vec<_>>(), [1, 2, 3]);
        let unread = found.unread.join(" | ");
        assert!(unread.contains("line 2 of rescue/2026-11-26/a.ndjson is left out"), "{unread}");
        assert!(unread.contains("line 2 of rescue/2026-11-26/b.ndjson is left out"), "{unread}");
        assert!(!unread.contains("half@"), "{unread}");
    }

    #[test]
    fn what_suppress_writes_is_read() {
        let line = r#"{"address":"a@example.net","fault":"content","rule":"r","domain":null,"messageId":"m","feedbackId":null,"at":5}"#;
        assert_eq!(serde_json::from_str::<Record>(line).unwrap().at, 5);
    }
}
