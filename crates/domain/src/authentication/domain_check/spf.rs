//! The SPF record of the domain itself.

use std::collections::BTreeSet;

use super::mail_from_state::MailFromState;
use super::spf_walk::{MOST_LOOKUPS, MOST_VOIDS, Walk, records};
use super::words::listed;
use super::{Check, DomainReport, MOST_FAULTS};
use crate::authentication::spf::{Mechanism, Qualifier, SpfRecord, was_meant_as_record};
use crate::finding::{Finding, RecordToPublish};

pub(super) fn check(check: &Check<'_>, mail_from: &MailFromState, report: &mut DomainReport) {
    let domain = check.domain;
    // A domain that is its own MAIL FROM domain was judged as such.
    if mail_from.domain.as_deref() == Some(domain) {
        return;
    }
    let lookup = check.book.txt(domain);
    let Some(lookup) = report.known(domain, lookup) else { return };
    let texts = lookup.records();
    match records(texts).as_slice() {
        [] => {
            if let Some(text) = texts.iter().find(|text| was_meant_as_record(text)) {
                report.add(no_version(domain, text));
            }
        }
        [(text, record)] => {
            walk(check, domain, text, record, report);
            if mail_from.is_default && includes_ses(record) {
                report.add(irrelevant_include(check, text));
            }
        }
        several => {
            let found: Vec<&str> = several.iter().map(|(text, _)| *text).collect();
            report.add(two_records("spf-two-records", domain, &found));
        }
    }
}

fn includes_ses(record: &SpfRecord) -> bool {
    record.directives.iter().any(|directive| match &directive.mechanism {
        Mechanism::Include(target) => target == "amazonses.com",
        Mechanism::All
        | Mechanism::A(_)
        | Mechanism::Mx(_)
        | Mechanism::Ptr(_)
        | Mechanism::Ip
        | Mechanism::Exists(_) => false,
    })
}

fn irrelevant_include(check: &Check<'_>, text: &str) -> Finding {
    let domain = check.domain;
    Finding::info("spf-apex-include-irrelevant", domain).found(text).text(format!(
        "include:amazonses.com in the SPF record of {domain} does nothing for SES: receivers check \
         SPF for the MAIL FROM domain, which is {} while no custom one is set. It costs one of the \
         ten look-ups. It begins to matter where another sender uses {domain} as MAIL FROM.",
        super::words::default_mail_from(check.region())
    ))
}

/// Several records at one name, with the one that replaces them.
pub(super) fn two_records(code: &'static str, name: &str, found: &[&str]) -> Finding {
    Finding::error(code, name)
        .found(listed(found))
        .publish(RecordToPublish::txt(name, merged(found)))
        .text(format!(
            "{name} has {} SPF records. Receivers answer that with a permanent error, as if SPF \
             had failed. Keep exactly one, which holds the terms of all of them.",
            found.len()
        ))
}

/// The terms of all records in one, each once, with one `all` at the end.
fn merged(records: &[&str]) -> String {
    let mut merged = vec!["v=spf1"];
    let mut seen = BTreeSet::new();
    let mut end = None;
    for term in records.iter().flat_map(|record| record.split(' ').skip(1)) {
        let is_all = term.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case("all");
        if is_all {
            end = end.or(Some(term));
        } else if !term.is_empty() && seen.insert(term) {
            merged.push(term);
        }
    }
    // A pass for everybody is not carried over.
    merged.push(end.filter(|end| end.starts_with(['-', '~', '?'])).unwrap_or("~all"));
    merged.join(" ")
}

fn no_version(domain: &str, text: &str) -> Finding {
    Finding::error("spf-syntax", domain).found(text).text(format!(
        "{domain} has a TXT record that is meant as SPF, and receivers do not take it for one: it \
         must begin with \"v=spf1 \", with one space behind it and nothing before it, not even a \
         quote."
    ))
}

/// The findings of one record and what it includes. They apply to a MAIL FROM domain too.
pub(super) fn walk(
    check: &Check<'_>,
    domain: &str,
    text: &str,
    record: &SpfRecord,
    report: &mut DomainReport,
) -> Walk {
    let walk = Walk::of(domain, record, check.book);
    if walk.is_open {
        return walk;
    }
    for (name, what) in &walk.failures {
        report.failed(name, what);
    }
    for name in &walk.unseen {
        report.add(Finding::info("spf-include-unseen", domain).found(name).text(format!(
            "The resolver does not see the SPF record of {name}, a large provider's, which exists \
             in the public DNS. What it includes is not counted here."
        )));
    }
    faults(domain, text, &walk, report);
    limits(domain, text, &walk, report);
    ends(domain, text, &walk, report);
    walk
}

