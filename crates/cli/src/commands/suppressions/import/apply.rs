//! Carries an import out: compared with the list, asked, put, and every failure looked after.

use std::collections::HashSet;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;
use warden_aws::{Bucket, Connection, ImportAction, SuppressionList};
use warden_domain::imports::Waiting;
use warden_domain::suppression::SuppressionReason;

use super::super::find::can_be_asked;
use super::super::jobs::{Jobs, OpenJobs};
use super::Args;
use super::compare::{Comparison, ONE_BY_ONE};
use super::read::ImportFiles;
use crate::frame::exit;
use crate::frame::output::{Format, Lines, path, write_stderr};
use crate::frame::progress::Progress;
use crate::frame::prompt::Prompt;
use crate::frame::terminal::{counted, width, wrapped};

/// Failed records of a job that are put one by one; more wait for another job.
const MOST_SINGLE: usize = 1_000;

/// Failed addresses that are named.
const MOST_NAMED: usize = 20;

/// What an import did.
#[derive(Debug, Default, Serialize)]
struct ImportDone {
    region: String,
    /// Addresses that were not listed and are now.
    added: usize,
    /// Addresses whose BOUNCE became a COMPLAINT.
    changed_to_complaint: usize,
    listed_already: usize,
    /// Listed for a complaint, which no bounce replaces.
    kept_complaint: usize,
    /// What SES did not take.
    failed: usize,
    /// Rows that a person must decide.
    review: usize,
    invalid: usize,
    jobs: Vec<String>,
}

/// Puts the addresses of the files on the list.
pub(super) async fn run<R: BufRead>(
    args: &Args,
    files: &ImportFiles,
    prompt: &mut Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let (connection, list) = args.where_to.list().await?;
    let region = connection.region();
    let is_table = args.format.format() == Format::Table;
    let state = args
        .state
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("ses-warden-import-{region}.state")));
    let mut open = OpenJobs::read(&state)?;
    let mut jobs = None;
    if state.exists() {
        let earlier = jobs_of(args, &connection, &list).await?;
        earlier.wait_for_earlier(&mut open).await?;
        jobs = Some(earlier);
    }
    let comparison = Comparison::read(&files.plan, &list, args.where_to.tenant.as_deref()).await?;
    let to_put = comparison.to_put();
    let counts = files.plan.counts();
    let mut done = ImportDone {
        region: region.to_owned(),
        listed_already: comparison.same,
        kept_complaint: comparison.kept,
        review: counts.review,
        invalid: counts.invalid,
        ..ImportDone::default()
    };
    if is_table {
        let named = args.where_to.named(region);
        out.line("")?;
        out.line(format!("Compared with the {named}:"))?;
        for (count, what) in [
            (comparison.new.len(), "to be added"),
            (comparison.to_complaint.len(), "to become COMPLAINT, now BOUNCE"),
            (comparison.same, "listed already"),
            (comparison.kept, "listed for a COMPLAINT, which stays"),
        ] {
            out.line(format!("{count:>9}  {what}"))?;
        }
    }
    if to_put.is_empty() {
        return end(files, &done, is_table, out);
    }
    let addresses = counted(to_put.len(), "address", "addresses");
    let question = format!("Put {addresses} on the list of {region}?");
    if !args.yes && !prompt.confirm(&question, out)? {
        out.line("Nothing was changed.")?;
        return Ok(exit::DECLINED.into());
    }
    // No job puts anything on a tenant's list.
    let is_single = args.where_to.tenant.is_some() || to_put.len() <= ONE_BY_ONE;
    let failed = if is_single {
        singly(args, &list, to_put, &mut done).await?
    } else {
        let jobs = match jobs {
            Some(jobs) => jobs,
            None => jobs_of(args, &connection, &list).await?,
        };
        by_jobs(args, &jobs, to_put, &mut open, &mut done).await?
    };
    let changed: HashSet<String> = comparison
        .to_complaint
        .by_weight()
        .into_iter()
        .map(|(address, _)| address.into_exposed())
        .collect();
    let failed_changes = failed.iter().filter(|address| changed.contains(*address)).count();
    done.failed = failed.len();
    done.changed_to_complaint = changed.len() - failed_changes;
    let not_added = failed.len() - failed_changes + done.kept_complaint - comparison.kept;
    done.added = comparison.new.len().saturating_sub(not_added);
    for address in failed.iter().take(MOST_NAMED) {
        write_stderr(format_args!("not on the list: {address}"));
    }
    if failed.len() > MOST_NAMED {
        write_stderr(format_args!("and {} more; run the command again", failed.len() - MOST_NAMED));
    }
    if is_table && state.exists() {
        write_stderr(format_args!("{} notes jobs under way", path(&state)));
    }
    end(files, &done, is_table, out)
}

