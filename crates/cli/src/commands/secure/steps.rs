//! What each step does.

use std::io::{BufRead, Write};

use serde_json::{Value, json};
use warden_domain::journal::{HistoryEvent, HistoryTarget};

use super::evidence::{FoundSenders, value};
use super::{Args, State, Step, StepReport};
use crate::frame::output::{Lines, for_questions, write_stderr};
use crate::frame::prompt::Prompt;
use crate::frame::sending::{Session, confirmed};
use crate::frame::terminal::{width, wrapped};

/// How a note about a step begins in the history.
const NOTE: &str = "secure:";

/// The run of a procedure.
pub(super) struct Runner<'a, R> {
    pub(super) args: &'a Args,
    pub(super) session: Session,
    pub(super) prompt: Prompt<R>,
    pub(super) suspects: Vec<String>,
    /// The steps so far.
    pub(super) reports: Vec<StepReport>,
}

impl<'a, R: BufRead> Runner<'a, R> {
    pub(super) fn new(args: &'a Args, session: Session, prompt: Prompt<R>) -> Self {
        Self { args, session, prompt, suspects: args.caller.clone(), reports: Vec::new() }
    }

    /// Runs one step; true where the person wants to stop here.
    pub(super) async fn run(&mut self, step: Step, out: &mut impl Write) -> anyhow::Result<bool> {
        if self.args.format.is_table() {
            out.line(format!("Step {} of 6: {}", step as usize + 1, step.name()))?;
            if let Some(before) = self.before(step) {
                out.line(format!("  before: {before}"))?;
            }
        }
        if self.args.skip.contains(&step) {
            let report = (State::Skipped, "skipped".to_owned(), Value::Null);
            self.note(step, report).await;
            return Ok(false);
        }
        let report = match step {
            Step::Evidence => self.evidence(out).await?,
            Step::Pause => self.pause(out).await?,
            Step::Rotate => self.rotate(out)?,
            Step::Restrict => self.restrict(out)?,
            Step::Verify => self.verify(out)?,
            Step::Resume => self.resume(out).await?,
        };
        let is_over = report.0 == State::Declined
            || (report.0 == State::Shown && self.prompt.is_terminal() && self.args.step.is_empty());
        self.note(step, report).await;
        Ok(is_over && step != Step::Evidence)
    }

    /// Adds the report of a step, and a note in the journal where somebody did something.
    async fn note(&mut self, step: Step, (state, text, details): (State, String, Value)) {
        let mut recorded = false;
        if matches!(state, State::Done | State::Skipped) && step != Step::Resume {
            let word = if state == State::Done { "done" } else { "skipped" };
            let reason = format!("{NOTE} {} {word}: {text}", step.name());
            let event = HistoryEvent::Note;
            match self.session.history.record(event, HistoryTarget::Account, &reason, "").await {
                Ok(written) => recorded = written,
                Err(error) => {
                    write_stderr(format_args!("{} is not in the journal: {error}", step.name()));
                }
            }
        }
        self.reports.push(StepReport { step, state, text, recorded, details });
    }

    /// What the history says about a step since the account's switch was used last: the pause.
    fn before(&self, step: Step) -> Option<String> {
        let entries = self.session.entries.as_deref().ok()?;
        let begin = format!("{NOTE} {} ", step.name());
        let pause = self.session.last(&HistoryTarget::Account);
        let since = entries.iter().take_while(|entry| Some(*entry) != pause);
        since
            .filter(|entry| entry.event == HistoryEvent::Note)
            .find_map(|entry| entry.reason.strip_prefix(&begin).map(str::to_owned))
    }

    /// Whether a step is done or was left out, in this run or before.
    fn is_done_or_skipped(&self, step: Step) -> bool {
        let in_this_run = self.reports.iter().any(|report| {
            report.step == step && matches!(report.state, State::Done | State::Skipped)
        });
        in_this_run || self.args.skip.contains(&step) || self.before(step).is_some()
    }

    pub(super) fn line(&self, text: &str, out: &mut impl Write) -> anyhow::Result<()> {
        if self.args.format.is_table() {
            wrapped(text, 2, width()).lines().try_for_each(|line| out.line(line))?;
        }
        Ok(())
    }

