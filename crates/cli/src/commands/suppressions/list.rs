//! `suppressions list` and `suppressions count`.

use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;

use super::entry::{Entry, FilterOptions};
use super::pages;
use super::where_to::WhereTo;
use crate::frame::aws;
use crate::frame::output::{Format, FormatOptions, Lines, OutputRecord, Records, note};
use crate::frame::terminal::counted;

/// Print the entries of the list
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A list of any length comes whole, in pages of 1,000 at about one call a second. For a file that \
can be gone on with after a break, take export.

Examples:
  ses-warden suppressions list --reason COMPLAINT --since 2026-11-01
  ses-warden suppressions list --json | jq -r .EmailAddress")]
pub(super) struct ListArgs {
    #[command(flatten)]
    filter: FilterOptions,

    /// Print at most so many entries
    #[arg(long, value_name = "N")]
    limit: Option<u64>,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    where_to: WhereTo,
}

/// Prints the list as it arrives.
pub(super) fn list(args: &ListArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let filter = args.filter.filter(args.where_to.tenant.as_deref())?;
    let format = args.format.format();
    aws::block_on(async {
        let (connection, list) = args.where_to.list().await?;
        let named = args.where_to.named(connection.region());
        if format == Format::Table {
            out.line(&named)?;
            out.line("")?;
        }
        let mut records = Records::begin::<Entry>(format, out)?;
        let most = args.limit.unwrap_or(u64::MAX);
        let mut is_cut = false;
        pages::each(&list, &filter, |listed| {
            if records.written() == most {
                is_cut = true;
                return Ok(false);
            }
            records.write(&Entry::from(listed), out)?;
            Ok(true)
        })
        .await?;
        let written = records.written();
        records.end(out)?;
        out.flush()?;
        let more = if is_cut { ", and there are more" } else { "" };
        note(format_args!("{named}: {}{more}", counted(written, "entry", "entries")));
        Ok(ExitCode::SUCCESS)
    })
}

/// Count the entries of the list
#[derive(Debug, clap::Args)]
#[command(after_help = "\
SES has no call that counts, so the list is read: one call, and second, for 1,000 entries.

Examples:
  ses-warden suppressions count
  ses-warden suppressions count --since 2026-11-01 --json")]
pub(super) struct CountArgs {
    #[command(flatten)]
    filter: FilterOptions,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    where_to: WhereTo,
}

/// Entries by reason.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReasonCount {
    region: String,
    bounce: u64,
    complaint: u64,
    /// Of reasons that SES has added since.
    other: u64,
    total: u64,
}

impl OutputRecord for ReasonCount {
    const COLUMNS: &'static [(&'static str, usize)] =
        &[("Region", 16), ("Bounce", 10), ("Complaint", 10), ("Other", 10), ("Total", 0)];

    fn cells(&self) -> Vec<String> {
        let counts = [self.bounce, self.complaint, self.other, self.total];
        std::iter::once(self.region.clone()).chain(counts.map(|n| n.to_string())).collect()
    }
}

/// Counts the list.
pub(super) fn count(args: &CountArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let filter = args.filter.filter(args.where_to.tenant.as_deref())?;
    aws::block_on(async {
        let (connection, list) = args.where_to.list().await?;
        let mut count =
            ReasonCount { region: connection.region().to_owned(), ..ReasonCount::default() };
        pages::each(&list, &filter, |listed| {
            *match listed.reason.as_str() {
                "BOUNCE" => &mut count.bounce,
                "COMPLAINT" => &mut count.complaint,
                _ => &mut count.other,
            } += 1;
            count.total += 1;
            Ok(true)
        })
        .await?;
        let mut records = Records::begin::<ReasonCount>(args.format.format(), out)?;
        records.write(&count, out)?;
        records.end(out)?;
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    })
}
