//! The DNS tree walk of RFC 9989, section 4.10: whose DMARC record applies to a domain, and which
//! organization the domain belongs to.
//!
//! [`TreeWalk`] asks no DNS itself. It names the next query; the caller looks it up and hands the
//! answer back, until no query is left. A walk takes at most eight queries.
//!
//! ```
//! use warden_domain::authentication::tree_walk::{DnsAnswer, TreeWalk};
//!
//! let mut walk = TreeWalk::new("news.example.com");
//! while let Some(name) = walk.next_query() {
//!     let texts = match name.as_str() {
//!         "_dmarc.example.com" => vec!["v=DMARC1; p=reject; sp=none".to_owned()],
//!         _ => vec![],
//!     };
//!     walk.answer(DnsAnswer::Texts(texts));
//! }
//! let found = walk.outcome();
//! assert_eq!(found.organizational_domain, "example.com");
//! assert_eq!(found.policy.map(|policy| policy.domain), Some("example.com".to_owned()));
//! ```

use super::dmarc::{AlignmentMode, DmarcRecord, PolicyScope, PublicSuffix, Selection, select};

/// A walk asks at most this many names.
pub const MAX_QUERIES: usize = 8;

/// What DNS said of the TXT records of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsAnswer {
    /// The TXT texts, each with its strings joined. Empty for NXDOMAIN and for no TXT record.
    Texts(Vec<String>),
    /// SERVFAIL, a time-out or another failure: nothing is known of the name.
    Failed,
}

/// What one step of the walk saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeWalkStep {
    /// The domain, without `_dmarc.`.
    pub domain: String,
    /// What stood there; `None` when the look-up failed.
    pub found: Option<Selection>,
}

/// A tree walk under way.
#[derive(Debug, Clone)]
pub struct TreeWalk {
    start: String,
    next: Option<String>,
    steps: Vec<TreeWalkStep>,
}

/// The record that applies to a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedPolicy {
    /// The domain that the record was found at, without `_dmarc.`.
    pub domain: String,
    /// The record.
    pub record: DmarcRecord,
}

/// What a walk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkOutcome {
    /// The organizational domain; the start itself where no record was found.
    pub organizational_domain: String,
    /// The record that applies to mail from the start: its own, else that of the organizational
    /// domain, else that of the public suffix.
    pub policy: Option<AppliedPolicy>,
    /// Every name asked, in order, with what it held.
    pub steps: Vec<TreeWalkStep>,
    /// Whether a look-up failed or the walk was cut short, so that the rest may be wrong.
    pub is_uncertain: bool,
}

impl TreeWalk {
    /// Begins at `domain`, which should be normalized ([`crate::address::normalize_domain`]).
    pub fn new(domain: &str) -> Self {
        let start = domain.trim_matches('.').to_ascii_lowercase();
        let next = (!start.is_empty()).then(|| start.clone());
        Self { start, next, steps: Vec::new() }
    }

    /// The next name whose TXT records are wanted (`_dmarc.…`); `None` when the walk is over.
    pub fn next_query(&self) -> Option<String> {
        self.next.as_ref().map(|domain| format!("_dmarc.{domain}"))
    }

    /// Takes the answer to [`Self::next_query`] and moves on. Without an open query it does
    /// nothing.
    pub fn answer(&mut self, answer: DnsAnswer) {
        let Some(domain) = self.next.take() else { return };
        let found = match answer {
            DnsAnswer::Texts(texts) => Some(select(&texts)),
            DnsAnswer::Failed => None,
        };
        let is_start = self.steps.is_empty();
        let is_end = match &found {
            Some(Selection::One(record)) => match record.public_suffix {
                PublicSuffix::No => true,
                // A public suffix that sends mail itself still has parents to ask.
                PublicSuffix::Yes => !is_start,
                PublicSuffix::Undeclared => false,
            },
            Some(Selection::Missing | Selection::Several(_)) | None => false,
        };
        if !is_end && self.steps.len() + 1 < MAX_QUERIES {
            self.next = parent(&domain);
        }
        self.steps.push(TreeWalkStep { domain, found });
    }

