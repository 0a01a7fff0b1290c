//! `ses-warden policy`: IAM policies that restrict who may send.

use std::env;
use std::io::Write;
use std::process::ExitCode;

use anyhow::{Error, bail, ensure};
use clap::Subcommand;
use warden_domain::operate::restriction::Form;

use crate::frame::aws::Access;
use crate::frame::output::{Format, FormatOptions, Lines, note};
use crate::frame::restriction::RestrictionOptions;

/// Write an IAM policy that restricts who may send
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden policy restrict --cidr 203.0.113.0/24 > policy.json
  ses-warden policy restrict --form deny --from-domain example.com")]
pub struct Args {
    #[command(subcommand)]
    action: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    Restrict(RestrictArgs),
}

/// Print a policy that restricts sending to networks, From domains and identities
///
/// Nothing is called and nothing is changed: the policy goes to standard output, notes about it to
/// standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The form allow allows ses:SendEmail (API) and ses:SendRawEmail (SMTP, raw messages) under the \
conditions, for a user or role that no other policy allows to send: neither its own nor one of \
its groups. SMTP users that the SES console makes are in such a group: use the form deny for them.

The form deny denies every ses:Send* that does not meet them, beside policies that exist. A call \
through a VPC endpoint has no public source address and is denied unless --vpc-endpoint names it; \
calls that AWS services make (aws:ViaAWSService, aws:PrincipalIsAWSService) are not denied. With \
--raw-only it denies every other ses:Send* altogether.

--region, else AWS_REGION, says the partition of identities that are named without an ARN: \
us-gov-west-1 is in aws-us-gov. --output ndjson writes the policy on one line.

Put it on a user, or on a role with put-role-policy --role-name:
  aws iam put-user-policy --user-name NAME --policy-name RestrictSending \\
    --policy-document file://policy.json

Examples:
  ses-warden policy restrict --cidr 1.2.3.4/32 --cidr 5.6.7.8/32 --raw-only
  ses-warden policy restrict --form deny --cidr 203.0.113.0/24
  ses-warden policy restrict --cidr 1.2.3.4/32 --identity example.com")]
struct RestrictArgs {
    #[command(flatten)]
    restriction: RestrictionOptions,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    access: Access,
}

impl RestrictArgs {
    /// The Region that decides the partition. An ARN says its own, so that only the option can
    /// contradict it.
    fn region(&self) -> Option<String> {
        if self.access.region().is_some() || self.restriction.has_arn() {
            return self.access.region().map(str::to_owned);
        }
        let value = |name| env::var_os(name)?.into_string().ok().filter(|name| !name.is_empty());
        ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(value)
    }
}

/// Prints what was asked for.
///
/// # Errors
/// When nothing is restricted, options do not fit each other, or the output cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let PolicyCommand::Restrict(args) = &args.action;
    let format = args.format.format();
    if format == Format::Csv {
        bail!("a policy is JSON and has no rows: leave --output out, or take json or ndjson");
    }
    let region = args.region();
    let restriction = args.restriction.restriction(region.as_deref()).map_err(Error::msg)?;
    ensure!(
        !restriction.is_empty(),
        "nothing is restricted: give --cidr, --vpc-endpoint, --from-domain or --identity"
    );
    let form = args.restriction.form(Form::Allow);
    let policy = restriction.policy(form);
    match format {
        Format::Ndjson => out.json(&policy)?,
        Format::Table | Format::Json | Format::Csv => {
            let pretty = serde_json::to_string_pretty(&policy)?;
            pretty.lines().try_for_each(|line| out.line(line))?;
        }
    }
    out.flush()?;
    restriction.notes(form).iter().for_each(note);
    Ok(ExitCode::SUCCESS)
}
