//! The charts of the page: rows of marks, drawn as dots or as bars. Places are in percent, so
//! that a chart is as wide as the page lets it.

use warden_simulate::table::{number, rate};

/// Heights, in pixels: a row of dots, and a bar with the space above it.
const DOTS: usize = 30;
const BAR: usize = 15;

/// One chart, as the template draws it.
pub(super) struct RowChart {
    pub(super) label: &'static str,
    pub(super) names: Vec<PolicyName>,
    pub(super) has_open: bool,
    pub(super) rows: Vec<ChartRow>,
    /// The scale below; without one, every bar bears its number.
    pub(super) ticks: Vec<ChartTick>,
}

/// A policy in the key.
pub(super) struct PolicyName {
    pub(super) series: u8,
    pub(super) title: &'static str,
}

pub(super) struct ChartRow {
    /// Empty if the row above has the same.
    pub(super) label: String,
    pub(super) volume: String,
    pub(super) height: usize,
    /// What a screen reader says.
    pub(super) description: String,
    /// From the least to the greatest dot.
    pub(super) span: Option<(String, String)>,
    pub(super) dots: Vec<ChartDot>,
    pub(super) bars: Vec<ChartBar>,
}

pub(super) struct ChartDot {
    pub(super) series: u8,
    pub(super) at: String,
    pub(super) text: String,
    pub(super) is_open: bool,
}

pub(super) struct ChartBar {
    pub(super) series: u8,
    pub(super) top: usize,
    /// Of its number.
    pub(super) base: usize,
    pub(super) length: String,
    pub(super) value: String,
    pub(super) text: String,
}

pub(super) struct ChartTick {
    pub(super) at: String,
    pub(super) text: String,
}

/// A value of one policy.
pub(super) struct ChartMark {
    pub(super) series: u8,
    pub(super) value: f64,
    pub(super) text: String,
    /// Whether the policy missed incidents, so that the value says too little.
    pub(super) is_open: bool,
}

/// The values of one scenario at one volume.
pub(super) struct ChartLine {
    pub(super) label: String,
    pub(super) volume: f64,
    pub(super) marks: Vec<ChartMark>,
}

/// Dots on a logarithmic scale, the best on the left.
pub(super) fn dots(label: &'static str, names: Vec<PolicyName>, lines: &[ChartLine]) -> RowChart {
    let values = || lines.iter().flat_map(|line| &line.marks).map(|mark| mark.value);
    let largest = values().fold(10.0, f64::max);
    let smallest = values().fold(largest, f64::min);
    let (from, to) = (smallest.log10().floor(), largest.log10().ceil());
    let place = |value: f64| 100.0 * (value.log10() - from) / (to - from).max(1.0);
    let powers = std::iter::successors(Some(from), |power| Some(power + 1.0));
    let ticks = powers
        .take_while(|power| *power <= to)
        .map(|power| 10_f64.powf(power))
        .map(|value| ChartTick { at: percent(place(value)), text: short(value) })
        .collect();
    let row = |(place_in_chart, line): (usize, &ChartLine)| {
        let places = || line.marks.iter().map(|mark| place(mark.value));
        let (low, high) = (places().fold(100.0, f64::min), places().fold(0.0, f64::max));
        // The first is ours: drawn last, it lies on top.
        let dot = |mark: &ChartMark| ChartDot {
            series: mark.series,
            at: percent(place(mark.value)),
            text: mark.text.clone(),
            is_open: mark.is_open,
        };
        ChartRow {
            span: Some((percent(low), percent(high))),
            dots: line.marks.iter().rev().map(dot).collect(),
            ..empty(lines, place_in_chart, DOTS)
        }
    };
    RowChart {
        label,
        names,
        has_open: lines.iter().flat_map(|line| &line.marks).any(|mark| mark.is_open),
        rows: lines.iter().enumerate().map(row).collect(),
        ticks,
    }
}

/// Bars below each other, one for each policy.
pub(super) fn bars(label: &'static str, names: Vec<PolicyName>, lines: &[ChartLine]) -> RowChart {
    let values = lines.iter().flat_map(|line| &line.marks).map(|mark| mark.value);
    let largest = values.fold(1.0, f64::max);
    // The root leaves small ones visible.
    let length = |value: f64| 100.0 * (value / largest).sqrt();
    let row = |(place, line): (usize, &ChartLine)| {
        let bar = |(nth, mark): (usize, &ChartMark)| ChartBar {
            series: mark.series,
            top: 4 + BAR * nth,
            base: 14 + BAR * nth,
            length: percent(length(mark.value)),
            value: rate(mark.value),
            text: mark.text.clone(),
        };
        ChartRow {
            bars: line.marks.iter().enumerate().map(bar).collect(),
            ..empty(lines, place, 7 + BAR * line.marks.len())
        }
    };
    let rows = lines.iter().enumerate().map(row).collect();
    RowChart { label, names, has_open: false, rows, ticks: Vec::new() }
}

/// A row without marks, at a place among the lines.
fn empty(lines: &[ChartLine], place: usize, height: usize) -> ChartRow {
    let label = |place: usize| lines.get(place).map_or("", |line| line.label.as_str());
    let is_first = place == 0 || label(place - 1) != label(place);
    let texts: Vec<&str> = lines
        .get(place)
        .map(|line| line.marks.iter().map(|mark| mark.text.as_str()).collect())
        .unwrap_or_default();
    ChartRow {
        label: if is_first { label(place).to_owned() } else { String::new() },
        volume: lines.get(place).map(|line| number(line.volume)).unwrap_or_default(),
        height,
        description: texts.join("; "),
        span: None,
        dots: Vec::new(),
        bars: Vec::new(),
    }
}

fn percent(value: f64) -> String {
    format!("{value:.2}")
}

/// A power of ten, short enough to stand beside the next one on a narrow page.
fn short(power: f64) -> String {
    match power {
        1e6.. => format!("{:.0} M", power / 1e6),
        1e3.. => format!("{:.0} k", power / 1e3),
        _ => format!("{power:.0}"),
    }
}
