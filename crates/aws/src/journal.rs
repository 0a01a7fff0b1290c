//! The journal: one DynamoDB table.

mod attributes;
mod history;
#[cfg(feature = "operator")]
mod scan;

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::sleep;
use warden_domain::journal::{Item, ItemKey, JournalKey, VERSION};

use crate::Connection;
use crate::error::{CallError, Class};
use crate::json::{DYNAMODB, JsonService, SECRETS_MANAGER};
use crate::members::missing;
use attributes::{is_made, items_of, key_of, number, text, value_of};

/// DynamoDB answers within milliseconds. What hangs must leave time for the work that does not
/// need the journal.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Tries of one call.
const TRIES: u32 = 3;
/// Most keys that one BatchWriteItem takes.
const MOST_WRITES: usize = 25;
/// Most keys that one BatchGetItem takes.
const MOST_READS: usize = 100;
/// How often a batch is sent again for what DynamoDB left undone.
const BATCH_TRIES: u32 = 6;

/// A table with the text keys `pk` and `sk`.
#[derive(Debug, Clone)]
pub struct Journal {
    dynamodb: JsonService,
    table: String,
}

/// Which items of a partition to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct PartitionQuery<'a> {
    /// Only items whose `sk` is this or comes after it.
    pub from: Option<&'a str>,
    /// The last one first.
    pub newest_first: bool,
    /// At most so many; `None` for all.
    pub at_most: Option<usize>,
}

/// A number of an item that only ever grows.
#[derive(Debug, Clone, Copy)]
pub struct Raise<'a> {
    /// The item.
    pub key: &'a ItemKey,
    /// The number's name.
    pub name: &'a str,
    /// Its new value.
    pub value: i64,
    /// Other numbers to write with it.
    pub with: &'a [(&'a str, i64)],
    /// Whether to do nothing where there is no such item.
    pub only_existing: bool,
}

impl Journal {
    /// The table of that name.
    pub fn new(connection: &Connection, table: String) -> Self {
        Self { dynamodb: connection.json(&DYNAMODB, TIMEOUT, TRIES), table }
    }

    /// The name of the table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// PutItem where no item has this key; false where one has.
    ///
    /// # Errors
    /// [`CallError`]. A put whose answer was lost may have been made; put again, it answers false.
    pub async fn put_new(&self, item: &Item) -> Result<bool, CallError> {
        let put = json!({
            "TableName": self.table,
            "Item": attributes_of(item),
            "ConditionExpression": "attribute_not_exists(pk)",
        });
        is_made(self.dynamodb.call("PutItem", &put).await)
    }

    /// PutItem over the item whose `version` is `expected`, or where `None` over no item; false
    /// where the table holds another version. The item brings its own new version.
    ///
    /// # Errors
    /// [`CallError`]. A put whose answer was lost may have been made: read the item again.
    pub async fn put_version(&self, item: &Item, expected: Option<i64>) -> Result<bool, CallError> {
        let Some(expected) = expected else { return self.put_new(item).await };
        let put = json!({
            "TableName": self.table,
            "Item": attributes_of(item),
            "ConditionExpression": "#version = :expected",
            "ExpressionAttributeNames": { "#version": VERSION },
            "ExpressionAttributeValues": { ":expected": number(expected) },
        });
        is_made(self.dynamodb.call("PutItem", &put).await)
    }

    /// UpdateItem where the item has no such number or a lower one; false where it has one as high.
    ///
    /// # Errors
    /// [`CallError`]. An update whose answer was lost may have been made; again, it answers false.
    pub async fn raise(&self, raise: Raise<'_>) -> Result<bool, CallError> {
        let lower = "attribute_not_exists(#n) OR #n < :n";
        let condition = match raise.only_existing {
            true => format!("attribute_exists(pk) AND ({lower})"),
            false => lower.to_owned(),
        };
        let mut expression = "SET #n = :n".to_owned();
        let mut names = Map::from_iter([("#n".to_owned(), json!(raise.name))]);
        let mut values = Map::from_iter([(":n".to_owned(), number(raise.value))]);
        for (place, (name, value)) in raise.with.iter().enumerate() {
            expression += &format!(", #w{place} = :w{place}");
            names.insert(format!("#w{place}"), json!(name));
            values.insert(format!(":w{place}"), number(*value));
        }
        let update = json!({
            "TableName": self.table,
            "Key": key_of(raise.key),
            "ConditionExpression": condition,
            "UpdateExpression": expression,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        });
        is_made(self.dynamodb.call("UpdateItem", &update).await)
    }

    /// BatchGetItem of these keys, each key once; those that no item has are left out. A write of
    /// the last second may be missing.
    ///
    /// # Errors
    /// [`CallError`], also where an answer has no items of the table or an item no key.
    pub async fn items(&self, keys: &[ItemKey]) -> Result<Vec<Item>, CallError> {
        let mut found = Vec::new();
        for keys in keys.chunks(MOST_READS) {
            self.items_batch(keys, &mut found).await?;
        }
        Ok(found)
    }

