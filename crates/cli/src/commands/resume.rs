//! `ses-warden resume`: looks whether the cause is gone, then switches sending on again.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::Context;

use crate::frame::aws;
use crate::frame::exit;
use crate::frame::output::{Format, FormatOptions, Lines, for_questions};
use crate::frame::prompt::Prompt;
use crate::frame::sending::{SendingPlace, Session, SwitchRow, TargetOptions};
use crate::frame::terminal::counted;

/// Let the account, a configuration set or a tenant send again
///
/// First says what stands against it: AWS's own verdict, rates since the pause, unexpected senders,
/// bounces by class, alarms; and what happens next. Then asks, switches sending on, reads it back,
/// and records who and why, so that guard does not pause again for the same episode.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What AWS has paused (EnforcementStatus SHUTDOWN, a tenant that AWS switched off), only AWS \
resumes: the command refuses, and says why.

Permissions: docs/operate-policy.json.

Exit status: 0 when it sends, 1 when AWS's pause stands against it or a part failed, 3 when you \
answered no.

Examples:
  ses-warden resume --configuration-set marketing --reason \"list cleaned\"
  ses-warden resume --account --check --json")]
pub struct Args {
    #[command(flatten)]
    targets: TargetOptions,

    /// Why; asked for where it is not given
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Say what is found and change nothing
    #[arg(long)]
    check: bool,

    /// Do it without a question
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    place: SendingPlace,
}

/// Looks, says, asks, resumes, reads back, records.
///
/// # Errors
/// When AWS cannot be asked, something does not exist, or nobody can be asked.
pub fn run<R: BufRead>(
    args: &Args,
    mut prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let format = args.format.format();
    aws::block_on(async {
        let session = Session::open(&args.place, &args.targets).await?;
        session.introduce(format, out)?;
        let mut rows = session.looked(format, out).await?;
        let is_refused = rows.iter().any(|row| row.action == "refused");
        let count = rows.iter().filter(|row| row.action == "resume").count();
        if args.check || is_refused || count == 0 {
            if !args.check && is_refused {
                rows.iter_mut().filter(|row| row.action == "resume").for_each(|row| {
                    row.action = "keep";
                });
            }
            return finish(&session, rows, args, out);
        }
        let question = "Why may it send again?";
        let reason = prompt.reason(args.reason.as_deref(), question, &mut for_questions(out)?)?;
        let reason = reason.context("say why with --reason; it is recorded")?;
        rows.iter_mut().for_each(|row| row.reason.clone_from(&reason));
        let what = counted(count, "switch", "switches");
        let question = format!("Turn {what} on again?");
        if !args.yes && !prompt.confirm(&question, &mut for_questions(out)?)? {
            for_questions(out)?.line("Nothing was changed.")?;
            return Ok(exit::DECLINED.into());
        }
        session.turn(&mut rows, true).await;
        finish(&session, rows, args, out)
    })
}

fn finish(
    session: &Session,
    rows: Vec<SwitchRow>,
    args: &Args,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let format = args.format.format();
    if format == Format::Table {
        for (row, switch) in rows.iter().zip(&session.switches.switches) {
            let label = switch.label();
            let recorded = if row.recorded { ", recorded in the journal" } else { "" };
            out.line(match row.action {
                "resumed" => format!("Resumed: {label}, read back{recorded}."),
                "resume" => format!("{label} could be resumed; nothing was changed."),
                "refused" => format!("Refused: AWS paused {label}, and only AWS resumes it."),
                "not_read_back" => format!(
                    "Switched on, but reading it back failed: {label}{recorded}. {}",
                    row.error.as_deref().unwrap_or_default()
                ),
                "failed" => format!("Not resumed: {label}."),
                _ if switch.sends => format!("Left as it is: {label} sends already."),
                _ => format!("Left as it is: {label} stays paused."),
            })?;
        }
    } else {
        SwitchRow::write(&rows, format, out)?;
    }
    out.flush()?;
    let is_open =
        rows.iter().any(|row| ["refused", "failed", "not_read_back"].contains(&row.action));
    Ok(if is_open { exit::PARTIAL.into() } else { ExitCode::SUCCESS })
}
