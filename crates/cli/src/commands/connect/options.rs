//! The options of `ses-warden connect`.

mod doubts;
mod values;

use std::collections::BTreeSet;

use clap::ValueEnum;
use warden_domain::guard::{Measure, Severity};

use super::alarms::definition::AlarmWindow;
use super::alarms::domains::named;
use super::alarms::plan::{AlarmChoice, ChosenScope};
use super::alarms::set_definition::SetThresholds;
use super::default_sets::WantedDefault;
use crate::frame::aws::{Access, calls_per_second};
use crate::frame::output::FormatOptions;
use values::{default_set, period, prefix, rate, topic};

const PLAN_EXAMPLES: &str = "\
Examples:
  ses-warden connect plan
  ses-warden connect plan --set marketing --json";

/// What `apply` and `remove` say below their options.
macro_rules! exit_status {
    () => {
        "\
Exit status:
  0  everything is done, or there was nothing to do
  1  some steps failed; the others are done
  2  usage error, or --remove-gone refused
  3  you answered no
  4  no credentials or no Region
  5  AWS could not be read"
    };
}

/// Connect configuration sets and sender domains to a deployed stack, or disconnect them
///
/// Each configuration set gets an event destination to the stack's feedback topic, reputation
/// metrics, and an alarm for each rate and severity. Each sender domain gets alarms on its own
/// counts, on the lower confidence bound of a rate: critical from 4 % bounces or 0.08 % complaints,
/// which is 80 % of the rate at which AWS reviews an account; warn from the same rates within
/// minutes or hours, and from 1.75 % or 0.06 % over three days. guard checks its counts before it
/// warns or pauses. The command never changes what others created.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: see `ses-warden connect apply --help`.

Examples:
  ses-warden connect plan
  ses-warden connect apply --set marketing --set receipts
  ses-warden connect apply --no-sets --domain news.example.org --yes
  ses-warden connect apply --default-set example.com=marketing
  ses-warden connect remove
  ses-warden connect plan --json --profile production")]
pub struct Args {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// Show what is missing, differs or is no longer needed
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(ConnectOptions),
    /// Show the plan, ask, and carry it out
    #[command(after_help = concat!(exit_status!(), "\n\n", "\
Examples:
  ses-warden connect apply
  ses-warden connect apply --set marketing --remove-gone --yes"))]
    Apply {
        #[command(flatten)]
        options: ConnectOptions,

        /// Do not ask
        #[arg(short, long)]
        yes: bool,

        /// Also remove alarms made by this command that are no longer needed: their set is deleted,
        /// their domain is neither counted nor an identity any more, or these options leave them
        /// out
        #[arg(long)]
        remove_gone: bool,

        /// Let --remove-gone remove the alarms of more than half of the sets or domains, or go on
        /// when none was found at all
        #[arg(long, requires = "remove_gone")]
        remove_most: bool,
    },
    /// Remove everything that apply created, and nothing else
    ///
    /// Also works after the stack is deleted: give --prefix and --feedback-topic then, and
    /// --alarm-topic if the feedback topic belongs to another account.
    #[command(after_help = concat!(exit_status!(), "\n\n", "\
Examples:
  ses-warden connect remove
  ses-warden connect remove --set marketing --yes"))]
    Remove {
        #[command(flatten)]
        options: RemoveOptions,

        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// Which stack to use, and how to reach AWS.
#[derive(Debug, clap::Args)]
pub(super) struct StackPlace {
    /// Stack to take the topics, the prefix of alarm names and the namespace from
    #[arg(long, value_name = "NAME", default_value = "ses-warden")]
    pub(super) stack: String,

    /// Prefix of every alarm name, instead of the stack's
    #[arg(long, value_parser = prefix)]
    pub(super) prefix: Option<String>,

    /// Topic that guard is subscribed to, instead of the stack's
    #[arg(long, value_name = "ARN", value_parser = topic)]
    pub(super) alarm_topic: Option<String>,

    /// Topic that suppress and metrics read, instead of the stack's
    #[arg(long, value_name = "ARN", value_parser = topic)]
    pub(super) feedback_topic: Option<String>,

    /// SES calls a second; SES allows one an account
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = calls_per_second)]
    pub(super) ses_calls_per_second: f64,

    #[command(flatten)]
    pub(super) format: FormatOptions,

    #[command(flatten)]
    pub(super) access: Access,
}

/// What a run connects.
#[derive(Debug, clap::Args)]
pub(super) struct ScopeOptions {
    /// Only this configuration set; may be repeated [default: all]
    #[arg(long = "set", value_name = "NAME")]
    sets: Vec<String>,

