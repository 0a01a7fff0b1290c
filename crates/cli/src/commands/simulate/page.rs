//! The results as one page that loads nothing.

mod chart;

use askama::Template;
use warden_simulate::PauseRule;
use warden_simulate::model::PauseJudgement;
use warden_simulate::results::{Results, ScenarioRow};
use warden_simulate::table::{
    VOLUMES, incident, minutes, number, outcome, quiet_title, rate, times,
};

use chart::{ChartLine, ChartMark, PolicyName, RowChart};

/// The policies of the page, ours first.
const COMPARED: [PauseRule; 5] = [
    PauseRule::SesWarden,
    PauseRule::Credible,
    PauseRule::TwoWindows,
    PauseRule::PlainRate,
    PauseRule::AwsSample,
];

#[derive(Template)]
#[template(path = "simulate.html")]
struct Page<'a> {
    seed: u64,
    runs: u32,
    years: u32,
    version: &'static str,
    /// Gives the same numbers again.
    command: &'a str,
    cards: Vec<PolicyCard>,
    stopped: RowChart,
    false_pauses: RowChart,
    volumes: RowChart,
    incidents: Vec<IncidentRow>,
    scenarios: Vec<ScenarioText<'a>>,
    model: Vec<String>,
}

/// What a policy did over all scenarios.
struct PolicyCard {
    series: u8,
    title: &'static str,
    paused: u32,
    incidents: u32,
    false_pauses: String,
    fewer: String,
    fewer_words: &'static str,
}

/// One policy in one incident.
struct IncidentRow {
    /// Empty but in the first row of an incident; so is the volume.
    title: String,
    volume: String,
    series: u8,
    policy: &'static str,
    paused: u32,
    runs: u32,
    minutes: String,
    mails: String,
    bad_mails: String,
    fewer: String,
    is_last: bool,
}

struct ScenarioText<'a> {
    title: &'a str,
    pause: &'static str,
    story: &'a str,
}

/// Returns the whole page; `command` is what printed it.
///
/// # Errors
/// When the template fails, which no input brings about.
pub(super) fn render(results: &Results, command: &str) -> anyhow::Result<String> {
    let with_volumes = [VOLUMES.as_slice(), &[PauseRule::SesWarden]].concat();
    let page = Page {
        seed: results.options.seed,
        runs: results.options.runs,
        years: results.options.years,
        version: env!("CARGO_PKG_VERSION"),
        command,
        cards: cards(results),
        stopped: bad_mails(results, &COMPARED),
        false_pauses: false_pauses(results),
        volumes: bad_mails(results, &with_volumes),
        incidents: incidents(results),
        scenarios: scenarios(results),
        model: model(results),
    };
    Ok(page.render()?)
}

/// The colour of a policy, by its place among those of the stylesheet.
fn series(policy: PauseRule) -> u8 {
    match policy {
        PauseRule::SesWarden => 1,
        PauseRule::TwoWindows => 2,
        PauseRule::Credible => 3,
        PauseRule::PlainRate => 4,
        PauseRule::AwsSampleSmallVolume => 6,
        PauseRule::AwsSampleLargeVolume => 7,
        PauseRule::AwsSample
        // The page shows none of these.
        | PauseRule::SesItself
        | PauseRule::Floor
        | PauseRule::AlarmsAlone
        | PauseRule::Burst
        | PauseRule::ConfidenceSequence
        | PauseRule::MixtureTest
        | PauseRule::Cusum => 5,
    }
}

fn names(policies: &[PauseRule]) -> Vec<PolicyName> {
    let name = |policy: &PauseRule| PolicyName { series: series(*policy), title: policy.title() };
    policies.iter().map(name).collect()
}

fn cards(results: &Results) -> Vec<PolicyCard> {
    let compared = |policy: &PauseRule| results.summary.iter().find(|one| one.policy == *policy);
    COMPARED
        .iter()
        .filter_map(compared)
        .map(|one| {
            let (fewer, fewer_words) = if one.policy == PauseRule::AwsSample {
                ("1".to_owned(), "the measure of the others")
            } else {
                let fewer = format!("{:.1} times", one.times_fewer_than_aws_sample);
                (fewer, "fewer bad mails than under AWS's sample")
            };
            PolicyCard {
                series: series(one.policy),
                title: one.policy.title(),
                paused: one.paused,
                incidents: one.incidents,
                false_pauses: format!("{:.3}", one.false_pauses_a_year),
                fewer,
                fewer_words,
            }
        })
        .collect()
}

