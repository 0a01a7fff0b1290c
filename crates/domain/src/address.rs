//! E-mail addresses as SES reports them.

mod raw;

use std::fmt;

use thiserror::Error;

pub use raw::RawAddress;

/// Longest address kept, in bytes: 64 for the local part, 255 for the domain
/// and the `@` (RFC 5321, section 4.5.3.1).
const MAX_BYTES: usize = 320;

/// A bare address: the local part as it was written, the domain in lower case
/// and as an A-label.
///
/// The local part is kept because SES stores suppression entries case-preserved
/// and matches Get, Put and Delete exactly. `Display` and `Debug` are masked, so
/// that an address never reaches a log by accident; [`EmailAddress::expose`] is
/// the one way to the full text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress {
    text: String,
    at: usize,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Nothing but white space.
    #[error("the address is empty")]
    Empty,
    /// No `@` with something on both sides.
    #[error("the address has no local part or no domain")]
    Incomplete,
    /// Longer than SMTP carries.
    #[error("the address is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// A space or control character outside a quoted local part.
    #[error("the address holds a character no address can hold")]
    BadCharacter,
    /// A domain that has no A-label form.
    #[error("the domain of the address is not a domain name")]
    BadDomain,
}

impl EmailAddress {
    /// Reads `a@b`, `Name <a@b>` and the `rfc822; a@b` form of a delivery status
    /// notification's Final-Recipient field (RFC 3464, section 2.3.2).
    ///
    /// # Errors
    /// [`AddressError`] when no bare address can be found. The caller should
    /// leave that recipient alone and report it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let bare = bare_address(text);
        if bare.is_empty() {
            return Err(AddressError::Empty);
        }
        if bare.len() > MAX_BYTES {
            return Err(AddressError::TooLong);
        }
        let (local, domain) = bare.rsplit_once('@').ok_or(AddressError::Incomplete)?;
        if local.is_empty() || domain.is_empty() {
            return Err(AddressError::Incomplete);
        }
        let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
        let forbidden = |c: char| {
            c.is_control()
                || (!quoted && (c.is_whitespace() || matches!(c, '<' | '>' | '@' | ',' | ';')))
        };
        if local.chars().any(forbidden) {
            return Err(AddressError::BadCharacter);
        }
        let domain = normalize_domain(domain).ok_or(AddressError::BadDomain)?;
        Ok(Self { text: format!("{local}@{domain}"), at: local.len() })
    }

    /// The full address. Call it only where the bytes leave for SES, or where an
    /// operator asked to see them.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The part after the last `@`.
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// The part before the last `@`.
    pub fn local_part(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// Whether it belongs to the SES mailbox simulator, whose mail has no effect
    /// on reputation and whose addresses PutSuppressedDestination rejects.
    pub fn is_simulator(&self) -> bool {
        is_simulator_domain(self.domain())
    }

    /// The same mailbox as far as sending is concerned: SES compares addresses
    /// without case when it sends.
    pub fn key(&self) -> String {
        self.text.to_lowercase()
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(first) = self.local_part().chars().find(|c| c.is_alphanumeric()) {
            write!(f, "{first}***@{}", self.domain())
        } else {
            write!(f, "***@{}", self.domain())
        }
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress({self})")
    }
}

/// Whether `domain` is the mailbox simulator's.
fn is_simulator_domain(domain: &str) -> bool {
    domain.eq_ignore_ascii_case("simulator.amazonses.com")
}

/// Lower case, no trailing dot, A-labels; `None` for what cannot be a host name
/// (CloudWatch takes ASCII dimension values only, and SES wants A-labels).
///
/// Underscores are let through: they are not host names by RFC 952, but mail is
/// sent from such domains.
pub fn normalize_domain(domain: &str) -> Option<String> {
    let domain = domain.trim().trim_end_matches('.');
    if domain.is_empty() || domain.len() > 255 {
        return None;
    }
    let mut ascii = if domain.is_ascii() {
        domain.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(domain).ok()?
    };
    // An ideographic full stop at the end has become one now.
    ascii.truncate(ascii.trim_end_matches('.').len());
    let label_is_fine = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if let Some(literal) = ascii.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        // An address literal (RFC 5321, section 4.1.3).
        let fine =
            literal.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-'));
        return (fine && !literal.is_empty()).then_some(ascii);
    }
    (ascii.len() <= 253 && ascii.split('.').all(label_is_fine)).then_some(ascii)
}

