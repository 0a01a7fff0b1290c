//! Judges one recipient of a bounce or a complaint.

use super::policy::{
    ComplaintSuspects, MislabelledTransient, Policy, PolicyRule, rule_of_class, rule_of_report,
};
use super::strikes::strike_of;
use super::{Judgement, SuppressionReason, SuppressionVerdict};
use crate::address::RawAddress;
use crate::bounce::{BounceClass, BounceFacts, Classification, Rulebook};
use crate::event::{Bounce, BounceSubType, BounceType, BouncedRecipient, Complaint};
use crate::outcome::Ignored;

/// Returns the class of a recipient's bounce.
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

/// Whether the receiver says that the failure is temporary for this recipient, whatever SES says
/// about the whole bounce. If a rule blames the recipient, the text is final; a status 4.0.0 is
/// then only a gateway's default.
pub fn is_delayed(recipient: &BouncedRecipient, finding: &Classification) -> bool {
    let action = recipient.action.as_deref().unwrap_or_default();
    ["delayed", "delivered", "relayed", "expanded"]
        .iter()
        .any(|word| action.eq_ignore_ascii_case(word))
        || (finding.status.is_some_and(|status| status.class != 5)
            && !finding.class.is_recipients())
}

pub(super) fn judge_bounced(
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
    let judgement = guarded(&recipient.address, Some(finding), verdict, policy);
    let is_exempt = judgement
        .address
        .as_ref()
        .is_none_or(|address| address.is_simulator() || policy.protected.holds(address));
    let strike = strike_of(bounce, recipient, &finding, judgement.verdict);
    Judgement { strike: strike.filter(|_| !is_exempt), ..judgement }
}

/// The address's own exceptions come last, so that what is reported of an unsuppressed address is
/// the reason that matters most.
pub(super) fn guarded(
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
            strike: None,
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
    Judgement { address: Some(address), finding, verdict, strike: None }
}

pub(super) fn bounce_verdict(
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

pub(super) fn permanent_verdict(
    bounce: &Bounce,
    recipient: &BouncedRecipient,
    destination: &[RawAddress],
    policy: &Policy,
    finding: &Classification,
) -> Result<SuppressionReason, Ignored> {
    // Mail to an address on the global list counts against the bounce rate each
    // time, and the global entry ends after two weeks.
    if bounce.sub_type == BounceSubType::Suppressed {
        let suppresses = policy.overrides.suppresses(PolicyRule::GlobalList);
        return if suppresses {
            Ok(SuppressionReason::Bounce)
        } else {
            Err(Ignored::KeptBySetting)
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
    let (rule, keep) = rule_of_class(finding, is_policy_class)?;
    if policy.overrides.suppresses(rule) { Ok(SuppressionReason::Bounce) } else { Err(keep) }
}

pub(super) fn transient_verdict(
    sub_type: &BounceSubType,
    policy: &Policy,
    finding: &Classification,
) -> Result<SuppressionReason, Ignored> {
    // The second reader does not overrule SES.
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

/// NoEmail may mean that SES could not tell which recipient bounced; then only a mail to a single
/// address is certain.
pub(super) fn is_only_destination(address: &RawAddress, destination: &[RawAddress]) -> bool {
    let same = |other: &RawAddress| match (other.parse(), address.parse()) {
        (Ok(a), Ok(b)) => a.key() == b.key(),
        _ => false,
    };
    destination.len() == 1 && destination.iter().all(same)
}

pub(super) fn judge_complaint(complaint: &Complaint, policy: &Policy) -> Vec<Judgement> {
    let several = complaint.recipients.len() + complaint.unreadable_recipients > 1;
    let verdict = match (&complaint.sub_type, rule_of_report(complaint.feedback_type)) {
        // OnAccountSuppressionList, OnTenantSuppressionList and future ones: SES accepted the mail
        // and did not send it.
        (Some(_), _) => SuppressionVerdict::Spare(Ignored::Echo),
        (None, Err(reason)) => SuppressionVerdict::Spare(reason),
        (None, Ok(line)) if !policy.overrides.suppresses(line) => {
            SuppressionVerdict::Spare(Ignored::KeptBySetting)
        }
        (None, Ok(_)) if several && policy.complaint_suspects == ComplaintSuspects::Report => {
            SuppressionVerdict::Spare(Ignored::ComplaintSuspects)
        }
        (None, Ok(_)) => SuppressionVerdict::Suppress(SuppressionReason::Complaint),
    };
    complaint.recipients.iter().map(|raw| guarded(raw, None, verdict, policy)).collect()
}
