//! The policies that watch one account: ours by its own decision code, and rivals.

use serde::Serialize;
use warden_domain::guard::confidence::{RateWindow, Rule, USUAL_DAYS, WindowCounts, assess, judge};
use warden_domain::guard::{Measure, Severity};

use crate::history::{AverageAlarm, Representative, Running};
use crate::model::Model;
use crate::traffic::{Counts, Rates};

const DAY_MINUTES: u32 = 24 * 60;

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseRule {
    /// `warden_domain::guard::confidence`, on each sender.
    SesWarden,
    /// A plain rate with a floor, on each sender.
    PlainRate,
    /// AWS's documented sample, on the account.
    AwsSample,
    /// The same, if the representative volume is what the model's second factor says.
    AwsSampleSmallVolume,
    /// The same with the third factor.
    AwsSampleLargeVolume,
    /// SES's own line for a pause, for information.
    SesItself,
}

/// All of them, in the order of every list of results.
pub const POLICIES: [PauseRule; 6] = [
    PauseRule::SesWarden,
    PauseRule::PlainRate,
    PauseRule::AwsSample,
    PauseRule::AwsSampleSmallVolume,
    PauseRule::AwsSampleLargeVolume,
    PauseRule::SesItself,
];

/// One value for each of [`POLICIES`].
pub(crate) type Each<T> = [T; POLICIES.len()];

impl PauseRule {
    /// A few words for a table.
    pub fn title(self) -> &'static str {
        match self {
            Self::SesWarden => "ses-warden",
            Self::PlainRate => "plain rate",
            Self::AwsSample => "AWS sample",
            Self::AwsSampleSmallVolume => "AWS sample, small V",
            Self::AwsSampleLargeVolume => "AWS sample, large V",
            Self::SesItself => "SES may pause",
        }
    }

    /// Minutes from a rate over the line to mail refused.
    pub(crate) fn lag(self, model: &Model) -> u32 {
        match self {
            Self::SesWarden => model.lag_minutes.warden,
            Self::PlainRate => model.lag_minutes.plain,
            Self::AwsSample | Self::AwsSampleSmallVolume | Self::AwsSampleLargeVolume => {
                model.lag_minutes.aws_sample
            }
            Self::SesItself => 0,
        }
    }
}

/// What is known of one sender.
#[derive(Debug, Clone)]
struct View {
    sends: Running,
    deliveries: Running,
    bounces: Running,
    complaints: Running,
    /// Its critical alarms that are in ALARM: bounces in the fast and the slow window,
    /// then complaints.
    in_alarm: [bool; 4],
}

/// Everything that watches one account.
#[derive(Debug, Clone)]
pub(crate) struct Watch<'m> {
    model: &'m Model,
    step_minutes: u32,
    rules: [Rule; 2],
    senders: Vec<View>,
    accounts: [(Representative, AverageAlarm); 3],
    ses_would_pause: bool,
    next_publication: u64,
    /// What guard found when it looked last.
    warden_pauses: bool,
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
        let reach =
            (windows.map(back).max().unwrap_or_default() / 60).max(model.plain.window_minutes);
        let remembered = (reach / step_minutes) as usize + 1;
        let running = || Running::new(remembered);
        let view = View {
            sends: running(),
            deliveries: running(),
            bounces: running(),
            complaints: running(),
            in_alarm: [false; 4],
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
            ses_would_pause: false,
            next_publication: 0,
            warden_pauses: false,
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

    /// Takes one step's counts, one of each sender, and says which policies stand
    /// on "pause" at its end, `minute`.
    pub(crate) fn step(&mut self, minute: u64, counts: &[Counts]) -> Each<bool> {
        let mut total = Counts::default();
        for (view, count) in self.senders.iter_mut().zip(counts) {
            view.sends.push(count.sends);
            view.deliveries.push(count.deliveries);
            view.bounces.push(count.bounces);
            view.complaints.push(count.complaints);
            total.sends += count.sends;
            total.bounces += count.bounces;
            total.complaints += count.complaints;
        }
        let publishes = minute >= self.next_publication;
        if publishes {
            self.next_publication = minute + u64::from(self.model.reputation.publish_minutes);
        }
        let mut sample = [false; 3];
        for (place, ((representative, alarm), raised)) in
            self.accounts.iter_mut().zip(&mut sample).enumerate()
        {
            representative.push(total.sends, total.bounces, total.complaints);
            let published = if publishes { representative.publish() } else { None };
            *raised = alarm.evaluate(minute, published.map(|(bounce, _)| bounce));
            if let (0, Some((bounce, complaint))) = (place, published) {
                let lines = &self.model.reputation;
                self.ses_would_pause =
                    bounce >= lines.ses_bounce || complaint >= lines.ses_complaint;
            }
        }
        let [usual, small, large] = sample;
        if self.alarm_rose() || minute.is_multiple_of(self.model.warden.schedule_minutes()) {
            self.warden_pauses = self.senders.iter().any(|view| self.warden(view));
        }
        let plain = self.senders.iter().any(|view| self.plain(view));
        [self.warden_pauses, plain, usual, small, large, self.ses_would_pause]
    }

    /// Whether an alarm of any sender goes into ALARM now, and so calls guard.
    fn alarm_rose(&mut self) -> bool {
        let step_minutes = self.step_minutes;
        let mut rose = false;
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
                let is_in_alarm = assess(rule, &window, &sums).severity == Some(Severity::Critical);
                rose |= is_in_alarm && !*was;
                *was = is_in_alarm;
            }
        }
        rose
    }

    fn warden(&self, view: &View) -> bool {
        let [bounce, complaint] = &self.rules;
        [(bounce, &view.bounces, &view.sends), (complaint, &view.complaints, &view.deliveries)]
            .into_iter()
            .any(|(rule, events, total)| {
                let read = |window: &RateWindow, asks_usual: bool| {
                    let length = steps(window.seconds / 60, self.step_minutes);
                    let (events, sent) = (events.window(length, 0), total.window(length, 0));
                    let mut sums = WindowCounts { events, total: sent, ..WindowCounts::default() };
                    // More mail only lowers the bound, so a rate below the lowest line
                    // needs no look back: most of the time, and most of the work.
                    let lowest = window.surge.critical.min(window.usual.critical);
                    if events as f64 > lowest * sent as f64 {
                        let times = steps(window.lookback_seconds / 60, self.step_minutes) / length;
                        let days = if asks_usual { USUAL_DAYS as usize } else { 0 };
                        sums.earlier = total.largest(length, length, times);
                        sums.usual =
                            total.largest(length, steps(DAY_MINUTES, self.step_minutes), days);
                    }
                    sums
                };
                let verdict = judge(rule, &read(&rule.fast, true), &read(&rule.slow, false));
                verdict.severity == Some(Severity::Critical)
            })
    }

    fn plain(&self, view: &View) -> bool {
        let rule = &self.model.plain;
        let window = steps(rule.window_minutes, self.step_minutes);
        let (bounces, sends) = (view.bounces.window(window, 0), view.sends.window(window, 0));
        sends >= rule.least_sends.max(1) && bounces as f64 / sends as f64 >= rule.threshold
    }
}

fn steps(minutes: u32, step_minutes: u32) -> usize {
    (minutes / step_minutes).max(1) as usize
}
