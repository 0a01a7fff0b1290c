//! What was done to sending and to the suppression lists, by whom and why.

use serde::{Deserialize, Serialize};

use super::{Actor, AddressId, EXPIRES_AT, Item, ItemKey};
use crate::redact::{brief, redact};
use crate::time::iso_millis;

/// The partition of all entries.
pub const HISTORY: &str = "history";
/// The version of the fields of [`HistoryEntry`].
const SCHEMA_VERSION: i64 = 1;
/// How long an entry is kept, in seconds.
const KEPT_SECONDS: i64 = 400 * 86_400;
/// Longest reason, in characters.
const MOST_REASON: usize = 300;
/// Longest id, in characters: a sort key has room for 1,024 bytes.
const MOST_ID: usize = 400;
/// Fractions are stored in millionths.
const MILLION: f64 = 1_000_000.0;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HistoryEvent {
    /// The actor switched sending off.
    Pause,
    /// The actor switched sending on.
    Resume,
    /// Sending was found switched off, by the actor as far as that is known.
    FoundPaused,
    /// Sending was found switched on after a pause, by the actor as far as that is known.
    FoundResumed,
    /// An address was taken off a suppression list because the sender was to blame.
    Rescue,
    /// An address was taken off a suppression list for another reason.
    Removal,
    /// An address was put on a suppression list by hand.
    Addition,
    /// Something else that belongs to the history, in the words of the reason.
    Note,
}

impl HistoryEvent {
    const ALL: [Self; 8] = [
        Self::Pause,
        Self::Resume,
        Self::FoundPaused,
        Self::FoundResumed,
        Self::Rescue,
        Self::Removal,
        Self::Addition,
        Self::Note,
    ];

    /// Whether its target sends from then on; `None` of an event that is about no switch.
    pub fn sends(self) -> Option<bool> {
        match self {
            Self::Resume | Self::FoundResumed => Some(true),
            Self::Pause | Self::FoundPaused => Some(false),
            Self::Rescue | Self::Removal | Self::Addition | Self::Note => None,
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::FoundPaused => "found_paused",
            Self::FoundResumed => "found_resumed",
            Self::Rescue => "rescue",
            Self::Removal => "removal",
            Self::Addition => "addition",
            Self::Note => "note",
        }
    }
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryTarget {
    /// The account in this Region.
    Account,
    /// The configuration set of that name.
    ConfigurationSet(String),
    /// The tenant of that ARN.
    Tenant(String),
    /// The address of that id.
    Address(AddressId),
}

impl HistoryTarget {
    /// The stable code of the kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::ConfigurationSet(_) => "configuration_set",
            Self::Tenant(_) => "tenant",
            Self::Address(_) => "address",
        }
    }

    /// The name, ARN or id; empty for the account.
    pub fn name(&self) -> &str {
        match self {
            Self::Account => "",
            Self::ConfigurationSet(name) | Self::Tenant(name) => name,
            Self::Address(id) => id.as_str(),
        }
    }

    fn of(code: &str, name: &str) -> Option<Self> {
        match code {
            "account" => Some(Self::Account),
            "configuration_set" => Some(Self::ConfigurationSet(name.to_owned())),
            "tenant" => Some(Self::Tenant(name.to_owned())),
            "address" => AddressId::from_digits(name).map(Self::Address),
            _ => None,
        }
    }
}

/// The counts that justified it, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryNumbers {
    /// Mails in the window that decided.
    pub sends: Option<u64>,
    /// Hard bounces among them.
    pub bounces: Option<u64>,
    /// Complaints among them.
    pub complaints: Option<u64>,
    /// Lower bound of the rate, as a fraction with six decimals.
    pub bound: Option<f64>,
    /// What the bound or AWS's rate exceeded, as a fraction with six decimals.
    pub threshold: Option<f64>,
}

/// One entry of the history.
///
/// Its texts are free of addresses: [`HistoryEntry::item`] redacts the reason, the identity and the
/// name, which a person may have called as an address.
///
/// # Examples
/// ```
/// use warden_domain::journal::{
///     Actor, HistoryEntry, HistoryEvent, HistoryNumbers, HistoryTarget,
/// };
///
/// let entry = HistoryEntry {
///     at_millis: 1_790_000_000_000,
///     id: "one-id-for-each-attempt-to-write-it".to_owned(),
///     event: HistoryEvent::Pause,
///     target: HistoryTarget::ConfigurationSet("marketing".to_owned()),
///     actor: Actor::Guard,
///     reason: "bounce rate".to_owned(),
///     numbers: HistoryNumbers { sends: Some(210), bounces: Some(35), ..Default::default() },
///     incident: String::new(),
/// };
/// assert_eq!(HistoryEntry::from_item(&entry.item()), Some(entry));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// When it happened or was found, in milliseconds since 1970.
    pub at_millis: i64,
    /// What distinguishes it from other entries of the same millisecond. An entry that is written again
    /// with the same time and id is the same entry. At most 400 letters, digits and `-_./@:`; others are left out.
    pub id: String,
    /// What happened.
    pub event: HistoryEvent,
    /// What it was done to.
    pub target: HistoryTarget,
    /// Who did it.
    pub actor: Actor,
    /// Why, in one sentence for people.
    pub reason: String,
    /// The counts behind it.
    pub numbers: HistoryNumbers,
    /// The id of guard's incident; empty where it belongs to none.
    pub incident: String,
}

