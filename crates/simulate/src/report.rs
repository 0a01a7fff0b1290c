//! The results as one page of HTML that needs nothing else: charts are SVG, colours
//! follow the reader's light or dark setting.

mod chart;

use std::fmt::Write;

use chart::{Mark, ReportLine, bars, dots, escape};

use crate::model::Pause;
use crate::policy::PauseRule;
use crate::results::{Results, Row};
use crate::table::{VOLUMES, incident, number, outcome, quiet_title, rate, time, times};

/// The policies of the charts.
const COMPARED: [PauseRule; 5] = [
    PauseRule::SesWarden,
    PauseRule::Credible,
    PauseRule::TwoWindows,
    PauseRule::PlainRate,
    PauseRule::AwsSample,
];

/// The frame: `{{name}}` is filled in.
const PAGE: &str = include_str!("report.html");

/// The page.
pub fn render(results: &Results) -> String {
    let options = &results.options;
    let played = format!(
        "Seed {}, {} incidents and {} years of each scenario and volume.",
        options.seed, options.runs, options.years
    );
    PAGE.replace("{{played}}", &played)
        .replace("{{headline}}", &headline(results))
        .replace("{{stopped}}", &dots(&bad_mails(results, COMPARED), "bad mails until the pause"))
        .replace("{{false}}", &bars(&false_pauses(results)))
        .replace("{{volumes}}", &dots(&with_warden(results), "bad mails until the pause"))
        .replace("{{rows}}", &rows(results))
        .replace("{{stories}}", &stories(results))
        .replace("{{model}}", &model(results))
}

fn headline(results: &Results) -> String {
    let mut text = String::new();
    for summary in results.summary.iter().filter(|s| COMPARED.contains(&s.policy)) {
        let fewer = if summary.policy == PauseRule::AwsSample {
            "what the others are held against".to_owned()
        } else {
            format!(
                "{:.1} times fewer bad mails than under AWS's sample",
                summary.times_fewer_than_aws_sample
            )
        };
        let _ = write!(
            text,
            r#"<div class="card {class}"><h3>{title}</h3><p class="big">{paused} of {incidents}</p><p>incidents paused</p><p class="big">{pauses:.3}</p><p>false pauses a year and sender</p><p>{fewer}</p></div>"#,
            class = class(summary.policy),
            title = summary.policy.title(),
            paused = summary.paused,
            incidents = summary.incidents,
            pauses = summary.false_pauses_a_year,
        );
    }
    text
}

fn class(policy: PauseRule) -> &'static str {
    match policy {
        PauseRule::SesWarden => "warden",
        PauseRule::PlainRate => "plain",
        PauseRule::AwsSample => "aws",
        PauseRule::AwsSampleSmallVolume => "small",
        PauseRule::AwsSampleLargeVolume => "large",
        PauseRule::SesItself => "ses",
        PauseRule::Credible => "credible",
        PauseRule::TwoWindows => "two",
        PauseRule::Floor => "floor",
        PauseRule::AlarmsAlone
        | PauseRule::Burst
        | PauseRule::ConfidenceSequence
        | PauseRule::MixtureTest
        | PauseRule::Cusum => "tried",
    }
}

fn bad_mails(
    results: &Results,
    policies: impl IntoIterator<Item = PauseRule> + Clone,
) -> Vec<ReportLine> {
    let line = |row: &Row| {
        let mark = |policy| {
            let (_, stopped) = incident(row, policy)?;
            let missed = if stopped.pause.count < stopped.runs { ", not all paused" } else { "" };
            let text = format!(
                "{}: {} bad mails{missed}",
                policy.title(),
                number(stopped.pause.bad_mails)
            );
            Some(Mark { class: class(policy), value: stopped.pause.bad_mails.max(1.0), text })
        };
        ReportLine {
            label: row.title.clone(),
            volume: row.volume,
            marks: policies.clone().into_iter().filter_map(mark).collect(),
        }
    };
    results.rows.iter().filter(|row| row.pause == Pause::Right).map(line).collect()
}

fn with_warden(results: &Results) -> Vec<ReportLine> {
    bad_mails(results, VOLUMES.into_iter().chain([PauseRule::SesWarden]))
}

