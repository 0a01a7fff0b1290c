//! `suppressions add`.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::bail;
use serde::Serialize;
use warden_aws::SuppressionList;
use warden_domain::address::EmailAddress;
use warden_domain::suppression::SuppressionReason;

use super::entry::ReasonOption;
use super::find::{self, can_be_asked};
use super::named::NamedOptions;
use crate::frame::aws;
use crate::frame::exit;
use crate::frame::output::{Format, Lines, OutputRecord, Records, note, write_stderr};
use crate::frame::prompt::Prompt;
use crate::frame::terminal::counted;

/// Put addresses on the list
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Shows what would change and asks. An address that is listed for a COMPLAINT is not put as a \
BOUNCE.

Examples:
  ses-warden suppressions add ann@example.com
  ses-warden suppressions add --reason COMPLAINT --yes ann@example.com")]
pub(super) struct Args {
    /// Reason to list them for
    #[arg(long, value_enum, ignore_case = true, default_value = "BOUNCE")]
    reason: ReasonOption,

    #[command(flatten)]
    named: NamedOptions,
}

/// What happens with one address.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PlannedAddition {
    email_address: String,
    /// `add`, `change` or `keep`; afterwards `added`, `changed`, `kept` or `failed`.
    action: &'static str,
    /// The reason before, where it was listed.
    before: Option<&'static str>,
    /// The reason after.
    reason: &'static str,
}

impl OutputRecord for PlannedAddition {
    const COLUMNS: &'static [(&'static str, usize)] =
        &[("EmailAddress", 0), ("Action", 7), ("Before", 10), ("Reason", 9)];

    fn cells(&self) -> Vec<String> {
        let before = self.before.unwrap_or("not listed");
        [self.email_address.as_str(), self.action, before, self.reason].map(str::to_owned).to_vec()
    }
}

/// Shows, asks, puts.
pub(super) fn run<R: BufRead>(
    args: &Args,
    mut prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let mut addresses = args.named.addresses.clone();
    addresses.dedup();
    for address in &addresses {
        if let Err(error) = EmailAddress::parse(address) {
            bail!("{address} cannot be listed: {error}");
        }
    }
    aws::block_on(async {
        let (connection, list) = args.named.where_to.list().await?;
        let mut plan = plan(args, &list, &addresses).await?;
        let is_table = args.named.format.format() == Format::Table;
        if is_table {
            out.line(args.named.where_to.named(connection.region()))?;
            out.line("")?;
            show(&plan, Format::Table, out)?;
        } else {
            note(args.named.where_to.named(connection.region()));
        }
        let count = plan.iter().filter(|change| change.action != "keep").count();
        if count > 0 {
            let question = format!("Put {} on the list?", counted(count, "address", "addresses"));
            if !args.named.yes && !prompt.confirm(&question, out)? {
                out.line("Nothing was changed.")?;
                return Ok(exit::DECLINED.into());
            }
        }
        let mut is_complete = true;
        for change in &mut plan {
            change.action = match (change.action, put(args, &list, change).await) {
                ("keep", _) => "kept",
                ("add", Ok(())) => "added",
                (_, Ok(())) => "changed",
                (_, Err(error)) => {
                    write_stderr(format_args!("{}: {error:#}", change.email_address));
                    is_complete = false;
                    "failed"
                }
            };
        }
        if is_table {
            out.line("")?;
            let done = plan.iter().filter(|c| ["added", "changed"].contains(&c.action)).count();
            out.line(format!("Done: {} put on the list.", counted(done, "address", "addresses")))?;
        } else {
            show(&plan, args.named.format.format(), out)?;
        }
        out.flush()?;
        Ok(if is_complete { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
    })
}

async fn plan(
    args: &Args,
    list: &SuppressionList,
    addresses: &[String],
) -> anyhow::Result<Vec<PlannedAddition>> {
    let tenant = args.named.where_to.tenant.as_deref();
    let (asked, scanned): (Vec<String>, Vec<String>) =
        addresses.iter().cloned().partition(|address| can_be_asked(address));
    let mut plan = Vec::new();
    let reason = args.reason.code();
    let change = |address: &str, before: Option<&'static str>| {
        let action = match before {
            None => "add",
            Some("BOUNCE") if reason == "COMPLAINT" => "change",
            Some(_) => "keep",
        };
        let reason = if action == "keep" { before.unwrap_or(reason) } else { reason };
        PlannedAddition { email_address: address.to_owned(), action, before, reason }
    };
    for address in &asked {
        plan.push(change(address, list.get(tenant, address).await?.map(SuppressionReason::code)));
    }
    if !scanned.is_empty() {
        // SES refuses to say whether these are listed, so the list itself is read.
        let found = find::anywhere(list, tenant, &scanned).await?;
        for address in &scanned {
            let entries = found.get(&address.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
            let entry = entries.iter().find(|found| found.entry.email_address == *address);
            let before = entry.map(|found| match found.entry.reason.as_str() {
                "COMPLAINT" => "COMPLAINT",
                _ => "BOUNCE",
            });
            plan.push(change(address, before));
        }
    }
    Ok(plan)
}

/// Puts an address and reads it back.
async fn put(args: &Args, list: &SuppressionList, change: &PlannedAddition) -> anyhow::Result<()> {
    if change.action == "keep" {
        return Ok(());
    }
    let (tenant, address) = (args.named.where_to.tenant.as_deref(), change.email_address.as_str());
    let reason = SuppressionReason::from(args.reason);
    list.put(tenant, address, reason).await?;
    if can_be_asked(address) && list.get(tenant, address).await? != Some(reason) {
        bail!("SES took the address, and does not list it for {}; look again", args.reason.code());
    }
    Ok(())
}

fn show(plan: &[PlannedAddition], format: Format, out: &mut impl Write) -> anyhow::Result<()> {
    let mut records = Records::begin::<PlannedAddition>(format, out)?;
    for change in plan {
        records.write(change, out)?;
    }
    records.end(out)
}
