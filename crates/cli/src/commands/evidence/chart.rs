//! Charts over time, as shapes that the page's template draws.

use jiff::Timestamp;

use super::read::Points;
use super::report::{ReportSeries, number, percent};

/// Size of a chart, and where its plot lies, in the units of its view box.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 246.0;
const LEFT: f64 = 52.0;
/// The labels of pauses and resumes stand above the plot, so that no curve crosses them.
const TOP: f64 = 40.0;
const BOTTOM: f64 = 216.0;
/// Where the labels of the lines stand.
const RIGHT: f64 = 640.0;
/// Room for the label of a pause or a resume.
const LABEL_WIDTH: f64 = 60.0;
/// Labels below the plot.
const TICKS: i64 = 4;

/// A label somewhere.
pub(super) struct ChartLabel {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) text: String,
}

/// A bar from the bottom up.
pub(super) struct Bar {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A stretch without data, over the whole height of the plot.
#[derive(Debug, PartialEq)]
pub(super) struct Gap {
    pub(super) x: f64,
    pub(super) width: f64,
}

/// A marker over the whole height.
pub(super) struct Marker {
    pub(super) x: f64,
    /// Of its label.
    pub(super) y: f64,
    pub(super) text: &'static str,
}

/// One chart.
pub(super) struct Chart {
    pub(super) title: &'static str,
    /// What a screen reader says.
    pub(super) description: String,
    /// Height of the view box.
    pub(super) height: f64,
    pub(super) gaps: Vec<Gap>,
    /// What a gap means.
    pub(super) gap_words: &'static str,
    pub(super) bars: Vec<Bar>,
    /// Points of lines, one for each stretch without a gap.
    pub(super) lines: Vec<String>,
    /// Lone points, which no line shows.
    pub(super) dots: Vec<(f64, f64)>,
    /// AWS's lines.
    pub(super) limits: Vec<ChartLabel>,
    pub(super) markers: Vec<Marker>,
    pub(super) scale: Vec<ChartLabel>,
    pub(super) ticks: Vec<ChartLabel>,
    pub(super) is_empty: bool,
}

/// A rate with AWS's two lines.
pub(super) fn rate(
    title: &'static str,
    points: &Points,
    series: &ReportSeries,
    [review, pause]: [f64; 2],
) -> Chart {
    let most = points.iter().map(|(_, rate)| *rate).fold(pause * 1.2, f64::max);
    let y = |rate: f64| BOTTOM - (BOTTOM - TOP) * rate / most;
    let mut chart = empty(title, series);
    let step = i64::from(series.step_seconds);
    let mut stretch: Vec<(i64, f64)> = Vec::new();
    for point in points.iter().chain([&(i64::MAX, 0.0)]) {
        let follows = stretch.last().is_some_and(|(at, _)| point.0.saturating_sub(*at) <= step);
        if !follows && !stretch.is_empty() {
            let place = |(at, rate): &(i64, f64)| (x(series, *at), y(*rate));
            match stretch.as_slice() {
                [one] => chart.dots.push(place(one)),
                many => chart.lines.push(
                    many.iter()
                        .map(|point| {
                            let (x, y) = place(point);
                            format!("{x:.1},{y:.1}")
                        })
                        .collect::<Vec<_>>()
                        .join(" "),
                ),
            }
            stretch.clear();
        }
        stretch.push(*point);
    }
    chart.limits = [(review, "review"), (pause, "may pause")]
        .map(|(rate, word)| ChartLabel { x: RIGHT + 4.0, y: y(rate), text: word.to_owned() })
        .into();
    chart.scale = [0.0, review, pause]
        .map(|rate| ChartLabel { x: LEFT - 6.0, y: y(rate), text: percent(Some(rate)) })
        .into();
    chart.gaps = gaps(points, series);
    chart.gap_words = "Shaded: AWS published no rate.";
    chart.is_empty = points.is_empty();
    let highest = points.iter().map(|(_, rate)| *rate).reduce(f64::max);
    chart.description = match highest {
        Some(highest) => {
            format!("{title}: at most {}.{}", percent(Some(highest)), chart.count_of_gaps())
        }
        None => format!("{title}: no data."),
    };
    chart
}

/// Counts as bars. A step in which no send was counted is a gap: nothing was sent, or events did
/// not arrive.
pub(super) fn counts(title: &'static str, points: &Points, series: &ReportSeries) -> Chart {
    let most = points.iter().map(|(_, count)| *count).fold(1.0, f64::max);
    let y = |count: f64| BOTTOM - (BOTTOM - TOP) * count / most;
    let mut chart = empty(title, series);
    let end = series.start + i64::from(series.step_seconds);
    let width = (x(series, end) - x(series, series.start) - 0.5).max(0.6);
    let bar = |(at, count): &(i64, f64)| Bar {
        x: x(series, *at),
        y: y(*count),
        width,
        height: BOTTOM - y(*count),
    };
    chart.bars = points.iter().filter(|(_, count)| *count > 0.0).map(bar).collect();
    chart.scale = [0.0, most]
        .map(|count| ChartLabel { x: LEFT - 6.0, y: y(count), text: number(count) })
        .into();
    chart.gaps = gaps(&series.sends, series);
    chart.gap_words = "Shaded: no send was counted.";
    chart.is_empty = chart.bars.is_empty();
    let sum = points.iter().fold(0.0, |sum, (_, count)| sum + count);
    chart.description = format!("{title}: {sum:.0} in all.{}", chart.count_of_gaps());
    chart
}

/// The stretches of the time of the chart in which no step has a point.
fn gaps(points: &Points, series: &ReportSeries) -> Vec<Gap> {
    let step = i64::from(series.step_seconds).max(1);
    let mut covered_until = series.start;
    let mut found = Vec::new();
    let mut shade = |from: i64, until: i64, least: i64| {
        if until.saturating_sub(from) >= least {
            let (from, until) = (x(series, from), x(series, until));
            found.push(Gap { x: from, width: (until - from).max(1.0) });
        }
    };
    for at in points.iter().map(|(at, _)| *at).filter(|at| *at <= series.end) {
        shade(covered_until, at, step);
        covered_until = covered_until.max(at.saturating_add(step));
    }
    // The last step has only begun, and may still get its point.
    shade(covered_until, series.end, 2 * step);
    found
}

fn empty(title: &'static str, series: &ReportSeries) -> Chart {
    let within = |at: &&i64| **at >= series.start && **at <= series.end;
    // The two kinds of labels are on lines of their own, because a resume follows a pause closely.
    let marked = |times: &[i64], text: &'static str, y| {
        let mut labelled = f64::NEG_INFINITY;
        let marker = |at| {
            let x = x(series, at);
            // One label for those that lie closer than it is wide.
            let is_labelled = x - labelled > LABEL_WIDTH;
            labelled = if is_labelled { x } else { labelled };
            Marker { x, y, text: if is_labelled { text } else { "" } }
        };
        times.iter().filter(within).copied().map(marker).collect::<Vec<_>>()
    };
    let mut markers = marked(&series.paused, "paused", TOP - 24.0);
    markers.extend(marked(&series.resumed, "resumed", TOP - 8.0));
    let tick = |n: i64| {
        let at = series.start + (series.end - series.start) * n / TICKS;
        let text = Timestamp::from_second(at).map(|at| at.strftime("%b %-d, %H:%M").to_string());
        ChartLabel { x: x(series, at), y: BOTTOM + 18.0, text: text.unwrap_or_default() }
    };
    Chart {
        title,
        description: String::new(),
        height: HEIGHT,
        gaps: Vec::new(),
        gap_words: "",
        bars: Vec::new(),
        lines: Vec::new(),
        dots: Vec::new(),
        limits: Vec::new(),
        markers,
        scale: Vec::new(),
        ticks: (0..=TICKS).map(tick).collect(),
        is_empty: true,
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of some months")]
fn x(series: &ReportSeries, at: i64) -> f64 {
    let length = (series.end - series.start).max(1) as f64;
    let part = (at - series.start) as f64 / length;
    LEFT + (RIGHT - LEFT) * part.clamp(0.0, 1.0)
}

impl Chart {
    /// What a screen reader says of the gaps.
    fn count_of_gaps(&self) -> String {
        match self.gaps.len() {
            0 => String::new(),
            1 => " One gap in the data.".to_owned(),
            count => format!(" {count} gaps in the data."),
        }
    }

    /// The width of its view box.
    pub(super) fn width(&self) -> f64 {
        WIDTH
    }

    /// The left end of its plot.
    pub(super) fn left(&self) -> f64 {
        LEFT
    }

    /// The right end of its plot.
    pub(super) fn right(&self) -> f64 {
        RIGHT
    }

    /// The upper end of its plot.
    pub(super) fn top(&self) -> f64 {
        TOP
    }

    /// The lower end of its plot.
    pub(super) fn bottom(&self) -> f64 {
        BOTTOM
    }
}

#[cfg(test)]
mod tests;
