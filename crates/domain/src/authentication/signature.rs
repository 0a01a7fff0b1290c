//! DKIM-Signature header fields (RFC 6376, section 3.5), as far as a diagnosis needs them.

use super::header::HeaderField;
use crate::address::normalize_domain;

/// Signatures read of one message.
const MAX_SIGNATURES: usize = 50;

/// What a DKIM-Signature field claims. Nothing of it is verified here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// `d=`, normalized.
    pub domain: Option<String>,
    /// `s=`, in lower case.
    pub selector: Option<String>,
    /// `b=` without blanks.
    pub signature: String,
    /// `x=`: seconds since 1970 from which it is not valid any more.
    pub expires_at: Option<i64>,
    /// `a=`, in lower case.
    pub algorithm: String,
}

impl Signature {
    /// Reads the value of a DKIM-Signature field.
    pub fn parse(value: &str) -> Self {
        let mut signature = Self::default();
        for (tag, value) in value.split(';').filter_map(|part| part.split_once('=')) {
            let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
            match tag.trim() {
                "d" => signature.domain = normalize_domain(&value),
                "s" => signature.selector = Some(selector(&value)),
                "b" => signature.signature = value,
                "x" => signature.expires_at = value.parse().ok(),
                "a" => signature.algorithm = value.to_ascii_lowercase(),
                _ => {}
            }
        }
        signature
    }
}

/// A selector in its normal form: lower case, no longer than a DNS name.
pub(super) fn selector(text: &str) -> String {
    text.chars().take(253).collect::<String>().to_lowercase()
}

/// The signatures of a message, topmost first.
pub(super) fn of(fields: &[HeaderField]) -> Vec<Signature> {
    fields
        .iter()
        .filter(|field| field.name == "dkim-signature")
        .take(MAX_SIGNATURES)
        .map(|field| Signature::parse(&field.value))
        .collect()
}
