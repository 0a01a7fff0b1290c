//! The diagnosis of a sender domain: its SES identity and its DNS records, read together.
//!
//! [`diagnose`] is pure. What SES says comes in as [`SesFacts`], what DNS says as a [`Book`].
//! Questions that the book cannot answer yet are left in it: look them up and run the diagnosis
//! again until it leaves none. Only then is the diagnosis complete.
//!
//! ```
//! use warden_domain::authentication::domain_check::{SesFacts, diagnose};
//! use warden_domain::dns::{Book, Lookup, Question};
//!
//! let facts = SesFacts::not_read("eu-west-1", "AccessDenied");
//! let mut book = Book::default();
//! let diagnosis = loop {
//!     let diagnosis = diagnose("example.com", &facts, &book, None);
//!     let questions = book.take_questions();
//!     if questions.is_empty() {
//!         break diagnosis;
//!     }
//!     for question in questions {
//!         book.insert(question, Lookup::NoSuchName);
//!     }
//! };
//! assert!(diagnosis.findings.iter().any(|finding| finding.code == "dmarc-missing"));
//! ```

mod alignment;
mod bimi;
mod byodkim;
pub mod codes;
mod dkim;
mod dmarc;
mod easy_dkim;
mod facts;
mod identity;
mod logo;
mod mail_from;
mod mail_from_state;
mod policy;
mod reports;
mod spf;
mod spf_walk;
#[cfg(test)]
mod tests;
mod words;

pub use facts::{IdentityFacts, IdentityState, MailFrom, Recommendation, SesFacts};
pub use logo::{Logo, LogoFetch};

use std::collections::BTreeSet;

use crate::dns::{Book, Lookup};
use crate::finding::Finding;

/// What is known of a sender domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The cell of the policy table: `policy-<none-record|none|quarantine|reject>-<domain|address>`.
    pub policy: String,
    /// What was found, the most severe first.
    pub findings: Vec<Finding>,
    /// The URL of the BIMI logo, where a record names a valid one.
    pub logo_url: Option<String>,
}

/// Judges `domain`, which must be normalized ([`crate::address::normalize_domain`]).
///
/// `logo` is the BIMI logo where it was fetched. A look-up that failed gives no verdict: its name
/// is reported as `dns-servfail` and nothing else is said about it.
pub fn diagnose(
    domain: &str,
    facts: &SesFacts,
    book: &Book,
    logo: Option<&LogoFetch>,
) -> Diagnosis {
    let check = Check { domain, facts, book };
    let mut report = DomainReport::default();
    identity::check(&check, &mut report);
    let dkim = dkim::check(&check, &mut report);
    let dmarc = dmarc::check(&check, &mut report);
    let mail_from = mail_from::check(&check, &mut report);
    spf::check(&check, &mail_from, &mut report);
    alignment::check(&check, &dkim, &mail_from, &dmarc, &mut report);
    let logo_url = bimi::check(&check, &mail_from, &dmarc, logo, &mut report);
    let policy = policy::check(&check, &dkim, &dmarc, &mut report);
    Diagnosis { policy, findings: report.into_findings(), logo_url }
}

/// Most faults to report of one record; a hostile record may have thousands.
const MOST_FAULTS: usize = 8;
/// Characters of a text that a finding quotes. A TXT record may have 65,535.
const MOST_CHARACTERS: usize = 2_000;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((at, _)) => format!("{}\u{2026}", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What every check reads.
struct Check<'a> {
    domain: &'a str,
    facts: &'a SesFacts,
    book: &'a Book,
}

impl Check<'_> {
    fn region(&self) -> &str {
        &self.facts.region
    }
}

/// Findings as they come up.
#[derive(Default)]
struct DomainReport {
    findings: Vec<Finding>,
    failed_names: BTreeSet<String>,
}

impl DomainReport {
    fn add(&mut self, mut finding: Finding) {
        finding.found = finding.found.map(|found| shortened(&found));
        finding.text = shortened(&finding.text);
        self.findings.push(finding);
    }

    /// Takes the outcome of a look-up whose failure must be reported: `None` while it is open and
    /// after it failed.
    fn known<T>(&mut self, name: &str, lookup: Option<Lookup<T>>) -> Option<Lookup<T>> {
        let lookup = lookup?;
        if let Some(what) = lookup.failure() {
            self.failed(name, what);
            return None;
        }
        Some(lookup)
    }

    /// A look-up failed: said once a name.
    fn failed(&mut self, name: &str, what: &str) {
        if self.failed_names.insert(name.to_owned()) {
            self.add(Finding::warning("dns-servfail", name).text(format!(
                "DNS gave no answer for {name}: {what}. Nothing is said about this record; run the \
                 check again, and if it fails again, look at the name servers of the zone."
            )));
        }
    }

    fn has_error(&self, prefix: &str) -> bool {
        self.findings.iter().any(|finding| {
            finding.severity == crate::finding::FindingSeverity::Error
                && finding.code.starts_with(prefix)
        })
    }

    fn into_findings(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        self.findings
    }
}
