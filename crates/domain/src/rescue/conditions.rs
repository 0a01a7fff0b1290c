//! Decides which records are checked now.

use std::collections::{BTreeMap, BTreeSet};

use super::RescueRecord;

const HOUR_MS: i64 = 3_600_000;
/// How long a missing entry is searched for again.
const NOT_LISTED_MS: i64 = HOUR_MS;
/// How long after its removal an address is not removed again.
pub(crate) const ONCE_IN_MS: i64 = 30 * 24 * HOUR_MS;
/// How long after its quiet time an unresolved record is dropped.
const TOO_OLD_MS: i64 = 48 * HOUR_MS;

/// The conditions that all records of a run share.
#[derive(Debug, Clone, Default)]
pub struct RescueConditions {
    /// Milliseconds since 1970.
    pub now: i64,
    /// The quiet time: how long no bounce of the same class may have arrived for the same domain.
    pub quiet_ms: i64,
    /// When the newest records outside this run arrived (there are too many for one run). They may
    /// have any cause.
    pub newest_unread: Option<i64>,
    /// Configuration sets that do not send at the moment.
    pub paused_sets: BTreeSet<String>,
    /// Other decisions about the addresses.
    pub decisions: OtherDecisions,
}

/// Addresses about which something else was decided, read from the records in the bucket.
#[derive(Debug, Clone, Default)]
pub struct OtherDecisions {
    /// Addresses that were judged dead or complained.
    suppressed: BTreeSet<String>,
    /// Addresses that were removed from the list, and the mails whose bounces had listed them.
    rescued: BTreeMap<String, BTreeSet<String>>,
    rescued_today: usize,
}

impl OtherDecisions {
    /// Records that another event led to a suppression of this address.
    pub fn suppressed(&mut self, address: &str) {
        self.suppressed.insert(address.to_owned());
    }

    /// Records that an address was removed, or was about to be when a run ended; `now` in
    /// milliseconds since 1970.
    pub fn rescued(&mut self, record: &RescueRecord, now: i64) {
        let removed_at = record.removed_at.unwrap_or(record.at);
        if removed_at < now.saturating_sub(ONCE_IN_MS) {
            return;
        }
        let mails = self.rescued.entry(record.address.expose().to_owned()).or_default();
        let is_new = mails.insert(record.message_id.clone().unwrap_or_default());
        let day = |millis: i64| millis.div_euclid(24 * HOUR_MS);
        if is_new && day(removed_at) == day(now) {
            self.rescued_today += 1;
        }
    }

    /// Returns how many addresses were removed from the list since midnight (UTC).
    pub fn rescued_today(&self) -> usize {
        self.rescued_today
    }

    /// Whether this record's address was removed from the list within the last 30 days.
    pub fn is_rescued(&self, record: &RescueRecord) -> bool {
        self.rescued.contains_key(record.address.expose())
    }

    /// Whether a run began to remove the address for this same record.
    pub fn is_begun(&self, record: &RescueRecord) -> bool {
        self.rescued
            .get(record.address.expose())
            .zip(record.message_id.as_ref())
            .is_some_and(|(mails, id)| mails.contains(id))
    }
}

/// What happens to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RescueStep {
    /// Its entry is checked now.
    Due,
    /// A later run checks it.
    Wait(WaitReason),
    /// The record is dropped; its address stays on the list.
    Drop(DropReason),
}

/// Why a record waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitReason {
    /// A bounce of that class arrived for that domain within the quiet time.
    CauseNotQuiet,
    /// Its configuration set is paused.
    Paused,
}

/// Why a record is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropReason {
    /// Another event led to a suppression of the address.
    SuppressedMeanwhile,
    /// The address was removed from the list within the last 30 days.
    RescuedBefore,
    /// The event named no mail, so nothing can be proven.
    NoMail,
    /// It could not be resolved for two days.
    TooOld,
}

impl DropReason {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::SuppressedMeanwhile => "suppressed_meanwhile",
            Self::RescuedBefore => "rescued_before",
            Self::NoMail => "no_mail",
            Self::TooOld => "too_old",
        }
    }
}

impl RescueRecord {
    /// Whether a missing entry may still appear.
    pub fn may_still_be_listed(&self, now: i64) -> bool {
        now < self.at.saturating_add(NOT_LISTED_MS)
    }
}

