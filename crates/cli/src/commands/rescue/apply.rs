//! Takes addresses off the list, with proof and a record of what was removed.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use warden_aws::{Bucket, CallError, SuppressionList};
use warden_domain::rescue::{Proof, RescueRecord, proof};

use super::read::Candidate;
use super::{Args, address, now_millis, shown};
use crate::frame::output::{Documents, Lines, path, write_stderr};

/// One run of `--remove`.
pub(super) struct RescueRemoval<'a> {
    args: &'a Args,
    list: &'a SuppressionList,
    bucket: &'a Bucket,
    region: &'a str,
    file: PathBuf,
    record: File,
}

impl<'a> RescueRemoval<'a> {
    /// Opens the record first: what cannot be undone is not begun.
    pub(super) fn new(
        args: &'a Args,
        list: &'a SuppressionList,
        bucket: &'a Bucket,
        region: &'a str,
    ) -> anyhow::Result<Self> {
        let file = args.record.clone().unwrap_or_else(|| {
            let day = warden_domain::time::day(u64::try_from(now_millis()).unwrap_or(0));
            PathBuf::from(format!("ses-warden-rescued-{day}.ndjson"))
        });
        let record = File::options().create(true).append(true).open(&file);
        let record = record.with_context(|| format!("{} cannot be written", path(&file)))?;
        Ok(Self { args, list, bucket, region, file, record })
    }

    /// Checks each candidate; returns whether all succeeded.
    pub(super) async fn run(
        mut self,
        candidates: &[Candidate],
        out: &mut impl Write,
    ) -> anyhow::Result<bool> {
        let (mut removed, mut failed) = (Vec::new(), 0);
        let mut documents = Documents::new(self.args.format.format());
        for candidate in candidates {
            let (result, found) = match self.take_off(candidate).await? {
                Ok((Proof::Proven, record)) => {
                    removed.extend(record);
                    ("removed", Some(Proof::Proven))
                }
                Ok((Proof::NotListed, _)) => ("not listed", Some(Proof::NotListed)),
                Ok((found, _)) => ("kept", Some(found)),
                Err(error) => {
                    let address = address(self.args, &candidate.latest().address);
                    write_stderr(format_args!("{address}: {error}"));
                    failed += 1;
                    ("failed", None)
                }
            };
            let shown = shown(self.args, candidate, Some(result), found.map(Proof::code));
            if !self.args.format.is_table() {
                documents.write(&shown, out)?;
            } else {
                let why = found.map_or("", Proof::code).replace('_', " ");
                out.line(format!("{result:<12} {:<12} {}", why, shown.address))?;
            }
            out.flush()?;
        }
        self.notify_function(&removed).await;
        documents.end(out)?;
        if self.args.format.is_table() {
            writeln!(out, "\n{} addresses are off the list, {failed} failed.", removed.len())?;
            if !removed.is_empty() {
                let file = path(&self.file);
                out.line(format!("To put them back: ses-warden rescue --undo {file}"))?;
            }
        }
        Ok(failed == 0)
    }

    /// Deletes the entry of an address where one of its bounces proves it.
    async fn take_off(
        &mut self,
        candidate: &Candidate,
    ) -> anyhow::Result<Result<(Proof, Option<RescueRecord>), CallError>> {
        let address = candidate.latest().address.expose();
        let entry = match self.list.entry(None, address).await {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(error)),
        };
        let mut found = Proof::NotListed;
        for record in candidate.records() {
            found = proof(record, entry.as_ref());
            if found == Proof::Proven {
                let removed = RescueRecord { removed_at: Some(now_millis()), ..record.clone() };
                // Before the entry goes: a removal without a record could not be undone.
                let written = self.record.write_all(removed.line().as_bytes());
                written.with_context(|| format!("{} cannot be written", path(&self.file)))?;
                return Ok(match self.list.delete(None, address).await {
                    Ok(true) => Ok((found, Some(removed))),
                    Ok(false) => Ok((Proof::NotListed, None)),
                    Err(error) => Err(error),
                });
            }
        }
        Ok(Ok((found, None)))
    }

    /// Puts the record beside the function's own, which then lets none of these addresses
    /// back again within 30 days.
    async fn notify_function(&self, removed: &[RescueRecord]) {
        if removed.is_empty() {
            return;
        }
        let lines: String = removed.iter().map(RescueRecord::line).collect();
        let key =
            format!("suppress/rescue/{}/rescued/{:013}-command.ndjson", self.region, now_millis());
        if let Err(error) = self.bucket.put(&key, lines.into_bytes()).await {
            write_stderr(format_args!(
                "the function does not know of these removals, and may remove these addresses \
                 again within 30 days: {error}"
            ));
        }
    }
}