fn faults(domain: &str, text: &str, walk: &Walk, report: &mut DomainReport) {
    for (owner, term) in walk.faults.iter().take(MOST_FAULTS) {
        let whose =
            if owner == domain { String::new() } else { format!(", included by {domain},") };
        report.add(Finding::error("spf-syntax", owner).found(term).text(format!(
            "The SPF record of {owner}{whose} has the term {term:?}, which receivers cannot read. \
             The whole record then is a permanent error. Correct the term or remove it."
        )));
    }
    for (name, count) in &walk.several {
        report.add(Finding::error("spf-two-records", name).text(format!(
            "{name}, included by {domain}, has {count} SPF records. Receivers answer that with a \
             permanent error for {domain} too. Its owner must keep one; until then remove the \
             include."
        )));
    }
    for (owner, target) in &walk.missing {
        report.add(Finding::error("spf-include-missing", owner).found(target).text(format!(
            "The SPF record of {owner} includes {target}, which has no SPF record. Receivers answer \
             that with a permanent error. Remove the term, or correct its name."
        )));
    }
    for name in &walk.loops {
        report.add(Finding::error("spf-include-loop", domain).found(text).text(format!(
            "The SPF record of {domain} leads back to {name}, in a circle. Receivers end in a \
             permanent error. Remove the include or redirect that closes the circle."
        )));
    }
}

fn limits(domain: &str, text: &str, walk: &Walk, report: &mut DomainReport) {
    if walk.lookups > MOST_LOOKUPS {
        report.add(Finding::error("spf-too-many-lookups", domain).found(text).text(format!(
            "The SPF record of {domain} takes {} DNS look-ups with everything it includes; \
             receivers stop with a permanent error after {MOST_LOOKUPS}. Remove includes of \
             services that no longer send, or move senders to subdomains of their own.",
            walk.lookups
        )));
    }
    if walk.voids.len() > MOST_VOIDS {
        report.add(Finding::error("spf-void-lookups", domain).found(listed(&walk.voids)).text(
            format!(
                "{} look-ups of the SPF record of {domain} find nothing; receivers stop with a \
                 permanent error after {MOST_VOIDS}. Remove the terms whose names have no record.",
                walk.voids.len()
            ),
        ));
    }
}

fn ends(domain: &str, text: &str, walk: &Walk, report: &mut DomainReport) {
    for owner in &walk.pass_all {
        let finding = Finding::error("spf-plus-all", owner).text(format!(
            "The SPF record of {owner} ends in +all, which lets every host of the Internet send as \
             {domain} with a pass. End it in ~all or -all."
        ));
        report.add(if owner == domain {
            let fixed = merged(&[text]);
            finding.found(text).publish(RecordToPublish::txt(domain, fixed))
        } else {
            finding
        });
    }
    let what = match walk.ends_with {
        None => "has no all at its end and no redirect",
        Some(Qualifier::Neutral) if text.to_ascii_lowercase().contains("?all") => {
            "ends in ?all, which says the same as no all"
        }
        Some(_) => return,
    };
    let fixed = merged(&[text.replace("?all", "~all").replace("?ALL", "~all").as_str()]);
    report.add(Finding::warning("spf-no-all", domain).found(text).publish(RecordToPublish::txt(domain, fixed)).text(
        format!(
            "The SPF record of {domain} {what}: a host that it does not list gets neither pass nor \
             fail. End it in ~all or -all."
        ),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_merge_into_one_with_one_end() {
        for (records, expected) in [
            (
                &["v=spf1 include:a.example ~all", "v=spf1 mx include:a.example -all"][..],
                "v=spf1 include:a.example mx ~all",
            ),
            (&["v=spf1 a"], "v=spf1 a ~all"),
            (&["v=spf1 a +all"], "v=spf1 a ~all"),
            (&["v=spf1"], "v=spf1 ~all"),
        ] {
            assert_eq!(merged(records), expected);
        }
    }
}
