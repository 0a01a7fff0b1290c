//! Which check failed, and the DNS record to look at.

use super::super::{Classification, status::Status};
use super::facts::{self, SuggestedCheck};

/// What has to change for a receiver that asks for authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AdvicePart {
    Spf,
    Dkim,
    Alignment,
    DmarcRecord,
    ReverseDns,
    Tls,
    SenderDomain,
    Identity,
}

impl AdvicePart {
    /// Whether the records and the identity of the sender's domain decide it.
    fn is_of_the_domain(self) -> bool {
        match self {
            Self::Spf
            | Self::Dkim
            | Self::Alignment
            | Self::DmarcRecord
            | Self::SenderDomain
            | Self::Identity => true,
            Self::ReverseDns | Self::Tls => false,
        }
    }
}

/// The command that looks at all of them, and says what to publish.
fn domain_check(text: &str) -> String {
    let domain = facts::from_domain(text).unwrap_or("<domain>");
    format!("`ses-warden doctor domain {domain}` checks these records and prints what to publish.")
}

/// One point for each part that the finding or the text names.
pub(super) fn points(finding: &Classification, text: &str) -> Vec<String> {
    let (parts, is_proven) = parts(finding, text);
    let check = parts.iter().any(|part| part.is_of_the_domain()).then(|| domain_check(text));
    let mut points: Vec<_> = parts.into_iter().map(|part| point(part, is_proven, text)).collect();
    points.extend(check);
    points.push("The address is fine: do not suppress it.".to_owned());
    points
}

fn point(part: AdvicePart, is_proven: bool, text: &str) -> String {
    let (mail_from, from, ip) =
        (facts::mail_from_domain(text), facts::from_domain(text), facts::ip(text));
    let found = |what: &str| {
        if is_proven { format!("{what} failed") } else { format!("Check {what}") }
    };
    let with = |word: &str, value: Option<String>| {
        value.map(|value| format!(" {word} {value}")).unwrap_or_default()
    };
    match part {
        AdvicePart::Spf => format!(
            "{}{}{}: look at the TXT record of {}. As custom MAIL FROM domain of SES it needs TXT \"v=spf1 \
             include:amazonses.com ~all\" and MX 10 feedback-smtp.<region>.amazonses.com.",
            found("SPF"),
            with("for", mail_from.map(str::to_owned)),
            with("from", ip.map(|ip| ip.to_string())),
            mail_from.unwrap_or("the MAIL FROM domain"),
        ),
        AdvicePart::Dkim => format!(
            "{}: look at the three CNAME records <token>._domainkey.{} that SES lists for the identity. All must be \
             published, and SES must show DKIM as successful.",
            found("DKIM"),
            from.unwrap_or("<domain>"),
        ),
        AdvicePart::Alignment => {
            let of = from.unwrap_or("<domain>");
            format!(
                "{}, that is SPF or DKIM for the very domain in From: let SES sign as that domain (verify it with DKIM), or \
                 use a MAIL FROM domain below it. Its policy stands in TXT _dmarc.{of}.",
                found("DMARC"),
            )
        }
        AdvicePart::DmarcRecord => format!(
            "There is no usable DMARC record: publish TXT _dmarc.{} with at least \"v=DMARC1; p=none\".",
            from.unwrap_or("<domain>")
        ),
        AdvicePart::ReverseDns => format!(
            "Reverse DNS does not match: look at the PTR record{} and at the address record of the name it gives. AWS sets \
             both for SES, so tell AWS Support; an address that is not Amazon's shows another server that sends or forwards \
             your mail.",
            with("of", ip.map(|ip| ip.to_string()))
        ),
        AdvicePart::Tls => "The receiver wants TLS: set the TLS policy of the configuration set to Require.".to_owned(),
        AdvicePart::SenderDomain => format!(
            "The receiver cannot verify the sender's address: {} needs an MX or address record that resolves. As custom MAIL \
             FROM domain of SES it needs MX 10 feedback-smtp.<region>.amazonses.com.",
            mail_from.unwrap_or("the MAIL FROM domain")
        ),
        AdvicePart::Identity => {
            "SES itself refused: verify the identity in this Region, or leave the sandbox to write to addresses \
                           that are not verified."
                .to_owned()
        }
    }
}

