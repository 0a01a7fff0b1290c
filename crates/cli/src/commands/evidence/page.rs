//! The report as a page.

use askama::Template;

use super::chart::{self, Chart};
use super::markdown::state;
use super::report::{BOUNCE_LINES, COMPLAINT_LINES, EvidenceReport, number, percent};

#[derive(Template)]
#[template(path = "evidence.html")]
struct Page<'a> {
    report: &'a EvidenceReport,
    state: String,
    charts: [Chart; 4],
}

/// Returns the whole page, which loads nothing.
///
/// # Errors
/// When the template fails, which no input brings about.
pub(super) fn render(report: &EvidenceReport) -> anyhow::Result<String> {
    let series = &report.series;
    let charts = [
        chart::rate("AWS's bounce rate", &series.aws_bounce_rate, series, BOUNCE_LINES),
        chart::rate("AWS's complaint rate", &series.aws_complaint_rate, series, COMPLAINT_LINES),
        chart::counts("Sends", &series.sends, series),
        chart::counts("Hard bounces", &series.hard_bounces, series),
    ];
    Ok(Page { report, state: state(report), charts }.render()?)
}

impl Page<'_> {
    fn number(&self, count: &f64) -> String {
        number(*count)
    }

    fn percent(&self, rate: &Option<f64>) -> String {
        percent(*rate)
    }
}
