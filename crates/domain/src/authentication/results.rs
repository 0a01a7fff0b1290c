//! Authentication-Results header fields (RFC 8601), read leniently and without ever taking a
//! comment or a quoted string for a result.
//!
//! ```
//! use warden_domain::authentication::results::AuthenticationResults;
//!
//! let header = AuthenticationResults::parse(
//!     "mx.example.org 1; spf=fail (dkim=pass) smtp.mailfrom=a@example.com; dkim=none",
//! );
//! assert_eq!(header.authserv_id.as_deref(), Some("mx.example.org"));
//! assert_eq!(header.results[0].property("smtp.mailfrom"), Some("a@example.com"));
//! assert_eq!(header.results.len(), 2);
//! ```

mod part;

use super::scan::{FieldToken, scan};
use part::{Pair, ResultPart};

/// Results kept of one header field.
pub const MAX_RESULTS: usize = 200;

/// Characters kept of a result. RFC 8601's have eleven at most.
const MAX_WORD: usize = 40;

/// Characters kept of a name that is no host name.
const MAX_NAME: usize = 253;

/// One header field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthenticationResults {
    /// Who wrote it: lower case, without a final dot. Microsoft 365 writes none.
    pub authserv_id: Option<String>,
    /// The results in order.
    pub results: Vec<MethodResult>,
    /// What is wrong with the syntax.
    pub faults: Vec<SyntaxFault>,
    /// A comment or a quoted string holds something that looks like a passing result.
    pub has_result_in_comment: bool,
}

/// One result: `method=result (comment) reason="…" ptype.property=value …`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MethodResult {
    /// `spf`, `dkim`, `dmarc`, `arc`, …, in lower case and without a version.
    pub method: String,
    /// The word after the equals sign, in lower case.
    pub result: String,
    /// All comments behind it, joined by blanks. They explain, and prove nothing.
    pub comment: String,
    /// Properties in order: name in lower case (`header.d`, `reason`, `action`), value as written.
    pub properties: Vec<(String, String)>,
}

/// Something that RFC 8601 does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SyntaxFault {
    /// A comment or quoted string that does not end.
    Unclosed,
    /// A result without a semicolon in front, right behind the authserv-id.
    MissingSemicolon,
    /// A part between semicolons that holds no `method=result`.
    NoResult,
    /// Neither results nor the word `none`.
    Empty,
    /// A property that one result gives two different values.
    ContradictoryProperty,
}

impl MethodResult {
    /// The value of the first property of that name.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The comment and the reason in lower case, for the words that explain a result.
    pub fn explanation(&self) -> String {
        format!("{} {}", self.comment, self.property("reason").unwrap_or_default())
            .to_ascii_lowercase()
    }
}

/// Methods of RFC 8601's registry that a verdict rests on.
fn is_verdict_method(key: &str) -> bool {
    matches!(method_name(key), "spf" | "dkim" | "dmarc")
}

/// Without a version: `dkim/1`.
fn method_name(key: &str) -> &str {
    key.split_once('/').map_or(key, |(name, _)| name)
}

impl AuthenticationResults {
    /// Reads the value of a header field. Nothing fails: what cannot be read is a fault.
    pub fn parse(value: &str) -> Self {
        let scanned = scan(value, &[';']);
        let mut header = Self::default();
        if scanned.is_unclosed {
            header.fault(SyntaxFault::Unclosed);
        }
        let mut parts = scanned.tokens.split(|token| *token == FieldToken::Separator(';'));
        if let Some(first) = parts.next() {
            header.read_first(first);
        }
        let mut says_none = false;
        for part in parts {
            let part = ResultPart::read(part);
            says_none |= part.is_word("none");
            header.take(part);
        }
        if header.results.is_empty() && !says_none {
            header.fault(SyntaxFault::Empty);
        }
        header
    }

    /// The part in front of the first semicolon: an authserv-id, or with Microsoft a result.
    fn read_first(&mut self, tokens: &[FieldToken]) {
        let part = ResultPart::read(tokens);
        let Some(id) = part.leading.first() else {
            self.take(part);
            return;
        };
        self.authserv_id = normalized_id(id);
        self.note_comment(&part);
        let claims = part.pairs.iter().any(|pair| is_verdict_method(&pair.key));
        if claims {
            self.fault(SyntaxFault::MissingSemicolon);
        }
    }

    fn take(&mut self, part: ResultPart) {
        self.note_comment(&part);
        let mut pairs = part.pairs.into_iter();
        let Some(Pair { key, value: result, is_quoted }) = pairs.next() else {
            // Microsoft puts the recipient's domain between two results. An empty part is a
            // semicolon too many.
            let is_harmless = match part.leading.as_slice() {
                [] => true,
                [word] => {
                    word.eq_ignore_ascii_case("none") || (word.contains('.') && !word.contains('='))
                }
                _ => false,
            };
            if !is_harmless {
                self.fault(SyntaxFault::NoResult);
            }
            return;
        };
        let method = method_name(&key);
        if !part.leading.is_empty() && is_verdict_method(&key) {
            // "junk dkim=pass" is not what a receiver writes.
            self.fault(SyntaxFault::NoResult);
            return;
        }
        // A result is a bare word: in quotes it may come from the message itself.
        if self.results.len() == MAX_RESULTS || method.is_empty() || result.is_empty() || is_quoted
        {
            self.fault(SyntaxFault::NoResult);
            return;
        }
        let mut properties: Vec<(String, String)> = Vec::new();
        for Pair { key, value, .. } in pairs.take(MAX_RESULTS) {
            // "header.d=a dkim=pass header.d=b": a second result without a semicolon.
            if is_verdict_method(&key) {
                self.fault(SyntaxFault::MissingSemicolon);
                break;
            }
            let known = properties.iter().find(|(name, _)| *name == key);
            match known {
                Some((_, first))
                    if !first.eq_ignore_ascii_case(&value) && key.starts_with("header.") =>
                {
                    self.fault(SyntaxFault::ContradictoryProperty);
                }
                Some(_) => {}
                None => properties.push((key, value)),
            }
        }
        self.results.push(MethodResult {
            method: method.to_owned(),
            result: result.chars().take(MAX_WORD).collect::<String>().to_ascii_lowercase(),
            comment: part.comments.join(" "),
            properties,
        });
    }

    fn fault(&mut self, fault: SyntaxFault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn note_comment(&mut self, part: &ResultPart) {
        let is_arc = part.pairs.first().is_some_and(|pair| method_name(&pair.key).contains("arc"));
        // ARC results quote the results of an earlier hop in their comment.
        if !is_arc
            && (part.comments.iter().any(|text| claims_pass(text))
                || part.quoted.iter().any(|text| claims_pass(text)))
        {
            self.has_result_in_comment = true;
        }
    }
}

/// The name of a writer: lower case, A-labels, no final dot. Names that are no host names stay.
pub fn normalized_id(id: &str) -> Option<String> {
    let id = id.trim().trim_end_matches('.');
    if id.is_empty() {
        return None;
    }
    Some(
        crate::address::normalize_domain(id)
            .unwrap_or_else(|| id.to_lowercase().chars().take(MAX_NAME).collect()),
    )
}

/// Whether a text holds `spf=pass`, `dkim=pass` or `dmarc=pass`, blanks aside.
fn claims_pass(text: &str) -> bool {
    let text: String =
        text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    ["spf=pass", "dkim=pass", "dmarc=pass"].iter().any(|claim| text.contains(claim))
}

#[cfg(test)]
mod tests;
