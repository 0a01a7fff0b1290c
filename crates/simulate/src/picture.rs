//! One picture of the results for a reader in a hurry, as SVG: what goes out before each policy
//! stops a theft, and how often it stops mail for nothing.

use std::fmt::Write;

use crate::policy::PauseRule;
use crate::results::{Results, ScenarioRow};
use crate::table::{incident, number};

/// Colours and sizes; the reader's light or dark setting decides.
const STYLE: &str = "\
svg { font-family: system-ui, -apple-system, \"Segoe UI\", Roboto, Helvetica, Arial, sans-serif; }
.page { fill: #ffffff; }
text { font-size: 15px; fill: #1f2328; }
.title { font-size: 20px; font-weight: 600; }
.head { font-size: 15px; font-weight: 600; }
.soft { font-size: 13px; fill: #57606a; }
.ours { font-weight: 700; }
.value { font-size: 14px; }
.track { fill: #eaeef2; }
.bar { fill: #b42318; }
.bar.ours { fill: #0b6e4f; }
.bar.floor { fill: #8b949e; }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; }
text { fill: #e6edf3; }
.soft { fill: #9da7b3; }
.track { fill: #21262d; }
.bar { fill: #ff7b72; }
.bar.ours { fill: #3fb988; }
.bar.floor { fill: #6e7681; }
}
";

/// The rows, the best possible first.
const SHOWN: [(PauseRule, &str); 7] = [
    (PauseRule::Floor, "nobody can be faster"),
    (PauseRule::SesWarden, "ses-warden"),
    (PauseRule::PlainRate, "plain 5 % rate"),
    (PauseRule::TwoWindows, "two windows"),
    (PauseRule::Credible, "credible bound"),
    (PauseRule::AwsSample, "AWS's sample"),
    (PauseRule::SesItself, "SES itself"),
];

/// Mails a day of the sender in the picture, where it is played.
const VOLUME: f64 = 50_000.0;
/// Where the bars of both halves begin, and how long the longest is.
const HALVES: [(f64, f64); 2] = [(190.0, 330.0), (640.0, 210.0)];
const TOP: f64 = 118.0;
const ROW: f64 = 34.0;

/// The picture; `None` where no theft is among the results.
pub fn render(results: &Results) -> Option<String> {
    let thefts = || results.rows.iter().filter(|row| row.scenario == "stolen-credentials");
    let row = thefts().find(|row| (row.volume - VOLUME).abs() < 0.5).or_else(|| thefts().next())?;
    let bad = |rule| incident(row, rule).map_or(0.0, |(_, stopped)| stopped.pause.bad_mails);
    let false_pauses = |rule| {
        let found = results.summary.iter().find(|summary| summary.policy == rule);
        found.map_or(0.0, |summary| summary.false_pauses_a_year)
    };
    let height = TOP + ROW * SHOWN.len() as f64 + 34.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 {height}\" width=\"960\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"t d\">\n\
         <title id=\"t\">How much spam leaves before sending stops</title>\n\
         <desc id=\"d\">{}</desc>\n<style>\n{STYLE}</style>\n\
         <rect class=\"page\" width=\"960\" height=\"{height}\" rx=\"10\"/>\n",
        describe(row, bad, false_pauses)
    );
    let [(left, _), (right, _)] = HALVES;
    text(
        &mut svg,
        "title",
        24.0,
        38.0,
        "A stolen key sends spam. How much leaves before sending stops?",
    );
    text(&mut svg, "head", left, 76.0, "Bad mails sent");
    let sender = format!("a sender of {} mails a day", number(row.volume));
    text(&mut svg, "soft", left, 96.0, &sender);
    text(&mut svg, "head", right, 76.0, "Good mail stopped for nothing");
    text(&mut svg, "soft", right, 96.0, "false pauses a year and sender");
    let longest = |of: &dyn Fn(PauseRule) -> f64| {
        SHOWN.iter().map(|(rule, _)| of(*rule)).fold(f64::MIN_POSITIVE, f64::max)
    };
    let (most_bad, most_false) = (longest(&bad), longest(&false_pauses));
    for (place, (rule, name)) in SHOWN.iter().enumerate() {
        let y = TOP + ROW * place as f64;
        let class = if *rule == PauseRule::SesWarden {
            "ours"
        } else if *rule == PauseRule::Floor {
            "floor"
        } else {
            "rival"
        };
        let _ = writeln!(
            svg,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>",
            left - 14.0,
            y + 17.0
        );
        bar(&mut svg, class, (HALVES[0], y), bad(*rule) / most_bad, &number(bad(*rule)));
        if *rule != PauseRule::Floor {
            let value = false_pauses(*rule);
            let label = if value < 0.95 { format!("{value:.2}") } else { format!("{value:.1}") };
            bar(&mut svg, class, (HALVES[1], y), value / most_false, &label);
        }
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn text(svg: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{words}</text>");
}

fn bar(
    svg: &mut String,
    class: &str,
    ((x, longest), y): ((f64, f64), f64),
    share: f64,
    label: &str,
) {
    let width = (longest * share).max(2.0);
    let _ = writeln!(
        svg,
        "<rect class=\"track\" x=\"{x}\" y=\"{y}\" width=\"{longest}\" height=\"22\" rx=\"3\"/>\
         <rect class=\"bar {class}\" x=\"{x}\" y=\"{y}\" width=\"{width:.1}\" height=\"22\" rx=\"3\"/>\
         <text class=\"value {class}\" x=\"{}\" y=\"{}\">{label}</text>",
        x + longest + 10.0,
        y + 16.0
    );
}

fn describe(
    row: &ScenarioRow,
    bad: impl Fn(PauseRule) -> f64,
    false_pauses: impl Fn(PauseRule) -> f64,
) -> String {
    let of = |(rule, name): &(PauseRule, &str)| {
        let mails = number(bad(*rule));
        if *rule == PauseRule::Floor {
            format!("{name}: {mails}")
        } else {
            format!("{name}: {mails} and {:.2}", false_pauses(*rule))
        }
    };
    format!(
        "Bad mails sent by a thief before the pause, at a sender of {} mails a day, and false \
         pauses a year and sender. {}.",
        number(row.volume),
        SHOWN.iter().map(of).collect::<Vec<_>>().join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_names_every_policy_and_needs_nothing_else() {
        let mut world = crate::World::built_in().unwrap();
        world.scenarios.retain(|scenario| scenario.name == "stolen-credentials");
        for scenario in &mut world.scenarios {
            scenario.volumes.truncate(1);
        }
        let mut results = crate::play(&world, &crate::PlayOptions { seed: 1, runs: 1, years: 1 });
        let picture = render(&results).unwrap();
        for (_, name) in SHOWN {
            assert!(picture.contains(&format!(">{name}</text>")), "{name}");
        }
        assert_eq!(picture.matches("class=\"bar ours\"").count(), 2);
        assert_eq!(picture.matches("href").count() + picture.matches("NaN").count(), 0);
        results.rows.clear();
        assert_eq!(render(&results), None);
    }
}
