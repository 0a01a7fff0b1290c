//! A file of lines with cells: CSV with any usual delimiter, with headings or without.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::fields::{Content, ExportRow, Fields, plain_name};

/// Longest record, in bytes, with all its line breaks. What is longer has a quotation mark that
/// does not close, and would swallow the rows behind it.
const LONGEST_RECORD: usize = 64 * 1024;
/// Most cells that are read of a record; exports have about ten.
const MOST_CELLS: usize = 1024;

/// Names of the cells of a file without headings: that of SES's import jobs.
const WITHOUT_HEADINGS: [&str; 2] = ["emailaddress", "reason"];

/// The file, and what its first line says about it.
#[derive(Debug)]
pub(super) struct Table<'t> {
    /// What is behind the headings.
    rest: &'t str,
    /// The line that `rest` begins with, from 1.
    line: usize,
    delimiter: u8,
    headings: Option<Vec<String>>,
}

impl<'t> Table<'t> {
    pub(super) fn parse(text: &'t str) -> Self {
        let (mut text, mut line) = (text, 1);
        let mut delimiter = None;
        // A line that names the delimiter to spreadsheets.
        if let Some((first, rest)) = text.split_once('\n')
            && let Some(named) = first.trim_end().strip_prefix("sep=")
            && let [byte] = named.as_bytes()
        {
            (text, line, delimiter) = (rest, 2, Some(*byte));
        }
        let (text, skipped) = without_blank_lines(text);
        line += skipped;
        let first_line = text.split('\n').next().unwrap_or_default();
        let delimiter = delimiter.unwrap_or_else(|| delimiter_of(first_line));
        let mut cursor = RecordCursor::new(text, line, delimiter);
        let first: Vec<String> = match cursor.next() {
            Some((_, Some(cells))) => cells.iter().map(|cell| plain_name(cell)).collect(),
            Some((_, None)) | None => Vec::new(),
        };
        // The first row of an import file of SES's, even where its address is none.
        let is_entry = first.iter().any(|cell| ["bounce", "complaint"].contains(&cell.as_str()));
        if first_line.contains('@') || is_entry || first.is_empty() {
            return Self { rest: text, line, delimiter, headings: None };
        }
        let (rest, line) = (cursor.text, cursor.line);
        Self { rest, line, delimiter, headings: Some(first) }
    }

    /// The headings, without case and punctuation.
    pub(super) fn headings(&self) -> Option<&[String]> {
        self.headings.as_deref()
    }

    /// Each row, in order.
    pub(super) fn for_each_row(&self, mut take: impl FnMut(ExportRow<'_>)) {
        let mut cursor = RecordCursor::new(self.rest, self.line, self.delimiter);
        while let Some((line, cells)) = cursor.next() {
            match cells {
                Some(cells) => take(ExportRow { line, content: self.content(&cells) }),
                None => {
                    let content = Content::Broken("a quotation mark does not close");
                    take(ExportRow { line, content });
                }
            }
        }
    }

    fn content<'c>(&'c self, cells: &'c [&'c str]) -> Content<'c> {
        let mut fields = Fields::default();
        let Some(headings) = &self.headings else {
            WITHOUT_HEADINGS.iter().zip(cells).for_each(|(name, cell)| fields.push(name, cell));
            return Content::Fields(fields);
        };
        headings.iter().zip(cells).for_each(|(name, cell)| fields.push(name, cell));
        let has_more = cells.iter().skip(headings.len()).any(|cell| !cell.trim().is_empty());
        if has_more { Content::TooManyCells(fields) } else { Content::Fields(fields) }
    }
}

/// Reads record after record, and goes on behind one that is broken.
struct RecordCursor<'t> {
    text: &'t str,
    line: usize,
    reader: Reader,
    cells: Vec<u8>,
    ends: Vec<usize>,
}

impl<'t> RecordCursor<'t> {
    fn new(text: &'t str, line: usize, delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        let (cells, ends) = (vec![0; LONGEST_RECORD + 2], vec![0; MOST_CELLS]);
        Self { text, line, reader, cells, ends }
    }

    /// The next record that is not blank, with the line at which it begins; no cells where it is
    /// broken.
    fn next(&mut self) -> Option<(usize, Option<Vec<&str>>)> {
        let (text, skipped) = without_blank_lines(self.text);
        self.text = text;
        self.line += skipped;
        if text.is_empty() {
            return None;
        }
        let at = self.line;
        let window = text.as_bytes().get(..LONGEST_RECORD).unwrap_or(text.as_bytes());
        self.reader.reset();
        let (mut result, mut read, mut written, mut ended) =
            self.reader.read_record(window, &mut self.cells, &mut self.ends);
        if matches!(result, ReadRecordResult::InputEmpty) && window.len() == text.len() {
            // The last record may have no line break; an open quotation mark takes it in.
            let (cells, ends) = (self.cells.get_mut(written..), self.ends.get_mut(ended..));
            let (last, _, more_written, more_ended) =
                self.reader.read_record(b"\n", cells.unwrap_or_default(), ends.unwrap_or_default());
            (result, written, ended) = (last, written + more_written, ended + more_ended);
        }
        let is_whole = matches!(result, ReadRecordResult::Record);
        if !is_whole {
            read = text.find('\n').map_or(text.len(), |end| end + 1);
        }
        let (record, rest) = text.split_at_checked(read).unwrap_or((text, ""));
        self.text = rest;
        self.line += record.bytes().filter(|byte| *byte == b'\n').count();
        if !is_whole {
            return Some((at, None));
        }
        let mut from = 0;
        let cells = self.ends.get(..ended).unwrap_or_default().iter().map(|end| {
            let cell = self.cells.get(from..(*end).min(written)).unwrap_or_default();
            from = *end;
            // Cells are cut at ASCII characters, so they are whole.
            std::str::from_utf8(cell).unwrap_or_default()
        });
        Some((at, Some(cells.collect())))
    }
}

