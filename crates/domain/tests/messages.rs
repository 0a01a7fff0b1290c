//! Received messages with hand-written expectations: `events/messages/NAME.eml` beside
//! `NAME.toml`. The README of `events` says what the keys mean.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use warden_domain::authentication::codes::MessageCode;
use warden_domain::authentication::evidence::HeaderEvidence;
use warden_domain::authentication::tree_walk::{DnsAnswer, TreeWalk, WalkOutcome};
use warden_domain::authentication::verdict::{MessageJudgement, judge};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    source: String,
    #[serde(default)]
    authserv_ids: Vec<String>,
    from_domain: String,
    authserv_id: Option<String>,
    spf: String,
    spf_aligned: Option<bool>,
    dkim: Vec<String>,
    dmarc: String,
    policy: Option<String>,
    expect: Vec<String>,
    forbid: Vec<String>,
    #[serde(default)]
    zone: BTreeMap<String, String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/messages")
}

fn cases() -> Result<Vec<(String, Vec<u8>, Expectation)>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("eml") => {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let text = fs::read_to_string(path.with_extension("toml"))
                    .map_err(|error| format!("{name} has no expectation: {error}"))?;
                let expectation =
                    toml::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
                cases.push((name, fs::read(&path)?, expectation));
            }
            Some("toml") if path.with_extension("eml").exists() => {}
            _ => return Err(format!("{} belongs to no message", path.display()).into()),
        }
    }
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(cases)
}

/// Walks over a zone of DMARC records; without one, DNS does not answer.
fn walks(domains: &[String], zone: &BTreeMap<String, String>) -> BTreeMap<String, WalkOutcome> {
    let walk = |domain: &String| {
        let mut walk = TreeWalk::new(domain);
        while let Some(name) = walk.next_query() {
            walk.answer(DnsAnswer::Texts(zone.get(&name).cloned().into_iter().collect()));
        }
        (domain.clone(), walk.outcome())
    };
    if zone.is_empty() { BTreeMap::new() } else { domains.iter().map(walk).collect() }
}

fn judged(message: &[u8], expectation: &Expectation) -> MessageJudgement {
    let evidence = HeaderEvidence::read(message, &expectation.authserv_ids);
    judge(&evidence, &walks(&evidence.domains_to_walk(), &expectation.zone))
}

