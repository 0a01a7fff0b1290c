//! What each step does.

use std::io::{BufRead, Write};

use serde_json::{Value, json};
use warden_domain::finding::quoted;
use warden_domain::journal::{HistoryEvent, HistoryTarget};
use warden_domain::operate::refusal::SendRefusal;
use warden_domain::operate::restriction::Form;
use warden_domain::operate::rotation::{Rotation, restricting};

use super::evidence::{Found, value};
use super::{Args, State, Step, StepReport};
use crate::frame::output::{Lines, write_stderr};
use crate::frame::prompt::Prompt;
use crate::frame::sending::{Session, confirmed};
use crate::frame::terminal::{width, wrapped};

/// How a note about a step begins in the history.
const NOTE: &str = "secure:";

/// The run of a procedure.
pub(super) struct Runner<'a, R> {
    args: &'a Args,
    session: Session,
    prompt: Prompt<R>,
    suspects: Vec<String>,
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

    /// What the history says about a step since the account was paused last.
    fn before(&self, step: Step) -> Option<String> {
        let entries = self.session.entries.as_deref().ok()?;
        let begin = format!("{NOTE} {} ", step.name());
        let since = entries.iter().take_while(|entry| {
            entry.target != HistoryTarget::Account || entry.event != HistoryEvent::Resume
        });
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

    /// Asks whether a step that only a person can do is done.
    fn is_done(&mut self, out: &mut impl Write) -> anyhow::Result<State> {
        if self.args.yes && !self.args.step.is_empty() {
            return Ok(State::Done);
        }
        if !self.prompt.is_terminal() {
            return Ok(State::Shown);
        }
        let question = "  Is that done? [y = yes, s = skip it, Enter = stop here]";
        let answer = self.prompt.ask(question, out)?.unwrap_or_default();
        Ok(match answer.to_ascii_lowercase().as_str() {
            "y" | "yes" => State::Done,
            "s" | "skip" => State::Skipped,
            _ => State::Shown,
        })
    }

    fn line(&self, text: &str, out: &mut impl Write) -> anyhow::Result<()> {
        if self.args.format.is_table() {
            wrapped(text, 2, width()).lines().try_for_each(|line| out.line(line))?;
        }
        Ok(())
    }

    fn commands(&self, commands: &[String], out: &mut impl Write) -> anyhow::Result<()> {
        if self.args.format.is_table() {
            commands.iter().try_for_each(|command| out.line(format!("    {command}")))?;
        }
        Ok(())
    }

    async fn evidence(&mut self, out: &mut impl Write) -> anyhow::Result<(State, String, Value)> {
        let found = Found::read(self.args, &self.session).await?;
        if self.args.format.is_table() {
            found.write(out)?;
        }
        self.suspects.extend(found.suspects());
        self.suspects.dedup();
        Ok((State::Done, found.summary(), value(&found)?))
    }

    async fn pause(&mut self, out: &mut impl Write) -> anyhow::Result<(State, String, Value)> {
        let region = quoted(self.session.connection.region()).into_owned();
        let command = format!(
            "aws sesv2 put-account-sending-attributes --no-sending-enabled --region {region}"
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
            if !confirmed(&how, true, question, &mut self.prompt, out)? {
                return Ok((State::Declined, "the account still sends".to_owned(), Value::Null));
            }
        }
        self.session.turn(&mut rows, false).await;
        let details = json!({"command": command, "switch": value(&rows.first())?});
        let sends = rows.iter().any(|row| row.sends);
        Ok(match (sends, action) {
            (true, _) => (State::Open, "the account still sends".to_owned(), details),
            (false, "pause") => (State::Done, "the account is paused".to_owned(), details),
            (false, _) => (State::Done, "the account was paused already".to_owned(), details),
        })
    }

    fn rotate(&mut self, out: &mut impl Write) -> anyhow::Result<(State, String, Value)> {
        let rotations: Vec<Rotation> =
            self.suspects.iter().filter_map(|suspect| Rotation::of(suspect)).collect();
        if rotations.is_empty() {
            let text = "no identity is known; name it with --caller".to_owned();
            self.line(
                "Nobody outside your lists was seen. Name the identity whose credentials are \
                 stolen with --caller; CloudTrail and the sender's code say which it is.",
                out,
            )?;
            return Ok((State::Open, text, json!([])));
        }
        self.line("Commands to run yourself; this command runs none of them.", out)?;
        for rotation in &rotations {
            self.line(&format!("{}:", rotation.identity), out)?;
            for step in &rotation.steps {
                self.line(&step.text, out)?;
                self.commands(&step.commands, out)?;
            }
        }
        let names: Vec<&str> = rotations.iter().map(|rotation| rotation.name.as_str()).collect();
        let text = format!("credentials of {}", names.join(", "));
        Ok((self.is_done(out)?, text, value(&rotations)?))
    }

    fn restrict(&mut self, out: &mut impl Write) -> anyhow::Result<(State, String, Value)> {
        let region = self.session.connection.region();
        let restriction = match self.args.restriction.restriction(Some(region)) {
            Ok(restriction) => restriction,
            Err(text) => {
                self.line(&text, out)?;
                return Ok((State::Open, text, Value::Null));
            }
        };
        if restriction.is_empty() {
            let text = "give --cidr, --from-domain or --identity".to_owned();
            self.line(
                "New credentials should only send from where you send: give --cidr with the \
                 networks of your senders, --from-domain and --identity.",
                out,
            )?;
            return Ok((State::Open, text, Value::Null));
        }
        // New SMTP users are allowed to send by their group: only a denial restricts them.
        let form = self.args.restriction.form(Form::Deny);
        let policy = restriction.policy(form);
        if self.args.format.is_table() {
            let text = serde_json::to_string_pretty(&policy)?;
            text.lines().try_for_each(|line| out.line(format!("    {line}")))?;
        }
        let notes = restriction.notes(form);
        notes.iter().try_for_each(|note| self.line(note, out))?;
        let commands = restricting(&self.suspects);
        self.line(
            "Save it as policy.json and put it on the user or role that sends from now on. \
             NEW_USER is the user of the new SMTP credentials; root takes no policy.",
            out,
        )?;
        self.commands(&commands, out)?;
        let details = json!({"policy": policy, "notes": notes, "commands": commands});
        Ok((self.is_done(out)?, "a policy for the new credentials".to_owned(), details))
    }

    fn verify(&mut self, out: &mut impl Write) -> anyhow::Result<(State, String, Value)> {
        self.line(
            "Send once from another network, or with the old credentials, and read the error. A \
             policy that works answers, also while the account is paused: 554 Access denied: User \
             `arn:aws:iam::…:user/…' is not authorized to perform `ses:SendRawEmail' on resource \
             `arn:aws:ses:…:identity/…'. Credentials that are gone get 535 Authentication \
             Credentials Invalid (SMTP) or InvalidClientTokenId (API).",
            out,
        )?;
        let error = match &self.args.error {
            Some(error) => Some(error.clone()),
            None => self.prompt.ask("  Paste the error (Enter = not tried yet):", out)?,
        };
        let Some(error) = error else {
            return Ok((self.is_done(out)?, "the error was not read".to_owned(), Value::Null));
        };
        if let Some(refusal) = SendRefusal::read(&error) {
            let who = refusal.user.as_deref().unwrap_or("somebody").to_owned();
            let text = format!("{who} may no longer {}", refusal.action);
            self.line(&format!("That is IAM's refusal: {text}."), out)?;
            return Ok((State::Done, text, value(&refusal)?));
        }
        let invalid =
            ["Authentication Credentials Invalid", "InvalidClientTokenId", "InvalidAccessKeyId"];
        if invalid.iter().any(|word| error.contains(word)) {
            let text = "the credentials are gone".to_owned();
            self.line(
                "These credentials are gone: that proves the rotation, not the policy.",
                out,
            )?;
            return Ok((State::Done, text, Value::Null));
        }
        let paused = ["SendingPausedException", "Sending paused", "AccountSuspendedException"];
        let text = match paused.iter().any(|word| error.contains(word)) {
            true => "this error is the pause's: IAM let the call through",
            false => "this error is no refusal by IAM",
        };
        self.line(&format!("Not yet: {text}."), out)?;
        Ok((State::Open, text.to_owned(), Value::Null))
    }

    async fn resume(&mut self, out: &mut impl Write) -> anyhow::Result<(State, String, Value)> {
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
        if !self.args.yes && !self.prompt.confirm("Let the account send again?", out)? {
            return Ok((State::Declined, "the account stays paused".to_owned(), value(&rows)?));
        }
        rows.iter_mut().for_each(|row| row.reason.clone_from(&self.args.reason));
        self.session.turn(&mut rows, true).await;
        let sends = rows.iter().all(|row| row.sends);
        let command = format!(
            "aws sesv2 put-account-sending-attributes --sending-enabled --region {}",
            quoted(self.session.connection.region())
        );
        let details = json!({"command": command, "switch": value(&rows)?});
        Ok(match sends {
            true => (State::Done, "the account sends again".to_owned(), details),
            false => (State::Open, "the account is still paused".to_owned(), details),
        })
    }
}
