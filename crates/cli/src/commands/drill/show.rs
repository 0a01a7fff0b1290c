//! The plan and the results, for people and for programs.

use std::io::Write;

use serde::Serialize;
use warden_domain::drill::{Hop, HopResult, HopState, Mailbox};

use super::plan::Plan;
use super::stack::StackParts;
use crate::frame::output::{Format, Lines, OutputRecord, Records};
use crate::frame::terminal::{width, wrapped};

/// One hop, as a program reads it.
#[derive(Debug, Serialize)]
struct Row<'a> {
    drill: &'a str,
    region: &'a str,
    configuration_set: &'a str,
    hop: Hop,
    state: HopState,
    seconds: Option<f64>,
    text: &'a str,
    advice: &'a str,
}

impl OutputRecord for Row<'_> {
    const COLUMNS: &'static [(&'static str, usize)] =
        &[("hop", 17), ("state", 11), ("seconds", 7), ("what was seen", 0)];

    fn cells(&self) -> Vec<String> {
        let seconds = self.seconds.map(|seconds| format!("{seconds:>7.1}")).unwrap_or_default();
        let state = self.state.code().replace('_', " ");
        vec![self.hop.code().to_owned(), state, seconds, self.text.to_owned()]
    }
}

pub(super) fn plan(
    plan: &Plan,
    stack: &StackParts,
    region: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let columns = width();
    out.line(format!(
        "Drill {} of configuration set {} in {region}, stack {}:",
        plan.id, plan.configuration_set, stack.name
    ))?;
    let names = Mailbox::ALL.map(Mailbox::name).join(", ");
    let mut lines = vec![
        format!(
            "send {} mails from {} to SES's mailbox simulator: {names}",
            Mailbox::ALL.len(),
            plan.from
        ),
        format!(
            "make the queue {} and subscribe it to the stack's topics",
            plan.queue_name(&stack.name)
        ),
    ];
    if plan.has_alarm {
        lines.push(format!(
            "make the alarm {}, which goes into ALARM: the operators get one notice that says drill",
            plan.alarm_name(&stack.alarm_prefix)
        ));
    }
    if plan.has_list {
        lines.push(format!(
            "have suppress put {} on the suppression list, and take it off: the metric Suppressed rises by 1",
            plan.listed_address()
        ));
    }
    lines.push(format!("wait up to {:.0} s, and remove all of it again", plan.wait));
    for line in lines {
        for (number, part) in wrapped(&line, 4, columns).split('\n').enumerate() {
            let text = part.trim_start();
            out.line(format!("{}{text}", if number == 0 { "  - " } else { "    " }))?;
        }
    }
    out.line("Nothing is paused, and no sender's counts or rates change.")?;
    Ok(())
}

pub(super) fn results(
    plan: &Plan,
    stack: &StackParts,
    region: &str,
    results: &[HopResult],
    format: Format,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let is_table = format == Format::Table;
    if is_table {
        out.line(format!(
            "Drill {} of configuration set {} in {region}, stack {}",
            plan.id, plan.configuration_set, stack.name
        ))?;
        out.line("")?;
    }
    let mut records = Records::begin::<Row<'_>>(format, out)?;
    for result in results {
        let row = Row {
            drill: &plan.id,
            region,
            configuration_set: &plan.configuration_set,
            hop: result.hop,
            state: result.state,
            seconds: result.seconds.map(|seconds| (seconds * 10.0).round() / 10.0),
            text: &result.text,
            advice: &result.advice,
        };
        records.write(&row, out)?;
    }
    records.end(out)?;
    if is_table {
        out.line("")?;
        out.line(verdict(results))?;
        let columns = width();
        for result in results.iter().filter(|result| !result.advice.is_empty()) {
            for part in wrapped(&format!("{}: {}", result.hop.code(), result.advice), 2, columns)
                .split('\n')
            {
                out.line(part)?;
            }
        }
    }
    Ok(())
}

/// How the drill ended, in one line.
pub(super) fn verdict(results: &[HopResult]) -> String {
    let named = |state: HopState| {
        let hops = results.iter().filter(|result| result.state == state);
        hops.map(|result| result.hop.code()).collect::<Vec<_>>().join(", ")
    };
    let parts = [("Broken", HopState::Broken), ("Not proven", HopState::Unproven)]
        .map(|(word, state)| (word, named(state)));
    let said: Vec<String> = parts
        .iter()
        .filter(|(_, hops)| !hops.is_empty())
        .map(|(word, hops)| format!("{word}: {hops}."))
        .collect();
    if said.is_empty() {
        let passed = results.iter().filter(|result| result.state == HopState::Passed).count();
        return format!("All {passed} hops work.");
    }
    said.join(" ")
}
