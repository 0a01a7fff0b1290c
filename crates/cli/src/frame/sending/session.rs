//! One run of a command about sending: what it read, who runs it, and what it changes.

use std::io::Write;
use std::time::Duration;

use warden_aws::operator::account_alias;
use warden_aws::{Connection, RateLimiter, Turned};
use warden_domain::finding::quoted;
use warden_domain::journal::{HistoryEntry, HistoryEvent, HistoryTarget, last_switch};
use warden_domain::operate::resume::ResumeFacts;

use super::cause::{SendingCause, read_cause};
use super::incidents::mark;
use super::options::{SendingPlace, TargetOptions};
use super::row::SwitchRow;
use super::switch::{Confirmation, Switch, Switches};
use super::texts::read_texts;
use crate::frame::aws::Access;
use crate::frame::history::{History, HistoryEntries, described};
use crate::frame::output::{Format, Lines, write_stderr};
use crate::frame::stack::OurStack;

/// How long the account's name is waited for.
const ALIAS_TIME: Duration = Duration::from_secs(3);

/// What a command read before it changes anything.
#[derive(Debug)]
pub struct Session {
    /// Where it works.
    pub connection: Connection,
    /// The stack of ours.
    pub stack: OurStack,
    /// The history, and who runs the command.
    pub history: History,
    /// The last entries of the history, or why they are not known.
    pub entries: HistoryEntries,
    /// The switches.
    pub switches: Switches,
    /// The account's name, where it is about the account, it has one and AWS says it.
    alias: Option<String>,
    targets: TargetOptions,
    limiter: RateLimiter,
    access: Access,
}

impl Session {
    /// Connects and reads.
    ///
    /// # Errors
    /// When AWS cannot be asked, or a set or tenant does not exist.
    pub async fn open(place: &SendingPlace, targets: &TargetOptions) -> anyhow::Result<Self> {
        let connection = place.access.connect().await?;
        let stack = place.stack.read(&connection).await;
        let limiter = place.pace.limiter();
        // Where the credentials may not ask for the name, or IAM cannot be reached, the number
        // stands alone: a pause must not wait for a name.
        let alias = async {
            let asked = tokio::time::timeout(ALIAS_TIME, account_alias(&connection));
            if targets.account { asked.await.ok()?.ok()? } else { None }
        };
        let (history, switches, alias) = tokio::join!(
            History::open(&stack, &connection, place.by.as_deref()),
            Switches::read(targets, &connection, limiter.clone()),
            alias
        );
        let entries = history.entries().await;
        let (switches, targets) = (switches?, targets.clone());
        let access = place.access.clone();
        Ok(Self { connection, stack, history, entries, switches, alias, targets, limiter, access })
    }

