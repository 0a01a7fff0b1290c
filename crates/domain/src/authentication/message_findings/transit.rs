//! What happened on the way: forwarders, lists, gateways, ARC, Microsoft's own verdict.

use super::super::codes::MessageCode;
use super::super::judgement::{MessageFinding, SpfResult};
use super::super::message_advice::compauth_reason;
use super::{Findings, Info, Warning};

impl Findings<'_> {
    pub(super) fn transit(&mut self) {
        let route = &self.evidence.route;
        let (forwarded, list, gateway) =
            (route.forwarded.clone(), route.list.clone(), route.gateway);
        let is_srs = route.is_srs;
        if let Some(sign) = &forwarded {
            let text = format!(
                "A forwarder passed the message on ({sign}): SPF then sees the forwarder's address, \
                 and only DKIM can pass for the author."
            );
            self.say(MessageCode::Forwarded, Info, text);
        }
        if is_srs {
            let text = "The forwarder rewrote MAIL FROM (SRS): SPF passes for the forwarder's \
                        domain and does not align with From.";
            self.say(MessageCode::Srs, Info, text);
        }
        if let Some(sign) = &list {
            let text = format!(
                "A mailing list passed the message on ({sign}): it sends from its own address and \
                 may change subject and body, which breaks DKIM."
            );
            let fix = vec![
                "The list's operator can send without changing the message, or with From rewritten \
                 to the list's domain; receivers can trust its ARC seals."
                    .to_owned(),
            ];
            self.advise(MessageCode::MailingList, Info, text, fix);
        }
        if let Some(product) = gateway {
            let text = format!(
                "{product} took the message for the receiver: a server behind it sees the gateway's \
                 address, and links or attachments may have been rewritten."
            );
            let fix = vec![
                "The receiver's administrator can make the server behind the gateway trust the \
                 gateway's results (Microsoft 365: enhanced filtering for connectors, trusted ARC \
                 sealers)."
                    .to_owned(),
            ];
            self.advise(MessageCode::InboundGateway, Info, text, fix);
        }
        self.blame(forwarded.is_some() || list.is_some() || gateway.is_some());
        let arc = self.evidence.results().find(|result| result.method == "arc");
        if arc.is_some_and(|arc| arc.result == "pass") {
            let text = "The receiver verified the ARC chain, so it may count what an earlier hop \
                        found.";
            self.say(MessageCode::ArcPass, Info, text);
        }
        self.compauth();
    }

    /// The sender did its part where a domain of From's organization signed, or is MAIL FROM.
    fn blame(&mut self, has_explanation: bool) {
        if !has_explanation || self.judgement.from_domain.is_none() {
            return;
        }
        let spf = &self.judgement.spf;
        let is_own_mail_from =
            spf.aligned == Some(true) || self.organizations.is_only_relaxed(spf.domain.as_deref());
        let is_broken = !self.passes()
            || spf.result != SpfResult::Pass
            || spf.aligned != Some(true)
            || !self.dkim_passes_aligned();
        let has_missing_key =
            self.has(MessageCode::DkimNoKey) || self.has(MessageCode::DkimExpired);
        if is_broken && (self.has_own_signature() || is_own_mail_from) && !has_missing_key {
            let text = "What fails here failed on the way: a domain of the sender's own aligns. \
                        No change at the sender prevents that; other advice is for other mail.";
            self.say(MessageCode::NotSendersFault, Info, text);
        }
    }

    fn compauth(&mut self) {
        let Some(result) = self.evidence.results().find(|r| r.method == "compauth") else { return };
        let word = printable(&result.result);
        let reason = result.property("reason").map(printable);
        let (code, meaning) = match &reason {
            Some(reason) => (format!("compauth={word}/{reason}"), compauth_reason(reason)),
            None => (format!("compauth={word}"), "no reason given"),
        };
        let severity = if word == "fail" { Warning } else { Info };
        let text = format!("Microsoft's compound authentication says {word}: {meaning}.");
        self.out.push(MessageFinding { code, severity, text, fix: Vec::new() });
    }
}

/// A short word of a header, letters and digits only.
fn printable(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}
