//! Findings about a received message. [`super::codes::MessageCode`] says when each is said.

mod checks;
mod sender;
mod transit;
mod trust;

use super::alignment::Organizations;
use super::codes::MessageCode;
use super::evidence::HeaderEvidence;
use super::judgement::{DmarcVerdict, MessageFinding, MessageJudgement, SpfResult};
use super::message_advice::AdviceSubject;
use super::route::SES_DOMAIN;
use crate::finding::FindingSeverity::{self, Error, Info, Warning};

pub(super) fn findings(
    evidence: &HeaderEvidence,
    organizations: &Organizations<'_>,
    judgement: &MessageJudgement,
    computed: DmarcVerdict,
) -> Vec<MessageFinding> {
    let mut findings = Findings { evidence, organizations, judgement, computed, out: Vec::new() };
    findings.spf();
    findings.dkim();
    findings.alignment();
    findings.sender();
    findings.transit();
    findings.from();
    findings.trust();
    findings.dmarc();
    let mut out = findings.out;
    // Stable: within a severity the order above stays, the most effective advice first.
    out.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    out
}

struct Findings<'a> {
    evidence: &'a HeaderEvidence,
    organizations: &'a Organizations<'a>,
    judgement: &'a MessageJudgement,
    /// What SPF and DKIM lead to without the receiver's own DMARC result.
    computed: DmarcVerdict,
    out: Vec<MessageFinding>,
}

impl Findings<'_> {
    fn say(&mut self, code: MessageCode, severity: FindingSeverity, text: impl Into<String>) {
        self.advise(code, severity, text, Vec::new());
    }

    fn advise(
        &mut self,
        code: MessageCode,
        severity: FindingSeverity,
        text: impl Into<String>,
        fix: Vec<String>,
    ) {
        if self.out.iter().all(|finding| finding.code != code.code()) {
            let code = code.code().to_owned();
            self.out.push(MessageFinding { code, severity, text: text.into(), fix });
        }
    }

    fn has(&self, code: MessageCode) -> bool {
        self.out.iter().any(|finding| finding.code == code.code())
    }

    fn passes(&self) -> bool {
        self.judgement.dmarc.verdict == DmarcVerdict::Pass
    }

    /// A severity for a message that fails, and one for a message that passes anyway.
    fn graded(&self, failing: FindingSeverity, passing: FindingSeverity) -> FindingSeverity {
        if self.passes() { passing } else { failing }
    }

    fn author_domain(&self) -> &str {
        self.judgement.from_domain.as_deref().unwrap_or("the From domain")
    }

    fn advice(&self) -> AdviceSubject<'_> {
        AdviceSubject {
            domain: self.judgement.from_domain.as_deref().unwrap_or("<domain>"),
            region: self.evidence.route.region.as_deref().unwrap_or("<region>"),
        }
    }

    fn spf_passes_aligned(&self) -> bool {
        let spf = &self.judgement.spf;
        spf.result == SpfResult::Pass
            && spf.aligned == Some(true)
            && !self.evidence.spf.is_helo_only
    }

    fn dkim_passes_aligned(&self) -> bool {
        self.judgement.dkim.iter().any(|d| d.result == "pass" && d.aligned == Some(true))
    }

    /// A signature of the From domain's organization is there, whatever became of it.
    fn has_own_signature(&self) -> bool {
        self.judgement.dkim.iter().any(|dkim| {
            dkim.aligned == Some(true) || self.organizations.is_only_relaxed(dkim.domain.as_deref())
        })
    }

    fn is_ses_domain(domain: Option<&str>) -> bool {
        domain.is_some_and(|domain| super::organization::is_within(domain, SES_DOMAIN))
    }
}

/// Names for a sentence: `a, b and c`, each once and not many of them.
fn list(names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(4);
    names.truncate(4);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
