//! Message and feedback ids in the form SES gives them, and names that it accepts.

use std::hash::{BuildHasher, RandomState};

/// `0107` (the Region's mark), twelve hexadecimal digits of the time, a UUID
/// and a counter: `0107019b624b60c5-8c9d8bfb-6ff1-486c-9fd6-05d2adeb6ea4-000000`.
pub(crate) fn message_id(now_ms: i64) -> String {
    format!("0107{:012x}-{}-000000", now_ms & 0xffff_ffff_ffff, uuid())
}

/// A random UUID, version 4.
pub(crate) fn uuid() -> String {
    let bits = u128::from(random()) << 64 | u128::from(random());
    let bits = bits & !(0xf << 76) | (0x4 << 76);
    let bits = bits & !(0x3 << 62) | (0x2 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        bits >> 80 & 0xffff,
        bits >> 64 & 0xffff,
        bits >> 48 & 0xffff,
        bits & 0xffff_ffff_ffff
    )
}

/// The standard library's hasher keys are random, and differ from call to
/// call: enough for identifiers that only have to be unique.
fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// Whether a name is one SES accepts for a set or a destination.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_look_like_those_of_ses() {
        let id = message_id(0x019b_624b_60c5);
        assert_eq!(id.len(), 60);
        assert!(id.starts_with("0107019b624b60c5-"), "{id}");
        assert!(id.ends_with("-000000"), "{id}");
        assert_ne!(id, message_id(0x019b_624b_60c5));
    }

    #[test]
    fn uuids_carry_version_and_variant() {
        let id = uuid();
        assert_eq!(id.len(), 36);
        assert_eq!(id.get(14..15), Some("4"));
        assert!(matches!(id.get(19..20), Some("8" | "9" | "a" | "b")), "{id}");
    }
}
