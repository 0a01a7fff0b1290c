//! What guard remembers of the account beside its incidents.

use super::enforcement::EnforcementStatus;
use super::incident::INCIDENT;
use crate::journal::{Item, ItemKey, VERSION};

/// Its sort key. No incident has it: theirs hold an `@`.
pub const ACCOUNT_MEMORY: &str = "account";
/// The version of the fields.
const SCHEMA_VERSION: i64 = 1;
/// Ids of messages that are remembered.
const MOST_MESSAGES: usize = 50;
/// From one sweep to the next, in milliseconds.
const DAY: i64 = 86_400_000;

/// AWS's last verdict, the messages that operators know, and the last sweep.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountMemory {
    /// AWS's last verdict that operators know, and since when.
    pub verdict: Option<(EnforcementStatus, String)>,
    /// The verdict that guard is about to notify of; empty for none.
    pub notifying_verdict: String,
    /// Ids of the latest messages of AWS that operators know, the last one first.
    pub messages: Vec<String>,
    /// The id of the message that guard is about to notify of; empty for none.
    pub notifying_message: String,
    /// When the last sweep began, in milliseconds since 1970; 0 for none.
    pub swept_at: i64,
    /// Where a sweep that is not done goes on; empty where it is done.
    pub sweep_from: Option<String>,
    /// guard is about to notify of what this part of the sweep found.
    pub notifying_sweep: bool,
    /// The version that the journal holds; 0 where it holds none.
    pub version: i64,
}

impl AccountMemory {
    /// The item that follows the version read.
    pub fn item(&self) -> Item {
        let (verdict, since) = match &self.verdict {
            Some((verdict, since)) => (verdict.name(), since.as_str()),
            None => ("", ""),
        };
        let item = Item::new(ItemKey::new(INCIDENT, ACCOUNT_MEMORY))
            .with_number("v", SCHEMA_VERSION)
            .with_number(VERSION, self.version + 1)
            .with_text("verdict", verdict)
            .with_text("verdict_since", since)
            .with_text("notifying_verdict", &self.notifying_verdict)
            .with_text("messages", &self.messages.join(" "))
            .with_text("notifying_message", &self.notifying_message)
            .with_number("swept_at", self.swept_at)
            .with_number("notifying_sweep", self.notifying_sweep.into());
        match &self.sweep_from {
            Some(from) => item.with_number("sweeping", 1).with_text("sweep_from", from),
            None => item,
        }
    }

    /// The version that the journal must hold for this to follow; `None` for no item.
    pub fn expected(&self) -> Option<i64> {
        (self.version > 0).then_some(self.version)
    }

    /// Reads an item back; `None` for another one.
    pub fn from_item(item: &Item) -> Option<Self> {
        if item.key != ItemKey::new(INCIDENT, ACCOUNT_MEMORY) {
            return None;
        }
        let text = |name: &str| item.text(name).unwrap_or_default().to_owned();
        let verdict = item.text("verdict").map(EnforcementStatus::from);
        Some(Self {
            verdict: verdict.map(|verdict| (verdict, text("verdict_since"))),
            notifying_verdict: text("notifying_verdict"),
            messages: text("messages").split_whitespace().map(str::to_owned).collect(),
            notifying_message: text("notifying_message"),
            swept_at: item.number("swept_at").unwrap_or_default(),
            sweep_from: (item.number("sweeping") == Some(1)).then(|| text("sweep_from")),
            notifying_sweep: item.number("notifying_sweep") == Some(1),
            version: item.number(VERSION).unwrap_or_default(),
        })
    }

    /// Whether operators know the message of that id.
    pub fn knows(&self, message: &str) -> bool {
        self.messages.iter().any(|known| known == message)
    }

    /// Notes that operators know it.
    pub fn note(&mut self, message: &str) {
        self.notifying_message.clear();
        self.messages.insert(0, message.to_owned());
        self.messages.truncate(MOST_MESSAGES);
    }

    /// Whether a sweep is due, or not done.
    pub fn is_to_sweep(&self, now: i64) -> bool {
        self.sweep_from.is_some() || now >= self.swept_at.saturating_add(DAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let full = AccountMemory {
            verdict: Some((EnforcementStatus::Probation, "2026-10-06T07:15:00Z".into())),
            notifying_verdict: "SHUTDOWN".into(),
            messages: vec!["e-2".into(), "e-1".into()],
            notifying_message: "e-3".into(),
            swept_at: 1_790_000_000_000,
            sweep_from: Some(String::new()),
            notifying_sweep: true,
            version: 6,
        };
        for memory in [AccountMemory::default(), full] {
            let read = AccountMemory::from_item(&memory.item()).unwrap();
            assert_eq!(read, AccountMemory { version: memory.version + 1, ..memory });
        }
    }

    #[test]
    fn the_latest_messages_are_remembered() {
        let mut memory = AccountMemory::default();
        (0..60).for_each(|n| memory.note(&n.to_string()));
        assert!(memory.knows("59") && memory.knows("10") && !memory.knows("9"));
    }

    #[test]
    fn a_sweep_is_due_once_a_day_and_until_it_is_done() {
        let mut memory = AccountMemory { swept_at: 1_790_000_000_000, ..Default::default() };
        assert!(!memory.is_to_sweep(1_790_000_000_000 + DAY - 1));
        assert!(memory.is_to_sweep(1_790_000_000_000 + DAY));
        memory.sweep_from = Some("marketing".into());
        assert!(memory.is_to_sweep(1_790_000_000_000));
        assert!(AccountMemory::default().is_to_sweep(1_790_000_000_000));
    }
}
