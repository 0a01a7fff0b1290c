//! Sending switches as guard finds them, compared with what the history knows.

use super::record::Target;
use crate::journal::{Actor, HistoryEntry, HistoryEvent, HistoryTarget, last_switch};

/// The switch of the account, of one configuration set or of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSwitch {
    /// What.
    pub target: Target,
    /// Whether it sends.
    pub sends: bool,
}

impl FoundSwitch {
    /// Whether the history, newest first, has it so. What it does not know at all has always sent.
    pub fn is_as_known(&self, history: &[HistoryEntry]) -> bool {
        self.last(history).unwrap_or(true) == self.sends
    }

    /// Whether the last entry about it says the same. For what the history does not know none does.
    pub fn is_recorded(&self, history: &[HistoryEntry]) -> bool {
        self.last(history) == Some(self.sends)
    }

    fn last(&self, history: &[HistoryEntry]) -> Option<bool> {
        last_switch(history, &self.target.of_history())?.event.sends()
    }

    /// The entry that somebody switched it, found at `at` (milliseconds since 1970).
    pub fn entry(&self, found: &str, actor: Actor, reason: &str, at: i64) -> HistoryEntry {
        let event = if self.sends { HistoryEvent::FoundResumed } else { HistoryEvent::FoundPaused };
        HistoryEntry {
            at_millis: at,
            id: format!("{found}/{}", self.target.keys().concat()),
            event,
            target: self.target.of_history(),
            actor,
            reason: reason.to_owned(),
            numbers: Default::default(),
            incident: String::new(),
        }
    }
}

/// The tenants: those that do not send, and those of the history that do.
pub fn tenants(disabled: Vec<String>, history: &[HistoryEntry]) -> Vec<FoundSwitch> {
    let mut known: Vec<String> = Vec::new();
    for entry in history {
        if let HistoryTarget::Tenant(arn) = &entry.target
            && !disabled.contains(arn)
            && !known.contains(arn)
        {
            known.push(arn.clone());
        }
    }
    let tenant = |sends| move |arn| FoundSwitch { target: Target::Tenant(arn), sends };
    let disabled = disabled.into_iter().map(tenant(false));
    disabled.chain(known.into_iter().map(tenant(true))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(target: Target, sends: bool) -> FoundSwitch {
        FoundSwitch { target, sends }
    }

    fn set(sends: bool) -> FoundSwitch {
        found(Target::Sets(vec!["news".into()]), sends)
    }

    #[test]
    fn what_the_history_does_not_know_has_always_sent() {
        assert!(set(true).is_as_known(&[]) && !set(false).is_as_known(&[]));
        assert!(!set(true).is_recorded(&[]) && !set(false).is_recorded(&[]));
    }

    #[test]
    fn the_last_entry_about_a_switch_says_what_is_known() {
        let entry = |found: &FoundSwitch, at| found.entry("sweep", Actor::Unknown, "", at);
        let note = HistoryEntry { event: HistoryEvent::Note, ..entry(&set(true), 3) };
        let other = entry(&found(Target::Account, true), 4);
        let history = [other, note, entry(&set(false), 2), entry(&set(true), 1)];
        assert!(set(false).is_as_known(&history) && set(false).is_recorded(&history));
        assert!(!set(true).is_as_known(&history) && !set(true).is_recorded(&history));
    }

    #[test]
    fn an_entry_has_the_same_key_when_it_is_written_again() {
        let entry = set(false).entry("sweep", Actor::Unknown, "found by the daily check", 1);
        assert_eq!((entry.event, entry.id.as_str()), (HistoryEvent::FoundPaused, "sweep/set news"));
        assert_eq!(entry.target, HistoryTarget::ConfigurationSet("news".into()));
    }

    #[test]
    fn tenants_of_the_history_send_unless_they_are_disabled() {
        let tenant = |arn: &str, sends| found(Target::Tenant(arn.into()), sends);
        let known = ["b", "a", "b"].map(|arn| tenant(arn, false).entry("e", Actor::Aws, "", 1));
        assert_eq!(tenants(vec!["a".into()], &known), [tenant("a", false), tenant("b", true)]);
    }
}