/// The text behind its blank lines, and how many there are.
fn without_blank_lines(text: &str) -> (&str, usize) {
    let (mut rest, mut skipped) = (text, 0);
    while let Some((line, behind)) = rest.split_once('\n') {
        if !line.trim().is_empty() {
            return (rest, skipped);
        }
        (rest, skipped) = (behind, skipped + 1);
    }
    if rest.trim().is_empty() { ("", skipped) } else { (rest, skipped) }
}

/// The delimiter that is in the first line most often, quoted cells aside; a comma where none is.
fn delimiter_of(line: &str) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in line.bytes() {
        is_quoted ^= byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(!is_quoted && byte == *delimiter);
        }
    }
    let mut best = (b',', 0);
    for counted in counts {
        if counted.1 > best.1 {
            best = counted;
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line, and `name=value` of each cell; `!` where a row is broken, `+` with too many cells.
    fn rows(text: &str) -> Vec<(usize, String)> {
        let mut rows = Vec::new();
        Table::parse(text).for_each_row(|row| {
            let shown = |fields: &Fields<'_>| {
                let pairs = fields
                    .names()
                    .map(|name| format!("{name}={}", fields.get(name).unwrap_or_default()));
                pairs.collect::<Vec<_>>().join(" ")
            };
            let content = match &row.content {
                Content::Fields(fields) => shown(fields),
                Content::TooManyCells(fields) => format!("+ {}", shown(fields)),
                Content::Broken(_) => "!".to_owned(),
            };
            rows.push((row.line, content));
        });
        rows
    }

    fn expect(text: &str, expected: &[(usize, &str)]) {
        let expected: Vec<_> =
            expected.iter().map(|(line, row)| (*line, (*row).to_owned())).collect();
        assert_eq!(rows(text), expected, "{text:?}");
    }

    #[test]
    fn rows_are_read_whatever_the_delimiter_and_the_line_breaks() {
        for delimiter in [",", ";", "\t", "|"] {
            for end in ["\n", "\r\n"] {
                let text =
                    ["Email Address,reason", "a@example.com,\"x\"", "b@example.com,y"].join(end);
                expect(
                    &text.replace(',', delimiter),
                    &[
                        (2, "emailaddress=a@example.com reason=x"),
                        (3, "emailaddress=b@example.com reason=y"),
                    ],
                );
            }
        }
        expect("sep=;\r\na;b\r\n1,5;2\r\n", &[(3, "a=1,5 b=2")]);
    }

    #[test]
    fn lines_are_those_of_the_file() {
        expect(
            "\n\na,b\n\n\"1\n\n1\",\"say \"\"hi\"\"\"\n\n2,3\n",
            &[(5, "a=1\n\n1 b=say \"hi\""), (9, "a=2 b=3")],
        );
    }

    #[test]
    fn a_file_without_headings_holds_addresses_and_reasons() {
        expect(
            "a@example.com,BOUNCE\nb@example.com\n",
            &[(1, "emailaddress=a@example.com reason=BOUNCE"), (2, "emailaddress=b@example.com")],
        );
    }

    #[test]
    fn an_open_quotation_mark_costs_its_own_line_alone() {
        expect("a,b\n1,\"x\n2,y\n3,z", &[(2, "!"), (3, "a=2 b=y"), (4, "a=3 b=z")]);
        let long = format!("a,b\n1,\"{}\n2,y\n", "x\n".repeat(LONGEST_RECORD));
        let read = rows(&long);
        assert_eq!(read.first(), Some(&(2, "!".to_owned())));
        assert_eq!(read.len(), LONGEST_RECORD + 1, "each line is a row");
    }

    #[test]
    fn cells_may_be_missing_and_too_many_are_noted() {
        expect(
            "a,b,c\n1\n1,2,3,,\n1,2,3,4\n,,\n",
            &[(2, "a=1"), (3, "a=1 b=2 c=3"), (4, "+ a=1 b=2 c=3"), (5, "a= b= c=")],
        );
        let many = format!("a,b\n{}\n", "1,".repeat(2 * MOST_CELLS));
        assert_eq!(rows(&many), [(2, "!".to_owned())]);
    }
}
