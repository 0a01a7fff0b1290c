//! `suppressions remove`.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde::Serialize;
use warden_aws::{Bucket, Connection, ImportAction, SuppressionList};
use warden_domain::imports::Waiting;
use warden_domain::suppression::SuppressionReason;

use super::audit::{Audit, Removal};
use super::entry::{Entry, time};
use super::find::{self, ScanOptions, SpellingScan, can_be_asked};
use super::jobs::{Jobs, OpenJobs};
use super::named::NamedOptions;
use super::where_to::BucketOptions;
use crate::frame::aws;
use crate::frame::exit;
use crate::frame::output::{Format, Lines, OutputRecord, Records, note, path, write_stderr};
use crate::frame::prompt::Prompt;
use crate::frame::terminal::counted;

/// Take addresses off the list
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every spelling of an address that is listed is removed, because each of them keeps mail from it; \
the whole list is looked through for them, a call for each 1,000 entries. Shows what would \
change, asks why and whether, and notes each removal in a file. An address that complained stays \
unless --complaint is given: mail to it again only where the person asked for that. SES removes \
an address with a slash by an import job alone, which needs a bucket.

Examples:
  ses-warden suppressions remove ann@example.com --because \"works again, #4711\"
  ses-warden suppressions remove dept/sales@example.com --because typo --yes")]
pub(super) struct Args {
    /// Why; asked for where it is not given
    #[arg(long, value_name = "TEXT")]
    because: Option<String>,

    /// Remove addresses that are listed for a complaint, too
    #[arg(long)]
    complaint: bool,

    /// File to note the removals in [default: .local/state/ses-warden/removals.ndjson at home]
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,

    #[command(flatten)]
    scan: ScanOptions,

    #[command(flatten)]
    bucket: BucketOptions,

    #[command(flatten)]
    named: NamedOptions,
}

/// What happens with one entry.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PlannedRemoval {
    #[serde(flatten)]
    entry: Entry,
    /// `remove` or `keep`; afterwards `removed`, `kept`, `not_listed` or `failed`.
    action: &'static str,
}

impl OutputRecord for PlannedRemoval {
    const COLUMNS: &'static [(&'static str, usize)] =
        &[("EmailAddress", 0), ("Reason", 9), ("LastUpdateTime", 24), ("Action", 10)];

    fn cells(&self) -> Vec<String> {
        let mut cells = self.entry.cells();
        cells.push(self.action.to_owned());
        cells
    }
}

/// Shows the entries that would go, asks, writes the audit line, and removes them.
pub(super) fn run<R: BufRead>(
    args: &Args,
    mut prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let blank = |because: &String| !because.trim().is_empty();
    let because = match args.because.clone().filter(blank) {
        Some(because) => because,
        None => prompt
            .ask("Why are they removed?", out)?
            .context("say why with --because; it is noted with each removal")?,
    };
    aws::block_on(async {
        let (connection, list) = args.named.where_to.list().await?;
        let tenant = args.named.where_to.tenant.as_deref();
        let found =
            find::every(&list, tenant, &args.named.addresses, args.scan.scan(SpellingScan::Always))
                .await?;
        let mut plan: Vec<PlannedRemoval> = Vec::new();
        for (address, entries) in found {
            if entries.is_empty() {
                let (reason, last_update_time) = (String::new(), String::new());
                let entry = Entry { email_address: address, reason, last_update_time };
                plan.push(PlannedRemoval { entry, action: "not_listed" });
            }
            for found in entries {
                let is_kept = found.entry.reason != "BOUNCE" && !args.complaint;
                let action = if is_kept { "keep" } else { "remove" };
                plan.push(PlannedRemoval { entry: found.entry, action });
            }
        }
        let is_table = args.named.format.format() == Format::Table;
        if is_table {
            out.line(args.named.where_to.named(connection.region()))?;
            out.line("")?;
            show(&plan, Format::Table, out)?;
        } else {
            note(args.named.where_to.named(connection.region()));
        }
        if plan.iter().any(|change| change.action == "keep") {
            write_stderr("addresses that complained stay; --complaint removes them, too");
        }
        let count = plan.iter().filter(|change| change.action == "remove").count();
        if count > 0 {
            let question = format!("Take {} off the list?", counted(count, "entry", "entries"));
            if !args.named.yes && !prompt.confirm(&question, out)? {
                out.line("Nothing was changed.")?;
                return Ok(exit::DECLINED.into());
            }
            let audit = Audit::open(args.audit.as_deref())?;
            let remover =
                Remover { args, connection: &connection, list: &list, because: &because, audit };
            remover.run(&mut plan).await?;
            note(format_args!("noted in {}", path(&remover.audit.path)));
        }
        plan.iter_mut().filter(|change| change.action == "keep").for_each(|c| c.action = "kept");
        let removed = plan.iter().filter(|change| change.action == "removed").count();
        if is_table {
            out.line("")?;
            out.line(format!("Done: {} off the list.", counted(removed, "entry", "entries")))?;
        } else {
            show(&plan, args.named.format.format(), out)?;
        }
        out.flush()?;
        let is_open = plan.iter().any(|change| ["kept", "failed"].contains(&change.action));
        Ok(if is_open { exit::PARTIAL.into() } else { ExitCode::SUCCESS })
    })
}

