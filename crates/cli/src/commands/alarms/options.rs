//! What `ses-warden alarms` is told.

use anyhow::Context;
use clap::ValueEnum;
use warden_aws::Connection;
use warden_aws::operator::{StackFacts, Stacks};
use warden_domain::guard::{Measure, Severity};

use super::definition::{AlarmSettings, AlarmWindow};
use super::domains::named;
use super::plan::Choice;
use crate::frame::aws::Access;

/// The default of the template's parameter.
const MAX_DOMAINS: usize = 100;

/// Plan or apply bounce and complaint alarms for each sender domain
///
/// Domains are those seen in CloudWatch within two weeks and those of SES identities. Each alarm
/// compares the lower confidence bound of a rate with 40 % (warn) or 80 % (critical) of the line
/// from which AWS reviews: 5 % bounces, 0.1 % complaints. It rings guard, which looks again before
/// it pauses anything. Alarms that others made are never touched.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: see `ses-warden alarms apply --help`.

Examples:
  ses-warden alarms plan
  ses-warden alarms apply --severity critical --yes
  ses-warden alarms apply --domain news.example.org --profile production
  ses-warden alarms plan --prefix ses-warden/ --alarm-topic arn:aws:sns:...:ses-warden-alarms --json")]
pub struct Args {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// Show what is missing, different or no longer asked for
    Plan(Options),
    /// Show it, ask, and do it
    #[command(after_help = "\
Exit status: 0 when all is done or there is nothing to do, 1 when some calls failed or the answer was
no, 2 on a usage error, when AWS could not be read, and when --remove-gone refuses.")]
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

        /// Let --remove-gone take the alarms of more than half of the domains, or go on where no
        /// domain at all was found
        #[arg(long, requires = "remove_gone")]
        remove_most: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// This domain alone, seen or not; may be repeated. With --remove-gone one that is neither seen nor
    /// an identity is gone
    #[arg(long = "domain", value_name = "DOMAIN", value_parser = named)]
    domains: Vec<String>,

    /// What to measure [default: both]
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true,
        value_name = "bounce,complaint"
    )]
    measure: Vec<MeasureWord>,

    /// Severities to make [default: both]
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true,
        value_name = "warn,critical"
    )]
    severity: Vec<SeverityWord>,

    /// Windows to make [default: both]
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true,
        value_name = "fast,slow"
    )]
    window: Vec<AlarmWindow>,

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
    pub(super) json: bool,

    #[command(flatten)]
    pub(super) access: Access,
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

fn prefix(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("a prefix cannot be empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn topic(text: &str) -> Result<String, String> {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "sns", region, account, name]
            if [region, account, name].iter().all(|part| !part.is_empty()) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(
            "not the ARN of a topic, as arn:aws:sns:eu-central-1:111122223333:ses-warden-alarms"
                .to_owned(),
        ),
    }
}

impl Options {
    pub(super) fn choice(&self) -> Choice {
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
            windows: or_all(self.window.clone(), &[AlarmWindow::Fast, AlarmWindow::Slow]),
            domains: self.domains.iter().cloned().collect(),
        }
    }

    /// What all alarms share, and how many domains metrics keeps apart. The stack is only
    /// asked for what the options leave open.
    pub(super) async fn settings(
        &self,
        connection: &Connection,
    ) -> anyhow::Result<(AlarmSettings, usize)> {
        let or_usual =
            |name: Option<&String>| name.cloned().unwrap_or_else(|| "SesWarden".to_owned());
        if let (Some(prefix), Some(topic)) = (&self.prefix, &self.alarm_topic) {
            let namespace = or_usual(self.namespace.as_ref());
            return Ok((
                AlarmSettings { prefix: prefix.clone(), namespace, topic: topic.clone() },
                MAX_DOMAINS,
            ));
        }
        let stack = Stacks::new(connection)
            .describe(&self.stack)
            .await
            .context("give --stack, or --prefix and --alarm-topic")?;
        let from = |option: &Option<String>, output| {
            option.clone().map_or_else(|| output_of(&stack, output), Ok)
        };
        let max_domains = stack.parameters.get("MaxDomains").and_then(|text| text.parse().ok());
        let settings = AlarmSettings {
            prefix: from(&self.prefix, "AlarmPrefix")?,
            namespace: or_usual(
                self.namespace.as_ref().or_else(|| stack.parameters.get("MetricNamespace")),
            ),
            topic: from(&self.alarm_topic, "AlarmTopicArn")?,
        };
        Ok((settings, max_domains.unwrap_or(MAX_DOMAINS)))
    }
}

/// An output that every stack of ours has.
fn output_of(stack: &StackFacts, name: &str) -> anyhow::Result<String> {
    let output = stack.outputs.get(name).cloned();
    output.with_context(|| format!("the stack has no output {name}; is it one of ses-warden?"))
}

fn or_all<T: Clone + PartialEq>(chosen: Vec<T>, all: &[T]) -> Vec<T> {
    if chosen.is_empty() {
        all.to_vec()
    } else {
        all.iter().filter(|one| chosen.contains(one)).cloned().collect()
    }
}
