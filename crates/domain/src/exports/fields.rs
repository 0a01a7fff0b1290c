//! One row of a file, whatever the form of the file.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;

/// A row of a file.
#[derive(Debug)]
pub(super) struct ExportRow<'a> {
    /// Where it is, from 1: the line at which it begins in a file of lines, its number in the
    /// file in a JSON document.
    pub(super) line: usize,
    pub(super) content: Content<'a>,
}

/// What a row holds.
#[derive(Debug)]
pub(super) enum Content<'a> {
    Fields(Fields<'a>),
    /// More cells than there are headings, so that nobody knows which is which.
    TooManyCells(Fields<'a>),
    /// No row at all; says why.
    Broken(&'static str),
}

/// Named values of a row. Names are without case and punctuation; `reason.code` is the member
/// `code` of the member `reason`.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Fields<'a> {
    /// The first value of that name that is not blank, without the white space around it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(known, _)| known == name);
        named.find_map(|(_, value)| Some(value.trim()).filter(|value| !value.is_empty()))
    }

    /// The first of several names that has a value.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    pub(super) fn push(&mut self, name: &'a str, value: &'a str) {
        self.0.push((Cow::Borrowed(name), Cow::Borrowed(value)));
    }

    /// The members of a JSON object; `None` where it is none.
    pub(super) fn of_json(raw: &RawValue) -> Option<Fields<'static>> {
        let Ok(Value::Object(members)) = serde_json::from_str(raw.get()) else { return None };
        let mut fields = Fields(Vec::with_capacity(members.len()));
        for (name, value) in members {
            let name = plain_name(&name);
            if let Value::Object(inner) = value {
                for (inner_name, value) in inner {
                    let name = format!("{name}.{}", plain_name(&inner_name));
                    fields.0.push((name.into(), text_of(value).into()));
                }
            } else {
                fields.0.push((name.into(), text_of(value).into()));
            }
        }
        Some(fields)
    }
}

/// A value as text; nothing of null, and of arrays their values behind each other.
fn text_of(value: Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(text) => text,
        Value::Array(values) => {
            let scalar = |value: &Value| !value.is_array() && !value.is_object();
            values.into_iter().filter(scalar).map(text_of).collect::<Vec<_>>().join(",")
        }
    }
}

/// `EmailAddress`, `email_address` and `Email Address` are one name.
pub(super) fn plain_name(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
