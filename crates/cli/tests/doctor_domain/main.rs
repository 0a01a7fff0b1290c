//! `ses-warden doctor domain` and `explain --domain` against a name server and an SES on loopback.

mod ses;

use std::error::Error;
use std::process::{Command, Output};

use fake_dns::{Server, Zone};
use serde_json::Value;
use ses::Ses;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// A healthy example.com.
const HEALTHY: [&str; 9] = [
    "example.com MX 10 mx.example.com",
    "example.com TXT v=spf1 include:_spf.example.net ~all",
    "_spf.example.net TXT v=spf1 ip4:192.0.2.0/24 -all",
    "tokenone._domainkey.example.com CNAME tokenone.dkim.amazonses.com",
    "tokentwo._domainkey.example.com CNAME tokentwo.dkim.amazonses.com",
    "tokenthree._domainkey.example.com CNAME tokenthree.dkim.amazonses.com",
    "mail.example.com MX 10 feedback-smtp.eu-west-1.amazonses.com",
    "mail.example.com TXT v=spf1 include:amazonses.com ~all",
    "_dmarc.example.com TXT v=DMARC1; p=reject; rua=mailto:dmarc@example.com",
];

fn zone(without: &[&str], records: &[&str]) -> Result<Zone> {
    let kept = HEALTHY.iter().filter(|line| !without.iter().any(|start| line.starts_with(start)));
    Ok(Zone::parse(kept.chain(records).copied())?)
}

/// Runs the command with what it needs to reach both servers.
fn run(words: &[&str], dns: &Server, ses: &Ses) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ses-warden"));
    command.env_clear().env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "hush");
    command.env("AWS_ENDPOINT_URL_SESV2", ses.url());
    command.args(words).args(["--region", "eu-west-1", "--timeout", "0.3"]);
    command.args(["--nameserver", &dns.address().to_string()]);
    Ok(command.output()?)
}

/// The findings' codes of one line of `--json`.
fn codes(line: &str) -> Result<Vec<String>> {
    let value: Value = serde_json::from_str(line)?;
    let findings = value.get("findings").and_then(Value::as_array).ok_or("no findings")?;
    let code = |finding: &Value| Some(finding.get("code")?.as_str()?.to_owned());
    Ok(findings.iter().filter_map(code).collect())
}

#[test]
fn a_healthy_domain_has_no_problem() -> Result {
    let (dns, ses) = (Server::start(zone(&[], &[])?)?, Ses::start(ses::healthy())?);
    let output = run(&["doctor", "domain", "--json", "Example.COM."], &dns, &ses)?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout)?;
    let value: Value = serde_json::from_str(text.trim_end())?;
    assert_eq!(value["domain"], "example.com");
    assert_eq!(value["region"], "eu-west-1");
    assert_eq!(value["policy"], "policy-reject-domain");
    let keys: Vec<&String> = value.as_object().ok_or("no object")?.keys().collect();
    assert_eq!(keys, ["domain", "findings", "policy", "region"]);
    let codes = codes(&text)?;
    for code in ["dkim-ok", "mailfrom-ok", "dmarc-ok", "bulk-rules-ok", "bimi-missing"] {
        assert!(codes.iter().any(|found| found == code), "{code} in {codes:?}");
    }
    assert!(dns.queries() < 40, "{} queries", dns.queries());
    Ok(())
}

#[test]
fn a_broken_domain_is_shown_with_its_records() -> Result {
    let zone = zone(
        &["tokentwo", "mail.example.com MX"],
        &["tokentwo._domainkey.example.com.example.com CNAME tokentwo.dkim.amazonses.com"],
    )?;
    let (dns, ses) = (Server::start(zone)?, Ses::start(ses::healthy())?);
    let output = run(&["doctor", "domain", "example.com"], &dns, &ses)?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8(output.stdout)?;
    for words in [
        "example.com in eu-west-1: 3 errors, 0 warnings",
        "dkim-trailing-domain-doubled",
        "Enter the name without the domain",
        "Right: dmarc-ok",
        "tokentwo._domainkey.example.com  CNAME  tokentwo.dkim.amazonses.com",
        "MX     10 feedback-smtp.eu-west-1.amazonses.com",
    ] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
    Ok(())
}

#[test]
fn long_records_come_over_tcp_and_failures_give_no_verdict() -> Result {
    let long = format!("example.com TXT long={}", "x".repeat(1500));
    let zone = zone(
        &["mail.example.com", "_dmarc"],
        &[&long, "mail.example.com SERVFAIL", "_dmarc.example.com SILENCE"],
    )?;
    let (dns, ses) = (Server::start(zone)?, Ses::start(ses::healthy())?);
    let output = run(&["doctor", "domain", "--json", "example.com"], &dns, &ses)?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let value: Value = serde_json::from_slice(&output.stdout)?;
    let failed: Vec<&str> = value["findings"]
        .as_array()
        .ok_or("no findings")?
        .iter()
        .filter(|finding| finding["code"] == "dns-servfail")
        .filter_map(|finding| finding["subject"].as_str())
        .collect();
    assert_eq!(failed, ["_dmarc.example.com", "mail.example.com"]);
    Ok(())
}

