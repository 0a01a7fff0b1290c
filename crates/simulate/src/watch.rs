//! Everything that watches one account, in the same minute and on the same mail.
//!
//! `view` holds what is known of one sender and judges it; here is the account.

mod view;

use view::View;
use warden_domain::guard::confidence::{RateWindow, Rule, USUAL_DAYS};
use warden_domain::guard::{Measure, Severity};

use crate::history::{AverageAlarm, Representative};
use crate::level::{Level, worst};
use crate::model::Model;
use crate::policy::Each;
use crate::rivals::SesLines;
use crate::traffic::{DAY, StepCounts, TrafficRates};

const DAY_MINUTES: u32 = 24 * 60;

/// Everything that watches one account.
#[derive(Debug, Clone)]
pub(crate) struct Watch<'m> {
    model: &'m Model,
    rules: [Rule; 2],
    senders: Vec<View>,
    accounts: [(Representative, AverageAlarm); 3],
    ses_itself: Level,
    next_publication: u64,
    two_windows: Level,
}

impl<'m> Watch<'m> {
    /// Watches `senders` senders that send `daily` mails a day together, in steps of `step_minutes`,
    /// which must divide every window.
    pub(crate) fn new(model: &'m Model, step_minutes: u32, senders: usize, daily: f64) -> Self {
        let rules = [Measure::Bounce, Measure::Complaint].map(|measure| model.warden.rule(measure));
        let windows = rules.iter().flat_map(|rule| [rule.fast, rule.slow]);
        // A window, and what it looks back on: mail just before, or the same time of
        // the days before.
        let back =
            |w: RateWindow| w.seconds + w.lookback_seconds.max(60 * DAY_MINUTES * USUAL_DAYS);
        let reach = (windows.map(back).max().unwrap_or_default() / 60)
            .max(model.plain.window_minutes)
            .max(DAY_MINUTES);
        let remembered = (reach / step_minutes) as usize + 1;
        let view = View::new(step_minutes, remembered);
        let account = |factor| {
            (
                Representative::new(&model.reputation, daily, factor),
                AverageAlarm::new(&model.aws_sample),
            )
        };
        Self {
            model,
            rules,
            senders: vec![view; senders],
            accounts: model.reputation.factors.map(account),
            ses_itself: None,
            next_publication: 0,
            two_windows: None,
        }
    }

    /// Gives the account's reputation a past at the mean of these rates, each with
    /// its daily volume.
    pub(crate) fn fill(&mut self, mail: &[(f64, TrafficRates)]) {
        let daily: f64 = mail.iter().map(|(volume, _)| volume).sum();
        let mean = |rate: fn(&TrafficRates) -> f64| {
            mail.iter().map(|(v, r)| v * rate(r)).sum::<f64>() / daily.max(1e-9)
        };
        for (representative, _) in &mut self.accounts {
            representative.fill(mean(|r| r.bounce), mean(|r| r.complaint));
        }
    }

    /// Takes one step's counts, one of each sender, and says what each policy calls for
    /// at its end, `minute`.
    pub(crate) fn step(&mut self, minute: u64, counts: &[StepCounts]) -> Each<Level> {
        let mut total = StepCounts::default();
        for (view, count) in self.senders.iter_mut().zip(counts) {
            view.push(minute, count);
            total.sends += count.sends;
            total.bounces += count.bounces;
            total.complaints += count.complaints;
        }
        let [usual, small, large] = self.account(minute, &total);
        let (mut rose, mut alarms_alone) = (false, None);
        for view in &mut self.senders {
            let (rises, level) = view.alarms(&self.rules);
            rose |= rises;
            alarms_alone = alarms_alone.max(level);
        }
        let rules = self.rules;
        let looks = rose || minute.is_multiple_of(self.model.warden.schedule_minutes());
        let warden = if looks {
            worst(self.senders.iter_mut().map(|view| view.look(minute, &rules)))
        } else {
            None
        };
        let rule = &self.model.two_windows;
        if minute.is_multiple_of(rule.every_minutes.into()) {
            self.two_windows = worst(self.senders.iter().map(|view| view.two_windows(rule)));
        }
        let plain = worst(self.senders.iter().map(|view| view.plain(&self.model.plain)));
        let credible = worst(self.senders.iter().map(|view| view.credible(&self.model.credible)));
        let [burst, sequence, mixture, cusum] = if self.model.play.tried {
            let burst = worst(self.senders.iter().map(|view| view.burst(&rules)));
            let sequence = worst(self.senders.iter().map(|view| view.sequence(&rules)));
            let mixture = worst(self.senders.iter_mut().map(|view| view.mixture(&rules)));
            let cusum = self.cusum(minute, counts);
            [burst.max(warden), sequence, mixture, cusum.max(warden)]
        } else {
            [None; 4]
        };
        let [Rule { slow: RateWindow { usual: lines, .. }, .. }, _] = rules;
        let floor = worst(counts.iter().map(|count| match count.true_bounce {
            rate if rate > lines.critical => Some(Severity::Critical),
            rate if rate > lines.warn => Some(Severity::Warn),
            _ => None,
        }));
        [
            warden,
            plain,
            usual,
            small,
            large,
            credible,
            self.two_windows,
            self.ses_itself,
            floor,
            alarms_alone,
            burst,
            sequence,
            mixture,
            cusum,
        ]
    }