fn false_pauses(results: &Results) -> Vec<ReportLine> {
    let line = |row: &Row| ReportLine {
        label: quiet_title(row),
        volume: row.volume,
        marks: COMPARED
            .iter()
            .filter_map(|policy| {
                let value = outcome(row, *policy)?.pauses_a_year;
                Some(Mark {
                    class: class(*policy),
                    value,
                    text: format!("{}: {}", policy.title(), rate(value)),
                })
            })
            .collect(),
    };
    let lines = results.rows.iter().map(line);
    lines.filter(|line: &ReportLine| line.marks.iter().any(|mark| mark.value > 0.0)).collect()
}

fn rows(results: &Results) -> String {
    let mut text = String::new();
    for row in results.rows.iter().filter(|row| row.pause == Pause::Right) {
        for (place, policy) in COMPARED.into_iter().enumerate() {
            let Some((_, stopped)) = incident(row, policy) else { continue };
            let (title, volume) = if place == 0 {
                (escape(&row.title), number(row.volume))
            } else {
                Default::default()
            };
            let first = if place == 0 { "first" } else { "" };
            let _ = write!(
                text,
                "<tr class=\"{first}\"><td>{title}</td><td class=n>{volume}</td><td><i class=\"{class}\"></i>{policy}</td><td class=n>{paused} of {runs}</td><td class=n>{minutes}</td><td class=n>{mails}</td><td class=n>{bad}</td><td class=n>{fewer}</td></tr>",
                class = class(policy),
                policy = policy.title(),
                paused = stopped.pause.count,
                runs = stopped.runs,
                minutes = stopped.pause.median_minutes.map_or("never".to_owned(), time),
                mails = number(stopped.pause.mails),
                bad = number(stopped.pause.bad_mails),
                fewer = escape(&times(row, stopped, policy)),
            );
        }
    }
    text
}

fn stories(results: &Results) -> String {
    let mut text = String::new();
    let mut last_scenario = "";
    for row in &results.rows {
        if row.scenario != last_scenario {
            let pause = match row.pause {
                Pause::Right => "a pause is right",
                Pause::Wrong => "a pause is wrong",
                Pause::Either => "a pause is neither right nor wrong",
            };
            let _ = write!(
                text,
                "<dt>{} <span>{pause}</span></dt><dd>{}</dd>",
                escape(&row.title),
                escape(&row.story)
            );
            last_scenario = &row.scenario;
        }
    }
    text
}

fn model(results: &Results) -> String {
    let (reputation, lag, noise) =
        (&results.model.reputation, &results.model.lag_minutes, &results.model.noise);
    format!(
        "Representative volume V = max({}, {} days of mail), published every {} minutes; also {} and {} times that. \
         guard looks when an alarm goes into ALARM and each {} minutes. From a rate over the line, or guard's look, \
         to mail refused: ses-warden and the plain rate {} minutes, AWS's sample {}. \
         Log-normal noise: volume {} by day, rates {} by day and {} by hour.",
        number(reputation.floor),
        reputation.days,
        reputation.publish_minutes,
        reputation.factors[1],
        reputation.factors[2],
        results.model.warden.schedule_minutes(),
        lag.warden,
        lag.aws_sample,
        noise.volume_day,
        noise.rate_day,
        noise.rate_hour
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Options;

    #[test]
    fn the_page_is_filled_and_needs_nothing_else() {
        let mut world = crate::World::built_in().unwrap();
        world.scenarios.retain(|scenario| {
            ["stolen-credentials", "tiny-sender"].contains(&scenario.name.as_str())
        });
        for scenario in &mut world.scenarios {
            scenario.volumes.truncate(1);
            scenario.title.push_str(" <script>");
        }
        let page = render(&crate::play(&world, &Options { seed: 1, runs: 1, years: 1 }));
        assert!(
            page.contains("Stolen credentials") && page.matches("class=\"chart\"").count() == 3
        );
        assert!(page.matches("<circle").count() >= 7);
        assert_eq!(
            page.matches("cx=\"").count(),
            page.matches("%\" cy=\"50%\"").count(),
            "charts are as wide as the page"
        );
        for barred in ["{{", "<script", "http:", "https:", "NaN", "inf"] {
            assert!(!page.contains(barred), "{barred}");
        }
    }
}
