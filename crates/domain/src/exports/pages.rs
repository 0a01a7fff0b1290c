//! Whether a file's last page announces further pages.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// The members of one page besides its rows.
#[derive(Debug, Default)]
pub(super) struct PageMembers {
    /// The member that leads to the next page, where there is one.
    next: Option<&'static str>,
    /// How many rows all pages have, and the member that says so.
    total: Option<(&'static str, u64)>,
    /// The list that Mailgun's links name, as `bounces`.
    pub(super) list: Option<String>,
    /// What Resend writes.
    pub(super) is_object_list: bool,
}

const TOTALS: [&str; 3] = ["TotalCount", "total_count", "count"];

impl PageMembers {
    pub(super) fn of(members: &BTreeMap<Cow<'_, str>, &RawValue>, rows: usize) -> Self {
        let value = |name: &str| {
            members.get(name).and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok())
        };
        let mut page = Self::default();
        let is_token = |value: Value| value.as_str().is_some_and(|token| !token.is_empty());
        if value("NextToken").is_some_and(is_token) {
            page.next = Some("NextToken is set");
        }
        if value("has_more") == Some(Value::Bool(true)) {
            page.next = Some("has_more is true");
        }
        let paging = value("paging").unwrap_or_default();
        let urls = ["next", "previous", "first", "last"];
        let mut urls = urls.iter().filter_map(|name| paging.get(name)?.as_str());
        page.list = urls.find_map(list_of);
        // Mailgun names a next page always; the one behind the last is empty.
        if rows > 0 && paging.get("next").and_then(Value::as_str).is_some_and(|url| !url.is_empty())
        {
            page.next = Some("paging.next is set");
        }
        if value("links").is_some_and(|links| leads_on(&links)) {
            page.next = Some("links has rel=next");
        }
        page.total =
            TOTALS.iter().find_map(|name| Some((*name, value(name).as_ref().and_then(number)?)));
        page.is_object_list = value("object").is_some_and(|object| object == "list");
        page
    }
}

/// What is missing of a file of so many rows, in words; nothing where no page says so.
pub(super) fn missing(pages: &[PageMembers], rows: usize) -> Option<String> {
    // What one page announces, the next in the same file is.
    if let Some(next) = pages.last().and_then(|page| page.next) {
        return Some(format!("{next} on the last page of the file"));
    }
    let totals = pages.iter().filter_map(|page| page.total);
    let (name, total) = totals.max_by_key(|(_, total)| *total)?;
    let is_more = u64::try_from(rows).is_ok_and(|rows| total > rows);
    is_more.then(|| format!("{name} is {total}, and the file has {rows}"))
}

/// `[{"rel": "next", "href": …}]`, or `{"next": …}`.
fn leads_on(links: &Value) -> bool {
    let is_next = |link: &Value| link.get("rel").and_then(Value::as_str) == Some("next");
    match links {
        Value::Array(links) => links.iter().any(is_next),
        Value::Object(members) => {
            is_next(links) || members.get("next").is_some_and(|next| !next.is_null() && *next != "")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// `bounces` of `https://api.mailgun.net/v3/example.com/bounces?page=next`.
fn list_of(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let known = ["bounces", "complaints", "unsubscribes", "whitelists", "allowlists"];
    let mut parts = path.rsplit('/');
    parts.find_map(|part| known.iter().find(|name| **name == part)).map(|name| (*name).to_owned())
}
