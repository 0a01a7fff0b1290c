//! Rules that others have published, written down from their descriptions. docs/SIMULATION.md
//! names the sources.

use libm::lgamma;
use warden_domain::guard::Severity;

use crate::history::Running;
use crate::level::{Level, steps};
use crate::model::{Credible, CredibleLine, FlooredWindow, Reputation, TwoWindows};
use crate::traffic::{DAY, StepCounts};

/// One sender's mail since midnight.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Midnight {
    day: u64,
    sends: u64,
    bounces: u64,
    complaints: u64,
}

impl Midnight {
    /// Counts the step that ends at `minute`.
    pub(crate) fn push(&mut self, minute: u64, count: &StepCounts) {
        let day = minute.saturating_sub(1) / DAY;
        if self.day != day {
            *self = Self { day, ..Self::default() };
        }
        self.sends += count.sends;
        self.bounces += count.bounces;
        self.complaints += count.complaints;
    }

    /// Returns what the rule with the credible bound calls for: nothing, a warning or a pause.
    pub(crate) fn level(&self, rule: &Credible) -> Level {
        let stopped = self.sends >= rule.hard_stop_sends.max(1)
            && self.bounces as f64 >= rule.hard_stop * self.sends as f64;
        if stopped {
            return Some(Severity::Critical);
        }
        let of = |events: u64, line: &CredibleLine| {
            let exceeds =
                |threshold: f64| bound_exceeds(events, self.sends, line, threshold, rule.tail);
            match () {
                () if exceeds(line.pause) => Some(Severity::Critical),
                () if exceeds(line.warn) => Some(Severity::Warn),
                () => None,
            }
        };
        of(self.bounces, &rule.bounce).max(of(self.complaints, &rule.complaint))
    }
}

/// Whether the lower bound of the posterior exceeds the threshold.
fn bound_exceeds(events: u64, sends: u64, line: &CredibleLine, threshold: f64, tail: f64) -> bool {
    let events = events.min(sends) as f64;
    // A prior that is worth one event.
    let (a, b) = (1.0 + events, 1.0 / line.prior - 1.0 + sends as f64 - events);
    // The bound is below the mean, which is quick to tell.
    a / (a + b) > threshold && below(a, b, threshold, tail)
}

/// Whether a Beta(a, b) lies at or below `x` with a chance of less than `tail`; `x` is below its
/// mean. That chance is the one of `a` successes or more in `a + b - 1` trials of `x` each.
fn below(a: f64, b: f64, x: f64, tail: f64) -> bool {
    let n = a + b - 1.0;
    let ways = lgamma(n + 1.0) - lgamma(a + 1.0) - lgamma(n - a + 1.0);
    let mut term = (ways + a * x.ln() + (n - a) * (1.0 - x).ln()).exp();
    let (mut sum, mut successes) = (0.0, a);
    while sum < tail && term > 1e-9 * tail {
        sum += term;
        term *= (n - successes) / (successes + 1.0) * x / (1.0 - x);
        successes += 1.0;
    }
    sum < tail
}

/// What the two-window rule calls for.
pub(crate) fn two_windows(
    rule: &TwoWindows,
    sends: &Running,
    events: [&Running; 2],
    step_minutes: u32,
) -> Level {
    let of = |window: &FlooredWindow, events: &Running| {
        let length = steps(window.minutes, step_minutes);
        let (events, sends) = (events.window(length, 0), sends.window(length, 0));
        if sends < window.least_sends.max(1) || events < window.least_events {
            return None;
        }
        match events as f64 / sends as f64 {
            rate if rate >= window.pause => Some(Severity::Critical),
            rate if rate >= window.warn => Some(Severity::Warn),
            _ => None,
        }
    };
    let windows = [&rule.bounce, &rule.complaint];
    windows
        .into_iter()
        .zip(events)
        .flat_map(|(w, e)| w.iter().map(move |w| of(w, e)))
        .max()
        .flatten()
}

/// SES's own lines.
pub(crate) struct SesLines<'m>(pub(crate) &'m Reputation);

impl SesLines<'_> {
    /// What SES may do at these published rates of bounces and complaints: warn stands for its
    /// review.
    pub(crate) fn level(&self, (bounce, complaint): (f64, f64)) -> Level {
        let lines = self.0;
        if bounce >= lines.ses_bounce || complaint >= lines.ses_complaint {
            Some(Severity::Critical)
        } else if bounce >= lines.ses_bounce_review || complaint >= lines.ses_complaint_review {
            Some(Severity::Warn)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNCE: CredibleLine = CredibleLine { prior: 0.02, warn: 0.03, pause: 0.05 };

    #[test]
    fn the_credible_bound_needs_more_than_the_rate() {
        // The posterior below 5 %, by numerical integration of its density: 0.128, 0.037, 0.823,
        // 0.131, 0.022, 0.080 and 0.036.
        for (events, sends, exceeds) in [
            (10, 100, false),
            (12, 100, true),
            (1, 13, false),
            (5, 20, false),
            (7, 20, true),
            (62, 1_000, false),
            (65, 1_000, true),
        ] {
            assert_eq!(bound_exceeds(events, sends, &BOUNCE, 0.05, 0.05), exceeds, "{events}");
        }
    }

    #[test]
    fn the_day_ends_at_midnight() {
        let mut today = Midnight::default();
        let count = StepCounts { sends: 10, bounces: 2, ..StepCounts::default() };
        today.push(DAY, &count);
        assert_eq!(today.sends, 10);
        today.push(DAY + 1, &count);
        assert_eq!((today.sends, today.bounces), (10, 2));
        today.push(2 * DAY, &count);
        assert_eq!(today.sends, 20);
    }

    #[test]
    fn two_windows_have_floors_of_sends_and_of_events() {
        let rule = crate::World::built_in().unwrap().model.two_windows;
        let level = |bounces: u64, count: u64| {
            let (mut sends, mut events, mut none) =
                (Running::new(300), Running::new(300), Running::new(300));
            sends.push(count);
            events.push(bounces);
            none.push(0);
            two_windows(&rule, &sends, [&events, &none], 5)
        };
        assert_eq!(level(19, 190), None);
        assert_eq!(level(19, 200), None);
        assert_eq!(level(20, 200), Some(Severity::Critical));
        assert_eq!(level(20, 400), Some(Severity::Warn));
        assert_eq!(level(50, 1_000), Some(Severity::Critical));
    }

    #[test]
    fn ses_reviews_before_it_pauses() {
        let reputation = crate::World::built_in().unwrap().model.reputation;
        let level = |bounce, complaint| SesLines(&reputation).level((bounce, complaint));
        assert_eq!(level(0.049, 0.0), None);
        assert_eq!(level(0.05, 0.0), Some(Severity::Warn));
        assert_eq!(level(0.0, 0.005), Some(Severity::Critical));
    }
}
