use super::*;

const HOUR: i64 = 3600;

/// Ten hours, of which these have a point.
fn series(hours: &[i64]) -> ReportSeries {
    let points: Points = hours.iter().map(|hour| (hour * HOUR, 10.0)).collect();
    ReportSeries {
        step_seconds: 3600,
        start: 0,
        end: 10 * HOUR,
        sends: points,
        ..ReportSeries::default()
    }
}

/// The gaps of a chart in hours, from and until.
fn hours(chart: &Chart) -> Vec<(i64, i64)> {
    #[expect(clippy::cast_possible_truncation, reason = "ten hours")]
    let hour = |x: f64| (10.0 * (x - LEFT) / (RIGHT - LEFT)).round() as i64;
    chart.gaps.iter().map(|gap| (hour(gap.x), hour(gap.x + gap.width))).collect()
}

#[test]
fn hours_without_a_point_are_shaded_at_the_ends_too() {
    let series = series(&[2, 3, 6, 7]);
    let chart = rate("Rate", &series.sends, &series, [0.05, 0.1]);
    assert_eq!(hours(&chart), [(0, 2), (4, 6), (8, 10)]);
    assert!(chart.description.ends_with("3 gaps in the data."), "{}", chart.description);
    assert_eq!(chart.lines.len(), 2, "no line crosses a gap");
}

#[test]
fn complete_data_has_no_gap() {
    let series = series(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(counts("Sends", &series.sends, &series).gaps, []);
}

#[test]
fn hours_without_bounces_are_no_gap_while_mail_is_sent() {
    let series = series(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let chart = counts("Hard bounces", &vec![(3 * HOUR, 2.0)], &series);
    assert_eq!((chart.bars.len(), hours(&chart)), (1, vec![(8, 10)]));
    assert_eq!(chart.description, "Hard bounces: 2 in all. One gap in the data.");
}

#[test]
fn labels_of_pauses_stand_above_the_plot() {
    let series = ReportSeries { paused: vec![HOUR], resumed: vec![2 * HOUR], ..series(&[1]) };
    let chart = counts("Sends", &series.sends, &series);
    assert!(chart.markers.iter().all(|marker| marker.y < chart.top()));
}
