//! What guard pauses.

use serde::{Deserialize, Serialize};

use crate::journal::HistoryTarget;

/// What is paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The account in this Region.
    Account,
    /// These configuration sets.
    Sets(Vec<String>),
    /// The tenant of that ARN.
    Tenant(String),
}

impl Target {
    /// Words that say what is touched, the same for every alarm: two targets concern
    /// the same when they share one.
    pub fn keys(&self) -> Vec<String> {
        match self {
            Self::Account => vec!["account".to_owned()],
            Self::Sets(sets) => sets.iter().map(|set| format!("set {set}")).collect(),
            Self::Tenant(arn) => vec![format!("tenant {arn}")],
        }
    }

    /// How the history names a part, which has one set at most.
    pub fn of_history(&self) -> HistoryTarget {
        match self {
            Self::Account => HistoryTarget::Account,
            Self::Sets(sets) => HistoryTarget::ConfigurationSet(sets.concat()),
            Self::Tenant(arn) => HistoryTarget::Tenant(arn.clone()),
        }
    }

    /// What a switch of the history is; `None` for an address, which has none.
    pub fn from_history(target: &HistoryTarget) -> Option<Self> {
        match target {
            HistoryTarget::Account => Some(Self::Account),
            HistoryTarget::ConfigurationSet(name) => Some(Self::Sets(vec![name.clone()])),
            HistoryTarget::Tenant(arn) => Some(Self::Tenant(arn.clone())),
            HistoryTarget::Address(_) => None,
        }
    }

    /// Whether both touch the same.
    pub fn meets(&self, other: &Self) -> bool {
        let keys = other.keys();
        self.keys().iter().any(|key| keys.contains(key))
    }

    /// All of these, as far as one pause can be; `None` of none.
    pub fn all(targets: &[Self]) -> Option<Self> {
        targets.iter().cloned().reduce(|all, target| all.joined(&target))
    }

    /// One by one, as SES switches them.
    pub fn parts(&self) -> Vec<Self> {
        match self {
            Self::Account | Self::Tenant(_) => vec![self.clone()],
            Self::Sets(sets) => sets.iter().map(|set| Self::Sets(vec![set.clone()])).collect(),
        }
    }

    /// What of it is not in `done`; `None` where nothing is left.
    pub fn beyond(&self, done: &Self) -> Option<Self> {
        match (self, done) {
            (Self::Sets(all), Self::Sets(done)) => {
                let rest: Vec<String> =
                    all.iter().filter(|set| !done.contains(set)).cloned().collect();
                (!rest.is_empty()).then_some(Self::Sets(rest))
            }
            (all, done) => (all != done).then(|| all.clone()),
        }
    }

    /// Both, as far as one pause can be: the account is more than sets, and of what has
    /// nothing in common the first.
    pub fn joined(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Account, _) | (_, Self::Account) => Self::Account,
            (Self::Sets(sets), Self::Sets(more)) => {
                let further = more.iter().filter(|set| !sets.contains(set));
                Self::Sets(sets.iter().chain(further).cloned().collect())
            }
            (first, _) => first.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_added_and_taken_away() {
        let sets = |names: &[&str]| Target::Sets(names.iter().map(|n| (*n).to_owned()).collect());
        let tenant = Target::Tenant("arn".into());
        assert_eq!(sets(&["a", "b"]).beyond(&sets(&["b"])), Some(sets(&["a"])));
        assert_eq!(sets(&["a"]).beyond(&sets(&["b", "a"])), None);
        assert_eq!(Target::Account.beyond(&sets(&["a"])), Some(Target::Account));
        assert_eq!(
            (Target::Account.beyond(&Target::Account), tenant.beyond(&tenant)),
            (None, None)
        );
        assert_eq!(sets(&["a", "b"]).joined(&sets(&["c", "a"])), sets(&["a", "b", "c"]));
        assert_eq!(sets(&["a"]).joined(&Target::Account), Target::Account);
        assert_eq!(Target::Account.joined(&sets(&["a"])), Target::Account);
        assert_eq!(tenant.joined(&sets(&["a"])), tenant);
    }

    #[test]
    fn targets_meet_where_they_touch_the_same() {
        let sets = |names: &[&str]| Target::Sets(names.iter().map(|n| (*n).to_owned()).collect());
        assert!(
            sets(&["a", "b"]).meets(&sets(&["b", "c"])) && Target::Account.meets(&Target::Account)
        );
        assert!(!sets(&["a"]).meets(&sets(&["b"])) && !sets(&["a"]).meets(&Target::Account));
        assert_eq!(Target::all(&[sets(&["a"]), sets(&["b"])]), Some(sets(&["a", "b"])));
        assert_eq!(Target::all(&[]), None);
    }

    #[test]
    fn each_part_has_its_name_in_the_history() {
        let sets = Target::Sets(vec!["a".into(), "b".into()]);
        for target in [sets, Target::Account, Target::Tenant("arn".into())] {
            for part in target.parts() {
                assert_eq!(Target::from_history(&part.of_history()), Some(part));
            }
        }
    }
}
