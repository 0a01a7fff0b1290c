//! How an address is known where it may not stand.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::address::EmailAddress;

/// Shortest key, in bytes: half of what SHA-256 gives.
const SHORTEST_KEY: usize = 16;
/// Bytes of an id: 128 bits.
const ID_BYTES: usize = 16;

/// The secret that ids are made with. It never prints.
#[derive(Clone)]
pub struct JournalKey(Hmac<Sha256>);

/// The text is too short for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key of the journal must have at least {SHORTEST_KEY} characters")]
pub struct JournalKeyError;

impl JournalKey {
    /// A key of this text; blanks around it do not count.
    ///
    /// # Errors
    /// [`JournalKeyError`] for a text of less than 16 bytes.
    pub fn new(text: &str) -> Result<Self, JournalKeyError> {
        let text = text.trim();
        if text.len() < SHORTEST_KEY {
            return Err(JournalKeyError);
        }
        Hmac::new_from_slice(text.as_bytes()).map(Self).map_err(|_| JournalKeyError)
    }

    /// The id of an address, the same for every spelling that receivers take for one mailbox: HMAC
    /// of the bare address in lower case with its domain as A-labels.
    ///
    /// # Examples
    /// ```
    /// use warden_domain::address::EmailAddress;
    /// use warden_domain::journal::JournalKey;
    ///
    /// let key = JournalKey::new("a secret of the stack")?;
    /// let [one, other] = ["Jane <JANE@Example.com>", "jane@example.com"]
    ///     .map(|text| key.address_id(&EmailAddress::parse(text).unwrap()));
    /// assert_eq!(one, other);
    /// assert_eq!(one.as_str().len(), 32);
    /// # Ok::<(), warden_domain::journal::JournalKeyError>(())
    /// ```
    pub fn address_id(&self, address: &EmailAddress) -> AddressId {
        AddressId(self.hash("address", &address.expose().to_lowercase()))
    }

    /// The id of a recipient domain, as 32 hexadecimal digits. A domain may name its only user, so
    /// it does not stand in the journal either.
    pub fn domain_id(&self, domain: &str) -> String {
        self.hash("domain", &domain.to_lowercase())
    }

    fn hash(&self, purpose: &str, text: &str) -> String {
        let mut hmac = self.0.clone();
        hmac.update(purpose.as_bytes());
        hmac.update(&[0]);
        hmac.update(text.as_bytes());
        hex(hmac.finalize().into_bytes().iter().take(ID_BYTES))
    }
}

pub(super) fn hex<'a>(bytes: impl Iterator<Item = &'a u8>) -> String {
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JournalKey(secret)")
    }
}

/// The id of an address: 32 hexadecimal digits. Without the key it says nothing of the address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressId(String);

impl AddressId {
    /// Reads an id from its 32 lower-case hexadecimal digits; `None` for any other text.
    pub fn from_digits(digits: &str) -> Option<Self> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let is_id = digits.len() == 2 * ID_BYTES && digits.bytes().all(is_digit);
        is_id.then(|| Self(digits.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition that holds what was decided about the address.
    pub fn partition(&self) -> String {
        format!("address#{}", self.0)
    }
}

impl fmt::Display for AddressId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(key: &JournalKey, text: &str) -> AddressId {
        key.address_id(&EmailAddress::parse(text).unwrap())
    }

    #[test]
    fn spellings_of_one_mailbox_have_one_id() {
        let key = JournalKey::new("0123456789abcdef").unwrap();
        let spellings = [
            "müller@bücher.example",
            "  MÜLLER@BÜCHER.example. ",
            "Jane <Müller@xn--bcher-kva.EXAMPLE>",
            "rfc822;müller@bücher.example",
        ];
        for text in spellings {
            assert_eq!(id(&key, text), id(&key, spellings[0]), "{text}");
        }
        assert_ne!(id(&key, "dept/sales@example.com"), id(&key, "dept@example.com"));
    }

    #[test]
    fn another_key_gives_other_ids() {
        let [one, other] =
            ["0123456789abcdef", "0123456789abcdeg"].map(|text| JournalKey::new(text).unwrap());
        assert_ne!(id(&one, "jane@example.com"), id(&other, "jane@example.com"));
        assert_ne!(one.domain_id("example.com"), other.domain_id("example.com"));
        assert_eq!(one.domain_id("Example.COM"), one.domain_id("example.com"));
    }

    #[test]
    fn a_short_key_is_refused_and_none_prints() {
        assert_eq!(JournalKey::new("  0123456789abcde ").err(), Some(JournalKeyError));
        let key = JournalKey::new("hush-hush-hush-hush").unwrap();
        assert!(!format!("{key:?}").contains("hush"));
    }
}
