//! Items and keys as DynamoDB's attributes, and back.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use warden_domain::journal::{Field, Item, ItemKey};

use crate::error::{CallError, Class};
use crate::members::missing;

const PARTITION: &str = "pk";
const SORT: &str = "sk";

pub(super) fn text(text: &str) -> Value {
    json!({ "S": text })
}

pub(super) fn number(number: i64) -> Value {
    json!({ "N": number.to_string() })
}

pub(super) fn key_of(key: &ItemKey) -> Value {
    json!({ PARTITION: text(&key.partition), SORT: text(&key.sort) })
}

pub(super) fn value_of(field: &Field) -> Value {
    match field {
        Field::Text(content) => text(content),
        Field::Number(content) => number(*content),
    }
}

/// The items of an answer's list.
pub(super) fn items_of(
    operation: &'static str,
    list: Option<&Value>,
) -> Result<Vec<Item>, CallError> {
    let list = list.and_then(Value::as_array).ok_or_else(|| missing(operation, "list of items"))?;
    list.iter()
        .map(|item| item_of(item).ok_or_else(|| missing(operation, "key of an item")))
        .collect()
}

/// `None` without a key. A field of another kind than ours is left out: a later version may have
/// written it.
pub(super) fn item_of(attributes: &Value) -> Option<Item> {
    let attributes: &Map<String, Value> = attributes.as_object()?;
    let text = |name: &str| attributes.get(name)?.get("S")?.as_str().map(str::to_owned);
    let key = ItemKey { partition: text(PARTITION)?, sort: text(SORT)? };
    let fields: BTreeMap<String, Field> = attributes
        .iter()
        .filter(|(name, _)| ![PARTITION, SORT].contains(&name.as_str()))
        .filter_map(|(name, value)| {
            let number = || Some(Field::Number(value.get("N")?.as_str()?.parse().ok()?));
            Some((name.clone(), text(name).map(Field::Text).or_else(number)?))
        })
        .collect();
    Some(Item { key, fields })
}

/// Whether a conditional write was made.
pub(super) fn is_made(answer: Result<Value, CallError>) -> Result<bool, CallError> {
    match answer {
        Ok(_) => Ok(true),
        Err(CallError { class: Class::Refused { code }, .. })
            if code == "ConditionalCheckFailedException" =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}
