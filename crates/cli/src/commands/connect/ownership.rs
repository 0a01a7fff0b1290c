//! Tags on configuration sets and identities that record what `connect` created.
//!
//! `remove` deletes only what these tags record. `apply` writes a tag before it creates the thing,
//! so that a killed run leaves nothing without a record.

use std::collections::BTreeMap;
use std::fmt;

/// Prefix of every key; the stack's name follows.
const KEY: &str = "ses-warden:connect/";
const DESTINATION: &str = "destination";
const REPUTATION_METRICS: &str = "reputation-metrics";
const DEFAULT_SET: &str = "default-set";

/// Returns the tag key of one stack.
pub fn key(stack: &str) -> String {
    format!("{KEY}{stack}")
}

/// Whether another stack is connected to the resource with these tags.
pub fn is_shared(tags: &BTreeMap<String, String>, own_key: &str) -> bool {
    tags.keys().any(|key| key.starts_with(KEY) && key != own_key)
}

/// What `connect` created at a configuration set: any of the words `destination`,
/// `reputation-metrics` and `default-set`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SetTag {
    /// The event destination.
    pub destination: bool,
    /// The reputation metrics were off and were switched on.
    pub reputation_metrics: bool,
    /// The set was made the default of an identity, whose own tag says more.
    pub default_set: bool,
}

impl SetTag {
    /// Reads the tags of a set; `None` if it has no tag with this key. Ignores unknown words.
    pub fn read(tags: &BTreeMap<String, String>, key: &str) -> Option<Self> {
        let value = tags.get(key)?;
        let has = |word: &str| value.split(' ').any(|one| one == word);
        Some(Self {
            destination: has(DESTINATION),
            reputation_metrics: has(REPUTATION_METRICS),
            default_set: has(DEFAULT_SET),
        })
    }

    /// Returns what either of the two owns.
    pub fn and(self, other: Self) -> Self {
        Self {
            destination: self.destination || other.destination,
            reputation_metrics: self.reputation_metrics || other.reputation_metrics,
            default_set: self.default_set || other.default_set,
        }
    }
}

/// The value of the tag.
impl fmt::Display for SetTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.destination, DESTINATION),
            (self.reputation_metrics, REPUTATION_METRICS),
            (self.default_set, DEFAULT_SET),
        ];
        let words: Vec<&str> = words.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
        f.write_str(&words.join(" "))
    }
}

/// What `connect` set at an identity: `set=NEW was=OLD`; an empty OLD means none. A set's name
/// contains neither `=` nor a blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultSetTag {
    /// The new default set.
    pub set: String,
    /// The previous default set.
    pub was: Option<String>,
}

impl DefaultSetTag {
    /// Reads the tags of an identity; `None` if it has no tag with this key, or the value has
    /// another form.
    pub fn read(tags: &BTreeMap<String, String>, key: &str) -> Option<Self> {
        let (set, was) = tags.get(key)?.split_once(' ')?;
        let (set, was) = (set.strip_prefix("set=")?, was.strip_prefix("was=")?);
        let was = Some(was.to_owned()).filter(|was| !was.is_empty());
        (!set.is_empty()).then(|| Self { set: set.to_owned(), was })
    }
}

/// The value of the tag.
impl fmt::Display for DefaultSetTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "set={} was={}", self.set, self.was.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(value: &str) -> BTreeMap<String, String> {
        [(key("mail"), value.to_owned())].into()
    }

    #[test]
    fn what_was_made_at_a_set_is_read_as_it_was_written() {
        for bits in 0..8_u8 {
            let made = SetTag {
                destination: bits & 1 > 0,
                reputation_metrics: bits & 2 > 0,
                default_set: bits & 4 > 0,
            };
            assert_eq!(SetTag::read(&tags(&made.to_string()), &key("mail")), Some(made));
        }
        assert_eq!(SetTag::read(&tags("destination"), &key("post")), None);
        let odd = SetTag::read(&tags("destinations x  default-set"), &key("mail")).unwrap();
        assert_eq!(odd, SetTag { default_set: true, ..SetTag::default() });
    }

    #[test]
    fn a_default_set_is_read_with_the_one_before_it() {
        for was in [None, Some("none".to_owned()), Some("was".to_owned())] {
            let made = DefaultSetTag { set: "news".to_owned(), was };
            assert_eq!(DefaultSetTag::read(&tags(&made.to_string()), &key("mail")), Some(made));
        }
        for odd in ["", "set=news", "set= was=", "news old", "was=a set=b"] {
            assert_eq!(DefaultSetTag::read(&tags(odd), &key("mail")), None, "{odd}");
        }
    }

    #[test]
    fn another_stacks_tag_is_not_our_own() {
        assert!(!is_shared(&tags("destination"), &key("mail")));
        assert!(is_shared(&tags("destination"), &key("post")));
        assert!(!is_shared(&[("team".to_owned(), "mail".to_owned())].into(), &key("mail")));
    }
}
