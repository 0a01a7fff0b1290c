//! The history of pauses and resumes in the journal of a stack, as commands read and write it.

use std::time::{SystemTime, UNIX_EPOCH};

use warden_aws::operator::{Caller, caller};
use warden_aws::{CallError, Connection, Journal};
use warden_domain::journal::{Actor, HistoryEntry, HistoryEvent, HistoryNumbers, HistoryTarget};
use warden_domain::time::iso_millis;

use super::stack::OurStack;

/// How many of the last entries are looked through for the last one about a target.
const LOOKED_THROUGH: usize = 500;

/// Now, in milliseconds since 1970.
pub fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What one command has to say to the history.
#[derive(Debug)]
pub struct History {
    journal: Option<Journal>,
    /// Why there is none.
    missing: Option<String>,
    /// Who calls, where AWS says so.
    pub caller: Option<Caller>,
    /// The name that the person gave.
    by: String,
}

/// The last entries of the history, newest first, or why they are not known.
pub type HistoryEntries = Result<Vec<HistoryEntry>, String>;

impl History {
    /// Finds the journal, and asks AWS who calls.
    pub async fn open(stack: &OurStack, connection: &Connection, by: Option<&str>) -> Self {
        let journal = stack.journal(connection);
        let missing = match (&journal, stack.missing()) {
            (Some(_), _) => None,
            (None, Some(why)) => Some(why.to_owned()),
            (None, None) => Some(format!("the stack {} has no journal", stack.name)),
        };
        // What nobody answers is recorded as nobody.
        let caller = caller(connection).await.ok();
        Self { journal, missing, caller, by: by.unwrap_or_default().to_owned() }
    }

    /// Why nothing can be recorded; `None` where it can.
    pub fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// The table, where there is one.
    pub fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// Who does what the command does.
    pub fn actor(&self) -> Actor {
        match &self.caller {
            Some(caller) => Actor::Command { identity: caller.arn.clone(), name: self.by.clone() },
            None => Actor::Unknown,
        }
    }

    /// The last entries.
    pub async fn entries(&self) -> HistoryEntries {
        let Some(journal) = &self.journal else {
            return Err(self.missing.clone().unwrap_or_default());
        };
        journal.history(None, Some(LOOKED_THROUGH)).await.map_err(|error| error.to_string())
    }

    /// Writes an entry; false where there is no journal.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn record(
        &self,
        event: HistoryEvent,
        target: HistoryTarget,
        reason: &str,
        incident: &str,
    ) -> Result<bool, CallError> {
        let Some(journal) = &self.journal else { return Ok(false) };
        let at_millis = now_millis();
        let entry = HistoryEntry {
            at_millis,
            id: format!("command/{}/{}", event.code(), target.name()),
            event,
            target,
            actor: self.actor(),
            reason: reason.to_owned(),
            numbers: HistoryNumbers::default(),
            incident: incident.to_owned(),
        };
        journal.record([entry]).await?;
        Ok(true)
    }
}

/// `paused 2026-10-06T07:15:20.000Z by guard: bounce rate`.
pub fn described(entry: &HistoryEntry) -> String {
    let what = match entry.event {
        HistoryEvent::Pause => "paused",
        HistoryEvent::Resume => "resumed",
        HistoryEvent::FoundPaused => "found paused",
        HistoryEvent::FoundResumed => "found resumed",
        HistoryEvent::Rescue => "rescued",
        HistoryEvent::Removal => "removed",
        HistoryEvent::Addition => "added",
        HistoryEvent::Note => "noted",
    };
    let reason = if entry.reason.is_empty() { "no reason given" } else { &entry.reason };
    format!("{what} {} by {}: {reason}", iso_millis(entry.at_millis), who(&entry.actor))
}

/// An actor in words.
pub fn who(actor: &Actor) -> String {
    match actor {
        Actor::Guard => "guard".to_owned(),
        Actor::Command { identity, name } if name.is_empty() => format!("{identity} (ses-warden)"),
        Actor::Command { identity, name } => format!("{name}, {identity} (ses-warden)"),
        Actor::Person { identity } => identity.clone(),
        Actor::Aws => "AWS".to_owned(),
        Actor::Unknown => "somebody unknown".to_owned(),
    }
}
