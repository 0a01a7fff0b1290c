//! The results as tables, for a terminal or as Markdown.

mod sections;

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, TableComponent, presets};

use crate::model::PauseJudgement;
use crate::policy::PauseRule;
use crate::results::{PolicyOutcome, Results, ScenarioRow, Stopped};
use crate::sensitivity::Variation;

/// How tables are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableStyle {
    /// For a terminal, or whatever else is so wide.
    Terminal {
        /// Its width, which prose keeps to.
        columns: usize,
    },
    /// Markdown.
    Markdown,
}

/// The policies that differ in the representative volume alone, smallest first.
pub const VOLUMES: [PauseRule; 3] =
    [PauseRule::AwsSampleSmallVolume, PauseRule::AwsSample, PauseRule::AwsSampleLargeVolume];

/// A title, a note and a table.
struct TableSection {
    title: String,
    note: &'static str,
    table: Table,
}

/// Returns all results as tables.
pub fn render(results: &Results, style: TableStyle) -> String {
    write(sections::all(results, style), style)
}

/// Returns the results of several worlds side by side.
pub fn render_sensitivity(variations: &[Variation], style: TableStyle) -> String {
    write(vec![sections::sensitivity(variations, style)], style)
}

fn write(sections: Vec<TableSection>, style: TableStyle) -> String {
    let mut text = String::new();
    for TableSection { title, note, table } in sections {
        let (title, note) = match style {
            TableStyle::Terminal { columns } => {
                (textwrap::fill(&title, columns), textwrap::fill(note, columns))
            }
            TableStyle::Markdown => (format!("### {title}"), note.to_owned()),
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "{title}\n\n{note}\n\n{table}\n\n");
    }
    text
}

