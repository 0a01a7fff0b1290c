//! Tags of a resource.

use std::collections::BTreeMap;

use serde::ser::{Serialize, Serializer};
use serde::{Deserialize, Serialize as DeriveSerialize};

use crate::wire::WireError;

const MOST: usize = 50;

/// One tag, in the API's form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, DeriveSerialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// The tags of one resource; a key has one value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The tags of a new resource.
    ///
    /// # Errors
    ///
    /// As [`Tags::put`].
    pub(crate) fn new(tags: Vec<Tag>) -> Result<Self, WireError> {
        let mut own = Self::default();
        own.put(tags)?;
        Ok(own)
    }

    /// Adds tags; a key that is there gets the new value.
    ///
    /// # Errors
    ///
    /// BadRequestException for a key or a value that SES does not take, for a key that comes
    /// twice, and for more than 50 tags in all; nothing has changed then.
    pub(crate) fn put(&mut self, tags: Vec<Tag>) -> Result<(), WireError> {
        let count = tags.len();
        let mut new = BTreeMap::new();
        for Tag { key, value } in tags {
            if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
                return Err(WireError::bad_request(
                    "A tag's key has 1 to 128 characters and its value at most 256.",
                ));
            }
            if key.to_ascii_lowercase().starts_with("aws:") {
                return Err(WireError::bad_request("Tag keys that begin with aws: are reserved."));
            }
            new.insert(key, value);
        }
        if new.len() < count {
            return Err(WireError::bad_request("A tag key may be given once."));
        }
        let kept = self.0.keys().filter(|key| !new.contains_key(*key)).count();
        if kept + new.len() > MOST {
            return Err(WireError::bad_request(format!("A resource has at most {MOST} tags.")));
        }
        self.0.extend(new);
        Ok(())
    }

    /// Takes tags away; a key that is not there is no error.
    pub(crate) fn remove<'a>(&mut self, keys: impl Iterator<Item = &'a str>) {
        for key in keys {
            self.0.remove(key);
        }
    }
}

impl FromIterator<(String, String)> for Tags {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(tags: T) -> Self {
        Self(tags.into_iter().collect())
    }
}

impl Serialize for Tags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tags = self.0.iter();
        serializer
            .collect_seq(tags.map(|(key, value)| Tag { key: key.clone(), value: value.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(tags: &[(&str, &str)]) -> Vec<Tag> {
        let tags = tags.iter();
        tags.map(|(key, value)| Tag { key: (*key).to_owned(), value: (*value).to_owned() })
            .collect()
    }

    #[test]
    fn tags_are_added_replaced_and_taken_away() {
        let mut tags = Tags::new(read(&[("team", "mail"), ("stage", "test")])).unwrap();
        tags.put(read(&[("stage", "production")])).unwrap();
        tags.remove(["team", "absent"].into_iter());
        assert_eq!(json!(tags), json!([{"Key": "stage", "Value": "production"}]));
    }

    #[test]
    fn what_ses_does_not_take_changes_nothing() {
        let mut tags = Tags::default();
        let long = "x".repeat(129);
        for bad in [
            read(&[("", "")]),
            read(&[(&long, "")]),
            read(&[("aws:x", "")]),
            read(&[("a", "1"), ("a", "2")]),
        ] {
            assert_eq!(tags.put(bad).unwrap_err().code, "BadRequestException");
        }
        let many: Vec<(String, String)> = (0..51).map(|n| (n.to_string(), String::new())).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert!(tags.put(read(&many)).is_err());
        assert_eq!(json!(tags), json!([]));
    }
}
