//! Whether a rate is proven, from the sums of a few windows.
//!
//! One bounce in thirteen mails is a rate of 7.7 % and says nothing; eighty in a
//! thousand are nearly the same rate and say a lot. So the rate itself decides
//! nothing here: the lower bound of its Wilson score interval does, which is the
//! least rate that still explains the counts (E. B. Wilson, "Probable inference,
//! the law of succession, and statistical inference", 1927). The alarms that
//! `ses-warden connect` makes hold the same bound in metric math.
//!
//! guard reads the sums of a [`Rule`]'s windows from CloudWatch and asks [`judge`]
//! before it pauses anything. The alarm only starts the check: `judge` also knows the mail of
//! earlier windows and how much mail is usual, and requires a least number of events. docs/SIMULATION.md says what that is worth.

mod wilson;

pub use wilson::wilson_lower_bound;

use super::{Measure, Severity};

/// Standard normal quantile of the two-sided 95 % interval; one-sided, that a true
/// rate as low as the bound shows by chance in one window of forty. The alarms'
/// expression has the same.
pub const Z: f64 = 1.96;

/// Bounce rate (fraction) from which AWS reviews an account, as the reputation
/// messages of the SES developer guide say.
pub const BOUNCE_REVIEW: f64 = 0.05;
/// Bounce rate from which AWS may pause an account; same source.
pub const BOUNCE_PAUSE: f64 = 0.10;
/// Complaint rate from which AWS reviews an account; same source.
pub const COMPLAINT_REVIEW: f64 = 0.001;
/// Complaint rate from which AWS may pause an account; same source.
pub const COMPLAINT_PAUSE: f64 = 0.005;

/// Share of the rate from which AWS may pause above which guard warns within minutes. Lower, and one
/// bad day in a month warns: docs/SIMULATION.md has the figures.
pub const WARN_SHARE: f64 = 0.6;
/// Bounce rate (fraction) above which guard warns over days. Lower, and one bad day in a month
/// warns; higher, and a list that decays is noticed too late: docs/SIMULATION.md has the figures.
pub const BOUNCE_WARN: f64 = 0.017_5;
/// Complaint rate (fraction) above which guard warns over days. A weekly newsletter at a third of
/// AWS's review limit stays below it in most weeks.
pub const COMPLAINT_WARN: f64 = 0.000_6;
/// Share of one of AWS's limits above which guard pauses: before AWS does, not with it.
pub const CRITICAL_SHARE: f64 = 0.8;

/// Mails in a window below which nothing is judged.
pub const TOTAL_FLOOR: u64 = 50;
/// Events in a window below which nothing is judged. The Wilson bound of one event
/// is about seven times the exact one, so that a single complaint would convict a
/// sender of two hundred mails.
pub const EVENTS_FLOOR: u64 = 10;

/// From how many times the usual mail on the line is the lowest. Above once the usual
/// mail it begins to fall: the more mail is beyond the usual, the less of it needs to
/// bounce.
pub const SURGE_TIMES: f64 = 1.5;
/// How many days back the usual mail is looked for: a week has all its weekdays.
pub const USUAL_DAYS: u32 = 7;

/// What was counted in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowCounts {
    /// Hard bounces or complaints that arrived in it.
    pub events: u64,
    /// Mails in it: sends for bounces, deliveries for complaints.
    pub total: u64,
    /// The largest `total` of the windows of this length that came just before, as
    /// far as [`RateWindow::lookback_seconds`] reaches; 0 where none was read. After a
    /// large campaign its late events meet few new mails, and would look like a
    /// rate that nobody ever had.
    pub earlier: u64,
    /// The largest `total` of the windows of this length that ended at the same time
    /// of day on each of the last [`USUAL_DAYS`] days; 0 where none was read or none
    /// had mail, and then nothing is a surge. Only the fast window asks for it.
    pub usual: u64,
}

/// Above which lower bound guard warns, and above which it pauses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Rate (fraction) that the lower bound must exceed for a warning.
    pub warn: f64,
    /// Rate (fraction) that the lower bound must exceed for a pause.
    pub critical: f64,
}