/// A domain that somebody may own, normalized: more than one label, none of them with a
/// hyphen at an end or an A-label of nothing, and no IP address.
///
/// Addresses are not held to it: SES has the last word on which of them exist.
pub fn sender_domain(domain: &str) -> Option<String> {
    let name = normalize_domain(domain)?;
    let (_, top) = name.rsplit_once('.')?;
    let is_number = top.bytes().all(|b| b.is_ascii_digit());
    let has_odd_hyphen =
        name.split('.').any(|label| label.starts_with('-') || label.ends_with('-'));
    let is_literal = name.starts_with('[');
    let is_encoded_well = || idna::domain_to_ascii(&name).is_ok_and(|ascii| ascii == name);
    (!is_number && !has_odd_hyphen && !is_literal && is_encoded_well()).then_some(name)
}

/// Takes a display name, angle brackets, an address type and surrounding dots
/// of prose off.
fn bare_address(text: &str) -> &str {
    let mut text = text.trim();
    if let Some((kind, rest)) = text.split_once(';')
        && kind.trim().eq_ignore_ascii_case("rfc822")
    {
        text = rest.trim();
    }
    if let Some(inner) = text.strip_suffix('>')
        && let Some((_, address)) = inner.rsplit_once('<')
    {
        text = address.trim();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_that_ses_reports() {
        let cases = [
            ("ghost@example.com", "ghost@example.com"),
            ("  ghost@example.com ", "ghost@example.com"),
            ("Ghost@Example.COM", "Ghost@example.com"),
            ("Jane Roe <Jane.Roe@example.com>", "Jane.Roe@example.com"),
            ("\"Roe, Jane\" <jane@example.com>", "jane@example.com"),
            ("rfc822; <Plus+Tag@Example.NET>", "Plus+Tag@example.net"),
            ("rfc822;jane@example.net", "jane@example.net"),
            ("\"john..doe\"@example.net", "\"john..doe\"@example.net"),
            ("\"a b\"@example.net", "\"a b\"@example.net"),
            ("müller@bücher.example.net", "müller@xn--bcher-kva.example.net"),
            ("jane@example.net.", "jane@example.net"),
            ("dept/sales=eu@example.net", "dept/sales=eu@example.net"),
            ("postmaster@[192.0.2.7]", "postmaster@[192.0.2.7]"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                EmailAddress::parse(text).map(|a| a.expose().to_owned()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        let cases = [
            ("", AddressError::Empty),
            ("   ", AddressError::Empty),
            ("nobody", AddressError::Incomplete),
            ("@example.com", AddressError::Incomplete),
            ("jane@", AddressError::Incomplete),
            ("jane roe@example.com", AddressError::BadCharacter),
            ("jane\n@example.com", AddressError::BadCharacter),
            ("a@b@example.com", AddressError::BadCharacter),
            ("jane@exa mple.com", AddressError::BadDomain),
            ("jane@example..com", AddressError::BadDomain),
        ];
        for (text, expected) in cases {
            assert_eq!(EmailAddress::parse(text), Err(expected), "{text:?}");
        }
        let long = format!("{}@example.com", "a".repeat(400));
        assert_eq!(EmailAddress::parse(&long), Err(AddressError::TooLong));
    }

    #[test]
    fn never_shows_the_local_part() {
        let address = EmailAddress::parse("jane.roe@example.com").unwrap();
        assert_eq!(address.to_string(), "j***@example.com");
        assert_eq!(format!("{address:?}"), "EmailAddress(j***@example.com)");
        assert_eq!(
            EmailAddress::parse("\"?\"@example.com").unwrap().to_string(),
            "***@example.com"
        );
    }

    #[test]
    fn a_domain_that_somebody_may_own_has_labels_as_registries_give_them() {
        for (text, wanted) in [
            ("Example.COM.", Some("example.com")),
            ("_dmarc.a--b.example.com", Some("_dmarc.a--b.example.com")),
            ("b\u{fc}cher.example", Some("xn--bcher-kva.example")),
            ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
            ("7.example", Some("7.example")),
            ("example", None),
            ("other", None),
            ("unknown.", None),
            ("-a-.example", None),
            ("a.-b.example", None),
            ("a-.example", None),
            ("xn--a.example", None),
            ("xn--.example", None),
            ("xn--99999999.example", None),
            ("192.0.2.7", None),
            ("[192.0.2.7]", None),
            ("[ipv6:2001:db8::7]", None),
            ("a..example", None),
            ("", None),
        ] {
            assert_eq!(sender_domain(text).as_deref(), wanted, "{text}");
        }
        assert!(EmailAddress::parse("jane@-a-.example").is_ok(), "an address is SES's to judge");
    }

    #[test]
    fn simulator_addresses_are_known() {
        assert!(EmailAddress::parse("bounce+x@Simulator.AmazonSES.com").unwrap().is_simulator());
        assert!(!EmailAddress::parse("bounce@example.com").unwrap().is_simulator());
    }
}
