//! The charts of the page: rows of marks, drawn as dots or as bars, in HTML and SVG.

use std::fmt::Write;

use crate::table::{number, rate};

/// One mark of a chart's row.
pub(super) struct Mark {
    pub(super) class: &'static str,
    pub(super) value: f64,
    pub(super) text: String,
}

/// One row of a chart.
pub(super) struct ReportLine {
    pub(super) label: String,
    pub(super) volume: f64,
    pub(super) marks: Vec<Mark>,
}

/// A row: its label, unless the one above has the same, its volume, and its marks. All
/// places are in percent, so that a chart is as wide as the page lets it.
fn row(
    html: &mut String,
    line: &ReportLine,
    previous: Option<&ReportLine>,
    height: f64,
    marks: &str,
) {
    let label = if previous.is_none_or(|previous| previous.label != line.label) {
        line.label.as_str()
    } else {
        ""
    };
    let _ = write!(
        html,
        r#"<div class="row"><span>{}</span><span class="soft">{}</span><svg height="{height}">{marks}</svg></div>"#,
        escape(label),
        number(line.volume)
    );
}

/// Dots on a logarithmic scale, the best on the left.
pub(super) fn dots(lines: &[ReportLine], unit: &str) -> String {
    let largest =
        lines.iter().flat_map(|line| &line.marks).map(|mark| mark.value).fold(10.0, f64::max);
    let smallest =
        lines.iter().flat_map(|line| &line.marks).map(|mark| mark.value).fold(largest, f64::min);
    let (from, to) = (smallest.log10().floor(), largest.log10().ceil());
    let x = |value: f64| 100.0 * (value.log10() - from) / (to - from).max(1.0);
    let (mut grid, mut scale) = (String::new(), String::new());
    let mut power = from;
    while power <= to {
        let (value, at) = (10_f64.powf(power), x(10_f64.powf(power)));
        let _ =
            write!(grid, r#"<line class="grid" x1="{at:.2}%" x2="{at:.2}%" y1="0" y2="100%"/>"#);
        let _ =
            write!(scale, r#"<text class="soft mid" x="{at:.2}%" y="14">{}</text>"#, short(value));
        power += 1.0;
    }
    let mut html = open(unit);
    let mut previous = None;
    for line in lines {
        let ends = line.marks.iter().map(|mark| x(mark.value));
        let (low, high) = (ends.clone().fold(100.0, f64::min), ends.fold(0.0, f64::max));
        let mut marks = format!(
            r#"{grid}<line class="span" x1="{low:.2}%" x2="{high:.2}%" y1="50%" y2="50%"/>"#
        );
        // The first is ours, and lies on top.
        for mark in line.marks.iter().rev() {
            let _ = write!(
                marks,
                r#"<circle class="{}" cx="{:.2}%" cy="50%" r="7"><title>{}</title></circle>"#,
                mark.class,
                x(mark.value),
                escape(&mark.text)
            );
        }
        row(&mut html, line, previous, 30.0, &marks);
        previous = Some(line);
    }
    let _ = write!(
        html,
        r#"<div class="row scale"><svg height="20">{scale}</svg><p class="soft">{unit}</p></div></div>"#
    );
    html
}

/// Bars beside each other, one of each policy.
pub(super) fn bars(lines: &[ReportLine]) -> String {
    let largest =
        lines.iter().flat_map(|line| &line.marks).map(|mark| mark.value).fold(1.0, f64::max);
    // A root leaves the small ones visible.
    let length = |value: f64| (100.0 * (value / largest).sqrt()).max(0.3);
    let mut html = open("false pauses a year");
    let mut previous = None;
    for line in lines {
        let mut marks = String::new();
        for (nth, mark) in line.marks.iter().enumerate() {
            let (top, end) = (4.0 + 13.0 * nth as f64, length(mark.value));
            let _ = write!(
                marks,
                r#"<rect class="{}" y="{top:.0}" width="{end:.2}%" height="10" rx="2"><title>{}</title></rect>"#,
                mark.class,
                escape(&mark.text)
            );
            let _ = write!(
                marks,
                r#"<text class="soft small" x="{end:.2}%" dx="6" y="{:.0}">{}</text>"#,
                top + 9.0,
                rate(mark.value)
            );
        }
        row(&mut html, line, previous, 7.0 + 13.0 * line.marks.len() as f64, &marks);
        previous = Some(line);
    }
    html.push_str("</div>");
    html
}

fn open(label: &str) -> String {
    format!(r#"<div class="chart" role="figure" aria-label="{label}">"#)
}

/// A power of ten, short enough to stand beside the next one on a narrow page.
fn short(power: f64) -> String {
    match power {
        1e6.. => format!("{:.0} M", power / 1e6),
        1e3.. => format!("{:.0} k", power / 1e3),
        _ => format!("{power:.0}"),
    }
}

/// Text as it may stand in HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
