//! SPF, DKIM and alignment: what each check came to.

use super::super::alignment::AlignmentBasis;
use super::super::codes::MessageCode;
use super::super::evidence::DkimEvidence;
use super::super::judgement::{DkimJudgement, SpfResult};
use super::{Error, Findings, Info, Warning, list};

impl Findings<'_> {
    pub(super) fn spf(&mut self) {
        let spf = self.judgement.spf.clone();
        let domain = spf.domain.clone().unwrap_or_else(|| "an unknown MAIL FROM domain".to_owned());
        let from = self.author_domain().to_owned();
        let client = self.evidence.spf.client_address();
        let client = client.map_or_else(|| "the sending host".to_owned(), |ip| ip.to_string());
        if self.evidence.spf.is_helo_only {
            let text = "SPF was checked for the HELO name only, which DMARC does not count.";
            self.say(MessageCode::SpfHeloOnly, self.graded(Warning, Info), text);
            return;
        }
        match (spf.result, spf.aligned) {
            (SpfResult::Pass, Some(true)) => self.say(
                MessageCode::SpfPassAligned,
                Info,
                format!("SPF passes: {client} is allowed for {domain}, which aligns with From {from}{}.", self.basis()),
            ),
            (SpfResult::Pass, Some(false)) => self.say(
                MessageCode::SpfPassNotAligned,
                self.graded(Warning, Info),
                format!(
                    "SPF passes: {client} is allowed for {domain}. It does not align: From is \
                     {from}{}.",
                    self.basis()
                ),
            ),
            (SpfResult::Pass, None) => self.say(
                MessageCode::SpfUnknown,
                Info,
                "SPF passes, but the headers do not tell for which domain or From domain.",
            ),
            (SpfResult::Fail, _) => self.say(
                MessageCode::SpfFail,
                self.graded(Error, Warning),
                format!("SPF fails: {client} is not allowed for {domain}."),
            ),
            (SpfResult::Softfail, _) => self.say(
                MessageCode::SpfSoftfail,
                Warning,
                format!("SPF softfails: {client} is probably not allowed for {domain} (~all)."),
            ),
            (SpfResult::None, _) => self.say(
                MessageCode::SpfNone,
                self.graded(Warning, Info),
                format!("SPF has nothing to go by: {domain} publishes no SPF record."),
            ),
            (SpfResult::Neutral, _) => self.say(
                MessageCode::SpfNone,
                self.graded(Warning, Info),
                format!("SPF is neutral, which counts as none: {domain} says nothing of {client}."),
            ),
            (SpfResult::Permerror, _) => self.say(
                MessageCode::SpfPermerror,
                self.graded(Error, Warning),
                format!("SPF cannot be evaluated: the record of {domain} is broken, or needs more than 10 look-ups."),
            ),
            (SpfResult::Temperror, _) => self.say(
                MessageCode::Temperror,
                Warning,
                format!("SPF was not finished: DNS did not answer the receiver about {domain}."),
            ),
            (SpfResult::Unknown, Some(false)) => self.say(
                MessageCode::SpfUnknownButCannotAlign,
                self.graded(Warning, Info),
                format!("No SPF result is reported; {domain} does not align with From {from}, so SPF cannot help."),
            ),
            (SpfResult::Unknown, _) => {
                self.say(MessageCode::SpfUnknown, Info, "The receiver reports no SPF result.");
            }
        }
    }

    pub(super) fn dkim(&mut self) {
        let signatures: Vec<(DkimEvidence, DkimJudgement)> =
            self.evidence.dkim.iter().cloned().zip(self.judgement.dkim.iter().cloned()).collect();
        let passing = |is_aligned: bool| -> Vec<String> {
            signatures
                .iter()
                .filter(|(_, d)| d.result == "pass" && (d.aligned == Some(true)) == is_aligned)
                .filter_map(|(_, d)| d.domain.clone())
                .collect()
        };
        let (aligned, other) = (passing(true), passing(false));
        let from = self.author_domain().to_owned();
        if !aligned.is_empty() {
            let domains = list(&aligned);
            let basis = self.basis();
            let text = format!("DKIM passes for {domains}, which aligns with From {from}{basis}.");
            self.say(MessageCode::DkimPassAligned, Info, text);
        } else if !other.is_empty() && self.judgement.from_domain.is_some() {
            let domains = list(&other);
            let basis = self.basis();
            let text =
                format!("DKIM passes for {domains}. It does not align: From is {from}{basis}.");
            self.say(MessageCode::DkimPassNotAligned, self.graded(Warning, Info), text);
        }
        // A signature that the receiver did not see may have been added later.
        let reported = |(_, d): &&(DkimEvidence, DkimJudgement)| d.result != "unknown";
        let says_none = signatures.iter().filter(reported).any(|(_, d)| d.result == "none");
        let is_unsigned = signatures.is_empty()
            || says_none && signatures.iter().filter(reported).all(|(_, d)| d.result == "none");
        if is_unsigned {
            self.say(
                MessageCode::DkimNone,
                self.graded(Warning, Info),
                "The message has no DKIM signature.",
            );
        }
        for (evidence, signature) in &signatures {
            self.signature(evidence, signature);
        }
    }

    fn signature(&mut self, evidence: &DkimEvidence, signature: &DkimJudgement) {
        let domain = signature.domain.as_deref().unwrap_or("an unknown domain");
        let name = match (&signature.selector, &signature.domain) {
            (Some(selector), Some(domain)) => format!("{selector}._domainkey.{domain}"),
            _ => "its selector".to_owned(),
        };
        let why = evidence.explanation.as_str();
        let says = |words: &[&str]| words.iter().any(|word| why.contains(word));
        let has_failed = !matches!(signature.result.as_str(), "pass" | "none" | "unknown");
        let has_no_key = has_failed
            && says(&[
                "no key",
                "key not found",
                "key was not found",
                "no such key",
                "nxdomain",
                "key record not found",
                "no public key",
                "key unavailable",
                "public key not",
                "invalid public key",
                "dns record not found",
                "key revoked",
                "key is revoked",
                "does not exist",
                "missing key",
                "invalid_key",
                "no_key",
                "no dns record",
                "query for",
            ]);
        let is_body = says(&[
            "body hash",
            "bodyhash",
            "body_hash",
            "body-hash",
            "hash mismatch",
            "hash did not match",
            "body modified",
            "body altered",
            "body has been",
        ]) && has_failed;
        let is_expired = has_failed && (says(&["expired"]) || evidence.is_expired);
        if has_no_key {
            let fix = if self.evidence.route.is_ses {
                self.advice().easy_dkim()
            } else {
                vec![format!("Publish the public key at {name}.")]
            };
            let text = format!("The receiver found no usable DKIM key at {name}.");
            self.advise(MessageCode::DkimNoKey, self.graded(Error, Warning), text, fix);
        }
        if is_expired {
            let text = format!("The DKIM signature of {domain} had expired (x=) when it arrived.");
            self.say(MessageCode::DkimExpired, self.graded(Error, Warning), text);
        }
        if is_body {
            let text = format!(
                "The DKIM signature of {domain} fails by its body hash: the body was changed after \
                 signing."
            );
            self.say(MessageCode::DkimFail, self.graded(Error, Warning), text);
            let text = "Something on the way changed the body: a footer, a rewritten link or a \
                        converted encoding.";
            self.say(MessageCode::BodyModified, Warning, text);
        }
        let is_weak = says(&["weak", "key too small", "key too short", "sha1", "sha-1"])
            || key_bits(why).is_some_and(|bits| (1..1024).contains(&bits))
            || evidence.is_sha1;
        if is_weak {
            let text = format!(
                "The DKIM key or algorithm of {domain} is too weak (under 1024 bits, or SHA-1): \
                 receivers should not count it (RFC 8301)."
            );
            self.say(MessageCode::DkimWeakKey, Warning, text);
        }
        match signature.result.as_str() {
            "fail" | "permerror" | "hardfail" | "invalid" | "bad"
                if !is_body && (!has_no_key || signature.result == "fail") =>
            {
                let text = if is_expired || has_no_key {
                    format!("The DKIM signature of {domain} does not verify, for that reason.")
                } else {
                    format!(
                        "The DKIM signature of {domain} does not verify: signed headers were \
                         changed, or the key at {name} is another."
                    )
                };
                self.say(MessageCode::DkimFail, self.graded(Error, Warning), text);
            }
            "temperror" if !has_no_key => {
                let text = format!("DKIM of {domain} was not finished: DNS did not answer.");
                self.say(MessageCode::Temperror, Warning, text);
            }
            "temperror" => {
                self.say(
                    MessageCode::Temperror,
                    Warning,
                    format!("The key at {name} was not found."),
                );
            }
            // Beside an aligned pass nobody needs the others.
            "unknown" | "neutral" | "policy"
                if !has_no_key && !is_body && !is_expired && !self.dkim_passes_aligned() =>
            {
                let text =
                    format!("The receiver reports no verdict on the DKIM signature of {domain}.");
                self.say(MessageCode::DkimUnverified, Info, text);
            }
            _ => {}
        }
    }

    /// Strict alignment, and the tree walk where it decided.
    pub(super) fn alignment(&mut self) {
        let from = self.author_domain().to_owned();
        if self.judgement.alignment_basis == AlignmentBasis::TreeWalk {
            let text = format!(
                "Whether other domains align with {from} was decided by the DNS tree walk of \
                 RFC 9989."
            );
            self.say(MessageCode::TreeWalk, Info, text);
        }
        use super::super::dmarc::AlignmentMode::Strict;
        use super::super::judgement::DmarcVerdict;
        let relaxed_spf = self.judgement.spf.result == SpfResult::Pass
            && self.organizations.is_only_relaxed(self.judgement.spf.domain.as_deref());
        let relaxed_dkim = self.judgement.dkim.iter().any(|dkim| {
            dkim.result == "pass" && self.organizations.is_only_relaxed(dkim.domain.as_deref())
        });
        let is_spf_strict = relaxed_spf && self.organizations.spf_mode() == Strict;
        let is_dkim_strict = relaxed_dkim && self.organizations.dkim_mode() == Strict;
        // The receiver fails what would pass by relaxed alignment: only strictness explains it.
        let is_suspected = self.judgement.dmarc.verdict == DmarcVerdict::Fail
            && self.computed == DmarcVerdict::Pass
            && self.passes_by_relaxed_only();
        if !is_spf_strict && !is_dkim_strict && !is_suspected {
            return;
        }
        let tags = match (is_spf_strict, is_dkim_strict) {
            (true, false) => "aspf=s",
            (false, true) => "adkim=s",
            (true, true) => "adkim=s and aspf=s",
            (false, false) => "adkim=s or aspf=s",
        };
        let text = if is_suspected {
            format!(
                "The passing domain belongs to {from} and is not equal to it; the receiver fails \
                 DMARC, so the DMARC record probably asks for strict alignment ({tags})."
            )
        } else {
            format!(
                "The DMARC record of {from} asks for strict alignment ({tags}): only an equal name \
                 counts, a subdomain does not."
            )
        };
        let fix = vec![
            format!("Sign with d={from} itself (Easy DKIM for the identity {from})."),
            format!(
                "Or remove {tags} from the record at _dmarc.{from}: an SES MAIL FROM domain is \
                 always a subdomain, so it never aligns strictly."
            ),
        ];
        self.advise(MessageCode::StrictAlignment, self.graded(Error, Warning), text, fix);
    }

    /// What passes and aligns has another name than From, in every case.
    pub(super) fn passes_by_relaxed_only(&self) -> bool {
        let from = self.judgement.from_domain.as_deref();
        let spf = self.spf_passes_aligned() && self.judgement.spf.domain.as_deref() == from;
        let dkim =
            self.judgement.dkim.iter().any(|d| {
                d.result == "pass" && d.aligned == Some(true) && d.domain.as_deref() == from
            });
        !spf && !dkim
    }

    /// Behind a statement on alignment: that it is an assumption, where it is one.
    fn basis(&self) -> &'static str {
        match self.judgement.alignment_basis {
            AlignmentBasis::Assumed => " (relaxed alignment assumed, DNS did not answer)",
            AlignmentBasis::EqualNames | AlignmentBasis::TreeWalk => "",
        }
    }
}

/// The number in front of `bit`: `512-bit key`, `768 bit`.
fn key_bits(text: &str) -> Option<u32> {
    let at = text.find("-bit").or_else(|| text.find(" bit"))?;
    let digits = text.get(..at)?.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
