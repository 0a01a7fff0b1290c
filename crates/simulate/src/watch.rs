//! Everything that watches one account, in the same minute and on the same mail.

use warden_domain::guard::confidence::{
    RateJudgement, RateWindow, Rule, Thresholds, USUAL_DAYS, WindowCounts, assess, judge,
};
use warden_domain::guard::{Measure, Severity};

use crate::history::{AverageAlarm, Representative, Running};
use crate::level::{Level, steps, worst};
use crate::machine::{ALARMS, GuardMachine};
use crate::model::Model;
use crate::policy::Each;
use crate::rivals::{Midnight, SesLines, two_windows};
use crate::traffic::{Counts, DAY, Rates};
use crate::tried::{self, Daily, Restarting};

const DAY_MINUTES: u32 = 24 * 60;

/// What is known of one sender.
#[derive(Debug, Clone)]
struct View {
    sends: Running,
    deliveries: Running,
    bounces: Running,
    complaints: Running,
    /// Whether its alarms are in ALARM: bounces in the fast and the slow window, then complaints;
    /// of each the warning and then the critical one.
    in_alarm: [[bool; 2]; ALARMS],
    machine: GuardMachine,
    today: Midnight,
    restarting: [Restarting; 2],
    daily: Daily,
}

/// Everything that watches one account.
#[derive(Debug, Clone)]
pub(crate) struct Watch<'m> {
    model: &'m Model,
    step_minutes: u32,
    rules: [Rule; 2],
    senders: Vec<View>,
    accounts: [(Representative, AverageAlarm); 3],
    ses_itself: Level,
    next_publication: u64,
    two_windows: Level,
}

