//! Which of the alarms that are in ALARM together are one incident, and in which order guard decides.

use std::collections::BTreeSet;

/// What one alarm brings with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// It leads to a pause.
    pub pauses: bool,
    /// See [`super::rank`].
    pub rank: u8,
    /// What it watches and what it would pause, in words that two alarms share where
    /// they concern the same. Empty: an incident of its own.
    pub targets: Vec<String>,
}

/// When guard decides about an alarm, earliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// It is about the account: it weighs most and takes the fewest calls.
    Account,
    /// Any other, by [`super::rank`].
    Ranked(u8),
    /// The operators were notified; only decided about again.
    Again,
}

/// The places of alarms in the order in which guard decides about them.
///
/// An invocation may not get to the end. So that the same alarms are not left out each time,
/// those that are decided about again begin at another one in each `round`.
pub fn in_turn(priorities: &[Priority], round: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..priorities.len()).collect();
    places.sort_by_key(|place| priorities.get(*place));
    let first_again = priorities.iter().filter(|one| **one != Priority::Again).count();
    let mut again = places.split_off(first_again);
    if let Some(offset) = round.checked_rem(again.len()) {
        again.rotate_left(offset);
    }
    places.append(&mut again);
    places
}

/// Puts alarms that concern the same together: their places, the leader of each
/// incident first, and the incident with the least rank first.
pub fn group(concerns: &[Concern]) -> Vec<Vec<usize>> {
    let mut incidents: Vec<(BTreeSet<&str>, Vec<usize>)> = Vec::new();
    for (place, concern) in concerns.iter().enumerate() {
        let targets = concern.targets.iter().map(String::as_str).collect();
        let mut joined = (targets, vec![place]);
        // What it shares with several makes them one.
        incidents.retain_mut(|(targets, places)| {
            let apart = targets.is_disjoint(&joined.0);
            if !apart {
                joined.0.append(targets);
                joined.1.append(places);
            }
            apart
        });
        incidents.push(joined);
    }
    let order = |place: &usize| concerns.get(*place).map(|c| (!c.pauses, c.rank, *place));
    let mut groups: Vec<Vec<usize>> = incidents.into_iter().map(|(_, places)| places).collect();
    groups.iter_mut().for_each(|places| places.sort_by_key(order));
    groups.sort_by_key(|places| {
        let least = places.iter().filter_map(|p| concerns.get(*p)).map(|c| c.rank).min();
        (least, places.first().copied())
    });
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concern(rank: u8, targets: &[&str]) -> Concern {
        let targets = targets.iter().map(|t| (*t).to_owned()).collect();
        Concern { pauses: rank < 2, rank, targets }
    }

    #[test]
    fn alarms_that_share_a_target_are_one_incident() {
        let alarms = [
            concern(2, &["set a"]),
            concern(1, &["account"]),
            concern(0, &["domain x", "set a", "set b"]),
            concern(0, &["set b"]),
            concern(3, &[]),
            concern(3, &[]),
        ];
        assert_eq!(group(&alarms), [vec![2, 3, 0], vec![1], vec![4], vec![5]]);
        assert_eq!(group(&[]), [[0_usize; 0]; 0]);
    }

    #[test]
    fn the_account_comes_first_and_what_operators_know_last_in_turns() {
        use Priority::{Account, Again, Ranked};
        let priorities = [Again, Ranked(2), Again, Account, Ranked(0), Again, Ranked(0)];
        for (round, again) in
            [(0, [0, 2, 5]), (1, [2, 5, 0]), (2, [5, 0, 2]), (3, [0, 2, 5]), (100, [2, 5, 0])]
        {
            assert_eq!(in_turn(&priorities, round), [vec![3, 4, 6, 1], again.to_vec()].concat());
        }
        assert_eq!(in_turn(&[Ranked(1)], 7), [0]);
        assert_eq!(in_turn(&[], 7), [0; 0]);
    }

    #[test]
    fn one_alarm_can_make_two_incidents_one() {
        let alarms =
            [concern(0, &["set a"]), concern(0, &["set b"]), concern(0, &["set b", "set a"])];
        assert_eq!(group(&alarms), [vec![0, 1, 2]]);
    }

    #[test]
    fn the_alarm_that_pauses_leads() {
        let warns = Concern { pauses: false, ..concern(0, &["set a"]) };
        assert_eq!(group(&[warns, concern(1, &["set a"])]), [[1, 0]]);
    }
}
