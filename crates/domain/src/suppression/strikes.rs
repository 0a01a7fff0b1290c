//! Bounces that prove nothing alone and something when they repeat.
//!
//! A permanent bounce whose text nobody knows is a strike: the address is kept, and goes on the
//! list when it bounces so again a day or more later. Soft bounces go the same way when they come
//! on enough different days. Both need the journal, which remembers the earlier ones.
//!
//! # Examples
//! ```
//! use warden_domain::outcome::Ignored;
//! use warden_domain::suppression::{
//!     PastStrike, StrikeKind, StrikePolicy, SuppressionReason, SuppressionVerdict, judge_strike,
//! };
//!
//! let suppress = SuppressionVerdict::Suppress(SuppressionReason::Bounce);
//! let bounce = (StrikeKind::Permanent, suppress);
//! let policy = StrikePolicy::default();
//! let day = 86_400;
//! let first = PastStrike { kind: StrikeKind::Permanent, at_seconds: 100 * day, counts: true };
//! let now = Some(101 * day);
//! let verdict = |past: &[PastStrike]| judge_strike(bounce, now, past, false, &policy);
//! assert_eq!(verdict(&[]), SuppressionVerdict::Spare(Ignored::FirstStrike));
//! assert_eq!(verdict(&[first]), suppress);
//! ```

use std::collections::BTreeSet;

use super::{SuppressionReason, SuppressionVerdict};
use crate::bounce::{BounceClass, Classification};
use crate::event::{Bounce, BounceType, BouncedRecipient};
use crate::outcome::Ignored;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Addresses of a domain that must be refused for the same reason within [`DOMAIN_OUT_SECONDS`]
/// for the domain to count as out.
pub const DOMAIN_OUT_ADDRESSES: usize = 5;
/// Most seconds between such refusals: a day.
pub const DOMAIN_OUT_SECONDS: i64 = DAY;

/// What a bounce counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StrikeKind {
    /// Permanent, and neither a rule nor the second reader knows the text.
    Permanent,
    /// A full mailbox, or a transient bounce that is not the sender's fault.
    Soft,
}

impl StrikeKind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Soft => "soft",
        }
    }

    /// The kind of that code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Permanent, Self::Soft].into_iter().find(|kind| kind.code() == code)
    }
}

/// When strikes suppress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrikePolicy {
    /// The second permanent bounce of unknown text; `None` where the first one suppresses.
    pub second: Option<SecondStrike>,
    /// Repeated soft bounces; `None` where none suppress.
    pub soft: Option<SoftBounces>,
}

/// Which second bounce suppresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondStrike {
    /// At least this many hours after the first.
    pub after_hours: i64,
    /// At most this many days after the first.
    pub within_days: i64,
}

/// Which soft bounces suppress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoftBounces {
    /// On at least this many different days (UTC).
    pub days: usize,
    /// At least this many days from the first to the last.
    pub over_days: i64,
    /// At most this many days from the first to the last.
    pub within_days: i64,
}

impl Default for SecondStrike {
    fn default() -> Self {
        Self { after_hours: 24, within_days: 90 }
    }
}

impl Default for SoftBounces {
    fn default() -> Self {
        Self { days: 5, over_days: 7, within_days: 30 }
    }
}

impl Default for StrikePolicy {
    fn default() -> Self {
        Self { second: Some(SecondStrike::default()), soft: Some(SoftBounces::default()) }
    }
}

impl StrikePolicy {
    /// Returns whether the earlier bounces of the address must be read before such a bounce is judged.
    pub fn asks_journal(&self, kind: StrikeKind) -> bool {
        match kind {
            StrikeKind::Permanent => self.second.is_some(),
            StrikeKind::Soft => self.soft.is_some(),
        }
    }

    /// How many days back earlier strikes count.
    pub fn days_back(&self) -> i64 {
        let second = self.second.map_or(0, |second| second.within_days);
        second.max(self.soft.map_or(0, |soft| soft.within_days))
    }
}

/// An earlier bounce of the same address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastStrike {
    /// What it counts as.
    pub kind: StrikeKind,
    /// When it happened, in seconds since 1970.
    pub at_seconds: i64,
    /// False where the whole recipient domain was out then.
    pub counts: bool,
}

