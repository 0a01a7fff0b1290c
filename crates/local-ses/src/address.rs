//! Addresses and the few header fields that matter, read from text that a
//! sender wrote.

/// The bare address of `Name <a@example.com>` or `a@example.com`.
pub(crate) fn bare(text: &str) -> &str {
    let text = text.trim();
    text.rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(text, |(address, _)| address.trim())
}

/// The domain of an address, as written.
pub(crate) fn domain(address: &str) -> &str {
    bare(address).rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Whether the API accepts this as an address: bare, ASCII, with a dotted domain.
pub(crate) fn is_acceptable(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let local_is_fine = !local.is_empty()
        && local.len() <= 64
        && local.is_ascii()
        && (quoted
            || local.bytes().all(|b| b.is_ascii_graphic() && !b"()<>[]:;@\\,\"".contains(&b)));
    let domain_is_fine = domain.len() <= 255
        && domain.contains('.')
        && domain.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        });
    local_is_fine && domain_is_fine
}

/// The mailbox simulator's domain.
pub(crate) const SIMULATOR_DOMAIN: &str = "simulator.amazonses.com";

/// The simulator mailbox an address names, without its `+label`.
pub(crate) fn simulator_mailbox(address: &str) -> Option<String> {
    let (local, domain) = bare(address).rsplit_once('@')?;
    if !domain.eq_ignore_ascii_case(SIMULATOR_DOMAIN) {
        return None;
    }
    let mailbox = local.split_once('+').map_or(local, |(name, _)| name);
    Some(mailbox.to_ascii_lowercase())
}

/// Splits a header's address list at the commas outside quotes and brackets.
pub(crate) fn split_list(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for character in text.chars() {
        if character == ',' && !quoted {
            parts.push(String::new());
            continue;
        }
        if character == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = character == '\\' && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The header fields of a raw message, unfolded, in their order.
pub(crate) fn raw_headers(message: &str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in message.lines() {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_addresses_and_domains() {
        let cases = [
            ("a@example.com", "a@example.com", "example.com"),
            ("News <a@News.Example.org>", "a@News.Example.org", "News.Example.org"),
            ("\"x <y>\" < b@example.com >", "b@example.com", "example.com"),
            ("nobody", "nobody", ""),
        ];
        for (text, address, expected) in cases {
            assert_eq!(bare(text), address, "{text}");
            assert_eq!(domain(text), expected, "{text}");
        }
    }

    #[test]
    fn acceptable_addresses() {
        for good in [
            "a@example.com",
            "A.b+c@Example.com",
            "dept/sales=eu@example.com",
            "\"a b\"@example.com",
        ] {
            assert!(is_acceptable(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@example.com",
            "a@localhost",
            "Name <a@example.com>",
            "a b@example.com",
            "müller@example.com",
            "a@bücher.example",
            "a@example..com",
        ] {
            assert!(!is_acceptable(bad), "{bad}");
        }
    }

    #[test]
    fn simulator_labels_are_dropped() {
        assert_eq!(
            simulator_mailbox("Bounce+label7@simulator.amazonses.com").as_deref(),
            Some("bounce")
        );
        assert_eq!(simulator_mailbox("bounce@example.com"), None);
    }

    #[test]
    fn lists_split_outside_quotes() {
        assert_eq!(
            split_list("\"Plus, Person\" <p@example.com>, b@example.com ,"),
            ["\"Plus, Person\" <p@example.com>", "b@example.com"]
        );
    }

    #[test]
    fn folded_headers_are_joined() {
        let headers = raw_headers(
            "From: a@example.com\r\nTo: b@example.com,\r\n\tc@example.com\r\n\r\nFake: x",
        );
        assert_eq!(
            headers,
            [
                ("From".to_owned(), "a@example.com".to_owned()),
                ("To".to_owned(), "b@example.com, c@example.com".to_owned()),
            ]
        );
    }
}
