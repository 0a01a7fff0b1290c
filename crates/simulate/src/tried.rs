//! Judges that were tried against today's windows and not taken: tests that stay valid however
//! often one looks. docs/SIMULATION.md has their figures.

use libm::lgamma;
use warden_domain::guard::Severity;
use warden_domain::guard::confidence::{RateWindow, Rule, WindowCounts, assess, judge};

use crate::level::Level;

/// Chance of ever being wrong at the line itself, of each test.
const ALPHA: f64 = 0.01;

/// Logarithm of how much better a Beta mixture explains the counts than the rate `line` does: the
/// martingale of Robbins (1970). It exceeds ln(1/alpha) ever with a chance of alpha at most, where
/// the rate is `line`, and less below. The mixture has the mean of twice the line.
fn evidence(events: f64, total: f64, line: f64) -> f64 {
    let total = total.max(events);
    if events <= line * total {
        return 0.0;
    }
    let (a, b) = (1.0, 1.0 / (2.0 * line) - 1.0);
    ln_beta(a + events, b + total - events)
        - ln_beta(a, b)
        - events * line.ln()
        - (total - events) * (1.0 - line).ln()
}

/// Logarithm of the beta function.
fn ln_beta(a: f64, b: f64) -> f64 {
    lgamma(a) + lgamma(b) - lgamma(a + b)
}

fn proves(events: f64, total: f64, line: f64) -> bool {
    evidence(events, total, line) > -ALPHA.ln()
}

/// Both windows with the lower bound of a confidence sequence instead of Wilson's, and without
/// floors, which it does not need.
pub(crate) fn sequence(rule: &Rule, fast: &WindowCounts, slow: &WindowCounts) -> Level {
    let level = |window: &RateWindow, sums: &WindowCounts| {
        let finding = assess(rule, window, sums);
        let (events, total) = (finding.events as f64, finding.total as f64);
        if proves(events, total, finding.pause_threshold) {
            Some(Severity::Critical)
        } else if proves(events, total, finding.warn_threshold) {
            Some(Severity::Warn)
        } else {
            None
        }
    };
    let calm = fast.total >= rule.total_floor
        && (fast.events as f64) < rule.slow.usual.warn * fast.total as f64;
    let slow = level(&rule.slow, slow);
    level(&rule.fast, fast).max(if calm { slow.min(Some(Severity::Warn)) } else { slow })
}

/// A further window of bounces, so short that a theft fills it within a minute: the thresholds of
/// the fast one, but surer of itself, because it is looked at so often.
pub(crate) fn burst(rule: &Rule, sums: &WindowCounts) -> Level {
    let rule = Rule { z: BURST_Z, ..*rule };
    let finding = assess(&rule, &rule.fast, sums);
    finding.severity.filter(|severity| *severity == Severity::Critical)
}

/// Length of the burst window.
pub(crate) const BURST_MINUTES: u32 = 1;
const BURST_Z: f64 = 3.0;

/// A sequential test that forgets everything whenever nothing speaks for a rate above the line:
/// one for usual mail, one for a surge. The slow window stays what it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Restarting {
    /// Events and mails since nothing spoke for it: for usual mail, and for a surge.
    sums: [(f64, f64); 2],
}

impl Restarting {
    pub(crate) fn step(
        &mut self,
        rule: &Rule,
        (events, total): (f64, f64),
        fast: &WindowCounts,
        slow: &WindowCounts,
    ) -> Level {
        let lines = [rule.fast.usual.critical, rule.fast.surge.critical];
        let mut proven = [false; 2];
        for ((line, sums), proven) in lines.into_iter().zip(&mut self.sums).zip(&mut proven) {
            *sums = (sums.0 + events, sums.1 + total);
            if sums.0 <= line * sums.1 {
                *sums = (0.0, 0.0);
            }
            *proven = proves(sums.0, sums.1, line);
        }
        let surges = fast.usual > 0 && fast.total as f64 >= rule.surge_times * fast.usual as f64;
        let [usual, surge] = proven;
        let pauses = usual || (surge && surges);
        let windows = judge(rule, &WindowCounts::default(), slow).severity;
        windows.max(pauses.then_some(Severity::Critical))
    }
}

/// A CUSUM of daily rates against the sender's own, which follows them slowly.
#[derive(Debug, Clone, Default)]
pub(crate) struct Daily {
    events: u64,
    total: u64,
    days: u32,
    baseline: (f64, f64),
    sum: f64,
    warns: bool,
}

/// How much a day's rate varies by itself, as a part of it.
const DAILY_NOISE: f64 = 0.35;
/// Standard deviations of a day that do not count.
const SLACK: f64 = 0.75;
/// Standard deviations above the slack that warn, in all.
const LIMIT: f64 = 4.0;
/// Days in which the baseline follows.
const MEMORY_DAYS: f64 = 28.0;

impl Daily {
    /// Counts a step, and at midnight the day; says whether it warns.
    pub(crate) fn step(&mut self, events: u64, total: u64, is_midnight: bool) -> bool {
        self.events += events;
        self.total += total;
        if is_midnight {
            let (events, total) = (self.events as f64, self.total as f64);
            (self.events, self.total) = (0, 0);
            let usual = self.baseline.0 / self.baseline.1.max(1.0);
            if self.days >= 7 && usual > 0.0 && total > 0.0 {
                let noise = usual * (DAILY_NOISE.powi(2) + 1.0 / (usual * total)).sqrt();
                self.sum = (self.sum + (events / total - usual) / noise - SLACK).max(0.0);
                self.warns = self.sum > LIMIT;
            }
            self.days += 1;
            let keeps = 1.0 - 1.0 / MEMORY_DAYS;
            self.baseline = (keeps * self.baseline.0 + events, keeps * self.baseline.1 + total);
        }
        self.warns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_grows_with_the_counts_and_is_none_at_the_line() {
        assert!(evidence(4.0, 100.0, 0.04).abs() < 1e-12);
        let (few, many) = (evidence(10.0, 100.0, 0.04), evidence(100.0, 1_000.0, 0.04));
        assert!(few > 0.0 && many > 5.0 * few, "{few} {many}");
        assert!(!proves(1.0, 13.0, 0.04) && proves(13.0, 13.0, 0.04));
    }

    #[test]
    fn the_daily_cusum_warns_of_a_rate_that_stays_at_twice_the_usual() {
        let mut daily = Daily::default();
        assert!((0..60).all(|_| !daily.step(100, 10_000, true)));
        assert!((0..4).any(|_| daily.step(200, 10_000, true)));
    }
}
