//! DMARC policy records (RFC 9989, section 4.7).
//!
//! [`DmarcRecord::parse`] reads one TXT text, [`select()`] picks the record among all TXT texts of
//! one name. A record never fails to parse once it begins with `v=DMARC1`: a bad tag falls back
//! to its default, and [`DmarcRecord::faults`] names it.
//!
//! ```
//! use warden_domain::authentication::dmarc::{DmarcRecord, DmarcPolicy};
//!
//! let record = DmarcRecord::parse("v=DMARC1; p=quarantine; pct=100; rua=mailto:d@example.com");
//! let record = record.expect("it begins with v=DMARC1");
//! assert_eq!(record.policy, Some(DmarcPolicy::Quarantine));
//! assert_eq!(record.removed_tags, [("pct".to_owned(), "100".to_owned())]);
//! assert!(DmarcRecord::parse("v=spf1 -all").is_none());
//! ```

mod report_uri;
mod select;

pub use report_uri::ReportUri;
use select::is_blank;
pub use select::{Selection, select, was_meant_as_record};
use std::fmt;

/// What the owner of a domain asks receivers to do with mail that fails DMARC.
///
/// The order is from weak to strong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DmarcPolicy {
    /// No preference: `none`.
    None,
    /// Treat it as suspicious: `quarantine`.
    Quarantine,
    /// Refuse it: `reject`.
    Reject,
}

impl DmarcPolicy {
    /// Reads `none`, `quarantine` or `reject`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Quarantine, Self::Reject]
            .into_iter()
            .find(|policy| policy.code().eq_ignore_ascii_case(text))
    }

    /// The word of the record: `none`, `quarantine` or `reject`.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }

    /// The policy one step weaker, as `t=y` asks for.
    pub fn weakened(self) -> Self {
        match self {
            Self::Reject => Self::Quarantine,
            Self::Quarantine | Self::None => Self::None,
        }
    }
}

impl fmt::Display for DmarcPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// How closely an authenticated domain must match the From domain (`adkim`, `aspf`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AlignmentMode {
    /// `r`: the same organizational domain is enough.
    #[default]
    Relaxed,
    /// `s`: the names must be equal.
    Strict,
}

/// What the `psd` tag says about the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PublicSuffix {
    /// `psd=y`: the domain is a public suffix; organizations begin one label below.
    Yes,
    /// `psd=n`: the domain is an organizational domain.
    No,
    /// `psd=u`, or no tag.
    #[default]
    Undeclared,
}

/// Something in a record that receivers ignore or replace by a default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagFault {
    /// A part between two semicolons that is not `tag=value`.
    NotATag(String),
    /// A tag whose value is none of those that RFC 9989 lists.
    InvalidValue {
        /// The tag, in lower case.
        tag: String,
        /// The value as published.
        value: String,
    },
    /// A tag that occurs a second time. The first one counts.
    Duplicate(String),
    /// A destination of `rua` or `ruf` that is not a URI, such as an address without `mailto:`.
    InvalidUri {
        /// `rua` or `ruf`.
        tag: String,
        /// The destination as published.
        value: String,
    },
}

/// A DMARC record: defaults filled in, faults listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DmarcRecord {
    /// `p`; `None` when the tag is missing or its value invalid.
    pub policy: Option<DmarcPolicy>,
    /// Whether a `p` tag is there at all, with whatever value.
    pub has_policy_tag: bool,
    /// `sp`, for existing subdomains.
    pub subdomain_policy: Option<DmarcPolicy>,
    /// `np`, for subdomains that do not exist.
    pub nonexistent_policy: Option<DmarcPolicy>,
    /// `adkim`.
    pub dkim_alignment: AlignmentMode,
    /// `aspf`.
    pub spf_alignment: AlignmentMode,
    /// `psd`.
    pub public_suffix: PublicSuffix,
    /// `t=y`: the owner is testing and asks for one step less than the policy.
    pub is_testing: bool,
    /// `rua`.
    pub aggregate_reports: Vec<ReportUri>,
    /// `ruf`.
    pub failure_reports: Vec<ReportUri>,
    /// Tags that RFC 9989 removed (`pct`, `rf`, `ri`), with their values, in order.
    pub removed_tags: Vec<(String, String)>,
    /// Tags of no version of DMARC.
    pub unknown_tags: Vec<String>,
    /// What is wrong, in the order of the record.
    pub faults: Vec<TagFault>,
}

/// What the From domain is to the domain whose record applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyScope {
    /// The same domain: `p` applies.
    Domain,
    /// A subdomain that exists: `sp`, else `p`.
    Subdomain,
    /// A subdomain that does not exist: `np`, else `sp`, else `p`.
    NonexistentSubdomain,
}

