//! Building JSON objects member by member.

use serde::Serialize;
use serde_json::{Value, json};

/// Sets a member of an object; other values stay as they are.
pub(crate) fn put_member(object: &mut Value, name: &str, value: impl Serialize) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), json!(value));
    }
}
