//! Tables on a terminal and in Markdown. Each row is one line, whatever its cells hold.

use comfy_table::presets::{ASCII_MARKDOWN, NOTHING};
use comfy_table::{Cell, CellAlignment, Table};

use super::output::printable;

/// On which side a column is flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// Rows below their headings, without lines and without blanks at the ends.
pub fn table(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING);
    fill(&mut table, columns, rows);
    let lines = table
        .lines()
        .map(|line| line.trim_end().strip_prefix(' ').map(str::to_owned).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The same as a table of a Markdown file.
pub fn markdown(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN);
    fill(&mut table, columns, rows);
    let mut lines: Vec<String> = table.lines().collect();
    // The line below the headings says which columns are flush right.
    if let Some(rule) = lines.get_mut(1) {
        let cells = rule.trim_matches('|').split('|').zip(columns);
        let marked = cells.map(|(cell, (_, align))| match align {
            Align::Left => cell.to_owned(),
            Align::Right => format!("{}:", cell.strip_suffix('-').unwrap_or(cell)),
        });
        *rule = format!("|{}|", marked.collect::<Vec<_>>().join("|"));
    }
    lines.join("\n")
}

fn fill(table: &mut Table, columns: &[(&str, Align)], rows: &[Vec<String>]) {
    let cell = |text: &str, align: Align| {
        Cell::new(printable(text)).set_alignment(match align {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        })
    };
    table.set_header(columns.iter().map(|(name, align)| cell(name, *align)));
    for row in rows {
        table.add_row(row.iter().zip(columns).map(|(text, (_, align))| cell(text, *align)));
    }
}
