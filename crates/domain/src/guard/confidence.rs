//! Whether a rate is proven, from the sums of a few windows.
//!
//! One bounce in thirteen mails is a rate of 7.7 % and says nothing; eighty in a
//! thousand are nearly the same rate and say a lot. So the rate itself decides
//! nothing here: the lower bound of its Wilson score interval does, which is the
//! least rate that still explains the counts (E. B. Wilson, "Probable inference,
//! the law of succession, and statistical inference", 1927). The domain alarms of
//! the template hold the same bound in metric math.
//!
//! guard reads the sums of [`windows`] from CloudWatch and asks [`judge`] before
//! it pauses anything. The alarm that rang is only a reason to look: `judge` is
//! the stricter of the two, because it also knows the mail of earlier windows and
//! asks for a least number of events.

use super::{Measure, Severity};

/// Standard normal quantile of the two-sided 95 % interval; one-sided, that a true
/// rate as low as the bound shows by chance in one window of forty. The template's
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

/// Share of AWS's review line that is told.
pub const WARN_SHARE: f64 = 0.4;
/// Share of AWS's review line that pauses: before the review, not at it.
pub const CRITICAL_SHARE: f64 = 0.8;

/// Mails in a window below which nothing is judged; `DomainMinimumSends` of the
/// template.
pub const TOTAL_FLOOR: u64 = 50;
/// Events in a window below which nothing is judged. The Wilson bound of one event
/// is about seven times the exact one, so that a single complaint would convict a
/// sender of two hundred mails.
pub const EVENTS_FLOOR: u64 = 10;

/// A window that guard reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSpec {
    /// Length in seconds.
    pub seconds: u32,
    /// How far before the window mail was sent whose events may still arrive in it,
    /// in seconds; a multiple of the length. See [`Sums::earlier`].
    pub lookback_seconds: u32,
}

/// The windows to read for a measure: the fast one for what breaks in minutes, the
/// slow one for what decays. Complaints are written by people, hours after the
/// mail, so that minutes of them mean nothing.
pub const fn windows(measure: Measure) -> [WindowSpec; 2] {
    const HOUR: u32 = 3_600;
    match measure {
        Measure::Bounce => [
            WindowSpec { seconds: HOUR / 4, lookback_seconds: HOUR },
            WindowSpec { seconds: 24 * HOUR, lookback_seconds: 48 * HOUR },
        ],
        Measure::Complaint => [
            WindowSpec { seconds: 6 * HOUR, lookback_seconds: 72 * HOUR },
            WindowSpec { seconds: 24 * HOUR, lookback_seconds: 72 * HOUR },
        ],
    }
}

/// What was counted in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// Length of the window in seconds.
    pub seconds: u32,
    /// Hard bounces or complaints that arrived in it.
    pub events: u64,
    /// Mails in it: sends for bounces, deliveries for complaints.
    pub total: u64,
    /// The largest `total` of the windows of this length that came just before, as
    /// far as the lookback of [`windows`] reaches; 0 where none was read. After a
    /// large campaign its late events meet few new mails, and would look like a
    /// rate that nobody ever had.
    pub earlier: u64,
}

/// From where on a lower bound is told, and from where on it pauses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Rate (fraction) that the lower bound must exceed for a warning.
    pub warn: f64,
    /// Rate (fraction) that the lower bound must exceed for a pause.
    pub critical: f64,
    /// Standard normal quantile of the interval.
    pub z: f64,
    /// Fewer mails in a window prove nothing.
    pub total_floor: u64,
    /// Fewer events in a window prove nothing.
    pub events_floor: u64,
}

impl Thresholds {
    /// The defaults: shares of the line at which AWS reviews.
    pub fn of(measure: Measure) -> Self {
        let review = match measure {
            Measure::Bounce => BOUNCE_REVIEW,
            Measure::Complaint => COMPLAINT_REVIEW,
        };
        Self {
            warn: WARN_SHARE * review,
            critical: CRITICAL_SHARE * review,
            z: Z,
            total_floor: TOTAL_FLOOR,
            events_floor: EVENTS_FLOOR,
        }
    }
}

/// Why a window asks for no more than it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The lower bound is above the threshold.
    Proven,
    /// The lower bound is at or below both thresholds.
    NotProven,
    /// Too few mails, or too few events.
    TooFew,
    /// The slow window is above the critical threshold for what is over: the fast
    /// window has mail enough and a rate below the warning.
    Passed,
}

impl Reason {
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
pub struct Finding {
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
    /// What the window asks for.
    pub severity: Option<Severity>,
    /// Why.
    pub reason: Reason,
}

/// What all the windows show together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// What is asked for; `None` when nothing is.
    pub severity: Option<Severity>,
    /// The window that decided, the shortest of those that agree. Where nothing is
    /// asked for, the one with the highest lower bound. `None` without windows.
    pub finding: Option<Finding>,
}

/// Lower bound of the Wilson score interval of `events` in `total` trials.
///
/// Never NaN: between 0 and the rate. Events above `total` count as `total`; no
/// trials, or a `z` that is no positive finite number, prove nothing and give 0.
pub fn wilson_lower_bound(events: u64, total: u64, z: f64) -> f64 {
    if total == 0 || !z.is_finite() || z <= 0.0 {
        return 0.0;
    }
    let n = total as f64;
    let k = events.min(total) as f64;
    let z2 = z * z;
    let bound = (k + z2 / 2.0 - z * (k * (n - k) / n + z2 / 4.0).sqrt()) / (n + z2);
    // An enormous z overflows to NaN, and both comparisons make 0 of that.
    bound.max(0.0).min(k / n)
}

/// Judges one window by itself.
pub fn assess(sums: &Sums, thresholds: &Thresholds) -> Finding {
    let total = sums.total.max(sums.earlier);
    let events = sums.events.min(total);
    let rate = if total == 0 { 0.0 } else { events as f64 / total as f64 };
    let lower_bound = wilson_lower_bound(events, total, thresholds.z);
    let (severity, reason) = if total < thresholds.total_floor || events < thresholds.events_floor {
        (None, Reason::TooFew)
    } else if lower_bound > thresholds.critical {
        (Some(Severity::Critical), Reason::Proven)
    } else if lower_bound > thresholds.warn {
        (Some(Severity::Warn), Reason::Proven)
    } else {
        (None, Reason::NotProven)
    };
    let threshold = if severity == Some(Severity::Critical) { thresholds.critical } else { thresholds.warn };
    Finding { seconds: sums.seconds, events, total, rate, lower_bound, threshold, severity, reason }
}

/// Judges the windows of one measure of one sender, the fast one first.
///
/// Each window may ask for a pause by itself, except that a longer one asks for a
/// warning only when the fast one shows that the trouble has passed: a pause stops
/// mail that is still to come.
pub fn judge(windows: &[Sums], thresholds: &Thresholds) -> Verdict {
    let mut findings = windows.iter().map(|sums| assess(sums, thresholds));
    let Some(fast) = findings.next() else {
        return Verdict { severity: None, finding: None };
    };
    let calm = fast.severity.is_none() && fast.total >= thresholds.total_floor && fast.rate < thresholds.warn;
    let mut deciding = fast;
    for mut finding in findings {
        if calm && finding.severity == Some(Severity::Critical) {
            finding.severity = Some(Severity::Warn);
            finding.reason = Reason::Passed;
        }
        let (new, old) = (weight(finding.severity), weight(deciding.severity));
        if new > old || (new == 0 && old == 0 && finding.lower_bound > deciding.lower_bound) {
            deciding = finding;
        }
    }
    Verdict { severity: deciding.severity, finding: Some(deciding) }
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