    /// Reads the switches and the history again: either may have changed since, also by this run.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn refresh(&mut self) -> anyhow::Result<()> {
        self.switches =
            Switches::read(&self.targets, &self.connection, self.limiter.clone()).await?;
        self.entries = self.history.entries().await;
        Ok(())
    }

    /// The account's number, where AWS says it.
    pub fn account(&self) -> Option<&str> {
        Some(self.history.caller.as_ref()?.account.as_str())
    }

    /// How a person may agree to a change of this account.
    pub fn confirmation<'a>(&'a self, yes: bool, confirm: Option<&'a str>) -> Confirmation<'a> {
        Confirmation { yes, confirm, account: self.account(), alias: self.alias.as_deref() }
    }

    /// The last entry about a switch.
    pub fn last(&self, target: &HistoryTarget) -> Option<&HistoryEntry> {
        last_switch(self.entries.as_deref().ok()?, target)
    }

    /// Who used a switch last, in words.
    pub fn provenance(&self, switch: &Switch) -> String {
        if let Some(aws) = switch.aws.as_ref().filter(|aws| !aws.sends) {
            let cause = if aws.cause.is_empty() { "no cause given" } else { &aws.cause };
            return format!("AWS has switched it off: {cause}");
        }
        let state = if switch.sends { "sends" } else { "paused" };
        match (self.last(&switch.target), &self.entries) {
            (Some(entry), _) => {
                let is_pause =
                    matches!(entry.event, HistoryEvent::Pause | HistoryEvent::FoundPaused);
                // Somebody used the switch without the journal.
                let is_stale = is_pause == switch.sends;
                let since = if is_stale { ", changed since by somebody unknown" } else { "" };
                format!("{state}; {}{since}", described(entry))
            }
            (None, _) if switch.sends => state.to_owned(),
            (None, Ok(_)) => format!("{state}; the journal does not say by whom"),
            (None, Err(_)) => format!("{state}; by whom is not recorded"),
        }
    }

    /// A row about a switch before anything is changed.
    pub fn row(&self, switch: &Switch, action: &'static str, reason: &str) -> SwitchRow {
        let target = match &switch.target {
            HistoryTarget::Account => self.account().unwrap_or("account").to_owned(),
            HistoryTarget::ConfigurationSet(_)
            | HistoryTarget::Tenant(_)
            | HistoryTarget::Address(_) => switch.name.clone(),
        };
        SwitchRow {
            kind: switch.target.code(),
            target,
            action,
            sent_before: switch.sends,
            sends: Some(switch.sends),
            provenance: self.provenance(switch),
            reason: reason.to_owned(),
            identity: self.history.caller.as_ref().map(|caller| caller.arn.clone()),
            error: None,
            recorded: false,
            findings: Vec::new(),
            next: Vec::new(),
        }
    }

    /// Turns the switches whose rows ask for it, one after the other, records each, and writes into
    /// the rows what became of it. One that fails holds up no other.
    pub async fn turn(&self, rows: &mut [SwitchRow], on: bool) {
        let (asked, done) = if on { ("resume", "resumed") } else { ("pause", "paused") };
        let event = if on { HistoryEvent::Resume } else { HistoryEvent::Pause };
        for (row, switch) in rows.iter_mut().zip(&self.switches.switches) {
            if row.action != asked {
                row.action = if row.action == "keep" { "kept" } else { row.action };
                continue;
            }
            match self.switches.turn(switch, on).await {
                Ok(Turned::ReadBack) => (row.action, row.sends) = (done, Some(on)),
                Ok(Turned::NotReadBack(error)) => {
                    (row.action, row.sends) = ("not_read_back", None);
                    row.error = Some(error.to_string());
                }
                Err(error) => {
                    write_stderr(format_args!("{}: {error}", switch.label()));
                    row.action = "failed";
                    row.error = Some(error.to_string());
                    continue;
                }
            }
            let incident = self.last(&switch.target).map(|last| last.incident.clone());
            let incident = incident.unwrap_or_default();
            match self.history.record(event, switch.target.clone(), &row.reason, &incident).await {
                Ok(recorded) => row.recorded = recorded,
                Err(error) => write_stderr(format_args!(
                    "{} is {done}, but that is not in the journal: {error}",
                    switch.label()
                )),
            }
            self.mark_incidents(switch, on).await;
        }
    }

    /// Writes into guard's incidents that an operator used the switch, so that guard does not pause
    /// again for the same episode. Where that fails guard finds the change itself.
    async fn mark_incidents(&self, switch: &Switch, on: bool) {
        let Some(journal) = self.history.journal() else { return };
        match mark(journal, &switch.target, on).await {
            Ok(marked) if marked.unreadable.is_empty() => {}
            Ok(marked) => write_stderr(format_args!(
                "guard's incidents {} are of another version of ses-warden and were not changed: \
                 guard may pause {} again for them",
                marked.unreadable.join(", "),
                switch.label()
            )),
            Err(error) => write_stderr(format_args!(
                "guard's incidents do not know of it yet; guard finds it at its next look: {error}"
            )),
        }
    }

    /// What is known before a resume of one switch.
    pub async fn facts(&self, switch: &Switch) -> (ResumeFacts, SendingCause) {
        let paused_at = self.last(&switch.target).map(|entry| entry.at_millis);
        let (cause, texts) = tokio::join!(
            read_cause(&self.connection, &self.stack, &switch.target, paused_at),
            read_texts(self.history.journal(), &switch.target)
        );
        let unexpected = match (&cause.callers, &cause.sources) {
            (Some(callers), Some(sources)) => Some([callers.as_slice(), sources].concat()),
            // One side alone can show that there are some, but not that there are none.
            (Some(some), None) | (None, Some(some)) => Some(some.clone()).filter(|s| !s.is_empty()),
            (None, None) => None,
        };
        let facts = ResumeFacts {
            target: switch.target.clone(),
            account_sends: self.switches.account_sends,
            is_pauser_unknown: !switch.sends && self.last(&switch.target).is_none(),
            aws_pause: switch.aws.as_ref().filter(|aws| !aws.sends).map(|aws| aws.cause.clone()),
            rates: cause.rates,
            since_pause: cause.since_pause,
            last_quarter: cause.last_quarter,
            alarms: cause.alarms.clone(),
            unexpected,
            classes: cause.classes.clone(),
            texts,
            ..ResumeFacts::of_account(self.switches.enforcement.clone())
        };
        (facts, cause)
    }

    /// Writes where the command works, as whom, and what it cannot know.
    ///
    /// # Errors
    /// When the stream cannot be written.
    pub fn introduce(&self, format: Format, out: &mut impl Write) -> anyhow::Result<()> {
        let number = self.account().unwrap_or("of unknown number");
        let account = match &self.alias {
            Some(alias) => format!("{alias} ({number})"),
            None => number.to_owned(),
        };
        let mut lines = vec![format!(
            "Account {account}, Region {}. AWS's EnforcementStatus: {}.",
            self.connection.region(),
            self.switches.enforcement.name()
        )];
        lines.extend(self.history.caller.as_ref().map(|caller| format!("You are {}.", caller.arn)));
        if let Err(why) = &self.entries {
            lines.push(format!(
                "Who paused what before is not known, and what you do is not recorded: {why}."
            ));
        }
        for line in lines {
            if format == Format::Table { out.line(line)? } else { write_stderr(line) }
        }
        if format == Format::Table {
            out.line("")?;
        }
        Ok(())
    }

    /// The options that name this place in a command of `aws` about SES.
    pub fn aws_options(&self) -> String {
        format!(" --region {}{}", quoted(self.connection.region()), self.access.given())
    }

    /// The options that a command of `aws` about IAM needs, which has no Region.
    pub fn iam_options(&self) -> String {
        self.access.given()
    }

    /// The options that name this place in a command of ours.
    pub fn place_options(&self) -> String {
        let mut options = self.aws_options();
        if self.stack.name != "ses-warden" {
            options.push_str(&format!(" --stack {}", quoted(&self.stack.name)));
        }
        options
    }
}
