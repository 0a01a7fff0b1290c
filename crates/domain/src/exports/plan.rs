//! What the rows of one or several files lead to, each address once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Export;
use crate::address::{EmailAddress, RawAddress};
use crate::suppression::SuppressionReason;

/// What happens with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowAction {
    /// It goes on the list.
    Import(SuppressionReason),
    /// It is deliberately left out.
    Skip,
    /// A person must decide; it is never imported silently.
    Review,
    /// It has no address that SES accepts.
    Invalid,
}

impl RowAction {
    /// The stable word: `import`, `skip`, `review` or `invalid`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Import(_) => "import",
            Self::Skip => "skip",
            Self::Review => "review",
            Self::Invalid => "invalid",
        }
    }

    /// The reason that the address is listed for.
    pub fn reason(self) -> Option<SuppressionReason> {
        match self {
            Self::Import(reason) => Some(reason),
            Self::Skip | Self::Review | Self::Invalid => None,
        }
    }
}

/// A row of a file, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRow {
    /// Where the row is, from 1: its line in a CSV file or a file of one object a line, its
    /// number in a JSON document.
    pub line: usize,
    /// The address as it is written, without white space around it; empty where there is none.
    pub address: RawAddress,
    /// What happens with it.
    pub action: RowAction,
    /// Why: a stable code, a colon and words.
    pub why: Cow<'static, str>,
}

/// How many rows end in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Addresses that are imported for a bounce.
    pub bounces: usize,
    /// Addresses that are imported for a complaint.
    pub complaints: usize,
    /// Rows that are left out.
    pub skipped: usize,
    /// Rows that a person must decide.
    pub review: usize,
    /// Rows without a usable address.
    pub invalid: usize,
}

/// The rows of all files. At most one row of an address is imported, and where its rows differ
/// it is one that complains: a bounce put over a complaint would replace it in SES.
#[derive(Debug, Clone, Default)]
pub struct ImportPlan {
    rows: Vec<PlannedRow>,
    /// The row that imports an address, by the address as SES tells addresses apart.
    imports: HashMap<String, usize>,
}

impl ImportPlan {
    /// Adds the rows of a file behind those of the files before it.
    pub fn add(&mut self, export: Export) {
        for row in export.rows {
            self.add_row(row);
        }
    }

    fn add_row(&mut self, mut row: PlannedRow) {
        let at = self.rows.len();
        if let Some(reason) = row.action.reason() {
            match self.imports.entry(list_key(row.address.expose())) {
                Entry::Vacant(slot) => {
                    slot.insert(at);
                }
                Entry::Occupied(mut slot) => {
                    let known = self.rows.get_mut(*slot.get());
                    let is_stronger = known
                        .as_ref()
                        .and_then(|known| known.action.reason())
                        .is_some_and(|known| reason > known);
                    if is_stronger {
                        if let Some(known) = known {
                            known.action = RowAction::Skip;
                            known.why = OUTRANKED.into();
                        }
                        slot.insert(at);
                    } else {
                        row.action = RowAction::Skip;
                        row.why = DUPLICATE.into();
                    }
                }
            }
        }
        self.rows.push(row);
    }

    /// All rows, in the order of the files.
    pub fn rows(&self) -> &[PlannedRow] {
        &self.rows
    }

    /// The addresses to import, as SES takes them, each once.
    pub fn imports(&self) -> impl Iterator<Item = (String, SuppressionReason)> + '_ {
        self.rows
            .iter()
            .filter_map(|row| Some((for_ses(row.address.expose()), row.action.reason()?)))
    }

    /// How many rows end in which way.
    pub fn counts(&self) -> RowCounts {
        let mut counts = RowCounts::default();
        for row in &self.rows {
            *match row.action {
                RowAction::Import(SuppressionReason::Bounce) => &mut counts.bounces,
                RowAction::Import(SuppressionReason::Complaint) => &mut counts.complaints,
                RowAction::Skip => &mut counts.skipped,
                RowAction::Review => &mut counts.review,
                RowAction::Invalid => &mut counts.invalid,
            } += 1;
        }
        counts
    }
}

const OUTRANKED: &str = "outranked: another row says that this address complained";
const DUPLICATE: &str = "duplicate: another row imports this address";

/// SES tells addresses apart to the letter, domains aside.
fn list_key(address: &str) -> String {
    EmailAddress::parse(address)
        .map_or_else(|_| address.to_owned(), |address| address.expose().to_owned())
}

/// The address as it is written; only a domain that is not ASCII or ends in a dot is brought into
/// the form that SES takes.
fn for_ses(address: &str) -> String {
    let is_fine = address.is_ascii() && !address.ends_with('.');
    if is_fine { address.to_owned() } else { list_key(address) }
}
