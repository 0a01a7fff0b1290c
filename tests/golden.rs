//! The golden corpus: each payload below `events/` leads to exactly what the
//! file beside it says. How the corpus works is in `events/README.md`.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::Parser;
use serde_json::{Map, Value};
use ses_warden::commands::replay::{self, replay_file};
use warden_domain::bounce::BounceClass;
use warden_domain::outcome::{Acted, GivenBack, Ignored};
use warden_tests::{events, files, payload_files, short_name};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Reasons that no payload can lead to by itself: they need a setting, a memory
/// of earlier events, or an AWS call.
const BEYOND_A_PAYLOAD: [&str; 13] = [
    "complaint_suspects",
    "protected",
    "spared_by_setting",
    "duplicate",
    "names_nobody",
    "staged",
    "sandbox",
    "refused",
    "call_failed",
    "out_of_time",
    "recipient_domain_out",
    "journal_unavailable",
    "panicked",
];

/// `ses-warden replay` alone, so that it can write into a buffer.
#[derive(Parser)]
struct Replay {
    #[command(flatten)]
    args: replay::Args,
}

#[test]
fn every_payload_leads_to_what_its_expectation_says() -> Result {
    let mut report = String::new();
    for payload in payload_files()? {
        let name = short_name(&payload);
        let Ok(text) = fs::read_to_string(payload.with_extension("expected")) else {
            continue; // `payloads_and_expectations_come_in_pairs` names it
        };
        let expected = objects(&text)
            .map_err(|error| format!("{name}: its expectation is not JSON lines: {error}"))?;
        report += &difference(&name, &expected, &replayed(&payload)?);
    }
    assert!(report.is_empty(), "{report}");
    Ok(())
}

#[test]
fn payloads_and_expectations_come_in_pairs() -> Result {
    let mut report = String::new();
    let all: BTreeSet<_> = files(&events())?.into_iter().collect();
    let mut stems = BTreeSet::new();
    for path in &all {
        let name = short_name(path);
        match path.extension().and_then(|e| e.to_str()) {
            Some("json" | "ndjson" | "txt") => {
                if !all.contains(&path.with_extension("expected")) {
                    writeln!(report, "{name}: no expectation beside it")?;
                }
                if !stems.insert(path.with_extension("")) {
                    writeln!(
                        report,
                        "{name}: shares its name, so its expectation, with another payload"
                    )?;
                }
            }
            Some("expected") => {
                if !["json", "ndjson", "txt"].iter().any(|e| all.contains(&path.with_extension(e)))
                {
                    writeln!(report, "{name}: no payload beside it")?;
                }
            }
            _ if name == "README.md" || name == ".gitattributes" => {}
            Some("md" | "toml") if name.starts_with("zones/") => {} // sender domains: zones.rs of the domain
            Some("eml" | "toml") if name.starts_with("messages/") => {} // likewise, messages.rs
            Some("case") if name.starts_with("exports/") => {}      // likewise, exports.rs
            Some("toml") if name.starts_with("diagnostics/") => {} // labelled texts: a test of the domain reads them
            _ => writeln!(report, "{name}: neither a payload nor an expectation")?,
        }
    }
    assert!(report.is_empty(), "{report}");
    assert!(!stems.is_empty(), "the corpus is empty");
    Ok(())
}

#[test]
fn replay_of_the_folder_sees_exactly_the_payloads() -> Result {
    let folder = events();
    let args = Replay::try_parse_from([
        "replay",
        "--json",
        "--show-addresses",
        &folder.to_string_lossy(),
    ])?
    .args;
    let mut out = Vec::new();
    replay::run(&args, &mut out)?;
    let (mut seen, mut lines) = (BTreeSet::new(), Vec::new());
    for mut line in objects(std::str::from_utf8(&out)?)? {
        let file = line.remove("file").ok_or("a line without its file")?;
        seen.insert(short_name(Path::new(file.as_str().ok_or("the file is no text")?)));
        lines.push(line);
    }
    let payloads = payload_files()?;
    assert_eq!(seen, payloads.iter().map(|path| short_name(path)).collect());
    let mut each_alone = Vec::new();
    for payload in &payloads {
        each_alone.extend(replayed(payload)?);
    }
    assert_eq!(lines, each_alone);
    Ok(())
}