/// What to correct, and whether the finding proves it; otherwise, what to check.
fn parts(finding: &Classification, text: &str) -> (Vec<AdvicePart>, bool) {
    let by_rule = match finding.rule {
        "gmail-spf" => Some(AdvicePart::Spf),
        "gmail-dkim" => Some(AdvicePart::Dkim),
        "reverse-dns" | "reverse-dns-words" => Some(AdvicePart::ReverseDns),
        "sender-address-refused" | "sender-domain-words" | "sender-null-mx" => {
            Some(AdvicePart::SenderDomain)
        }
        "ses-identity-not-verified" => Some(AdvicePart::Identity),
        _ => finding.status.and_then(by_status),
    };
    if let Some(part) = by_rule {
        return (vec![part], true);
    }
    let checks = [
        (SuggestedCheck::Spf, AdvicePart::Spf),
        (SuggestedCheck::Dkim, AdvicePart::Dkim),
        (SuggestedCheck::Dmarc, AdvicePart::Alignment),
    ];
    let failed: Vec<_> =
        checks.iter().filter(|(check, _)| facts::failed(*check, text) == Some(true)).collect();
    if !failed.is_empty() {
        return (failed.into_iter().map(|(_, part)| *part).collect(), true);
    }
    if finding.rule == "yahoo-authentication" || text.contains("dmarc") {
        return (vec![AdvicePart::Alignment], true);
    }
    if text.contains("ptr record") {
        return (vec![AdvicePart::ReverseDns], false);
    }
    let named = [
        ("spf", AdvicePart::Spf),
        ("sender policy framework", AdvicePart::Spf),
        ("dkim", AdvicePart::Dkim),
    ];
    let mut parts: Vec<_> =
        named.into_iter().filter(|(word, _)| text.contains(word)).map(|(_, part)| part).collect();
    parts.dedup();
    if parts.is_empty() {
        (vec![AdvicePart::Spf, AdvicePart::Dkim, AdvicePart::Alignment], false)
    } else {
        (parts, false)
    }
}

/// Codes that name one check (RFC 7372, Google, Microsoft).
fn by_status(status: Status) -> Option<AdvicePart> {
    match (status.subject, status.detail) {
        (7, 20..=22) => Some(AdvicePart::Dkim),
        (7, 23 | 24) => Some(AdvicePart::Spf),
        (7, 25) => Some(AdvicePart::ReverseDns),
        (7, 29) => Some(AdvicePart::Tls),
        (7, 31 | 40) => Some(AdvicePart::DmarcRecord),
        (7, 32 | 509) => Some(AdvicePart::Alignment),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::bounce::{BounceFacts, triage};

    fn advice(text: &str) -> String {
        triage(BounceFacts { diagnostic: Some(text), ..BounceFacts::default() })
            .advice(text)
            .join("\n")
    }

    #[test]
    fn only_the_checks_that_failed_are_named_with_their_records() {
        let cases: [(&str, &[&str], &[&str]); 9] = [
            (
                "550 5.7.515 Access denied, sending domain example.com ... Spf= Fail , Dkim= Pass , DMARC= Pass",
                &["SPF failed"],
                &["DKIM", "example.com:", "_dmarc"],
            ),
            (
                "550 5.7.515 Access denied, sending domain [example.net]. Spf= Pass, Dkim= Fail, DMARC= Fail",
                &["DKIM failed", "_domainkey.example.net", "_dmarc.example.net"],
                &["SPF failed"],
            ),
            (
                "550 5.7.26 DKIM = did not pass SPF [b.example.com] with ip: [192.0.2.1] = did not pass",
                &["SPF failed for b.example.com from 192.0.2.1", "DKIM failed"],
                &["_dmarc"],
            ),
            (
                "550 5.7.26 unauthenticated",
                &["Check SPF", "Check DKIM", "_dmarc.<domain>"],
                &["failed"],
            ),
            (
                "550 5.7.26 Unauthenticated email from example.org is not accepted due to domain's DMARC policy",
                &["DMARC failed", "_dmarc.example.org"],
                &["Check"],
            ),
            ("550 5.7.25 [192.0.2.44] no PTR record", &["PTR record of 192.0.2.44"], &["SPF"]),
            ("421 4.7.40 no DMARC record", &["v=DMARC1"], &["SPF"]),
            (
                "550-5.7.27 SPF [example.com] with ip: [192.0.2.8] = Did not pass. - gsmtp",
                &["SPF failed for example.com"],
                &["DKIM"],
            ),
            ("550 Sender verify failed", &["MX or address record"], &["DKIM"]),
        ];
        for (text, wanted, unwanted) in cases {
            let advice = advice(text);
            assert!(wanted.iter().all(|w| advice.contains(w)), "{text}\n{advice}");
            assert!(!unwanted.iter().any(|w| advice.contains(w)), "{text}\n{advice}");
        }
    }
}
