//! Which addresses of an event go on the suppression list, and why the others
//! do not.

mod plan;
mod policy;
mod route;

pub use plan::{BatchPlan, List, PlannedPut};
pub use policy::{ComplaintSuspects, MislabelledTransient, Policy, PolicyOverrides, PolicyRule};
pub use route::{Route, RouteConditions, SkipReason, route};

use policy::{line_of_fault, line_of_report};

use crate::address::{EmailAddress, RawAddress};
use crate::bounce::{BounceClass, BounceFacts, Classification, Rulebook};
use crate::event::{
    Bounce, BounceSubType, BounceType, BouncedRecipient, Complaint, Detail, SesEvent,
};
use crate::outcome::{Acted, Ignored, Outcome};

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

/// Addresses and whole domains that are never suppressed.
#[derive(Debug, Clone, Default)]
pub struct Protected {
    addresses: Vec<RawAddress>,
    domains: Vec<String>,
}

impl Protected {
    /// Reads `jane@example.com` and `@example.com`.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut protected = Self::default();
        for entry in entries {
            match entry.strip_prefix('@') {
                Some(domain) => {
                    protected.domains.push(
                        crate::address::normalize_domain(domain).ok_or_else(|| entry.to_owned())?,
                    );
                }
                None => protected
                    .addresses
                    .push(EmailAddress::parse(entry).map_err(|_| entry.to_owned())?.key().into()),
            }
        }
        Ok(protected)
    }

    /// Whether `address` is one of them. Case does not count.
    pub fn holds(&self, address: &EmailAddress) -> bool {
        self.domains.iter().any(|domain| domain == address.domain())
            || self.addresses.contains(&address.key().into())
    }
}

/// What is to happen with one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The address, where the text holds one.
    pub address: Option<EmailAddress>,
    /// Whose fault; `None` for complaints, which are not about fault.
    pub finding: Option<Classification>,
    /// Suppress, or the reason why not.
    pub verdict: SuppressionVerdict,
}

/// Suppress, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionVerdict {
    /// Put the address on the list.
    Suppress(SuppressionReason),
    /// Leave it alone.
    Spare(Ignored),
}

impl Judgement {
    /// The address may be on SES's own automatic list although the sender is at
    /// fault, or surely somebody other than the recipient: a candidate for removal by an operator.
    pub fn is_rescue_candidate(&self) -> bool {
        matches!(
            self.verdict,
            SuppressionVerdict::Spare(Ignored::SenderAtFault | Ignored::NotRecipient)
        )
    }
}

/// What suppress does about one event.
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
        let spared = judgements.iter().find_map(|j| match j.verdict {
            SuppressionVerdict::Spare(reason) => Some(reason),
            SuppressionVerdict::Suppress(_) => None,
        });
        let outcome = match (any, spared) {
            (true, _) => Outcome::Acted(Acted::Suppressed),
            (false, reason) => Outcome::Ignored(reason.unwrap_or(Ignored::InvalidAddress)),
        };
        Self { outcome, judgements }
    }

    /// The addresses to put on the list.
    pub fn to_suppress(&self) -> impl Iterator<Item = (&EmailAddress, SuppressionReason)> {
        self.judgements.iter().filter_map(|j| match j.verdict {
            SuppressionVerdict::Suppress(reason) => {
                j.address.as_ref().map(|address| (address, reason))
            }
            SuppressionVerdict::Spare(_) => None,
        })
    }
}

/// Decides what suppress does about an event.
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

/// Whose fault a bounced recipient's bounce is.
pub fn finding(
    bounce: &Bounce,
    recipient: &BouncedRecipient,
    rulebook: &Rulebook,
) -> Classification {
    rulebook.triage(BounceFacts {
        bounce: Some((&bounce.bounce_type, &bounce.sub_type)),
        status: recipient.status.as_deref(),
        diagnostic: recipient.diagnostic.as_deref(),
    })
}

/// The receiver says of this recipient that it is not final, whatever SES says of
/// the whole bounce. Where a rule blames the recipient, the words are final and a status 4.0.0
/// is only what a gateway writes that knows no better.
pub fn is_delayed(recipient: &BouncedRecipient, finding: &Classification) -> bool {
    let action = recipient.action.as_deref().unwrap_or_default();
    ["delayed", "delivered", "relayed", "expanded"]
        .iter()
        .any(|word| action.eq_ignore_ascii_case(word))
        || (finding.status.is_some_and(|status| status.class != 5)
            && !finding.class.is_recipients())
}

fn judge_bounced(
    bounce: &Bounce,
    recipient: &BouncedRecipient,
    destination: &[RawAddress],
    policy: &Policy,
) -> Judgement {
    let finding = finding(bounce, recipient, &policy.rulebook);
    let verdict = match bounce_verdict(bounce, recipient, destination, policy, &finding) {
        Ok(reason) => SuppressionVerdict::Suppress(reason),
        Err(reason) => SuppressionVerdict::Spare(reason),
    };
    guarded(&recipient.address, Some(finding), verdict, policy)
}