    async fn items_batch(&self, keys: &[ItemKey], found: &mut Vec<Item>) -> Result<(), CallError> {
        const OPERATION: &str = "BatchGetItem";
        let mut left =
            json!({ &self.table: { "Keys": keys.iter().map(key_of).collect::<Vec<_>>() } });
        for attempt in 0..BATCH_TRIES {
            if attempt > 0 {
                sleep(Duration::from_millis(50 << attempt)).await;
            }
            let read = json!({ "RequestItems": left });
            let mut answer = self.dynamodb.call(OPERATION, &read).await?;
            let tables = answer.get("Responses").and_then(Value::as_object);
            for items in tables.ok_or_else(|| missing(OPERATION, "list of items"))?.values() {
                found.extend(items_of(OPERATION, Some(items))?);
            }
            left = take(&mut answer, "UnprocessedKeys");
            if is_done(&left) {
                return Ok(());
            }
        }
        Err(CallError::new(OPERATION, Class::Throttled, "DynamoDB left some items unread"))
    }

    /// Query of one partition, all pages, in the order of `sk`. It sees every write that was
    /// answered before it.
    ///
    /// # Errors
    /// [`CallError`], also where an answer has no list of items or an item no key.
    pub async fn partition(
        &self,
        partition: &str,
        wanted: PartitionQuery<'_>,
    ) -> Result<Vec<Item>, CallError> {
        const OPERATION: &str = "Query";
        let mut found = Vec::new();
        let mut values = Map::from_iter([(":pk".to_owned(), text(partition))]);
        let mut condition = "pk = :pk";
        if let Some(from) = wanted.from {
            condition = "pk = :pk AND sk >= :from";
            values.insert(":from".to_owned(), text(from));
        }
        let mut query = json!({
            "TableName": self.table,
            "ConsistentRead": true,
            "ScanIndexForward": !wanted.newest_first,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
        });
        loop {
            if let Some(most) = wanted.at_most {
                let most = most.saturating_sub(found.len());
                set(&mut query, "Limit", json!(i32::try_from(most).unwrap_or(i32::MAX)));
            }
            let mut page = self.dynamodb.call(OPERATION, &query).await?;
            found.extend(items_of(OPERATION, page.get("Items"))?);
            let last = take(&mut page, "LastEvaluatedKey");
            if is_done(&last) || wanted.at_most.is_some_and(|most| found.len() >= most) {
                return Ok(found);
            }
            set(&mut query, "ExclusiveStartKey", last);
        }
    }

    /// Deletes every item of a partition and answers how many there were.
    ///
    /// # Errors
    /// [`CallError`]. Some of them may be deleted then; another call deletes the rest.
    pub async fn delete_partition(&self, partition: &str) -> Result<usize, CallError> {
        let items = self.partition(partition, PartitionQuery::default()).await?;
        let keys: Vec<ItemKey> = items.into_iter().map(|item| item.key).collect();
        self.delete(&keys).await?;
        Ok(keys.len())
    }

    /// BatchWriteItem: deletes the items of these keys, each key once. One that is not there is no
    /// error.
    ///
    /// # Errors
    /// [`CallError`]. Some of them may be deleted then; another call deletes the rest.
    pub async fn delete(&self, keys: &[ItemKey]) -> Result<(), CallError> {
        for keys in keys.chunks(MOST_WRITES) {
            self.delete_batch(keys).await?;
        }
        Ok(())
    }

    async fn delete_batch(&self, keys: &[ItemKey]) -> Result<(), CallError> {
        const OPERATION: &str = "BatchWriteItem";
        let delete = |key: &ItemKey| json!({ "DeleteRequest": { "Key": key_of(key) } });
        let mut left = json!({ &self.table: keys.iter().map(delete).collect::<Vec<_>>() });
        for attempt in 0..BATCH_TRIES {
            if attempt > 0 {
                sleep(Duration::from_millis(50 << attempt)).await;
            }
            let write = json!({ "RequestItems": left });
            let mut answer = self.dynamodb.call(OPERATION, &write).await?;
            left = take(&mut answer, "UnprocessedItems");
            if is_done(&left) {
                return Ok(());
            }
        }
        Err(CallError::new(OPERATION, Class::Throttled, "DynamoDB left some items undone"))
    }
}

fn attributes_of(item: &Item) -> Value {
    let mut attributes = key_of(&item.key);
    for (name, field) in &item.fields {
        set(&mut attributes, name, value_of(field));
    }
    attributes
}

/// Sets a member of an object.
fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// Takes a member of an object out; null where it has none.
fn take(object: &mut Value, name: &str) -> Value {
    object.get_mut(name).map(Value::take).unwrap_or_default()
}

/// Whether an answer leaves nothing to ask for: no member, or an empty one.
fn is_done(left: &Value) -> bool {
    left.as_object().is_none_or(Map::is_empty)
}

/// GetSecretValue: the key that ids of addresses are made with, from the secret of that name or ARN.
///
/// # Errors
/// [`CallError`], also where the secret is no text or too short.
pub async fn journal_key(connection: &Connection, secret: &str) -> Result<JournalKey, CallError> {
    const OPERATION: &str = "GetSecretValue";
    let secrets = connection.json(&SECRETS_MANAGER, TIMEOUT, TRIES);
    let answer = secrets.call(OPERATION, &json!({ "SecretId": secret })).await?;
    let text = answer.get("SecretString").and_then(Value::as_str);
    JournalKey::new(text.ok_or_else(|| missing(OPERATION, "text"))?).map_err(|error| {
        let class = Class::Refused { code: "ShortKey".to_owned() };
        CallError::new(OPERATION, class, &error.to_string())
    })
}
