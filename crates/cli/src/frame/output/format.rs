//! One option for the form of a command's output, and two writers of that form: [`Records`] writes
//! rows of fixed columns one by one, so that a list of any length takes no memory; [`Documents`]
//! writes objects with members of any kind.

use std::io::Write;

use serde::Serialize;
use serde_json::Value;

use super::Lines;
use crate::frame::GLOBAL;

/// The form of what is written to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Text and columns for people.
    Table,
    /// One JSON array.
    Json,
    /// One compact JSON object a line.
    Ndjson,
    /// Comma-separated values that no spreadsheet takes for formulas.
    Csv,
}

/// The options for the form of the output, which every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct FormatOptions {
    /// Form of the output: text for people, one JSON array, one JSON object a line, or CSV
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        global = true,
        hide_possible_values = true,
        help_heading = GLOBAL
    )]
    output: Option<Format>,

    /// The same as --output ndjson
    #[arg(long, conflicts_with = "output", global = true, help_heading = GLOBAL)]
    json: bool,
}

impl From<Format> for FormatOptions {
    fn from(format: Format) -> Self {
        Self { output: Some(format), json: false }
    }
}

impl FormatOptions {
    /// The form that was asked for, where one was.
    pub fn asked(&self) -> Option<Format> {
        if self.json { Some(Format::Ndjson) } else { self.output }
    }

    /// The form that was asked for, else the table.
    pub fn format(&self) -> Format {
        self.asked().unwrap_or(Format::Table)
    }

    /// Whether a person reads the output: no form for programs was asked for.
    pub fn is_table(&self) -> bool {
        self.format() == Format::Table
    }
}

/// Something of which a command prints many.
pub trait OutputRecord: Serialize {
    /// The columns: their headings, and their width in a table. The one column of width 0 takes
    /// what it needs and is the last of its line there.
    const COLUMNS: &'static [(&'static str, usize)];

    /// The cells, in the order of the columns.
    fn cells(&self) -> Vec<String>;
}

/// Writes records in one form.
#[derive(Debug)]
pub struct Records {
    format: Format,
    written: u64,
}

impl Records {
    /// Writes what comes before the first record: headings, or the bracket of an array.
    ///
    /// # Errors
    /// When the stream cannot be written.
    pub fn begin<R: OutputRecord>(format: Format, out: &mut impl Write) -> anyhow::Result<Self> {
        match format {
            Format::Table => {
                let headings = R::COLUMNS.iter().map(|(name, _)| (*name).to_owned());
                out.line(in_columns::<R>(&headings.collect::<Vec<_>>()))?;
            }
            Format::Csv => csv_line(R::COLUMNS.iter().map(|(name, _)| *name), out)?,
            Format::Json => out.write_all(b"[")?,
            Format::Ndjson => {}
        }
        Ok(Self { format, written: 0 })
    }

    /// Goes on behind so many records that were written before.
    pub fn resume(format: Format, written: u64) -> Self {
        Self { format, written }
    }

    /// How many were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Writes one record.
    ///
    /// # Errors
    /// When the stream cannot be written.
    pub fn write<R: OutputRecord>(
        &mut self,
        record: &R,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        match self.format {
            Format::Table => out.line(in_columns::<R>(&record.cells()))?,
            Format::Csv => {
                let cells: Vec<String> = record.cells().into_iter().map(no_formula).collect();
                csv_line(cells.iter().map(String::as_str), out)?;
            }
            Format::Json => {
                out.write_all(if self.written == 0 { b"\n" } else { b"," })?;
                out.json(record)?;
            }
            Format::Ndjson => out.json(record)?,
        }
        self.written += 1;
        Ok(())
    }

    /// Writes what comes behind the last record.
    ///
    /// # Errors
    /// When the stream cannot be written.
    pub fn end(self, out: &mut impl Write) -> anyhow::Result<()> {
        if self.format == Format::Json {
            out.write_all(b"]\n")?;
        }
        Ok(())
    }
}

/// Writes objects in a form for programs. As CSV, the columns are the members of all objects in the
/// order in which they first appear, and a cell holds a list or an object as JSON.
#[derive(Debug)]
pub struct Documents {
    format: Format,
    written: u64,
    /// CSV has to know every member before its first line.
    waiting: Vec<serde_json::Map<String, Value>>,
}

impl Documents {
    /// Begins the output of one command. With `Table`, the command writes its text for people
    /// itself, and `write` and `end` write nothing.
    pub fn new(format: Format) -> Self {
        Self { format, written: 0, waiting: Vec::new() }
    }

    /// Whether a person reads the output.
    pub fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Writes one object.
    ///
    /// # Errors
    /// When the stream cannot be written.
    pub fn write(&mut self, value: &impl Serialize, out: &mut impl Write) -> anyhow::Result<()> {
        match self.format {
            Format::Table => {}
            Format::Ndjson => out.json(value)?,
            Format::Json => {
                out.write_all(if self.written == 0 { b"[\n" } else { b"," })?;
                out.json(value)?;
            }
            Format::Csv => {
                let value = serde_json::to_value(value)?;
                let members = value.as_object().cloned();
                // What is no object has one column.
                let alone = || [("value".to_owned(), value)].into_iter().collect();
                self.waiting.push(members.unwrap_or_else(alone));
            }
        }
        self.written += 1;
        Ok(())
    }

    /// Writes what comes behind the last object.
    ///
    /// # Errors
    /// When the stream cannot be written.
    pub fn end(self, out: &mut impl Write) -> anyhow::Result<()> {
        match self.format {
            Format::Table | Format::Ndjson => {}
            Format::Json if self.written == 0 => out.write_all(b"[]\n")?,
            Format::Json => out.write_all(b"]\n")?,
            Format::Csv => {
                let mut columns: Vec<&str> = Vec::new();
                for name in self.waiting.iter().flat_map(|members| members.keys()) {
                    if !columns.contains(&name.as_str()) {
                        columns.push(name);
                    }
                }
                csv_line(columns.iter().copied(), out)?;
                for members in &self.waiting {
                    let cells: Vec<String> =
                        columns.iter().map(|name| no_formula(cell(members.get(*name)))).collect();
                    csv_line(cells.iter().map(String::as_str), out)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the only object of a command.
    ///
    /// # Errors
    /// When the stream cannot be written.
    pub fn one(format: Format, value: &impl Serialize, out: &mut impl Write) -> anyhow::Result<()> {
        let mut documents = Self::new(format);
        documents.write(value, out)?;
        documents.end(out)
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn in_columns<R: OutputRecord>(cells: &[String]) -> String {
    let (last, first): (Vec<_>, Vec<_>) =
        R::COLUMNS.iter().zip(cells).partition(|((_, width), _)| *width == 0);
    let padded = first.iter().map(|((_, width), cell)| format!("{cell:<width$}  "));
    let text: String = padded.chain(last.iter().map(|(_, cell)| (*cell).clone())).collect();
    text.trim_end().to_owned()
}

fn csv_line<'a>(cells: impl Iterator<Item = &'a str>, out: &mut impl Write) -> anyhow::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(cells)?;
    let line = writer.into_inner().map_err(|_| anyhow::anyhow!("a CSV record is not whole"))?;
    out.write_all(&line)?;
    Ok(())
}

/// Spreadsheets run cells that begin so as formulas; an apostrophe makes them text. What begins
/// with an apostrophe gets another, so that a reader can take it off again.
fn no_formula(cell: String) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']);
    if is_formula { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests;
