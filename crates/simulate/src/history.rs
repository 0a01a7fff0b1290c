//! What the policies look back on: sums of windows, and AWS's reputation metrics.

use std::collections::VecDeque;

use crate::model::{AwsSample, Reputation};

/// Running totals of the last steps, from which any window is two readings.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    totals: Vec<u64>,
    /// Steps so far.
    steps: usize,
    total: u64,
}

impl Running {
    /// Remembers `steps` steps.
    pub(crate) fn new(steps: usize) -> Self {
        Self { totals: vec![0; steps + 1], steps: 0, total: 0 }
    }

    pub(crate) fn push(&mut self, count: u64) {
        self.steps += 1;
        self.total += count;
        let slot = self.steps % self.totals.len();
        if let Some(place) = self.totals.get_mut(slot) {
            *place = self.total;
        }
    }

    /// The total `ago` steps before now; before the beginning, 0.
    fn at(&self, ago: usize) -> u64 {
        match self.steps.checked_sub(ago) {
            Some(step) => self.totals.get(step % self.totals.len()).copied().unwrap_or_default(),
            None => 0,
        }
    }

    /// The sum of the window of `length` steps that ended `ago` steps before now.
    pub(crate) fn window(&self, length: usize, ago: usize) -> u64 {
        self.at(ago) - self.at(ago + length)
    }

    /// The largest of `times` windows of `length` steps that ended once, twice and so
    /// on `apart` steps before now.
    pub(crate) fn largest(&self, length: usize, apart: usize, times: usize) -> u64 {
        (1..=times).map(|n| self.window(length, n * apart)).max().unwrap_or(0)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Chunk {
    sends: f64,
    bounces: f64,
    complaints: f64,
}

/// The rates of an account's last V mails.
#[derive(Debug, Clone)]
pub(crate) struct Representative {
    volume: f64,
    chunks: VecDeque<Chunk>,
    sum: Chunk,
    open: Chunk,
}

impl Representative {
    /// For an account of `daily` mails; `factor` makes V larger or smaller.
    pub(crate) fn new(model: &Reputation, daily: f64, factor: f64) -> Self {
        Self {
            volume: factor * model.floor.max(model.days * daily),
            chunks: VecDeque::new(),
            sum: Chunk::default(),
            open: Chunk::default(),
        }
    }

    /// Gives the account a past: V mails of these rates.
    pub(crate) fn fill(&mut self, bounce: f64, complaint: f64) {
        let sends = self.volume;
        self.close(Chunk { sends, bounces: sends * bounce, complaints: sends * complaint });
    }

    pub(crate) fn push(&mut self, sends: u64, bounces: u64, complaints: u64) {
        self.open.sends += sends as f64;
        self.open.bounces += bounces as f64;
        self.open.complaints += complaints as f64;
    }

    /// What SES publishes now: bounce and complaint rate; nothing when no mail was
    /// sent since the last time.
    pub(crate) fn publish(&mut self) -> Option<(f64, f64)> {
        if self.open.sends <= 0.0 {
            return None;
        }
        let chunk = std::mem::take(&mut self.open);
        self.close(chunk);
        Some((self.sum.bounces / self.sum.sends, self.sum.complaints / self.sum.sends))
    }

    fn close(&mut self, chunk: Chunk) {
        self.chunks.push_back(chunk);
        self.sum.sends += chunk.sends;
        self.sum.bounces += chunk.bounces;
        self.sum.complaints += chunk.complaints;
        while let Some(oldest) = self.chunks.front_mut() {
            let surplus = self.sum.sends - self.volume;
            if surplus <= 0.0 {
                break;
            }
            // All of the oldest, or the part of it that is too much.
            let part = (surplus / oldest.sends).min(1.0);
            let gone = Chunk {
                sends: oldest.sends * part,
                bounces: oldest.bounces * part,
                complaints: oldest.complaints * part,
            };
            self.sum.sends -= gone.sends;
            self.sum.bounces -= gone.bounces;
            self.sum.complaints -= gone.complaints;
            if part >= 1.0 {
                self.chunks.pop_front();
            } else {
                oldest.sends -= gone.sends;
                oldest.bounces -= gone.bounces;
                oldest.complaints -= gone.complaints;
            }
        }
    }
}

/// A CloudWatch alarm on the average of what was published in one period; missing
/// data leave it as it is.
#[derive(Debug, Clone)]
pub(crate) struct AverageAlarm {
    threshold: f64,
    window: u64,
    points: VecDeque<(u64, f64)>,
    raised: bool,
}

impl AverageAlarm {
    pub(crate) fn new(sample: &AwsSample) -> Self {
        Self {
            threshold: sample.threshold,
            window: sample.window_minutes.into(),
            points: VecDeque::new(),
            raised: false,
        }
    }

    /// Evaluates at `minute`, with what was published now.
    pub(crate) fn evaluate(&mut self, minute: u64, published: Option<f64>) -> bool {
        self.points.extend(published.map(|rate| (minute, rate)));
        while self.points.front().is_some_and(|(at, _)| at + self.window <= minute) {
            self.points.pop_front();
        }
        if !self.points.is_empty() {
            let sum: f64 = self.points.iter().map(|(_, rate)| rate).sum();
            self.raised = sum / self.points.len() as f64 >= self.threshold;
        }
        self.raised
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_sums_of_the_last_steps() {
        let mut running = Running::new(10);
        for count in 1..=25 {
            running.push(count);
        }
        assert_eq!(running.window(3, 0), 23 + 24 + 25);
        assert_eq!(running.window(3, 3), 20 + 21 + 22);
        assert_eq!(running.window(10, 0), (16..=25).sum::<u64>());
        assert_eq!(running.largest(3, 3, 2), 20 + 21 + 22);
        let mut short = Running::new(10);
        short.push(5);
        assert_eq!((short.window(3, 0), short.largest(3, 3, 2)), (5, 0));
    }

    fn model() -> Reputation {
        Reputation {
            floor: 1_000.0,
            days: 1.0,
            publish_minutes: 15,
            factors: [1.0; 3],
            ses_bounce: 0.1,
            ses_complaint: 0.005,
            ses_bounce_review: 0.05,
            ses_complaint_review: 0.001,
        }
    }

    #[test]
    fn the_rate_is_of_the_last_v_mails() {
        let mut account = Representative::new(&model(), 0.0, 1.0);
        account.fill(0.01, 0.0);
        account.push(500, 100, 0);
        let (bounce, _) = account.publish().unwrap();
        assert!((bounce - 0.105).abs() < 1e-9, "{bounce}");
        assert_eq!(account.publish(), None, "nothing was sent");
        account.push(2_000, 0, 2);
        let (bounce, complaint) = account.publish().unwrap();
        assert!(bounce.abs() < 1e-9 && (complaint - 0.001).abs() < 1e-9);
        let mut new = Representative::new(&model(), 0.0, 1.0);
        new.push(13, 1, 0);
        assert!((new.publish().unwrap().0 - 1.0 / 13.0).abs() < 1e-9);
    }

    #[test]
    fn the_sample_averages_an_hour_and_ignores_silence() {
        let mut alarm = AverageAlarm::new(&AwsSample { threshold: 0.05, window_minutes: 60 });
        let points = [(0, 0.01), (15, 0.01), (30, 0.09), (45, 0.09)];
        let raised: Vec<bool> =
            points.iter().map(|(at, rate)| alarm.evaluate(*at, Some(*rate))).collect();
        assert_eq!(raised, [false, false, false, true]);
        assert!(alarm.evaluate(600, None), "no data, no change");
        assert!(!alarm.evaluate(615, Some(0.049)));
    }
}
