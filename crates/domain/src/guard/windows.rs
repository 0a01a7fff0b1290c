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

/// A window that ends now, with what [`RateWindow::lookback_seconds`] asks for before
/// it. Minutes are read one by one, hours in five minutes: CloudWatch answers at
/// most 100,800 values at a time. It ends with the period that holds `now`.
pub fn span(window: &RateWindow, now: i64) -> Span {
    let period: u32 = if window.seconds < 3_600 { 60 } else { 300 };
    let end = (now.div_euclid(period.into()) + 1) * i64::from(period);
    Span {
        start: end - i64::from(window.seconds) - i64::from(window.lookback_seconds),
        end,
        period,
    }
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
        assert_eq!((slow.end % 300, slow.period), (0, 300));
        assert!(slow.end > NOW && slow.end <= NOW + 300);
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