    pub(super) fn commands(&self, commands: &[String], out: &mut impl Write) -> anyhow::Result<()> {
        if self.args.format.is_table() {
            commands.iter().try_for_each(|command| out.line(format!("    {command}")))?;
        }
        Ok(())
    }

    async fn evidence(&mut self, out: &mut impl Write) -> anyhow::Result<(State, String, Value)> {
        let found = FoundSenders::read(self.args, &self.session).await?;
        if self.args.format.is_table() {
            found.write(out)?;
        }
        self.suspects.extend(found.suspects());
        self.suspects.dedup();
        let state = if found.is_complete() { State::Done } else { State::Open };
        Ok((state, found.summary(), value(&found)?))
    }

    async fn pause(&mut self, out: &mut impl Write) -> anyhow::Result<(State, String, Value)> {
        let command = format!(
            "aws sesv2 put-account-sending-attributes --no-sending-enabled{}",
            self.session.aws_options()
        );
        let Some(switch) = self.session.switches.switches.first() else {
            return Ok((State::Open, "the account was not read".to_owned(), Value::Null));
        };
        let action = if switch.sends { "pause" } else { "keep" };
        let mut rows = vec![self.session.row(switch, action, &self.args.reason)];
        self.line(&format!("account: {}", self.session.provenance(switch)), out)?;
        self.line("The same by hand:", out)?;
        self.commands(std::slice::from_ref(&command), out)?;
        if action == "pause" {
            let how = self.session.confirmation(self.args.yes, self.args.confirm.as_deref());
            let question = "This stops all mail of the account in this Region.";
            let mut questions = for_questions(out)?;
            if !confirmed(&how, true, question, &mut self.prompt, &mut questions)? {
                return Ok((State::Declined, "the account still sends".to_owned(), Value::Null));
            }
        }
        self.session.turn(&mut rows, false).await;
        if action == "pause" {
            // What was confirmed before this pause does not count after it.
            self.session.entries = self.session.history.entries().await;
        }
        let details = json!({"command": command, "switch": value(&rows.first())?});
        let (state, text) = match (rows.first().and_then(|row| row.sends), action) {
            (None, _) => (State::Open, "switched off, but reading it back failed"),
            (Some(true), _) => (State::Open, "the account still sends"),
            (Some(false), "pause") => (State::Done, "the account is paused"),
            (Some(false), _) => (State::Done, "the account was paused already"),
        };
        Ok((state, text.to_owned(), details))
    }

    async fn resume(&mut self, out: &mut impl Write) -> anyhow::Result<(State, String, Value)> {
        // The step pause of this run, guard or somebody else may have changed both.
        self.session.refresh().await?;
        let missing: Vec<&str> = [Step::Rotate, Step::Restrict, Step::Verify]
            .into_iter()
            .filter(|step| !self.is_done_or_skipped(*step))
            .map(Step::name)
            .collect();
        if !missing.is_empty() {
            let text = format!("first confirm or skip: {}", missing.join(", "));
            self.line(&format!("The account stays paused. {text}."), out)?;
            return Ok((State::Open, text, json!({"missing": missing})));
        }
        let mut rows = self.session.looked(self.args.format.format(), out).await?;
        let action = rows.first().map_or("keep", |row| row.action);
        match action {
            "refused" => {
                let text = "AWS paused the account, and only AWS resumes it".to_owned();
                return Ok((State::Refused, text, value(&rows)?));
            }
            "keep" => {
                return Ok((State::Done, "the account sends already".to_owned(), value(&rows)?));
            }
            _ => {}
        }
        let question = "Let the account send again?";
        if !self.args.yes && !self.prompt.confirm(question, &mut for_questions(out)?)? {
            return Ok((State::Declined, "the account stays paused".to_owned(), value(&rows)?));
        }
        rows.iter_mut().for_each(|row| row.reason.clone_from(&self.args.reason));
        self.session.turn(&mut rows, true).await;
        let command = format!(
            "aws sesv2 put-account-sending-attributes --sending-enabled{}",
            self.session.aws_options()
        );
        let details = json!({"command": command, "switch": value(&rows)?});
        let (state, text) = match rows.first().and_then(|row| row.sends) {
            Some(true) => (State::Done, "the account sends again"),
            Some(false) => (State::Open, "the account is still paused"),
            None => (State::Open, "switched on, but reading it back failed"),
        };
        Ok((state, text.to_owned(), details))
    }
}
