use super::*;

/// Walks over a zone of `(domain, record)`; a record `!` is a failed look-up.
fn walk(start: &str, zone: &[(&str, &str)]) -> (Vec<String>, WalkOutcome) {
    let mut walk = TreeWalk::new(start);
    let mut asked = Vec::new();
    while let Some(name) = walk.next_query() {
        let domain = name.strip_prefix("_dmarc.").unwrap();
        let texts: Vec<String> =
            zone.iter().filter(|(d, _)| *d == domain).map(|(_, t)| (*t).to_owned()).collect();
        asked.push(domain.to_owned());
        walk.answer(if texts.iter().any(|t| t == "!") {
            DnsAnswer::Failed
        } else {
            DnsAnswer::Texts(texts)
        });
    }
    (asked, walk.outcome())
}

#[test]
fn organization_and_policy_follow_the_rfc() {
    const P: &str = "v=DMARC1; p=reject";
    const Y: &str = "v=DMARC1; p=reject; psd=y";
    const N: &str = "v=DMARC1; p=reject; psd=n";
    /// A name, start, zone, organizational domain, domain of the policy.
    type Case = (
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
        Option<&'static str>,
    );
    let cases: &[Case] = &[
        ("own", "example.com", &[("example.com", P)], "example.com", Some("example.com")),
        ("parent", "a.example.com", &[("example.com", P)], "example.com", Some("example.com")),
        (
            "own before parent",
            "a.example.com",
            &[("a.example.com", P), ("example.com", P)],
            "example.com",
            Some("a.example.com"),
        ),
        (
            "one between is skipped",
            "a.mail.example.com",
            &[("mail.example.com", P), ("example.com", P)],
            "example.com",
            Some("example.com"),
        ),
        (
            "psd=n ends",
            "a.b.example.com",
            &[("b.example.com", N), ("example.com", P)],
            "b.example.com",
            Some("b.example.com"),
        ),
        ("suffix alone", "a.mail.example.com", &[("com", Y)], "example.com", Some("com")),
        (
            "suffix and organization",
            "a.example.com",
            &[("example.com", P), ("com", Y)],
            "example.com",
            Some("example.com"),
        ),
        (
            "suffix in between",
            "a.b.co.example",
            &[("co.example", Y), ("example", P)],
            "b.co.example",
            Some("co.example"),
        ),
        ("suffix is the start", "bank", &[("bank", Y)], "bank", Some("bank")),
        (
            "suffix start with parent",
            "co.example",
            &[("co.example", Y), ("example", P)],
            "example",
            Some("co.example"),
        ),
        ("nothing", "a.example.com", &[], "a.example.com", None),
        (
            "two discard each other",
            "example.com",
            &[("example.com", P), ("example.com", P)],
            "example.com",
            None,
        ),
        (
            "two at the start, one above",
            "a.example.com",
            &[("a.example.com", P), ("a.example.com", P), ("example.com", P)],
            "example.com",
            Some("example.com"),
        ),
        (
            "case of the version",
            "example.com",
            &[("example.com", "v=dmarc1; p=none")],
            "example.com",
            None,
        ),
    ];
    for (name, start, zone, organization, policy) in cases {
        let (_, found) = walk(start, zone);
        assert_eq!(found.organizational_domain, *organization, "{name}");
        assert_eq!(found.policy.map(|p| p.domain).as_deref(), *policy, "{name}");
        assert!(!found.is_uncertain, "{name}");
    }
}

#[test]
fn long_names_take_eight_queries() {
    let (asked, _) = walk("a.b.c.d.e.f.g.h.i.j.mail.example.com", &[]);
    assert_eq!(
        asked,
        [
            "a.b.c.d.e.f.g.h.i.j.mail.example.com",
            "g.h.i.j.mail.example.com",
            "h.i.j.mail.example.com",
            "i.j.mail.example.com",
            "j.mail.example.com",
            "mail.example.com",
            "example.com",
            "com"
        ]
    );
    for (labels, queries) in [(1, 1), (2, 2), (7, 7), (8, 8), (9, 8), (60, 8)] {
        let name = vec!["a"; labels].join(".");
        assert_eq!(walk(&name, &[]).0.len(), queries, "{labels} labels");
    }
}

#[test]
fn a_failed_look_up_makes_the_outcome_uncertain() {
    let (asked, found) = walk("a.example.com", &[("a.example.com", "!")]);
    assert_eq!(asked.len(), 3);
    assert!(found.is_uncertain);
    assert_eq!(found.policy, None);
    assert!(TreeWalk::new("example.com").outcome().is_uncertain);
}

#[test]
fn an_empty_name_asks_nothing() {
    for name in ["", ".", "..."] {
        assert_eq!(TreeWalk::new(name).next_query(), None);
    }
}

#[test]
fn alignment_compares_names_or_organizations() {
    let domain = |domain, organizational_domain| WalkedDomain { domain, organizational_domain };
    let from = domain("news.example.com", "example.com");
    for (other, relaxed, strict) in [
        (domain("News.Example.com", "example.com"), true, true),
        (domain("example.com", "example.com"), true, false),
        (domain("bounce.example.com", "EXAMPLE.com"), true, false),
        (domain("notexample.com", "notexample.com"), false, false),
    ] {
        assert_eq!(aligns(&from, &other, AlignmentMode::Relaxed), relaxed, "{other:?}");
        assert_eq!(aligns(&from, &other, AlignmentMode::Strict), strict, "{other:?}");
    }
}
