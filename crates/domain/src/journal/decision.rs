//! What was decided about one recipient, as an item.

use sha2::{Digest, Sha256};

use super::id::hex;
use super::{AddressId, EXPIRES_AT, Item, ItemKey};
use crate::bounce::{ReaderVerdict, normalized};
use crate::event::{BounceSubType, BounceType, BouncedRecipient, Detail, SesEvent};
use crate::redact::redact;
use crate::suppression::{Judgement, StrikeKind, SuppressionVerdict};
use crate::time::iso_millis;

/// The version of the fields of [`DecisionRecord`]. A reader takes what it knows of a later one.
pub const SCHEMA_VERSION: i64 = 1;

/// Longest text, in characters: an item of more than 1 KiB costs twice.
const MOST_TEXT: usize = 300;
/// Longest id or name that stands in an item as it came, in bytes.
const MOST_ID: usize = 100;

/// The event that was decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A bounce.
    Bounce,
    /// A complaint.
    Complaint,
}

impl EventKind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Bounce, Self::Complaint].into_iter().find(|kind| kind.code() == code)
    }
}

/// What suppress decided about one recipient of one event.
///
/// Its texts are free of addresses: ids of another form than SES's stand as a hash, the diagnostic
/// text is redacted, and of the recipient there is the id alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// Whom it is about.
    pub address: AddressId,
    /// Bounce or complaint.
    pub kind: EventKind,
    /// When it happened, in seconds since 1970; `None` where the event has no time.
    pub at_seconds: Option<i64>,
    /// Whether the address was to go on the list.
    pub suppresses: bool,
    /// `BOUNCE` or `COMPLAINT` of what goes on the list; else the code of why not.
    pub reason: String,
    /// What it counts as when the address bounces again.
    pub strike: Option<StrikeKind>,
    /// The type of a bounce; empty for a complaint.
    pub bounce_type: String,
    /// The sub-type of a bounce; empty for a complaint.
    pub sub_type: String,
    /// The code of the bounce class; empty for a complaint.
    pub class: String,
    /// The rule that found the class.
    pub rule: String,
    /// `rules` or `model`; empty where the text decided nothing.
    pub reader: String,
    /// The second reader's opinion, where it was asked.
    pub opinion: String,
    /// The status code as it came.
    pub status: String,
    /// The redacted diagnostic text.
    pub text: String,
    /// Hash of the words of the diagnostic text: the same for recipients that were refused alike.
    pub text_id: String,
    /// The sender's domain.
    pub domain: String,
    /// The configuration set of the mail.
    pub configuration_set: String,
    /// The tenant of the mail.
    pub tenant: String,
    /// SES's id of the mail.
    pub message_id: String,
    /// SES's id of the report.
    pub feedback_id: String,
}

impl DecisionRecord {
    /// The record of one judgement of an event; `None` for an event that is neither bounce nor
    /// complaint. `address` is the id of the judgement's address.
    pub fn of(event: &SesEvent, judgement: &Judgement, address: AddressId) -> Option<Self> {
        let (kind, bounce) = match &event.detail {
            Detail::Bounce(bounce) => (EventKind::Bounce, Some(bounce)),
            Detail::Complaint(_) => (EventKind::Complaint, None),
            Detail::Send
            | Detail::Delivery(_)
            | Detail::Reject
            | Detail::Open
            | Detail::Click(_)
            | Detail::RenderingFailure
            | Detail::DeliveryDelay(_)
            | Detail::Subscription
            | Detail::Unknown(_) => return None,
        };
        let (suppresses, reason) = match judgement.verdict {
            SuppressionVerdict::Suppress(reason) => (true, reason.code()),
            SuppressionVerdict::Spare(reason) => (false, reason.code()),
        };
        let recipient = bounce.and_then(|bounce| {
            bounce.recipients.iter().find(|one| one.address.parse().ok() == judgement.address)
        });
        let finding = judgement.finding;
        let said = recipient.and_then(|one| one.diagnostic.as_deref()).unwrap_or_default();
        let id = |text: Option<&str>| safe(text.unwrap_or_default());
        Some(Self {
            address,
            kind,
            at_seconds: event.at_seconds,
            suppresses,
            reason: reason.to_owned(),
            strike: judgement.strike,
            bounce_type: bounce.map(|b| type_word(&b.bounce_type)).unwrap_or_default(),
            sub_type: bounce.map(|b| sub_type_word(&b.sub_type)).unwrap_or_default(),
            class: finding.map(|f| f.class.code().to_owned()).unwrap_or_default(),
            rule: finding.map(|f| f.rule.to_owned()).unwrap_or_default(),
            reader: finding.and_then(|f| f.reader()).unwrap_or_default().to_owned(),
            opinion: finding.and_then(|f| f.second).map(|s| opinion(s.verdict)).unwrap_or_default(),
            status: id(recipient.and_then(|one| one.status.as_deref())),
            text: redact(said).chars().take(MOST_TEXT).collect(),
            text_id: recipient.map(text_id).unwrap_or_default(),
            domain: event.mail.domain().unwrap_or_default(),
            configuration_set: id(event.mail.configuration_set.as_deref()),
            tenant: id(event.mail.tenant.as_deref()),
            message_id: id(event.mail.message_id.as_deref()),
            feedback_id: id(event.detail.feedback_id()),
        })
    }

