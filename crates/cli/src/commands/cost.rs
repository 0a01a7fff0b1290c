//! `ses-warden cost`: what ses-warden costs a month, next to two alternatives.

mod estimate;

use std::io::Write;
use std::ops::RangeInclusive;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Value, json};

use warden_domain::bounce::BounceClass;
use warden_domain::metrics::provider_count;

use crate::frame::output::{Documents, FormatOptions};
use crate::frame::prices::Prices;
use crate::frame::table::{Align, markdown, table};
pub use estimate::{CostLine, Estimate, Traffic};

/// Estimate the cost of a month, next to the two usual ways to count SES events
///
/// List prices of us-east-1 without the free tier. In the first alternative SNS invokes a function
/// for each event, which calls PutMetricData once; in the second the function logs a line in
/// CloudWatch's embedded metric format instead. All three write the same series.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden cost --events-per-month 2500000 --domains 10
  ses-warden cost --events-per-month 1,000,000 --domains 300 --json")]
pub struct Args {
    /// SES events a month: about two and a half for each mail, more with opens and clicks
    #[arg(long, value_name = "N", value_parser = whole(0, 1_000_000_000_000_000))]
    events_per_month: u64,

    /// Sender domains
    #[arg(long, value_name = "D", value_parser = whole(0, 1_000_000))]
    domains: u64,

    /// Domains that get series of their own, like the template's MaxDomains; the others share one
    #[arg(long, value_name = "N", default_value = "100", value_parser = whole(1, 10_000))]
    max_domains: u64,

    /// Configuration sets that carry each domain's mail
    #[arg(long, value_name = "N", default_value = "1", value_parser = whole(0, 10_000))]
    sets_per_domain: u64,

    /// Configuration sets that `ses-warden connect` has connected
    #[arg(long, value_name = "N", default_value = "1", value_parser = whole(0, 10_000))]
    watched_sets: u64,

    /// What metrics counts, like the template's MetricSet
    #[arg(long, value_enum, default_value = "essential")]
    metric_set: MetricSetOption,

    /// Bounce classes that each domain's bounces have
    #[arg(long, value_name = "N", default_value = "3", value_parser = whole(0, classes()))]
    faults: u64,

    /// Mailbox providers that each domain writes to; only `full` counts by provider
    #[arg(long, value_name = "N", default_value = "8", value_parser = whole(0, providers()))]
    providers: u64,

    /// Alarms that `ses-warden connect` creates for each domain, at most eight
    #[arg(long, value_name = "N", default_value = "8", value_parser = whole(0, 8))]
    alarms_per_domain: u64,

    #[command(flatten)]
    format: FormatOptions,

    /// Print Markdown
    #[arg(long, conflicts_with_all = ["json", "output"])]
    markdown: bool,
}

fn classes() -> u64 {
    BounceClass::ALL.len() as u64
}

fn providers() -> u64 {
    provider_count() as u64
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MetricSetOption {
    Essential,
    Full,
}

/// Returns a parser of whole numbers in a range, with optional thousands separators.
fn whole(least: u64, most: u64) -> impl Fn(&str) -> Result<u64, String> + Clone {
    move |text| parse(text, least..=most)
}

fn parse(text: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    match digits(text).and_then(|digits| digits.parse().ok()) {
        Some(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "not a whole number from {} to {}",
            grouped(*range.start()),
            grouped(*range.end())
        )),
    }
}

/// Returns the digits of `1000`, `1,000` and `1_000`, but `None` for `1,00`, which has a digit too
/// few or a wrong separator.
fn digits(text: &str) -> Option<String> {
    let sign = text.chars().find(|c| matches!(c, ',' | '_'));
    let groups: Vec<&str> = sign.map_or_else(|| vec![text], |sign| text.split(sign).collect());
    let (first, rest) = groups.split_first()?;
    let fits = sign.is_none()
        || ((1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3));
    let digits = groups.concat();
    (fits && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

impl Args {
    fn traffic(&self) -> Traffic {
        Traffic {
            events: self.events_per_month,
            domains: self.domains,
            max_domains: self.max_domains,
            sets_per_domain: self.sets_per_domain,
            watched_sets: self.watched_sets,
            faults: self.faults,
            providers: self.providers,
            full: self.metric_set == MetricSetOption::Full,
            alarms_per_domain: self.alarms_per_domain,
        }
    }
}

/// Prints the estimate.
///
/// # Errors
/// When the output cannot be written.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let prices = Prices::load()?;
    let estimate = Estimate::new(&args.traffic(), &prices);
    if args.format.is_table() {
        write_tables(&estimate, &prices, args.markdown, out)?;
    } else {
        let estimate = rounded(serde_json::to_value(&estimate)?);
        Documents::one(args.format.format(), &estimate, out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Rounds all amounts to a millionth, so that 13.80 is not 13.799999999999999.
fn rounded(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or(Value::Null, |amount| json!((amount * 1e6).round() / 1e6))
        }
        Value::Array(list) => list.into_iter().map(rounded).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, field)| (name, rounded(field))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn write_tables(
    estimate: &Estimate,
    prices: &Prices,
    as_markdown: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let draw = if as_markdown { markdown } else { table };
    let set = if estimate.traffic.full { "full" } else { "essential" };
    let (events, domains) = (grouped(estimate.traffic.events), grouped(estimate.traffic.domains));
    let plural = if estimate.traffic.domains == 1 { "" } else { "s" };
    writeln!(
        out,
        "{events} events a month, {domains} sender domain{plural}, MetricSet={set}. \
         US dollars a month.\n"
    )?;

    let columns = [
        ("Counting", Align::Left),
        ("ses-warden", Align::Right),
        ("a call per event", Align::Right),
        ("EMF logs", Align::Right),
    ];
    let amounts = |line: &CostLine| [line.ours, line.call_per_event, line.emf_logs];
    let mut rows: Vec<Vec<String>> =
        estimate.counting.iter().map(|line| row(&line.name, &amounts(line))).collect();
    rows.push(row("together", &amounts(&estimate.together)));
    writeln!(out, "{}\n", draw(&columns, &rows))?;

    let rest: Vec<_> =
        estimate.rest.iter().map(|part| row(&part.name, &[Some(part.dollars)])).collect();
    writeln!(
        out,
        "{}\n",
        draw(&[("The rest of the stack", Align::Left), ("", Align::Right)], &rest)
    )?;
    let adds: Vec<_> =
        estimate.adds.iter().map(|part| row(&part.name, &[Some(part.dollars)])).collect();
    writeln!(
        out,
        "{}\n",
        draw(&[("What more would add", Align::Left), ("", Align::Right)], &adds)
    )?;
    writeln!(
        out,
        "Public list prices of {}, {}, without the free tier.",
        prices.region, prices.as_of
    )?;
    Ok(())
}

fn row(name: &str, amounts: &[Option<f64>]) -> Vec<String> {
    let amounts = amounts.iter().map(|amount| amount.map_or_else(|| "-".to_owned(), dollars));
    [name.to_owned()].into_iter().chain(amounts).collect()
}

/// Formats an amount with two decimals and thousands separators; says so if a sum rounds to
/// nothing.
fn dollars(amount: f64) -> String {
    if amount > 0.0 && amount < 0.005 {
        return "< 0.01".to_owned();
    }
    let text = format!("{amount:.2}");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    format!("{}.{cents}", whole.parse().map_or_else(|_| whole.to_owned(), grouped))
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
