//! Puts addresses back on the list that were taken off it.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use warden_aws::{CallError, RateLimiter, SuppressionList};
use warden_domain::rescue::RescueRecord;
use warden_domain::suppression::SuppressionReason;

use super::{Args, SES_CALLS_PER_SECOND, address};
use crate::frame::exit;
use crate::frame::output::{Documents, Lines, path, write_stderr};
use crate::frame::prompt::Prompt;

/// Reads the record, asks, and puts each address on the list for a bounce again. One that is
/// listed meanwhile stays as it is: a put would replace the reason of a complaint.
pub(super) async fn run<R: BufRead>(
    args: &Args,
    file: &Path,
    prompt: &mut Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let text = std::fs::read(file).with_context(|| format!("{} cannot be read", path(file)))?;
    let mut records: BTreeMap<String, RescueRecord> = BTreeMap::new();
    let mut unread = 0;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    for line in lines {
        match serde_json::from_slice::<RescueRecord>(line) {
            Ok(record) => _ = records.insert(record.address.expose().to_owned(), record),
            Err(_) => unread += 1,
        }
    }
    if unread > 0 {
        write_stderr(format_args!(
            "{unread} lines of {} are no records and are left out",
            path(file)
        ));
    }
    let question =
        format!("Put {} addresses on the suppression list again for a bounce?", records.len());
    if records.is_empty() {
        out.line("The record holds no address.")?;
    } else if !args.yes && !prompt.confirm(&question, out)? {
        out.line("Nothing was changed.")?;
        return Ok(exit::DECLINED.into());
    }
    let connection = args.access.connect().await?;
    let list = SuppressionList::new(&connection, RateLimiter::per_second(SES_CALLS_PER_SECOND));
    let mut documents = Documents::new(args.format.format());
    let mut is_complete = unread == 0;
    for record in records.values() {
        let result = match put_back(&list, record).await {
            Ok(result) => result,
            Err(error) => {
                write_stderr(format_args!("{}: {error}", address(args, &record.address)));
                is_complete = false;
                "failed"
            }
        };
        if !args.format.is_table() {
            let address = address(args, &record.address);
            documents.write(&serde_json::json!({ "address": address, "result": result }), out)?;
        } else {
            out.line(format!("{result:<15} {}", address(args, &record.address)))?;
        }
        out.flush()?;
    }
    documents.end(out)?;
    out.flush()?;
    Ok(if is_complete { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
}

async fn put_back(
    list: &SuppressionList,
    record: &RescueRecord,
) -> Result<&'static str, CallError> {
    let address = record.address.expose();
    if list.get(None, address).await?.is_some() {
        return Ok("listed already");
    }
    list.put(None, address, SuppressionReason::Bounce).await?;
    Ok("put back")
}