impl HistoryEntry {
    /// The key. Entries are in the order of time.
    pub fn key(&self) -> ItemKey {
        ItemKey::new(HISTORY, format!("{}#{}", iso_millis(self.at_millis), plain_id(&self.id)))
    }

    /// The sort key from which on the entries of `at_millis` and later are found.
    pub fn from_time(at_millis: i64) -> String {
        iso_millis(at_millis)
    }

    /// The item, for a put that is conditional on a new key. DynamoDB removes it 400 days after
    /// what it describes.
    pub fn item(&self) -> Item {
        let reason: String = redact(&self.reason).chars().take(MOST_REASON).collect();
        let mut item = Item::new(self.key())
            .with_number("v", SCHEMA_VERSION)
            .with_number(EXPIRES_AT, self.at_millis.div_euclid(1000).saturating_add(KEPT_SECONDS))
            .with_number("at", self.at_millis)
            .with_text("event", self.event.code())
            .with_text("target_kind", self.target.code())
            .with_text("target", self.target.name())
            .with_text("actor", self.actor.code())
            .with_text("identity", &redact(self.actor.identity()))
            .with_text("name", &brief(self.actor.name()))
            .with_text("reason", &reason)
            .with_text("incident", &self.incident);
        let HistoryNumbers { sends, bounces, complaints, bound, threshold } = self.numbers;
        for (name, count) in [("sends", sends), ("bounces", bounces), ("complaints", complaints)] {
            if let Some(count) = count.and_then(|count| i64::try_from(count).ok()) {
                item = item.with_number(name, count);
            }
        }
        for (name, fraction) in [("bound_ppm", bound), ("threshold_ppm", threshold)] {
            if let Some(millionths) = fraction.and_then(millionths) {
                item = item.with_number(name, millionths);
            }
        }
        item
    }

    /// Reads an item back; `None` for one of another kind, or of an event or target that this
    /// version does not know.
    pub fn from_item(item: &Item) -> Option<Self> {
        if item.key.partition != HISTORY {
            return None;
        }
        let text = |name: &str| item.text(name).unwrap_or_default();
        let count = |name: &str| item.number(name).and_then(|count| u64::try_from(count).ok());
        let fraction = |name: &str| {
            let millionths = i32::try_from(item.number(name)?).ok()?;
            Some(f64::from(millionths) / MILLION)
        };
        Some(Self {
            at_millis: item.number("at")?,
            id: item.key.sort.split_once('#')?.1.to_owned(),
            event: HistoryEvent::ALL.into_iter().find(|event| event.code() == text("event"))?,
            target: HistoryTarget::of(text("target_kind"), text("target"))?,
            actor: Actor::of(text("actor"), text("identity"), text("name")),
            reason: text("reason").to_owned(),
            numbers: HistoryNumbers {
                sends: count("sends"),
                bounces: count("bounces"),
                complaints: count("complaints"),
                bound: fraction("bound_ppm"),
                threshold: fraction("threshold_ppm"),
            },
            incident: text("incident").to_owned(),
        })
    }
}

/// The last entry about a target that says whether it sends, of entries that begin with the newest.
pub fn last_switch<'a>(
    entries: &'a [HistoryEntry],
    target: &HistoryTarget,
) -> Option<&'a HistoryEntry> {
    entries.iter().find(|entry| entry.event.sends().is_some() && entry.target == *target)
}

fn plain_id(id: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "-_./@:".contains(*c);
    id.chars().filter(allowed).take(MOST_ID).collect()
}

/// `None` for a number that is no fraction.
fn millionths(fraction: f64) -> Option<i64> {
    let is_fraction = (0.0..=1.0).contains(&fraction);
    // Bounded by the line above.
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and a million")]
    is_fraction.then(|| (fraction * MILLION).round() as i64)
}

#[cfg(test)]
mod tests;
