//! What guard writes on an alarm about its own doing: tags are its only memory.
//!
//! A tag's value holds at most 256 characters, so a long list of configuration sets
//! goes on in `<key>-2`, `<key>-3` and so on; each part begins with its episode, so
//! that a part left by an earlier episode is no part of this one.

use std::collections::BTreeMap;

use super::{TAG_HANDLED, TAG_NOTIFIED};

/// Tag: the episode of the notice that is about to go out. Found again, it says that it may
/// have gone out before.
pub const TAG_NOTIFYING: &str = "ses-warden:telling";
/// Tag: what is about to be paused.
pub const TAG_PAUSING: &str = "ses-warden:pausing";
/// Tag: what was paused, and when.
pub const TAG_PAUSED: &str = "ses-warden:paused";
/// Tag: the episode whose pause guard is about to end.
pub const TAG_RESUMING: &str = "ses-warden:lifting";
/// Tag: the episode whose pause is over, or was ended by somebody else.
pub const TAG_ENDED: &str = "ses-warden:ended";

/// A short stand-in for an alarm's name, which may be as long as a tag's value and
/// hold what a tag cannot: 64 bits of FNV-1a in hex.
pub fn name_hash(name: &str) -> String {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", name.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

const MAX_VALUE: usize = 256;
/// Of the 50 tags that an alarm may have.
const MAX_PARTS: usize = 10;

/// What is paused.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// What a tag recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseRecord {
    /// The episode of the alarm.
    pub episode: String,
    /// When, as ISO 8601.
    pub at: String,
    /// What.
    pub target: Target,
}

impl PauseRecord {
    /// The tags that say so. Sets that find no room are left out, as if a person had
    /// paused them.
    pub fn tags(&self, key: &str) -> Vec<(String, String)> {
        let head = |kind: &str| format!("{} {} {kind}", self.episode, self.at);
        let values = match &self.target {
            Target::Account => vec![head("account")],
            Target::Tenant(arn) => vec![format!("{} {arn}", head("tenant"))],
            Target::Sets(sets) => {
                let mut values: Vec<String> = Vec::new();
                for set in sets {
                    match values.last_mut() {
                        Some(last) if last.len() + 1 + set.len() <= MAX_VALUE => {
                            last.push('+');
                            last.push_str(set);
                        }
                        Some(_) | None => values.push(format!("{} {set}", head("sets"))),
                    }
                }
                values
            }
        };
        let name = |n: usize| if n == 0 { key.to_owned() } else { format!("{key}-{}", n + 1) };
        values.into_iter().take(MAX_PARTS).enumerate().map(|(n, value)| (name(n), value)).collect()
    }

    /// Reads them back: `None` where there are none, or none that can be read.
    pub fn read(tags: &BTreeMap<String, String>, key: &str) -> Option<Self> {
        let mut record = part(tags.get(key)?)?;
        for n in 2..=MAX_PARTS {
            let Some(more) = tags.get(&format!("{key}-{n}")).and_then(|value| part(value)) else {
                break;
            };
            if (&more.episode, &more.at) != (&record.episode, &record.at) {
                break;
            }
            if let (Target::Sets(sets), Target::Sets(further)) = (&mut record.target, more.target) {
                sets.extend(further);
            }
        }
        Some(record)
    }

    /// The same, where it speaks of this episode.
    pub fn of_episode(tags: &BTreeMap<String, String>, key: &str, episode: &str) -> Option<Self> {
        Self::read(tags, key).filter(|record| record.episode == episode)
    }
}

/// The episode in which a pause was begun and that is not handled, by the tags: what was
/// paused in it may have had no notice yet, even where the alarm has left ALARM since.
pub fn unfinished(tags: &BTreeMap<String, String>) -> Option<String> {
    let begun = PauseRecord::read(tags, TAG_PAUSING)?;
    (tags.get(TAG_HANDLED) != Some(&begun.episode)).then_some(begun.episode)
}

/// The codes of the notices of this episode after which guard decides again, by
/// [`super::TAG_NOTIFIED`].
pub fn notified_open<'t>(tags: &'t BTreeMap<String, String>, episode: &str) -> Vec<&'t str> {
    match tags.get(TAG_NOTIFIED).and_then(|value| value.split_once(' ')) {
        Some((of, codes)) if of == episode => codes.split('+').collect(),
        Some(_) | None => Vec::new(),
    }
}

/// The value of that tag once there was a notice with `code`, too.
pub fn notified_open_value(tags: &BTreeMap<String, String>, episode: &str, code: &str) -> String {
    let mut codes = notified_open(tags, episode);
    if !codes.contains(&code) {
        codes.push(code);
    }
    format!("{episode} {}", codes.join("+"))
}

