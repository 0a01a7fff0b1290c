//! Reading the whole table, for the operator's command alone: no function scans.

use aws_sdk_dynamodb::types::AttributeValue;
use warden_domain::journal::Item;

use super::{Journal, item_of};
use crate::error::CallError;

/// How the partitions of decisions begin.
const DECISIONS: &str = "address#";

impl Journal {
    /// Scan, page by page: hands each decision whose event happened in `start..=end` (seconds since
    /// 1970) to `take`. DynamoDB reads, and bills, the whole table: about half a request unit for
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
        mut take: impl FnMut(&Item),
    ) -> Result<bool, CallError> {
        let mut begin = None;
        for page_number in 1.. {
            let number = |seconds: i64| AttributeValue::N(seconds.to_string());
            let page = self
                .dynamodb
                .scan()
                .table_name(&self.table)
                .filter_expression("begins_with(pk, :prefix) AND #at BETWEEN :start AND :end")
                .expression_attribute_names("#at", "at")
                .expression_attribute_values(":prefix", AttributeValue::S(DECISIONS.to_owned()))
                .expression_attribute_values(":start", number(start))
                .expression_attribute_values(":end", number(end))
                .set_exclusive_start_key(begin)
                .send()
                .await
                .map_err(|error| CallError::of("Scan", &error))?;
            page.items.unwrap_or_default().into_iter().filter_map(item_of).for_each(|i| take(&i));
            begin = page.last_evaluated_key.filter(|key| !key.is_empty());
            if begin.is_none() {
                return Ok(true);
            }
            if Some(page_number) == most_pages {
                break;
            }
        }
        Ok(false)
    }
}
