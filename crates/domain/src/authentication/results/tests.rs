use super::*;

/// The parts of a header that matter, in one line: `id | method=result prop=value | …`.
fn summary(value: &str) -> String {
    let header = AuthenticationResults::parse(value);
    let mut parts = vec![header.authserv_id.unwrap_or_else(|| "-".to_owned())];
    for result in header.results {
        let properties: String =
            result.properties.iter().map(|(key, value)| format!(" {key}={value}")).collect();
        parts.push(format!("{}={}{properties}", result.method, result.result));
    }
    for fault in header.faults {
        parts.push(format!("{fault:?}"));
    }
    if header.has_result_in_comment {
        parts.push("!comment".to_owned());
    }
    parts.join(" | ")
}

#[test]
fn results_are_read_as_receivers_write_them() {
    for (value, expected) in [
        // RFC 8601, appendix B.
        ("example.org 1; none", "example.org"),
        (
            "example.com; spf=pass smtp.mailfrom=example.net",
            "example.com | spf=pass smtp.mailfrom=example.net",
        ),
        (
            "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for \
             it) fail policy (A dot can go here) . (like that) expired (this surprised me) = \
             (as I wasn't expecting it) 1362471462",
            "foo.example.net | dkim=fail policy.expired=1362471462",
        ),
        // Folds, no blanks, several blanks, upper case.
        ("mx.example.org;spf=pass;dkim=none", "mx.example.org | spf=pass | dkim=none"),
        ("MX.Example.ORG. ;  SPF = Pass ; ", "mx.example.org | spf=pass"),
        ("\"mx.example.org\"; spf=pass", "mx.example.org | spf=pass"),
        ("mx.example.org 1; spf=pass", "mx.example.org | spf=pass"),
        ("mx.example.org/1; spf=pass", "mx.example.org/1 | spf=pass"),
        // Properties with equals signs, slashes and quotes in their values.
        (
            "a; dkim=pass header.b=ab/c+d== header.s=s1; spf=pass smtp.mailfrom=SRS0=x=y=e@f.example",
            "a | dkim=pass header.b=ab/c+d== header.s=s1 | \
             spf=pass smtp.mailfrom=SRS0=x=y=e@f.example",
        ),
        (
            "a; spf=pass smtp.mailfrom=\"x; dkim=pass header.d=victim.example\"@evil.example",
            "a | spf=pass smtp.mailfrom=x; dkim=pass header.d=victim.example@evil.example \
             | !comment",
        ),
        (
            "a; dmarc=pass header.from=\"Jane Roe\" <jane@example.com>",
            "a | dmarc=pass header.from=Jane Roe <jane@example.com>",
        ),
        ("a; dkim=pass reason=\"2048-bit key\"", "a | dkim=pass reason=2048-bit key"),
        ("a; dmarc=pass(p=REJECT) header.from=x.example", "a | dmarc=pass header.from=x.example"),
        // Microsoft 365: no authserv-id, sometimes the recipient's domain in between.
        (
            "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; contoso.example; \
             dkim=none (message not signed) header.d=none;dmarc=fail action=none \
             header.from=b.example;compauth=fail reason=001",
            "- | spf=pass smtp.mailfrom=a.example | dkim=none header.d=none \
             | dmarc=fail action=none header.from=b.example | compauth=fail reason=001",
        ),
        // Yahoo, some years ago.
        (
            "mta1.example.com from=a.example; domainkeys=neutral (no sig); from=a.example; \
             dkim=pass (ok)",
            "mta1.example.com | domainkeys=neutral | from=a.example | dkim=pass",
        ),
    ] {
        assert_eq!(summary(value), expected, "{value}");
    }
}

#[test]
fn hostile_headers_give_no_result() {
    for (value, expected) in [
        ("a; spf=fail (dkim=pass header.d=x.example)", "a | spf=fail | !comment"),
        ("a; spf=fail ((x) dmarc = pass (y))", "a | spf=fail | !comment"),
        ("a; spf=fail (\\) dkim=pass", "a | spf=fail | Unclosed | !comment"),
        ("a; spf=fail (x; dkim=pass", "a | spf=fail | Unclosed | !comment"),
        ("a; x=\"; dkim=pass", "a | Unclosed | NoResult | Empty | !comment"),
        ("a; \"dkim=pass header.d=x\"", "a | NoResult | Empty | !comment"),
        ("a; dkim=\"pass\"", "a | NoResult | Empty | !comment"),
        ("a; dkim=pa\"ss\"", "a | NoResult | Empty | !comment"),
        ("a; \"dkim\"=pass", "a | NoResult | Empty | !comment"),
        ("a dkim=pass; spf=fail", "a | spf=fail | MissingSemicolon"),
        ("a; spf=fail dkim=pass header.d=x", "a | spf=fail | MissingSemicolon"),
        ("a; junk dkim=pass", "a | NoResult | Empty"),
        ("a; dkim", "a | NoResult | Empty"),
        ("a; dkim=", "a | NoResult | Empty"),
        ("a; =pass", "a | NoResult | Empty"),
        ("a; dkim==pass", "a | dkim==pass"),
        ("a; (dkim=pass)", "a | Empty | !comment"),
        ("a", "a | Empty"),
        ("", "- | Empty"),
        (";;;", "- | Empty"),
        ("a; none; dkim=pass", "a | dkim=pass"),
        ("a; dkim=pass header.d=x header.d=y", "a | dkim=pass header.d=x | ContradictoryProperty"),
        ("a; arc=pass (i=1 spf=pass dkim=pass)", "a | arc=pass"),
        ("a; dkim\0=pass", "a | dkim=pass"),
        ("a; d\u{200b}kim=pass", "a | d\u{200b}kim=pass"),
    ] {
        assert_eq!(summary(value), expected, "{value}");
    }
}
