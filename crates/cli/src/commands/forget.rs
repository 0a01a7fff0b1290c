//! `ses-warden forget`: deletes what the journal holds about one address.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use serde::Serialize;
use warden_aws::PartitionQuery;
use warden_domain::address::EmailAddress;
use warden_domain::journal::{
    AddressId, DecisionRecord, Item, ItemKey, JournalKey, OpenCount, Refusal,
};

use crate::frame::aws;
use crate::frame::exit;
use crate::frame::journal::{JournalCommand, address};
use crate::frame::output::{Documents, Lines};
use crate::frame::prompt::Prompt;

/// Delete what the journal holds about one address
///
/// The plan is shown before anything is deleted, and nothing brings the records back. The entry on
/// SES's suppression list stays: `ses-warden why ADDRESS` says how to take it off.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Permissions: docs/forget-policy.json.

Exit status: 0 when the records are deleted or there was none, 2 when the address is none, 3 when \
you answered no, 4 without credentials or Region, 5 when AWS failed or refused.

Examples:
  ses-warden forget jane@example.com
  ses-warden forget 'dept/sales@example.com' --yes --stack mail-warden")]
pub struct Args {
    /// The address, in any spelling
    #[arg(value_name = "ADDRESS", value_parser = address)]
    address: EmailAddress,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    of_journal: JournalCommand,
}

#[derive(Debug, Serialize)]
struct Forgotten<'a> {
    id: &'a str,
    decisions: usize,
    /// Whether its soft bounces are counted: 0 or 1.
    open_counts: usize,
    refusals: usize,
    deleted: bool,
}

/// Shows what would be deleted, asks, and deletes it.
///
/// # Errors
/// When AWS cannot be asked, there is no journal, or nobody can be asked.
pub fn run<R: BufRead>(
    args: &Args,
    mut prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        let connection = args.of_journal.access.connect().await?;
        let journal = args.of_journal.journal.open(&connection).await?;
        let id = journal.key.address_id(&args.address);
        let items = journal.table.partition(&id.partition(), PartitionQuery::default()).await?;
        let keys = keys(&items, &id, &journal.key, args.address.domain());
        let open_counts = items.iter().filter_map(OpenCount::from_item).count();
        let mut forgotten = Forgotten {
            id: id.as_str(),
            decisions: items.len() - open_counts,
            open_counts,
            refusals: keys.len() - items.len(),
            deleted: false,
        };
        if args.of_journal.format.is_table() {
            plan(&forgotten, journal.table.table(), out)?;
        }
        if keys.is_empty() {
            if !args.of_journal.format.is_table() {
                Documents::one(args.of_journal.format.format(), &forgotten, out)?;
            }
            out.flush()?;
            return Ok(ExitCode::SUCCESS);
        }
        let question = format!("Delete {} records for good?", keys.len());
        if !args.yes && !prompt.confirm(&question, out)? {
            out.line("Nothing was changed.")?;
            return Ok(exit::DECLINED.into());
        }
        journal.table.delete(&keys).await?;
        forgotten.deleted = true;
        if args.of_journal.format.is_table() {
            out.line(format!("Deleted {} records.", keys.len()))?;
        } else {
            Documents::one(args.of_journal.format.format(), &forgotten, out)?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The keys of the records, and of the notes that the address was refused.
fn keys(items: &[Item], id: &AddressId, key: &JournalKey, domain: &str) -> Vec<ItemKey> {
    let recipient_domain = key.domain_id(domain);
    let refusals = items.iter().filter_map(|item| {
        let record = DecisionRecord::from_item(id, item)?;
        record.strike?;
        let refusal = Refusal {
            recipient_domain: recipient_domain.clone(),
            text_id: record.text_id,
            at_seconds: record.at_seconds?,
            address: id.clone(),
        };
        Some(refusal.key())
    });
    let mut keys: Vec<ItemKey> =
        items.iter().map(|item| item.key.clone()).chain(refusals).collect();
    keys.sort();
    keys.dedup();
    keys
}

fn plan(found: &Forgotten<'_>, table: &str, out: &mut impl Write) -> anyhow::Result<()> {
    if found.decisions + found.open_counts == 0 {
        out.line(format!(
            "The journal {table} holds nothing about this address (id {}).",
            found.id
        ))?;
        return Ok(());
    }
    out.line(format!("From the journal {table}, about the address of id {}:", found.id))?;
    out.line(format!("  delete  {} decisions", found.decisions))?;
    if found.open_counts > 0 {
        out.line("  delete  the count of its soft bounces")?;
    }
    out.line(format!("  delete  {} notes that it was refused", found.refusals))?;
    out.line("")?;
    out.line("This cannot be undone. Point-in-time backups keep the records for up to 35 days.")?;
    out.line("Earlier bounces no longer count: the next one of unknown text is a first strike.")?;
    out.line("It stays on SES's suppression list, in rescue records of the bucket (90 days) and,")?;
    out.line("masked, in the logs.")?;
    Ok(())
}
