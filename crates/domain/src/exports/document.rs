//! A file as rows: a table, or JSON in any of the forms that APIs and their clients give.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::ReadError;
use super::fields::{Content, ExportRow, Fields};
use super::pages::PageMembers;
use super::table::Table;

/// The member of a page that holds its rows. The name is the API's own, case and all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// `SuppressedDestinationSummaries` of SES.
    Summaries,
    /// `SuppressedDestination` of SES, one row.
    Entry,
    /// `items` of Mailgun.
    Items,
    /// `Suppressions` of Postmark.
    Suppressions,
    /// `Bounces` of Postmark.
    Bounces,
    /// `results` of SparkPost.
    Results,
    /// `contacts` of Brevo.
    Contacts,
    /// `data` of Resend.
    Data,
}

const CONTAINERS: [(&str, Container); 8] = [
    ("SuppressedDestinationSummaries", Container::Summaries),
    ("SuppressedDestination", Container::Entry),
    ("items", Container::Items),
    ("Suppressions", Container::Suppressions),
    ("Bounces", Container::Bounces),
    ("results", Container::Results),
    ("contacts", Container::Contacts),
    ("data", Container::Data),
];

type JsonMembers<'t> = BTreeMap<Cow<'t, str>, &'t RawValue>;

#[derive(Debug)]
enum DocumentForm<'t> {
    Table(Table<'t>),
    /// Rows with their numbers; `None` where a line is no JSON.
    Json(Vec<(usize, Option<&'t RawValue>)>),
}

/// A file, cut into what may be its rows.
#[derive(Debug)]
pub(super) struct Document<'t> {
    form: DocumentForm<'t>,
    pub(super) container: Option<Container>,
    pub(super) pages: Vec<PageMembers>,
}

impl<'t> Document<'t> {
    pub(super) fn parse(text: &'t str) -> Result<Self, ReadError> {
        let body = text.trim_start();
        if body.is_empty() {
            return Err(ReadError::Empty);
        }
        if !body.starts_with(['{', '[']) {
            let form = DocumentForm::Table(Table::parse(text));
            return Ok(Self { form, container: None, pages: Vec::new() });
        }
        if body.lines().next().is_some_and(is_row) {
            return Ok(Self::lines(text));
        }
        // A first line that is broken costs no other.
        match Self::values(text) {
            Err(ReadError::BrokenJson { .. })
                if body.starts_with('{') && body.lines().any(is_row) =>
            {
                Ok(Self::lines(text))
            }
            read => read,
        }
    }

    /// One object a line.
    fn lines(text: &'t str) -> Self {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let rows = lines.map(|(index, line)| (index + 1, serde_json::from_str(line).ok()));
        Self { form: DocumentForm::Json(rows.collect()), container: None, pages: Vec::new() }
    }

    /// Arrays, pages and objects, one behind another.
    fn values(text: &'t str) -> Result<Self, ReadError> {
        let mut values = Values::default();
        for value in serde_json::Deserializer::from_str(text).into_iter::<&'t RawValue>() {
            values.take(value.map_err(|error| ReadError::BrokenJson {
                line: error.line().max(1),
                column: error.column().max(1),
            })?);
        }
        let container = match values.containers.as_slice() {
            [] => return Err(ReadError::Empty),
            [container] => *container,
            _ => return Err(ReadError::Mixed),
        };
        let rows = values.rows.into_iter().enumerate();
        let numbered = rows.map(|(index, row)| (index + 1, Some(row))).collect();
        Ok(Self { form: DocumentForm::Json(numbered), container, pages: values.pages })
    }

    /// Each row, in order.
    pub(super) fn for_each_row(&self, mut take: impl FnMut(ExportRow<'_>)) {
        let rows = match &self.form {
            DocumentForm::Table(table) => return table.for_each_row(take),
            DocumentForm::Json(rows) => rows,
        };
        for (line, raw) in rows {
            let content = match raw.map(Fields::of_json) {
                Some(Some(fields)) => Content::Fields(fields),
                Some(None) => Content::Broken("no JSON object, or one that is nested too deep"),
                None => Content::Broken("the line is no JSON"),
            };
            take(ExportRow { line: *line, content });
        }
    }

    /// Names of columns or members: all headings, or what the first rows hold.
    pub(super) fn names(&self) -> Vec<String> {
        const LOOKED_AT: usize = 100;
        let rows = match &self.form {
            DocumentForm::Table(table) => {
                return table.headings().map(<[String]>::to_vec).unwrap_or_default();
            }
            DocumentForm::Json(rows) => rows,
        };
        let mut names: Vec<String> = Vec::new();
        for fields in rows.iter().filter_map(|(_, raw)| Fields::of_json((*raw)?)).take(LOOKED_AT) {
            for name in fields.names() {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }

    /// The first row of a table without headings.
    pub(super) fn first_without_headings(&self) -> Option<(String, Option<String>)> {
        let DocumentForm::Table(table) = &self.form else { return None };
        if table.headings().is_some() {
            return None;
        }
        let mut first = None;
        table.for_each_row(|row| {
            if let (None, Content::Fields(fields)) = (&first, &row.content) {
                let address = fields.get("emailaddress").unwrap_or_default().to_owned();
                first = Some((address, fields.get("reason").map(str::to_owned)));
            }
        });
        first
    }

    /// Whether the file has rows by form, columns named or not.
    pub(super) fn is_without_rows(&self) -> bool {
        matches!(&self.form, DocumentForm::Json(rows) if rows.is_empty())
    }

    /// What the names are names of.
    pub(super) fn noun(&self) -> &'static str {
        match &self.form {
            DocumentForm::Table(table) if table.headings().is_none() => "cells",
            DocumentForm::Table(_) => "columns",
            DocumentForm::Json(_) => "members",
        }
    }
}

/// The rows of JSON values behind each other.
#[derive(Default)]
struct Values<'t> {
    rows: Vec<&'t RawValue>,
    pages: Vec<PageMembers>,
    /// Each kind of page, and `None` for rows that are in none.
    containers: Vec<Option<Container>>,
}

impl<'t> Values<'t> {
    /// Takes a page, an array of pages, an array of rows, or a row.
    fn take(&mut self, value: &'t RawValue) {
        if self.take_page(value) {
            return;
        }
        match elements(value) {
            Some(pages) if pages.first().is_some_and(|first| self.take_page(first)) => {
                // Not by way of `take`: how deep arrays are nested is up to the file.
                for page in pages.into_iter().skip(1) {
                    if !self.take_page(page) {
                        self.rows.push(page);
                        self.note(None);
                    }
                }
            }
            Some(rows) => {
                self.rows.extend(rows);
                self.note(None);
            }
            None => {
                self.rows.push(value);
                self.note(None);
            }
        }
    }

    /// False, and nothing is taken, where the value is no page.
    fn take_page(&mut self, value: &'t RawValue) -> bool {
        let Ok(members) = serde_json::from_str::<JsonMembers<'t>>(value.get()) else {
            return false;
        };
        let Some((container, held)) = container_of(&members) else { return false };
        let before = self.rows.len();
        self.rows.extend(elements(held).unwrap_or_else(|| vec![held]));
        self.pages.push(PageMembers::of(&members, self.rows.len() - before));
        self.note(Some(container));
        true
    }

    fn note(&mut self, container: Option<Container>) {
        if !self.containers.contains(&container) {
            self.containers.push(container);
        }
    }
}

fn elements(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value.get()).ok()
}

fn container_of<'t>(members: &JsonMembers<'t>) -> Option<(Container, &'t RawValue)> {
    CONTAINERS.iter().find_map(|(name, container)| {
        let held = members.get(*name)?;
        let is_list = held.get().starts_with('[');
        let is_entry = *container == Container::Entry && held.get().starts_with('{');
        (is_list || is_entry).then_some((*container, *held))
    })
}

/// Whether a line is an object by itself, and no page of several.
fn is_row(line: &str) -> bool {
    serde_json::from_str::<JsonMembers<'_>>(line)
        .is_ok_and(|members| !members.is_empty() && container_of(&members).is_none())
}
