//! Bounce and complaint rates over a representative volume: the last sends,
//! whenever they were, rather than a window of time.

use std::collections::VecDeque;

use serde::Serialize;

/// The last sends of an account or a configuration set.
#[derive(Debug, Default)]
pub(crate) struct RecentSends {
    sends: VecDeque<Fate>,
    bounces: usize,
    complaints: usize,
}

/// What became of one send, as far as the rates are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) bounced: bool,
    pub(crate) complained: bool,
}

impl RecentSends {
    /// Counts one send, forgetting the oldest beyond the representative volume.
    pub(crate) fn record(&mut self, fate: Fate, representative_volume: usize) {
        self.sends.push_back(fate);
        self.bounces += usize::from(fate.bounced);
        self.complaints += usize::from(fate.complained);
        while self.sends.len() > representative_volume.max(1) {
            if let Some(oldest) = self.sends.pop_front() {
                self.bounces -= usize::from(oldest.bounced);
                self.complaints -= usize::from(oldest.complained);
            }
        }
    }

    /// How many sends the rates rest on.
    pub(crate) fn volume(&self) -> usize {
        self.sends.len()
    }

    /// Hard bounces over sends, a fraction.
    pub(crate) fn bounce_rate(&self) -> f64 {
        fraction(self.bounces, self.sends.len())
    }

    /// Complaints over sends, a fraction.
    pub(crate) fn complaint_rate(&self) -> f64 {
        fraction(self.complaints, self.sends.len())
    }
}

/// One published pair of rates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PublishedRates {
    /// Absent for the account.
    pub(crate) configuration_set: Option<String>,
    pub(crate) volume: usize,
    pub(crate) bounce_rate: f64,
    pub(crate) complaint_rate: f64,
}

fn fraction(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a window holds far fewer than 2^52 sends")]
    let fraction = part as f64 / whole as f64;
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Fate = Fate { bounced: false, complained: false };

    #[test]
    fn rates_are_fractions_of_the_last_sends() {
        let mut window = RecentSends::default();
        assert!(window.bounce_rate().abs() < f64::EPSILON);
        for _ in 0..3 {
            window.record(GOOD, 10);
        }
        let bounced = Fate { bounced: true, ..GOOD };
        window.record(bounced, 10);
        assert!((window.bounce_rate() - 0.25).abs() < 1e-12);
        for _ in 0..10 {
            window.record(GOOD, 10);
        }
        assert_eq!(window.volume(), 10);
        assert!(window.bounce_rate().abs() < f64::EPSILON);
    }

    #[test]
    fn complaints_are_counted_apart() {
        let mut window = RecentSends::default();
        window.record(Fate { complained: true, ..GOOD }, 5);
        window.record(GOOD, 5);
        assert!((window.complaint_rate() - 0.5).abs() < 1e-12);
        assert!(window.bounce_rate().abs() < f64::EPSILON);
    }
}
