//! Which of the alarms that are in ALARM together are one incident.

use std::collections::BTreeSet;

/// What one alarm brings with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// A notice that lists it may have gone out already.
    pub telling: Telling,
    /// guard began to pause something for it, in this episode.
    pub begun: bool,
    /// It leads to a pause.
    pub pauses: bool,
    /// See [`super::rank`].
    pub rank: u8,
    /// What it watches and what it would pause, in words that two alarms share where
    /// they concern the same. Empty: an incident of its own.
    pub targets: Vec<String>,
}

/// Whether a notice that lists an alarm may have gone out already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Telling {
    /// Under its own id.
    Leading,
    /// Under the id of another alarm.
    Following,
    /// Not yet.
    No,
}

/// Puts alarms that concern the same together: their places, the leader of each
/// incident first, and the incident with the least rank first.
///
/// What may have been told already stays apart from what was not: a notice that is
/// repeated has the id of the first one, under which no further alarm may hide.
pub fn group(concerns: &[Concern]) -> Vec<Vec<usize>> {
    let mut incidents: Vec<(bool, BTreeSet<&str>, Vec<usize>)> = Vec::new();
    for (place, concern) in concerns.iter().enumerate() {
        let told = concern.telling != Telling::No;
        let mut joined = (told, concern.targets.iter().map(String::as_str).collect::<BTreeSet<_>>(), vec![place]);
        // What it shares with several makes them one.
        incidents.retain_mut(|(other_told, targets, places)| {
            let apart = *other_told != told || targets.is_disjoint(&joined.1);
            if !apart {
                joined.1.append(targets);
                joined.2.append(places);
            }
            apart
        });
        incidents.push(joined);
    }
    let order = |place: &usize| concerns.get(*place).map(|c| (c.telling, !c.begun, !c.pauses, c.rank, *place));
    let mut groups: Vec<Vec<usize>> = incidents.into_iter().map(|(_, _, places)| places).collect();
    groups.iter_mut().for_each(|places| places.sort_by_key(order));
    groups.sort_by_key(|places| {
        let least = |of: fn(&Concern) -> u8| places.iter().filter_map(|p| concerns.get(*p)).map(of).min();
        (least(|c| c.rank), places.first().copied())
    });
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concern(rank: u8, targets: &[&str]) -> Concern {
        let targets = targets.iter().map(|t| (*t).to_owned()).collect();
        Concern { telling: Telling::No, begun: false, pauses: rank < 2, rank, targets }
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
    fn one_alarm_can_make_two_incidents_one() {
        let alarms = [concern(0, &["set a"]), concern(0, &["set b"]), concern(0, &["set b", "set a"])];
        assert_eq!(group(&alarms), [vec![0, 1, 2]]);
    }

    #[test]
    fn what_may_have_been_told_keeps_its_leader_and_takes_no_other_in() {
        let told = |telling| Concern { telling, ..concern(0, &["set a"]) };
        let alarms = [concern(0, &["set a"]), told(Telling::Following), told(Telling::Leading)];
        assert_eq!(group(&alarms), [vec![0], vec![2, 1]]);
    }

    #[test]
    fn the_alarm_for_which_a_pause_began_leads() {
        let alarms = [concern(0, &["set a"]), Concern { begun: true, ..concern(1, &["set a"]) }];
        assert_eq!(group(&alarms), [[1, 0]]);
    }
}
