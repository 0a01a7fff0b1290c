//! `ses-warden policy`: IAM policies that restrict who may send.

use std::io::Write;
use std::process::ExitCode;

use anyhow::ensure;
use clap::Subcommand;

use crate::frame::output::{Lines, note};
use crate::frame::restriction::RestrictionOptions;

/// Write an IAM policy that restricts who may send
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden policy restrict --cidr 203.0.113.0/24 > policy.json
  ses-warden policy restrict --form deny --from-domain example.com")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Restrict(RestrictArgs),
}

/// Print a policy that restricts sending to networks, From domains and identities
///
/// Nothing is called and nothing is changed: the policy goes to standard output, notes about it to
/// standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The form allow allows ses:SendEmail (API) and ses:SendRawEmail (SMTP, raw messages) under the \
conditions, for a user or role that no other policy allows to send.

The form deny denies every ses:Send* that does not meet them, beside policies that exist. A call \
through a VPC endpoint has no public source address and is denied unless --vpc-endpoint names it; \
calls that AWS services make (aws:ViaAWSService, aws:PrincipalIsAWSService) are not denied.

Put it on a user:
  aws iam put-user-policy --user-name NAME --policy-name RestrictSending \\
    --policy-document file://policy.json

Examples:
  ses-warden policy restrict --cidr 1.2.3.4/32 --cidr 5.6.7.8/32 --raw-only
  ses-warden policy restrict --form deny --cidr 203.0.113.0/24
  ses-warden policy restrict --cidr 1.2.3.4/32 --identity example.com")]
struct RestrictArgs {
    #[command(flatten)]
    restriction: RestrictionOptions,
}

/// Prints what was asked for.
///
/// # Errors
/// When nothing is restricted, or the output cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let Action::Restrict(args) = &args.action;
    let restriction = args.restriction.restriction();
    ensure!(
        !restriction.is_empty(),
        "nothing is restricted: give --cidr, --vpc-endpoint, --from-domain or --identity"
    );
    let form = args.restriction.form();
    let policy = serde_json::to_string_pretty(&restriction.policy(form))?;
    policy.lines().try_for_each(|line| out.line(line))?;
    out.flush()?;
    restriction.notes(form).iter().for_each(note);
    Ok(ExitCode::SUCCESS)
}