/// Returns the verdict on a bounce that is a strike. `past` has the earlier strikes of its address;
/// `alone` is the verdict that the bounce gets without them. `is_domain_out`: the recipient's whole
/// domain fails, which says nothing about this address.
pub fn judge_strike(
    (kind, alone): (StrikeKind, SuppressionVerdict),
    at_seconds: Option<i64>,
    past: &[PastStrike],
    is_domain_out: bool,
    policy: &StrikePolicy,
) -> SuppressionVerdict {
    let suppress = SuppressionVerdict::Suppress(SuppressionReason::Bounce);
    let keep = |reason| SuppressionVerdict::Spare(reason);
    if !policy.asks_journal(kind) {
        return alone;
    }
    if is_domain_out {
        return keep(Ignored::RecipientDomainOut);
    }
    let first = match kind {
        StrikeKind::Permanent => keep(Ignored::FirstStrike),
        StrikeKind::Soft => alone,
    };
    // What happened at no known time is no second time.
    let Some(now) = at_seconds else { return first };
    let counted = past.iter().filter(|strike| strike.counts);
    match (kind, policy.second, policy.soft) {
        (StrikeKind::Permanent, Some(second), _) => {
            // Events may arrive out of order.
            let is_second = |strike: &PastStrike| {
                let apart = strike.at_seconds.abs_diff(now);
                strike.kind == StrikeKind::Permanent
                    && apart >= seconds(second.after_hours, HOUR)
                    && apart <= seconds(second.within_days, DAY)
            };
            if counted.clone().any(is_second) { suppress } else { first }
        }
        (StrikeKind::Soft, _, Some(soft)) => {
            let within = seconds(soft.within_days, DAY);
            let times = counted
                .filter(|strike| strike.kind == StrikeKind::Soft)
                .map(|strike| strike.at_seconds)
                .filter(|at| *at <= now && at.abs_diff(now) <= within);
            let mut times: Vec<i64> = times.collect();
            times.push(now);
            let days: BTreeSet<i64> = times.iter().map(|at| at.div_euclid(DAY)).collect();
            let begin = times.iter().min().copied().unwrap_or(now);
            let is_enough =
                days.len() >= soft.days && begin.abs_diff(now) >= seconds(soft.over_days, DAY);
            if is_enough { suppress } else { first }
        }
        (StrikeKind::Permanent | StrikeKind::Soft, _, _) => first,
    }
}

fn seconds(count: i64, unit: i64) -> u64 {
    count.saturating_mul(unit).unsigned_abs()
}

/// Whether a domain is out around `at_seconds`: so many of its addresses are refused alike.
/// `refusals` are times in seconds since 1970 and whose refusals they were.
pub fn is_domain_out<'a>(
    at_seconds: i64,
    refusals: impl IntoIterator<Item = (i64, &'a str)>,
) -> bool {
    let near = refusals
        .into_iter()
        .filter(|(at, _)| at.abs_diff(at_seconds) <= DOMAIN_OUT_SECONDS.unsigned_abs());
    let addresses: BTreeSet<&str> = near.map(|(_, address)| address).collect();
    addresses.len() >= DOMAIN_OUT_ADDRESSES
}

/// What a judged bounce counts as; `None` where it is decided by itself.
pub(super) fn strike_of(
    bounce: &Bounce,
    recipient: &BouncedRecipient,
    finding: &Classification,
    verdict: SuppressionVerdict,
) -> Option<StrikeKind> {
    let is_blank = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().is_empty();
    let nothing_said = is_blank(&recipient.status) && is_blank(&recipient.diagnostic);
    match (verdict, &bounce.bounce_type) {
        // Where nothing is said at all, SES's word stands.
        (SuppressionVerdict::Suppress(SuppressionReason::Bounce), BounceType::Permanent) => {
            (finding.class == BounceClass::Unknown && !nothing_said)
                .then_some(StrikeKind::Permanent)
        }
        (SuppressionVerdict::Spare(Ignored::MailboxFull), _) => Some(StrikeKind::Soft),
        (
            SuppressionVerdict::Spare(Ignored::Transient | Ignored::MislabelledTransient),
            BounceType::Transient,
        ) => is_soft(finding.class).then_some(StrikeKind::Soft),
        (SuppressionVerdict::Suppress(_) | SuppressionVerdict::Spare(_), _) => None,
    }
}

/// Transient bounces that speak of the mailbox or the receiver. The sender's own faults and its
/// pace say nothing of the address.
fn is_soft(class: BounceClass) -> bool {
    match class {
        BounceClass::RecipientGone
        | BounceClass::RecipientDisabled
        | BounceClass::DomainGone
        | BounceClass::MailboxFull
        | BounceClass::ReceiverTemporary
        | BounceClass::Unknown => true,
        BounceClass::SenderAuthentication
        | BounceClass::SenderReputation
        | BounceClass::Content
        | BounceClass::Policy
        | BounceClass::RateLimited
        | BounceClass::Echo
        | BounceClass::AutoReply => false,
    }
}

#[cfg(test)]
mod tests;
