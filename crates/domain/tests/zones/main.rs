//! The corpus of zones (`events/zones`): each zone and SES state against what was written down
//! by hand.

mod case;
mod mending;

use std::collections::BTreeSet;
use std::error::Error;

use case::{Case, cases};
use fake_dns::Zone;
use warden_domain::authentication::domain_check::{Diagnosis, SesFacts, codes, diagnose};
use warden_domain::dns::{Book, DnsRecord, Lookup, MailExchange, Question, RecordType};
use warden_domain::finding::FindingSeverity;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Queries that a domain may take.
const MOST_QUERIES: usize = 64;
/// Rounds of look-ups that a domain may take: a chain of SPF includes is the longest.
const MOST_ROUNDS: usize = 30;

#[test]
fn every_zone_comes_out_as_written() -> Result {
    let mut failures = Vec::new();
    for case in cases()? {
        let diagnosis = diagnosed(&case)?;
        let mut wrong = differences(&case, &diagnosis);
        if !wrong.is_empty() {
            wrong.insert(0, format!("{} ({})", case.id, case.file));
            failures.push(wrong.join("\n    "));
        }
    }
    assert!(failures.is_empty(), "{} zones differ:\n{}", failures.len(), failures.join("\n"));
    Ok(())
}

#[test]
fn there_are_enough_zones_and_each_names_its_source() -> Result {
    let cases = cases()?;
    assert!(cases.len() >= 120, "{}", cases.len());
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len(), "an id stands twice");
    for case in &cases {
        assert!(case.source.len() > 5, "{} names no source", case.id);
        for code in case.expect.iter().chain(&case.forbid) {
            assert!(codes::find(code).is_some(), "{}: {code} is no code", case.id);
        }
    }
    Ok(())
}

#[test]
fn every_code_has_a_zone_that_expects_it() -> Result {
    let expected: BTreeSet<String> = cases()?.into_iter().flat_map(|case| case.expect).collect();
    let missing: Vec<&str> =
        codes::all().map(|code| code.code).filter(|code| !expected.contains(*code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    Ok(())
}

#[test]
fn the_page_on_the_doctor_lists_every_code() {
    let page = include_str!("../../../../docs/DOCTOR.md");
    for code in codes::all() {
        let row = format!("| `{}` | {} |", code.code, code.severity.name());
        assert!(page.contains(&row), "{row}");
    }
}

#[test]
fn the_severity_of_a_finding_is_that_of_its_code() -> Result {
    for case in cases()? {
        for finding in diagnosed(&case)?.findings {
            let code = codes::find(finding.code).ok_or(finding.code)?;
            assert_eq!(finding.severity, code.severity, "{}: {}", case.id, finding.code);
            assert!(!finding.subject.is_empty(), "{}: {}", case.id, finding.code);
            let text = &finding.text;
            assert!(text.ends_with('.') && !text.contains("  "), "{}: {text}", case.id);
        }
    }
    Ok(())
}

fn differences(case: &Case, diagnosis: &Diagnosis) -> Vec<String> {
    let mut wrong = Vec::new();
    let findings = &diagnosis.findings;
    let has = |code: &str| findings.iter().any(|finding| finding.code == code);
    for code in case.expect.iter().filter(|code| !has(code)) {
        wrong.push(format!("expected and missing: {code}"));
    }
    for code in case.forbid.iter().filter(|code| has(code)) {
        wrong.push(format!("forbidden and there: {code}"));
    }
    // An expectation lists every error and warning.
    for finding in findings.iter().filter(|finding| finding.severity > FindingSeverity::Info) {
        if !case.expect.iter().any(|code| code == finding.code) {
            wrong.push(format!("not expected: {} {}", finding.code, finding.text));
        }
    }
    let records: BTreeSet<String> = findings
        .iter()
        .flat_map(|finding| &finding.publish)
        .map(|record| format!("{} {} {}", record.name, record.kind, record.value))
        .collect();
    for record in case.publish.iter().filter(|record| !records.contains(*record)) {
        wrong.push(format!("not published: {record}; there are {records:?}"));
    }
    let said = findings
        .iter()
        .flat_map(|f| f.commands.iter().chain([&f.text, &f.subject]).chain(&f.found))
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n");
    for words in case.say.iter().filter(|words| !said.contains(words.as_str())) {
        wrong.push(format!("not said: {words}"));
    }
    if case.policy.as_ref().is_some_and(|policy| *policy != diagnosis.policy) {
        wrong.push(format!("policy: {}", diagnosis.policy));
    }
    wrong
}

/// Runs the diagnosis over the case's zone until it asks for nothing more.
fn diagnosed(case: &Case) -> Result<Diagnosis> {
    diagnosed_in(case, &case.zone_lines(), &case.facts()?)
}

/// The same over other lines and facts.
fn diagnosed_in(case: &Case, lines: &[String], facts: &SesFacts) -> Result<Diagnosis> {
    let zone = Zone::parse(lines.iter().map(String::as_str))?;
    let logo = case.logo();
    let mut book = Book::default();
    for _ in 0..MOST_ROUNDS {
        let diagnosis = diagnose(&case.domain, facts, &book, logo.as_ref());
        let questions = book.take_questions();
        if questions.is_empty() {
            assert!(book.len() <= MOST_QUERIES, "{}: {} queries", case.id, book.len());
            return Ok(diagnosis);
        }
        for question in questions {
            let answer = looked_up(&zone, &question)?;
            book.insert(question, answer);
        }
    }
    Err(format!("{} asks for ever", case.id).into())
}

fn looked_up(zone: &Zone, question: &Question) -> Result<Lookup<DnsRecord>> {
    let wanted = question.record_type.to_string();
    let reply = zone.reply(&question.name, &wanted);
    match reply.code {
        fake_dns::Code::NxDomain => return Ok(Lookup::NoSuchName),
        fake_dns::Code::ServFail => return Ok(Lookup::Failed("SERVFAIL".to_owned())),
        fake_dns::Code::Refused => return Ok(Lookup::Failed("REFUSED".to_owned())),
        fake_dns::Code::Silence => return Ok(Lookup::Failed("no answer in time".to_owned())),
        fake_dns::Code::NoError => {}
    }
    let mut records = Vec::new();
    for record in reply.records.iter().filter(|record| record.kind == wanted) {
        records.push(match question.record_type {
            RecordType::Txt => DnsRecord::Text(record.value.replace(" || ", "")),
            RecordType::Cname => DnsRecord::Alias(record.value.trim_end_matches('.').to_owned()),
            RecordType::Address => DnsRecord::Address(record.value.parse()?),
            RecordType::Mx => {
                let (preference, host) = record.value.split_once(' ').ok_or("no MX record")?;
                DnsRecord::Exchange(MailExchange {
                    preference: preference.parse()?,
                    host: host.trim_end_matches('.').to_owned(),
                })
            }
        });
    }
    Ok(Lookup::found(records))
}