/// An empty table; a terminal breaks its headings at `\n`, which leaves room for numbers.
fn table<S: AsRef<str>>(header: &[S], first_number: usize, style: TableStyle) -> Table {
    let mut table = Table::new();
    let words = header.iter().map(AsRef::as_ref);
    match style {
        TableStyle::Terminal { .. } => {
            table.load_preset(presets::NOTHING).set_header(words);
            table.set_style(TableComponent::HeaderLines, '─');
            table.set_style(TableComponent::MiddleHeaderIntersections, '─');
        }
        TableStyle::Markdown => {
            table
                .load_preset(presets::ASCII_MARKDOWN)
                .set_header(words.map(|words| words.replace('\n', " ")));
        }
    }
    for (place, column) in table.column_iter_mut().enumerate() {
        if style != TableStyle::Markdown {
            column.set_padding((0, 1));
        }
        if place >= first_number {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Columns of a title on a terminal.
const TITLE: usize = 14;

fn short_title(title: &str, style: TableStyle) -> String {
    match style {
        TableStyle::Terminal { .. } => textwrap::fill(title, TITLE),
        TableStyle::Markdown => title.to_owned(),
    }
}

/// What a policy did in the scenario and volume of a row.
pub fn outcome(row: &ScenarioRow, policy: PauseRule) -> Option<&PolicyOutcome> {
    row.policies.iter().find(|outcome| outcome.policy == policy)
}

/// The same with its incident, if the scenario has one.
pub fn incident(row: &ScenarioRow, policy: PauseRule) -> Option<(&PolicyOutcome, &Stopped)> {
    outcome(row, policy).and_then(|outcome| Some((outcome, outcome.incident.as_ref()?)))
}

/// A title for the years of a scenario that are without its incident.
pub fn quiet_title(row: &ScenarioRow) -> String {
    match row.pause {
        PauseJudgement::Right => format!("{}, before", row.title),
        PauseJudgement::Wrong => row.title.clone(),
        PauseJudgement::Either => format!("{} (not counted)", row.title),
    }
}

/// `12.3 x`; `> 12.3 x` where AWS's sample missed an incident, which then ended by
/// itself and not at a pause.
pub fn times(row: &ScenarioRow, stopped: &Stopped, policy: PauseRule) -> String {
    if policy == PauseRule::AwsSample {
        return String::new();
    }
    let missed =
        incident(row, PauseRule::AwsSample).is_some_and(|(_, aws)| aws.pause.count < aws.runs);
    format!("{}{:.1} x", if missed { "> " } else { "" }, stopped.times_fewer_than_aws_sample)
}

/// A multiple, short.
pub(crate) fn multiple(value: f64) -> String {
    match value {
        ..0.095 => format!("{value:.2} x"),
        ..9.95 => format!("{value:.1} x"),
        _ => format!("{} x", number(value)),
    }
}

/// Three significant digits, with thousands set apart.
pub fn number(value: f64) -> String {
    let scale = if value >= 1000.0 { 10_f64.powf(value.log10().floor() - 2.0) } else { 1.0 };
    let digits = format!("{:.0}", (value / scale).round() * scale);
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// One decimal; `0` for none at all.
pub fn rate(value: f64) -> String {
    if value > 0.0 { format!("{value:.1}") } else { "0".to_owned() }
}

/// A number of minutes as minutes, hours or days.
pub fn minutes(minutes: f64) -> String {
    if minutes < 120.0 {
        format!("{minutes:.0} min")
    } else if minutes < 2880.0 {
        format!("{:.1} h", minutes / 60.0)
    } else {
        format!("{:.0} d", minutes / 1440.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_keeps_to_the_terminal_and_tables_to_a_hundred_columns() {
        let mut world = crate::World::built_in().unwrap();
        world.model.play.tried = true;
        world
            .scenarios
            .retain(|scenario| ["purchased-list", "tiny-sender"].contains(&scenario.name.as_str()));
        for scenario in &mut world.scenarios {
            scenario.volumes.truncate(1);
            scenario.title = "Stolen key of a quite large account".to_owned();
        }
        let mut results = crate::play(&world, &crate::PlayOptions { seed: 1, runs: 1, years: 0 });
        // As wide as numbers get.
        for row in &mut results.rows {
            row.volume = 10_000_000.0;
            for outcome in &mut row.policies {
                if let Some(incident) = &mut outcome.incident {
                    incident.runs = 100;
                    for reached in [&mut incident.pause, &mut incident.warning] {
                        reached.count = 99;
                        (reached.mails, reached.bad_mails) = (48_700_000.0, 22_400_000.0);
                    }
                    incident.times_fewer_than_aws_sample = 1_107.7;
                    incident.times_the_floor = 2_343.0;
                    incident.warned_times_the_floor = 2_343.0;
                }
            }
        }
        for columns in [60, 100] {
            let text = render(&results, TableStyle::Terminal { columns });
            // Title, note and table of each section in turn.
            for (place, part) in text.split("\n\n").enumerate() {
                let widest = if place % 3 == 2 { 100 } else { columns };
                assert!(part.lines().all(|line| line.chars().count() <= widest), "{part}");
            }
        }
        let markdown = render(&results, TableStyle::Markdown);
        assert!(
            markdown.contains("| Time to pause |") && !markdown.contains("| a day"),
            "{markdown}"
        );
        assert!(markdown.contains("Stolen key of a quite large account"));
        assert!(markdown.contains("confidence sequence"));
    }

    #[test]
    fn numbers_are_short() {
        let cases =
            [(0.0, "0"), (7.4, "7"), (999.0, "999"), (1234.0, "1,230"), (360_054.0, "360,000")];
        for (value, expected) in cases {
            assert_eq!(number(value), expected);
        }
        assert_eq!([minutes(4.0), minutes(272.0), minutes(48_000.0)], ["4 min", "4.5 h", "33 d"]);
        assert_eq!([multiple(1.52), multiple(9.96), multiple(843.7)], ["1.5 x", "10 x", "844 x"]);
    }
}
