//! Reading the whole table, for the operator's command alone: no function scans.

use serde_json::{Value, json};
use warden_domain::journal::Item;

use super::attributes::{item_of, number, text};
use super::{Journal, is_done, set, take};
use crate::error::CallError;

/// How the partitions of decisions begin.
const DECISIONS: &str = "address#";

impl Journal {
    /// Scan, page by page: hands each decision whose event happened in `start..=end` (seconds since
    /// 1970) to `take_item`. DynamoDB reads, and bills, the whole table: about half a request unit for
    /// every four decisions in it. With `most_pages` it ends after so many, of a megabyte each, and
    /// answers whether that was the whole table.
    ///
    /// # Errors
    /// [`CallError`]. What was handed on before stays so.
    pub async fn scan_decisions(
        &self,
        start: i64,
        end: i64,
        most_pages: Option<usize>,
        mut take_item: impl FnMut(&Item),
    ) -> Result<bool, CallError> {
        let mut scan = json!({
            "TableName": self.table,
            "FilterExpression": "begins_with(pk, :prefix) AND #at BETWEEN :start AND :end",
            "ExpressionAttributeNames": { "#at": "at" },
            "ExpressionAttributeValues":
                { ":prefix": text(DECISIONS), ":start": number(start), ":end": number(end) },
        });
        for page_number in 1.. {
            let mut page = self.dynamodb.call("Scan", &scan).await?;
            let items = page.get("Items").and_then(Value::as_array).into_iter().flatten();
            items.filter_map(item_of).for_each(|item| take_item(&item));
            let last = take(&mut page, "LastEvaluatedKey");
            if is_done(&last) {
                return Ok(true);
            }
            if Some(page_number) == most_pages {
                break;
            }
            set(&mut scan, "ExclusiveStartKey", last);
        }
        Ok(false)
    }
}
