//! The journal: one DynamoDB table.

mod attributes;
mod history;
#[cfg(feature = "operator")]
mod scan;

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, KeysAndAttributes, WriteRequest};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use tokio::time::sleep;
use warden_domain::journal::{Item, ItemKey, JournalKey, VERSION};

use crate::Connection;
use crate::error::{CallError, Class};
use crate::members::missing;
use attributes::{is_made, item_of, key_of, value_of};

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
    dynamodb: aws_sdk_dynamodb::Client,
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
        Self { dynamodb: connection.dynamodb(TIMEOUT, TRIES), table }
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
        let put = self.put_item(item).condition_expression("attribute_not_exists(pk)");
        is_made(put.send().await.map_err(|error| CallError::of("PutItem", &error)))
    }

    /// PutItem over the item whose `version` is `expected`, or where `None` over no item; false
    /// where the table holds another version. The item brings its own new version.
    ///
    /// # Errors
    /// [`CallError`]. A put whose answer was lost may have been made: read the item again.
    pub async fn put_version(&self, item: &Item, expected: Option<i64>) -> Result<bool, CallError> {
        let Some(expected) = expected else { return self.put_new(item).await };
        let put = self
            .put_item(item)
            .condition_expression("#version = :expected")
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_values(":expected", AttributeValue::N(expected.to_string()));
        is_made(put.send().await.map_err(|error| CallError::of("PutItem", &error)))
    }

    fn put_item(
        &self,
        item: &Item,
    ) -> aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder {
        let mut attributes = key_of(&item.key);
        attributes.extend(item.fields.iter().map(|(name, field)| (name.clone(), value_of(field))));
        self.dynamodb.put_item().table_name(&self.table).set_item(Some(attributes))
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
        let number = |value: i64| AttributeValue::N(value.to_string());
        let mut expression = "SET #n = :n".to_owned();
        let mut update = self
            .dynamodb
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_of(raise.key)))
            .condition_expression(condition)
            .expression_attribute_names("#n", raise.name)
            .expression_attribute_values(":n", number(raise.value));
        for (place, (name, value)) in raise.with.iter().enumerate() {
            expression += &format!(", #w{place} = :w{place}");
            update = update
                .expression_attribute_names(format!("#w{place}"), *name)
                .expression_attribute_values(format!(":w{place}"), number(*value));
        }
        let update = update.update_expression(expression).send().await;
        is_made(update.map_err(|error| CallError::of("UpdateItem", &error)))
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
        let mut left: Vec<_> = keys.iter().map(key_of).collect();
        for attempt in 0..BATCH_TRIES {
            if attempt > 0 {
                sleep(Duration::from_millis(50 << attempt)).await;
            }
            let wanted = KeysAndAttributes::builder().set_keys(Some(left)).build();
            let wanted = wanted.map_err(|_| missing(OPERATION, "key of an item"))?;
            let read = self.dynamodb.batch_get_item().request_items(&self.table, wanted);
            let answer = read.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
            let items = answer.responses.ok_or_else(|| missing(OPERATION, "list of items"))?;
            for item in items.into_values().flatten() {
                found.push(item_of(item).ok_or_else(|| missing(OPERATION, "key of an item"))?);
            }
            let undone = answer.unprocessed_keys.into_iter().flatten();
            left = undone.flat_map(|(_, undone)| undone.keys).collect();
            if left.is_empty() {
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
        let mut start = None;
        loop {
            let most = wanted.at_most.map(|most| most.saturating_sub(found.len()));
            let mut query = self
                .dynamodb
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .scan_index_forward(!wanted.newest_first)
                .key_condition_expression(if wanted.from.is_some() {
                    "pk = :pk AND sk >= :from"
                } else {
                    "pk = :pk"
                })
                .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
                .set_limit(most.map(|most| i32::try_from(most).unwrap_or(i32::MAX)))
                .set_exclusive_start_key(start);
            if let Some(from) = wanted.from {
                query =
                    query.expression_attribute_values(":from", AttributeValue::S(from.to_owned()));
            }
            let page = query.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
            let items = page.items.ok_or_else(|| missing(OPERATION, "list of items"))?;
            for item in items {
                found.push(item_of(item).ok_or_else(|| missing(OPERATION, "key of an item"))?);
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || wanted.at_most.is_some_and(|most| found.len() >= most) {
                return Ok(found);
            }
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
        let mut left: Vec<WriteRequest> = Vec::with_capacity(keys.len());
        for key in keys {
            let delete = DeleteRequest::builder().set_key(Some(key_of(key))).build();
            let delete = delete.map_err(|_| missing(OPERATION, "key of an item"))?;
            left.push(WriteRequest::builder().delete_request(delete).build());
        }
        for attempt in 0..BATCH_TRIES {
            if attempt > 0 {
                sleep(Duration::from_millis(50 << attempt)).await;
            }
            let write = self
                .dynamodb
                .batch_write_item()
                .request_items(&self.table, std::mem::take(&mut left));
            let answer = write.send().await.map_err(|error| CallError::of(OPERATION, &error))?;
            left =
                answer.unprocessed_items.into_iter().flatten().flat_map(|(_, left)| left).collect();
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(CallError::new(OPERATION, Class::Throttled, "DynamoDB left some items undone"))
    }
}

/// GetSecretValue: the key that ids of addresses are made with, from the secret of that name or ARN.
///
/// # Errors
/// [`CallError`], also where the secret is no text or too short.
pub async fn journal_key(connection: &Connection, secret: &str) -> Result<JournalKey, CallError> {
    const OPERATION: &str = "GetSecretValue";
    let answer = connection.secrets().get_secret_value().secret_id(secret).send().await;
    let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
    let text = answer.secret_string.ok_or_else(|| missing(OPERATION, "text"))?;
    JournalKey::new(&text).map_err(|error| {
        let class = Class::Refused { code: "ShortKey".to_owned() };
        CallError::new(OPERATION, class, &error.to_string())
    })
}

impl Connection {
    fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        let mut config = aws_sdk_secretsmanager::config::Builder::from(self.sdk())
            .timeout_config(timeouts(TIMEOUT));
        if let Some(url) = self.secrets_endpoint() {
            config = config.endpoint_url(url);
        }
        aws_sdk_secretsmanager::Client::from_conf(config.build())
    }

    /// With time-outs and tries of its own.
    fn dynamodb(&self, timeout: Duration, tries: u32) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::config::Builder::from(self.sdk())
            .timeout_config(timeouts(timeout))
            .retry_config(RetryConfig::standard().with_max_attempts(tries));
        if let Some(url) = self.dynamodb_endpoint() {
            config = config.endpoint_url(url);
        }
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }
}

fn timeouts(each: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(each).operation_attempt_timeout(each).build()
}