    /// What AWS's sample calls for, for each representative volume.
    fn account(&mut self, minute: u64, total: &StepCounts) -> [Level; 3] {
        let publishes = minute >= self.next_publication;
        if publishes {
            self.next_publication = minute + u64::from(self.model.reputation.publish_minutes);
        }
        let mut sample = [None; 3];
        for (place, ((representative, alarm), level)) in
            self.accounts.iter_mut().zip(&mut sample).enumerate()
        {
            representative.push(total.sends, total.bounces, total.complaints);
            let published = if publishes { representative.publish() } else { None };
            let pauses = alarm.evaluate(minute, published.map(|(bounce, _)| bounce));
            *level = pauses.then_some(Severity::Critical);
            if let (0, Some(rates)) = (place, published) {
                self.ses_itself = SesLines(&self.model.reputation).level(rates);
            }
        }
        sample
    }

    fn cusum(&mut self, minute: u64, counts: &[StepCounts]) -> Level {
        let is_midnight = minute.is_multiple_of(DAY);
        let mut warns = false;
        for (view, count) in self.senders.iter_mut().zip(counts) {
            warns |= view.cusum(count, is_midnight);
        }
        warns.then_some(Severity::Warn)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;
    use crate::model::World;
    use crate::traffic::{Disturbance, Sender, WEEK};

    /// Plays one sender and says how often the judge would pause, and how often it would although
    /// no critical alarm is in ALARM: then guard would not be called.
    fn pauses(shape: &str, volume: f64, own: TrafficRates, theft: Option<f64>) -> (u32, u32) {
        let world = World::built_in().unwrap();
        let model = &world.model;
        let rng = Pcg64Mcg::seed_from_u64(11);
        let mut sender = Sender::new(model, &model.shapes[shape], volume, own, 1, rng);
        let mut watch = Watch::new(model, 1, 1, volume);
        let (mut pauses, mut uncalled) = (0, 0);
        let onset = WEEK + 2 * DAY;
        for minute in 0..onset + DAY {
            let mut disturbance = Disturbance::default();
            if let Some(extra) = theft.filter(|_| minute >= onset) {
                disturbance.extra = extra;
                disturbance.extra_rates = TrafficRates { bounce: 0.2, complaint: 0.004, soft: 0.1 };
            }
            let counts = [sender.step(minute, &disturbance)];
            watch.step(minute + 1, &counts);
            let view = &watch.senders[0];
            let judged =
                [Measure::Bounce, Measure::Complaint].map(|m| view.judge(&watch.rules, m).severity);
            if judged.contains(&Some(Severity::Critical)) {
                pauses += 1;
                uncalled += u32::from(!view.is_in_critical_alarm());
            }
        }
        (pauses, uncalled)
    }

    /// guard reads the alarms and judges only those that are in ALARM. What they compute, text by
    /// text, is held to the judge where `connect` writes it.
    #[test]
    fn an_alarm_calls_guard_no_later_than_the_judge_would_pause() {
        let good = TrafficRates { bounce: 0.01, complaint: 0.0002, soft: 0.02 };
        let bad = TrafficRates { bounce: 0.07, complaint: 0.002, soft: 0.02 };
        for (shape, volume, own, theft, fewest) in [
            ("office", 2_000.0, good, Some(85.0), 1_000),
            ("office", 1_000_000.0, good, Some(900.0), 300),
            ("newsletter", 1_000_000.0, bad, None, 1_000),
            ("office", 50_000.0, bad, None, 1_000),
        ] {
            let (pauses, uncalled) = pauses(shape, volume, own, theft);
            assert!(pauses >= fewest, "{shape} at {volume}: only {pauses}");
            assert_eq!(uncalled, 0, "{shape} at {volume}, of {pauses}");
        }
    }
}
