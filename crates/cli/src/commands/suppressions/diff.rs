//! `suppressions diff`.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;
use warden_aws::ListFilter;
use warden_domain::exports::Hint;
use warden_domain::suppression::SuppressionReason;

use super::import::read_files;
use super::pages;
use super::where_to::Calls;
use crate::frame::aws;
use crate::frame::exit;
use crate::frame::output::{FormatOptions, OutputRecord, Records, write_stderr};
use crate::frame::prompt::Prompt;
use crate::frame::terminal::counted;

/// Compare two lists: Regions, accounts, files
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A and B are each one of
  region:NAME           the account's list in that Region
  profile:NAME[@REGION] the list of the profile's account
  FILE                  any file that import reads; - is standard input
The exit status is 1 where they differ.

Examples:
  ses-warden suppressions diff region:eu-west-1 region:us-east-1
  ses-warden suppressions diff yesterday.csv region:eu-west-1 --json")]
pub(super) struct Args {
    /// One list
    #[arg(value_name = "A")]
    a: String,

    /// The other list
    #[arg(value_name = "B")]
    b: String,

    /// Provider that wrote the files, where they do not show it
    #[arg(long, value_name = "PROVIDER")]
    from: Option<String>,

    /// Kind of the files, where they do not show it
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    calls: Calls,
}

/// An address that the two lists do not hold alike.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListDifference {
    email_address: String,
    /// `only_in_a`, `only_in_b` or `reason`.
    difference: &'static str,
    a: Option<String>,
    b: Option<String>,
}

impl OutputRecord for ListDifference {
    const COLUMNS: &'static [(&'static str, usize)] =
        &[("EmailAddress", 0), ("Difference", 10), ("A", 9), ("B", 9)];

    fn cells(&self) -> Vec<String> {
        let [a, b] = [&self.a, &self.b].map(|reason| reason.clone().unwrap_or_default());
        vec![self.email_address.clone(), self.difference.to_owned(), a, b]
    }
}

type ListEntries = BTreeMap<String, String>;

/// Prints every difference, by address.
pub(super) fn run<R: BufRead>(
    args: &Args,
    mut prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        let a = read(args, &args.a, &mut prompt).await?;
        let b = read(args, &args.b, &mut prompt).await?;
        let mut records = Records::begin::<ListDifference>(args.format.format(), out)?;
        for difference in differences(&a, &b) {
            records.write(&difference, out)?;
        }
        let count = records.written();
        records.end(out)?;
        out.flush()?;
        write_stderr(format_args!(
            "{}: {}. {}: {}. {}",
            args.a,
            counted(a.len(), "address", "addresses"),
            args.b,
            counted(b.len(), "address", "addresses"),
            counted(count, "difference", "differences")
        ));
        Ok(if count == 0 { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
    })
}

async fn read<R: BufRead>(
    args: &Args,
    source: &str,
    prompt: &mut Prompt<R>,
) -> anyhow::Result<ListEntries> {
    let calls = if let Some(region) = source.strip_prefix("region:") {
        args.calls.elsewhere(None, Some(region))
    } else if let Some(profile) = source.strip_prefix("profile:") {
        match profile.rsplit_once('@') {
            Some((profile, region)) => args.calls.elsewhere(Some(profile), Some(region)),
            None => args.calls.elsewhere(Some(profile), None),
        }
    } else {
        return of_file(args, source, prompt);
    };
    let list = calls.list(&calls.connect().await?);
    let mut entries = ListEntries::new();
    pages::each(&list, &ListFilter::default(), |listed| {
        entries.insert(listed.address.into_exposed(), listed.reason);
        Ok(true)
    })
    .await?;
    Ok(entries)
}

fn of_file<R: BufRead>(
    args: &Args,
    file: &str,
    prompt: &mut Prompt<R>,
) -> anyhow::Result<ListEntries> {
    let hint = Hint::parse(args.from.as_deref(), args.kind.as_deref())?;
    let plan = read_files(&[PathBuf::from(file)], &hint, prompt)?;
    let counts = plan.counts();
    if counts.review + counts.invalid > 0 {
        write_stderr(format_args!(
            "{file}: {} rows are left out, for nobody knows what they become; import --plan shows \
             them",
            counts.review + counts.invalid
        ));
    }
    Ok(plan
        .imports()
        .map(|(address, reason)| (address, SuppressionReason::code(reason).to_owned()))
        .collect())
}

/// Both lists are in the order of their addresses.
fn differences<'l>(
    a: &'l ListEntries,
    b: &'l ListEntries,
) -> impl Iterator<Item = ListDifference> + 'l {
    let of_a = a.iter().filter_map(|(address, reason)| {
        let other = b.get(address);
        if other == Some(reason) {
            return None;
        }
        let difference = if other.is_some() { "reason" } else { "only_in_a" };
        Some((address, difference, Some(reason), other))
    });
    let of_b = b.iter().filter(|(address, _)| !a.contains_key(*address));
    let of_b = of_b.map(|(address, reason)| (address, "only_in_b", None, Some(reason)));
    let mut all: Vec<_> = of_a.chain(of_b).collect();
    all.sort_by_key(|(address, ..)| *address);
    all.into_iter().map(|(address, difference, a, b)| ListDifference {
        email_address: address.clone(),
        difference,
        a: a.cloned(),
        b: b.cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, &str)]) -> ListEntries {
        entries.iter().map(|(a, r)| ((*a).to_owned(), (*r).to_owned())).collect()
    }

    #[test]
    fn what_differs_comes_by_address_with_both_reasons() {
        let a = list(&[
            ("a@x.example", "BOUNCE"),
            ("b@x.example", "BOUNCE"),
            ("d@x.example", "BOUNCE"),
        ]);
        let b = list(&[
            ("b@x.example", "COMPLAINT"),
            ("c@x.example", "BOUNCE"),
            ("d@x.example", "BOUNCE"),
        ]);
        let found: Vec<String> =
            differences(&a, &b).map(|d| serde_json::to_string(&d).unwrap()).collect();
        assert_eq!(
            found,
            [
                r#"{"EmailAddress":"a@x.example","Difference":"only_in_a","A":"BOUNCE","B":null}"#,
                r#"{"EmailAddress":"b@x.example","Difference":"reason","A":"BOUNCE","B":"COMPLAINT"}"#,
                r#"{"EmailAddress":"c@x.example","Difference":"only_in_b","A":null,"B":"BOUNCE"}"#,
            ]
        );
        assert_eq!(differences(&a, &a).count(), 0);
    }
}
