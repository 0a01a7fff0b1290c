//! `suppressions get`.

use std::io::Write;
use std::process::ExitCode;

use super::find::{self, FoundEntry, ScanOptions, SpellingScan};
use super::where_to::WhereTo;
use crate::frame::aws;
use crate::frame::exit;
use crate::frame::output::{Format, FormatOptions, Lines, Records, note, write_stderr};

/// Look addresses up, in every spelling
#[derive(Debug, clap::Args)]
#[command(after_help = "\
SES finds an entry only by the spelling in which it was put, and no address with a slash. What it \
does not find so is looked for in the whole list, a call for each 1,000 entries; other spellings \
of what it finds are looked for in the first 10,000 entries.
The exit status is 1 where an address is not listed.

Examples:
  ses-warden suppressions get ann@example.com
  ses-warden suppressions get --json Ann@Example.com dept/sales@example.com")]
pub(super) struct Args {
    /// Addresses to look up
    #[arg(required = true, value_name = "ADDRESS")]
    addresses: Vec<String>,

    #[command(flatten)]
    scan: ScanOptions,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    where_to: WhereTo,
}

/// Prints each entry of the addresses.
pub(super) fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let format = args.format.format();
    aws::block_on(async {
        let (connection, list) = args.where_to.list().await?;
        let named = args.where_to.named(connection.region());
        let tenant = args.where_to.tenant.as_deref();
        let found =
            find::every(&list, tenant, &args.addresses, args.scan.scan(SpellingScan::WhereNeeded))
                .await?;
        if format == Format::Table {
            out.line(&named)?;
            out.line("")?;
        } else {
            note(&named);
        }
        let mut records = Records::begin::<FoundEntry>(format, out)?;
        let mut is_complete = true;
        for (_, entries) in &found {
            for entry in entries {
                records.write(entry, out)?;
            }
        }
        records.end(out)?;
        out.flush()?;
        for (address, _) in found.iter().filter(|(_, entries)| entries.is_empty()) {
            write_stderr(format_args!("{address} is not on the {named}"));
            is_complete = false;
        }
        Ok(if is_complete { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
    })
}
