//! The files of a rescue run: what is read from the bucket, and what is logged.

use super::DAY_MS;
use crate::files::SIDE_BY_SIDE;
use crate::import_run::ImportRun;
use crate::staging::{RescuePlace, written_at};
use futures_util::future::try_join_all;
use tracing::{info, warn};
use warden_aws::CallError;
use warden_domain::imports::Waiting;
use warden_domain::rescue::{OtherDecisions, RescueRecord};

/// How long other decisions, and the addresses that were removed from the list, are kept after the
/// quiet time. By then every record of that time has been handled.
pub(super) const DECIDED_KEPT_MS: i64 = 3 * DAY_MS;

pub(super) const RESCUED_KEPT_MS: i64 = 31 * DAY_MS;

/// Returns the records of a file. Skips and logs lines that are not records; leaves a file that
/// cannot be read to the next run.
pub(super) async fn read_records(
    run: &ImportRun<'_>,
    key: &str,
) -> Result<Vec<RescueRecord>, CallError> {
    let mut records = Vec::new();
    let time = run.time_for_one_file();
    let read = run.staging.read(key, time, |line| {
        if line.trim_ascii().is_empty() {
            return true;
        }
        serde_json::from_slice(line).map(|record| records.push(record)).is_ok()
    });
    let lines = read.await?;
    if lines > 0 {
        warn!(key, lines, "{lines} lines of this file are no rescue records and are left out");
    }
    Ok(records)
}

/// Reads the other events about addresses, and deletes files that are too old.
pub(super) async fn decisions(
    run: &ImportRun<'_>,
    now: i64,
    quiet_ms: i64,
) -> Result<OtherDecisions, CallError> {
    let mut decisions = OtherDecisions::default();
    let region = &run.region.name;
    for (place, kept_ms) in [
        (RescuePlace::Decisions, DECIDED_KEPT_MS.saturating_add(quiet_ms)),
        (RescuePlace::Rescued, RESCUED_KEPT_MS),
    ] {
        let (mut old, mut keys) = (Vec::new(), Vec::new());
        for key in run.staging.rescue_files(region, place).await? {
            let is_old = written_at(&key).is_some_and(|at| at < now.saturating_sub(kept_ms));
            if is_old { old.push(key) } else { keys.push(key) }
        }
        run.delete(old).await?;
        for chunk in keys.chunks(SIDE_BY_SIDE) {
            match place {
                RescuePlace::Decisions => {
                    let files = try_join_all(chunk.iter().map(|key| read_decided(run, key)));
                    for waiting in files.await? {
                        for (address, _) in waiting.by_weight() {
                            decisions.suppressed(address.expose());
                        }
                    }
                }
                RescuePlace::Queue | RescuePlace::Rescued => {
                    let files = try_join_all(chunk.iter().map(|key| read_records(run, key)));
                    for record in files.await?.iter().flatten() {
                        decisions.rescued(record, now);
                    }
                }
            }
        }
    }
    Ok(decisions)
}

pub(super) async fn read_decided(run: &ImportRun<'_>, key: &str) -> Result<Waiting, CallError> {
    let mut waiting = Waiting::default();
    let time = run.time_for_one_file();
    run.staging.read(key, time, |line| waiting.read_line(line)).await?;
    Ok(waiting)
}

pub(super) fn log_removed(record: &RescueRecord) {
    info!(
        recipient.masked = %record.address,
        fault = record.fault,
        rule = record.rule,
        ses.message_id = record.message_id.as_deref(),
        "removed from the suppression list: SES had listed the address for a bounce the sender caused"
    );
}

pub(super) fn log_kept(record: &RescueRecord, reason: &str) {
    info!(
        recipient.masked = %record.address,
        fault = record.fault,
        reason,
        ses.message_id = record.message_id.as_deref(),
        "not removed from the suppression list"
    );
}
