//! What is known of one sender, and what the policies that judge each sender by itself call for.

use warden_domain::guard::confidence::{
    RateJudgement, RateWindow, Rule, Thresholds, USUAL_DAYS, WindowCounts, assess, judge,
};
use warden_domain::guard::{Measure, Severity};

use super::DAY_MINUTES;
use crate::history::Running;
use crate::level::{Level, steps, worst};
use crate::machine::{ALARMS, Desk};
use crate::model::{Credible, PlainRateRule, TwoWindows};
use crate::rivals::{Midnight, two_windows};
use crate::traffic::StepCounts;
use crate::tried::{self, Daily, Restarting};

/// guard's rules: for bounces, then for complaints.
type Rules = [Rule; 2];

/// What is known of one sender.
#[derive(Debug, Clone)]
pub(super) struct View {
    step_minutes: u32,
    sends: Running,
    deliveries: Running,
    bounces: Running,
    complaints: Running,
    /// Whether its alarms are in ALARM: bounces in the fast and the slow window, then complaints;
    /// of each the warning and then the critical one.
    in_alarm: [[bool; 2]; ALARMS],
    desk: Desk,
    today: Midnight,
    restarting: [Restarting; 2],
    daily: Daily,
}

impl View {
    /// For a sender without mail yet, of which `remembered` steps are kept.
    pub(super) fn new(step_minutes: u32, remembered: usize) -> Self {
        let running = || Running::new(remembered);
        Self {
            step_minutes,
            sends: running(),
            deliveries: running(),
            bounces: running(),
            complaints: running(),
            in_alarm: [[false; 2]; ALARMS],
            desk: Desk::default(),
            today: Midnight::default(),
            restarting: [Restarting::default(), Restarting::default()],
            daily: Daily::default(),
        }
    }

    /// Takes the counts of the step that ends at `minute`.
    pub(super) fn push(&mut self, minute: u64, count: &StepCounts) {
        self.sends.push(count.sends);
        self.deliveries.push(count.deliveries);
        self.bounces.push(count.bounces);
        self.complaints.push(count.complaints);
        self.today.push(minute, count);
    }

    /// Whether an alarm goes into ALARM now, and so calls guard; and what the alarms that are in
    /// ALARM say.
    pub(super) fn alarms(&mut self, rules: &Rules) -> (bool, Level) {
        let (mut rose, mut level) = (false, None);
        let [bounce, complaint] = rules;
        let alarms = [
            (bounce, bounce.fast, &self.bounces, &self.sends),
            (bounce, bounce.slow, &self.bounces, &self.sends),
            (complaint, complaint.fast, &self.complaints, &self.deliveries),
            (complaint, complaint.slow, &self.complaints, &self.deliveries),
        ];
        for (was, (rule, window, events, total)) in self.in_alarm.iter_mut().zip(alarms) {
            let length = steps(window.seconds / 60, self.step_minutes);
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
        self.desk.leave(&self.in_alarm);
        (rose, level)
    }

    /// Whether a critical alarm is in ALARM.
    #[cfg(test)]
    pub(super) fn is_in_critical_alarm(&self) -> bool {
        self.in_alarm.iter().any(|[_, critical]| *critical)
    }

    /// guard looks at the alarms that are in ALARM: what it does now.
    pub(super) fn look(&mut self, minute: u64, rules: &Rules) -> Level {
        // The machine is moved out, so that it can ask for counts.
        let mut desk = std::mem::take(&mut self.desk);
        let level = desk.look(minute, &self.in_alarm, |measure| self.judge(rules, measure));
        self.desk = desk;
        level
    }

    /// What guard's rule says of one measure.
    pub(super) fn judge(&self, rules: &Rules, measure: Measure) -> RateJudgement {
        let place = usize::from(measure == Measure::Complaint);
        let (rule, fast, slow) = self.counts(rules, place);
        judge(&rule, &fast, &slow)
    }

    /// The fast and the slow window of one measure: 0 for bounces, 1 for complaints.
    fn counts(&self, rules: &Rules, place: usize) -> (Rule, WindowCounts, WindowCounts) {
        let [bounce, complaint] = *rules;
        let rule = if place == 0 { bounce } else { complaint };
        let (fast, slow) = (rule.fast, rule.slow);
        (rule, self.window(place, &fast, true), self.window(place, &slow, false))
    }

    /// The counts of one window, as guard reads them.
    fn window(&self, place: usize, window: &RateWindow, usual: bool) -> WindowCounts {
        let (events, total) = self.streams(place);
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

    /// What counts as event and as mail: 0 for bounces, 1 for complaints.
    fn streams(&self, place: usize) -> (&Running, &Running) {
        match place {
            0 => (&self.bounces, &self.sends),
            _ => (&self.complaints, &self.deliveries),
        }
    }

    /// What the plain rate with a floor calls for.
    pub(super) fn plain(&self, rule: &PlainRateRule) -> Level {
        let window = steps(rule.window_minutes, self.step_minutes);
        let (bounces, sends) = (self.bounces.window(window, 0), self.sends.window(window, 0));
        let pauses =
            sends >= rule.least_sends.max(1) && bounces as f64 / sends as f64 >= rule.threshold;
        pauses.then_some(Severity::Critical)
    }

    /// What the credible-interval breaker calls for.
    pub(super) fn credible(&self, rule: &Credible) -> Level {
        self.today.level(rule)
    }

    /// What the two-window rule calls for.
    pub(super) fn two_windows(&self, rule: &TwoWindows) -> Level {
        two_windows(rule, &self.sends, [&self.bounces, &self.complaints], self.step_minutes)
    }

    /// Tried: a further window of one minute.
    pub(super) fn burst(&self, rules: &Rules) -> Level {
        let [rule, _] = rules;
        let window = RateWindow { seconds: 60 * tried::BURST_MINUTES, ..rule.fast };
        tried::burst(rule, &self.window(0, &window, true))
    }

    /// Tried: a confidence sequence on both windows.
    pub(super) fn sequence(&self, rules: &Rules) -> Level {
        worst((0..2).map(|place| {
            let (rule, fast, slow) = self.counts(rules, place);
            tried::sequence(&rule, &fast, &slow)
        }))
    }

    /// Tried: a test that begins again at no evidence.
    pub(super) fn mixture(&mut self, rules: &Rules) -> Level {
        let read = [0, 1].map(|place| self.counts(rules, place));
        let streams = [(&self.bounces, &self.sends), (&self.complaints, &self.deliveries)];
        let mut level = None;
        for ((state, (rule, fast, slow)), (events, total)) in
            self.restarting.iter_mut().zip(read).zip(streams)
        {
            let length = steps(rule.fast.seconds / 60, self.step_minutes);
            let earlier = fast.earlier as f64 / length as f64;
            let now = (events.window(1, 0) as f64, (total.window(1, 0) as f64).max(earlier));
            level = level.max(state.step(&rule, now, &fast, &slow));
        }
        level
    }

    /// Tried: whether a CUSUM of each day's bounce rate warns, with one more step's counts.
    pub(super) fn cusum(&mut self, count: &StepCounts, is_midnight: bool) -> bool {
        self.daily.step(count.bounces, count.sends, is_midnight)
    }
}
