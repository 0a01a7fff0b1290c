//! The results as tables, for a terminal or as Markdown.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, TableComponent, presets};

use crate::model::Pause;
use crate::policy::PauseRule;
use crate::results::{Outcome, Results, Row, Stopped};

/// How tables are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// For a terminal, or whatever else is so wide.
    Terminal {
        /// Its width, which prose keeps to.
        columns: usize,
    },
    /// Markdown.
    Markdown,
}

/// The policies that are compared.
pub(crate) const COMPARED: [PauseRule; 3] =
    [PauseRule::SesWarden, PauseRule::PlainRate, PauseRule::AwsSample];

/// The policies that differ in the representative volume alone, smallest first.
pub(crate) const VOLUMES: [PauseRule; 3] =
    [PauseRule::AwsSampleSmallVolume, PauseRule::AwsSample, PauseRule::AwsSampleLargeVolume];

/// A table's headings; a terminal breaks them at `\n`, which leaves room for numbers.
type Header<'a, const N: usize> = [&'a str; N];

/// All results.
pub fn render(results: &Results, style: Style) -> String {
    let factors = results.model.reputation.factors;
    let sections = [
        (
            "What must be stopped".to_owned(),
            "Means over all incidents; the time is the median. The last column says how many times \
             fewer bad mails went out than with AWS's sample.",
            stopped(results, style),
        ),
        (
            "What must not be paused: false pauses a year".to_owned(),
            "Years in which nothing deserves a pause, also for the senders above. Pauses for a \
             provider that denies its users count as neither right nor wrong.",
            false_pauses(results, style),
        ),
        (
            format!(
                "AWS's sample, if the representative volume V is {} or {} times as large",
                factors[1], factors[2]
            ),
            "Bad mails until the pause, and false pauses a year.",
            volumes(results, style),
        ),
        ("In all".to_owned(), "The last column is a geometric mean.", summary(results, style)),
    ];
    let mut text = String::new();
    for (title, note, table) in sections {
        let (title, note) = match style {
            Style::Terminal { columns } => {
                (textwrap::fill(&title, columns), textwrap::fill(note, columns))
            }
            Style::Markdown => (format!("### {title}"), note.to_owned()),
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "{title}\n\n{note}\n\n{table}\n\n");
    }
    text
}

