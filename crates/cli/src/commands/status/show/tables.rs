//! Tables of the status. Names give way where a table is too wide.

use std::io::Write;

use super::super::report::{StatusReport, percent};
use super::Page;
use crate::frame::output::Lines;
use crate::frame::table::{Align, table};
use crate::frame::terminal::{columns_of, counted, shortened};

/// Rows of a table; the rest are counted.
const MOST_ROWS: usize = 30;
/// A name is not shortened below this.
const SHORTEST_NAME: usize = 12;
/// Columns from which on a row shows every hour, and not every two.
const WIDE: usize = 110;

type Columns<'a> = &'a [(&'a str, Align)];

impl<W: Write> Page<'_, W> {
    /// Writes a table whose first column is a name of any length.
    fn rows(&mut self, columns: Columns<'_>, mut rows: Vec<Vec<String>>) -> anyhow::Result<()> {
        let left_out = rows.len().saturating_sub(MOST_ROWS);
        rows.truncate(MOST_ROWS);
        let room = self.columns.saturating_sub(2);
        let widest = |text: &str| text.lines().map(columns_of).max().unwrap_or_default();
        let mut text = table(columns, &rows);
        let excess = widest(&text).saturating_sub(room);
        if excess > 0 {
            let longest = rows.iter().filter_map(|row| row.first()).map(|name| columns_of(name));
            let most = longest.max().unwrap_or_default().saturating_sub(excess).max(SHORTEST_NAME);
            for name in rows.iter_mut().filter_map(|row| row.first_mut()) {
                *name = shortened(name, most);
            }
            text = table(columns, &rows);
        }
        for line in text.lines() {
            self.out.line(format!("  {line}"))?;
        }
        if left_out > 0 {
            self.text(&format!("and {left_out} more; --json has them all"))?;
        }
        Ok(())
    }
}

/// AWS's rates of the account and of each configuration set.
pub(super) fn rates<W: Write>(report: &StatusReport, page: &mut Page<'_, W>) -> anyhow::Result<()> {
    page.heading("Rates as AWS computes them")?;
    let columns = [
        ("", Align::Left),
        ("sending", Align::Left),
        ("bounces", Align::Right),
        ("of review line", Align::Right),
        ("complaints", Align::Right),
        ("of review line", Align::Right),
    ];
    let cells = |set: Option<&str>, measure: &str| {
        let mut rates = report.rates.iter();
        let found = rates.find(|rate| rate.set.as_deref() == set && rate.measure == measure);
        found.map_or_else(
            || ["-".to_owned(), "-".to_owned()],
            |rate| [percent(rate.rate), format!("{:.0} %", rate.of_review_line * 100.0)],
        )
    };
    let row = |name: &str, sending: &str, set: Option<&str>| {
        let begin = [name.to_owned(), sending.to_owned()];
        let rates = ["bounce", "complaint"].into_iter().flat_map(|measure| cells(set, measure));
        begin.into_iter().chain(rates).collect::<Vec<String>>()
    };
    let sends = |sends: Option<bool>| match sends {
        Some(true) => "on",
        Some(false) => "paused",
        None => "not read",
    };
    let account = report.account.as_ref().map(|account| account.sending_enabled);
    let mut rows = vec![row("account", sends(account), None)];
    for set in &report.sets {
        rows.push(row(&set.name, sends(set.sends), Some(&set.name)));
    }
    page.rows(&columns, rows)?;
    page.text(
        "AWS reviews an account at 5 % bounces or 0.1 % complaints and may pause it at 10 % or 0.5 %.",
    )?;
    if report.sets_not_read > 0 {
        let count = report.sets_not_read;
        page.text(&format!(
            "The sending state of {count} more sets was not read; --all reads it, a second each."
        ))?;
    }
    Ok(())
}

/// A row for each sender domain.
pub(super) fn domains<W: Write>(
    report: &StatusReport,
    page: &mut Page<'_, W>,
) -> anyhow::Result<()> {
    if report.domains.is_empty() {
        return Ok(());
    }
    page.heading("Sender domains in 24 hours")?;
    let columns = [
        ("domain", Align::Left),
        ("sends", Align::Right),
        ("hard", Align::Right),
        ("rate", Align::Right),
        ("bound", Align::Right),
        ("compl.", Align::Right),
        ("by hour", Align::Left),
        ("alarms", Align::Left),
    ];
    let is_wide = page.columns >= WIDE;
    let rows = report.domains.iter().map(|domain| {
        let alarms = match (domain.in_alarm.len(), domain.alarms) {
            (_, 0) => "none".to_owned(),
            (0, _) => "OK".to_owned(),
            (count, _) => format!("{count} in ALARM"),
        };
        vec![
            domain.domain.clone(),
            grouped(domain.sends as f64),
            domain.hard_bounces.to_string(),
            domain.bounce_rate.map_or_else(|| "-".to_owned(), percent),
            percent(domain.bounce_bound),
            domain.complaints.to_string(),
            sparkline(&domain.sends_by_hour, if is_wide { 1 } else { 3 }),
            alarms,
        ]
    });
    page.rows(&columns, rows.collect())?;
    page.text(
        "rate: hard bounces over sends; bound: the least that the true rate can be, at 95 % \
         confidence, which the alarms compare; by hour: sends.",
    )?;
    let several: u64 = report.domains.iter().map(|domain| domain.multi_recipient).sum();
    if several > 0 {
        page.text(&format!(
            "{} had several recipients: SES ties complaints, opens and late bounces to all of them, \
             and VDM leaves them out (docs/SENDING.md).",
            counted(several, "message", "messages")
        ))?;
    }
    Ok(())
}

/// Sums of `hours` hours as bars of eight heights; a dot for nothing.
fn sparkline(sends: &[u64], hours: usize) -> String {
    const BARS: [char; 8] = [
        '\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}',
        '\u{2588}',
    ];
    let sums: Vec<u64> = sends.chunks(hours).map(|hours| hours.iter().sum()).collect();
    let most = sums.iter().copied().max().unwrap_or_default().max(1);
    let bar = |sum: &u64| {
        if *sum == 0 {
            return '\u{b7}';
        }
        let step = (*sum).saturating_mul(8).div_ceil(most).clamp(1, 8);
        usize::try_from(step - 1).ok().and_then(|at| BARS.get(at).copied()).unwrap_or('\u{2588}')
    };
    sums.iter().map(bar).collect()
}

/// VDM's figures by mailbox provider.
pub(super) fn providers<W: Write>(
    report: &StatusReport,
    page: &mut Page<'_, W>,
) -> anyhow::Result<()> {
    if report.providers.is_empty() {
        return Ok(());
    }
    page.heading("Mailbox providers by VDM, yesterday and today")?;
    let columns = [
        ("provider", Align::Left),
        ("sends", Align::Right),
        ("delivered", Align::Right),
        ("hard bounces", Align::Right),
        ("complaints", Align::Right),
    ];
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), percent);
    let rows = report.providers.iter().map(|one| {
        vec![
            one.isp.clone(),
            grouped(one.sends as f64),
            share(one.delivery_rate),
            share(one.bounce_rate),
            share(one.complaint_rate),
        ]
    });
    page.rows(&columns, rows.collect())?;
    page.text("VDM leaves out mail with several recipients, and Gmail reports no complaints.")
}

