//! Bounce texts in exports, read as the product reads those of SES.

use crate::bounce::{BounceClass, BounceFacts, Classification, Rulebook, Status};

/// What a reply says about the address it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// The address: it does not exist, is switched off, or its domain takes no mail.
    Address(BounceClass),
    /// Anything but the address, by a rule or a code: the sender, the content, a full mailbox.
    Other(BounceClass),
    /// Perhaps the sender: a rule that only notes what the reply speaks of.
    Perhaps(BounceClass),
    /// Not final: a reply or status code of class 4.
    Temporary,
    /// A code of a full mailbox, or of the security and policy class, in a reply that blames the
    /// address.
    Contradictory,
    /// Unknown.
    Unknown,
}

/// Reads a status (or reply code) and a text; either may be empty.
pub(super) fn blame(status: Option<&str>, text: &str) -> Blame {
    let code = status.map(str::trim).unwrap_or_default();
    let enhanced = Status::parse(code);
    if enhanced.is_some_and(Status::is_transient) || is_reply_code(code, '4') {
        return Blame::Temporary;
    }
    // A reply code belongs to the text.
    let joined;
    let text = if enhanced.is_none() && !code.is_empty() && !text.trim_start().starts_with(code) {
        joined = format!("{code} {text}");
        joined.as_str()
    } else {
        text
    };
    let status = enhanced.map(|_| code);
    let found = Rulebook::built_in().triage(BounceFacts {
        bounce: None,
        status,
        diagnostic: Some(text).filter(|text| !text.trim().is_empty()),
    });
    judged(&found, enhanced)
}

fn judged(found: &Classification, field: Option<Status>) -> Blame {
    let counted = found.status.or(field);
    if found.class.is_recipients() {
        // Policy codes and full mailboxes are kept whatever is written beside them.
        let is_full = |status: Status| (status.subject, status.detail) == (2, 2);
        let is_kept = counted.is_some_and(|status| status.is_policy() || is_full(status));
        return if is_kept { Blame::Contradictory } else { Blame::Address(found.class) };
    }
    if found.class != BounceClass::Unknown {
        // The last rules of the table, for texts that no other knows. A provider's own word
        // weighs more.
        let is_vague = found.rule.starts_with("about-") && !counted.is_some_and(Status::is_policy);
        return if is_vague { Blame::Perhaps(found.class) } else { Blame::Other(found.class) };
    }
    match counted {
        Some(status) if status.is_transient() => Blame::Temporary,
        Some(status) if status.is_policy() => Blame::Other(BounceClass::Policy),
        Some(_) | None => Blame::Unknown,
    }
}

/// `450`, `4xx` and the like.
fn is_reply_code(code: &str, class: char) -> bool {
    code.len() == 3 && code.starts_with(class) && code.chars().skip(1).all(char::is_alphanumeric)
}

/// Why a reply of [`Blame::Contradictory`] is left to a person.
pub(super) const CONTRADICTORY: &str = "contradictory: the reply blames the address, but its code is one of policy or of a full mailbox";

/// What a class means for the address, in a phrase.
pub(super) fn phrase(class: BounceClass) -> &'static str {
    match class {
        BounceClass::RecipientGone => "the reply says that the mailbox does not exist",
        BounceClass::RecipientDisabled => "the reply says that the mailbox is switched off",
        BounceClass::DomainGone => "the reply says that the domain takes no mail",
        BounceClass::MailboxFull => "the mailbox is full, which passes",
        BounceClass::SenderAuthentication => "the reply blames the sender's authentication",
        BounceClass::SenderReputation => "the reply blames the sender's reputation",
        BounceClass::Content => "the reply blames the message",
        BounceClass::Policy => "the reply is about policy, not about the address",
        BounceClass::RateLimited => "the reply says that mail came too fast",
        BounceClass::ReceiverTemporary => "the receiver had trouble, which passes",
        BounceClass::Echo => "a list's own answer, nobody was asked",
        BounceClass::AutoReply => "a machine answered for a living mailbox",
        BounceClass::Unknown => "nobody knows what the reply means",
    }
}
