//! What the tables hold.

use comfy_table::Table;

use super::{
    TableSection, TableStyle, VOLUMES, incident, minutes, multiple, number, outcome, quiet_title,
    rate, short_title, table, times,
};
use crate::model::PauseJudgement;
use crate::policy::PauseRule;
use crate::results::{PolicyOutcome, Reached, Results, Stopped, Summary};
use crate::sensitivity::Variation;

/// The policies that are compared, as columns.
const COMPARED: [PauseRule; 6] = [
    PauseRule::SesWarden,
    PauseRule::Credible,
    PauseRule::TwoWindows,
    PauseRule::PlainRate,
    PauseRule::AwsSample,
    PauseRule::SesItself,
];

/// Those of them that warn before they pause.
const WARNING: [PauseRule; 4] =
    [PauseRule::SesWarden, PauseRule::Credible, PauseRule::TwoWindows, PauseRule::SesItself];

/// What was tried, beside what is.
const TRIED: [PauseRule; 6] = [
    PauseRule::SesWarden,
    PauseRule::AlarmsAlone,
    PauseRule::Burst,
    PauseRule::ConfidenceSequence,
    PauseRule::MixtureTest,
    PauseRule::Cusum,
];

/// All tables of one world.
pub(super) fn all(results: &Results, style: TableStyle) -> Vec<TableSection> {
    let factors = results.model.reputation.factors;
    let mut sections = vec![
        TableSection {
            title: "Bad mails until the pause, as multiples of the floor".to_owned(),
            note: "The floor is what goes out within ses-warden's own lag after the first bad mail \
                   (slow decay: after the true rate exceeds the line), which no judge can prevent. \
                   Means over all incidents; > where some ended before a pause.",
            table: matrix(results, style, |stopped| (&stopped.pause, stopped.times_the_floor)),
        },
        TableSection {
            title: "ses-warden, from the first warning to the pause".to_owned(),
            note: "Times are medians, bad mails are means. The last column says how many times \
                   fewer bad mails went out than until the pause of AWS's sample.",
            table: detail(results, style),
        },
        TableSection {
            title: "Bad mails until the first warning, as multiples of the floor".to_owned(),
            note: "Where a policy pauses without a warning, its pause counts. For SES, the warning \
                   is its review.",
            table: matrix(results, style, |stopped| {
                (&stopped.warning, stopped.warned_times_the_floor)
            }),
        },
        TableSection {
            title: "What must not be paused: false pauses a year".to_owned(),
            note: "Years in which nothing deserves a pause, also for the senders above. Pauses for \
                   a provider that denies its users count as neither right nor wrong.",
            table: quiet(results, style, &COMPARED, |outcome| outcome.pauses_a_year),
        },
        TableSection {
            title: "Warnings in the same years".to_owned(),
            note: "Warnings a year, and pauses that came without one.",
            table: quiet(results, style, &WARNING, |outcome| outcome.warnings_a_year),
        },
        TableSection {
            title: format!(
                "AWS's sample, if the representative volume V is {} or {} times as large",
                factors[1], factors[2]
            ),
            note: "Bad mails until the pause, and false pauses a year.",
            table: volumes(results, style),
        },
        TableSection {
            title: "In all".to_owned(),
            note: "Pauses and warnings are false ones. The last three columns are geometric means: \
                   bad mails until the pause as multiples of the floor in thefts and purchased \
                   lists; how many times fewer there are than with AWS's sample; and the same for \
                   the first warning in slow decay.",
            table: summary(results, style),
        },
    ];
    if results.model.play.tried {
        sections.push(TableSection {
            title: "What was tried".to_owned(),
            note: "The same figures, looked at each minute.",
            table: summary_of(results, style, |policy| TRIED.contains(&policy)),
        });
    }
    sections
}

/// The same figures for each variation of the world.
pub(super) fn sensitivity(variations: &[Variation], style: TableStyle) -> TableSection {
    let header = [
        "What is different",
        "Floor,\nbad mails",
        "Times\nthe floor",
        "Fewer bad",
        "False\npauses\na year",
        "False\nwarnings\na year",
        "Decay warned,\nfewer bad",
        "AWS\nsample,\nfalse\npauses",
    ];
    let mut table = table(&header, 1, style);
    for Variation { title, summary } in variations {
        let of = |policy| summary.iter().find(|summary: &&Summary| summary.policy == policy);
        let (Some(ours), Some(aws), Some(floor)) =
            (of(PauseRule::SesWarden), of(PauseRule::AwsSample), of(PauseRule::Floor))
        else {
            continue;
        };
        table.add_row([
            short_title(title, style),
            number(floor.sudden_bad_mails),
            multiple(ours.times_the_floor),
            multiple(ours.times_fewer_than_aws_sample),
            format!("{:.3}", ours.false_pauses_a_year),
            format!("{:.2}", ours.false_warnings_a_year),
            multiple(ours.decay_warned_times_fewer),
            format!("{:.3}", aws.false_pauses_a_year),
        ]);
    }
    TableSection {
        title: "If the world is different".to_owned(),
        note: "ses-warden over all scenarios, each time with one assumption changed; the last \
               column is AWS's sample. The floor is a mean of thefts and purchased lists.",
        table,
    }
}

