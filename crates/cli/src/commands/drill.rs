//! `ses-warden drill`: sends mail to SES's mailbox simulator and follows it hop by hop, to the
//! journal and to the operators.
//!
//! `stack` says what there is to follow, `plan` what the drill makes, `play` makes it, sends and
//! waits, `read` reads the settings that explain what did not come, [`warden_domain::drill`]
//! judges, `show` prints. Whatever `play` made is removed whatever happens; what a killed drill
//! leaves is removed by the next (`leftovers`).

mod leftovers;
mod listen;
mod made_up;
mod plan;
mod play;
mod read;
mod show;
mod stack;

use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::bail;
use jiff::Timestamp;
use warden_aws::operator::ConfigurationSets;
use warden_aws::{Connection, RateLimiter};
use warden_domain::drill::{HopResult, HopState, judge};
use warden_domain::journal::{Actor, HistoryEntry, HistoryEvent, HistoryNumbers, HistoryTarget};

use crate::frame::aws::{self, calls_per_second};
use crate::frame::exit;
use crate::frame::journal::{JournalCommand, OpenJournal};
use crate::frame::output::{Lines, write_stderr};
use crate::frame::prompt::Prompt;
use plan::Plan;
use stack::StackParts;

/// Send mail to SES's mailbox simulator, and say which hop of the way is broken
///
/// Follows the mail through the event destination, the topic, the queues and the functions into
/// the metrics and the journal, and an alarm of its own through guard to the operators. Changes
/// nothing that production counts, and pauses nothing. Removes what it made.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A drill that is killed leaves a queue, its subscriptions and an alarm; the next drill, or --clean, \
removes them. Permissions: docs/drill-policy.json.

Examples:
  ses-warden drill --configuration-set marketing --from drill@example.com
  ses-warden drill --configuration-set news --from a@example.com --yes --json

Exit status: 0 every hop works, 1 a hop is broken or not proven, 2 wrong usage, 3 you answered no, \
4 no Region or credentials, 5 AWS does not answer.")]
pub struct Args {
    /// Send through this configuration set
    #[arg(long, value_name = "NAME", required_unless_present = "clean")]
    configuration_set: Option<String>,

    /// Send from this address, of a verified identity
    #[arg(long, value_name = "ADDRESS", required_unless_present = "clean")]
    from: Option<String>,

    /// Wait so many seconds for everything to arrive; metrics and alarms take two to four minutes
    #[arg(long, value_name = "SECONDS", default_value_t = 420, value_parser = clap::value_parser!(u32).range(1..=3000))]
    wait: u32,

    /// Also have suppress put an address of example.com on the suppression list, and take it off
    #[arg(long)]
    list: bool,

    /// Make no alarm, so that the operators get no notice
    #[arg(long)]
    no_alarm: bool,

    /// Only remove what drills that were killed left behind
    #[arg(long, conflicts_with_all = ["list", "no_alarm"])]
    clean: bool,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    /// SES calls a second, the mails aside; SES allows one for the whole account
    #[arg(long, value_name = "N", default_value_t = 0.5, value_parser = calls_per_second)]
    ses_calls_per_second: f64,

    #[command(flatten)]
    of_journal: JournalCommand,
}

/// Asks, plays the drill and says how each hop ended.
///
/// # Errors
/// When the stack or the configuration set cannot be read, nobody can be asked, the drill's own
/// queue cannot be made, or the output cannot be written.
pub fn run(
    args: &Args,
    mut prompt: Prompt<impl BufRead>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    if args.of_journal.format.asked().is_some() && !args.yes && !args.clean {
        bail!("--output and --json cannot ask; give --yes with them");
    }
    aws::block_on(async {
        let config = args.of_journal.access.load().await?;
        let connection = args.of_journal.access.connect().await?;
        let stack = StackParts::read(&connection, &args.of_journal.journal.stack).await?;
        let reader = read::DrillReader::new(&config, &connection);
        if args.clean {
            let removed = leftovers::remove(&connection, &stack, &reader, 0).await?;
            out.line(format!("Removed what {removed} earlier drills left."))?;
            return Ok(ExitCode::SUCCESS);
        }
        let (Some(set), Some(from)) = (&args.configuration_set, &args.from) else {
            bail!("give --configuration-set and --from");
        };
        let plan = Plan {
            id: plan::new_id(Timestamp::now()),
            configuration_set: set.clone(),
            from: from.clone(),
            has_list: args.list,
            has_alarm: !args.no_alarm,
            wait: f64::from(args.wait),
        };
        if !args.yes {
            show::plan(&plan, &stack, connection.region(), out)?;
            if !prompt.confirm("Start the drill?", out)? {
                out.line("Nothing was sent and nothing was made.")?;
                return Ok(exit::DECLINED.into());
            }
        }
        drill(args, &plan, &stack, &connection, &reader, out).await
    })
}

async fn drill(
    args: &Args,
    plan: &Plan,
    stack: &StackParts,
    connection: &Connection,
    reader: &read::DrillReader,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    if let Err(error) = leftovers::remove(connection, stack, reader, leftovers::OLD_SECONDS).await {
        write_stderr(format_args!("what earlier drills left was not removed: {error:#}"));
    }
    let pace = RateLimiter::per_second(args.ses_calls_per_second);
    let sets = ConfigurationSets::new(connection, pace.clone());
    let destinations = sets.state(&plan.configuration_set).await?;
    let Some(set) = destinations else {
        bail!(
            "there is no configuration set {} in {}",
            plan.configuration_set,
            connection.region()
        );
    };
    let journal = args.of_journal.journal.open(connection).await;
    let before = reader.dead_letters(stack).await;
    let mut player = play::Player::new(connection, stack, plan, journal.as_ref().ok(), pace);
    let mut seen = player.play(set.destinations).await?;
    seen.no_journal = journal.as_ref().err().map(|error| format!("{error:#}"));
    reader.settings(stack, &before, &mut seen).await;
    for failure in player.remove(&mut seen).await {
        write_stderr(format_args!(
            "the drill left something behind, which the next one removes: {failure}"
        ));
    }
    let results = judge(&seen);
    if let Ok(journal) = &journal {
        note(journal, plan, &results).await;
    }
    show::results(
        plan,
        stack,
        connection.region(),
        &results,
        args.of_journal.format.format(),
        out,
    )?;
    out.flush()?;
    let is_fine = |one: &HopResult| matches!(one.state, HopState::Passed | HopState::NotAsked);
    Ok(if results.iter().all(is_fine) { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
}

/// Writes into the journal's history how the drill ended; evidence tells of it.
async fn note(journal: &OpenJournal, plan: &Plan, results: &[HopResult]) {
    let entry = HistoryEntry {
        at_millis: Timestamp::now().as_millisecond(),
        id: format!("drill-{}", plan.id),
        event: HistoryEvent::Note,
        target: HistoryTarget::ConfigurationSet(plan.configuration_set.clone()),
        actor: Actor::Command { identity: String::new(), name: String::new() },
        reason: format!("drill: {}", show::verdict(results)),
        numbers: HistoryNumbers::default(),
        incident: String::new(),
    };
    if let Err(error) = journal.table.put_new(&entry.item()).await {
        write_stderr(format_args!("the drill is not in the journal's history: {error}"));
    }
}
