//! An incident as an item of the journal, and the entries of the history about it.

use super::{AlarmEpisode, Incident, Phase};
use crate::guard::record::Target;
use crate::journal::{Actor, EXPIRES_AT, HistoryEntry, HistoryEvent, Item, ItemKey, VERSION};

/// The partition of the incidents, and of what guard knows of the account.
pub const INCIDENT: &str = "incident";
/// The version of the fields.
const SCHEMA_VERSION: i64 = 1;
/// How long a closed incident is kept, in seconds: longer than a look takes that read the alarms
/// before it was closed.
const KEPT_SECONDS: i64 = 7 * 86_400;

/// An item of an incident that this version cannot read. What it speaks of is unknown, so nothing is
/// paused for its alarm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the incident {id:?} in the journal cannot be read by this version of guard")]
pub struct Unreadable {
    /// Its sort key, the alarm and its episode.
    pub id: String,
}

impl Incident {
    /// The item of the state that follows the version read, written at `now` (milliseconds since
    /// 1970). It is to be put where the journal holds [`Incident::expected`].
    pub fn item(&self, now: i64) -> Item {
        let state = serde_json::to_string(self).unwrap_or_default();
        let item = Item::new(ItemKey::new(INCIDENT, self.id()))
            .with_number("v", SCHEMA_VERSION)
            .with_number(VERSION, self.version + 1)
            .with_number("at", now)
            .with_text("phase", self.phase.code())
            .with_text("state", &state);
        match self.phase {
            Phase::Closed => item.with_number(EXPIRES_AT, now.div_euclid(1000) + KEPT_SECONDS),
            Phase::Open
            | Phase::Pausing(_)
            | Phase::Notifying(_)
            | Phase::Paused { .. }
            | Phase::Resuming { .. }
            | Phase::Ending { .. }
            | Phase::Ended { .. }
            | Phase::Handled => item,
        }
    }

    /// The version that the journal must hold for this state to follow; `None` for no item.
    pub fn expected(&self) -> Option<i64> {
        (self.version > 0).then_some(self.version)
    }

    /// The entries of the history that say what happened to `target`, one a part. Made again they
    /// are the same.
    pub fn entries(
        &self,
        event: HistoryEvent,
        target: &Target,
        actor: &Actor,
        at_millis: i64,
    ) -> Vec<HistoryEntry> {
        let entry = |part: Target| HistoryEntry {
            at_millis,
            id: format!("{}/{}/{}", event.code(), part.keys().concat(), self.id()),
            event,
            target: part.of_history(),
            actor: actor.clone(),
            reason: self.cause.reason.clone(),
            numbers: self.cause.numbers,
            incident: self.id(),
        };
        target.parts().into_iter().map(entry).collect()
    }

    /// Reads an item back; `None` for one that is no incident.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn from_item(item: &Item) -> Option<Result<Self, Unreadable>> {
        let (alarm, episode) = item.key.sort.rsplit_once('@')?;
        if item.key.partition != INCIDENT {
            return None;
        }
        let read = || {
            let state = item.text("state").filter(|_| item.number("v") == Some(SCHEMA_VERSION))?;
            let incident: Self = serde_json::from_str(state).ok()?;
            let version = item.number(VERSION).filter(|version| *version > 0)?;
            let is_own = incident.leader == AlarmEpisode::new(alarm, episode);
            is_own.then_some(Self { version, ..incident })
        };
        Some(read().ok_or_else(|| Unreadable { id: item.key.sort.clone() }))
    }
}