fn part(value: &str) -> Option<PauseRecord> {
    let mut words = value.split(' ');
    let (episode, at, kind) = (words.next()?, words.next()?, words.next()?);
    let target = match (kind, words.next()) {
        ("account", None) => Target::Account,
        ("tenant", Some(arn)) => Target::Tenant(arn.to_owned()),
        ("sets", Some(sets)) => Target::Sets(sets.split('+').map(str::to_owned).collect()),
        _ => return None,
    };
    Some(PauseRecord { episode: episode.to_owned(), at: at.to_owned(), target })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(target: Target) -> PauseRecord {
        PauseRecord {
            episode: "2026-10-06T07:15:12.345Z".into(),
            at: "2026-10-06T07:15:20.000Z".into(),
            target,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let many: Vec<String> = (0..28).map(|n| format!("{n:0>64}")).collect();
        for target in [
            Target::Account,
            Target::Tenant("arn:aws:ses:eu-central-1:111122223333:tenant/shop/tn-1".into()),
            Target::Sets(vec!["marketing".into(), "a+b".split('+').collect()]),
            Target::Sets(many),
        ] {
            let record = record(target);
            let tags = record.tags(TAG_PAUSED);
            assert!(tags.iter().all(|(_, value)| value.len() <= MAX_VALUE));
            let tags: BTreeMap<String, String> = tags.into_iter().collect();
            assert_eq!(PauseRecord::read(&tags, TAG_PAUSED).as_ref(), Some(&record));
            assert_eq!(PauseRecord::of_episode(&tags, TAG_PAUSED, "another"), None);
            assert_eq!(PauseRecord::read(&tags, TAG_PAUSING), None);
        }
    }

    #[test]
    fn a_part_of_an_earlier_episode_is_no_part_of_this_one() {
        let many: Vec<String> = (0..9).map(|n| format!("{n:0>64}")).collect();
        let mut tags: BTreeMap<String, String> =
            record(Target::Sets(many)).tags(TAG_PAUSED).into_iter().collect();
        let now =
            PauseRecord { episode: "later".into(), ..record(Target::Sets(vec!["one".into()])) };
        tags.extend(now.tags(TAG_PAUSED));
        assert_eq!(PauseRecord::read(&tags, TAG_PAUSED), Some(now));
    }

    #[test]
    fn a_part_of_another_time_is_no_part_of_this_record() {
        let many: Vec<String> = (0..9).map(|n| format!("{n:0>64}")).collect();
        let mut tags: BTreeMap<String, String> =
            record(Target::Sets(many)).tags(TAG_PAUSED).into_iter().collect();
        let again = PauseRecord { at: "later".into(), ..record(Target::Sets(vec!["one".into()])) };
        tags.extend(again.tags(TAG_PAUSED));
        assert_eq!(PauseRecord::read(&tags, TAG_PAUSED), Some(again));
    }

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
    fn what_was_begun_is_unfinished_until_its_episode_is_handled() {
        let mut tags: BTreeMap<String, String> =
            record(Target::Account).tags(TAG_PAUSING).into_iter().collect();
        let episode = record(Target::Account).episode;
        assert_eq!(unfinished(&tags).as_ref(), Some(&episode));
        tags.insert(TAG_HANDLED.into(), "an earlier one".into());
        assert_eq!(unfinished(&tags).as_ref(), Some(&episode));
        tags.insert(TAG_HANDLED.into(), episode);
        assert_eq!((unfinished(&tags), unfinished(&BTreeMap::new())), (None, None));
    }

    #[test]
    fn what_was_told_and_is_judged_again_belongs_to_its_episode() {
        let mut tags = BTreeMap::new();
        for (code, value) in
            [("not_proven", "e not_proven"), ("protected", "e not_proven+protected")]
        {
            tags.insert(TAG_NOTIFIED.to_owned(), notified_open_value(&tags, "e", code));
            assert_eq!(tags[TAG_NOTIFIED], value);
        }
        assert_eq!(notified_open_value(&tags, "e", "protected"), "e not_proven+protected");
        assert_eq!(notified_open(&tags, "e"), ["not_proven", "protected"]);
        assert_eq!(notified_open(&tags, "f"), [""; 0]);
        assert_eq!(notified_open_value(&tags, "f", "not_proven"), "f not_proven");
    }

    #[test]
    fn marks_are_fnv_1a() {
        // Vectors of draft-eastlake-fnv.
        for (name, wanted) in
            [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")]
        {
            assert_eq!(name_hash(name), wanted);
        }
    }

    #[test]
    fn what_others_wrote_is_nothing() {
        for value in ["", "account", "e t", "e t galaxy x", "e t account x", "e t sets"] {
            let tags = BTreeMap::from([(TAG_PAUSED.to_owned(), value.to_owned())]);
            assert_eq!(PauseRecord::read(&tags, TAG_PAUSED), None, "{value:?}");
        }
    }
}
