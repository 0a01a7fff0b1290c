//! Judges the evidence of a received message: SPF, DKIM, alignment, DMARC.
//!
//! DMARC passes when SPF **or** DKIM passes, each with two conditions: the check passed, and the
//! domain that it was made for aligns with From. The receiver's own DMARC result comes first; a
//! result that is better than its SPF and DKIM results allow is not believed.
//!
//! ```
//! use warden_domain::authentication::evidence::Evidence;
//! use warden_domain::authentication::verdict::{Verdict, judge};
//!
//! let message = b"Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=x@amazonses.com;
//!  dkim=pass header.d=amazonses.com; dmarc=fail header.from=example.com
//! From: sender@example.com
//!
//! ";
//! let evidence = Evidence::read(message, &[]);
//! // Walks of the names in `evidence.domains_to_walk()` go into the map.
//! let judgement = judge(&evidence, &std::collections::BTreeMap::new());
//! assert_eq!(judgement.dmarc.verdict, Verdict::Fail);
//! assert_eq!(judgement.spf.aligned, Some(false));
//! ```

use std::collections::BTreeMap;

use serde::Serialize;

pub use super::alignment::AlignmentBasis;
use super::alignment::Organizations;
use super::dmarc::DmarcPolicy;
use super::evidence::{DkimEvidence, Evidence};
use super::organization;
use super::tree_walk::WalkOutcome;
use super::{message_advice, message_findings};
use crate::finding::Severity;

/// What `doctor message` says of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// The From domain in A-labels; `None` where there is not exactly one.
    pub from_domain: Option<String>,
    /// Who wrote the results that count.
    pub authserv_id: Option<String>,
    /// SPF.
    pub spf: SpfJudgement,
    /// Each signature, those without a result too.
    pub dkim: Vec<DkimJudgement>,
    /// DMARC.
    pub dmarc: DmarcJudgement,
    /// What was found, the most important first.
    pub findings: Vec<MessageFinding>,
    /// How alignment was decided.
    #[serde(skip)]
    pub alignment_basis: AlignmentBasis,
}

impl Judgement {
    /// Returns what the verdict means for the message, in a sentence or two.
    pub fn consequence(&self) -> String {
        message_advice::consequence(self)
    }
}

/// SPF of the MAIL FROM domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpfJudgement {
    /// The result that the receiver reports.
    pub result: SpfResult,
    /// The MAIL FROM domain.
    pub domain: Option<String>,
    /// Whether that domain aligns with From, whatever the result; `None` where one is unknown.
    pub aligned: Option<bool>,
}

/// One DKIM signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DkimJudgement {
    /// The receiver's word; `unknown` for a signature without a result.
    pub result: String,
    /// The signing domain.
    pub domain: Option<String>,
    /// The selector.
    pub selector: Option<String>,
    /// Whether the domain aligns with From, whatever the result.
    pub aligned: Option<bool>,
}

/// DMARC of the From domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DmarcJudgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The receiver's own word.
    pub reported: Option<String>,
    /// What the domain's owner asks for.
    pub policy: Option<DmarcPolicy>,
}

/// Whether DMARC passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// An aligned check passed.
    Pass,
    /// None did.
    Fail,
    /// There is no DMARC record.
    None,
    /// The headers do not suffice.
    Unknown,
}

/// The results of RFC 7208, and `Unknown` for no or an unreadable one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words are RFC 7208's")]
pub enum SpfResult {
    Pass,
    Fail,
    Softfail,
    Neutral,
    None,
    Temperror,
    Permerror,
    Unknown,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageFinding {
    /// One of [`Code`](super::codes::Code), or `compauth=RESULT/REASON`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is so, in a sentence or two.
    pub text: String,
    /// What to do, step by step, with exact records and commands.
    pub fix: Vec<String>,
}

impl SpfResult {
    /// Reads a reported word, old and odd ones too.
    fn read(word: &str) -> Self {
        match word {
            "pass" => Self::Pass,
            "fail" | "hardfail" => Self::Fail,
            "softfail" => Self::Softfail,
            "neutral" => Self::Neutral,
            "none" => Self::None,
            "temperror" | "error" => Self::Temperror,
            // RFC 4408 and its drafts said unknown.
            "permerror" | "unknown" => Self::Permerror,
            _ => Self::Unknown,
        }
    }

    /// The word of the output.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Softfail => "softfail",
            Self::Neutral => "neutral",
            Self::None => "none",
            Self::Temperror => "temperror",
            Self::Permerror => "permerror",
            Self::Unknown => "unknown",
        }
    }
}

