//! Default configuration sets of identities: what has to be done, a pure comparison.

use warden_aws::operator::DefaultSetState;

use super::ownership::DefaultSetTag;

/// What `--default-set IDENTITY=SET` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedDefault {
    /// The identity.
    pub identity: String,
    /// Its default set.
    pub set: String,
}

/// What happens with the default set of an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultStep {
    /// It is put.
    Put {
        /// The set that is the default now.
        old: Option<String>,
        /// What the tag says: the new one, and the one before us.
        made: DefaultSetTag,
    },
    /// It is as it should be.
    Keep {
        /// The default set.
        set: String,
    },
    /// It is ours and goes back to what it was.
    Remove {
        /// The default set.
        set: String,
        /// What it was, and is again.
        was: Option<String>,
        /// What a person should know.
        remark: Option<String>,
    },
    /// It stays as it is; only our tag goes.
    Leave {
        /// The default set.
        set: Option<String>,
        /// Why.
        why: &'static str,
    },
}

/// Returns what happens where the default set is asked for.
pub fn default_step(state: &DefaultSetState, wanted: &WantedDefault, key: &str) -> DefaultStep {
    if state.default_set.as_ref() == Some(&wanted.set) {
        return DefaultStep::Keep { set: wanted.set.clone() };
    }
    let earlier = DefaultSetTag::read(&state.tags, key);
    // Ours over ours: what was there before the first of them is what comes back.
    let was = match earlier {
        Some(earlier) if state.default_set.as_ref() == Some(&earlier.set) => earlier.was,
        _ => state.default_set.clone(),
    };
    let made = DefaultSetTag { set: wanted.set.clone(), was };
    DefaultStep::Put { old: state.default_set.clone(), made }
}

/// Returns what happens where an identity is disconnected; `None` where it has no tag of ours.
/// `exists` says whether there is such a set.
pub fn default_removal(
    state: &DefaultSetState,
    key: &str,
    exists: impl Fn(&str) -> bool,
) -> Option<DefaultStep> {
    let made = DefaultSetTag::read(&state.tags, key)?;
    if state.default_set.as_ref() != Some(&made.set) {
        let set = state.default_set.clone();
        return Some(DefaultStep::Leave {
            set,
            why: "it is not the one that connect put; it stays as it is",
        });
    }
    let was = made.was.as_ref().filter(|set| exists(set)).cloned();
    let remark = made
        .was
        .filter(|_| was.is_none())
        .map(|set| format!("its former default set {set} no longer exists"));
    Some(DefaultStep::Remove { set: made.set, was, remark })
}

#[cfg(test)]
mod tests {
    use super::super::ownership::key;
    use super::*;

    fn state(default_set: Option<&str>, tag: Option<&str>) -> DefaultSetState {
        DefaultSetState {
            identity: "example.com".to_owned(),
            default_set: default_set.map(str::to_owned),
            tags: tag.map(|value| (key("mail"), value.to_owned())).into_iter().collect(),
        }
    }

    #[test]
    fn what_comes_back_is_what_was_there_before_us() {
        let wanted = WantedDefault { identity: "example.com".to_owned(), set: "news".to_owned() };
        for (current, tag, expected) in [
            (None, None, Some("set=news was=")),
            (Some("old"), None, Some("set=news was=old")),
            (Some("news"), None, None),
            (Some("news"), Some("set=news was=old"), None),
            // Killed after the tag.
            (Some("old"), Some("set=news was=old"), Some("set=news was=old")),
            // Ours over ours.
            (Some("first"), Some("set=first was=old"), Some("set=news was=old")),
            // Somebody changed it meanwhile.
            (Some("other"), Some("set=first was=old"), Some("set=news was=other")),
        ] {
            let step = default_step(&state(current, tag), &wanted, &key("mail"));
            let put = if let DefaultStep::Put { made, old } = step {
                assert_eq!(old.as_deref(), current);
                Some(made.to_string())
            } else {
                assert_eq!(step, DefaultStep::Keep { set: "news".to_owned() });
                None
            };
            assert_eq!(put.as_deref(), expected, "{current:?} {tag:?}");
        }
    }

    #[test]
    fn only_our_own_default_set_is_taken_back() {
        let removal = |current, tag| {
            default_removal(&state(current, tag), &key("mail"), |set| set != "deleted")
        };
        assert_eq!(removal(Some("news"), None), None);
        let removed = |was: Option<&str>, remark: Option<&str>| {
            let (was, remark) = (was.map(str::to_owned), remark.map(str::to_owned));
            Some(DefaultStep::Remove { set: "news".to_owned(), was, remark })
        };
        assert_eq!(removal(Some("news"), Some("set=news was=")), removed(None, None));
        assert_eq!(removal(Some("news"), Some("set=news was=old")), removed(Some("old"), None));
        assert_eq!(
            removal(Some("news"), Some("set=news was=deleted")),
            removed(None, Some("its former default set deleted no longer exists"))
        );
        for current in [None, Some("other")] {
            let left = removal(current, Some("set=news was=old"));
            assert!(matches!(left, Some(DefaultStep::Leave { .. })), "{left:?}");
        }
    }
}
