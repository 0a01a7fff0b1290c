//! From, the receiver's header fields and what is wrong with them.

use super::super::codes::MessageCode;
use super::super::judgement::DmarcVerdict;
use super::super::results::MethodResult;
use super::super::trust::Why;
use super::{Error, Findings, Info, Warning};

impl Findings<'_> {
    pub(super) fn from(&mut self) {
        let from = &self.evidence.from;
        let (fields, mailboxes, domains) =
            (from.field_count, from.mailbox_count, from.domains.len());
        let is_malformed = from.is_malformed;
        if fields > 1 || mailboxes > 1 {
            let severity = if fields > 1 || domains > 1 { Error } else { Info };
            let text = format!(
                "From names {mailboxes} mailboxes in {fields} header field(s). DMARC needs exactly \
                 one field with one domain; receivers refuse or ignore the rest."
            );
            let fix = vec!["Send exactly one From field with one address.".to_owned()];
            self.advise(MessageCode::MultipleFrom, severity, text, fix);
        }
        if domains == 0 {
            let text = "No From field names a domain, so there is nothing to align with.";
            let fix = vec!["Send a From field with a full address.".to_owned()];
            self.advise(MessageCode::NoFromDomain, Error, text, fix);
        }
        if is_malformed {
            let text = "A From field does not follow RFC 5322 (section 3.4), so receivers may read \
                        different domains from it.";
            let fix = vec![
                "Write From as \"Display Name\" <address@domain>, with the name in quotes."
                    .to_owned(),
            ];
            self.advise(MessageCode::MalformedFrom, self.graded(Error, Warning), text, fix);
        }
        let idn: Vec<String> =
            self.evidence.from.domains.iter().filter(|domain| is_idn(domain)).cloned().collect();
        if let Some(domain) = idn.first() {
            let text = format!(
                "From is an internationalized domain, compared as {domain}; DNS records stand under \
                 this name."
            );
            self.say(MessageCode::Idn, Info, text);
        }
    }

    pub(super) fn trust(&mut self) {
        let has_block = !self.evidence.block.is_empty();
        let has_results = self.evidence.results().next().is_some();
        let whys: Vec<Why> = self.evidence.ignored.iter().map(|ignored| ignored.why).collect();
        let any = |wanted: &[Why]| whys.iter().any(|why| wanted.contains(why));
        let is_forged = any(&[Why::BelowBoundary, Why::Repeated, Why::LookAlike, Why::Unknown]);
        // With a list of names, others are unwanted rather than forged.
        if is_forged && (!self.evidence.has_wanted_ids || has_block) {
            let text = "Authentication results that the receiver cannot be shown to have written \
                        were ignored.";
            self.say(MessageCode::ForgedArIgnored, Warning, text);
        }
        if any(&[Why::BelowBoundary]) {
            let text = "Results in the receiver's name stand below the point where the receiver \
                        took the message: whoever sent the message wrote them.";
            self.say(MessageCode::ForgedArBelowBoundary, Warning, text);
        }
        if any(&[Why::Unknown, Why::EarlierHop, Why::LookAlike]) || (!has_block && !whys.is_empty())
        {
            let severity = if has_block { Info } else { Warning };
            let text = if self.evidence.has_wanted_ids && !has_block {
                "No Authentication-Results field has a name given by --authserv-id."
            } else {
                "The message holds Authentication-Results of others than its receiver. They prove \
                 nothing."
            };
            self.say(MessageCode::UntrustedAuthenticationResults, severity, text);
        }
        if !has_results && (has_block || whys.is_empty()) {
            let text = if has_block {
                "The receiver's Authentication-Results hold no result."
            } else {
                "The message has no Authentication-Results field: was it saved with all its \
                 headers, by the receiving side?"
            };
            self.say(MessageCode::NoAuthenticationResults, Warning, text);
        }
        let ignored = self.evidence.ignored.iter().map(|ignored| &ignored.header);
        if self.evidence.block.iter().chain(ignored).any(|header| header.has_result_in_comment) {
            let text = "A comment or quoted string holds something that looks like a passing \
                        result. It is no result.";
            self.say(MessageCode::CommentInjection, Warning, text);
        }
        self.quality();
    }

    /// Trusted results that are odd in themselves.
    fn quality(&mut self) {
        let repeated = self.evidence.ignored.iter().filter(|ignored| ignored.why == Why::Repeated);
        let contradicted = repeated
            .flat_map(|ignored| &ignored.header.results)
            .find(|new| {
                matches!(new.method.as_str(), "spf" | "dmarc")
                    && self
                        .evidence
                        .results()
                        .any(|old| old.method == new.method && old.result != new.result)
            })
            .map(|result| result.method.clone());
        let conflict = self.evidence.conflicts.first().map(|m| (*m).to_owned()).or(contradicted);
        if conflict.is_some() || self.evidence.speaks_of_another_from() {
            let text = match conflict {
                Some(method) => format!(
                    "The receiver reports different {method} results; the worse one counts."
                ),
                None => "The receiver judged DMARC for another From domain than the message has \
                         now, so its result does not count."
                    .to_owned(),
            };
            self.say(MessageCode::ConflictingResults, Warning, text);
        }
        if !self.evidence.syntax_faults().is_empty() {
            let text = "The receiver's Authentication-Results do not follow RFC 8601; what could \
                        not be read does not count.";
            self.say(MessageCode::MalformedAuthenticationResults, Warning, text);
        }
        let odd: Vec<String> = self
            .evidence
            .results()
            .filter(|result| !is_standard(result))
            .map(|result| format!("{}={}", result.method, shortened(&result.result)))
            .collect();
        if let Some(first) = odd.first() {
            let text = format!("{first} is no result of RFC 8601; it does not count as a pass.");
            self.say(MessageCode::NonStandardResult, Info, text);
        }
        let is_contradictory = match (self.judgement.dmarc.reported.as_deref(), self.computed) {
            (Some("pass"), DmarcVerdict::Fail) => !self.evidence.speaks_of_another_from(),
            (Some("fail"), DmarcVerdict::Pass) => !self.passes_by_relaxed_only(),
            _ => false,
        };
        if is_contradictory || self.evidence.results().any(contradicts_itself) {
            let text = "The receiver's results contradict each other: its DMARC result does not \
                        follow from its SPF and DKIM results, or a comment says the opposite.";
            self.say(MessageCode::ReceiverContradictsOwnResults, Warning, text);
        }
    }

    pub(super) fn dmarc(&mut self) {
        let word = self.judgement.dmarc.reported.clone().unwrap_or_default();
        if self.judgement.dmarc.verdict == DmarcVerdict::None {
            let from = self.author_domain().to_owned();
            let text =
                format!("{from} has no DMARC record, so there is no policy to pass or fail.");
            let fix = self.advice().dmarc_record();
            self.advise(MessageCode::NoDmarcRecord, Warning, text, fix);
        }
        if word == "bestguesspass" {
            let text = "Microsoft found no DMARC record and says that the message would have passed \
                        with one (bestguesspass).";
            self.say(MessageCode::Bestguesspass, Info, text);
        }
        if word == "temperror" {
            let text = "DMARC was not finished: DNS did not answer the receiver. The next message \
                        may pass.";
            self.say(MessageCode::Temperror, Warning, text);
        }
    }
}

fn is_idn(domain: &str) -> bool {
    domain.split('.').any(|label| label.starts_with("xn--"))
}

/// Whether RFC 8601 (and Microsoft, for its own words) lists the result for the method.
fn is_standard(result: &MethodResult) -> bool {
    let word = result.result.as_str();
    match result.method.as_str() {
        "spf" => matches!(
            word,
            "pass"
                | "fail"
                | "softfail"
                | "neutral"
                | "none"
                | "temperror"
                | "permerror"
                | "policy"
        ),
        "dkim" => matches!(
            word,
            "pass" | "fail" | "neutral" | "none" | "temperror" | "permerror" | "policy"
        ),
        "dmarc" => {
            matches!(word, "pass" | "fail" | "none" | "temperror" | "permerror" | "bestguesspass")
        }
        _ => true,
    }
}

/// The comment says in words the opposite of the result.
fn contradicts_itself(result: &MethodResult) -> bool {
    let comment = result.comment.to_ascii_lowercase();
    result.method == "spf"
        && result.result == "pass"
        && (comment.contains("does not designate") || comment.contains("not permitted"))
}

fn shortened(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(40).collect()
}
