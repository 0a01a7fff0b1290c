//! Names of hosts, links and addresses within a token.

/// Endings that make a name of two labels a host name. Country codes that are words of some
/// language are left out: a missing space after a full stop (`full.no`) makes no host name.
const ENDINGS: &[&str] = &[
    "com", "net", "org", "edu", "gov", "info", "biz", "example", "invalid", "test", "jp", "ru",
    "cn", "fr", "uk", "pl", "cz", "nl", "br", "kr", "tr", "eu", "ua", "ch",
];

/// A piece of a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HostPart<'a> {
    /// Words, with whatever punctuation is around them.
    Words(&'a str),
    /// A link, a host name or an IP address.
    Host(&'a str),
    /// An e-mail address.
    Address,
}

/// The pieces of a token.
pub(super) fn parts(token: &str) -> impl Iterator<Item = HostPart<'_>> {
    let mut rest = token;
    std::iter::from_fn(move || {
        let (part, behind) = first(rest)?;
        rest = behind;
        Some(part)
    })
}

fn first(text: &str) -> Option<(HostPart<'_>, &str)> {
    if text.is_empty() {
        return None;
    }
    // Most tokens are plain words.
    if !text.bytes().any(|byte| matches!(byte, b'.' | b'@' | b':')) {
        return Some((HostPart::Words(text), ""));
    }
    if let Some(found) = link(text) {
        return Some(found);
    }
    if let Some(found) = ip_v6(text) {
        return Some(found);
    }
    let start = text.find(is_name_char).unwrap_or(text.len());
    if start > 0 {
        return text.split_at_checked(start).map(|(marks, rest)| (HostPart::Words(marks), rest));
    }
    let end = text.find(|c| !is_name_char(c)).unwrap_or(text.len());
    let (run, behind) = text.split_at_checked(end)?;
    if let Some(domain) = behind.strip_prefix('@') {
        let end = domain.find(|c| !is_domain_char(c)).unwrap_or(domain.len());
        let end = domain.get(..end).map_or(end, |name| name.trim_end_matches(['.', '-']).len());
        if end > 0 {
            return Some((HostPart::Address, domain.get(end..)?));
        }
    }
    // A full stop at the end belongs to the sentence.
    let name = run.trim_end_matches(['.', '-']);
    if is_host(name) {
        let rest = text.get(name.len()..)?;
        if rest.starts_with('/') {
            return Some(up_to_end_of_link(text));
        }
        return Some((HostPart::Host(name), rest));
    }
    Some((HostPart::Words(run), behind))
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '=' | '%')
}

fn is_domain_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-')
}

/// A link that begins in this token: words before it first.
fn link(text: &str) -> Option<(HostPart<'_>, &str)> {
    let start = [text.find("://"), find_ignoring_case(text, "www.")].into_iter().flatten().min()?;
    let before = text.get(..start)?;
    let scheme = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    if !scheme.is_empty() {
        return Some((HostPart::Words(scheme), text.get(scheme.len()..)?));
    }
    Some(up_to_end_of_link(text))
}

fn up_to_end_of_link(text: &str) -> (HostPart<'_>, &str) {
    let end = text.find(['"', '<', '>', '\'', ')', ']', ',']).unwrap_or(text.len());
    let (link, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    if link.contains('@') { (HostPart::Host(""), rest) } else { (HostPart::Host(link), rest) }
}

fn find_ignoring_case(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|w| w.eq_ignore_ascii_case(word.as_bytes()))
}

/// An IPv6 address, with or without brackets around it.
fn ip_v6(text: &str) -> Option<(HostPart<'_>, &str)> {
    let is_part = |c: char| c.is_ascii_hexdigit() || c == ':';
    let start = text.find(is_part)?;
    let end = text.get(start..)?.find(|c| !is_part(c)).map_or(text.len(), |end| start + end);
    let run = text.get(start..end)?.trim_end_matches(':');
    if run.bytes().filter(|b| *b == b':').count() < 2 || run.parse::<std::net::Ipv6Addr>().is_err()
    {
        return None;
    }
    if start > 0 {
        return text.split_at_checked(start).map(|(marks, rest)| (HostPart::Words(marks), rest));
    }
    Some((HostPart::Host(run), text.get(run.len()..)?))
}

fn is_host(name: &str) -> bool {
    let mut labels = name.split('.');
    let count = labels.clone().count();
    if count < 2 || labels.clone().any(str::is_empty) || name.contains(['=', '%', '+']) {
        return false;
    }
    let is_number = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    if count == 4 && labels.clone().all(is_number) {
        return true;
    }
    let Some(last) = labels.next_back() else { return false };
    let is_ending = ENDINGS.iter().any(|ending| last.eq_ignore_ascii_case(ending));
    if count == 2 {
        return is_ending && !labels.next().is_some_and(is_number);
    }
    is_ending || ((2..=6).contains(&last.len()) && last.bytes().all(|b| b.is_ascii_alphabetic()))
}
