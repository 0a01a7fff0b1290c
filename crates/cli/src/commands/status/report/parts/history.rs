//! Who paused and resumed what, from the journal.

use serde::Serialize;
use warden_domain::journal::{HistoryEntry, HistoryEvent, HistoryTarget};
use warden_domain::time::iso_millis;

use crate::commands::status::read::StackReadings;

/// An entry of the journal's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct HistoryPart {
    /// RFC 3339, UTC.
    pub(crate) at: String,
    pub(crate) event: &'static str,
    pub(crate) target_kind: &'static str,
    pub(crate) target: String,
    pub(crate) actor: &'static str,
    /// The IAM identity, where one is known.
    pub(crate) identity: String,
    /// The name that a person gave.
    pub(crate) name: String,
    pub(crate) reason: String,
}

impl HistoryPart {
    pub(crate) fn of(entry: &HistoryEntry) -> Self {
        Self {
            at: iso_millis(entry.at_millis),
            event: entry.event.code(),
            target_kind: entry.target.code(),
            target: entry.target.name().to_owned(),
            actor: entry.actor.code(),
            identity: entry.actor.identity().to_owned(),
            name: entry.actor.name().to_owned(),
            reason: entry.reason.clone(),
        }
    }

    /// ` by guard at 2026-11-27 03:12 UTC: bounce rate`, to stand behind "is paused".
    pub(crate) fn sentence(&self) -> String {
        let who = match (self.name.as_str(), self.identity.as_str()) {
            ("", "") => match self.actor {
                "unknown" => "somebody".to_owned(),
                "aws" => "AWS".to_owned(),
                actor => actor.to_owned(),
            },
            ("", identity) => identity.to_owned(),
            (name, _) => name.to_owned(),
        };
        let reason = match self.reason.trim_end_matches('.') {
            "" => String::new(),
            reason => format!(": {reason}"),
        };
        format!(" by {who} at {}{reason}", minute(&self.at))
    }
}

/// `2026-11-27 03:12 UTC` of an RFC 3339 time.
pub(crate) fn minute(time: &str) -> String {
    match time.get(..16) {
        Some(minute) => format!("{} UTC", minute.replace('T', " ")),
        None => time.to_owned(),
    }
}

/// Whether an entry of the history is about pausing and resuming.
pub(crate) fn is_about_sending(entry: &HistoryEntry) -> bool {
    entry.event.sends().is_some()
}

/// The newest entry of a target, if it is a pause.
pub(crate) fn last_pause(
    stack: Option<&StackReadings>,
    target: &HistoryTarget,
) -> Option<HistoryPart> {
    let entries = stack?.history.as_ref()?.as_ref().ok()?;
    let mut of_target =
        entries.iter().filter(|entry| entry.target == *target && is_about_sending(entry));
    let newest = of_target.next()?;
    let is_pause = matches!(newest.event, HistoryEvent::Pause | HistoryEvent::FoundPaused);
    is_pause.then(|| HistoryPart::of(newest))
}
