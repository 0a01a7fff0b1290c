use super::*;

#[test]
fn only_a_text_that_begins_with_the_exact_version_is_a_record() {
    for (text, is_record) in [
        ("v=DMARC1", true),
        ("v=DMARC1;", true),
        ("v=DMARC1;p=none", true),
        ("V = DMARC1 ; p = none", true),
        ("v\t=\tDMARC1\t;", true),
        ("v=dmarc1; p=none", false),
        ("v=Dmarc1; p=none", false),
        ("v=DMARC1 p=none", false),
        ("v=DMARC11; p=none", false),
        ("v=DMARC2; p=none", false),
        ("v=DMARC1, p=none", false),
        (" v=DMARC1; p=none", false),
        ("\"v=DMARC1; p=none\"", false),
        ("p=none; v=DMARC1", false),
        ("v=spf1 -all", false),
        ("DMARC1", false),
        ("", false),
        (";", false),
        ("=", false),
    ] {
        assert_eq!(DmarcRecord::parse(text).is_some(), is_record, "{text:?}");
    }
}

#[test]
fn what_a_person_meant_as_a_record_is_recognized() {
    for text in [
        "v=dmarc1; p=none",
        " v=DMARC1; p=none",
        "\"v=DMARC1; p=none\"",
        "p=none; v=DMARC1",
        "v=DMARC1 p=none",
        "v=DMARC 1; p=none",
        "dmarc1; p=none",
    ] {
        assert!(was_meant_as_record(text), "{text:?}");
    }
    for text in ["v=DMARC1; p=none", "v=spf1 -all", "google-site-verification=dmarc", ""] {
        assert!(!was_meant_as_record(text), "{text:?}");
    }
}

#[test]
fn every_tag_is_read() {
    let record = DmarcRecord::parse(
        "v=DMARC1; P=Reject; sp=QUARANTINE;np=none; adkim=s; aspf = S; psd=n; t=y; fo=1:d:s; \
         rua=mailto:a@Example.com!10m , https://r.example/x; ruf=mailto:b@example.net; pct=20; \
         rf=afrf; ri=3600; colour=red;;",
    )
    .unwrap();
    let uri = |uri: &str, mail_domain: Option<&str>, has_size_limit| ReportUri {
        uri: uri.to_owned(),
        mail_domain: mail_domain.map(str::to_owned),
        has_size_limit,
    };
    let pair = |tag: &str, value: &str| (tag.to_owned(), value.to_owned());
    assert_eq!(
        record,
        DmarcRecord {
            policy: Some(DmarcPolicy::Reject),
            has_policy_tag: true,
            subdomain_policy: Some(DmarcPolicy::Quarantine),
            nonexistent_policy: Some(DmarcPolicy::None),
            dkim_alignment: AlignmentMode::Strict,
            spf_alignment: AlignmentMode::Strict,
            public_suffix: PublicSuffix::No,
            is_testing: true,
            aggregate_reports: vec![
                uri("mailto:a@Example.com", Some("example.com"), true),
                uri("https://r.example/x", None, false)
            ],
            failure_reports: vec![uri("mailto:b@example.net", Some("example.net"), false)],
            removed_tags: vec![pair("pct", "20"), pair("rf", "afrf"), pair("ri", "3600")],
            unknown_tags: vec!["colour".to_owned()],
            faults: Vec::new(),
        }
    );
}

#[test]
fn bad_tags_fall_back_to_defaults_and_are_named() {
    let record = DmarcRecord::parse(
        "v=DMARC1; p=rejct; p=none; adkim=x; t=maybe; psd=; fo=2; rua=me@example.com; what; =x",
    )
    .unwrap();
    let invalid = |tag: &str, value: &str| TagFault::InvalidValue {
        tag: tag.to_owned(),
        value: value.to_owned(),
    };
    assert_eq!(
        record.faults,
        [
            invalid("p", "rejct"),
            TagFault::Duplicate("p".to_owned()),
            invalid("adkim", "x"),
            invalid("t", "maybe"),
            TagFault::NotATag("psd=".to_owned()),
            invalid("fo", "2"),
            TagFault::InvalidUri { tag: "rua".to_owned(), value: "me@example.com".to_owned() },
            TagFault::NotATag("what".to_owned()),
            TagFault::NotATag("=x".to_owned()),
        ]
    );
    assert_eq!(record.dkim_alignment, AlignmentMode::Relaxed);
    assert!(!record.is_testing);
}

#[test]
fn policy_follows_scope_and_falls_back() {
    use DmarcPolicy::{None as Nothing, Quarantine, Reject};
    use PolicyScope::{Domain, NonexistentSubdomain, Subdomain};
    for (text, scope, expected) in [
        ("v=DMARC1; p=reject", Domain, Some(Reject)),
        ("v=DMARC1; p=reject", Subdomain, Some(Reject)),
        ("v=DMARC1; p=reject; sp=none", Domain, Some(Reject)),
        ("v=DMARC1; p=reject; sp=none", Subdomain, Some(Nothing)),
        ("v=DMARC1; p=none; sp=quarantine; np=reject", Subdomain, Some(Quarantine)),
        ("v=DMARC1; p=none; sp=quarantine; np=reject", NonexistentSubdomain, Some(Reject)),
        ("v=DMARC1; p=none; sp=quarantine", NonexistentSubdomain, Some(Quarantine)),
        ("v=DMARC1; p=reject; t=y", Domain, Some(Quarantine)),
        ("v=DMARC1; p=quarantine; t=y", Domain, Some(Nothing)),
        ("v=DMARC1; p=none; t=y", Domain, Some(Nothing)),
        ("v=DMARC1", Domain, Some(Nothing)),
        ("v=DMARC1; rua=mailto:a@example.com", Domain, Some(Nothing)),
        ("v=DMARC1; p=x", Domain, None),
        ("v=DMARC1; p=reject; sp=x", Domain, None),
        ("v=DMARC1; p=reject; np=x; rua=mailto:a@example.com", Domain, Some(Nothing)),
        ("v=DMARC1; p=x; rua=a@example.com", Domain, None),
    ] {
        let record = DmarcRecord::parse(text).unwrap();
        assert_eq!(record.effective_policy(scope), expected, "{text} {scope:?}");
    }
}

#[test]
fn several_records_discard_each_other() {
    let texts = ["v=spf1 -all", "v=DMARC1; p=none"];
    assert!(matches!(select(&texts), Selection::One(_)));
    assert_eq!(select(&["v=DMARC1; p=none", "v=DMARC1; p=none", "x"]), Selection::Several(2));
    assert_eq!(select(&["v=dmarc1; p=none"]), Selection::Missing);
    assert_eq!(select::<&str>(&[]), Selection::Missing);
}

#[test]
fn report_destinations_need_a_scheme() {
    for (text, mail_domain) in [
        ("mailto:d@example.com", Some(Some("example.com"))),
        ("MAILTO:d@EXAMPLE.com", Some(Some("example.com"))),
        ("mailto:d@example.com!10M", Some(Some("example.com"))),
        ("mailto:d@example.com?subject=x", Some(Some("example.com"))),
        ("https://example.com/dmarc", Some(None)),
        ("d@example.com", None),
        ("mailto:", None),
        ("mailto:d", None),
        ("mailto:@example.com", None),
        ("mailto: d@example.com", None),
        ("", None),
    ] {
        let uri = ReportUri::parse(text).map(|uri| uri.mail_domain);
        assert_eq!(uri.as_ref().map(|d| d.as_deref()), mail_domain, "{text}");
    }
}
