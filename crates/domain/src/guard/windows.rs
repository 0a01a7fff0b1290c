//! Which sums of our metrics a judgement needs, and how they become [`WindowCounts`].

use super::confidence::{RateWindow, USUAL_DAYS, WindowCounts};

const DAY: i64 = 86_400;

/// One value of a series: where its period begins, in seconds since 1970, and the
/// sum of it.
pub type Point = (i64, f64);

/// A stretch of time, in seconds since 1970, and the periods it is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first second of it.
    pub start: i64,
    /// The first second after it.
    pub end: i64,
    /// Length of a period in seconds. `start` and `end` are multiples of it.
    pub period: u32,
}

impl Span {
    /// How many values CloudWatch answers with for one series, at most.
    pub fn points(&self) -> i64 {
        (self.end - self.start) / i64::from(self.period)
    }
}

/// The periods that a window of that length is read in, in seconds: minutes one by one, hours in
/// five minutes, days by the hour.
///
/// CloudWatch answers at most 100,800 values a call, and 90,000 a second where they are older than
/// three hours. Three days and the three before them are 144 hours of one series, and would be
/// 1,728 periods of five minutes.
pub fn period(seconds: u32) -> u32 {
    match seconds {
        0..3_600 => 60,
        3_600..86_400 => 300,
        86_400.. => 3_600,
    }
}

/// The stretch of that length that ends with the period that holds `now`.
pub fn recent(seconds: u32, now: i64) -> Span {
    let period = period(seconds);
    let end = (now.div_euclid(period.into()) + 1) * i64::from(period);
    Span { start: end - i64::from(seconds), end, period }
}

/// A window that ends now, with what [`RateWindow::lookback_seconds`] asks for before it.
pub fn span(window: &RateWindow, now: i64) -> Span {
    let recent = recent(window.seconds, now);
    Span { start: recent.start - i64::from(window.lookback_seconds), ..recent }
}

/// The windows of that length that ended at the same time of day on each of the
/// last days, the latest first.
pub fn usual(window: &RateWindow, now: i64) -> Vec<Span> {
    let Span { end, period, .. } = span(window, now);
    (1..=i64::from(USUAL_DAYS))
        .map(|day| Span {
            start: end - day * DAY - i64::from(window.seconds),
            end: end - day * DAY,
            period,
        })
        .collect()
}

/// What one window holds: of the points of all series that count as events, of all
/// that count as mails, both read over [`span`], and of the mails of each of
/// [`usual`].
pub fn sums(
    window: &RateWindow,
    span: &Span,
    events: &[Point],
    mails: &[Point],
    usual: &[f64],
) -> WindowCounts {
    let seconds = i64::from(window.seconds);
    let within = |points: &[Point], start: i64| -> f64 {
        points.iter().filter(|(at, _)| (start..start + seconds).contains(at)).map(|(_, n)| n).sum()
    };
    let start = span.end - seconds;
    let windows = i64::from(window.lookback_seconds).checked_div(seconds).unwrap_or(0);
    let earlier = (1..=windows).map(|n| within(mails, start - n * seconds)).fold(0.0, f64::max);
    WindowCounts {
        events: whole(within(events, start)),
        total: whole(within(mails, start)),
        earlier: whole(earlier),
        usual: whole(usual.iter().copied().fold(0.0, f64::max)),
    }
}

/// A count, which comes back as a floating point number: rounded, and 0 where it is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and NaN becomes 0"
)]
pub fn whole(count: f64) -> u64 {
    count.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Measure;
    use crate::guard::confidence::Rule;

    const NOW: i64 = 1_790_000_137;

    #[test]
    fn spans_end_with_the_period_that_holds_now() {
        let rule = Rule::of(Measure::Bounce);
        let fast = span(&rule.fast, NOW);
        assert_eq!((fast.end - NOW, fast.end % 60, fast.period), (23, 0, 60));
        assert_eq!(fast.end - fast.start, 300 + 4 * 3600);
        let slow = span(&rule.slow, NOW);
        assert_eq!((slow.end % 3600, slow.period), (0, 3600));
        assert!(slow.end > NOW && slow.end <= NOW + 3600);
        let complaints = span(&Rule::of(Measure::Complaint).fast, NOW);
        assert_eq!((complaints.end % 300, complaints.period), (0, 300));
    }

    /// GetMetricData: 90,000 values a second that are older than three hours.
    #[test]
    fn a_hundred_domains_of_a_set_are_read_within_a_second() {
        for measure in [Measure::Bounce, Measure::Complaint] {
            let slow = span(&Rule::of(measure).slow, NOW);
            assert_eq!(slow.points(), 144);
            // Events and mails of each.
            assert_eq!(2 * 100 * slow.points(), 28_800);
        }
    }

    /// The hour that has just begun belongs to the window, so that the window may hold up to an
    /// hour less than its length: 1.4 % of three days.
    #[test]
    fn a_period_of_an_hour_leaves_out_less_than_an_hour() {
        let slow = Rule::of(Measure::Bounce).slow;
        for into_the_hour in [0, 1, 1799, 3599] {
            let now = 1_790_000_000 / 3600 * 3600 + into_the_hour;
            let covered = now - (span(&slow, now).end - i64::from(slow.seconds));
            assert_eq!(covered, 71 * 3600 + into_the_hour);
        }
    }

    #[test]
    fn a_week_of_windows_at_the_same_time_of_day() {
        let window = Rule::of(Measure::Bounce).fast;
        let spans = usual(&window, NOW);
        assert_eq!(spans.len(), 7);
        assert_eq!(spans[0].end, span(&window, NOW).end - DAY);
        assert!(spans.iter().all(|s| s.end - s.start == 300));
    }

    #[test]
    fn each_mail_counts_in_its_own_window() {
        let window = Rule::of(Measure::Bounce).fast;
        let span = span(&window, NOW);
        let start = span.end - 300;
        let events = [(start - 60, 1000.0), (start, 3.0), (start + 240, 4.0), (span.end, 500.0)];
        // The largest earlier window lies two back, and its points on both its edges.
        let mails = [
            (start, 50.0),
            (start - 300, 70.0),
            (start - 600, 80.0),
            (start - 301, 9.0),
            (start - 100_000, 9e9),
        ];
        let sums = sums(&window, &span, &events, &mails, &[12.0, 40.4, 0.0]);
        assert_eq!(sums, WindowCounts { events: 7, total: 50, earlier: 89, usual: 40 });
        assert_eq!(super::sums(&window, &span, &[], &[], &[]), WindowCounts::default());
    }
}