impl DmarcRecord {
    /// Reads a TXT text (its strings joined); `None` when receivers do not take it for a DMARC
    /// record, because it does not begin with `v=DMARC1` in exactly these letters.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let (tag, value) = parts.next()?.split_once('=')?;
        let is_version = tag.trim_end_matches(is_blank).eq_ignore_ascii_case("v")
            && value.trim_matches(is_blank) == "DMARC1";
        if !is_version {
            return None;
        }
        let mut record = Self::default();
        let mut seen: Vec<String> = vec!["v".to_owned()];
        for part in parts.map(|part| part.trim_matches(is_blank)).filter(|part| !part.is_empty()) {
            record.read_part(part, &mut seen);
        }
        Some(record)
    }

    fn read_part(&mut self, part: &str, seen: &mut Vec<String>) {
        let Some((tag, value)) = part.split_once('=') else {
            self.faults.push(TagFault::NotATag(part.to_owned()));
            return;
        };
        let tag = tag.trim_end_matches(is_blank).to_ascii_lowercase();
        let value = value.trim_start_matches(is_blank);
        if tag.is_empty() || !tag.bytes().all(|b| b.is_ascii_alphabetic()) || value.is_empty() {
            self.faults.push(TagFault::NotATag(part.to_owned()));
            return;
        }
        // Only known tags are remembered, so that a hostile record costs no quadratic time.
        if seen.contains(&tag) {
            self.faults.push(TagFault::Duplicate(tag));
            return;
        }
        if self.read_tag(&tag, value) {
            seen.push(tag);
        } else {
            self.unknown_tags.push(tag);
        }
    }

    /// Whether the tag is one of some version of DMARC.
    fn read_tag(&mut self, tag: &str, value: &str) -> bool {
        let is = |word: &str| value.eq_ignore_ascii_case(word);
        let mut is_valid = true;
        match tag {
            "p" => {
                self.has_policy_tag = true;
                self.policy = DmarcPolicy::parse(value);
                is_valid = self.policy.is_some();
            }
            "sp" => {
                self.subdomain_policy = DmarcPolicy::parse(value);
                is_valid = self.subdomain_policy.is_some();
            }
            "np" => {
                self.nonexistent_policy = DmarcPolicy::parse(value);
                is_valid = self.nonexistent_policy.is_some();
            }
            "adkim" | "aspf" => {
                let mode = if is("s") { AlignmentMode::Strict } else { AlignmentMode::Relaxed };
                is_valid = is("s") || is("r");
                if tag == "adkim" {
                    self.dkim_alignment = mode;
                } else {
                    self.spf_alignment = mode;
                }
            }
            "psd" => {
                is_valid = is("y") || is("n") || is("u");
                if is("y") {
                    self.public_suffix = PublicSuffix::Yes;
                } else if is("n") {
                    self.public_suffix = PublicSuffix::No;
                }
            }
            "t" => {
                self.is_testing = is("y");
                is_valid = is("y") || is("n");
            }
            "fo" => {
                is_valid = value.split(':').all(|option| {
                    let option = option.trim_matches(is_blank);
                    ["0", "1", "d", "s"].iter().any(|word| word.eq_ignore_ascii_case(option))
                });
            }
            "rua" => self.aggregate_reports = self.read_uris(tag, value),
            "ruf" => self.failure_reports = self.read_uris(tag, value),
            "pct" | "rf" | "ri" => self.removed_tags.push((tag.to_owned(), value.to_owned())),
            // RFC 9989 asks to ignore what it does not list; a second version is a fault.
            "v" => is_valid = false,
            _ => return false,
        }
        if !is_valid {
            let (tag, value) = (tag.to_owned(), value.to_owned());
            self.faults.push(TagFault::InvalidValue { tag, value });
        }
        true
    }

    fn read_uris(&mut self, tag: &str, value: &str) -> Vec<ReportUri> {
        let mut uris = Vec::new();
        for text in value.split(',').map(|text| text.trim_matches(is_blank)) {
            match ReportUri::parse(text) {
                Some(uri) => uris.push(uri),
                None => self
                    .faults
                    .push(TagFault::InvalidUri { tag: tag.to_owned(), value: text.to_owned() }),
            }
        }
        uris
    }

    /// The policy for mail from a domain in `scope`, before `t=y` weakens it.
    ///
    /// `None`: receivers apply no DMARC at all, because `p`, `sp` or `np` has an invalid value
    /// and no valid `rua` shows that the owner wants reports. With `rua` such a record counts as
    /// `p=none`, and so does one without `p` (RFC 9989, sections 4.7 and 4.10.1).
    pub fn published_policy(&self, scope: PolicyScope) -> Option<DmarcPolicy> {
        if self.has_invalid_policy() {
            return (!self.aggregate_reports.is_empty()).then_some(DmarcPolicy::None);
        }
        let own = self.policy.unwrap_or(DmarcPolicy::None);
        let subdomain = self.subdomain_policy.unwrap_or(own);
        Some(match scope {
            PolicyScope::Domain => own,
            PolicyScope::Subdomain => subdomain,
            PolicyScope::NonexistentSubdomain => self.nonexistent_policy.unwrap_or(subdomain),
        })
    }

    /// [`Self::published_policy`], one step weaker with `t=y`.
    pub fn effective_policy(&self, scope: PolicyScope) -> Option<DmarcPolicy> {
        let policy = self.published_policy(scope)?;
        Some(if self.is_testing { policy.weakened() } else { policy })
    }

    /// Whether `p`, `sp` or `np` has a value that is no policy.
    pub fn has_invalid_policy(&self) -> bool {
        self.faults.iter().any(|fault| match fault {
            TagFault::InvalidValue { tag, .. } => matches!(tag.as_str(), "p" | "sp" | "np"),
            TagFault::NotATag(_) | TagFault::Duplicate(_) | TagFault::InvalidUri { .. } => false,
        })
    }
}

#[cfg(test)]
mod tests;
