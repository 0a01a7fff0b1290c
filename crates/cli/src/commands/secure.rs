//! `ses-warden secure`: the procedure for stolen credentials, step by step.
//!
//! Each step can be run by itself, again, or be skipped. What a person confirmed is a note in the
//! history of the journal, so that the last step knows what was done before, in another run as well.

mod by_hand;
mod events;
mod evidence;
mod steps;

use std::io::{BufRead, Write};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;

use crate::frame::aws;
use crate::frame::exit;
use crate::frame::output::{Documents, FormatOptions, Lines};
use crate::frame::prompt::Prompt;
use crate::frame::restriction::RestrictionOptions;
use crate::frame::sending::{SendingPlace, Session, TargetOptions};
use events::EventOptions;
use steps::Runner;

/// Go through the procedure for stolen credentials: evidence, pause, rotate, restrict, verify, resume
///
/// Without --step all steps follow each other, and each waits for you. Nothing is changed but the
/// account's sending switch, in the steps pause and resume; commands that change IAM are shown and
/// never run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Steps:
  evidence  rates, callers, source addresses, From domains, recipients, subjects
  pause     stop the account's sending
  rotate    the commands that replace the stolen credentials
  restrict  a policy for the new ones, as ses-warden policy restrict
  verify    read the error that the old way of sending now gets
  resume    look again and let the account send

The step resume wants rotate, restrict and verify confirmed or skipped since the pause: in this \
run, or in the journal.

Permissions: docs/operate-policy.json.

Exit status: 0 when the steps are done, 1 when one is open or refused, 3 when you answered no.

Examples:
  ses-warden secure --cidr 203.0.113.0/24 --from-domain example.com
  ses-warden secure --step evidence --events events/ --since 2026-10-06 --json
  ses-warden secure --step evidence --events-from s3://mail-events/2026/10/06/
  ses-warden secure --step rotate --caller app-mailer --yes")]
pub struct Args {
    /// Only this step; several times
    #[arg(long, value_enum, value_name = "STEP")]
    step: Vec<Step>,

    /// Leave this step out, and note that; several times
    #[arg(long, value_enum, value_name = "STEP")]
    skip: Vec<Step>,

    /// Why sending is paused and resumed
    #[arg(long, value_name = "TEXT", default_value = "stolen credentials")]
    reason: String,

    /// Identity whose credentials are stolen, by ARN or name; several times
    #[arg(long, value_name = "IDENTITY")]
    caller: Vec<String>,

    #[command(flatten)]
    events: EventOptions,

    /// When it began (UTC): what the events show first after that is new
    #[arg(long, value_name = "TIME", value_parser = evidence::time)]
    since: Option<i64>,

    /// The error that the old credentials now get, for the step verify
    #[arg(long, value_name = "TEXT")]
    error: Option<String>,

    /// The steps that --step names are done: do not ask
    #[arg(short, long)]
    yes: bool,

    /// The account's name or number: pause it without a question
    #[arg(long, value_name = "ACCOUNT")]
    confirm: Option<String>,

    #[command(flatten)]
    restriction: RestrictionOptions,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    place: SendingPlace,
}

/// One step, in the order of the procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Step {
    Evidence,
    Pause,
    Rotate,
    Restrict,
    Verify,
    Resume,
}

impl Step {
    const ALL: [Self; 6] =
        [Self::Evidence, Self::Pause, Self::Rotate, Self::Restrict, Self::Verify, Self::Resume];

    fn name(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Pause => "pause",
            Self::Rotate => "rotate",
            Self::Restrict => "restrict",
            Self::Verify => "verify",
            Self::Resume => "resume",
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// It is done, or a person says so.
    Done,
    /// It was shown; whether it is done is not known.
    Shown,
    /// A person left it out.
    Skipped,
    /// Something is missing for it.
    Open,
    /// AWS's own pause stands against it.
    Refused,
    /// The person answered no.
    Declined,
}

/// A step that was run.
#[derive(Debug, Serialize)]
struct StepReport {
    step: Step,
    state: State,
    /// What happened, in one sentence.
    text: String,
    /// Whether the journal has it.
    recorded: bool,
    /// What the step found or made.
    details: Value,
}

/// Runs the steps that were asked for.
///
/// # Errors
/// When AWS cannot be asked, a file cannot be read, or nobody can be asked.
pub fn run<R: BufRead>(
    args: &Args,
    prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        let targets = TargetOptions { account: true, ..TargetOptions::default() };
        let session = Session::open(&args.place, &targets).await?;
        session.introduce(args.format.format(), out)?;
        let mut runner = Runner::new(args, session, prompt);
        let asked: Vec<Step> = Step::ALL
            .into_iter()
            .filter(|step| args.step.is_empty() || args.step.contains(step))
            .collect();
        let mut failure = None;
        for step in asked {
            match runner.run(step, out).await {
                Ok(false) => {}
                Ok(true) => break,
                // What the steps before it found is shown all the same.
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        let mut documents = Documents::new(args.format.format());
        if args.format.is_table() {
            out.line("")?;
            for report in &runner.reports {
                out.line(format!(
                    "{:<8}  {:<8}  {}",
                    report.step.name(),
                    format!("{:?}", report.state).to_lowercase(),
                    report.text
                ))?;
            }
        } else {
            runner.reports.iter().try_for_each(|report| documents.write(report, out))?;
        }
        documents.end(out)?;
        out.flush()?;
        if let Some(error) = failure {
            return Err(error);
        }
        let has = |state| runner.reports.iter().any(|report| report.state == state);
        Ok(if has(State::Declined) {
            exit::DECLINED.into()
        } else if has(State::Open) || has(State::Refused) {
            exit::PARTIAL.into()
        } else {
            ExitCode::SUCCESS
        })
    })
}
