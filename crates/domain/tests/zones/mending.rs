//! After publishing the records that a diagnosis proposes, the domain has no such finding.

use super::case::{Case, cases};
use super::{Result, diagnosed_in};
use warden_domain::finding::{Finding, FindingSeverity, RecordToPublish};

/// Errors whose cure is not a record that the check can know: the owner's key, a term that only
/// the owner can judge, an owner's policy, a logo.
const NOT_BY_A_RECORD: [&str; 22] = [
    "byodkim-key-revoked",
    "byodkim-txt-missing",
    "bimi-http-not-https",
    "bimi-not-svg",
    "bimi-pct",
    "bimi-sp-none",
    "bimi-svg-not-tiny-ps",
    "bimi-svg-unreachable",
    "bimi-syntax",
    "bimi-two-records",
    "dmarc-rua-syntax",
    "dmarc-strict-misaligned-dkim",
    "dmarc-syntax",
    "dmarc-trailing-domain-doubled",
    "identity-not-found",
    "policy-reject-address",
    "spf-include-loop",
    "spf-include-missing",
    "spf-syntax",
    "spf-too-many-lookups",
    "spf-two-records",
    "spf-void-lookups",
];

#[test]
fn publishing_what_is_proposed_mends_the_domain() -> Result {
    let mut mended = 0;
    for case in cases()? {
        let before = diagnosed_in(&case, &case.zone_lines(), &case.facts()?)?;
        let records: Vec<&RecordToPublish> =
            before.findings.iter().flat_map(|finding| &finding.publish).collect();
        let is_hopeless = |finding: &Finding| NOT_BY_A_RECORD.contains(&finding.code);
        if records.is_empty() || before.findings.iter().any(is_hopeless) {
            continue;
        }
        let lines = published(&case, &records);
        // Once the records are right SES verifies, and the commands shown have been run.
        let after = diagnosed_in(&case, &lines, &case.verified_facts()?)?;
        let left: Vec<&str> = after
            .findings
            .iter()
            .filter(|finding| finding.severity == FindingSeverity::Error)
            .map(|finding| finding.code)
            .collect();
        assert!(left.is_empty(), "{}: {left:?} with {lines:#?}", case.id);
        mended += 1;
    }
    assert!(mended >= 40, "{mended}");
    Ok(())
}

/// The zone with the records in the place of what they replace.
fn published(case: &Case, records: &[&RecordToPublish]) -> Vec<String> {
    let mut lines = case.zone_lines();
    for record in records {
        lines.retain(|line| !replaces(record, line));
        let line = format!("{} {} {}", record.name, record.kind, record.value);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Whether a line must go when the record is published: an alias excludes everything else at its
/// name, an MX takes the place of all others, a TXT that of its own kind.
fn replaces(record: &RecordToPublish, line: &str) -> bool {
    let mut words = line.splitn(3, ' ');
    let (Some(name), Some(kind), value) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    if !name.trim_end_matches('.').eq_ignore_ascii_case(&record.name) {
        return false;
    }
    let is_of_one_kind = |value: &str| {
        let start = |text: &str| -> String {
            let letters = text.chars().filter(|c| c.is_alphanumeric());
            letters.take(5).collect::<String>().to_lowercase()
        };
        start(value) == start(&record.value)
    };
    match record.kind {
        "CNAME" => true,
        "MX" => kind == "MX",
        _ => kind == "TXT" && value.is_some_and(is_of_one_kind),
    }
}