async fn jobs_of<'l>(
    args: &Args,
    connection: &Connection,
    list: &'l SuppressionList,
) -> anyhow::Result<Jobs<'l>> {
    let bucket_name = args.bucket.name(connection).await?;
    Ok(Jobs {
        list,
        bucket: Bucket::new(connection, bucket_name.clone()),
        bucket_name,
        region: connection.region().to_owned(),
        began: jiff::Timestamp::now().as_millisecond(),
    })
}

/// Puts addresses by import jobs, and what those could not use again. Answers with the addresses
/// that are not on the list.
async fn by_jobs(
    args: &Args,
    jobs: &Jobs<'_>,
    to_put: Waiting,
    open: &mut OpenJobs,
    done: &mut ImportDone,
) -> anyhow::Result<Vec<String>> {
    let mut ended = jobs.run(to_put, ImportAction::Put, open).await?;
    done.jobs.append(&mut ended.jobs);
    done.kept_complaint += ended.complained;
    if ended.failed.len() > MOST_SINGLE {
        write_stderr(format_args!("{} records failed; another job tries them", ended.failed.len()));
        let again = std::mem::take(&mut ended.failed);
        ended = jobs.run(again, ImportAction::Put, open).await?;
        done.jobs.append(&mut ended.jobs);
        done.kept_complaint += ended.complained;
    }
    if ended.failed.is_empty() {
        return Ok(Vec::new());
    }
    if ended.failed.len() > MOST_SINGLE {
        return Ok(ended
            .failed
            .by_weight()
            .into_iter()
            .map(|(address, _)| address.into_exposed())
            .collect());
    }
    write_stderr(format_args!("{} records failed; they are put one by one", ended.failed.len()));
    singly(args, jobs.list, ended.failed, done).await
}

/// Puts addresses one by one. Answers with those that SES refuses.
async fn singly(
    args: &Args,
    list: &SuppressionList,
    to_put: Waiting,
    done: &mut ImportDone,
) -> anyhow::Result<Vec<String>> {
    let tenant = args.where_to.tenant.as_deref();
    let mut refused = Vec::new();
    let mut progress = Progress::new("addresses put", Some(to_put.len()));
    for (address, reason) in to_put.by_weight() {
        let address = address.into_exposed();
        // A put would turn a complaint that has come meanwhile into a bounce.
        if reason == SuppressionReason::Bounce
            && can_be_asked(&address)
            && list.get(tenant, &address).await? == Some(SuppressionReason::Complaint)
        {
            done.kept_complaint += 1;
            continue;
        }
        match list.put(tenant, &address, reason).await {
            Ok(()) => {}
            Err(error) if error.is_verdict() => {
                write_stderr(format_args!("{address}: {error}"));
                refused.push(address);
            }
            Err(error) => return Err(error.into()),
        }
        progress.step();
    }
    Ok(refused)
}

fn end(
    files: &ImportFiles,
    done: &ImportDone,
    is_table: bool,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    if is_table {
        out.line("")?;
        let text = format!(
            "Done: {} added, {} changed to COMPLAINT, {} listed already, {} kept as COMPLAINT, {} \
             failed. Left for you: {} to decide, {} without a usable address.",
            done.added,
            done.changed_to_complaint,
            done.listed_already,
            done.kept_complaint,
            done.failed,
            done.review,
            done.invalid
        );
        writeln!(out, "{}", wrapped(&text, 0, width()))?;
    } else {
        out.json(done)?;
    }
    out.flush()?;
    let is_complete = done.failed + done.review + done.invalid == 0 && files.warnings.is_empty();
    Ok(if is_complete { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
}
