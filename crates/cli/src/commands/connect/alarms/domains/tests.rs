use super::super::tests::choice;
use super::*;

fn known(seen: &[&str], identities: &[&str]) -> KnownDomains {
    KnownDomains::new(seen.iter().copied(), identities.iter().map(|name| (*name, true)))
}

fn sorted(domains: BTreeSet<String>) -> Vec<String> {
    domains.into_iter().collect()
}

#[test]
fn domains_are_those_seen_and_those_of_identities_in_one_spelling() {
    let known = known(
        &["news.example.org", "unknown", "OTHER", "other."],
        &["Example.COM", "b\u{fc}cher.example", "news.example.org.", "no domain"],
    );
    assert!(known.is_beyond_cap);
    assert_eq!(
        sorted(known.domains(&choice(&[]).scope, &BTreeSet::new())),
        ["example.com", "news.example.org", "xn--bcher-kva.example"]
    );
    assert_eq!(
        sorted(known.domains(&choice(&["example.com", "old.test"]).scope, &BTreeSet::new())),
        ["example.com"]
    );
    assert!(!KnownDomains::new(["news.example.org"], []).is_beyond_cap);
}

/// Verification is lost when a DNS record is, for an hour or for good.
#[test]
fn an_identity_that_cannot_send_gets_no_alarms_and_keeps_those_it_has() {
    let identities =
        [("new.test", false), ("lapsed.test", false), ("seen.test", false), ("fine.test", true)];
    let known = KnownDomains::new(["seen.test"], identities);
    let with_alarms = ["lapsed.test".to_owned(), "old.test".to_owned()].into();
    assert_eq!(
        sorted(known.domains(&choice(&[]).scope, &with_alarms)),
        ["fine.test", "lapsed.test", "seen.test"]
    );
}

#[test]
fn a_named_domain_is_one_that_mail_comes_from() {
    for (text, expected) in [
        ("News.Example.org.", Ok("news.example.org".to_owned())),
        ("b\u{fc}cher.example", Ok("xn--bcher-kva.example".to_owned())),
        ("other", Err("counts under other")),
        ("OTHER", Err("counts under other")),
        ("unknown.", Err("counts under unknown")),
        ("localhost", Err("has a dot")),
        ("-", Err("has a dot")),
        ("no domain", Err("not a domain name")),
        ("", Err("not a domain name")),
    ] {
        match (named(text), expected) {
            (Err(why), Err(part)) => assert!(why.contains(part), "{text}: {why}"),
            (got, expected) => assert_eq!(got, expected.map_err(str::to_owned), "{text}"),
        }
    }
}