/// Dedicated IP pools, and what managed ones send by mailbox provider.
pub(super) fn pools<W: Write>(report: &StatusReport, page: &mut Page<'_, W>) -> anyhow::Result<()> {
    if report.pools.is_empty() {
        return Ok(());
    }
    page.heading("Dedicated IP pools")?;
    let columns = [
        ("pool", Align::Left),
        ("mode", Align::Left),
        ("provider", Align::Left),
        ("sent in 24 hours", Align::Right),
        ("available", Align::Right),
    ];
    let number = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), grouped);
    let mut rows = Vec::new();
    for pool in &report.pools {
        let mode = if pool.is_managed { "managed" } else { "standard" };
        let begin = [pool.name.clone(), mode.to_owned()];
        if pool.providers.is_empty() {
            rows.push(begin.into_iter().chain(["-", "-", "-"].map(str::to_owned)).collect());
            continue;
        }
        for one in &pool.providers {
            let sent = number(one.sent_last_24_hours);
            let available = number(one.available_24_hour_send);
            let cells = [one.provider.clone(), sent, available];
            rows.push(begin.iter().cloned().chain(cells).collect());
        }
    }
    page.rows(&columns, rows)?;
    page.text(&format!(
        "{} of 50 pools that a Region may have, standard and managed together. With managed pools an \
         account may have 10,000 identities. A managed pool cannot become a standard one.",
        report.pool_count
    ))
}

/// `12,345`.
pub(super) fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0.0 && digits != "0" { format!("-{text}") } else { text }
}
