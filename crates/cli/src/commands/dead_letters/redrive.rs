//! `dead-letters redrive`.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use warden_aws::CallError;
use warden_aws::operator::DeadLetter;
use warden_domain::operate::dead_letter::WayBack;

use super::Which;
use super::asked::Asked;
use super::queues::{FOR_A_REDRIVE, LetterRow, MANY, OpenQueues, QueuePlace, calls_for, examined};
use crate::frame::aws;
use crate::frame::exit;
use crate::frame::output::{Format, FormatOptions, Lines, Records, for_questions, write_stderr};
use crate::frame::prompt::Prompt;
use crate::frame::terminal::counted;

/// Send dead letters back, once the cause is gone
///
/// Each message is looked into first. What can be read goes back to the function's queue, or to the
/// function itself; what cannot be read would come back and stays; what needs no action is deleted.
/// A message is deleted only after its way back has taken it, so nothing is lost; a run that is
/// killed in between may send one twice, which every function allows.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
This command takes some three calls a message, ten messages a second or more. For tens of \
thousands SQS has a task of its own, without a look into them. It moves 500 messages a second at \
most, one task a queue, 100 tasks an account, 36 hours each, and only messages that came from the \
source queue:
  aws sqs start-message-move-task --source-arn DEAD_LETTER_QUEUE_ARN

SQS hands out at most 120,000 messages of a queue at the same time.

Examples:
  ses-warden dead-letters redrive
  ses-warden dead-letters redrive --function metrics --id 7a1e7a3e --yes --json")]
pub(super) struct Args {
    /// Only the message with this id, or with an id that begins so; several times
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    id: Vec<String>,

    /// Send back what cannot be read, too: after an update that can read it
    #[arg(long)]
    unreadable: bool,

    /// Do it without a question
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    which: Which,
}

struct Planned<'a> {
    place: &'a QueuePlace,
    letter: DeadLetter,
    row: LetterRow,
}

/// Shows, asks, sends back.
pub(super) fn run<R: BufRead>(
    args: &Args,
    mut prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        let queues = OpenQueues::open(&args.which).await?;
        let mut plan = Vec::new();
        let done = redrive(args, &queues, &mut plan, &mut prompt, out).await;
        // Whatever ended it: what was not sent back shows again.
        release(&queues, &plan).await;
        done
    })
}

async fn redrive<'a, R: BufRead>(
    args: &Args,
    queues: &'a OpenQueues,
    plan: &mut Vec<Planned<'a>>,
    prompt: &mut Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let format = args.format.format();
    let mut asked = Asked::new(&args.id);
    for place in &queues.places {
        let found = queues.read(place, args.which.limit, FOR_A_REDRIVE).await?;
        asked.add_hidden(found.hidden);
        let (taken, others): (Vec<DeadLetter>, Vec<DeadLetter>) =
            found.letters.into_iter().partition(|letter| asked.takes(letter));
        queues.release(place, &others).await;
        plan.extend(taken.into_iter().map(|letter| {
            let row = LetterRow::of(place, &letter, &examined(place, &letter));
            Planned { place, letter, row }
        }));
    }
    for planned in plan.iter_mut().filter(|p| p.row.way_back == WayBack::Stays.code()) {
        if args.unreadable {
            let has_queue = planned.place.queue.is_some() && planned.row.origin == "message";
            let way = if has_queue { WayBack::Queue } else { WayBack::Function };
            planned.row.way_back = way.code();
        }
    }
    let moving = |planned: &&Planned<'_>| planned.row.way_back != WayBack::Stays.code();
    let count = plan.iter().filter(moving).count();
    if format == Format::Table {
        if plan.is_empty() {
            out.line(asked.none(&queues.region))?;
            out.flush()?;
        } else {
            write(plan, format, out)?;
            out.line("")?;
        }
    }
    if count > MANY {
        write_stderr(format_args!(
            "{count} messages take some {} calls; see --help for SQS's own task",
            calls_for(count)
        ));
    }
    if count > 0 {
        let what = counted(count, "message", "messages");
        let question = format!("Send back or drop {what}?");
        if !args.yes && !prompt.confirm(&question, &mut for_questions(out)?)? {
            for_questions(out)?.line("Nothing was changed.")?;
            return Ok(exit::DECLINED.into());
        }
    }
    for planned in plan.iter_mut() {
        planned.row.way_back = match back(queues, planned).await {
            Ok(done) => done,
            Err(error) => {
                write_stderr(format_args!("{}: {error}", planned.row.id));
                "failed"
            }
        };
    }
    asked.say_missing();
    let is_open = plan.iter().any(|p| ["kept", "failed"].contains(&p.row.way_back));
    if format == Format::Table {
        let of = |word| plan.iter().filter(|p| p.row.way_back == word).count();
        out.line(format!(
            "Sent back: {}. Dropped: {}. Kept: {}. Failed: {}.",
            of("sent"),
            of("dropped"),
            of("kept"),
            of("failed")
        ))?;
    } else {
        write(plan, format, out)?;
    }
    out.flush()?;
    let is_done = !is_open && asked.is_complete();
    Ok(if is_done { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
}

/// Sends one back and then deletes it here.
async fn back(queues: &OpenQueues, planned: &Planned<'_>) -> Result<&'static str, CallError> {
    let Planned { place, letter, row } = planned;
    let payload = examined(place, letter).payload;
    let done = match (row.way_back, &place.queue) {
        ("to_queue", Some(queue)) => {
            queues.calls.send(queue, &payload).await?;
            "sent"
        }
        ("to_function", _) => {
            queues.calls.invoke(&place.function, &payload).await?;
            "sent"
        }
        ("drop", _) => "dropped",
        _ => return Ok("kept"),
    };
    queues.calls.delete(&place.url, letter).await?;
    Ok(done)
}

async fn release(queues: &OpenQueues, plan: &[Planned<'_>]) {
    for place in &queues.places {
        let is_left = |p: &&Planned<'_>| {
            p.place.url == place.url && !["sent", "dropped"].contains(&p.row.way_back)
        };
        let left: Vec<DeadLetter> = plan.iter().filter(is_left).map(|p| p.letter.clone()).collect();
        queues.release(place, &left).await;
    }
}

fn write(plan: &[Planned<'_>], format: Format, out: &mut impl Write) -> anyhow::Result<()> {
    let mut records = Records::begin::<LetterRow>(format, out)?;
    for planned in plan {
        records.write(&planned.row, out)?;
    }
    records.end(out)
}