/// Judges a message. `walks` holds the finished tree walks by domain; a missing or failed one
/// means relaxed alignment and a guessed organization.
pub fn judge(evidence: &Evidence, walks: &BTreeMap<String, WalkOutcome>) -> Judgement {
    let from_domain = evidence.from.domain.clone();
    let organizations = Organizations::new(walks, evidence);
    let spf_result = evidence.spf.word.as_deref().map_or(SpfResult::Unknown, SpfResult::read);
    let spf_aligned = if evidence.spf.is_helo_only {
        None
    } else {
        organizations.aligned(evidence.spf.domain.as_deref(), organizations.spf_mode())
    };
    let spf = SpfJudgement {
        result: spf_result,
        domain: evidence.spf.domain.clone(),
        aligned: spf_aligned,
    };
    let dkim: Vec<DkimJudgement> =
        evidence.dkim.iter().map(|dkim| judge_signature(dkim, &organizations)).collect();
    let computed = compute(evidence, &spf, &dkim);
    let dmarc = judge_dmarc(evidence, &organizations, computed);
    let mut judgement = Judgement {
        from_domain: from_domain.clone(),
        authserv_id: evidence.block.first().and_then(|header| header.authserv_id.clone()),
        spf,
        dkim,
        dmarc,
        findings: Vec::new(),
        alignment_basis: organizations.basis(evidence),
    };
    judgement.findings = message_findings::findings(evidence, &organizations, &judgement, computed);
    judgement
}

fn judge_signature(dkim: &DkimEvidence, organizations: &Organizations<'_>) -> DkimJudgement {
    DkimJudgement {
        result: dkim.word.clone().unwrap_or_else(|| "unknown".to_owned()),
        domain: dkim.domain.clone(),
        selector: dkim.selector.clone(),
        aligned: organizations.aligned(dkim.domain.as_deref(), organizations.dkim_mode()),
    }
}

/// What the SPF and DKIM results lead to by themselves.
fn compute(evidence: &Evidence, spf: &SpfJudgement, dkim: &[DkimJudgement]) -> Verdict {
    if evidence.from.domain.is_none() || evidence.block.iter().all(|h| h.results.is_empty()) {
        return Verdict::Unknown;
    }
    let spf_passes =
        spf.result == SpfResult::Pass && spf.aligned == Some(true) && !evidence.spf.is_helo_only;
    let dkim_passes = dkim.iter().any(|d| d.result == "pass" && d.aligned == Some(true));
    if spf_passes || dkim_passes {
        return Verdict::Pass;
    }
    let spf_is_out = match spf.result {
        SpfResult::Fail
        | SpfResult::Softfail
        | SpfResult::Neutral
        | SpfResult::None
        | SpfResult::Permerror => true,
        SpfResult::Pass => spf.aligned == Some(false) || evidence.spf.is_helo_only,
        SpfResult::Temperror | SpfResult::Unknown => spf.aligned == Some(false),
    };
    let is_out = |signature: &DkimJudgement| {
        signature.aligned == Some(false)
            || matches!(
                signature.result.as_str(),
                "fail" | "permerror" | "none" | "neutral" | "policy" | "hardfail"
            )
    };
    if spf_is_out && dkim.iter().all(is_out) { Verdict::Fail } else { Verdict::Unknown }
}

fn judge_dmarc(
    evidence: &Evidence,
    organizations: &Organizations<'_>,
    computed: Verdict,
) -> DmarcJudgement {
    let reported = evidence.dmarc.as_ref();
    let word = reported.map(|dmarc| dmarc.word.as_str());
    let verdict = match word {
        _ if evidence.block.is_empty() => Verdict::Unknown,
        // A failing result stands, whatever the others say.
        Some("fail" | "hardfail" | "reject" | "quarantine") => Verdict::Fail,
        _ if evidence.from.domain.is_none() => Verdict::Unknown,
        Some("none" | "bestguesspass") => Verdict::None,
        Some("temperror" | "permerror") => Verdict::Unknown,
        Some("pass") if speaks_of_another_from(evidence) => computed,
        Some("pass") if computed == Verdict::Fail => Verdict::Fail,
        Some("pass") => Verdict::Pass,
        Some(_) | None if organizations.has_no_record() => Verdict::None,
        Some(_) | None => computed,
    };
    let header_policy =
        reported.and_then(|dmarc| dmarc.policy.as_deref()).and_then(DmarcPolicy::parse);
    DmarcJudgement {
        verdict,
        reported: word.map(str::to_owned),
        policy: match verdict {
            Verdict::None => None,
            Verdict::Pass | Verdict::Fail | Verdict::Unknown => {
                header_policy.or_else(|| organizations.policy())
            }
        },
    }
}

/// The receiver's result names another From domain than the message has now.
pub(super) fn speaks_of_another_from(evidence: &Evidence) -> bool {
    let judged = evidence.dmarc.as_ref().and_then(|dmarc| dmarc.from_domain.as_deref());
    match (judged, evidence.from.domain.as_deref()) {
        (Some(judged), Some(from)) => !organization::same(judged, from),
        _ => false,
    }
}
