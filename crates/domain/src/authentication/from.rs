//! Whose domain the From header field names (RFC 5322, section 3.6.2).
//!
//! ```
//! use warden_domain::authentication::from::{FromField, read};
//!
//! let from = read("\"Roe, Jane (at a.example)\" <jane@B\u{fc}cher.example>");
//! assert_eq!(from, FromField { domains: vec!["xn--bcher-kva.example".into()], is_malformed: false });
//! ```

use super::scan::{FieldToken, scan};
use crate::address::normalize_domain;

/// Mailboxes read of one field.
const MAX_MAILBOXES: usize = 100;

/// What one From field names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FromField {
    /// The domain of each mailbox, normalized (A-labels).
    pub domains: Vec<String>,
    /// The field does not follow the grammar, or a mailbox has no usable domain.
    pub is_malformed: bool,
}

/// Reads the value of a From field: mailboxes with and without display names, comments, groups.
pub fn read(value: &str) -> FromField {
    let scanned = scan(value, &['<', '>', ',', ':', ';']);
    let mut from = FromField { is_malformed: scanned.is_unclosed, ..FromField::default() };
    let mut mailbox = FromMailbox::default();
    let mut is_in_group = false;
    for token in scanned.tokens {
        match token {
            FieldToken::Comment(_) => {}
            FieldToken::Word { text, is_quoted, .. } => mailbox.word(text, is_quoted),
            FieldToken::Separator('<') => mailbox.open(&mut from),
            FieldToken::Separator('>') => mailbox.close(&mut from),
            // "@a,@b:jane@c" inside angle brackets is an obsolete route.
            FieldToken::Separator(':' | ',') if mailbox.is_open => mailbox.angle.clear(),
            FieldToken::Separator(':') if !is_in_group && mailbox.angle_is_none() => {
                is_in_group = true;
                mailbox = FromMailbox::default();
            }
            FieldToken::Separator(';') if is_in_group => {
                is_in_group = false;
                mailbox.end(&mut from);
            }
            FieldToken::Separator(',') => mailbox.end(&mut from),
            FieldToken::Separator(_) => from.is_malformed = true,
        }
    }
    mailbox.end(&mut from);
    from
}

#[derive(Debug, Default)]
struct FromMailbox {
    /// Words outside of angle brackets.
    words: Vec<(String, bool)>,
    /// Words inside of angle brackets, joined.
    angle: String,
    has_angle: bool,
    is_open: bool,
}

impl FromMailbox {
    fn word(&mut self, text: String, is_quoted: bool) {
        if self.is_open {
            self.angle.push_str(&text);
        } else {
            self.words.push((text, is_quoted));
        }
    }

    fn angle_is_none(&self) -> bool {
        !self.has_angle
    }

    fn open(&mut self, from: &mut FromField) {
        // A second pair of brackets, or one inside of the other.
        from.is_malformed |= self.has_angle;
        self.has_angle = true;
        self.is_open = true;
        self.angle.clear();
    }

    fn close(&mut self, from: &mut FromField) {
        from.is_malformed |= !self.is_open;
        self.is_open = false;
    }

    fn end(&mut self, from: &mut FromField) {
        let mailbox = std::mem::take(self);
        from.is_malformed |= mailbox.is_open;
        let address = if mailbox.has_angle {
            // An address as a display name, unquoted, misleads readers and parsers.
            from.is_malformed |=
                mailbox.words.iter().any(|(word, is_quoted)| !is_quoted && word.contains('@'));
            mailbox.angle
        } else if mailbox.words.is_empty() {
            return;
        } else {
            // "jane @ example.com" is allowed, "jane doe" and "a@b c@d" are no mailbox.
            let joined: String = mailbox.words.iter().map(|(word, _)| word.as_str()).collect();
            let is_one = mailbox.words.len() == 1
                || mailbox
                    .words
                    .iter()
                    .any(|(word, _)| word.starts_with('@') || word.ends_with('@'));
            if !is_one {
                from.is_malformed = true;
                return;
            }
            joined
        };
        let domain = address
            .rsplit_once('@')
            .filter(|(local, _)| !local.is_empty())
            .and_then(|(_, domain)| normalize_domain(domain));
        match domain {
            Some(domain) if from.domains.len() < MAX_MAILBOXES => from.domains.push(domain),
            Some(_) | None => from.is_malformed = true,
        }
    }
}

