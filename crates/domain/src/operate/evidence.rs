//! What events say about who sent: callers, source addresses, From domains, recipients' domains and
//! subjects, with counts of mails and when each was first seen.
//!
//! # Examples
//! ```
//! use warden_domain::envelope::{Reading, open};
//! use warden_domain::operate::evidence::Evidence;
//!
//! let payload = r#"{"eventType":"Send","mail":{"messageId":"m-1","timestamp":"2026-10-06T07:15:00Z",
//!     "destination":["ann@example.net"],"tags":{"ses:source-ip":["198.51.100.7"],
//!     "ses:caller-identity":["app-mailer"],"ses:from-domain":["example.com"]}},"send":{}}"#;
//! let mut evidence = Evidence::default();
//! for record in open(payload.as_bytes()) {
//!     if let Reading::Event(event) = record.reading {
//!         evidence.add(&event);
//!     }
//! }
//! assert_eq!(evidence.rows(None)[0].name, "app-mailer");
//! ```

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

use serde::Serialize;

use crate::event::SesEvent;
use crate::redact::brief;
use crate::time::iso_millis;

/// Names of one kind that are kept; a spammer may invent any number. Each kind has its own limit, so
/// that a flood of subjects leaves room for the callers.
const MOST_NAMES: usize = 10_000;

/// What a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The IAM identity that called SES.
    Caller,
    /// The address that mail was handed to SES from.
    SourceIp,
    /// The domain of the From header.
    FromDomain,
    /// The domain of a recipient.
    RecipientDomain,
    /// The Subject header without addresses, where the events hold it.
    Subject,
}

impl EvidenceKind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::SourceIp => "source_ip",
            Self::FromDomain => "from_domain",
            Self::RecipientDomain => "recipient_domain",
            Self::Subject => "subject",
        }
    }
}

/// Mails of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Seen {
    mails: u64,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
}

/// One name, for output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceRow {
    /// What the name is.
    pub kind: EvidenceKind,
    /// The name.
    pub name: String,
    /// Mails that it had part in.
    pub mails: u64,
    /// When the first of them was sent; null where no event says it.
    pub first_seen: Option<String>,
    /// When the last of them was sent.
    pub last_seen: Option<String>,
    /// Its first mail came within the time that was asked about; null where none was, or the events
    /// do not reach back behind it.
    pub is_new: Option<bool>,
}

/// What a set of events says. Each mail counts once, however many events tell of it.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    seen: BTreeMap<EvidenceKind, BTreeMap<String, Seen>>,
    /// Kinds with more names than are kept.
    beyond: BTreeSet<EvidenceKind>,
    /// Hashes of the mails' ids: of a million mails the ids would take a hundred megabytes.
    mails: HashSet<u64>,
    hasher: RandomState,
    first_ms: Option<i64>,
    events: u64,
}

impl Evidence {
    /// Adds an event.
    pub fn add(&mut self, event: &SesEvent) {
        let mail = &event.mail;
        self.events += 1;
        let sent = mail.sent_ms;
        self.first_ms = earliest(self.first_ms, sent);
        // Without an id, each event stands for a mail of its own.
        let id = mail.message_id.as_ref().map(|id| self.hasher.hash_one(id));
        let is_new = id.is_none_or(|id| self.mails.insert(id));
        let recipients = mail.destination.iter().filter_map(|raw| {
            let address = raw.parse().ok().filter(|address| !address.is_simulator())?;
            Some((EvidenceKind::RecipientDomain, address.domain().to_owned()))
        });
        let mut names: Vec<(EvidenceKind, String)> = recipients.collect();
        let text = |kind, text: &Option<String>| Some((kind, brief(text.as_deref()?)));
        names.extend(text(EvidenceKind::Caller, &mail.caller_identity));
        names.extend(text(EvidenceKind::SourceIp, &mail.source_ip));
        names.extend(text(EvidenceKind::Subject, &mail.common_headers.subject()));
        names.extend(mail.domain().map(|domain| (EvidenceKind::FromDomain, domain)));
        names.sort();
        names.dedup();
        for (kind, name) in names {
            let of_kind = self.seen.entry(kind).or_default();
            if of_kind.len() >= MOST_NAMES && !of_kind.contains_key(&name) {
                self.beyond.insert(kind);
                continue;
            }
            let seen = of_kind.entry(name).or_default();
            // A name that only a later event about a mail holds has had part in that mail.
            seen.mails += u64::from(is_new || seen.mails == 0);
            seen.first_ms = earliest(seen.first_ms, sent);
            seen.last_ms = seen.last_ms.max(sent);
        }
    }

    /// How many events were added.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many mails they are about, as far as they name them.
    pub fn mails(&self) -> usize {
        self.mails.len()
    }

    /// The kinds that have more names than are kept, and how many are.
    pub fn beyond(&self) -> impl Iterator<Item = (EvidenceKind, usize)> {
        self.beyond.iter().map(|kind| (*kind, MOST_NAMES))
    }

    /// When the first of the mails was sent, in milliseconds since 1970.
    pub fn first_ms(&self) -> Option<i64> {
        self.first_ms
    }