struct Remover<'a> {
    args: &'a Args,
    connection: &'a Connection,
    list: &'a SuppressionList,
    because: &'a str,
    audit: Audit,
}

impl Remover<'_> {
    /// Removes what the plan says, and writes into it what became of it.
    async fn run(&self, plan: &mut [PlannedRemoval]) -> anyhow::Result<()> {
        let tenant = self.args.named.where_to.tenant.as_deref();
        let by_job = |change: &PlannedRemoval| {
            change.action == "remove" && !can_be_asked(&change.entry.email_address)
        };
        if tenant.is_some() && plan.iter().any(by_job) {
            bail!("SES has no way to take an address with a slash off a tenant's list");
        }
        let mut waiting = Waiting::default();
        for change in plan.iter().filter(|change| by_job(change)) {
            waiting.add(&change.entry.email_address, SuppressionReason::Bounce);
        }
        // Before anything is removed: a bucket that is missing should not be found half-way.
        let jobs = if waiting.is_empty() { None } else { Some(self.jobs().await?) };
        for change in plan.iter_mut().filter(|c| c.action == "remove" && !by_job(c)) {
            self.note(&change.entry, "removing")?;
            let address = &change.entry.email_address;
            let gone = match self.list.delete(tenant, address).await {
                Ok(_) => self.list.get(tenant, address).await.map(|listed| listed.is_none()),
                Err(error) => Err(error),
            };
            change.action = match gone {
                Ok(true) => "removed",
                Ok(false) => "failed",
                Err(error) => {
                    write_stderr(format_args!("{address}: {error}"));
                    "failed"
                }
            };
            if change.action == "failed" {
                self.note(&change.entry, "failed")?;
            }
        }
        let Some(jobs) = jobs else { return Ok(()) };
        for change in plan.iter().filter(|change| by_job(change)) {
            self.note(&change.entry, "removing")?;
        }
        let state = PathBuf::from(format!("ses-warden-remove-{}.state", jobs.region));
        let mut open = OpenJobs::read(&state)?;
        jobs.wait_for_earlier(&mut open).await?;
        let failed = jobs.run(waiting, ImportAction::Delete, &mut open).await?.failed;
        let failed: Vec<String> =
            failed.by_weight().into_iter().map(|(a, _)| a.into_exposed()).collect();
        for change in plan.iter_mut().filter(|change| by_job(change)) {
            let is_failed = failed.contains(&change.entry.email_address);
            if is_failed {
                self.note(&change.entry, "failed")?;
            }
            change.action = if is_failed { "failed" } else { "removed" };
        }
        Ok(())
    }

    async fn jobs(&self) -> anyhow::Result<Jobs<'_>> {
        let bucket_name = self
            .args
            .bucket
            .name(self.connection)
            .await
            .context("SES takes an address with a slash off the list by an import job alone")?;
        Ok(Jobs {
            list: self.list,
            bucket: Bucket::new(self.connection, bucket_name.clone()),
            bucket_name,
            region: self.connection.region().to_owned(),
            began: jiff::Timestamp::now().as_millisecond(),
        })
    }

    fn note(&self, entry: &Entry, result: &'static str) -> anyhow::Result<()> {
        self.audit.note(&Removal {
            at: time(jiff::Timestamp::now().as_millisecond()),
            region: self.connection.region(),
            tenant: self.args.named.where_to.tenant.as_deref(),
            address: &entry.email_address,
            reason: &entry.reason,
            listed_at: &entry.last_update_time,
            because: self.because,
            result,
        })
    }
}

fn show(plan: &[PlannedRemoval], format: Format, out: &mut impl Write) -> anyhow::Result<()> {
    let mut records = Records::begin::<PlannedRemoval>(format, out)?;
    for change in plan {
        records.write(change, out)?;
    }
    records.end(out)
}
