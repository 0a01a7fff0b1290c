//! `ses-warden why`: what SES and the journal know of one address, for a support desk.

mod known;
mod read;
mod show;

use std::io::Write;
use std::process::ExitCode;

use warden_domain::address::EmailAddress;

use crate::frame::aws;
use crate::frame::exit;
use crate::frame::journal::{JournalCommand, address};
use crate::frame::output::Documents;

/// Say why mail to an address is withheld or sent, and how to change it
///
/// Asks SES for the address on the account's list and on the lists of tenants, and the journal for
/// what was decided about it, when, by which rule or reader and for which mail. Nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Permissions: docs/why-policy.json.

Exit status: 0 when everything could be read, 1 when something is not known, 2 when the address \
is none, 4 without credentials or Region, 5 when AWS failed or refused.

Examples:
  ses-warden why jane@example.com
  ses-warden why 'dept/sales@example.com' --tenant acme --json")]
pub struct Args {
    /// The address, in any spelling
    #[arg(value_name = "ADDRESS", value_parser = address)]
    address: EmailAddress,

    /// Also look at this tenant, besides those of earlier mail
    #[arg(long, value_name = "NAME")]
    tenant: Vec<String>,

    /// Also look at this configuration set, besides those of earlier mail
    #[arg(long, value_name = "NAME")]
    configuration_set: Vec<String>,

    /// Calls to SES in one second
    #[arg(long, value_name = "N", default_value_t = 0.9, value_parser = rate, hide = true)]
    ses_calls_per_second: f64,

    #[command(flatten)]
    of_journal: JournalCommand,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(n) if n.is_finite() && n > 0.0 && n <= 1000.0 => Ok(n),
        _ => Err("must be a number above 0 and at most 1000".to_owned()),
    }
}

/// Reads what is known and prints it.
///
/// # Errors
/// When nothing can be asked of AWS or the output cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let known = aws::block_on(async {
        let connection = args.of_journal.access.connect().await?;
        Ok(read::read(args, &connection).await)
    })?;
    if args.of_journal.format.is_table() {
        show::show(&known, out)?;
    } else {
        Documents::one(args.of_journal.format.format(), &known, out)?;
    }
    out.flush()?;
    Ok(if known.not_known.is_empty() { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
}
