//! Names of servers: which belong together, and which imitate another.

use super::super::organization;

/// Receivers whose names are worth imitating.
pub(super) const KNOWN_RECEIVERS: [&str; 8] = [
    "google.com",
    "outlook.com",
    "yahoo.com",
    "icloud.com",
    "protonmail.ch",
    "messagingengine.com",
    "mimecast.com",
    "pphosted.com",
];

/// Organizations under several names.
const FAMILIES: [&[&str]; 7] = [
    &["google.com", "googlemail.com", "gmail.com"],
    &[
        "outlook.com",
        "office365.com",
        "microsoft.com",
        "office365.us",
        "hotmail.com",
        "exchangelabs.com",
    ],
    &["icloud.com", "me.com", "apple.com", "mac.com"],
    &["yahoo.com", "yahoodns.net", "aol.com", "yahoo.co.jp"],
    &["pphosted.com", "ppops.net", "ppe-hosted.com", "gpphosted.com", "proofpoint.com"],
    &["mimecast.com", "mimecast.org", "mimecast.co.za"],
    &["barracudanetworks.com", "barracuda.com", "cudamail.com"],
];

/// Whether two host names belong to the same organization.
pub(in super::super) fn same_family(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let (one, other) = (organization::guess(one), organization::guess(other));
    let is_name = one.contains('.') && other.contains('.');
    (is_name && one == other)
        || FAMILIES.iter().any(|family| family.contains(&one) && family.contains(&other))
}

/// Whether `name` stands in `id`, as `google.com` in `mx.google.com.evil.example` or in
/// `mx-google.com`.
pub(super) fn contains_name(id: &str, name: &str) -> bool {
    name.contains('.')
        && id.match_indices(name).any(|(at, _)| {
            let before = id.get(..at).and_then(|text| text.chars().next_back());
            let after = id.get(at + name.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
}

/// The name with characters that look alike made equal.
pub(super) fn folded(name: &str) -> String {
    let plain = match idna::domain_to_unicode(name) {
        (unicode, Ok(())) => unicode,
        (_, Err(_)) => name.to_owned(),
    };
    plain
        .chars()
        .map(|c| match c {
            '0' | '\u{3bf}' | '\u{43e}' => 'o',
            '1' | '\u{456}' | '\u{131}' | 'i' => 'l',
            '\u{430}' => 'a',
            '\u{435}' => 'e',
            '\u{441}' => 'c',
            '\u{440}' => 'p',
            '\u{445}' => 'x',
            '\u{443}' => 'y',
            '\u{261}' => 'g',
            other => other,
        })
        .collect::<String>()
        .replace("rn", "m")
        .replace("vv", "w")
}