/// Titles of policies that fit a narrow column.
fn heading(policy: PauseRule) -> String {
    policy.title().replace(' ', "\n")
}

/// A multiple without its sign, where a terminal has no room for it.
fn narrow(multiple: String, style: TableStyle) -> String {
    match style {
        TableStyle::Terminal { .. } => multiple.replace(" x", "").replace("> ", ">"),
        TableStyle::Markdown => multiple,
    }
}

fn matrix(results: &Results, style: TableStyle, of: fn(&Stopped) -> (&Reached, f64)) -> Table {
    let mut header = ["Scenario", "Mails\na day", "Floor,\nbad mails"].map(str::to_owned).to_vec();
    header.extend(COMPARED.map(heading));
    let mut table = table(&header, 1, style);
    for row in &results.rows {
        let Some((_, floor)) = incident(row, PauseRule::Floor) else { continue };
        let floor = number(of(floor).0.bad_mails);
        let mut cells = vec![short_title(&row.title, style), number(row.volume), floor];
        cells.extend(COMPARED.iter().filter_map(|policy| {
            let (_, stopped) = incident(row, *policy)?;
            let (reached, times) = of(stopped);
            let more = if reached.count < stopped.runs { "> " } else { "" };
            Some(narrow(format!("{more}{}", multiple(times)), style))
        }));
        table.add_row(cells);
    }
    table
}

fn detail(results: &Results, style: TableStyle) -> Table {
    let header = [
        "Scenario",
        "Mails\na day",
        "Time to\nwarning",
        "Bad\nuntil then",
        "Paused",
        "Time to\npause",
        "Mails\nuntil then",
        "Bad\nones",
        "Fewer\nbad",
    ];
    let mut table = table(&header, 2, style);
    for row in &results.rows {
        let Some((_, incident)) = incident(row, PauseRule::SesWarden) else { continue };
        let after = |median: Option<f64>| median.map_or("never".to_owned(), minutes);
        table.add_row([
            short_title(&row.title, style),
            number(row.volume),
            after(incident.warning.median_minutes),
            number(incident.warning.bad_mails),
            format!("{} of {}", incident.pause.count, incident.runs),
            after(incident.pause.median_minutes),
            number(incident.pause.mails),
            number(incident.pause.bad_mails),
            narrow(times(row, incident, PauseRule::SesWarden), style),
        ]);
    }
    table
}

fn quiet(
    results: &Results,
    style: TableStyle,
    policies: &[PauseRule],
    of: fn(&PolicyOutcome) -> f64,
) -> Table {
    let mut header = ["Scenario", "Mails\na day"].map(str::to_owned).to_vec();
    header.extend(policies.iter().map(|policy| heading(*policy)));
    let mut table = table(&header, 1, style);
    for row in &results.rows {
        let mut cells = vec![short_title(&quiet_title(row), style), number(row.volume)];
        cells.extend(
            policies
                .iter()
                .map(|policy| outcome(row, *policy).map_or(String::new(), |o| rate(of(o)))),
        );
        table.add_row(cells);
    }
    table
}

fn volumes(results: &Results, style: TableStyle) -> Table {
    let header = ["Scenario", "Mails\na day", "smaller V", "V", "larger V", "ses-warden"];
    let mut table = table(&header, 1, style);
    for row in &results.rows {
        let mut cells = vec![row.title.clone(), number(row.volume)];
        let values: Vec<f64> = VOLUMES
            .into_iter()
            .chain([PauseRule::SesWarden])
            .filter_map(|policy| match incident(row, policy) {
                Some((_, incident)) => Some(incident.pause.bad_mails),
                None => outcome(row, policy).map(|outcome| outcome.pauses_a_year),
            })
            .collect();
        let is_incident = row.pause == PauseJudgement::Right;
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

fn summary(results: &Results, style: TableStyle) -> Table {
    summary_of(results, style, |policy| policy == PauseRule::SesWarden || !TRIED.contains(&policy))
}

fn summary_of(results: &Results, style: TableStyle, shows: impl Fn(PauseRule) -> bool) -> Table {
    let header = [
        "Policy",
        "Pauses a year\nand sender",
        "Warnings a year\nand sender",
        "Incidents\npaused",
        "Times\nthe floor",
        "Fewer bad",
        "Decay warned,\nfewer bad",
    ];
    let mut table = table(&header, 1, style);
    for summary in results.summary.iter().filter(|summary| shows(summary.policy)) {
        // The floor's judge knows the truth, and what it says in quiet years is true.
        let quiet = |cell: String| {
            if summary.policy == PauseRule::Floor { String::new() } else { cell }
        };
        table.add_row([
            summary.policy.title().to_owned(),
            quiet(format!("{:.3}", summary.false_pauses_a_year)),
            quiet(format!("{:.2}", summary.false_warnings_a_year)),
            format!("{} of {}", summary.paused, summary.incidents),
            multiple(summary.times_the_floor),
            multiple(summary.times_fewer_than_aws_sample),
            multiple(summary.decay_warned_times_fewer),
        ]);
    }
    table
}
