//! The results as one page of HTML that needs nothing else: charts are SVG, colours
//! follow the reader's light or dark setting.

use std::fmt::Write;

use crate::model::Pause;
use crate::policy::Policy;
use crate::results::{Results, Row};
use crate::table::{COMPARED, VOLUMES, incident, number, outcome, quiet_title, rate, time, times};

/// The frame: `{{name}}` is filled in.
const PAGE: &str = include_str!("report.html");

/// One mark of a chart's row.
struct Mark {
    class: &'static str,
    value: f64,
    text: String,
}

/// One row of a chart.
struct Line {
    label: String,
    volume: f64,
    marks: Vec<Mark>,
}

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
        let fewer = if summary.policy == Policy::AwsSample {
            "what the others are held against".to_owned()
        } else {
            format!("{:.1} times fewer bad mails than under AWS's sample", summary.times_fewer_than_aws_sample)
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

fn class(policy: Policy) -> &'static str {
    match policy {
        Policy::SesWarden => "warden",
        Policy::PlainRate => "plain",
        Policy::AwsSample => "aws",
        Policy::AwsSampleSmallVolume => "small",
        Policy::AwsSampleLargeVolume => "large",
        Policy::SesItself => "ses",
    }
}

fn bad_mails(results: &Results, policies: impl IntoIterator<Item = Policy> + Clone) -> Vec<Line> {
    let line = |row: &Row| {
        let mark = |policy| {
            let (_, stopped) = incident(row, policy)?;
            let missed = if stopped.paused < stopped.runs { ", not all paused" } else { "" };
            let text = format!("{}: {} bad mails{missed}", policy.title(), number(stopped.bad_mails));
            Some(Mark { class: class(policy), value: stopped.bad_mails.max(1.0), text })
        };
        Line {
            label: row.title.clone(),
            volume: row.volume,
            marks: policies.clone().into_iter().filter_map(mark).collect(),
        }
    };
    results.rows.iter().filter(|row| row.pause == Pause::Right).map(line).collect()
}

fn with_warden(results: &Results) -> Vec<Line> {
    bad_mails(results, VOLUMES.into_iter().chain([Policy::SesWarden]))
}

fn false_pauses(results: &Results) -> Vec<Line> {
    let line = |row: &Row| Line {
        label: quiet_title(row),
        volume: row.volume,
        marks: COMPARED
            .iter()
            .filter_map(|policy| {
                let value = outcome(row, *policy)?.pauses_a_year;
                Some(Mark { class: class(*policy), value, text: format!("{}: {}", policy.title(), rate(value)) })
            })
            .collect(),
    };
    let lines = results.rows.iter().map(line);
    lines.filter(|line: &Line| line.marks.iter().any(|mark| mark.value > 0.0)).collect()
}

const LEFT: f64 = 350.0;
const WIDTH: f64 = 960.0;
const ROW: f64 = 30.0;