/// A new reason or fault begins with a payload that leads to it.
#[test]
fn the_corpus_shows_every_reason_and_every_fault() -> Result {
    let mut shown = BTreeSet::new();
    for payload in payload_files()? {
        for line in
            objects(&fs::read_to_string(payload.with_extension("expected")).unwrap_or_default())?
        {
            shown.extend(line.get("reason").and_then(Value::as_str).map(str::to_owned));
            let recipients = line.get("recipients").and_then(Value::as_array).into_iter().flatten();
            shown.extend(
                recipients.filter_map(|r| Some(format!("fault {}", r.get("fault")?.as_str()?))),
            );
        }
    }
    let reasons = Acted::ALL.iter().map(|r| r.code()).chain(Ignored::ALL.iter().map(|r| r.code()));
    let reasons = reasons.chain(GivenBack::ALL.iter().map(|r| r.code()));
    let wanted = reasons.filter(|code| !BEYOND_A_PAYLOAD.contains(code)).map(str::to_owned);
    let faults = BounceClass::ALL.iter().map(|fault| format!("fault {}", fault.code()));
    let missing: Vec<String> = wanted.chain(faults).filter(|code| !shown.contains(code)).collect();
    assert!(missing.is_empty(), "no payload shows: {}", missing.join(", "));
    Ok(())
}

/// Nothing of a real person, company or account.
#[test]
fn the_corpus_names_only_what_is_set_aside_for_examples() -> Result {
    let mut report = String::new();
    for path in files(&events())? {
        let (name, bytes) = (short_name(&path), fs::read(&path)?);
        // Received messages name real mail services; a test of the domain looks at the rest.
        if name.starts_with("messages/") {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        for domain in domains_of_addresses(&text) {
            let domain = domain.to_ascii_lowercase();
            let example = ["example.com", "example.org", "example.net"].iter().any(|e| {
                domain
                    .strip_suffix(e)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '-']))
            });
            if !example && domain != "simulator.amazonses.com" {
                writeln!(report, "{name}: an address at {domain}")?;
            }
        }
        for number in text.split(|c: char| !c.is_ascii_digit() && c != '.') {
            let names_a_host = |ip: std::net::Ipv4Addr| !ip.is_documentation() && !ip.is_loopback();
            // Section 4.1.1.1 of RFC 2821.
            if number != "4.1.1.1" && number.parse().is_ok_and(names_a_host) {
                writeln!(report, "{name}: the IP address {number}")?;
            }
        }
        for part in text.split([':', '"', '/']) {
            if part.len() == 12
                && part.bytes().all(|b| b.is_ascii_digit())
                && part != "111122223333"
            {
                writeln!(report, "{name}: the account {part}")?;
            }
        }
    }
    assert!(report.is_empty(), "{report}");
    Ok(())
}

/// What stands behind each `@` and looks like a domain.
fn domains_of_addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split('@').skip(1).filter_map(|after| {
        let end = after
            .find(|c: char| !c.is_alphanumeric() && c != '.' && c != '-')
            .unwrap_or(after.len());
        after
            .get(..end)
            .map(|domain| domain.trim_end_matches('.'))
            .filter(|domain| domain.contains('.'))
    })
}

fn replayed(payload: &Path) -> Result<Vec<Map<String, Value>>> {
    let mut lines = Vec::new();
    for line in replay_file(payload, true)? {
        let Value::Object(mut line) = serde_json::to_value(line)? else {
            return Err("a line that is no object".into());
        };
        line.remove("file");
        lines.push(line);
    }
    Ok(lines)
}

fn objects(text: &str) -> Result<Vec<Map<String, Value>>> {
    Ok(text.lines().map(serde_json::from_str).collect::<std::result::Result<_, _>>()?)
}

/// Nothing where both agree; else the fields that differ, line by line.
fn difference(
    name: &str,
    expected: &[Map<String, Value>],
    actual: &[Map<String, Value>],
) -> String {
    let mut out = String::new();
    for index in 0..expected.len().max(actual.len()) {
        match (expected.get(index), actual.get(index)) {
            (Some(expected), Some(actual)) => {
                for key in expected.keys().chain(actual.keys()).collect::<BTreeSet<_>>() {
                    let (want, got) = (expected.get(key), actual.get(key));
                    if want != got {
                        out += &format!(
                            "  #{index} {key}\n    - {}\n    + {}\n",
                            shown(want),
                            shown(got)
                        );
                    }
                }
            }
            (Some(line), None) => {
                out += &format!("  #{index}\n    - {}\n", shown(Some(&line.clone().into())))
            }
            (None, Some(line)) => {
                out += &format!("  #{index}\n    + {}\n", shown(Some(&line.clone().into())))
            }
            (None, None) => {}
        }
    }
    if out.is_empty() { out } else { format!("\n{name}  (- expected, + replayed)\n{out}") }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(absent)".to_owned(), Value::to_string)
}