fn bad_mails(results: &Results, policies: &[PauseRule]) -> RowChart {
    let line = |row: &ScenarioRow| {
        let mark = |policy: &PauseRule| {
            let (_, stopped) = incident(row, *policy)?;
            let is_open = stopped.pause.count < stopped.runs;
            let missed = if is_open {
                format!(", paused {} of {}", stopped.pause.count, stopped.runs)
            } else {
                String::new()
            };
            let bad = stopped.pause.bad_mails;
            let text = format!("{}: {} bad mails{missed}", policy.title(), number(bad));
            Some(ChartMark { series: series(*policy), value: bad.max(1.0), text, is_open })
        };
        ChartLine {
            label: row.title.clone(),
            volume: row.volume,
            marks: policies.iter().filter_map(mark).collect(),
        }
    };
    let rows = results.rows.iter().filter(|row| row.pause == PauseJudgement::Right);
    let lines: Vec<ChartLine> = rows.map(line).collect();
    chart::dots("bad mails until the pause", names(policies), &lines)
}

fn false_pauses(results: &Results) -> RowChart {
    let line = |row: &ScenarioRow| {
        let mark = |policy: &PauseRule| {
            let value = outcome(row, *policy)?.pauses_a_year;
            let text = format!("{}: {}", policy.title(), rate(value));
            Some(ChartMark { series: series(*policy), value, text, is_open: false })
        };
        ChartLine {
            label: quiet_title(row),
            volume: row.volume,
            marks: COMPARED.iter().filter_map(mark).collect(),
        }
    };
    let lines: Vec<ChartLine> = results
        .rows
        .iter()
        .map(line)
        .filter(|line| line.marks.iter().any(|mark| mark.value > 0.0))
        .collect();
    chart::bars("false pauses a year", names(&COMPARED), &lines)
}

fn incidents(results: &Results) -> Vec<IncidentRow> {
    let of_incident = |row| {
        let stopped = |policy: &PauseRule| Some((*policy, incident(row, *policy)?.1));
        let found: Vec<_> = COMPARED.iter().filter_map(stopped).collect();
        let last = found.len().saturating_sub(1);
        let rows = found.into_iter().enumerate().map(move |(place, (policy, stopped))| {
            let first = |text| if place == 0 { text } else { String::new() };
            IncidentRow {
                title: first(row.title.clone()),
                volume: first(number(row.volume)),
                series: series(policy),
                policy: policy.title(),
                paused: stopped.pause.count,
                runs: stopped.runs,
                minutes: stopped.pause.median_minutes.map_or("never".to_owned(), minutes),
                mails: number(stopped.pause.mails),
                bad_mails: number(stopped.pause.bad_mails),
                fewer: times(row, stopped, policy),
                is_last: place == last,
            }
        });
        rows.collect::<Vec<_>>()
    };
    results
        .rows
        .iter()
        .filter(|row| row.pause == PauseJudgement::Right)
        .flat_map(of_incident)
        .collect()
}

/// One entry for each scenario, though each has a row for each volume.
fn scenarios(results: &Results) -> Vec<ScenarioText<'_>> {
    let mut rows: Vec<&ScenarioRow> = results.rows.iter().collect();
    rows.dedup_by_key(|row| &row.scenario);
    let text = |row: &ScenarioRow| match row.pause {
        PauseJudgement::Right => "A pause is right.",
        PauseJudgement::Wrong => "A pause is wrong.",
        PauseJudgement::Either => "A pause is neither right nor wrong.",
    };
    rows.into_iter()
        .map(|row| ScenarioText { title: &row.title, pause: text(row), story: &row.story })
        .collect()
}

fn model(results: &Results) -> Vec<String> {
    let (reputation, lag, noise) =
        (&results.model.reputation, &results.model.lag_minutes, &results.model.noise);
    let [_, smaller, larger] = reputation.factors;
    vec![
        format!(
            "AWS's representative volume V is the larger of {} mails and {} days of mail; it is \
             also played at {smaller} and {larger} times that. AWS publishes its rates every {} \
             minutes.",
            number(reputation.floor),
            reputation.days,
            reputation.publish_minutes
        ),
        format!(
            "guard decides when an alarm goes into ALARM, and every {} minutes.",
            results.model.warden.schedule_minutes()
        ),
        format!(
            "From a rate over its threshold to mail refused: {} minutes for ses-warden, {} for \
             the plain rate, {} for AWS's sample.",
            lag.warden, lag.plain, lag.aws_sample
        ),
        format!(
            "Log-normal noise, sigma: volume {} by day, rates {} by day and {} by hour.",
            noise.volume_day, noise.rate_day, noise.rate_hour
        ),
    ]
}

#[cfg(test)]
mod tests;
