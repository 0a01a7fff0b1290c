//! Decides which addresses may be removed from SES's suppression list, because SES listed them for
//! a bounce that the sender caused.
//!
//! If BOUNCE is among the account's suppressed reasons, SES lists every hard bounce by itself.
//! [`RescueRecord`] records such a bounce, [`proof`] checks whether an entry of the list comes from
//! that same bounce, and [`triage`] sorts records into those to check now, those that wait and
//! those that are dropped.
//!
//! ```
//! use warden_domain::rescue::{ListEntry, Proof, RescueRecord, proof};
//! use warden_domain::suppression::SuppressionReason;
//!
//! let line = r#"{"address":"jane@example.com","fault":"content","rule":"r","messageId":"m-1","at":5000}"#;
//! let record: RescueRecord = serde_json::from_str(line).unwrap();
//! let entry =
//!     ListEntry {
//!     reason: SuppressionReason::Bounce,
//!     updated_ms: 6000,
//!     message_id: Some("m-1".to_owned()),
//!     feedback_id: None,
//! };
//! assert_eq!(proof(&record, Some(&entry)), Proof::Proven);
//! let entry = ListEntry { reason: SuppressionReason::Complaint, ..entry };
//! assert_eq!(proof(&record, Some(&entry)), Proof::Complaint);
//! ```

mod conditions;

pub use conditions::{
    DropReason, OtherDecisions, RescueConditions, RescueStep, WaitReason, triage,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::address::EmailAddress;
use crate::event::SesEvent;
use crate::suppression::{Decision, SuppressionReason};

/// How long after an event arrived SES may have listed its address.
const LISTED_WITHIN_MS: i64 = 10 * 60 * 1000;
/// SES returns the times of entries in seconds.
const SECOND_MS: i64 = 1000;

/// A bounce that the sender caused. It is stored in the bucket as a line of JSON, where addresses
/// may be in clear text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RescueRecord {
    /// The address that bounced.
    #[serde(serialize_with = "expose", deserialize_with = "parse")]
    pub address: EmailAddress,
    /// The bounce class, by its code.
    pub fault: String,
    /// The rule that matched.
    #[serde(default)]
    pub rule: String,
    /// The sender's domain.
    #[serde(default)]
    pub domain: Option<String>,
    /// The configuration set of the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration_set: Option<String>,
    /// The tenant of the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// SES's id of the mail.
    #[serde(default)]
    pub message_id: Option<String>,
    /// SES's id of the bounce.
    #[serde(default)]
    pub feedback_id: Option<String>,
    /// When the mail was sent, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<i64>,
    /// When the event arrived, in milliseconds since 1970.
    pub at: i64,
    /// When the address was removed from the list, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<i64>,
}

fn expose<S: Serializer>(address: &EmailAddress, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(address.expose())
}

fn parse<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EmailAddress, D::Error> {
    let text = String::deserialize(deserializer)?;
    // The error must not contain the text.
    EmailAddress::parse(&text).map_err(|_| serde::de::Error::custom("not an address"))
}

impl RescueRecord {
    /// Returns the records of one event that arrived `at`; empty if it has no rescue candidate.
    pub fn of(event: &SesEvent, decision: &Decision, at: i64) -> Vec<Self> {
        let candidates = decision.judgements.iter().filter(|j| j.is_rescue_candidate());
        let one = |judgement: &crate::suppression::Judgement| {
            let (address, finding) = (judgement.address.clone()?, judgement.finding.as_ref()?);
            Some(Self {
                address,
                fault: finding.class.code().to_owned(),
                rule: finding.rule.to_owned(),
                domain: event.mail.domain(),
                configuration_set: event.mail.configuration_set.clone(),
                tenant: event.mail.tenant.clone(),
                message_id: event.mail.message_id.clone(),
                feedback_id: event.detail.feedback_id().map(str::to_owned),
                sent_at: event.mail.sent_ms,
                at,
                removed_at: None,
            })
        };
        candidates.filter_map(one).collect()
    }

    /// Returns the line of JSON, with its line break.
    pub fn line(&self) -> String {
        // A struct of texts and numbers: serialising it cannot fail.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    /// Whether SES listed `updated_ms` for this bounce, by the time alone: after the mail
    /// was sent and within ten minutes of the event's arrival.
    pub fn is_listed_in_time(&self, updated_ms: i64) -> bool {
        let Some(sent_at) = self.sent_at else { return false };
        (sent_at - SECOND_MS..=self.at.saturating_add(LISTED_WITHIN_MS)).contains(&updated_ms)
    }
}

/// An entry of the suppression list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// Why the address is listed.
    pub reason: SuppressionReason,
    /// When it was listed, in milliseconds since 1970.
    pub updated_ms: i64,
    /// The mail for which SES listed it; `None` if somebody else did.
    pub message_id: Option<String>,
    /// The list's own id of the entry; `None` if somebody else put it there.
    pub feedback_id: Option<String>,
}

