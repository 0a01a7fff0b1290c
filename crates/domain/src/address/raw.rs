//! An address text as it came, before anybody has read it.

use std::borrow::Borrow;
use std::fmt;

use super::{AddressError, EmailAddress};

/// The text of an address field as SES reports it: perhaps with a display name, perhaps no address
/// at all.
///
/// Like [`EmailAddress`] it prints masked, and it has no `Display`, so that an event can be printed
/// while debugging without showing whom it is about.
///
/// # Examples
///
/// ```
/// use warden_domain::address::RawAddress;
///
/// let raw = RawAddress::from("Jane Roe <jane@Example.com>");
/// assert_eq!(format!("{raw:?}"), "RawAddress(j***@example.com)");
/// assert_eq!(raw.parse()?.expose(), "jane@example.com");
/// # Ok::<(), warden_domain::address::AddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RawAddress(String);

impl RawAddress {
    /// The text. Call it only where an address is read, or where an operator asked to see it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The text itself, where an operator asked to see it.
    pub fn into_exposed(self) -> String {
        self.0
    }

    /// Reads the bare address out of it.
    ///
    /// # Errors
    /// [`AddressError`] where the text holds none.
    pub fn parse(&self) -> Result<EmailAddress, AddressError> {
        EmailAddress::parse(&self.0)
    }
}

impl From<String> for RawAddress {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for RawAddress {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<&EmailAddress> for RawAddress {
    fn from(address: &EmailAddress) -> Self {
        Self(address.expose().to_owned())
    }
}

/// A map by addresses is asked by a text.
impl Borrow<str> for RawAddress {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RawAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parse() {
            Ok(address) => write!(f, "RawAddress({address})"),
            Err(_) => write!(f, "RawAddress(no address, {} bytes)", self.0.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_no_local_part_whatever_it_holds() {
        for text in
            ["jane.roe@example.com", "Jane Roe <jane.roe@example.com>", "jane.roe", "jane roe@"]
        {
            let printed = format!("{:?}", RawAddress::from(text));
            assert!(!printed.contains("ane"), "{printed}");
        }
    }
}
