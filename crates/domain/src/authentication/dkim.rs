//! DKIM key records (RFC 6376, section 3.6.1).
//!
//! ```
//! use warden_domain::authentication::dkim::DkimKey;
//!
//! let key = DkimKey::parse("v=DKIM1; k=rsa; p=").expect("a key record");
//! assert!(key.is_revoked());
//! assert!(DkimKey::parse("v=spf1 -all").is_none());
//! ```

/// A public key as a receiver finds it at `<selector>._domainkey.<domain>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimKey {
    /// `k`: `rsa` unless another is named.
    pub key_type: String,
    /// `p` without blanks; empty if the key was revoked.
    pub public_key: String,
}

impl DkimKey {
    /// Parses a TXT text; `None` if it is not a key record: a part is not `tag=value`, `p` is
    /// missing, or the version is not DKIM1.
    pub fn parse(text: &str) -> Option<Self> {
        let mut key = Self { key_type: "rsa".to_owned(), public_key: String::new() };
        let mut has_key = false;
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (tag, value) = part.split_once('=')?;
            match (tag.trim(), value.trim()) {
                ("v", version) if version != "DKIM1" => return None,
                ("k", key_type) => key.key_type = key_type.to_ascii_lowercase(),
                ("p", value) => {
                    has_key = true;
                    key.public_key = value.chars().filter(|c| !c.is_whitespace()).collect();
                }
                (tag, _) if tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {}
                _ => return None,
            }
        }
        let is_base64 = key
            .public_key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
        (has_key && is_base64).then_some(key)
    }

    /// Whether the owner has revoked the key: `p` is empty.
    pub fn is_revoked(&self) -> bool {
        self.public_key.is_empty()
    }

    /// Returns roughly how many bits an RSA key has, from the length of its encoding.
    pub fn rsa_bits(&self) -> Option<usize> {
        if self.key_type != "rsa" || self.is_revoked() {
            return None;
        }
        let bytes = self.public_key.trim_end_matches('=').len() * 3 / 4;
        // The encoding adds 34 bytes (1024 bits) to 38 bytes (2048 bits and more) to the modulus.
        Some((bytes.saturating_sub(34) + 32) / 64 * 512)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_keys_or_not() {
        for (text, key) in [
            ("v=DKIM1; k=rsa; p=QUJD", Some("QUJD")),
            ("p=QUJD", Some("QUJD")),
            (" v = DKIM1 ; p = QU JD ; ", Some("QUJD")),
            ("k=ed25519; p=QUJD; t=s; n=note", Some("QUJD")),
            ("v=DKIM1; p=", Some("")),
            ("v=DKIM1", None),
            ("v=dkim1; p=QUJD", None),
            ("\"v=DKIM1; p=QUJD\"", None),
            ("v=DKIM1; p=not base64!", None),
            ("v=spf1 -all", None),
            ("hello", None),
            ("", None),
        ] {
            assert_eq!(DkimKey::parse(text).map(|k| k.public_key).as_deref(), key, "{text:?}");
        }
    }

    #[test]
    fn the_encoding_tells_the_length_of_an_rsa_key() {
        for (encoded, bits) in [(216, 1024), (392, 2048), (736, 4096), (128, 512), (0, 0)] {
            let key = DkimKey::parse(&format!("p={}", "A".repeat(encoded))).unwrap();
            assert_eq!(key.rsa_bits().unwrap_or(0), bits, "{encoded}");
        }
        assert_eq!(DkimKey::parse("k=ed25519; p=QUJD").unwrap().rsa_bits(), None);
    }
}