/// Whether an entry of the list comes from the bounce of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It does: the entry may be removed.
    Proven,
    /// The address is not on the list.
    NotListed,
    /// It is listed for a complaint.
    Complaint,
    /// It was listed for another mail, or by somebody else.
    OtherMail,
    /// It was listed before the mail was sent.
    Older,
}

impl Proof {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::NotListed => "not_listed",
            Self::Complaint => "complaint",
            Self::OtherMail => "other_mail",
            Self::Older => "older",
        }
    }
}

/// Checks whether `entry` comes from the bounce of `record`: its reason is BOUNCE, it names the
/// same mail, and it is not older than that mail.
pub fn proof(record: &RescueRecord, entry: Option<&ListEntry>) -> Proof {
    let Some(entry) = entry else { return Proof::NotListed };
    let is_older =
        record.sent_at.is_some_and(|sent_at| entry.updated_ms < sent_at.saturating_sub(SECOND_MS));
    match entry.reason {
        SuppressionReason::Complaint => Proof::Complaint,
        SuppressionReason::Bounce if entry.message_id.is_none() => Proof::OtherMail,
        SuppressionReason::Bounce if entry.message_id != record.message_id => Proof::OtherMail,
        SuppressionReason::Bounce if is_older => Proof::Older,
        SuppressionReason::Bounce => Proof::Proven,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn record(address: &str, message: &str, at: i64) -> RescueRecord {
        RescueRecord {
            address: EmailAddress::parse(address).unwrap(),
            fault: "content".into(),
            rule: "r".into(),
            domain: Some("example.com".into()),
            configuration_set: None,
            tenant: None,
            message_id: Some(message.into()),
            feedback_id: None,
            sent_at: Some(at - 5_000),
            at,
            removed_at: None,
        }
    }

    #[test]
    fn an_entry_is_proven_by_reason_mail_and_time() {
        let record = record("jane@example.net", "m-1", 100_000);
        let entry = |reason, updated_ms, message: Option<&str>| {
            let message_id = message.map(str::to_owned);
            Some(ListEntry { reason, updated_ms, message_id, feedback_id: None })
        };
        for (entry, expected) in [
            (None, Proof::NotListed),
            (entry(SuppressionReason::Bounce, 96_000, Some("m-1")), Proof::Proven),
            (entry(SuppressionReason::Bounce, 94_000, Some("m-1")), Proof::Proven),
            (entry(SuppressionReason::Bounce, 9_000_000, Some("m-1")), Proof::Proven),
            (entry(SuppressionReason::Bounce, 93_000, Some("m-1")), Proof::Older),
            (entry(SuppressionReason::Bounce, 96_000, Some("m-2")), Proof::OtherMail),
            (entry(SuppressionReason::Bounce, 96_000, None), Proof::OtherMail),
            (entry(SuppressionReason::Complaint, 96_000, Some("m-1")), Proof::Complaint),
        ] {
            assert_eq!(proof(&record, entry.as_ref()), expected, "{entry:?}");
        }
        let without_id = RescueRecord { message_id: None, ..record };
        let entry = entry(SuppressionReason::Bounce, 96_000, None);
        assert_eq!(proof(&without_id, entry.as_ref()), Proof::OtherMail);
    }

    #[test]
    fn a_listing_proves_by_time() {
        let record = record("jane@example.net", "m-1", 1_000_000);
        for (updated, expected) in
            [(993_999, false), (994_000, true), (1_600_000, true), (1_600_001, false)]
        {
            assert_eq!(record.is_listed_in_time(updated), expected, "{updated}");
        }
        assert!(!RescueRecord { sent_at: None, ..record }.is_listed_in_time(1_000_000));
    }

    #[test]
    fn a_line_is_read_as_it_was_written_and_prints_no_address() {
        let record = record("jane@example.net", "m-1", 1_000_000);
        let read: RescueRecord = serde_json::from_str(&record.line()).unwrap();
        assert_eq!(read, record);
        assert!(!format!("{record:?}").contains("jane@"));
        let old = r#"{"address":"a@example.net","fault":"content","rule":"r","domain":null,"messageId":"m","feedbackId":null,"at":5}"#;
        assert_eq!(serde_json::from_str::<RescueRecord>(old).unwrap().at, 5);
        let error = serde_json::from_str::<RescueRecord>(&old.replace("a@example.net", "secret"));
        assert!(!error.unwrap_err().to_string().contains("secret"));
    }
}
