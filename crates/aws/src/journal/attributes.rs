//! Items and keys as DynamoDB's attributes, and back.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use warden_domain::journal::{Field, Item, ItemKey};

use crate::error::{CallError, Class};

const PARTITION: &str = "pk";
const SORT: &str = "sk";

pub(super) fn key_of(key: &ItemKey) -> HashMap<String, AttributeValue> {
    HashMap::from([
        (PARTITION.to_owned(), AttributeValue::S(key.partition.clone())),
        (SORT.to_owned(), AttributeValue::S(key.sort.clone())),
    ])
}

pub(super) fn value_of(field: &Field) -> AttributeValue {
    match field {
        Field::Text(text) => AttributeValue::S(text.clone()),
        Field::Number(number) => AttributeValue::N(number.to_string()),
    }
}

/// `None` without a key. A field of another kind than ours is left out: a later version may have
/// written it.
pub(super) fn item_of(mut attributes: HashMap<String, AttributeValue>) -> Option<Item> {
    let mut text = |name: &str| attributes.remove(name)?.as_s().ok().cloned();
    let key = ItemKey { partition: text(PARTITION)?, sort: text(SORT)? };
    let fields: BTreeMap<String, Field> = attributes
        .into_iter()
        .filter_map(|(name, value)| {
            let text = value.as_s().ok().cloned().map(Field::Text);
            let number = || Some(Field::Number(value.as_n().ok()?.parse().ok()?));
            Some((name, text.or_else(number)?))
        })
        .collect();
    Some(Item { key, fields })
}

/// Whether a conditional write was made.
pub(super) fn is_made<T>(answer: Result<T, CallError>) -> Result<bool, CallError> {
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
