//! Which of the alarms that are in ALARM together are one incident.

use std::collections::BTreeSet;

/// What one alarm brings with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// [`super::record::name_hash`] of its name.
    pub name_hash: String,
    /// A notice that lists it may have gone out already.
    pub notification: Notification,
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notification {
    /// Under its own id.
    Leading,
    /// Under the id of the alarm of this [`super::record::name_hash`].
    Following(String),
    /// Not yet.
    No,
}

const FOLLOWING: &str = "following";

impl Notification {
    /// The value of [`super::record::TAG_NOTIFYING`]: the episode, a word for the
    /// notice, and the leader where it is another alarm.
    pub fn tag(&self, episode: &str, word: &str) -> String {
        match self {
            Self::Following(leader) => format!("{episode} {word} {FOLLOWING} {leader}"),
            Self::Leading | Self::No => format!("{episode} {word}"),
        }
    }

    /// Reads it back: `No` where it speaks of another episode or of another thing.
    pub fn read(tag: Option<&str>, episode: &str, word: &str) -> Self {
        let words: Vec<&str> = tag.unwrap_or_default().split(' ').collect();
        match words.as_slice() {
            [e, w, more @ ..] if (*e, *w) == (episode, word) => match more {
                [f, leader] if *f == FOLLOWING => Self::Following((*leader).to_owned()),
                _ => Self::Leading,
            },
            _ => Self::No,
        }
    }
}

/// When guard decides about an alarm, earliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// An earlier invocation began with it: finished whatever the time, together with all that
    /// belongs to it.
    Begun,
    /// It is about the account: it weighs most and takes the fewest calls.
    Account,
    /// Any other, by [`super::rank`].
    Ranked(u8),
    /// Told as not proven; only judged again.
    Again,
}

/// The places of alarms in the order of their turns.
///
/// An invocation may not get to the end. So that the same alarms are not left out each time,
/// those that are judged again begin at another one in each `round`.
pub fn in_turn(turns: &[Priority], round: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..turns.len()).collect();
    places.sort_by_key(|place| turns.get(*place));
    let first_again = turns.iter().filter(|turn| **turn != Priority::Again).count();
    let mut again = places.split_off(first_again);
    if let Some(offset) = round.checked_rem(again.len()) {
        again.rotate_left(offset);
    }
    places.append(&mut again);
    places
}

/// Puts alarms that concern the same together: their places, the leader of each
/// incident first, and the incident with the least rank first.
///
/// Alarms that a notice may have listed already stay apart from the others: a notice that is
/// repeated has the id of the first one, under which no further alarm may hide. An
/// alarm that was to be listed under another's id goes where that one goes.
pub fn group(concerns: &[Concern]) -> Vec<Vec<usize>> {
    let notification = |concern: &Concern| match &concern.notification {
        // Its leader's tag comes last: without that, nothing has gone out.
        Notification::Following(leader)
            if concerns.iter().any(|other| {
                other.name_hash == *leader && other.notification == Notification::No
            }) =>
        {
            Notification::No
        }
        Notification::Leading | Notification::Following(_) | Notification::No => {
            concern.notification.clone()
        }
    };
    let mut incidents: Vec<(bool, BTreeSet<String>, Vec<usize>)> = Vec::new();
    for (place, concern) in concerns.iter().enumerate() {
        let told = notification(concern) != Notification::No;
        let alarms = std::iter::once(&concern.name_hash).chain(match &concern.notification {
            Notification::Following(leader) => Some(leader),
            Notification::Leading | Notification::No => None,
        });
        let targets = concern
            .targets
            .iter()
            .cloned()
            .chain(alarms.map(|hash| format!("alarm {hash}")))
            .collect();
        let mut joined = (told, targets, vec![place]);
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
    let order = |place: &usize| {
        concerns.get(*place).map(|c| (notification(c), !c.begun, !c.pauses, c.rank, *place))
    };
    let mut groups: Vec<Vec<usize>> = incidents.into_iter().map(|(_, _, places)| places).collect();
    groups.iter_mut().for_each(|places| places.sort_by_key(order));
    groups.sort_by_key(|places| {
        let least =
            |of: fn(&Concern) -> u8| places.iter().filter_map(|p| concerns.get(*p)).map(of).min();
        (least(|c| c.rank), places.first().copied())
    });
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concern(rank: u8, targets: &[&str]) -> Concern {
        let targets = targets.iter().map(|t| (*t).to_owned()).collect();
        Concern {
            name_hash: String::new(),
            notification: Notification::No,
            begun: false,
            pauses: rank < 2,
            rank,
            targets,
        }
    }

    /// Of alarms with marks 0, 1, 2 and so on.
    fn group(concerns: &[Concern]) -> Vec<Vec<usize>> {
        let marked = |(n, c): (usize, &Concern)| Concern { name_hash: n.to_string(), ..c.clone() };
        super::group(&concerns.iter().enumerate().map(marked).collect::<Vec<_>>())
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
    fn what_was_begun_comes_first_and_what_was_told_last_in_turns() {
        use Priority::{Account, Again, Begun, Ranked};
        let turns = [Again, Ranked(2), Again, Account, Ranked(0), Begun, Again, Ranked(0)];
        for (round, again) in
            [(0, [0, 2, 6]), (1, [2, 6, 0]), (2, [6, 0, 2]), (3, [0, 2, 6]), (100, [2, 6, 0])]
        {
            assert_eq!(in_turn(&turns, round), [vec![5, 3, 4, 7, 1], again.to_vec()].concat());
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
    fn what_may_have_been_told_keeps_its_leader_and_takes_no_other_in() {
        let told = |notification| Concern { notification, ..concern(0, &["set a"]) };
        let alarms = [
            concern(0, &["set a"]),
            told(Notification::Following("2".into())),
            told(Notification::Leading),
        ];
        assert_eq!(group(&alarms), [vec![0], vec![2, 1]]);
    }

    #[test]
    fn the_alarm_for_which_a_pause_began_leads() {
        let alarms = [concern(0, &["set a"]), Concern { begun: true, ..concern(1, &["set a"]) }];
        assert_eq!(group(&alarms), [[1, 0]]);
    }

    #[test]
    fn a_follower_goes_with_its_leader_whatever_it_concerns_by_now() {
        let follower = Concern {
            notification: Notification::Following("1".into()),
            ..concern(3, &["domain x"])
        };
        // Told together, and again together.
        let told = Concern { notification: Notification::Leading, ..concern(1, &["set a"]) };
        assert_eq!(group(&[follower.clone(), told, concern(0, &["set a"])]), [vec![2], vec![1, 0]]);
        // The leader's own tag is missing: nothing has gone out.
        assert_eq!(
            group(&[follower.clone(), concern(1, &["set a"]), concern(0, &["set a"])]),
            [vec![2, 1, 0]]
        );
        // The leader is gone.
        assert_eq!(group(&[follower]), [[0]]);
    }

    #[test]
    fn the_tag_says_which_episode_of_what_under_whose_id() {
        for notification in [Notification::Leading, Notification::Following("0123".into())] {
            let tag = notification.tag("2026-10-06T07:15:12.345Z", "incident");
            assert_eq!(
                Notification::read(Some(&tag), "2026-10-06T07:15:12.345Z", "incident"),
                notification
            );
            assert_eq!(
                Notification::read(Some(&tag), "2026-10-06T07:15:12.345Z", "not_proven"),
                Notification::No
            );
            assert_eq!(
                Notification::read(Some(&tag), "2026-10-07T07:15:12.345Z", "incident"),
                Notification::No
            );
        }
        assert_eq!(Notification::read(None, "", ""), Notification::No);
    }
}
