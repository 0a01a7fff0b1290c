//! What an import would do, for people and for programs.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;
use warden_domain::exports::{PlannedRow, RowAction};
use warden_domain::suppression::SuppressionReason;

use super::read::ImportFiles;
use crate::frame::output::{Format, Lines, OutputRecord, Records};
use crate::frame::table::{Align, table};
use crate::frame::terminal::{counted, width, wrapped};

/// Rows that a person must look at, in a summary; all of them are in the other forms.
const MOST_SHOWN: usize = 50;

/// A row of the plan, as programs read it.
#[derive(Debug, Serialize)]
struct PlanRow<'a> {
    line: usize,
    address: &'a str,
    action: &'static str,
    reason: Option<&'static str>,
    why: &'a str,
}

impl<'a> PlanRow<'a> {
    fn of(row: &'a PlannedRow) -> Self {
        let (action, reason) =
            (row.action.code(), row.action.reason().map(SuppressionReason::code));
        Self { line: row.line, address: row.address.expose(), action, reason, why: &row.why }
    }
}

impl OutputRecord for PlanRow<'_> {
    const COLUMNS: &'static [(&'static str, usize)] =
        &[("line", 8), ("address", 40), ("action", 7), ("reason", 9), ("why", 0)];

    fn cells(&self) -> Vec<String> {
        let reason = self.reason.unwrap_or_default();
        [&self.line.to_string(), self.address, self.action, reason, self.why]
            .map(str::to_owned)
            .to_vec()
    }
}

/// Writes what each row of the files becomes.
pub(super) fn rows(
    files: &ImportFiles,
    format: Format,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut records = Records::begin::<PlanRow<'_>>(format, out)?;
    for row in files.plan.rows() {
        records.write(&PlanRow::of(row), out)?;
    }
    records.end(out)
}

/// Writes how many rows become what, and each row that a person must look at.
pub(super) fn summary(files: &ImportFiles, out: &mut impl Write) -> anyhow::Result<()> {
    for (name, kind, rows) in &files.files {
        out.line(format!(
            "{name}: {} of {}'s, {}",
            kind.name(),
            kind.provider(),
            counted(rows.len(), "row", "rows")
        ))?;
    }
    let mut groups: BTreeMap<(RowAction, &str), usize> = BTreeMap::new();
    for row in files.plan.rows() {
        let code = row.why.split_once(':').map_or(row.why.as_ref(), |(code, _)| code);
        *groups.entry((row.action, code)).or_default() += 1;
    }
    let columns = [
        ("action", Align::Left),
        ("reason", Align::Left),
        ("rows", Align::Right),
        ("why", Align::Left),
    ];
    let lines: Vec<Vec<String>> = groups
        .iter()
        .map(|((action, code), count)| {
            let reason = action.reason().map_or("", SuppressionReason::code);
            vec![
                action.code().to_owned(),
                reason.to_owned(),
                count.to_string(),
                code.replace('_', " "),
            ]
        })
        .collect();
    if !lines.is_empty() {
        writeln!(out, "\n{}", table(&columns, &lines))?;
    }
    to_decide(files, out)?;
    let counts = files.plan.counts();
    out.line("")?;
    let imported = counted(counts.bounces + counts.complaints, "address", "addresses");
    let text = format!(
        "To import: {imported}, {} for a bounce and {} for a complaint. Rows skipped: {}, for you to \
         decide: {}, without a usable address: {}.",
        counts.bounces, counts.complaints, counts.skipped, counts.review, counts.invalid
    );
    writeln!(out, "{}", wrapped(&text, 0, width()))?;
    Ok(())
}

fn to_decide(files: &ImportFiles, out: &mut impl Write) -> anyhow::Result<()> {
    let is_open = |row: &PlannedRow| matches!(row.action, RowAction::Review | RowAction::Invalid);
    let open: Vec<_> = files.rows().filter(|(_, row)| is_open(row)).collect();
    if open.is_empty() {
        return Ok(());
    }
    out.line("")?;
    out.line("Not imported, for you to look at:")?;
    for (name, row) in open.iter().take(MOST_SHOWN) {
        let address = row.address.expose();
        let address = if address.is_empty() { "no address" } else { address };
        let text = format!("{name}:{}  {address}  {}", row.line, row.why);
        writeln!(out, "{}", wrapped(&text, 2, width()))?;
    }
    if open.len() > MOST_SHOWN {
        out.line(format!("  and {} more; --plan --json shows every row", open.len() - MOST_SHOWN))?;
    }
    Ok(())
}