impl<'m> Watch<'m> {
    /// For so many senders with so many mails a day together. Steps divide every
    /// window.
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
        let running = || Running::new(remembered);
        let view = View {
            sends: running(),
            deliveries: running(),
            bounces: running(),
            complaints: running(),
            in_alarm: [[false; 2]; ALARMS],
            machine: GuardMachine::default(),
            today: Midnight::default(),
            restarting: [Restarting::default(), Restarting::default()],
            daily: Daily::default(),
        };
        let account = |factor| {
            (
                Representative::new(&model.reputation, daily, factor),
                AverageAlarm::new(&model.aws_sample),
            )
        };
        Self {
            model,
            step_minutes,
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
    pub(crate) fn fill(&mut self, mail: &[(f64, Rates)]) {
        let daily: f64 = mail.iter().map(|(volume, _)| volume).sum();
        let mean = |rate: fn(&Rates) -> f64| {
            mail.iter().map(|(v, r)| v * rate(r)).sum::<f64>() / daily.max(1e-9)
        };
        for (representative, _) in &mut self.accounts {
            representative.fill(mean(|r| r.bounce), mean(|r| r.complaint));
        }
    }

    /// Takes one step's counts, one of each sender, and says what each policy calls for
    /// at its end, `minute`.
    pub(crate) fn step(&mut self, minute: u64, counts: &[Counts]) -> Each<Level> {
        let mut total = Counts::default();
        for (view, count) in self.senders.iter_mut().zip(counts) {
            view.sends.push(count.sends);
            view.deliveries.push(count.deliveries);
            view.bounces.push(count.bounces);
            view.complaints.push(count.complaints);
            view.today.push(minute, count);
            total.sends += count.sends;
            total.bounces += count.bounces;
            total.complaints += count.complaints;
        }
        let [usual, small, large] = self.account(minute, &total);
        let (rose, alarms_alone) = self.alarms();
        let looks = rose || minute.is_multiple_of(self.model.warden.schedule_minutes());
        let warden = if looks { self.check(minute) } else { None };
        let rule = &self.model.two_windows;
        if minute.is_multiple_of(rule.every_minutes.into()) {
            let of = |view: &View| {
                let events = [&view.bounces, &view.complaints];
                two_windows(rule, &view.sends, events, self.step_minutes)
            };
            self.two_windows = worst(self.senders.iter().map(of));
        }
        let plain = worst(self.senders.iter().map(|view| self.plain(view)));
        let credible =
            worst(self.senders.iter().map(|view| view.today.level(&self.model.credible)));
        let [burst, sequence, mixture, cusum] = if self.model.play.tried {
            let burst = worst(self.senders.iter().map(|view| self.burst(view)));
            let sequence = worst(self.senders.iter().map(|view| self.sequence(view)));
            let cusum = self.cusum(minute, counts);
            [burst.max(warden), sequence, self.mixture(), cusum.max(warden)]
        } else {
            [None; 4]
        };
        let [Rule { slow: RateWindow { usual: lines, .. }, .. }, _] = self.rules;
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
    fn account(&mut self, minute: u64, total: &Counts) -> [Level; 3] {
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

    /// Whether an alarm of any sender goes into ALARM now, and so calls guard; and what the alarms
    /// that are in ALARM say.
    fn alarms(&mut self) -> (bool, Level) {
        let step_minutes = self.step_minutes;
        let (mut rose, mut level) = (false, None);
        for view in &mut self.senders {
            let [bounce, complaint] = &self.rules;
            let alarms = [
                (bounce, bounce.fast, &view.bounces, &view.sends),
                (bounce, bounce.slow, &view.bounces, &view.sends),
                (complaint, complaint.fast, &view.complaints, &view.deliveries),
                (complaint, complaint.slow, &view.complaints, &view.deliveries),
            ];
            for (was, (rule, window, events, total)) in view.in_alarm.iter_mut().zip(alarms) {
                let length = steps(window.seconds / 60, step_minutes);
                // An alarm knows of no mail before, and takes all for a full surge.
                let sums = WindowCounts {
                    events: events.window(length, 0),
                    total: total.window(length, 0),
                    earlier: 0,
                    usual: 1,
                };
                let severity = assess(rule, &window, &sums).severity;
                let is = [severity.is_some(), severity == Some(Severity::Critical)];
                rose |= is.iter().zip(*was).any(|(is, was)| *is && !was);
                *was = is;
                level = level.max(severity);
            }
            view.machine.leave(&view.in_alarm);
        }
        (rose, level)
    }

    /// What of one sender counts as event and as mail: 0 for bounces, 1 for complaints.
    fn streams(view: &View, place: usize) -> (&Running, &Running) {
        match place {
            0 => (&view.bounces, &view.sends),
            _ => (&view.complaints, &view.deliveries),
        }
    }

    /// The counts of one window, as guard reads them.
    fn window(&self, view: &View, place: usize, window: &RateWindow, usual: bool) -> WindowCounts {
        let (events, total) = Self::streams(view, place);
        let length = steps(window.seconds / 60, self.step_minutes);
        let (events, sent) = (events.window(length, 0), total.window(length, 0));
        let mut sums = WindowCounts { events, total: sent, ..WindowCounts::default() };
        // More mail only lowers the bound, so a rate below the lowest line
        // needs no look back: most of the time, and most of the work.
        let Thresholds { warn, critical } = window.usual;
        let lowest = warn.min(critical).min(window.surge.warn).min(window.surge.critical);
        if events as f64 > lowest * sent as f64 {
            let times = steps(window.lookback_seconds / 60, self.step_minutes) / length;
            let days = if usual { USUAL_DAYS as usize } else { 0 };
            sums.earlier = total.largest(length, length, times);
            sums.usual = total.largest(length, steps(DAY_MINUTES, self.step_minutes), days);
        }
        sums
    }

    /// The fast and the slow window of one measure.
    fn counts(&self, view: &View, place: usize) -> (Rule, WindowCounts, WindowCounts) {
        let [bounce, complaint] = self.rules;
        let rule = if place == 0 { bounce } else { complaint };
        let (fast, slow) = (rule.fast, rule.slow);
        (rule, self.window(view, place, &fast, true), self.window(view, place, &slow, false))
    }

    fn judge(&self, view: &View, measure: Measure) -> RateJudgement {
        let place = usize::from(measure == Measure::Complaint);
        let (rule, fast, slow) = self.counts(view, place);
        judge(&rule, &fast, &slow)
    }

    /// guard looks at the alarms that are in ALARM: what it does now.
    fn check(&mut self, minute: u64) -> Level {
        // The machine is moved out, so that it can ask for counts.
        let mut machines: Vec<GuardMachine> =
            self.senders.iter_mut().map(|view| std::mem::take(&mut view.machine)).collect();
        let looks = self.senders.iter().zip(&mut machines);
        let level = worst(looks.map(|(view, machine)| {
            machine.check(minute, &view.in_alarm, |measure| self.judge(view, measure))
        }));
        for (view, machine) in self.senders.iter_mut().zip(machines) {
            view.machine = machine;
        }
        level
    }

    fn sequence(&self, view: &View) -> Level {
        worst((0..2).map(|place| {
            let (rule, fast, slow) = self.counts(view, place);
            tried::sequence(&rule, &fast, &slow)
        }))
    }

    fn burst(&self, view: &View) -> Level {
        let [rule, _] = self.rules;
        let window = RateWindow { seconds: 60 * tried::BURST_MINUTES, ..rule.fast };
        tried::burst(&rule, &self.window(view, 0, &window, true))
    }

    fn mixture(&mut self) -> Level {
        let mut level = None;
        for place in 0..self.senders.len() {
            let Some(view) = self.senders.get(place) else { continue };
            let read = [0, 1].map(|measure| self.counts(view, measure));
            let Some(view) = self.senders.get_mut(place) else { continue };
            let streams = [(&view.bounces, &view.sends), (&view.complaints, &view.deliveries)];
            for ((state, (rule, fast, slow)), (events, total)) in
                view.restarting.iter_mut().zip(read).zip(streams)
            {
                let length = steps(rule.fast.seconds / 60, self.step_minutes);
                let earlier = fast.earlier as f64 / length as f64;
                let now = (events.window(1, 0) as f64, (total.window(1, 0) as f64).max(earlier));
                level = level.max(state.step(&rule, now, &fast, &slow));
            }
        }
        level
    }

    fn cusum(&mut self, minute: u64, counts: &[Counts]) -> Level {
        let is_midnight = minute.is_multiple_of(DAY);
        let mut warns = false;
        for (view, count) in self.senders.iter_mut().zip(counts) {
            warns |= view.daily.step(count.bounces, count.sends, is_midnight);
        }
        warns.then_some(Severity::Warn)
    }

    fn plain(&self, view: &View) -> Level {
        let rule = &self.model.plain;
        let window = steps(rule.window_minutes, self.step_minutes);
        let (bounces, sends) = (view.bounces.window(window, 0), view.sends.window(window, 0));
        let pauses =
            sends >= rule.least_sends.max(1) && bounces as f64 / sends as f64 >= rule.threshold;
        pauses.then_some(Severity::Critical)
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
    fn pauses(shape: &str, volume: f64, own: Rates, theft: Option<f64>) -> (u32, u32) {
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
                disturbance.extra_rates = Rates { bounce: 0.2, complaint: 0.004, soft: 0.1 };
            }
            let counts = [sender.step(minute, &disturbance)];
            watch.step(minute + 1, &counts);
            let view = &watch.senders[0];
            let judged =
                [Measure::Bounce, Measure::Complaint].map(|m| watch.judge(view, m).severity);
            if judged.contains(&Some(Severity::Critical)) {
                pauses += 1;
                uncalled += u32::from(!view.in_alarm.iter().any(|[_, critical]| *critical));
            }
        }
        (pauses, uncalled)
    }

    /// guard reads the alarms and judges only those that are in ALARM. What they compute, text by
    /// text, is held to the judge where `connect` writes it.
    #[test]
    fn an_alarm_calls_guard_no_later_than_the_judge_would_pause() {
        let good = Rates { bounce: 0.01, complaint: 0.0002, soft: 0.02 };
        let bad = Rates { bounce: 0.07, complaint: 0.002, soft: 0.02 };
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