    /// What the walk found so far.
    pub fn outcome(self) -> WalkOutcome {
        let is_uncertain = self.next.is_some() || self.steps.iter().any(|s| s.found.is_none());
        let organizational_domain = self.organizational_domain();
        let policy = self.policy(&organizational_domain);
        WalkOutcome { organizational_domain, policy, steps: self.steps, is_uncertain }
    }

    fn records(&self) -> impl DoubleEndedIterator<Item = (&str, &DmarcRecord)> {
        self.steps.iter().filter_map(|step| match &step.found {
            Some(Selection::One(record)) => Some((step.domain.as_str(), record.as_ref())),
            Some(Selection::Missing | Selection::Several(_)) | None => None,
        })
    }

    /// RFC 9989, section 4.10.2. Only the last record can hold a `psd` tag that counts, because
    /// such a tag ends the walk.
    fn organizational_domain(&self) -> String {
        let Some((domain, record)) = self.records().next_back() else { return self.start.clone() };
        match record.public_suffix {
            PublicSuffix::Yes if domain != self.start => child(&self.start, domain),
            PublicSuffix::Yes | PublicSuffix::No | PublicSuffix::Undeclared => domain.to_owned(),
        }
    }

    /// RFC 9989, section 4.10.1.
    fn policy(&self, organizational_domain: &str) -> Option<AppliedPolicy> {
        let at = |wanted: &str| self.records().find(|(domain, _)| *domain == wanted);
        let suffix = || {
            self.records()
                .next_back()
                .filter(|(_, record)| record.public_suffix == PublicSuffix::Yes)
        };
        let (domain, record) =
            at(&self.start).or_else(|| at(organizational_domain)).or_else(suffix)?;
        Some(AppliedPolicy { domain: domain.to_owned(), record: record.clone() })
    }
}

impl AppliedPolicy {
    /// What `from_domain` is to this record. Whether a subdomain exists is the caller's to know.
    pub fn scope(&self, from_domain: &str, exists: bool) -> PolicyScope {
        if self.domain.eq_ignore_ascii_case(from_domain.trim_end_matches('.')) {
            PolicyScope::Domain
        } else if exists {
            PolicyScope::Subdomain
        } else {
            PolicyScope::NonexistentSubdomain
        }
    }
}

/// Whether two domains align: equal names, or in relaxed mode equal organizational domains, each
/// taken from a walk of its own.
pub fn aligns(from: &WalkedDomain<'_>, other: &WalkedDomain<'_>, mode: AlignmentMode) -> bool {
    from.domain.eq_ignore_ascii_case(other.domain)
        || (mode == AlignmentMode::Relaxed
            && from.organizational_domain.eq_ignore_ascii_case(other.organizational_domain))
}

/// A domain and the organizational domain that its walk found.
#[derive(Debug, Clone, Copy)]
pub struct WalkedDomain<'a> {
    /// The domain itself.
    pub domain: &'a str,
    /// [`WalkOutcome::organizational_domain`] of a walk that began there.
    pub organizational_domain: &'a str,
}

/// The name to ask after `domain`: one label less, and at most seven labels after the first.
fn parent(domain: &str) -> Option<String> {
    let (_, mut rest) = domain.split_once('.')?;
    while rest.bytes().filter(|b| *b == b'.').count() + 1 >= MAX_QUERIES {
        (_, rest) = rest.split_once('.')?;
    }
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// The name one label below `above` on the way to `below`.
fn child(below: &str, above: &str) -> String {
    let prefix = below.strip_suffix(above).and_then(|prefix| prefix.strip_suffix('.'));
    match prefix.map(|prefix| prefix.rsplit('.').next().unwrap_or(prefix)) {
        Some(label) if !label.is_empty() => format!("{label}.{above}"),
        _ => below.to_owned(),
    }
}

#[cfg(test)]
mod tests;
