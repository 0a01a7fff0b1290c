//! Postmark's suppressions and bounces.
//!
//! Source: Postmark API, "Suppressions" and "Bounce API" with its table of bounce types.

use super::fields::Fields;
use super::reply::{Blame, blame, phrase};
use super::row_judgement::{RowJudgement, bounce, complaint, review, skip, unknown_reason};

pub(super) fn suppression(fields: &Fields<'_>) -> RowJudgement {
    let origin = fields.get("origin").unwrap_or_default();
    match fields.get("suppressionreason") {
        Some("HardBounce") => bounce("hard_bounce: Postmark suppressed it for a hard bounce"),
        Some("SpamComplaint") => {
            complaint("spam_complaint: the recipient marked a message as spam")
        }
        Some("ManualSuppression") if origin == "Recipient" => {
            skip("unsubscribe: the recipient unsubscribed, which is no complaint")
        }
        Some("ManualSuppression") => {
            skip("manual: suppressed by hand, neither for a bounce nor for a complaint")
        }
        word => unknown_reason("SuppressionReason", word),
    }
}

/// Types by their numbers, for rows without the name.
const TYPE_CODES: [(&str, &str); 22] = [
    ("1", "HardBounce"),
    ("2", "Transient"),
    ("16", "Unsubscribe"),
    ("32", "Subscribe"),
    ("64", "AutoResponder"),
    ("128", "AddressChange"),
    ("256", "DnsError"),
    ("512", "SpamNotification"),
    ("1024", "OpenRelayTest"),
    ("2048", "Unknown"),
    ("4096", "SoftBounce"),
    ("8192", "VirusNotification"),
    ("16384", "ChallengeVerification"),
    ("100000", "BadEmailAddress"),
    ("100001", "SpamComplaint"),
    ("100002", "ManuallyDeactivated"),
    ("100003", "Unconfirmed"),
    ("100006", "Blocked"),
    ("100007", "SMTPApiError"),
    ("100008", "InboundError"),
    ("100009", "DMARCPolicy"),
    ("100010", "TemplateRenderingFailed"),
];

pub(super) fn bounce_row(fields: &Fields<'_>) -> RowJudgement {
    let by_code = |code: &str| TYPE_CODES.iter().find(|(known, _)| *known == code);
    let named = fields.get("type");
    let kind = named.or_else(|| by_code(fields.get("typecode")?).map(|(_, name)| *name));
    match kind {
        Some("HardBounce") => hard_bounce(fields.get("details").unwrap_or_default()),
        Some("BadEmailAddress") => {
            bounce("bad_email_address: Postmark says that the address is invalid")
        }
        Some("SpamComplaint") => {
            complaint("spam_complaint: the recipient marked a message as spam")
        }
        Some(other) if TYPE_CODES.iter().any(|(_, name)| *name == other) => {
            skip(format!("{}: of this type Postmark says no more than that", snake(other)))
        }
        word => unknown_reason("Type", word),
    }
}

/// Postmark's type stands unless the reply itself clearly says something else.
fn hard_bounce(details: &str) -> RowJudgement {
    match blame(None, details) {
        Blame::Other(class) if class.is_senders() => review(format!(
            "contradictory: a hard bounce by type, but {} ({})",
            phrase(class),
            class.code()
        )),
        Blame::Address(class) => bounce(format!("{}: {}", class.code(), phrase(class))),
        Blame::Other(_)
        | Blame::Perhaps(_)
        | Blame::Temporary
        | Blame::Contradictory
        | Blame::Unknown => bounce("hard_bounce: a hard bounce by Postmark's word"),
    }
}

/// `SoftBounce` as `soft_bounce`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && was_lower {
            text.push('_');
        }
        was_lower = c.is_lowercase();
        text.extend(c.to_lowercase());
    }
    text
}