    /// Only this domain, whether counted or not; may be repeated. With --remove-gone, its alarms
    /// are removed if it is neither counted nor an identity [default: all]
    #[arg(long = "domain", value_name = "DOMAIN", value_parser = named)]
    domains: Vec<String>,

    /// Leave out configuration sets
    #[arg(long, conflicts_with = "sets")]
    no_sets: bool,

    /// Leave out sender domains
    #[arg(long, conflicts_with = "domains")]
    no_domains: bool,
}

impl ScopeOptions {
    pub(super) fn scope(&self) -> ChosenScope {
        let all = |names: &[String]| -> BTreeSet<String> { names.iter().cloned().collect() };
        ChosenScope {
            sets: all(&self.sets),
            domains: all(&self.domains),
            without_sets: self.no_sets,
            without_domains: self.no_domains,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct ConnectOptions {
    #[command(flatten)]
    pub(super) scope: ScopeOptions,

    /// Also have SES report opens and clicks. SES then adds a pixel to HTML mail and rewrites its
    /// links
    #[arg(long)]
    pub(super) engagement: bool,

    /// Make SET the default configuration set of IDENTITY; may be repeated
    #[arg(long = "default-set", value_name = "IDENTITY=SET", value_parser = default_set)]
    pub(super) default_sets: Vec<WantedDefault>,

    /// Measures to make alarms for [default: both]
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true,
        value_name = "bounce,complaint"
    )]
    measure: Vec<MeasureWord>,

    /// Severities to make alarms for [default: both]
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true,
        value_name = "warn,critical"
    )]
    severity: Vec<SeverityWord>,

    /// Windows to make alarms of domains for [default: both]
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true,
        value_name = "fast,slow"
    )]
    window: Vec<AlarmWindow>,

    /// Namespace of the function metrics, instead of the stack's
    #[arg(long)]
    pub(super) namespace: Option<String>,

    /// Bounce rate of a set from which operators are notified, as a fraction
    #[arg(long, value_name = "RATE", default_value_t = 0.02, value_parser = rate)]
    set_bounce_warn: f64,

    /// Bounce rate of a set from which guard pauses it
    #[arg(long, value_name = "RATE", default_value_t = 0.04, value_parser = rate)]
    set_bounce_critical: f64,

    /// Complaint rate of a set that leads to a notice
    #[arg(long, value_name = "RATE", default_value_t = 0.0004, value_parser = rate)]
    set_complaint_warn: f64,

    /// Complaint rate of a set from which guard pauses it
    #[arg(long, value_name = "RATE", default_value_t = 0.0008, value_parser = rate)]
    set_complaint_critical: f64,

    /// Period of a set's alarms in seconds, a multiple of 60
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = period)]
    reputation_period: i32,

    #[command(flatten)]
    pub(super) place: StackPlace,
}

#[derive(Debug, clap::Args)]
pub(super) struct RemoveOptions {
    #[command(flatten)]
    pub(super) scope: ScopeOptions,

    /// Also check this identity; needed if its default configuration set has been deleted; may be
    /// repeated
    #[arg(long = "identity", value_name = "IDENTITY")]
    pub(super) identities: Vec<String>,

    #[command(flatten)]
    pub(super) place: StackPlace,
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

impl ConnectOptions {
    pub(super) fn choice(&self) -> AlarmChoice {
        let measures = self.measure.iter().map(|word| match word {
            MeasureWord::Bounce => Measure::Bounce,
            MeasureWord::Complaint => Measure::Complaint,
        });
        let severities = self.severity.iter().map(|word| match word {
            SeverityWord::Warn => Severity::Warn,
            SeverityWord::Critical => Severity::Critical,
        });
        AlarmChoice {
            measures: or_all(measures.collect(), &[Measure::Bounce, Measure::Complaint]),
            severities: or_all(severities.collect(), &[Severity::Warn, Severity::Critical]),
            windows: or_all(self.window.clone(), &[AlarmWindow::Fast, AlarmWindow::Slow]),
            scope: self.scope.scope(),
        }
    }

    pub(super) fn thresholds(&self) -> SetThresholds {
        SetThresholds {
            bounce_warn: self.set_bounce_warn,
            bounce_critical: self.set_bounce_critical,
            complaint_warn: self.set_complaint_warn,
            complaint_critical: self.set_complaint_critical,
            period: self.reputation_period,
        }
    }
}

fn or_all<T: Clone + PartialEq>(chosen: Vec<T>, all: &[T]) -> Vec<T> {
    if chosen.is_empty() {
        all.to_vec()
    } else {
        all.iter().filter(|one| chosen.contains(one)).cloned().collect()
    }
}