/// Sorts records. A cause is quiet if none of *these* records is younger than the quiet time, so
/// pass all known records.
pub fn triage(records: &[RescueRecord], conditions: &RescueConditions) -> Vec<RescueStep> {
    let cause = |record: &RescueRecord| (record.domain.clone(), record.fault.clone());
    let mut latest: BTreeMap<_, i64> = BTreeMap::new();
    for record in records {
        let at = latest.entry(cause(record)).or_insert(record.at);
        *at = record.at.max(*at);
    }
    let one = |record: &RescueRecord| {
        let decisions = &conditions.decisions;
        let address = record.address.expose();
        let quiet_at = latest
            .get(&cause(record))
            .copied()
            .max(conditions.newest_unread)
            .map_or(record.at, |at| at.saturating_add(conditions.quiet_ms));
        let is_paused =
            record.configuration_set.as_ref().is_some_and(|s| conditions.paused_sets.contains(s));
        let too_old = record.at.saturating_add(conditions.quiet_ms).saturating_add(TOO_OLD_MS);
        if record.message_id.is_none() {
            RescueStep::Drop(DropReason::NoMail)
        } else if decisions.suppressed.contains(address) {
            RescueStep::Drop(DropReason::SuppressedMeanwhile)
        } else if decisions.is_begun(record) {
            // A run ended in the middle: finish what it began.
            RescueStep::Due
        } else if decisions.rescued.contains_key(address) {
            RescueStep::Drop(DropReason::RescuedBefore)
        } else if conditions.now < quiet_at {
            RescueStep::Wait(WaitReason::CauseNotQuiet)
        } else if is_paused {
            RescueStep::Wait(WaitReason::Paused)
        } else if conditions.now > too_old.max(quiet_at.saturating_add(TOO_OLD_MS)) {
            RescueStep::Drop(DropReason::TooOld)
        } else {
            RescueStep::Due
        }
    };
    records.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::record;
    use super::*;

    const DAY: i64 = 24 * HOUR_MS;

    #[test]
    fn the_table_of_steps() {
        let now = 100 * DAY;
        let mut decisions = OtherDecisions::default();
        decisions.suppressed("dead@example.net");
        let rescued = |address: &str, message: &str, days: i64| RescueRecord {
            removed_at: Some(now - days * DAY),
            ..record(address, message, now - days * DAY)
        };
        decisions.rescued(&rescued("twice@example.net", "m-0", 29), now);
        decisions.rescued(&rescued("long-ago@example.net", "m-0", 31), now);
        decisions.rescued(&rescued("begun@example.net", "m-1", 0), now);
        assert_eq!(decisions.rescued_today(), 1);
        let paused_sets = BTreeSet::from(["marketing".to_owned()]);
        let conditions =
            RescueConditions { now, quiet_ms: DAY, newest_unread: None, paused_sets, decisions };
        let quiet = |address: &str| record(address, "m-1", now - DAY);
        let set = |name: &str| RescueRecord {
            configuration_set: Some(name.into()),
            ..quiet("set@example.net")
        };
        let other = RescueRecord { fault: "policy".into(), ..record("x@example.net", "m", now) };
        for (one, expected) in [
            (quiet("jane@example.net"), RescueStep::Due),
            (quiet("long-ago@example.net"), RescueStep::Due),
            (quiet("begun@example.net"), RescueStep::Due),
            (quiet("dead@example.net"), RescueStep::Drop(DropReason::SuppressedMeanwhile)),
            (quiet("twice@example.net"), RescueStep::Drop(DropReason::RescuedBefore)),
            (set("marketing"), RescueStep::Wait(WaitReason::Paused)),
            (set("letters"), RescueStep::Due),
            (
                RescueRecord { message_id: None, ..quiet("jane@example.net") },
                RescueStep::Drop(DropReason::NoMail),
            ),
            (
                record("jane@example.net", "m-1", now - 4 * DAY),
                RescueStep::Drop(DropReason::TooOld),
            ),
            (
                record("jane@example.net", "m-1", now - DAY + 1),
                RescueStep::Wait(WaitReason::CauseNotQuiet),
            ),
        ] {
            let steps = triage(&[one.clone(), other.clone()], &conditions);
            assert_eq!(steps, [expected, RescueStep::Wait(WaitReason::CauseNotQuiet)], "{one:?}");
        }
    }

    #[test]
    fn a_new_bounce_of_the_class_makes_the_older_ones_wait() {
        let conditions =
            RescueConditions { now: 100 * DAY, quiet_ms: DAY, ..RescueConditions::default() };
        let old = record("a@example.net", "m-1", 98 * DAY);
        let new = record("b@example.net", "m-2", 99 * DAY + 1);
        let wait = RescueStep::Wait(WaitReason::CauseNotQuiet);
        assert_eq!(triage(&[old.clone(), new.clone()], &conditions), [wait, wait]);
        let elsewhere = RescueRecord { domain: Some("example.org".into()), ..new };
        assert_eq!(triage(&[old.clone(), elsewhere], &conditions), [RescueStep::Due, wait]);
        let conditions = RescueConditions { newest_unread: Some(99 * DAY + 1), ..conditions };
        assert_eq!(triage(&[old], &conditions), [wait]);
    }
}