fn table<const N: usize>(header: Header<'_, N>, first_number: usize, style: Style) -> Table {
    let mut table = Table::new();
    match style {
        Style::Terminal { .. } => {
            table.load_preset(presets::NOTHING).set_header(header);
            table.set_style(TableComponent::HeaderLines, '─');
            table.set_style(TableComponent::MiddleHeaderIntersections, '─');
        }
        Style::Markdown => {
            table
                .load_preset(presets::ASCII_MARKDOWN)
                .set_header(header.map(|words| words.replace('\n', " ")));
        }
    }
    for (place, column) in table.column_iter_mut().enumerate() {
        if style != Style::Markdown {
            column.set_padding((0, 1));
        }
        if place >= first_number {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Columns of a title on a terminal; more of it stands in the rows of the rivals.
const TITLE: usize = 20;

fn stopped(results: &Results, style: Style) -> Table {
    let mut table = table(
        [
            "Scenario",
            "Mails\na day",
            "Policy",
            "Paused",
            "Time to\npause",
            "Mails\nuntil then",
            "Bad ones",
            "Fewer bad",
        ],
        3,
        style,
    );
    for row in &results.rows {
        let mut title = match style {
            Style::Terminal { .. } => textwrap::wrap(&row.title, TITLE),
            Style::Markdown => vec![row.title.as_str().into()],
        }
        .into_iter();
        for (place, policy) in COMPARED.into_iter().enumerate() {
            let Some((_, incident)) = incident(row, policy) else { continue };
            table.add_row([
                if place + 1 < COMPARED.len() {
                    title.next().unwrap_or_default().into_owned()
                } else {
                    title.by_ref().collect::<Vec<_>>().join("\n")
                },
                if place == 0 { number(row.volume) } else { String::new() },
                policy.title().to_owned(),
                format!("{} of {}", incident.paused, incident.runs),
                incident.median_minutes.map_or("never".to_owned(), time),
                number(incident.mails),
                number(incident.bad_mails),
                times(row, incident, policy),
            ]);
        }
    }
    table
}

fn false_pauses(results: &Results, style: Style) -> Table {
    let mut table =
        table(["Scenario", "Mails\na day", "ses-warden", "plain rate", "AWS sample"], 1, style);
    for row in &results.rows {
        let mut cells = vec![quiet_title(row), number(row.volume)];
        cells.extend(
            COMPARED.iter().map(|policy| {
                outcome(row, *policy).map_or(String::new(), |o| rate(o.pauses_a_year))
            }),
        );
        table.add_row(cells);
    }
    table
}

fn volumes(results: &Results, style: Style) -> Table {
    let mut table =
        table(["Scenario", "Mails\na day", "smaller V", "V", "larger V", "ses-warden"], 1, style);
    for row in &results.rows {
        let mut cells = vec![row.title.clone(), number(row.volume)];
        let values: Vec<f64> = VOLUMES
            .into_iter()
            .chain([PauseRule::SesWarden])
            .filter_map(|policy| match incident(row, policy) {
                Some((_, incident)) => Some(incident.bad_mails),
                None => outcome(row, policy).map(|outcome| outcome.pauses_a_year),
            })
            .collect();
        let is_incident = row.pause == Pause::Right;
        if !is_incident && values.iter().all(|value| *value <= 0.0) {
            continue;
        }
        cells.extend(
            values
                .iter()
                .map(|v| if is_incident { number(*v) } else { format!("{} a year", rate(*v)) }),
        );
        table.add_row(cells);
    }
    table
}

fn summary(results: &Results, style: Style) -> Table {
    let mut table = table(
        [
            "Policy",
            "False pauses\na year and sender",
            "Incidents\npaused",
            "Bad mails\nof an incident",
            "Fewer bad",
        ],
        1,
        style,
    );
    for summary in &results.summary {
        table.add_row([
            summary.policy.title().to_owned(),
            format!("{:.3}", summary.false_pauses_a_year),
            format!("{} of {}", summary.paused, summary.incidents),
            number(summary.bad_mails),
            format!("{:.1} x", summary.times_fewer_than_aws_sample),
        ]);
    }
    table
}

pub(crate) fn outcome(row: &Row, policy: PauseRule) -> Option<&Outcome> {
    row.policies.iter().find(|outcome| outcome.policy == policy)
}

pub(crate) fn incident(row: &Row, policy: PauseRule) -> Option<(&Outcome, &Stopped)> {
    outcome(row, policy).and_then(|outcome| Some((outcome, outcome.incident.as_ref()?)))
}

/// A title for the years of a scenario that are without its incident.
pub(crate) fn quiet_title(row: &Row) -> String {
    match row.pause {
        Pause::Right => format!("{}, before", row.title),
        Pause::Wrong => row.title.clone(),
        Pause::Either => format!("{} (not counted)", row.title),
    }
}

/// `12.3 x`; `> 12.3 x` where AWS's sample missed an incident, which then ended by
/// itself and not at a pause.
pub(crate) fn times(row: &Row, stopped: &Stopped, policy: PauseRule) -> String {
    if policy == PauseRule::AwsSample {
        return String::new();
    }
    let missed = incident(row, PauseRule::AwsSample).is_some_and(|(_, aws)| aws.paused < aws.runs);
    format!("{}{:.1} x", if missed { "> " } else { "" }, stopped.times_fewer_than_aws_sample)
}

/// Three significant digits, with thousands set apart.
pub(crate) fn number(value: f64) -> String {
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

pub(crate) fn rate(value: f64) -> String {
    if value > 0.0 { format!("{value:.1}") } else { "0".to_owned() }
}

/// Minutes, hours or days.
pub(crate) fn time(minutes: f64) -> String {
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
        world
            .scenarios
            .retain(|scenario| ["purchased-list", "tiny-sender"].contains(&scenario.name.as_str()));
        for scenario in &mut world.scenarios {
            scenario.volumes.truncate(1);
            scenario.title = "Stolen key of a quite large account".to_owned();
        }
        let mut results = crate::play(&world, &crate::Options { seed: 1, runs: 1, years: 1 });
        // As wide as numbers get.
        for row in &mut results.rows {
            row.volume = 10_000_000.0;
            for outcome in &mut row.policies {
                if let Some(incident) = &mut outcome.incident {
                    (incident.paused, incident.runs) = (99, 100);
                    (incident.mails, incident.bad_mails) = (48_700_000.0, 22_400_000.0);
                    incident.times_fewer_than_aws_sample = 1_107.7;
                }
            }
        }
        for columns in [60, 100] {
            let text = render(&results, Style::Terminal { columns });
            // Title, note and table of each section in turn.
            for (place, part) in text.split("\n\n").enumerate() {
                let widest = if place % 3 == 2 { 100 } else { columns };
                assert!(part.lines().all(|line| line.chars().count() <= widest), "{part}");
            }
        }
        let markdown = render(&results, Style::Markdown);
        assert!(
            markdown.contains("| Time to pause | Mails until then |")
                && !markdown.contains("| a day"),
            "{markdown}"
        );
        assert!(markdown.contains("Stolen key of a quite large account"));
    }

    #[test]
    fn numbers_are_short() {
        let cases =
            [(0.0, "0"), (7.4, "7"), (999.0, "999"), (1234.0, "1,230"), (360_054.0, "360,000")];
        for (value, expected) in cases {
            assert_eq!(number(value), expected);
        }
        assert_eq!([time(4.0), time(272.0), time(48_000.0)], ["4 min", "4.5 h", "33 d"]);
    }
}
