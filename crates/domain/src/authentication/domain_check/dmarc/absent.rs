//! No record where one belongs: none at all, several, one that receivers ignore, or one at
//! another name.

use super::super::words::{doubled_names, listed};
use super::super::{Check, DomainReport, MOST_FAULTS};
use crate::authentication::dmarc::{DmarcRecord, Selection, was_meant_as_record};
use crate::authentication::tree_walk::WalkOutcome;
use crate::finding::{Finding, RecordToPublish};

fn proposal(domain: &str) -> String {
    format!("v=DMARC1; p=none; rua=mailto:dmarc-reports@{domain}")
}

pub(super) fn missing(check: &Check<'_>, outcome: &WalkOutcome, texts: &[String]) -> Finding {
    let name = format!("_dmarc.{}", check.domain);
    let asked: Vec<String> =
        outcome.steps.iter().map(|step| format!("_dmarc.{}", step.domain)).collect();
    let value =
        texts.iter().find_map(|text| repaired(text)).unwrap_or_else(|| proposal(check.domain));
    Finding::error("dmarc-missing", &name)
        .text(format!(
            "No DMARC record applies to {}; asked were TXT of {}. Gmail, Yahoo and Microsoft require \
             one from whoever sends 5,000 messages a day and more. Start with p=none, read the \
             reports, then move to quarantine and reject.",
            check.domain,
            asked.join(", ")
        ))
        .publish(RecordToPublish::txt(name, value))
}

/// A text that was meant as a record, as a record; `None` where that is not simply done.
fn repaired(text: &str) -> Option<String> {
    if DmarcRecord::parse(text).is_some() {
        return Some(text.to_owned());
    }
    if !was_meant_as_record(text) {
        return None;
    }
    let bare = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\'));
    let (_, tags) = bare.split_once(';')?;
    let value = format!("v=DMARC1; {}", tags.trim());
    let record = DmarcRecord::parse(&value)?;
    (record.policy.is_some() && record.faults.is_empty()).then_some(value)
}

/// Names with several records.
pub(super) fn discarded(check: &Check<'_>, outcome: &WalkOutcome, report: &mut DomainReport) {
    for step in &outcome.steps {
        let Some(Selection::Several(count)) = step.found else { continue };
        let name = format!("_dmarc.{}", step.domain);
        let texts = check.book.txt(&name).map(|lookup| lookup.records().to_vec());
        let texts: Vec<String> = texts
            .unwrap_or_default()
            .into_iter()
            .filter(|text| DmarcRecord::parse(text).is_some())
            .collect();
        let strongest = texts
            .iter()
            .max_by_key(|text| DmarcRecord::parse(text).and_then(|record| record.policy));
        let finding = Finding::error("dmarc-two-records", &name).found(listed(&texts)).text(format!(
            "{name} has {count} DMARC records, and receivers discard all of them. Keep exactly one."
        ));
        report.add(match strongest {
            Some(text) => finding.publish(RecordToPublish::txt(&name, text)),
            None => finding,
        });
    }
}

/// Texts at the right name that receivers do not take for a record.
pub(super) fn ignored(name: &str, texts: &[String], report: &mut DomainReport) {
    for text in texts.iter().filter(|text| was_meant_as_record(text)).take(MOST_FAULTS) {
        let finding = Finding::error("dmarc-syntax", name).found(text).text(format!(
            "{name} has a TXT record that is meant as DMARC, and receivers ignore it: it must begin \
             with \"v=DMARC1\" in exactly these letters, then a semicolon, without a quote or \
             another tag before it."
        ));
        report.add(match repaired(text) {
            Some(value) => finding.publish(RecordToPublish::txt(name, value)),
            None => finding,
        });
    }
}

/// A record at another name than `_dmarc.<domain>`.
pub(super) fn misplaced(check: &Check<'_>, report: &mut DomainReport) {
    let domain = check.domain;
    let right = format!("_dmarc.{domain}");
    let texts_at = |name: &str| {
        let texts = check.book.txt(name).map(|lookup| lookup.records().to_vec());
        let texts = texts.unwrap_or_default();
        texts
            .into_iter()
            .find(|text| DmarcRecord::parse(text).is_some() || was_meant_as_record(text))
    };
    let publish = |text: &str| {
        RecordToPublish::txt(&right, repaired(text).unwrap_or_else(|| proposal(domain)))
    };
    for name in [domain.to_owned(), format!("dmarc.{domain}")] {
        if let Some(text) = texts_at(&name) {
            report.add(
                Finding::error("dmarc-wrong-location", &name)
                    .found(&text)
                    .publish(publish(&text))
                    .text(format!(
                        "A DMARC record lies at {name}, where no receiver looks. It belongs at {right}."
                    )),
            );
        }
    }
    for name in doubled_names(&right, domain) {
        if let Some(text) = texts_at(&name) {
            report.add(
                Finding::error("dmarc-trailing-domain-doubled", &right)
                    .found(format!("{name} TXT {text}"))
                    .publish(publish(&text))
                    .text(format!(
                        "The DMARC record lies at {name}: the DNS provider appended the zone to a \
                         name that already ended in it. Enter the name without the domain, as _dmarc."
                    )),
            );
        }
    }
}
