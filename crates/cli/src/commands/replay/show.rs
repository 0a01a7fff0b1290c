//! The lines as people read them.

use std::io::Write;
use std::path::Path;

use warden_domain::bounce::BounceClass;

use super::message::ReplayedMessage;
use crate::frame::output::{Lines, printable};
use crate::frame::terminal::{self, counted, wrapped};

/// Addresses that a line on a terminal names at most.
pub(super) const LISTED: usize = 3;

/// Rows below each other, their columns as wide as what stands in them.
pub(super) fn write_lines(
    lines: &[ReplayedMessage],
    folder: Option<&Path>,
    most: Option<usize>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let rows: Vec<[String; 5]> = lines
        .iter()
        .map(|line| {
            let path = Path::new(&line.file);
            let path = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
            [
                line.outcome.name(),
                line.reason,
                line.kind.as_deref().unwrap_or("-"),
                line.domain.as_deref().unwrap_or("-"),
                &format!("{}#{}", path.to_string_lossy(), line.index),
            ]
            // Here and not only when written, because the widths count it.
            .map(|cell| printable(cell).into_owned())
        })
        .collect();
    let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let width = |column| cells(column).map(|cell| cell.chars().count()).max().unwrap_or_default();
    let [outcome, reason, kind, domain] = [0, 1, 2, 3].map(width);
    for (row, line) in rows.iter().zip(lines) {
        let [o, r, k, d, file] = row;
        let text = format!(
            "{o:outcome$}  {r:reason$}  {k:kind$}  {d:domain$}  {file}  {}",
            detail(line, most)
        );
        out.line(text.trim_end())?;
    }
    several_recipients(lines, out)
}

/// What events of messages with several recipients do not tell.
fn several_recipients(lines: &[ReplayedMessage], out: &mut impl Write) -> anyhow::Result<()> {
    let counts = lines.iter().filter_map(|line| line.message_recipients);
    let (messages, most) =
        counts.fold((0, 0), |(messages, most), count| (messages + 1, count.max(most)));
    if messages == 0 {
        return Ok(());
    }
    let events = counted(messages, "event is", "events are");
    out.line("")?;
    let text = format!(
        "{events} of a message with several recipients, up to {most}. They share one message id: \
         SES ties complaints, opens, clicks and late bounces to all of them, and VDM does not count \
         the message. docs/SENDING.md shows the pattern of one recipient a message."
    );
    for line in wrapped(&text, 0, terminal::width()).lines() {
        out.line(line)?;
    }
    Ok(())
}

/// What would go on the list, else whose fault it is; the first of many with `most`.
pub(super) fn detail(line: &ReplayedMessage, most: Option<usize>) -> String {
    let mut detail: Vec<String> =
        line.suppress.iter().map(|s| format!("{} {}", s.reason, s.address)).collect();
    if line.suppress.is_empty() {
        detail.extend(line.recipients.iter().map(|r| {
            let fault = r.fault.map_or("complaint", BounceClass::code);
            format!("{} ({fault})", r.address.as_deref().unwrap_or("no address"))
        }));
    }
    let more = detail.len().saturating_sub(most.unwrap_or(usize::MAX));
    detail.truncate(detail.len() - more);
    if let Some(alarm) = &line.alarm {
        detail.push(format!("{} {}", alarm.state, alarm.name));
    }
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    detail.join(", ") + &more
}
