//! The status on a terminal.

mod tables;

use std::io::{self, Write};

use super::report::{AccountPart, StatusReport, StatusVerdict, SuppressionPart, minute};
use crate::frame::output::{Lines, Style, styled};
use crate::frame::terminal::{counted, wrapped};

/// Longer lines are hard to read, however wide the terminal is.
const WIDEST: usize = 140;
/// Columns of a stream that is no terminal.
const USUAL: usize = 100;

/// Writes the first line, which answers.
pub(super) fn headline(
    report: &StatusReport,
    width: Option<usize>,
    out: &mut impl Write,
) -> io::Result<()> {
    let style = style(report.verdict);
    for line in wrapped(&report.headline, 0, Some(columns(width))).lines() {
        styled(&[(style, line)], out)?;
    }
    Ok(())
}

fn style(verdict: StatusVerdict) -> Style {
    match verdict {
        StatusVerdict::AllRight => Style::Good,
        StatusVerdict::Watch | StatusVerdict::NotKnown => Style::Watch,
        StatusVerdict::Problem => Style::Bad,
    }
}

fn columns(width: Option<usize>) -> usize {
    width.unwrap_or(USUAL).clamp(40, WIDEST)
}

/// Writes everything below the first line, which said `headline`.
pub(super) fn details(
    report: &StatusReport,
    headline: &str,
    width: Option<usize>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let columns = columns(width);
    let mut page = Page { out, columns };
    page.problems(report, headline)?;
    page.heading(&format!("Account in {}, {}", report.region, minute(&report.read_at)))?;
    match &report.account {
        Some(account) => page.account(account)?,
        None => page.text("not read")?,
    }
    tables::rates(report, &mut page)?;
    tables::domains(report, &mut page)?;
    tables::providers(report, &mut page)?;
    page.suppression(&report.suppression)?;
    tables::pools(report, &mut page)?;
    page.tenants(report)?;
    page.stack(report)?;
    page.history(report)?;
    page.not_known(report)
}

/// Where the parts are written, and how wide.
struct Page<'a, W> {
    out: &'a mut W,
    columns: usize,
}

