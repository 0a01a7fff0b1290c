//! Whether the destinations of DMARC reports accept them (RFC 9990, section 4).

use std::collections::BTreeSet;

use super::{Check, DomainReport};
use crate::authentication::dmarc::DmarcRecord;
use crate::authentication::tree_walk::AppliedPolicy;
use crate::finding::{Finding, RecordToPublish};

pub(super) fn check(
    check: &Check<'_>,
    applied: &AppliedPolicy,
    organization: &str,
    report: &mut DomainReport,
) {
    let record = &applied.record;
    let destinations = record.aggregate_reports.iter().chain(&record.failure_reports);
    let targets: BTreeSet<&str> =
        destinations.filter_map(|uri| uri.mail_domain.as_deref()).collect();
    // The first few are enough: a record may name any number.
    for target in targets.into_iter().take(8) {
        let owner = applied.domain.as_str();
        if [owner, organization].iter().any(|own| are_related(target, own)) {
            continue;
        }
        let name = format!("{owner}._report._dmarc.{target}");
        let lookup = check.book.txt(&name);
        let Some(lookup) = report.known(&name, lookup) else { continue };
        if lookup.records().iter().any(|text| DmarcRecord::parse(text).is_some()) {
            continue;
        }
        report.add(unauthorized(owner, target, &name));
    }
}

/// One organization: equal, or one below the other.
fn are_related(a: &str, b: &str) -> bool {
    let is_below = |name: &str, above: &str| {
        name.strip_suffix(above).is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    is_below(a, b) || is_below(b, a)
}

fn unauthorized(owner: &str, target: &str, name: &str) -> Finding {
    Finding::warning("dmarc-rua-external-unauthorized", name)
        .publish(RecordToPublish::txt(name, "v=DMARC1"))
        .text(format!(
            "The DMARC record of {owner} sends reports to {target}, another organization, which does \
             not say that it wants them: {name} has no TXT \"v=DMARC1\". Receivers drop the reports. \
             The owner of {target} must publish it, or *._report._dmarc.{target} for every domain."
        ))
}
