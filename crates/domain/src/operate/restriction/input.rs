//! Reads the parts of a restriction from what a person typed: networks, domains and VPC endpoints. An error is a sentence that says what to write instead.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::address::sender_domain;

/// Reads a network that mail may come from: `203.0.113.0/24`, `2001:db8::/32`.
///
/// # Errors
/// A sentence that says what to write instead: for no network, for one with host bits, for all
/// addresses, and for addresses that AWS never sees as a public source.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let Ok(network) = text.parse::<IpNet>() else {
        return Err(match text.parse::<std::net::IpAddr>() {
            Ok(address) => {
                let whole = if address.is_ipv4() { 32 } else { 128 };
                format!("{text} is an address; write {text}/{whole} for it alone")
            }
            Err(_) => format!("{text} is no network; write one as 203.0.113.0/24"),
        });
    };
    if network.prefix_len() == 0 {
        return Err(format!("{text} is every address, which restricts nothing"));
    }
    if network.network() != network.addr() {
        return Err(format!(
            "{text} has bits behind its prefix; write {} for the network, or the address with the \
             longest prefix",
            network.trunc()
        ));
    }
    if let Some(kind) = no_source(&network) {
        return Err(format!(
            "{text} is {kind}, which aws:SourceIp never holds; mail from inside a VPC comes \
             through an endpoint: allow it with --vpc-endpoint"
        ));
    }
    Ok(network)
}

/// Networks whose addresses no call to AWS comes from, and what they are.
fn no_sources() -> impl Iterator<Item = (IpNet, &'static str)> {
    let v4 =
        |a, b, c, d, prefix| Ipv4Net::new(Ipv4Addr::new(a, b, c, d), prefix).map(IpNet::V4).ok();
    let v6 = |first, prefix| {
        let address = Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0);
        Ipv6Net::new(address, prefix).map(IpNet::V6).ok()
    };
    let kinds = [
        (v4(10, 0, 0, 0, 8), "a private network"),
        (v4(172, 16, 0, 0, 12), "a private network"),
        (v4(192, 168, 0, 0, 16), "a private network"),
        (v4(100, 64, 0, 0, 10), "a network of a carrier's address translation"),
        (v4(127, 0, 0, 0, 8), "a loopback network"),
        (v4(169, 254, 0, 0, 16), "a link-local network"),
        (v4(0, 0, 0, 0, 8), "no network of hosts"),
        (v4(224, 0, 0, 0, 3), "a multicast or reserved network"),
        (v6(0xfc00, 7), "a private network"),
        (v6(0xfe80, 10), "a link-local network"),
        (v6(0xff00, 8), "a multicast network"),
        (v6(0, 8), "no network of hosts"),
    ];
    kinds.into_iter().filter_map(|(network, words)| Some((network?, words)))
}

fn no_source(network: &IpNet) -> Option<&'static str> {
    no_sources().find(|(kind, _)| kind.contains(network)).map(|(_, words)| words)
}

/// Private networks and others that no call to AWS comes from, inside a network.
pub(super) fn no_sources_within(network: &IpNet) -> Vec<IpNet> {
    no_sources().map(|(kind, _)| kind).filter(|kind| network.contains(kind)).collect()
}

/// Reads the domain of a From header.
///
/// # Errors
/// A sentence.
pub fn from_domain(text: &str) -> Result<String, String> {
    sender_domain(text.trim().trim_start_matches('@'))
        .ok_or_else(|| format!("{text} is no domain; write one as news.example.com"))
}

/// Reads the id of a VPC endpoint, in lower case: IAM compares it letter by letter.
///
/// # Errors
/// A sentence.
pub fn vpc_endpoint(text: &str) -> Result<String, String> {
    let id = text.trim().to_ascii_lowercase();
    let digits = id.strip_prefix("vpce-").unwrap_or_default();
    let is_id = matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_id.then_some(id).ok_or_else(|| {
        format!("{text} is no VPC endpoint; write its id, as vpce-0123456789abcdef0")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_networks_are_refused_with_what_to_write() {
        for (text, words) in [
            ("1.2.3.4", "write 1.2.3.4/32"),
            ("2001:db8::1", "write 2001:db8::1/128"),
            ("1.2.3.4/24", "write 1.2.3.0/24"),
            ("0.0.0.0/0", "restricts nothing"),
            ("::/0", "restricts nothing"),
            ("10.1.0.0/16", "--vpc-endpoint"),
            ("192.168.0.0/24", "private"),
            ("127.0.0.1/32", "loopback"),
            ("fd00::/64", "private"),
            ("::1/128", "--vpc-endpoint"),
            ("1.2.3.4/33", "no network"),
            ("1.2.3/24", "no network"),
            ("", "no network"),
            ("example.com", "no network"),
        ] {
            let refusal = network(text).unwrap_err();
            assert!(refusal.contains(words), "{text}: {refusal}");
        }
        for text in ["203.0.113.0/24", "1.2.3.4/32", "2001:db8::/32", "2001:db8::1/128"] {
            assert_eq!(network(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn names_are_read_strictly() {
        assert_eq!(from_domain("News.Example.COM").unwrap(), "news.example.com");
        assert_eq!(from_domain("@example.com").unwrap(), "example.com");
        assert!(from_domain("*.example.com").is_err() && from_domain("ann@example.com").is_err());
        assert_eq!(vpc_endpoint("VPCE-0123456789ABCDEF0").unwrap(), "vpce-0123456789abcdef0");
        assert!(vpc_endpoint("vpce-*").is_err() && vpc_endpoint("vpc-01234567").is_err());
    }
}
