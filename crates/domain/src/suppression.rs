//! Decides which addresses of an event go on the suppression list, and why the others do not.

mod judge;
mod plan;
mod policy;
mod protected;
mod route;
mod strikes;

pub use plan::{BatchPlan, List, PlannedPut};
pub use policy::{ComplaintSuspects, MislabelledTransient, Policy, PolicyOverrides, PolicyRule};
pub use route::{Route, RouteConditions, SkipReason, route};
pub use strikes::{
    DOMAIN_OUT_ADDRESSES, DOMAIN_OUT_SECONDS, PastStrike, SecondStrike, SoftBounces, StrikeKind,
    StrikePolicy, is_domain_out, judge_strike,
};

use crate::address::EmailAddress;
use crate::bounce::Classification;
use crate::event::{Detail, SesEvent};
use crate::outcome::{Acted, Ignored, Outcome};
pub use judge::{finding, is_delayed};
use judge::{judge_bounced, judge_complaint};
pub use protected::Protected;

/// Why an address is on the list, as SES stores it. A complaint outranks a
/// bounce: the order of the variants is the rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SuppressionReason {
    /// `BOUNCE`.
    Bounce,
    /// `COMPLAINT`.
    Complaint,
}

impl SuppressionReason {
    /// The word of the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Bounce => "BOUNCE",
            Self::Complaint => "COMPLAINT",
        }
    }
}

/// The decision about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The address, if the text contains one.
    pub address: Option<EmailAddress>,
    /// The bounce class; `None` for complaints.
    pub finding: Option<Classification>,
    /// Suppress, or the reason why not.
    pub verdict: SuppressionVerdict,
    /// What it counts as beside earlier bounces of the address, where it proves nothing by itself.
    /// `verdict` is then what holds without a journal; [`Decision::with_strike_verdicts`] puts another in its
    /// place.
    pub strike: Option<StrikeKind>,
}

/// Suppress, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionVerdict {
    /// Put the address on the list.
    Suppress(SuppressionReason),
    /// Do not put it on the list.
    Spare(Ignored),
}

impl Judgement {
    /// SES may have listed the address automatically, although the sender (or surely somebody other
    /// than the recipient) caused the bounce: a rescue candidate.
    pub fn is_rescue_candidate(&self) -> bool {
        matches!(
            self.verdict,
            SuppressionVerdict::Spare(Ignored::SenderAtFault | Ignored::NotRecipient)
        )
    }
}

/// What suppress does for one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How the message ends if all calls succeed.
    pub outcome: Outcome,
    /// Each recipient that could be read, in the order of the event.
    pub judgements: Vec<Judgement>,
}

impl Decision {
    fn ignored(reason: Ignored) -> Self {
        Self { outcome: reason.into(), judgements: Vec::new() }
    }

    fn of(judgements: Vec<Judgement>) -> Self {
        let any = judgements.iter().any(|j| matches!(j.verdict, SuppressionVerdict::Suppress(_)));
        let kept = judgements.iter().find_map(|j| match j.verdict {
            SuppressionVerdict::Spare(reason) => Some(reason),
            SuppressionVerdict::Suppress(_) => None,
        });
        let outcome = match (any, kept) {
            (true, _) => Outcome::Acted(Acted::Suppressed),
            (false, reason) => Outcome::Ignored(reason.unwrap_or(Ignored::InvalidAddress)),
        };
        Self { outcome, judgements }
    }

    /// Returns the same decision with another verdict on each judgement that is a strike.
    #[must_use]
    pub fn with_strike_verdicts(
        self,
        mut verdict: impl FnMut(&Judgement, StrikeKind) -> SuppressionVerdict,
    ) -> Self {
        if self.judgements.iter().all(|judgement| judgement.strike.is_none()) {
            return self;
        }
        let judgements = self.judgements.into_iter().map(|judgement| match judgement.strike {
            Some(kind) => Judgement { verdict: verdict(&judgement, kind), ..judgement },
            None => judgement,
        });
        Self::of(judgements.collect())
    }

    /// Returns the addresses to put on the list.
    pub fn to_suppress(&self) -> impl Iterator<Item = (&EmailAddress, SuppressionReason)> {
        self.judgements.iter().filter_map(|j| match j.verdict {
            SuppressionVerdict::Suppress(reason) => {
                j.address.as_ref().map(|address| (address, reason))
            }
            SuppressionVerdict::Spare(_) => None,
        })
    }
}

/// Decides what suppress does for an event.
pub fn decide(event: &SesEvent, policy: &Policy) -> Decision {
    match &event.detail {
        Detail::Bounce(bounce) => Decision::of(
            bounce
                .recipients
                .iter()
                .map(|r| judge_bounced(bounce, r, &event.mail.destination, policy))
                .collect(),
        ),
        Detail::Complaint(complaint) => Decision::of(judge_complaint(complaint, policy)),
        Detail::Unknown(_) => Decision::ignored(Ignored::UnknownEvent),
        Detail::Send
        | Detail::Delivery(_)
        | Detail::Reject
        | Detail::Open
        | Detail::Click(_)
        | Detail::RenderingFailure
        | Detail::DeliveryDelay(_)
        | Detail::Subscription => Decision::ignored(Ignored::OtherEvent),
    }
}

#[cfg(test)]
mod tests;
