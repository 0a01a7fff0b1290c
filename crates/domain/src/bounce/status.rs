//! Enhanced status codes (RFC 3463).

use std::fmt;

/// Subjects go from 0 to 7; a higher one is a version number or the like.
const LAST_SUBJECT: u16 = 7;

/// An enhanced status code. Details are numbers without bound: 5.7.509 and 5.1.10
/// are not 5.7.5 and 5.1.1 with something behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status {
    /// 2 success, 4 persistent transient failure, 5 permanent failure.
    pub class: u8,
    /// 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 media, 7 security
    /// and policy.
    pub subject: u16,
    /// The precise condition.
    pub detail: u16,
}

impl Status {
    /// Reads `5.1.1`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let digits =
            |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if parts.next().is_some()
            || !matches!(class, "2" | "4" | "5")
            || !digits(subject)
            || !digits(detail)
        {
            return None;
        }
        let subject = subject.parse().ok().filter(|subject| *subject <= LAST_SUBJECT)?;
        Some(Self { class: class.parse().ok()?, subject, detail: detail.parse().ok()? })
    }

    /// The code that counts for a bounce: the field, unless it is missing or says
    /// nothing, then the first code in the text that says something. Where the code
    /// wraps the words of another server, the code in those words counts.
    pub(super) fn of(field: Option<&str>, text: &str) -> Option<Self> {
        let field = field.and_then(Self::parse);
        let says_something = |status: &Self| !status.is_generic();
        let outer = match field {
            Some(status) if says_something(&status) => Some(status),
            _ => find(text).find(says_something).or(field).or_else(|| find(text).next()),
        }?;
        Some(find(text).find(|inner| outer.wraps(*inner)).unwrap_or(outer))
    }

    /// x.1.0 (other address status) is how gateways head any reply they pass on, and
    /// x.4.7 (time expired) hides what the receiver said each time.
    fn wraps(self, inner: Self) -> bool {
        match (self.subject, self.detail) {
            (1, 0) => !inner.is_generic() && inner != self,
            (4, 7) => {
                inner.class == 4 && !inner.is_generic() && (inner.subject, inner.detail) != (4, 7)
            }
            _ => false,
        }
    }

    /// x.0.0 (other undefined status) and x.3.0 (other mail system status), which
    /// gateways write where they know no better.
    pub fn is_generic(self) -> bool {
        matches!((self.subject, self.detail), (0 | 3, 0))
    }

    /// x.0.0: no more than the class.
    pub(super) fn says_nothing(self) -> bool {
        (self.subject, self.detail) == (0, 0)
    }

    /// Class 4: the receiver says itself that it is not final.
    pub fn is_transient(self) -> bool {
        self.class == 4
    }

    /// Subject 7: security and policy.
    pub fn is_policy(self) -> bool {
        self.subject == 7
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// Codes in a text, from left to right: a token of its own, perhaps with
/// brackets, a reply code (`550-5.1.1`) or a mark (`#5.1.1`) before it. Version
/// numbers and addresses (`192.0.2.1`) have other forms, or say what they are.
fn find(text: &str) -> impl Iterator<Item = Status> + '_ {
    let may_be_code = |(_, pair): &(usize, &[u8])| matches!(pair, [b'2' | b'4' | b'5', b'.']);
    text.as_bytes().windows(2).enumerate().filter(may_be_code).filter_map(move |(start, _)| {
        let (before, token) = text.split_at_checked(start)?;
        if !before.is_empty() && !before.ends_with(is_break) {
            return None;
        }
        let end = token.find(is_break).unwrap_or(token.len());
        let status = Status::parse(token.get(..end)?.trim_end_matches('.'))?;
        (!is_version(before)).then_some(status)
    })
}

fn is_break(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '(' | ')' | '[' | ']' | '<' | '>' | '#' | '-' | ',' | ';' | ':' | '\'' | '"' | '/'
        )
}

/// Whether the last word of a text, reply codes aside, says that a version follows.
fn is_version(before: &str) -> bool {
    let is_reply_code = |token: &str| token.len() == 3 && token.bytes().all(|b| b.is_ascii_digit());
    let mut words = before.rsplit(is_break).filter(|word| !word.is_empty());
    words.find(|word| !is_reply_code(word)).is_some_and(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphabetic());
        ["version", "release", "build", "revision"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    })
}

/// A pattern of the rule table.
#[derive(Debug)]
pub(super) struct StatusPattern {
    pub(super) class: Option<u8>,
    pub(super) subject: u16,
    pub(super) low: u16,
    pub(super) high: u16,
}

impl StatusPattern {
    pub(super) fn matches(&self, status: Status) -> bool {
        self.class.is_none_or(|class| class == status.class)
            && self.subject == status.subject
            && (self.low..=self.high).contains(&status.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_numbers() {
        let cases = [
            ("5.1.1", Some((5, 1, 1))),
            (" 5.7.509 ", Some((5, 7, 509))),
            ("5.1.10", Some((5, 1, 10))),
            ("3.1.1", None),
            ("5.1", None),
            ("5.1.1.1", None),
            ("5.8.1", None),
            ("5.1.x", None),
            ("5.1.1000", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Status::parse(text).map(|s| (s.class, s.subject, s.detail)),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_field_that_says_nothing_gives_way_to_the_text() {
        let cases = [
            (Some("5.1.1"), "550 5.7.26 odd", Some("5.1.1")),
            (Some("5.0.0"), "smtp; 550 5.7.26 unauthenticated", Some("5.7.26")),
            (Some("5.3.0"), "no code at all", Some("5.3.0")),
            (None, "550-5.1.1 no such user", Some("5.1.1")),
            (
                None,
                "host mx.example.com[192.0.2.1] said: 550 #5.1.0 address rejected",
                Some("5.1.0"),
            ),
            (None, "running version 4.98.2 of something; 550 5.2.1 off", Some("5.2.1")),
            (None, "connection timed out", None),
        ];
        for (field, text, expected) in cases {
            assert_eq!(
                Status::of(field, text).map(|s| s.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