#[test]
fn several_domains_come_in_their_order_and_from_files() -> Result {
    let folder = std::env::temp_dir().join(format!("ses-warden-domains-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("domains.txt");
    std::fs::write(&file, "# ours\nnews.example.com\n\nexample.com # again\n")?;
    let (dns, ses) = (Server::start(zone(&[], &[])?)?, Ses::start(ses::healthy())?);
    let names = format!("@{}", file.display());
    let output = run(&["doctor", "domain", "--json", "example.com", &names], &dns, &ses)?;
    std::fs::remove_dir_all(&folder)?;
    let text = String::from_utf8(output.stdout)?;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with(r#"{"domain":"example.com","#));
    assert!(codes(lines[1])?.iter().any(|code| code == "identity-inherited"), "{}", lines[1]);
    Ok(())
}

#[test]
fn an_identity_is_found_by_its_spelling_and_addresses_by_their_domain() -> Result {
    let dns = Server::start(zone(&[], &[])?)?;
    for (state, code) in [
        (ses::spelled("Example.COM"), "dkim-ok"),
        (ses::address("sender@Example.com"), "policy-reject-address"),
        (ses::nothing(), "identity-not-found"),
        (ses::broken(), "ses-not-read"),
        (ses::unlisted(), "dkim-ok"),
        (ses::in_pages(), "identity-addresses-inherit"),
    ] {
        let ses = Ses::start(state)?;
        let output = run(&["doctor", "domain", "--json", "example.com"], &dns, &ses)?;
        let text = String::from_utf8(output.stdout)?;
        assert!(codes(&text)?.iter().any(|found| found == code), "{code} in {text}");
    }
    Ok(())
}

#[test]
fn what_was_not_read_is_said_in_the_first_line() -> Result {
    let (dns, ses) = (Server::start(zone(&[], &[])?)?, Ses::start(ses::broken())?);
    let output = run(&["doctor", "domain", "example.com"], &dns, &ses)?;
    let text = String::from_utf8(output.stdout)?;
    let first = text.lines().next().unwrap_or_default();
    assert_eq!(first, "example.com in eu-west-1: no problem found; SES was not read");
    Ok(())
}

#[test]
fn recommendations_of_the_manager_are_passed_on() -> Result {
    let dns = Server::start(zone(&[], &[])?)?;
    let ses = Ses::start(ses::with_recommendation("BIMI record was not found."))?;
    let output = run(&["doctor", "domain", "example.com"], &dns, &ses)?;
    let text = String::from_utf8(output.stdout)?;
    assert!(text.contains("BIMI record was not found."), "{text}");
    assert!(!text.contains("of another domain"), "{text}");
    Ok(())
}

#[test]
fn a_logo_is_fetched_only_when_asked() -> Result {
    // Nothing listens on port 1, and the URL is https, so nothing leaves this machine.
    let record = "default._bimi.example.com TXT v=BIMI1; l=https://127.0.0.1:1/l.svg; a=https://127.0.0.1:1/c.pem";
    let (dns, ses) = (Server::start(zone(&[], &[record])?)?, Ses::start(ses::healthy())?);
    for (option, code, status) in
        [(None, "bimi-svg-not-checked", 0), (Some("--fetch"), "bimi-svg-unreachable", 1)]
    {
        let words: Vec<&str> =
            ["doctor", "domain", "--json", "example.com"].into_iter().chain(option).collect();
        let output = run(&words, &dns, &ses)?;
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        let text = String::from_utf8(output.stdout)?;
        assert!(codes(&text)?.iter().any(|found| found == code), "{code} in {text}");
    }
    Ok(())
}

#[test]
fn explain_checks_the_domain_behind_an_authentication_text() -> Result {
    let zone = zone(&["_dmarc"], &[])?;
    let (dns, ses) = (Server::start(zone)?, Ses::start(ses::healthy())?);
    let text = "550 5.7.26 Unauthenticated email from example.com is not accepted due to DMARC";
    let output = run(&["explain", "--json", "--domain", "example.com", text], &dns, &ses)?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let out = String::from_utf8(output.stdout)?;
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 2, "{out}");
    assert!(lines[0].contains("ses-warden doctor domain example.com"), "{out}");
    assert!(codes(lines[1])?.iter().any(|code| code == "dmarc-missing"), "{out}");

    let output = run(&["explain", "--domain", "example.com", "550 user unknown"], &dns, &ses)?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let out = String::from_utf8(output.stdout)?;
    assert!(out.contains("example.com was not checked"), "{out}");
    Ok(())
}

#[test]
fn codes_are_explained_and_unknown_ones_refused() -> Result {
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ses-warden"));
        command.env_clear().args(["doctor", "domain"]);
        command
    };
    let output = command().args(["--explain", "dkim-cname-flattened"]).output()?;
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout)?.contains("Switch flattening"));
    let output = command().args(["--explain", "dkim-cname-flattened", "--json"]).output()?;
    let value: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(value["severity"], "warning");
    for words in [&["--explain", "no-such-code"][..], &[], &["not a domain"], &["a@example.com"]] {
        let output = command().args(words).args(["--region", "eu-west-1"]).output()?;
        assert_eq!(output.status.code(), Some(2), "{words:?}");
    }
    Ok(())
}

#[test]
fn nothing_from_dns_or_ses_reaches_the_terminal_raw() -> Result {
    const HOSTILE: &str = "\u{1b}[2J\u{7}\u{202e}\u{2028}forged";
    let spf = format!("example.com TXT v=spf1 {HOSTILE} -all");
    let zone = zone(&["example.com TXT"], &[&spf])?;
    let ses = Ses::start(ses::with_recommendation(&format!("{HOSTILE}\nforged line")))?;
    let dns = Server::start(zone)?;
    for json in [None, Some("--json")] {
        let words: Vec<&str> =
            ["doctor", "domain", "example.com"].into_iter().chain(json).collect();
        let output = run(&words, &dns, &ses)?;
        let text = String::from_utf8(output.stdout)?;
        assert!(text.contains("spf-syntax"), "{text}");
        let is_raw = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2028}".contains(c);
        assert!(!text.contains(is_raw), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("forged")), "{text}");
    }
    Ok(())
}