#[test]
fn every_message_is_judged_as_expected() -> Result {
    let cases = cases()?;
    assert!(cases.len() >= 100, "only {} messages", cases.len());
    let mut failures = Vec::new();
    for (name, message, expectation) in &cases {
        assert!(expectation.source.len() > 10, "{name} has no source");
        let judgement = judged(message, expectation);
        let mut differ = |what: &str, found: String, expected: &str| {
            if found != expected {
                failures.push(format!("{name}: {what} is {found:?}, expected {expected:?}"));
            }
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        differ("from_domain", text(&judgement.from_domain), &expectation.from_domain);
        if let Some(id) = &expectation.authserv_id {
            differ("authserv_id", text(&judgement.authserv_id), id);
        }
        let spf = &judgement.spf;
        differ("spf", format!("{} {}", spf.result.code(), text(&spf.domain)), &expectation.spf);
        if let Some(aligned) = expectation.spf_aligned {
            differ("spf_aligned", format!("{:?}", spf.aligned), &format!("{:?}", Some(aligned)));
        }
        let sign = |aligned| match aligned {
            Some(true) => "+",
            Some(false) => "-",
            None => "?",
        };
        let dkim: Vec<String> = judgement
            .dkim
            .iter()
            .map(|d| format!("{} {} {}", d.result, text(&d.domain), sign(d.aligned)))
            .collect();
        differ("dkim", dkim.join(", "), &expectation.dkim.join(", "));
        let dmarc = serde_json::to_value(&judgement.dmarc)?;
        differ(
            "dmarc",
            dmarc["verdict"].as_str().unwrap_or_default().to_owned(),
            &expectation.dmarc,
        );
        if let Some(policy) = &expectation.policy {
            differ("policy", dmarc["policy"].as_str().unwrap_or("null").to_owned(), policy);
        }
        let codes: Vec<&str> = judgement.findings.iter().map(|f| f.code.as_str()).collect();
        for code in &expectation.expect {
            if !codes.contains(&code.as_str()) {
                failures.push(format!("{name}: {code} is not said, but {codes:?}"));
            }
        }
        for code in expectation.forbid.iter().filter(|code| codes.contains(&code.as_str())) {
            failures.push(format!("{name}: {code} is said"));
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    Ok(())
}

#[test]
fn every_code_has_two_messages_that_expect_it() -> Result {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    let cases = cases()?;
    for code in cases.iter().flat_map(|(_, _, expectation)| &expectation.expect) {
        *count.entry(code.split('=').next().unwrap_or(code)).or_default() += 1;
    }
    let known = MessageCode::ALL.iter().map(|(_, code, _)| *code).chain(["compauth"]);
    let rare: Vec<_> = known.clone().filter(|c| count.get(c).copied().unwrap_or(0) < 2).collect();
    assert!(rare.is_empty(), "fewer than two messages expect {rare:?}");
    let unknown: Vec<_> = count.keys().filter(|code| !known.clone().any(|k| k == **code)).collect();
    assert!(unknown.is_empty(), "no such code: {unknown:?}");
    Ok(())
}

#[test]
fn line_ends_change_nothing() -> Result {
    for (name, message, expectation) in cases()? {
        if message.contains(&b'\r') || message.contains(&0xff) {
            continue;
        }
        let text = String::from_utf8(message.clone())?;
        let crlf = text.replace('\n', "\r\n");
        let judgement = judged(&message, &expectation);
        assert_eq!(judged(crlf.as_bytes(), &expectation), judgement, "{name}");
    }
    Ok(())
}

/// Mail services and public suffixes, whose names are the point of a message.
const SERVICES: [&str; 13] = [
    "co.uk",
    "amazonses.com",
    "amazon.com",
    "gmail.com",
    "googlegroups.com",
    "google.com",
    "yahoo.com",
    "icloud.com",
    "outlook.com",
    "mimecast.com",
    "pphosted.com",
    "xn--bcher-kva.example",
    "b\u{fc}cher.example",
];

#[test]
fn messages_name_nobody_but_services() -> Result {
    for (name, message, _) in cases()? {
        let text = String::from_utf8_lossy(&message).to_lowercase();
        for after in text.split('@').skip(1) {
            let end = after.find(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-'));
            let domain = after.split_at(end.unwrap_or(after.len())).0.trim_end_matches('.');
            let is_example =
                ["example", "example.com", "example.org", "example.net", "example.edu"]
                    .iter()
                    .any(|example| format!(".{domain}").ends_with(&format!(".{example}")));
            let is_service = SERVICES
                .iter()
                .any(|service| format!(".{domain}").ends_with(&format!(".{service}")));
            assert!(
                !domain.contains('.') || is_example || is_service,
                "{name}: an address at {domain}"
            );
        }
        // The published sample has 11.22.33.44; loopback and private addresses are nobody's.
        for number in text.split(|c: char| !c.is_ascii_digit() && c != '.') {
            if let Ok(ip) = number.parse::<std::net::Ipv4Addr>() {
                let is_nobodys = ip.is_documentation() || ip.is_private() || ip.is_loopback();
                assert!(is_nobodys || number == "11.22.33.44", "{name}: {number}");
            }
        }
    }
    Ok(())
}

#[test]
fn the_handbook_says_of_every_code_when_it_is_said() -> Result {
    let handbook = fs::read_to_string(folder().join("../../docs/DOCTOR.md"))?;
    for (_, code, when) in MessageCode::ALL {
        let row = format!("| `{code}` | {} |", when.trim());
        assert!(handbook.lines().any(|line| line == row), "no row {row}");
    }
    Ok(())
}
