//! One option for the form of a command's output, and records written in that form one by one,
//! so that a list of any length takes no memory.

use std::io::Write;

use serde::Serialize;

use super::Lines;

/// The form of what is written to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Columns for people.
    Table,
    /// One JSON array.
    Json,
    /// One compact JSON object a line.
    Ndjson,
    /// Comma-separated values that no spreadsheet takes for formulas.
    Csv,
}

/// The options of a command that prints records.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct FormatOptions {
    /// Form of the output: columns, one JSON array, one JSON object a line, or CSV
    #[arg(long, value_enum, value_name = "FORMAT")]
    output: Option<Format>,

    /// The same as --output ndjson
    #[arg(long, conflicts_with = "output")]
    json: bool,
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
}

/// Something of which a command prints many.
pub trait Record: Serialize {
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
    pub fn begin<R: Record>(format: Format, out: &mut impl Write) -> anyhow::Result<Self> {
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
    pub fn write<R: Record>(&mut self, record: &R, out: &mut impl Write) -> anyhow::Result<()> {
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

fn in_columns<R: Record>(cells: &[String]) -> String {
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
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Pair {
        name: &'static str,
        number: u32,
    }

    impl Record for Pair {
        const COLUMNS: &'static [(&'static str, usize)] = &[("name", 0), ("number", 6)];

        fn cells(&self) -> Vec<String> {
            vec![self.name.to_owned(), self.number.to_string()]
        }
    }

    fn written(format: Format, names: &[&'static str]) -> String {
        let mut out = Vec::new();
        let mut records = Records::begin::<Pair>(format, &mut out).unwrap();
        for (number, name) in (1..).zip(names) {
            records.write(&Pair { name, number }, &mut out).unwrap();
        }
        records.end(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_form_holds_the_same_records() {
        let names = ["ann", "ben, \"b\""];
        assert_eq!(
            written(Format::Table, &names),
            "number  name\n1       ann\n2       ben, \"b\"\n"
        );
        assert_eq!(written(Format::Csv, &names), "name,number\nann,1\n\"ben, \"\"b\"\"\",2\n");
        let lines = "{\"name\":\"ann\",\"number\":1}\n{\"name\":\"ben, \\\"b\\\"\",\"number\":2}\n";
        assert_eq!(written(Format::Ndjson, &names), lines);
        let array: serde_json::Value =
            serde_json::from_str(&written(Format::Json, &names)).unwrap();
        assert_eq!(array.as_array().map(Vec::len), Some(2));
        assert_eq!(written(Format::Json, &[]), "[]\n");
        assert_eq!(written(Format::Csv, &[]), "name,number\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, expected) in [
            ("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1,1\n"),
            ("+a@example.com", "'+a@example.com,1\n"),
            ("-a@example.com", "'-a@example.com,1\n"),
            ("@sum(a1)", "'@sum(a1),1\n"),
            ("'+a@example.com", "''+a@example.com,1\n"),
            ("o'neil@example.com", "o'neil@example.com,1\n"),
        ] {
            assert_eq!(written(Format::Csv, &[cell]), format!("name,number\n{expected}"));
        }
    }

    #[test]
    fn the_second_option_is_short_for_one_of_the_first() {
        let options = |json, output| FormatOptions { output, json }.format();
        assert_eq!(options(true, None), Format::Ndjson);
        assert_eq!(options(false, Some(Format::Csv)), Format::Csv);
        assert_eq!(options(false, None), Format::Table);
    }
}
