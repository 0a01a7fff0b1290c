//! Suppression files of other providers, and what each of their rows becomes on SES's list.
//!
//! [`read`] takes a file as the provider gave it (CSV, JSON, one object a line, several pages
//! behind each other), finds out whose it is, and judges each row. [`ImportPlan`] puts several
//! files together: each address once, and a complaint before a bounce.
//!
//! **Invariant:** each row of a file gives exactly one row of the plan, and no reason is ever
//! invented: what a file does not say is skipped, or left to a person ([`RowAction::Review`]).
//!
//! # Examples
//! ```
//! use warden_domain::exports::{RowAction, Hint, ImportPlan, read};
//! use warden_domain::suppression::SuppressionReason;
//!
//! let file = b"status,reason,email,created\n\
//!     5.1.1,550 5.1.1 No such user,ann@example.com,1443651141\n\
//!     4.2.2,452 4.2.2 Mailbox full,ben@example.com,1443651154\n";
//! let hint = Hint::parse(Some("sendgrid"), Some("bounces")).expect("both words are known");
//! let mut plan = ImportPlan::default();
//! plan.add(read(file, &hint).expect("a readable file"));
//!
//! let actions: Vec<RowAction> = plan.rows().iter().map(|row| row.action).collect();
//! assert_eq!(actions, [RowAction::Import(SuppressionReason::Bounce), RowAction::Skip]);
//! ```

mod document;
mod fields;
mod guess;
mod judge;
mod pages;
mod plan;
mod reply;
mod row_judgement;
mod source;
mod table;
mod text;

mod brevo;
mod mailgun;
mod mailjet;
mod mandrill;
mod postmark;
mod resend;
mod sendgrid;
mod ses;
mod sparkpost;

pub use plan::{ImportPlan, PlannedRow, RowAction, RowCounts};
pub use source::{ExportKind, Hint, Provider, UnknownWord};

use std::fmt::Write;

use thiserror::Error;

use document::Document;

/// One file, read and judged.
#[derive(Debug, Clone)]
pub struct Export {
    /// Whose file it is, and of what kind.
    pub kind: ExportKind,
    /// One judgement a row, in the order of the file.
    pub rows: Vec<PlannedRow>,
    /// What a person should know before the file is used.
    pub warnings: Vec<Warning>,
}

/// Something about a whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A page marker says that the provider holds more than the file does. The text names it.
    MorePages(String),
    /// The file is no UTF-8 and was read as Windows-1252.
    NotUtf8,
}

impl Warning {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MorePages(_) => "more_pages",
            Self::NotUtf8 => "not_utf8",
        }
    }

    /// What it means and what to do, in a sentence or two.
    pub fn text(&self) -> String {
        match self {
            Self::MorePages(marker) => format!(
                "the export is not complete: {marker}. Fetch the pages that follow, and import \
                 them too"
            ),
            Self::NotUtf8 => "the file is not UTF-8; it was read as Windows-1252. Look at \
                              addresses with letters beyond a to z"
                .to_owned(),
        }
    }
}

/// Why a file cannot be read as a suppression file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// Nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// An archive or a workbook.
    #[error("the file is {0}, no text; unpack it, or save it as CSV or JSON")]
    NotText(&'static str),
    /// The JSON is cut off or malformed, so nobody knows how many rows are missing.
    #[error("the JSON is broken at line {line}, column {column}; export it again")]
    BrokenJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Nothing in the file is certain to name its provider.
    #[error(
        "nobody can tell whose file this is from {found}; say it with --from ({providers}) and \
         --kind",
        providers = source::provider_words()
    )]
    UnknownSource {
        /// The columns or members, in words.
        found: String,
    },
    /// The provider is certain, the kind is not.
    #[error(
        "this looks like a file of {provider}'s, but it does not say of which kind; say it with \
         --from {code} --kind {}",
        kinds.iter().map(|kind| kind.code()).collect::<Vec<_>>().join("|"),
        code = provider.code()
    )]
    KindNeeded {
        /// Whose file it is.
        provider: Provider,
        /// What it may be.
        kinds: Vec<ExportKind>,
    },
    /// The words given and the file's own columns exclude each other.
    #[error(
        "the file is no {} of {}'s: its {found} are those of {} of {}'s; give the right --from \
         and --kind, or neither",
        given.name(), given.provider(), shape.name(), shape.provider()
    )]
    Contradiction {
        /// What was said.
        given: ExportKind,
        /// What the file looks like.
        shape: ExportKind,
        /// The columns or members, in words.
        found: String,
    },
    /// No column holds the address.
    #[error("{} of {}'s have their addresses in {wanted}, and the file has {found}", kind.name(), kind.provider())]
    NoAddressColumn {
        /// What the file was taken for.
        kind: ExportKind,
        /// Names that would do.
        wanted: String,
        /// The columns or members, in words.
        found: String,
    },
    /// Pages of different kinds behind each other.
    #[error("the file holds exports of different kinds behind each other; give each as a file")]
    Mixed,
}

/// Reads a file and judges each of its rows.
///
/// # Errors
/// [`ReadError`]: then nothing of the file is to be used.
pub fn read(file: &[u8], hint: &Hint) -> Result<Export, ReadError> {
    let decoded = text::decode(file)?;
    let document = Document::parse(&decoded.text)?;
    let kind = guess::kind(&document, hint)?;
    let mut rows = Vec::new();
    document.for_each_row(|row| rows.push(judge::judge(kind, row)));
    let mut warnings: Vec<Warning> =
        pages::missing(&document.pages, rows.len()).map(Warning::MorePages).into_iter().collect();
    if !decoded.is_utf8 {
        warnings.push(Warning::NotUtf8);
    }
    Ok(Export { kind, rows, warnings })
}

/// Names in a message: the first few, each cut where it is long.
fn listed<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 12;
    let mut text = what.to_owned();
    let mut names = names.peekable();
    if names.peek().is_none() {
        text.push_str(" of no name");
    }
    for (index, name) in names.enumerate() {
        if index == MOST {
            text.push_str(", and more");
            break;
        }
        let shown: String = name.chars().take(40).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, "{}{shown}", if index == 0 { " " } else { ", " });
    }
    text
}

#[cfg(test)]
mod tests;
