//! Which time a report is about, and in which steps it is read.

use anyhow::{Context, bail};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const DAY: i64 = 86_400;
/// How far back by default, in seconds.
const USUAL: i64 = 14 * DAY;
/// CloudWatch keeps sums of an hour for so long, in seconds.
const KEPT: i64 = 455 * DAY;
/// Up to this length, in seconds, an hour is a step; beyond it a day.
const HOURLY: i64 = 21 * DAY;

/// A time, in whole steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// Seconds of a step.
    pub(super) step: i32,
}

impl Window {
    /// # Errors
    /// When it ends before it begins, or began before CloudWatch's memory.
    pub(super) fn of(
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let end = until.unwrap_or(now).min(now);
        let start = match since {
            Some(since) => since,
            None => end
                .checked_sub(SignedDuration::from_secs(USUAL))
                .with_context(|| format!("--until {end} is too long ago: give --since as well"))?,
        };
        if start >= end {
            bail!("--since {start} is not before {end}");
        }
        if now.as_second() - start.as_second() > KEPT {
            bail!("--since {start} is longer ago than the 455 days that CloudWatch remembers");
        }
        let step = if end.as_second() - start.as_second() <= HOURLY { 3_600 } else { 86_400 };
        Ok(Self { start, end, step })
    }

    /// Its beginning and end in whole steps, in seconds since 1970.
    pub(super) fn seconds(&self) -> (i64, i64) {
        let step = i64::from(self.step);
        let start = self.start.as_second().div_euclid(step) * step;
        let end = (self.end.as_second() + step - 1).div_euclid(step) * step;
        (start, end)
    }
}

/// Reads a day, by its beginning, or a time.
///
/// # Errors
/// A sentence for what is neither.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    read(text, 0)
}

/// Reads a day, by its end, or a time.
///
/// # Errors
/// A sentence for what is neither.
pub(super) fn last_moment(text: &str) -> Result<Timestamp, String> {
    read(text, DAY)
}

fn read(text: &str, into_day: i64) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let day: Date = text
        .parse()
        .map_err(|_| "neither a day (2026-10-01) nor a time (…T08:00:00Z)".to_owned())?;
    day.to_zoned(TimeZone::UTC)
        .and_then(|midnight| midnight.timestamp().checked_add(SignedDuration::from_secs(into_day)))
        .map_err(|_| format!("{text} is beyond the times that can be read; give a nearer day"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_and_times_are_read() {
        assert_eq!(moment("2026-10-01"), Ok(at("2026-10-01T00:00:00Z")));
        assert_eq!(last_moment("2026-10-01"), Ok(at("2026-10-02T00:00:00Z")));
        assert_eq!(last_moment("2026-10-01T08:00:00Z"), Ok(at("2026-10-01T08:00:00Z")));
        assert!(moment("yesterday").is_err());
        assert!(last_moment("9999-12-30").unwrap_err().contains("nearer day"));
        assert!(moment("9999-12-31").is_err() && moment("-009999-01-01").is_err());
    }

    #[test]
    fn a_window_has_hours_or_days_and_lies_in_the_past() {
        let now = at("2026-10-20T12:30:00Z");
        let usual = Window::of(None, None, now).unwrap();
        assert_eq!((usual.start, usual.step), (at("2026-10-06T12:30:00Z"), 3_600));
        assert_eq!(usual.seconds().1, at("2026-10-20T13:00:00Z").as_second());
        let long = Window::of(Some(at("2026-08-01T00:00:00Z")), None, now).unwrap();
        assert_eq!(long.step, 86_400);
        let future = Window::of(None, Some(at("2027-01-01T00:00:00Z")), now).unwrap();
        assert_eq!(future.end, now);
        assert!(Window::of(Some(now), None, now).is_err());
        assert!(Window::of(Some(at("2025-01-01T00:00:00Z")), None, now).is_err());
        assert!(Window::of(None, Some(Timestamp::MIN), now).is_err());
    }
}