/// The domain of one address as a property or a trace field has it: `jane@example.com`,
/// `<jane@example.com>`, `Jane <jane@example.com>`, `@example.com` or `example.com` alone.
pub fn property_domain(value: &str) -> Option<String> {
    let value = value.trim();
    let value = match value.rsplit_once('<') {
        Some((_, inside)) => inside.split('>').next().unwrap_or_default(),
        None => value,
    };
    let domain = value.rsplit('@').next().unwrap_or(value);
    if domain.eq_ignore_ascii_case("none") || domain.eq_ignore_ascii_case("unknown") {
        return None;
    }
    normalize_domain(domain).filter(|domain| domain.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_that_of_the_mailbox_and_nothing_else() {
        let cases: &[(&str, &[&str], bool)] = &[
            ("jane@example.com", &["example.com"], false),
            ("<jane@example.com>", &["example.com"], false),
            ("Jane Roe <jane@Example.COM.>", &["example.com"], false),
            ("\"Roe, Jane\" <jane@example.com>", &["example.com"], false),
            ("\"a@b.example\" <jane@example.com>", &["example.com"], false),
            ("Jane (a@b.example) <jane@example.com>", &["example.com"], false),
            ("jane@example.com (Jane (nested) Roe)", &["example.com"], false),
            ("jane(x)@(y)example.com", &["example.com"], false),
            ("jane @ example.com", &["example.com"], false),
            ("\"jane roe\"@example.com", &["example.com"], false),
            ("\"a@b.example\"@example.com", &["example.com"], false),
            ("=?utf-8?q?J=C3=A4ne?= <jane@example.com>", &["example.com"], false),
            ("jane@b\u{fc}cher.example", &["xn--bcher-kva.example"], false),
            ("jane@xn--bcher-kva.example", &["xn--bcher-kva.example"], false),
            ("a@x.example, b@y.example", &["x.example", "y.example"], false),
            ("Team: a@x.example, b@x.example;", &["x.example", "x.example"], false),
            ("undisclosed-senders:;", &[], false),
            ("", &[], false),
            ("<>", &[], true),
            ("Jane", &[], true),
            ("Jane Roe", &[], true),
            ("jane@", &[], true),
            ("@example.com", &[], true),
            ("a@b.example <jane@example.com>", &["example.com"], true),
            ("a@b.example c@d.example", &[], true),
            ("<a@b.example> <c@d.example>", &["d.example"], true),
            ("<a@b.example", &["b.example"], true),
            ("\"jane <jane@example.com>", &[], true),
            ("jane@exam\u{fffd}ple.com", &[], true),
            ("<@relay.example:jane@example.com>", &["example.com"], false),
            ("jane@[192.0.2.1]", &["[192.0.2.1]"], false),
        ];
        for (value, domains, is_malformed) in cases {
            let domains = domains.iter().map(|d| (*d).to_owned()).collect();
            assert_eq!(read(value), FromField { domains, is_malformed: *is_malformed }, "{value}");
        }
    }

    #[test]
    fn property_values_have_many_forms() {
        for (value, domain) in [
            ("jane@example.com", Some("example.com")),
            ("<jane@example.com>", Some("example.com")),
            ("Jane <jane@example.com>", Some("example.com")),
            ("@example.com", Some("example.com")),
            ("Example.com", Some("example.com")),
            ("a@b@example.com", Some("example.com")),
            ("b\u{fc}cher.example", Some("xn--bcher-kva.example")),
            ("none", None),
            ("<>", None),
            ("", None),
            ("localhost", None),
        ] {
            assert_eq!(property_domain(value).as_deref(), domain, "{value}");
        }
    }
}
