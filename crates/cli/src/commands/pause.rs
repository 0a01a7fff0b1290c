//! `ses-warden pause`: stops sending, and writes down who and why.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use anyhow::Context;
use warden_domain::journal::HistoryTarget;

use crate::frame::aws;
use crate::frame::exit;
use crate::frame::output::{Format, FormatOptions, Lines, for_questions};
use crate::frame::prompt::Prompt;
use crate::frame::sending::{SendingPlace, Session, SwitchRow, TargetOptions, confirmed};
use crate::frame::terminal::counted;

/// Stop sending of the account, a configuration set or a tenant
///
/// Shows how each switch stands and who used it last, asks, switches it off, and reads it back. What
/// is off already is left as it is. With the journal of a stack it records who, when and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A paused account refuses all mail of the Region with SendingPausedException (SMTP: 554). A paused \
configuration set refuses only mail that names it: mail with another set, or none, still goes. \
Mail that SES has taken before is delivered, so bounces and complaints go on arriving for a while.

Pausing the account wants its number typed, or --confirm NUMBER.

Permissions: docs/operate-policy.json.

Exit status: 0 when it is paused, 1 when a part failed, 3 when you answered no.

Examples:
  ses-warden pause --configuration-set marketing --reason \"purchased list\"
  ses-warden pause --account --reason \"stolen key\" --confirm 111122223333")]
pub struct Args {
    #[command(flatten)]
    targets: TargetOptions,

    /// Why; asked for where it is not given
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Do it without a question; not enough for the account
    #[arg(short, long)]
    yes: bool,

    /// The account's number: do it without a question
    #[arg(long, value_name = "NUMBER")]
    confirm: Option<String>,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    place: SendingPlace,
}

/// Shows, asks, pauses, reads back, records.
///
/// # Errors
/// When AWS cannot be asked, something does not exist, or nobody can be asked.
pub fn run<R: BufRead>(
    args: &Args,
    mut prompt: Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let mut questions = for_questions(out)?;
    let reason = prompt.reason(args.reason.as_deref(), "Why is it paused?", &mut questions)?;
    let reason =
        reason.context("say why with --reason; it is recorded and shown before a resume")?;
    let format = args.format.format();
    aws::block_on(async {
        let session = Session::open(&args.place, &args.targets).await?;
        session.introduce(format, out)?;
        let switches = &session.switches.switches;
        let mut rows: Vec<SwitchRow> = switches
            .iter()
            .map(|switch| session.row(switch, if switch.sends { "pause" } else { "keep" }, &reason))
            .collect();
        if format == Format::Table {
            SwitchRow::write(&rows, format, out)?;
            out.line("")?;
        }
        let count = rows.iter().filter(|row| row.action == "pause").count();
        if count > 0 {
            let is_account = switches.iter().any(|s| s.target == HistoryTarget::Account);
            let what = counted(count, "switch", "switches");
            let question = match is_account {
                true => "This stops all mail of the account in this Region.".to_owned(),
                false => format!("Turn {what} off?"),
            };
            let how = session.confirmation(args.yes, args.confirm.as_deref());
            if !confirmed(&how, is_account, &question, &mut prompt, &mut for_questions(out)?)? {
                for_questions(out)?.line("Nothing was changed.")?;
                return Ok(exit::DECLINED.into());
            }
        }
        session.turn(&mut rows, false).await;
        if format == Format::Table {
            report(&session, &rows, out)?;
        } else {
            SwitchRow::write(&rows, format, out)?;
        }
        out.flush()?;
        let failed = rows.iter().any(|row| ["failed", "not_read_back"].contains(&row.action));
        Ok(if failed { exit::PARTIAL.into() } else { ExitCode::SUCCESS })
    })
}

fn report(session: &Session, rows: &[SwitchRow], out: &mut impl Write) -> anyhow::Result<()> {
    for (row, switch) in rows.iter().zip(&session.switches.switches) {
        let recorded = if row.recorded { ", recorded in the journal" } else { "" };
        match row.action {
            "paused" => out.line(format!("Paused: {}, read back{recorded}.", switch.label()))?,
            "not_read_back" => {
                let why = row.error.as_deref().unwrap_or_default();
                let label = switch.label();
                out.line(format!(
                    "Switched off, but reading it back failed: {label}{recorded}. {why}"
                ))?;
            }
            "failed" => out.line(format!("Not paused: {}.", switch.label()))?,
            _ => out.line(format!("Left as it is: {} was paused already.", switch.label()))?,
        }
    }
    let is_changed = |row: &SwitchRow| ["paused", "not_read_back"].contains(&row.action);
    if rows.iter().any(is_changed) {
        out.line("")?;
        out.line("To undo:")?;
    }
    for (_, switch) in
        rows.iter().zip(&session.switches.switches).filter(|(row, _)| is_changed(row))
    {
        out.line(format!("  ses-warden resume {}{}", switch.option(), session.place_options()))?;
    }
    Ok(())
}
