//! What a drill makes, and how it is called.

use jiff::Timestamp;
use warden_domain::drill::{Mailbox, alarm_name};

/// One drill.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Its id: when it began, in seconds since 1970, and some digits that tell two drills of the
    /// same second apart.
    pub(super) id: String,
    pub(super) configuration_set: String,
    pub(super) from: String,
    /// Whether an address is put on the suppression list.
    pub(super) has_list: bool,
    /// Whether an alarm is made.
    pub(super) has_alarm: bool,
    /// How long to wait, in seconds.
    pub(super) wait: f64,
}

impl Plan {
    /// Returns the address of a mailbox, labelled so that no other drill's events are taken for
    /// this one's.
    pub(super) fn address(&self, mailbox: Mailbox) -> String {
        mailbox.address(&format!("drill-{}", self.id))
    }

    /// Returns the address that is put on the suppression list.
    pub(super) fn listed_address(&self) -> String {
        format!("ses-warden-drill-{}@example.com", self.id)
    }

    pub(super) fn queue_name(&self, stack: &str) -> String {
        format!("{}{}", queue_prefix(stack), self.id)
    }

    pub(super) fn alarm_name(&self, prefix: &str) -> String {
        alarm_name(prefix, &self.id)
    }
}

/// Returns how the names of the queues of a stack's drills begin.
pub(super) fn queue_prefix(stack: &str) -> String {
    format!("{stack}-drill-")
}

pub(super) fn new_id(now: Timestamp) -> String {
    let mark = now.subsec_nanosecond().unsigned_abs() ^ std::process::id();
    format!("{}-{:04x}", now.as_second(), mark & 0xffff)
}

/// Returns when the drill of this id began, in seconds since 1970.
pub(super) fn began(id: &str) -> Option<i64> {
    let (seconds, mark) = id.split_once('-')?;
    let is_mark = mark.len() == 4 && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
    seconds.parse().ok().filter(|_| is_mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_when_the_drill_began() {
        let id = new_id(Timestamp::from_second(1_790_000_000).unwrap());
        assert_eq!(began(&id), Some(1_790_000_000));
        assert_eq!(began("1790000000"), None);
        assert_eq!(began("marketing-2024"), None);
    }
}