    /// The key: the same for both formats that SES reports an event in, and for each time that
    /// one arrives.
    pub fn key(&self) -> ItemKey {
        let id = [&self.feedback_id, &self.message_id].into_iter().find(|id| !id.is_empty());
        let id = id.map_or("none", String::as_str);
        let time = sort_time(self.at_seconds);
        ItemKey::new(self.address.partition(), format!("{time}#{id}#{}", self.kind.code()))
    }

    /// The item, which DynamoDB removes some time after `expires_at`, in seconds since 1970.
    pub fn item(&self, expires_at: i64) -> Item {
        let mut item = Item::new(self.key())
            .with_number("v", SCHEMA_VERSION)
            .with_number(EXPIRES_AT, expires_at)
            .with_text("event", self.kind.code())
            .with_text("verdict", if self.suppresses { "suppress" } else { "keep" })
            .with_text("reason", &self.reason)
            .with_text("strike", self.strike.map(StrikeKind::code).unwrap_or_default())
            .with_text("bounce_type", &self.bounce_type)
            .with_text("bounce_sub_type", &self.sub_type)
            .with_text("class", &self.class)
            .with_text("rule", &self.rule)
            .with_text("reader", &self.reader)
            .with_text("opinion", &self.opinion)
            .with_text("status", &self.status)
            .with_text("text", &self.text)
            .with_text("text_id", &self.text_id)
            .with_text("domain", &self.domain)
            .with_text("configuration_set", &self.configuration_set)
            .with_text("tenant", &self.tenant)
            .with_text("message_id", &self.message_id)
            .with_text("feedback_id", &self.feedback_id);
        if let Some(at) = self.at_seconds {
            item = item.with_number("at", at);
        }
        item
    }

    /// Reads an item back; `None` for one of another kind.
    pub fn from_item(address: &AddressId, item: &Item) -> Option<Self> {
        let text = |name: &str| item.text(name).unwrap_or_default().to_owned();
        Some(Self {
            address: address.clone(),
            kind: EventKind::from_code(item.text("event")?)?,
            at_seconds: item.number("at"),
            suppresses: item.text("verdict")? == "suppress",
            reason: text("reason"),
            strike: item.text("strike").and_then(StrikeKind::from_code),
            bounce_type: text("bounce_type"),
            sub_type: text("bounce_sub_type"),
            class: text("class"),
            rule: text("rule"),
            reader: text("reader"),
            opinion: text("opinion"),
            status: text("status"),
            text: text("text"),
            text_id: text("text_id"),
            domain: text("domain"),
            configuration_set: text("configuration_set"),
            tenant: text("tenant"),
            message_id: text("message_id"),
            feedback_id: text("feedback_id"),
        })
    }
}

/// The beginning of a sort key: times compare as texts. `unknown` where there is none.
pub(super) fn sort_time(at_seconds: Option<i64>) -> String {
    let text = at_seconds.map(|at| iso_millis(at.saturating_mul(1000))).unwrap_or_default();
    if text.is_empty() { "unknown".to_owned() } else { text }
}

fn text_id(recipient: &BouncedRecipient) -> String {
    let said = redact(recipient.diagnostic.as_deref().unwrap_or_default());
    let said = normalized(&said);
    // Words with digits are queue ids, host names and addresses of machines.
    let words = said.split_whitespace().filter(|word| !word.bytes().any(|b| b.is_ascii_digit()));
    let words: Vec<&str> = words.collect();
    let status = recipient.status.as_deref().unwrap_or_default().trim();
    let hash = Sha256::digest(format!("{status}\n{}", words.join(" ")));
    hex(hash.iter().take(8))
}

fn type_word(kind: &BounceType) -> String {
    match kind {
        BounceType::Permanent => "Permanent".to_owned(),
        BounceType::Transient => "Transient".to_owned(),
        BounceType::Undetermined => "Undetermined".to_owned(),
        BounceType::Unknown(word) => safe(word),
    }
}

fn sub_type_word(sub_type: &BounceSubType) -> String {
    if let BounceSubType::Unknown(word) = sub_type {
        return safe(word);
    }
    // The variants are called as SES calls them.
    format!("{sub_type:?}")
}

fn opinion(verdict: ReaderVerdict) -> String {
    match verdict {
        ReaderVerdict::Recipient => "recipient",
        ReaderVerdict::NotRecipient => "not_recipient",
        ReaderVerdict::Unsure => "unsure",
    }
    .to_owned()
}

/// An id or a name as it came where it has the form of one; else a hash of it. Whoever may write
/// to the queue may write an address into any field.
fn safe(text: &str) -> String {
    let text = text.trim();
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if text.len() <= MOST_ID && text.bytes().all(allowed) {
        return text.to_owned();
    }
    format!("hash-{}", hex(Sha256::digest(text).iter().take(16)))
}
