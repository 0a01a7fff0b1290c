//! Judges the evidence of a received message: SPF, DKIM, alignment, DMARC.
//!
//! DMARC passes when SPF **or** DKIM passes, each with two conditions: the check passed, and the
//! domain that it was made for aligns with From. The receiver's own DMARC result comes first; a
//! result that is better than its SPF and DKIM results allow is not believed.
//!
//! ```
//! use warden_domain::authentication::evidence::HeaderEvidence;
//! use warden_domain::authentication::verdict::{DmarcVerdict, judge};
//!
//! let message = b"Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=x@amazonses.com;
//!  dkim=pass header.d=amazonses.com; dmarc=fail header.from=example.com
//! From: sender@example.com
//!
//! ";
//! let evidence = HeaderEvidence::read(message, &[]);
//! // Walks of the names in `evidence.domains_to_walk()` go into the map.
//! let judgement = judge(&evidence, &std::collections::BTreeMap::new());
//! assert_eq!(judgement.dmarc.verdict, DmarcVerdict::Fail);
//! assert_eq!(judgement.spf.aligned, Some(false));
//! ```

use std::collections::BTreeMap;

pub use super::alignment::AlignmentBasis;
use super::alignment::Organizations;
use super::dmarc::DmarcPolicy;
use super::evidence::{DkimEvidence, HeaderEvidence};
pub use super::judgement::{
    DkimJudgement, DmarcJudgement, DmarcVerdict, MessageFinding, MessageJudgement, SpfJudgement,
    SpfResult,
};
use super::message_findings;
use super::tree_walk::WalkOutcome;

/// Judges a message. `walks` holds the finished tree walks by domain; a missing or failed one
/// means relaxed alignment and a guessed organization.
pub fn judge(evidence: &HeaderEvidence, walks: &BTreeMap<String, WalkOutcome>) -> MessageJudgement {
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
    let mut judgement = MessageJudgement {
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
fn compute(evidence: &HeaderEvidence, spf: &SpfJudgement, dkim: &[DkimJudgement]) -> DmarcVerdict {
    if evidence.from.domain.is_none() || evidence.block.iter().all(|h| h.results.is_empty()) {
        return DmarcVerdict::Unknown;
    }
    let spf_passes =
        spf.result == SpfResult::Pass && spf.aligned == Some(true) && !evidence.spf.is_helo_only;
    let dkim_passes = dkim.iter().any(|d| d.result == "pass" && d.aligned == Some(true));
    if spf_passes || dkim_passes {
        return DmarcVerdict::Pass;
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
    if spf_is_out && dkim.iter().all(is_out) { DmarcVerdict::Fail } else { DmarcVerdict::Unknown }
}

fn judge_dmarc(
    evidence: &HeaderEvidence,
    organizations: &Organizations<'_>,
    computed: DmarcVerdict,
) -> DmarcJudgement {
    let reported = evidence.dmarc.as_ref();
    let word = reported.map(|dmarc| dmarc.word.as_str());
    let verdict = match word {
        _ if evidence.block.is_empty() => DmarcVerdict::Unknown,
        // A failing result stands, whatever the others say.
        Some("fail" | "hardfail" | "reject" | "quarantine") => DmarcVerdict::Fail,
        _ if evidence.from.domain.is_none() => DmarcVerdict::Unknown,
        Some("none" | "bestguesspass") => DmarcVerdict::None,
        Some("temperror" | "permerror") => DmarcVerdict::Unknown,
        Some("pass") if evidence.speaks_of_another_from() => computed,
        Some("pass") if computed == DmarcVerdict::Fail => DmarcVerdict::Fail,
        Some("pass") => DmarcVerdict::Pass,
        Some(_) | None if organizations.has_no_record() => DmarcVerdict::None,
        Some(_) | None => computed,
    };
    let header_policy =
        reported.and_then(|dmarc| dmarc.policy.as_deref()).and_then(DmarcPolicy::parse);
    DmarcJudgement {
        verdict,
        reported: word.map(str::to_owned),
        policy: match verdict {
            DmarcVerdict::None => None,
            DmarcVerdict::Pass | DmarcVerdict::Fail | DmarcVerdict::Unknown => {
                header_policy.or_else(|| organizations.policy())
            }
        },
    }
}