impl Thresholds {
    /// These at 0, the others at 1, and in between what lies there.
    fn towards(self, other: Self, share: f64) -> Self {
        let between = |a: f64, b: f64| (1.0 - share) * a + share * b;
        Self {
            warn: between(self.warn, other.warn),
            critical: between(self.critical, other.critical),
        }
    }
}

/// A window to read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateWindow {
    /// Length in seconds.
    pub seconds: u32,
    /// How far before the window mail was sent whose events may still arrive in it,
    /// in seconds; a multiple of the length.
    pub lookback_seconds: u32,
    /// For no more mail than usual.
    pub usual: Thresholds,
    /// For a full surge.
    pub surge: Thresholds,
}

/// How one measure of one sender is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Standard normal quantile of the interval.
    pub z: f64,
    /// Fewer mails in a window prove nothing.
    pub total_floor: u64,
    /// Fewer events in a window prove nothing.
    pub events_floor: u64,
    /// So many times the usual mail is a full surge; from once the usual mail to there
    /// the thresholds go from [`RateWindow::usual`] to [`RateWindow::surge`] in a straight line.
    pub surge_times: f64,
    /// For what must be stopped in minutes: a rate for which AWS would pause, or one
    /// that it would review on far more mail than usual, as when a key is stolen or
    /// a list was bought.
    pub fast: RateWindow,
    /// For what AWS would review: there is time to prove it over days, and one bad
    /// day is no decay.
    pub slow: RateWindow,
}

impl Rule {
    /// The defaults, which `ses-warden simulate` puts to the test. Complaints are
    /// written by people, hours after the mail, so that minutes of them mean nothing.
    pub const fn of(measure: Measure) -> Self {
        const HOUR: u32 = 3_600;
        let (pause, review, warn, minutes, lookback) = match measure {
            Measure::Bounce => (BOUNCE_PAUSE, BOUNCE_REVIEW, BOUNCE_WARN, HOUR / 12, 4 * HOUR),
            Measure::Complaint => {
                (COMPLAINT_PAUSE, COMPLAINT_REVIEW, COMPLAINT_WARN, 6 * HOUR, 72 * HOUR)
            }
        };
        let usual = Thresholds { warn: WARN_SHARE * pause, critical: CRITICAL_SHARE * pause };
        let critical = CRITICAL_SHARE * review;
        // More mail than usual is a reason to pause sooner, not to warn of less.
        let surge = Thresholds { warn: usual.warn.min(critical), critical };
        let slow = Thresholds { warn, critical };
        Self {
            z: Z,
            total_floor: TOTAL_FLOOR,
            events_floor: EVENTS_FLOOR,
            surge_times: SURGE_TIMES,
            fast: RateWindow { seconds: minutes, lookback_seconds: lookback, usual, surge },
            slow: RateWindow {
                seconds: 72 * HOUR,
                lookback_seconds: 72 * HOUR,
                usual: slow,
                surge: slow,
            },
        }
    }
}

/// How far the counts of a window prove a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofStatus {
    /// The lower bound is above the threshold.
    Proven,
    /// The lower bound is at or below both thresholds.
    NotProven,
    /// Too few mails, or too few events.
    TooFew,
    /// The slow window is above the critical threshold for what is over: the fast
    /// window has mail enough, and a rate at which the slow one would not even warn.
    Passed,
}

impl ProofStatus {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::NotProven => "not_proven",
            Self::TooFew => "too_few",
            Self::Passed => "passed",
        }
    }
}

/// What one window shows, with the numbers a notice prints.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowFinding {
    /// Length of the window in seconds.
    pub seconds: u32,
    /// Events, at most `total`.
    pub events: u64,
    /// Mails that the events are held against: those of the window, or of the
    /// largest one just before it.
    pub total: u64,
    /// `events` over `total`; 0 without mail.
    pub rate: f64,
    /// Lower bound of the Wilson score interval of `rate`.
    pub lower_bound: f64,
    /// What `lower_bound` exceeds or, where there is no severity, the warning
    /// threshold that it does not.
    pub threshold: f64,
    /// What `lower_bound` would have to exceed for a warning.
    pub warn_threshold: f64,
    /// What `lower_bound` would have to exceed for a pause.
    pub pause_threshold: f64,
    /// Whether the window holds more mail than usual, and so a lower threshold.
    pub surge: bool,
    /// What the window calls for.
    pub severity: Option<Severity>,
    /// Why.
    pub reason: ProofStatus,
}

