use super::*;

#[test]
fn versions_begin_a_record_or_not() {
    for (text, is_record, is_meant) in [
        ("v=spf1", true, false),
        ("V=SPF1 -all", true, false),
        ("v=spf1 ", true, false),
        ("v=spf10 -all", false, true),
        ("v=spf1\t-all", false, true),
        (" v=spf1 -all", false, true),
        ("\"v=spf1 -all\"", false, true),
        ("spf1 -all", false, true),
        ("v=spf2 -all", false, true),
        ("spf2.0/pra -all", false, false),
        ("v=DMARC1; p=none", false, false),
        ("", false, false),
    ] {
        assert_eq!(SpfRecord::parse(text).is_some(), is_record, "{text:?}");
        assert_eq!(was_meant_as_record(text), is_meant, "{text:?}");
    }
}

#[test]
fn terms_are_read_or_named_as_faults() {
    for (term, is_fine) in [
        ("all", true),
        ("-ALL", true),
        ("all:example.com", false),
        ("all/24", false),
        ("all.", false),
        ("all;", false),
        ("include:_spf.example.com", true),
        ("include:%{d}._spf.example.com", true),
        ("include:example.com.", true),
        ("include", false),
        ("include:", false),
        ("include:localhost", false),
        ("include:192.0.2.1", false),
        ("include:ex..example.com", false),
        ("include:example.com/24", false),
        ("a", true),
        ("a/24", true),
        ("a//64", true),
        ("a/24//64", true),
        ("a:example.com/24//64", true),
        ("a:", false),
        ("a/33", false),
        ("a/24/64", false),
        ("a:192.0.2.1", false),
        ("a:foo:bar/baz.example.com", true),
        ("a:foo:bar/baz.example.com/24//64", true),
        ("a:example.com/x", false),
        ("a//", false),
        ("a/", false),
        ("a:a123456789012345678901234567890123456789012345678901234567890123.example.com", false),
        ("mx", true),
        ("mx:example.com", true),
        ("mx//129", false),
        ("ptr", true),
        ("ptr:example.com", true),
        ("ptr:", false),
        ("ptr/24", false),
        ("ip4:192.0.2.0/24", true),
        ("ip4:192.0.2.0/024", false),
        ("ip4:192.0.2", false),
        ("ip4:192.0.2.256", false),
        ("ip4", false),
        ("ipv4:192.0.2.1", false),
        ("ip6:2001:db8::/32", true),
        ("ip6:2001:db8::/129", false),
        ("ip6:192.0.2.1", false),
        ("exists:%{ir}.%{v}._spf.%{d2}", true),
        ("exists:%{x}.example.com", false),
        ("exists:%{d.example.com", false),
        ("exists:%", false),
        ("exists:%{r}.example.com", false),
        ("exists", false),
        ("redirect=example.com", true),
        ("redirect=", false),
        ("redirect:example.com", false),
        ("exp=explain.%{d}", true),
        ("unknown=anything", true),
        ("unknown=", true),
        ("unknown=%abc", false),
        ("exp=", false),
        ("exp=-all", false),
        ("exp=%{r}.example.com", false),
        ("1=x", false),
        ("v=spf1", true),
        ("amazonses.com", false),
        ("+", false),
        ("--all", false),
        ("\u{2013}all", false),
    ] {
        let record = SpfRecord::parse(&format!("v=spf1 {term}")).unwrap();
        assert_eq!(record.faults.is_empty(), is_fine, "{term:?}: {record:?}");
    }
}

#[test]
fn what_stands_behind_all_is_never_reached() {
    let record =
        SpfRecord::parse("v=spf1 a -all include:amazonses.com redirect=x.example").unwrap();
    assert_eq!(record.all(), Some(Qualifier::Fail));
    assert_eq!(record.unreachable, ["include:amazonses.com"]);
    assert_eq!(record.redirect.as_deref(), Some("x.example"));
    assert_eq!(record.directives.len(), 2);
}

#[test]
fn a_second_redirect_is_a_fault() {
    let record = SpfRecord::parse("v=spf1 redirect=a.example redirect=b.example").unwrap();
    assert_eq!(record.faults, ["redirect=b.example"]);
}

#[test]
fn a_second_explanation_is_a_fault_even_behind_all() {
    let record = SpfRecord::parse("v=spf1 exp=a.example -all exp=b.example").unwrap();
    assert_eq!(record.faults, ["exp=b.example"]);
}

#[test]
fn only_the_domain_macro_can_be_expanded_without_a_sender() {
    assert_eq!(expand("%{d}.spf.example", "a.example").as_deref(), Some("a.example.spf.example"));
    assert_eq!(expand("%{i}.spf.example", "a.example"), None);
    assert_eq!(expand("spf.example", "a.example").as_deref(), Some("spf.example"));
}