    /// All names, kind by kind, most mails first. `since`, in milliseconds since 1970, is when the
    /// incident began: names whose first mail is not older are new, if there is older mail at all.
    pub fn rows(&self, since: Option<i64>) -> Vec<EvidenceRow> {
        let since = since.filter(|since| self.first_ms.is_some_and(|first| first < *since));
        let mut rows: Vec<EvidenceRow> = self
            .seen
            .iter()
            .flat_map(|(kind, names)| names.iter().map(move |(name, seen)| (kind, name, seen)))
            .map(|(kind, name, seen)| EvidenceRow {
                kind: *kind,
                name: name.clone(),
                mails: seen.mails,
                first_seen: seen.first_ms.map(iso_millis),
                last_seen: seen.last_ms.map(iso_millis),
                is_new: since.and_then(|since| Some(seen.first_ms? >= since)),
            })
            .collect();
        rows.sort_by(|a, b| (a.kind, b.mails, &a.name).cmp(&(b.kind, a.mails, &b.name)));
        rows
    }
}

fn earliest(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{Reading, open};
    use crate::event::CommonHeaders;

    fn event(id: &str, at: &str, caller: &str, ip: &str, to: &str) -> Box<SesEvent> {
        let payload = serde_json::json!({
            "eventType": "Send", "send": {},
            "mail": {
                "messageId": id, "timestamp": at, "source": "ann@example.com",
                "destination": [to],
                "tags": {"ses:caller-identity": [caller], "ses:source-ip": [ip]},
            },
        });
        let reading = open(payload.to_string().as_bytes()).remove(0).reading;
        let Reading::Event(event) = reading else { panic!("{reading:?}") };
        event
    }

    #[test]
    fn callers_and_addresses_come_with_counts_and_first_seen() {
        let mut evidence = Evidence::default();
        for (id, at, caller, ip, to) in [
            ("1", "2026-10-05T08:00:00Z", "app-mailer", "192.0.2.41", "ann@example.net"),
            ("2", "2026-10-06T03:00:00Z", "old-ci", "198.51.100.7", "bob@example.org"),
            ("3", "2026-10-06T03:01:00Z", "old-ci", "198.51.100.8", "cid@example.org"),
            ("3", "2026-10-06T03:01:00Z", "old-ci", "198.51.100.8", "cid@example.org"),
        ] {
            evidence.add(&event(id, at, caller, ip, to));
        }
        let since = crate::time::epoch_millis("2026-10-06T00:00:00Z");
        let rows = evidence.rows(since);
        let short: Vec<String> = rows
            .iter()
            .map(|r| format!("{} {} {} {:?}", r.kind.code(), r.name, r.mails, r.is_new))
            .collect();
        assert_eq!(
            short,
            [
                "caller old-ci 2 Some(true)",
                "caller app-mailer 1 Some(false)",
                "source_ip 192.0.2.41 1 Some(false)",
                "source_ip 198.51.100.7 1 Some(true)",
                "source_ip 198.51.100.8 1 Some(true)",
                "from_domain example.com 3 Some(false)",
                "recipient_domain example.org 2 Some(true)",
                "recipient_domain example.net 1 Some(false)",
            ]
        );
        assert_eq!(rows[0].first_seen.as_deref(), Some("2026-10-06T03:00:00.000Z"));
        assert_eq!((evidence.events(), evidence.mails()), (4, 3));
        // Events that do not reach back prove nothing about what is new.
        let since = crate::time::epoch_millis("2026-10-01T00:00:00Z");
        assert!(evidence.rows(since).iter().all(|row| row.is_new.is_none()));
    }

    fn headers(subject: &str) -> CommonHeaders {
        let mail = serde_json::json!({ "commonHeaders": { "from": ["x"], "subject": subject } });
        CommonHeaders::of_event(&serde_json::json!({ "mail": mail }).to_string())
    }

    #[test]
    fn subjects_come_without_addresses_where_events_hold_them() {
        let mut sent = event("1", "2026-10-05T08:00:00Z", "app", "192.0.2.41", "ann@example.net");
        let mut evidence = Evidence::default();
        evidence.add(&sent);
        let is_subject = |row: &EvidenceRow| row.kind == EvidenceKind::Subject;
        assert!(!evidence.rows(None).iter().any(is_subject));
        sent.mail.common_headers = headers("ann@example.net, your parcel");
        evidence.add(&sent);
        let rows = evidence.rows(None);
        let subject = rows.iter().find(|row| is_subject(row)).unwrap();
        // The second event is about the same mail, but the first that names the subject.
        assert_eq!((subject.name.as_str(), subject.mails), ("<address>, your parcel", 1));
    }

    #[test]
    fn a_flood_of_one_kind_leaves_room_for_the_others() {
        let mut sent = event("1", "2026-10-05T08:00:00Z", "app", "192.0.2.41", "ann@example.net");
        let mut evidence = Evidence::default();
        for number in 0..=MOST_NAMES {
            sent.mail.message_id = Some(number.to_string());
            sent.mail.common_headers = headers(&format!("parcel {number}"));
            evidence.add(&sent);
        }
        sent.mail.caller_identity = Some("old-ci".to_owned());
        evidence.add(&sent);
        let beyond: Vec<_> = evidence.beyond().collect();
        assert_eq!(beyond, [(EvidenceKind::Subject, MOST_NAMES)]);
        assert!(evidence.rows(None).iter().any(|row| row.name == "old-ci"));
        assert_eq!(evidence.mails(), MOST_NAMES + 1);
    }
}