/// The address's own exceptions come last, so that what is reported of a spared
/// address is the reason that matters most.
fn guarded(
    raw: &RawAddress,
    finding: Option<Classification>,
    verdict: SuppressionVerdict,
    policy: &Policy,
) -> Judgement {
    let Ok(address) = raw.parse() else {
        return Judgement {
            address: None,
            finding,
            verdict: SuppressionVerdict::Spare(Ignored::InvalidAddress),
        };
    };
    let verdict = match verdict {
        SuppressionVerdict::Suppress(_) if address.is_simulator() => {
            SuppressionVerdict::Spare(Ignored::Simulator)
        }
        SuppressionVerdict::Suppress(_) if policy.protected.holds(&address) => {
            SuppressionVerdict::Spare(Ignored::Protected)
        }
        SuppressionVerdict::Suppress(_) | SuppressionVerdict::Spare(_) => verdict,
    };
    Judgement { address: Some(address), finding, verdict }
}

fn bounce_verdict(
    bounce: &Bounce,
    recipient: &BouncedRecipient,
    destination: &[RawAddress],
    policy: &Policy,
    finding: &Classification,
) -> Result<SuppressionReason, Ignored> {
    if bounce.sub_type.is_echo() || finding.class == BounceClass::Echo {
        return Err(Ignored::Echo);
    }
    match &bounce.bounce_type {
        BounceType::Permanent => permanent_verdict(bounce, recipient, destination, policy, finding),
        BounceType::Transient => transient_verdict(&bounce.sub_type, policy, finding),
        BounceType::Undetermined => Err(Ignored::Undetermined),
        BounceType::Unknown(_) => Err(Ignored::UnknownBounceType),
    }
}

fn permanent_verdict(
    bounce: &Bounce,
    recipient: &BouncedRecipient,
    destination: &[RawAddress],
    policy: &Policy,
    finding: &Classification,
) -> Result<SuppressionReason, Ignored> {
    // Mail to an address on the global list counts against the bounce rate each
    // time, and the global entry ends after two weeks.
    if bounce.sub_type == BounceSubType::Suppressed {
        let suppresses = policy.lines.suppresses(PolicyRule::GlobalList);
        return if suppresses {
            Ok(SuppressionReason::Bounce)
        } else {
            Err(Ignored::SparedBySetting)
        };
    }
    if matches!(bounce.sub_type, BounceSubType::Unknown(_)) {
        return Err(Ignored::UnknownBounceSubType);
    }
    if bounce.sub_type == BounceSubType::NoEmail
        && !is_only_destination(&recipient.address, destination)
    {
        return Err(Ignored::RecipientUnclear);
    }
    if is_delayed(recipient, finding) {
        return Err(Ignored::RecipientDelayed);
    }
    let is_policy_class = finding.status.is_some_and(|status| status.is_policy());
    let (line, spared) = line_of_fault(finding, is_policy_class)?;
    if policy.lines.suppresses(line) { Ok(SuppressionReason::Bounce) } else { Err(spared) }
}

fn transient_verdict(
    sub_type: &BounceSubType,
    policy: &Policy,
    finding: &Classification,
) -> Result<SuppressionReason, Ignored> {
    // The second reader's word does not stand against SES's.
    let proven_dead = finding.class.is_recipients() && finding.owner.is_some();
    if proven_dead {
        return match policy.mislabelled_transient {
            MislabelledTransient::Suppress if *sub_type == BounceSubType::General => {
                Ok(SuppressionReason::Bounce)
            }
            MislabelledTransient::Suppress | MislabelledTransient::Spare => {
                Err(Ignored::MislabelledTransient)
            }
        };
    }
    Err(match finding.class {
        BounceClass::AutoReply => Ignored::AutoReply,
        BounceClass::MailboxFull => Ignored::MailboxFull,
        BounceClass::RecipientGone
        | BounceClass::RecipientDisabled
        | BounceClass::DomainGone
        | BounceClass::SenderAuthentication
        | BounceClass::SenderReputation
        | BounceClass::Content
        | BounceClass::Policy
        | BounceClass::RateLimited
        | BounceClass::ReceiverTemporary
        | BounceClass::Echo
        | BounceClass::Unknown => Ignored::Transient,
    })
}

/// NoEmail may mean that SES could not tell which recipient bounced; then only a
/// mail to one single address leaves no doubt.
fn is_only_destination(address: &RawAddress, destination: &[RawAddress]) -> bool {
    let same = |other: &RawAddress| match (other.parse(), address.parse()) {
        (Ok(a), Ok(b)) => a.key() == b.key(),
        _ => false,
    };
    destination.len() == 1 && destination.iter().all(same)
}

fn judge_complaint(complaint: &Complaint, policy: &Policy) -> Vec<Judgement> {
    let several = complaint.recipients.len() + complaint.unreadable_recipients > 1;
    let verdict = match (&complaint.sub_type, line_of_report(complaint.feedback_type)) {
        // OnAccountSuppressionList, OnTenantSuppressionList and what may come:
        // SES accepted the mail and did not send it.
        (Some(_), _) => SuppressionVerdict::Spare(Ignored::Echo),
        (None, Err(reason)) => SuppressionVerdict::Spare(reason),
        (None, Ok(line)) if !policy.lines.suppresses(line) => {
            SuppressionVerdict::Spare(Ignored::SparedBySetting)
        }
        (None, Ok(_)) if several && policy.complaint_suspects == ComplaintSuspects::Report => {
            SuppressionVerdict::Spare(Ignored::ComplaintSuspects)
        }
        (None, Ok(_)) => SuppressionVerdict::Suppress(SuppressionReason::Complaint),
    };
    complaint.recipients.iter().map(|raw| guarded(raw, None, verdict, policy)).collect()
}

#[cfg(test)]
mod tests;
