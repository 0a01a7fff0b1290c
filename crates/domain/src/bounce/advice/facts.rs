//! Names and results that a diagnostic text states, for use in advice.
//!
//! The text is the receiver's, so it may hold anything: only what is a domain or an
//! IP address by its form ever gets out.

use std::net::IpAddr;

/// What stands before the domain of the return path, which SPF is about.
const BEFORE_MAIL_FROM: &[&str] = &[
    "spf check for",
    "spf domain",
    "spf",
    "mail from domain",
    "send mail from",
    "sending mails from",
    "send mails from",
    "to send from",
    "verification failed for",
    "domain of sender address",
    "bad spf records for",
];

/// What stands before the domain in the From header, which DKIM and DMARC are about.
const BEFORE_FROM: &[&str] = &[
    "dkim domain",
    "sending domain",
    "unauthenticated email from",
    "dmarc policy for",
    "dmarc policy of",
    "by policy of",
    "due to domain",
    "due to",
];

/// An authentication check that a receiver names with its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SuggestedCheck {
    Spf,
    Dkim,
    Dmarc,
}

const CHECKS: &[(&str, SuggestedCheck)] = &[
    ("spf", SuggestedCheck::Spf),
    ("dkim", SuggestedCheck::Dkim),
    ("dmarc", SuggestedCheck::Dmarc),
];

const FAILED: &[&str] =
    &["did not pass", "does not pass", "do not pass", "not pass", "fail", "none"];

/// The domain of the return path, as the text names it.
pub(super) fn mail_from_domain(text: &str) -> Option<&str> {
    after(BEFORE_MAIL_FROM, text)
}

/// The domain of the From header, as the text names it.
pub(super) fn from_domain(text: &str) -> Option<&str> {
    after(BEFORE_FROM, text)
}

fn after<'a>(anchors: &[&str], text: &'a str) -> Option<&'a str> {
    anchors.iter().find_map(|anchor| {
        text.match_indices(anchor).find_map(|(at, found)| {
            let after = text.get(at + found.len()..)?;
            let after = after.strip_prefix(':').unwrap_or(after).strip_prefix(' ')?;
            name(after.trim_start_matches(['[', '<', '(', '"', '\'']))
        })
    })
}

/// A blocklist's zone, as in `blocked using zen.example.org`.
pub(super) fn zone(text: &str) -> Option<&str> {
    [
        "blocked using ",
        "listed at ",
        "listed in ",
        "listed by ",
        "found in ",
        "rejected using ",
        "(",
        "rbl: ",
    ]
    .iter()
    .find_map(|anchor| {
        text.match_indices(anchor).find_map(|(at, found)| name(text.get(at + found.len()..)?))
    })
    .filter(|zone| ["bl", "rbl", "list", "zen", "spam"].iter().any(|part| zone.contains(part)))
}

/// The domain name at the start of the text.
fn name(text: &str) -> Option<&str> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-')
        .unwrap_or(text.len());
    let name = text.get(..end)?.trim_end_matches(['.', '-']);
    let labels: Vec<_> = name.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let top = labels.last()?;
    let is_top =
        top.starts_with("xn--") || (top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()));
    (labels.len() >= 2 && name.len() <= 253 && labels.iter().all(is_label) && is_top)
        .then_some(name)
}

/// The sending address: the first one that the receiver speaks of. What stands
/// before `said:` is the receiver itself.
pub(super) fn ip(text: &str) -> Option<IpAddr> {
    let said = text.rfind("said:").and_then(|at| text.get(at..)).unwrap_or(text);
    said.split(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '[' | ']' | '(' | ')' | '<' | '>' | ',' | ';' | '=' | '"' | '\'' | '/' | '?'
            )
    })
    .map(|token| token.trim_end_matches(['.', ':']))
    .filter(|token| token.contains(':') || token.split('.').count() == 4)
    .find_map(|token| token.parse().ok())
}

/// Whether the text says that a check failed: `Some(false)` where it passed, `None`
/// where the text does not say.
pub(super) fn failed(check: SuggestedCheck, text: &str) -> Option<bool> {
    let named = CHECKS.iter().find(|(_, c)| *c == check)?.0;
    text.match_indices(named).find_map(|(at, _)| verdict(text.get(at + named.len()..)?))
}

/// The result that follows a check's name, before another check is named.
fn verdict(after: &str) -> Option<bool> {
    let next = CHECKS.iter().filter_map(|(name, _)| after.find(name)).min().unwrap_or(after.len());
    let own = after.get(..next)?;
    if matches!(own.trim(), "and" | "or" | ",") {
        // "SPF and DKIM both do not pass"
        let rest = after.get(next..)?;
        return verdict(rest.split_once(|c: char| !c.is_ascii_alphabetic())?.1);
    }
    let first = |words: &[&str]| words.iter().filter_map(|word| own.find(word)).min();
    match (first(FAILED), first(&["pass"])) {
        (Some(bad), Some(good)) => Some(bad < good),
        (Some(_), None) => Some(true),
        (None, Some(_)) => Some(false),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_a_domain_gets_out() {
        let cases = [
            (
                "spf [mail.example.com] with ip: [192.0.2.1] = did not pass",
                Some("mail.example.com"),
            ),
            ("unauthenticated email from example.net is not accepted", Some("example.net")),
            ("due to example.org’s dmarc policy", Some("example.org")),
            ("sending domain [example.com] does not", Some("example.com")),
            ("spf [\u{1b}[31mevil] with", None),
            ("spf [-a.example] with", None),
            ("spf [localhost] with", None),
            ("spf 192.0.2.1 is not allowed", None),
            ("rejected due to policy", None),
        ];
        for (text, expected) in cases {
            assert_eq!(mail_from_domain(text).or(from_domain(text)), expected, "{text}");
        }
        let both = "sending domain example.com spf [bounce.example.com] = did not pass";
        assert_eq!(
            (mail_from_domain(both), from_domain(both)),
            (Some("bounce.example.com"), Some("example.com"))
        );
        assert_eq!(
            zone("client host [192.0.2.1] blocked using zen.spamhaus.org; see"),
            Some("zen.spamhaus.org")
        );
        assert_eq!(zone("blocked using our wisdom"), None);
    }

    #[test]
    fn the_sending_address_is_not_the_receivers() {
        let text = "host mx.example.com[198.51.100.1] said: 554 client [192.0.2.9] blocked";
        assert_eq!(ip(text), "192.0.2.9".parse().ok());
        assert_eq!(ip("with ip: [2001:db8::25] = did not pass"), "2001:db8::25".parse().ok());
        assert_eq!(ip("550 5.7.1 no address"), None);
        assert_eq!(ip("300.1.1.1 4.98.2"), None);
    }

    #[test]
    fn results_are_read_check_by_check() {
        let cases = [
            (
                "dkim = did not pass spf [a.example] with ip: [192.0.2.1] = did not pass",
                [Some(true), Some(true), None],
            ),
            ("spf= fail , dkim= pass , dmarc= pass", [Some(true), Some(false), Some(false)]),
            (
                "authenticate with either spf or dkim. authentication results: dkim = pass",
                [None, Some(false), None],
            ),
            ("(spf and dkim both do not pass)", [Some(true), Some(true), None]),
            (
                "dkim = failure - spf [a.example] with ip 192.0.2.1 = failure.",
                [Some(true), Some(true), None],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(
                [SuggestedCheck::Spf, SuggestedCheck::Dkim, SuggestedCheck::Dmarc]
                    .map(|c| failed(c, text)),
                expected,
                "{text}"
            );
        }
    }
}