/// The judgement of both windows together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateJudgement {
    /// What it calls for; `None` for nothing.
    pub severity: Option<Severity>,
    /// The window that decided; the fast one where both agree.
    pub finding: WindowFinding,
}

/// Judges one window by itself.
pub fn assess(rule: &Rule, window: &RateWindow, sums: &WindowCounts) -> WindowFinding {
    let total = sums.total.max(sums.earlier);
    let events = sums.events.min(total);
    let rate = if total == 0 { 0.0 } else { events as f64 / total as f64 };
    let lower_bound = wilson_lower_bound(events, total, rule.z);
    let surge = surge(rule, sums);
    let thresholds = window.usual.towards(window.surge, surge);
    let (severity, reason) = if total < rule.total_floor || events < rule.events_floor {
        (None, ProofStatus::TooFew)
    } else if lower_bound > thresholds.critical {
        (Some(Severity::Critical), ProofStatus::Proven)
    } else if lower_bound > thresholds.warn {
        (Some(Severity::Warn), ProofStatus::Proven)
    } else {
        (None, ProofStatus::NotProven)
    };
    let threshold =
        if severity == Some(Severity::Critical) { thresholds.critical } else { thresholds.warn };
    let surge = surge > 0.0;
    WindowFinding {
        seconds: window.seconds,
        events,
        total,
        rate,
        lower_bound,
        threshold,
        warn_threshold: thresholds.warn,
        pause_threshold: thresholds.critical,
        surge,
        severity,
        reason,
    }
}

/// How much of a surge the mail is: 0 where there is no more than usual or none is
/// usual, 1 from [`Rule::surge_times`] on.
fn surge(rule: &Rule, sums: &WindowCounts) -> f64 {
    if sums.usual == 0 {
        return 0.0;
    }
    let beyond = sums.total as f64 / sums.usual as f64 - 1.0;
    let full = rule.surge_times - 1.0;
    match beyond {
        beyond if beyond <= 0.0 => 0.0,
        beyond if beyond < full => beyond / full,
        _ => 1.0,
    }
}

/// Judges one measure of one sender. A window that was not read is
/// [`WindowCounts::default`], and proves nothing.
///
/// Each window may ask for a pause by itself, except that the slow one asks for a
/// warning only when the fast one shows that the trouble has passed: a pause stops
/// mail that is still to come.
pub fn judge(rule: &Rule, fast: &WindowCounts, slow: &WindowCounts) -> RateJudgement {
    let now = assess(rule, &rule.fast, fast);
    let mut lately = assess(rule, &rule.slow, slow);
    let calm = fast.total >= rule.total_floor
        && (fast.events.min(fast.total) as f64) < rule.slow.usual.warn * fast.total as f64;
    if calm && lately.severity == Some(Severity::Critical) {
        lately.severity = Some(Severity::Warn);
        lately.reason = ProofStatus::Passed;
    }
    let finding = if weight(lately.severity) > weight(now.severity) { lately } else { now };
    RateJudgement { severity: finding.severity, finding }
}

/// Whether the counts of the slow window are too few to prove anything, for an alarm on AWS's own
/// number: one bounce in thirteen mails is a rate, too. `None` where they are enough, and where there
/// are none at all, because metrics then counts other mail.
pub fn too_few(rule: &Rule, slow: &WindowCounts) -> Option<RateJudgement> {
    let finding = assess(rule, &rule.slow, slow);
    let is_few = finding.total > 0 && finding.reason == ProofStatus::TooFew;
    is_few.then_some(RateJudgement { severity: None, finding })
}

fn weight(severity: Option<Severity>) -> u8 {
    match severity {
        None => 0,
        Some(Severity::Warn) => 1,
        Some(Severity::Critical) => 2,
    }
}

#[cfg(test)]
mod tests;
