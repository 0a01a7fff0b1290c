//! `ses-warden alarms`: an alarm for each sender domain, without editing a template.

pub mod definition;
pub mod plan;
mod show;

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::ValueEnum;
use warden_domain::address::normalize_domain;
use warden_domain::guard::{Measure, Severity};

use crate::aws::Access;
use crate::aws::alarms::Account;
use definition::{Definition, Setting, Window, domain_prefix};
use plan::{BEYOND_CAP, Choice, Existing, Step, definitions, domains, plan};

/// Plan or apply bounce and complaint alarms for each sender domain
///
/// Domains are those seen in CloudWatch within two weeks and those of SES identities. Each alarm
/// compares the lower confidence bound of a rate with 40 % (warn) or 80 % (critical) of the line
/// from which AWS reviews: 5 % bounces, 0.1 % complaints. It rings guard, which looks again before
/// it pauses anything. Alarms that others made are never touched.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden alarms plan
  ses-warden alarms apply --severity critical --yes
  ses-warden alarms apply --domain news.example.org --profile production
  ses-warden alarms plan --prefix ses-warden/ --alarm-topic arn:aws:sns:...:ses-warden-alarms --json")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Show what is missing, different or no longer asked for
    Plan(Options),
    /// Show it, ask, and do it
    Apply {
        #[command(flatten)]
        options: Options,

        /// Do not ask
        #[arg(long)]
        yes: bool,

        /// Remove alarms made here whose domain is neither seen nor an identity any more, or that these
        /// options do not ask for
        #[arg(long)]
        remove_gone: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Options {
    /// This domain alone, seen or not; may be repeated
    #[arg(long = "domain", value_name = "DOMAIN", value_parser = domain)]
    domains: Vec<String>,

    /// What to measure [default: both]
    #[arg(long, value_enum, value_delimiter = ',', hide_possible_values = true, value_name = "bounce,complaint")]
    measure: Vec<MeasureWord>,

    /// Severities to make [default: both]
    #[arg(long, value_enum, value_delimiter = ',', hide_possible_values = true, value_name = "warn,critical")]
    severity: Vec<SeverityWord>,

    /// Windows to make [default: both]
    #[arg(long, value_enum, value_delimiter = ',', hide_possible_values = true, value_name = "fast,slow")]
    window: Vec<Window>,

    /// Stack whose outputs name the alarm topic and the prefix
    #[arg(long, value_name = "NAME", default_value = "ses-warden")]
    stack: String,

    /// Prefix of alarm names, instead of the stack's
    #[arg(long, value_parser = prefix)]
    prefix: Option<String>,

    /// Topic that guard listens to, instead of the stack's
    #[arg(long, value_name = "ARN", value_parser = topic)]
    alarm_topic: Option<String>,

    /// Namespace of the metrics, instead of the stack's
    #[arg(long)]
    namespace: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    access: Access,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MeasureWord {
    Bounce,
    Complaint,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SeverityWord {
    Warn,
    Critical,
}

fn domain(text: &str) -> Result<String, String> {
    normalize_domain(text).ok_or_else(|| "not a domain name".to_owned())
}

fn prefix(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("a prefix cannot be empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn topic(text: &str) -> Result<String, String> {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "sns", region, account, name] if [region, account, name].iter().all(|part| !part.is_empty()) => {
            Ok(text.to_owned())
        }
        _ => Err("not the ARN of a topic, as arn:aws:sns:eu-central-1:111122223333:ses-warden-alarms".to_owned()),
    }
}

impl Options {
    fn choice(&self) -> Choice {
        let measures = self.measure.iter().map(|word| match word {
            MeasureWord::Bounce => Measure::Bounce,
            MeasureWord::Complaint => Measure::Complaint,
        });
        let severities = self.severity.iter().map(|word| match word {
            SeverityWord::Warn => Severity::Warn,
            SeverityWord::Critical => Severity::Critical,
        });
        Choice {
            measures: or_all(measures.collect(), &[Measure::Bounce, Measure::Complaint]),
            severities: or_all(severities.collect(), &[Severity::Warn, Severity::Critical]),
            windows: or_all(self.window.clone(), &[Window::Fast, Window::Slow]),
            domains: self.domains.iter().cloned().collect(),
        }
    }

    /// The stack is only asked for what the options leave open.
    async fn setting(&self, account: &Account) -> anyhow::Result<Setting> {
        if let (Some(prefix), Some(topic)) = (&self.prefix, &self.alarm_topic) {
            let namespace = self.namespace.clone().unwrap_or_else(|| "SesWarden".to_owned());
            return Ok(Setting { prefix: prefix.clone(), namespace, topic: topic.clone() });
        }
        let stack = account.stack(&self.stack).await.context("give --stack, or --prefix and --alarm-topic")?;
        let from = |option: &Option<String>, output| option.clone().map_or_else(|| stack.output(output), Ok);
        let namespace = self.namespace.clone().or_else(|| stack.parameters.get("MetricNamespace").cloned());
        Ok(Setting {
            prefix: from(&self.prefix, "AlarmPrefix")?,
            namespace: namespace.unwrap_or_else(|| "SesWarden".to_owned()),
            topic: from(&self.alarm_topic, "AlarmTopicArn")?,
        })
    }
}

fn or_all<T: Clone + PartialEq>(chosen: Vec<T>, all: &[T]) -> Vec<T> {
    if chosen.is_empty() { all.to_vec() } else { all.iter().filter(|one| chosen.contains(one)).cloned().collect() }
}

/// Plans and, when asked to, applies. `answers` is where a person says yes.
///
/// # Errors
/// When a call to AWS fails, nobody can be asked, or the output cannot be written. An
/// alarm that is refused holds no other up, and the next plan is about the rest.
pub fn run(args: &Args, answers: impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(act(args, answers, out))
}

async fn act(args: &Args, mut answers: impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let (options, apply) = match &args.verb {
        Verb::Plan(options) => (options, None),
        Verb::Apply { options, yes, remove_gone } => (options, Some((*yes, *remove_gone))),
    };
    if options.json && apply.is_some_and(|(yes, _)| !yes) {
        bail!("--json cannot ask; give --yes with it");
    }
    let account = Account::new(&options.access.load().await?);
    let setting = options.setting(&account).await?;
    let choice = options.choice();
    let (seen, identities) = if choice.domains.is_empty() {
        (account.domains_seen(&setting.namespace).await?, account.domain_identities().await?)
    } else {
        (BTreeSet::new(), BTreeSet::new())
    };
    let domains = domains(&choice, seen.iter().map(String::as_str), identities.iter().map(String::as_str));
    let existing = account.alarms(&domain_prefix(&setting.prefix)).await?;
    let steps = plan(&setting, &choice, definitions(&setting, &choice, &domains), existing);
    let remove = apply.is_some_and(|(_, remove_gone)| remove_gone);
    let plan = show::Plan { setting: &setting, steps: &steps, is_beyond_cap: seen.contains(BEYOND_CAP) };

    if !options.json {
        show::table(&plan, out)?;
        out.flush()?;
    }
    let open = steps.iter().filter(|step| is_open(step, remove)).count();
    if let (Some((yes, _)), 1..) = (apply, open) {
        if !yes && !agreed(open, &mut answers, out)? {
            writeln!(out, "Nothing was changed.")?;
            out.flush()?;
            return Ok(ExitCode::from(1));
        }
        let failures = carry_out(&account, &steps, remove).await;
        if !failures.is_empty() {
            bail!("{} of {open} failed, the rest is done:\n  {}", failures.len(), listed(&failures));
        }
        if !options.json {
            writeln!(out, "Done: {open} of {open}.")?;
        }
    }
    if options.json {
        show::json(&plan, apply.map(|_| remove), out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Whether applying does something about it.
fn is_open(step: &Step, remove_gone: bool) -> bool {
    match step {
        Step::Create(_) | Step::Change { .. } => true,
        Step::Gone(_) => remove_gone,
        Step::Keep(_) | Step::LeaveAlone(..) => false,
    }
}

fn agreed(open: usize, answers: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("nobody can be asked here; give --yes to apply");
    }
    let them = if open == 1 { "this change".to_owned() } else { format!("these {open} changes") };
    write!(out, "Apply {them}? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Does what the steps say and answers with what failed. What CloudWatch refuses of
/// one alarm would be refused again each time, so the others do not wait for it.
async fn carry_out(account: &Account, steps: &[Step], remove_gone: bool) -> Vec<anyhow::Error> {
    let mut failures = Vec::new();
    let mut gone = Vec::new();
    for step in steps {
        let done = match step {
            Step::Create(definition) => account.put(definition, true).await,
            Step::Change { definition, existing, parts } => change(account, definition, existing, parts).await,
            Step::Gone(existing) => {
                gone.push(existing.name.clone());
                Ok(())
            }
            Step::Keep(_) | Step::LeaveAlone(..) => Ok(()),
        };
        failures.extend(done.err());
    }
    if remove_gone {
        failures.extend(account.delete(&gone).await.err());
    }
    failures
}

async fn change(
    account: &Account,
    definition: &Definition,
    existing: &Existing,
    parts: &[&'static str],
) -> anyhow::Result<()> {
    if *parts != ["tags"] {
        // Actions that somebody switched off stay off.
        account.put(definition, existing.actions_enabled).await?;
    }
    if parts.contains(&"tags") { account.tag(&existing.arn, &definition.tags()).await } else { Ok(()) }
}

/// The first few, a line each.
fn listed(failures: &[anyhow::Error]) -> String {
    const SHOWN: usize = 10;
    let mut lines: Vec<String> = failures.iter().take(SHOWN).map(|failure| format!("{failure:#}")).collect();
    if failures.len() > SHOWN {
        lines.push(format!("and {} more", failures.len() - SHOWN));
    }
    lines.join("\n  ")
}