impl<W: Write> Page<'_, W> {
    fn heading(&mut self, text: &str) -> anyhow::Result<()> {
        self.out.line("")?;
        styled(&[(Style::Bold, text)], self.out)?;
        Ok(())
    }

    /// A paragraph below a heading.
    fn text(&mut self, text: &str) -> anyhow::Result<()> {
        for line in wrapped(text, 2, Some(self.columns)).lines() {
            self.out.line(line)?;
        }
        Ok(())
    }

    /// A name and its value, which may take several lines.
    fn fact(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        const INDENT: usize = 14;
        let value = wrapped(value, INDENT, Some(self.columns));
        for (index, line) in value.lines().enumerate() {
            if index == 0 {
                self.out.line(format!("  {name:<11} {}", line.trim_start()))?;
            } else {
                self.out.line(line)?;
            }
        }
        Ok(())
    }

    fn problems(&mut self, report: &StatusReport, headline: &str) -> anyhow::Result<()> {
        // The first line was written before SES had answered everything.
        let shown = report.problems.iter().filter(|problem| !headline.contains(&problem.text));
        for problem in shown {
            let word = match problem.verdict {
                StatusVerdict::Problem => "problem",
                StatusVerdict::AllRight | StatusVerdict::Watch | StatusVerdict::NotKnown => "watch",
            };
            let text = wrapped(&problem.text, 11, Some(self.columns));
            for (index, line) in text.lines().enumerate() {
                let begin = if index == 0 { format!("  {word:<9}") } else { " ".repeat(11) };
                let style = style(problem.verdict);
                styled(&[(style, &begin), (Style::Plain, line.trim_start())], self.out)?;
            }
        }
        let commands = report.problems.iter().filter_map(|problem| problem.command.as_deref());
        let mut commands: Vec<&str> = commands.collect();
        commands.dedup();
        for command in commands {
            self.out.line(format!("  $ {command}"))?;
        }
        Ok(())
    }

    fn account(&mut self, account: &AccountPart) -> anyhow::Result<()> {
        let sending = if account.sending_enabled { "on" } else { "paused" };
        let by = account.paused_by.as_ref().map(|by| by.sentence()).unwrap_or_default();
        let access = if account.production_access { "production" } else { "sandbox" };
        self.fact(
            "sending",
            &format!(
                "{sending}{by}; AWS's verdict {} ({}); {access}",
                account.enforcement_status, account.enforcement_meaning
            ),
        )?;
        let whole = |number: f64| tables::grouped(number);
        let quota = match (account.quota, account.sent_in_24_hours) {
            (Some(quota), Some(sent)) => format!(
                "{} of {} recipients in 24 hours ({:.0} %)",
                whole(sent),
                whole(quota),
                account.quota_used.unwrap_or_default() * 100.0
            ),
            (None, Some(sent)) => format!("{} recipients in 24 hours, without limit", whole(sent)),
            (Some(_) | None, None) => "not known".to_owned(),
        };
        let pace =
            account.most_per_second.map(|most| format!("; at most {} a second", whole(most)));
        self.fact("quota", &format!("{quota}{}", pace.unwrap_or_default()))?;
        let plan = account.plan.as_deref().unwrap_or("not known");
        let next = account.next_plan.as_ref().filter(|next| Some(*next) != account.plan.as_ref());
        let next = next.map(|plan| format!(", {plan} from next month on"));
        let vdm = if account.vdm { "on" } else { "off" };
        self.fact("plan", &format!("{plan}{}; VDM {vdm}", next.unwrap_or_default()))
    }

    fn suppression(&mut self, part: &SuppressionPart) -> anyhow::Result<()> {
        self.heading("Suppression list")?;
        let entries = match (part.listed_bounces, part.listed_complaints) {
            (Some(bounces), Some(complaints)) if part.has_more => format!(
                "more than 1,000 entries; the first 1,000: {bounces} for a bounce, {complaints} for \
                 a complaint (all: ses-warden suppressions count)"
            ),
            (Some(bounces), Some(complaints)) => format!(
                "{}: {bounces} for a bounce, {complaints} for a complaint",
                counted(bounces + complaints, "entry", "entries")
            ),
            (Some(_) | None, _) => "not read".to_owned(),
        };
        self.fact("entries", &entries)?;
        if let (Some(files), Some(state)) = (part.files_waiting, part.import_state) {
            self.fact(
                "24 hours",
                &format!(
                    "{} put for a bounce, {} for a complaint, {} by import jobs; {} refused",
                    part.suppressed_for_bounces,
                    part.suppressed_for_complaints,
                    part.suppressed_by_imports,
                    part.refused
                ),
            )?;
            let state = state.replace('_', " ");
            let files = counted(files, "file", "files");
            self.fact("waiting", &format!("{files} in the bucket; imports are {state}"))?;
        }
        if let (Some(open), Some(failed)) = (part.jobs_open, part.jobs_failed)
            && open + failed > 0
        {
            self.fact("jobs", &format!("{open} open, {failed} failed, as far as SES lists them"))?;
        }
        Ok(())
    }

    fn tenants(&mut self, report: &StatusReport) -> anyhow::Result<()> {
        let Some(tenants) = report.tenants.as_ref().filter(|tenants| tenants.count > 0) else {
            return Ok(());
        };
        self.heading("Tenants")?;
        let disabled = tenants.disabled.len();
        self.text(&format!(
            "{}, {disabled} disabled, {} with findings of high impact{}",
            counted(tenants.count, "tenant", "tenants"),
            tenants.high_impact.len(),
            match tenants.high_impact.as_slice() {
                [] => String::new(),
                names => format!(": {}", names.join(", ")),
            }
        ))
    }

    fn stack(&mut self, report: &StatusReport) -> anyhow::Result<()> {
        if report.alarms.is_none() && report.queues.is_empty() && report.functions.is_empty() {
            return Ok(());
        }
        self.heading("Stack")?;
        if let Some(alarms) = &report.alarms {
            let silenced = match alarms.silenced {
                0 => String::new(),
                count => format!("; {count} with their actions switched off"),
            };
            self.fact(
                "alarms",
                &format!(
                    "{} in ALARM, {} OK, {} without enough data{silenced}",
                    alarms.in_alarm.len(),
                    alarms.ok,
                    alarms.insufficient_data
                ),
            )?;
        }
        let queues = report.queues.iter().map(|queue| format!("{}: {}", queue.name, queue.waiting));
        let queues: Vec<String> = queues.collect();
        if !queues.is_empty() {
            self.fact("queues", &queues.join("; "))?;
        }
        for function in &report.functions {
            let since = minute(&function.last_modified);
            let code: String = function.code_sha256.chars().take(10).collect();
            self.fact(
                "function",
                &format!("{}, {}, {since}, {code}", function.name, function.state),
            )?;
        }
        self.fact("command", &format!("ses-warden {}", report.version))
    }

    fn history(&mut self, report: &StatusReport) -> anyhow::Result<()> {
        if report.history.is_empty() {
            return Ok(());
        }
        self.heading("Last pauses and resumes")?;
        for entry in &report.history {
            let target = match entry.target.as_str() {
                "" => "the account".to_owned(),
                name => format!("{} {name}", entry.target_kind.replace('_', " ")),
            };
            let event = entry.event.replace('_', " ");
            self.text(&format!("{event}: {target}{}", entry.sentence()))?;
        }
        Ok(())
    }

    fn not_known(&mut self, report: &StatusReport) -> anyhow::Result<()> {
        if !report.not_read.is_empty() {
            self.heading("Not read")?;
            for part in &report.not_read {
                let text = format!("{} ({}): {}", part.what, part.permission, part.reason);
                self.text(&text)?;
            }
        }
        if !report.cannot_know.is_empty() {
            self.out.line("")?;
        }
        for sentence in &report.cannot_know {
            for line in wrapped(sentence, 0, Some(self.columns)).lines() {
                styled(&[(Style::Dim, line)], self.out)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
