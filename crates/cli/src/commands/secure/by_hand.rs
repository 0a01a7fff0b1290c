//! The steps that a person does: this command shows how, and asks whether it is done.

use std::io::{BufRead, Write};

use serde_json::{Value, json};
use warden_domain::operate::refusal::SendRefusal;
use warden_domain::operate::restriction::Form;
use warden_domain::operate::rotation::{Rotation, restricting};

use super::State;
use super::evidence::value;
use super::steps::Runner;
use crate::frame::output::{Lines, for_questions};

impl<R: BufRead> Runner<'_, R> {
    /// Asks whether a step that only a person can do is done.
    fn is_done(&mut self, out: &mut impl Write) -> anyhow::Result<State> {
        if self.args.yes && !self.args.step.is_empty() {
            return Ok(State::Done);
        }
        if !self.prompt.is_terminal() {
            return Ok(State::Shown);
        }
        let question = "  Is that done? [y = yes, s = skip it, Enter = stop here]";
        let answer = self.prompt.ask(question, &mut for_questions(out)?)?.unwrap_or_default();
        Ok(match answer.to_ascii_lowercase().as_str() {
            "y" | "yes" => State::Done,
            "s" | "skip" => State::Skipped,
            _ => State::Shown,
        })
    }

    /// The commands for one suspect, to be run where this command runs.
    fn rotation(&self, suspect: &str) -> Option<Rotation> {
        let mut rotation = Rotation::of(suspect)?;
        let options = self.session.iam_options();
        let commands = rotation.steps.iter_mut().flat_map(|step| &mut step.commands);
        commands.filter(|command| command.starts_with("aws ")).for_each(|command| {
            command.push_str(&options);
        });
        Some(rotation)
    }

    pub(super) fn rotate(
        &mut self,
        out: &mut impl Write,
    ) -> anyhow::Result<(State, String, Value)> {
        let rotations: Vec<Rotation> =
            self.suspects.iter().filter_map(|suspect| self.rotation(suspect)).collect();
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

    pub(super) fn restrict(
        &mut self,
        out: &mut impl Write,
    ) -> anyhow::Result<(State, String, Value)> {
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
        let options = self.session.iam_options();
        let commands: Vec<String> = restricting(&self.suspects)
            .into_iter()
            .map(|command| format!("{command}{options}"))
            .collect();
        self.line(
            "Save it as policy.json and put it on the user or role that sends from now on. \
             NEW_USER is the user of the new SMTP credentials; root takes no policy.",
            out,
        )?;
        self.commands(&commands, out)?;
        let details = json!({"policy": policy, "notes": notes, "commands": commands});
        Ok((self.is_done(out)?, "a policy for the new credentials".to_owned(), details))
    }

    pub(super) fn verify(
        &mut self,
        out: &mut impl Write,
    ) -> anyhow::Result<(State, String, Value)> {
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
            None => {
                let question = "  Paste the error (Enter = not tried yet):";
                self.prompt.ask(question, &mut for_questions(out)?)?
            }
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
}