/// Where the label of a row stands.
fn label(svg: &mut String, line: &Line, previous: Option<&Line>, y: f64) {
    if previous.is_none_or(|previous| previous.label != line.label) {
        let _ = write!(svg, r#"<text class="label" x="0" y="{y:.1}">{}</text>"#, escape(&line.label));
    }
    let _ = write!(svg, r#"<text class="soft end" x="{:.1}" y="{y:.1}">{}</text>"#, LEFT - 12.0, number(line.volume));
}

/// Dots on a logarithmic scale, the best on the left.
fn dots(lines: &[Line], unit: &str) -> String {
    let largest = lines.iter().flat_map(|line| &line.marks).map(|mark| mark.value).fold(10.0, f64::max);
    let smallest = lines.iter().flat_map(|line| &line.marks).map(|mark| mark.value).fold(largest, f64::min);
    let (from, to) = (smallest.log10().floor(), largest.log10().ceil());
    let x = |value: f64| LEFT + (WIDTH - LEFT - 50.0) * (value.log10() - from) / (to - from).max(1.0);
    let bottom = 14.0 + ROW * lines.len() as f64;
    let mut svg = open(bottom + 40.0, unit);
    let mut power = from;
    while power <= to {
        let at = x(10_f64.powf(power));
        let _ = write!(svg, r#"<line class="grid" x1="{at:.1}" x2="{at:.1}" y1="4" y2="{bottom:.1}"/>"#);
        let _ = write!(
            svg,
            r#"<text class="soft mid" x="{at:.1}" y="{:.1}">{}</text>"#,
            bottom + 16.0,
            number(10_f64.powf(power))
        );
        power += 1.0;
    }
    let mut previous = None;
    for (place, line) in lines.iter().enumerate() {
        let y = 20.0 + ROW * place as f64;
        label(&mut svg, line, previous, y + 5.0);
        let ends = line.marks.iter().map(|mark| x(mark.value));
        let (low, high) = (ends.clone().fold(WIDTH, f64::min), ends.fold(LEFT, f64::max));
        let _ = write!(svg, r#"<line class="span" x1="{low:.1}" x2="{high:.1}" y1="{y:.1}" y2="{y:.1}"/>"#);
        // The first is ours, and lies on top.
        for mark in line.marks.iter().rev() {
            let _ = write!(
                svg,
                r#"<circle class="{}" cx="{:.1}" cy="{y:.1}" r="7"><title>{}</title></circle>"#,
                mark.class,
                x(mark.value),
                escape(&mark.text)
            );
        }
        previous = Some(line);
    }
    let _ = write!(
        svg,
        r#"<text class="soft mid" x="{:.1}" y="{:.1}">{unit}</text></svg>"#,
        x(10_f64.powf((from + to) / 2.0)),
        bottom + 34.0
    );
    svg
}

/// Bars beside each other, one of each policy.
fn bars(lines: &[Line]) -> String {
    let largest = lines.iter().flat_map(|line| &line.marks).map(|mark| mark.value).fold(1.0, f64::max);
    // A root leaves the small ones visible.
    let length = |value: f64| (WIDTH - LEFT - 60.0) * (value / largest).sqrt();
    let height = 46.0;
    let mut svg = open(10.0 + height * lines.len() as f64, "false pauses a year");
    let mut previous = None;
    for (place, line) in lines.iter().enumerate() {
        let y = 8.0 + height * place as f64;
        label(&mut svg, line, previous, y + 22.0);
        for (nth, mark) in line.marks.iter().enumerate() {
            let top = y + 13.0 * nth as f64;
            let _ = write!(
                svg,
                r#"<rect class="{}" x="{LEFT:.1}" y="{top:.1}" width="{:.1}" height="10" rx="2"><title>{}</title></rect>"#,
                mark.class,
                length(mark.value).max(1.5),
                escape(&mark.text)
            );
            let _ = write!(
                svg,
                r#"<text class="soft small" x="{:.1}" y="{:.1}">{}</text>"#,
                LEFT + length(mark.value).max(1.5) + 6.0,
                top + 9.0,
                rate(mark.value)
            );
        }
        previous = Some(line);
    }
    svg.push_str("</svg>");
    svg
}

fn open(height: f64, label: &str) -> String {
    format!(r#"<svg viewBox="0 0 {WIDTH} {height:.0}" role="img" aria-label="{label}">"#)
}

fn rows(results: &Results) -> String {
    let mut text = String::new();
    for row in results.rows.iter().filter(|row| row.pause == Pause::Right) {
        for (place, policy) in COMPARED.into_iter().enumerate() {
            let Some((_, stopped)) = incident(row, policy) else { continue };
            let (title, volume) =
                if place == 0 { (escape(&row.title), number(row.volume)) } else { Default::default() };
            let first = if place == 0 { "first" } else { "" };
            let _ = write!(
                text,
                "<tr class=\"{first}\"><td>{title}</td><td class=n>{volume}</td><td><i class=\"{class}\"></i>{policy}</td><td class=n>{paused} of {runs}</td><td class=n>{minutes}</td><td class=n>{mails}</td><td class=n>{bad}</td><td class=n>{fewer}</td></tr>",
                class = class(policy),
                policy = policy.title(),
                paused = stopped.paused,
                runs = stopped.runs,
                minutes = stopped.median_minutes.map_or("never".to_owned(), time),
                mails = number(stopped.mails),
                bad = number(stopped.bad_mails),
                fewer = escape(&times(row, stopped, policy)),
            );
        }
    }
    text
}

fn stories(results: &Results) -> String {
    let mut text = String::new();
    let mut told = "";
    for row in &results.rows {
        if row.scenario != told {
            let pause = match row.pause {
                Pause::Right => "a pause is right",
                Pause::Wrong => "a pause is wrong",
                Pause::Either => "a pause is neither right nor wrong",
            };
            let _ = write!(text, "<dt>{} <span>{pause}</span></dt><dd>{}</dd>", escape(&row.title), escape(&row.story));
            told = &row.scenario;
        }
    }
    text
}

fn model(results: &Results) -> String {
    let (reputation, lag, noise) = (&results.model.reputation, &results.model.lag_minutes, &results.model.noise);
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

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Options;

    #[test]
    fn the_page_is_filled_and_needs_nothing_else() {
        let mut world = crate::World::built_in().unwrap();
        world.scenarios.retain(|scenario| ["stolen-credentials", "tiny-sender"].contains(&scenario.name.as_str()));
        for scenario in &mut world.scenarios {
            scenario.volumes.truncate(1);
            scenario.title.push_str(" <script>");
        }
        let page = render(&crate::play(&world, &Options { seed: 1, runs: 1, years: 1 }));
        assert!(page.contains("Stolen credentials") && page.matches("<svg").count() == 3);
        assert!(page.matches("<circle").count() >= 7);
        for barred in ["{{", "<script", "http:", "https:", "NaN", "inf"] {
            assert!(!page.contains(barred), "{barred}");
        }
    }
}
