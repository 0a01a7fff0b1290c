//! The DMARC record that applies to the domain, found by the tree walk of RFC 9989.

mod absent;
mod record;

use super::{Check, DomainReport, reports};
use crate::authentication::dmarc::{
    DmarcPolicy, DmarcRecord, PolicyScope, PublicSuffix, Selection,
};
use crate::authentication::tree_walk::{AppliedPolicy, DnsAnswer, TreeWalk, WalkOutcome};
use crate::dns::Lookup;
use crate::finding::Finding;

/// What DMARC comes to.
#[derive(Debug, Clone, Default)]
pub(super) struct DmarcState {
    /// The record that applies and where it was found; `None` without one.
    pub(super) applied: Option<AppliedPolicy>,
    /// The policy that receivers apply to mail from the domain; `None` without a record that
    /// counts.
    pub(super) policy: Option<DmarcPolicy>,
    /// The organizational domain.
    pub(super) organization: String,
    /// The organizational domain's own record, where it is another one.
    pub(super) organization_record: Option<DmarcRecord>,
    /// DNS has answered enough for a verdict.
    pub(super) is_known: bool,
}

pub(super) fn check(check: &Check<'_>, report: &mut DomainReport) -> DmarcState {
    let Some((outcome, failures)) = walk(check) else { return DmarcState::default() };
    for (name, what) in &failures {
        report.failed(name, what);
    }
    let start = format!("_dmarc.{}", check.domain);
    let Some(at_start) = check.book.txt(&start) else { return DmarcState::default() };
    let own = outcome.steps.first().and_then(|step| step.found.as_ref());
    // What lies further up does not matter to a domain with a record of its own.
    let has_own = matches!(own, Some(Selection::One(_)));
    let is_known = has_own || failures.is_empty();
    if !has_own {
        absent::discarded(check, &outcome, report);
        absent::ignored(&start, at_start.records(), report);
        absent::misplaced(check, report);
    }
    let organization_record = outcome
        .steps
        .iter()
        .filter(|step| step.domain == outcome.organizational_domain && step.domain != check.domain)
        .find_map(|step| match &step.found {
            Some(Selection::One(record)) => Some((**record).clone()),
            Some(Selection::Missing | Selection::Several(_)) | None => None,
        });
    let Some(applied) = outcome.policy.clone().filter(|_| is_known) else {
        if is_known {
            report.add(absent::missing(check, &outcome, at_start.records()));
        }
        return DmarcState {
            organization: outcome.organizational_domain,
            is_known,
            ..DmarcState::default()
        };
    };
    let Some(scope) = scope(check, &applied) else { return DmarcState::default() };
    where_from(check, &applied, scope, report);
    suffixes(&outcome, report);
    let is_enforced = record::check(check, &applied, scope, report);
    reports::check(check, &applied, &outcome.organizational_domain, report);
    let policy = counted(&applied.record, scope);
    if is_enforced && !report.has_error("dmarc-") {
        report.add(record::right(check, &applied, policy));
    }
    DmarcState {
        policy,
        applied: Some(applied),
        organization: outcome.organizational_domain,
        organization_record,
        is_known,
    }
}

/// The walk and the names that DNS did not answer for; `None` while look-ups are open.
fn walk(check: &Check<'_>) -> Option<(WalkOutcome, Vec<(String, String)>)> {
    let mut walk = TreeWalk::new(check.domain);
    let mut failures = Vec::new();
    while let Some(name) = walk.next_query() {
        let lookup = check.book.txt(&name)?;
        let is_top = name.matches('.').count() == 1;
        let answer = match &lookup {
            // A resolver that does not know the public DNS refuses top-level domains. A policy
            // there would be a registry's, which is rare; the verdict is not withheld for it.
            Lookup::Failed(_) if is_top && check.domain.contains('.') => DnsAnswer::Texts(vec![]),
            Lookup::Failed(what) => {
                failures.push((name, what.clone()));
                DnsAnswer::Failed
            }
            Lookup::Found { .. } | Lookup::NoRecords | Lookup::NoSuchName => {
                DnsAnswer::Texts(lookup.records().to_vec())
            }
        };
        walk.answer(answer);
    }
    Some((walk.outcome(), failures))
}

/// `None` while it is looked up whether the domain exists, which only `np` makes matter.
fn scope(check: &Check<'_>, applied: &AppliedPolicy) -> Option<PolicyScope> {
    let is_own = applied.domain == check.domain;
    if is_own || applied.record.nonexistent_policy.is_none() {
        return Some(applied.scope(check.domain, true));
    }
    let (mx, address) = (check.book.mx(check.domain), check.book.address(check.domain));
    let (mx, address) = (mx?, address?);
    Some(applied.scope(check.domain, !(mx.is_absent() && address.is_absent())))
}

/// The policy that counts: none where receivers ignore the record.
fn counted(record: &DmarcRecord, scope: PolicyScope) -> Option<DmarcPolicy> {
    if is_ignored(record) {
        return None;
    }
    record.effective_policy(scope)
}

/// Without a valid policy and without a report address a record asks for nothing.
fn is_ignored(record: &DmarcRecord) -> bool {
    record.policy.is_none() && record.aggregate_reports.is_empty()
}

/// Reports which domain's record applies, and which of its tags decides.
fn where_from(
    check: &Check<'_>,
    applied: &AppliedPolicy,
    scope: PolicyScope,
    report: &mut DomainReport,
) {
    let (domain, owner) = (check.domain, &applied.domain);
    let name = format!("_dmarc.{owner}");
    let record = &applied.record;
    if scope == PolicyScope::Domain {
        return;
    }
    report.add(Finding::info("dmarc-parent-applies", &name).found(owner).text(format!(
        "{domain} has no DMARC record of its own, so that of {owner} governs ({name}). A record at \
         _dmarc.{domain} would take its place."
    )));
    let np = record.nonexistent_policy.filter(|_| scope == PolicyScope::NonexistentSubdomain);
    if let Some(policy) = np {
        report.add(Finding::info("dmarc-np-applies", &name).found(format!("np={policy}")).text(
            format!(
                "{domain} has neither MX nor address record, so np={policy} of {owner} decides, \
                 its policy for subdomains that do not exist."
            ),
        ));
    } else if let Some(policy) = record.subdomain_policy {
        report.add(Finding::info("dmarc-sp-applies", &name).found(format!("sp={policy}")).text(
            format!("sp={policy} of {owner} decides for its subdomain {domain}, not its p."),
        ));
    }
}

/// `psd` tags seen on the way.
fn suffixes(outcome: &WalkOutcome, report: &mut DomainReport) {
    let organization = &outcome.organizational_domain;
    for step in &outcome.steps {
        let Some(Selection::One(record)) = &step.found else { continue };
        let (domain, name) = (&step.domain, format!("_dmarc.{}", step.domain));
        match record.public_suffix {
            PublicSuffix::Yes => {
                report.add(Finding::info("dmarc-psd-y", name).found("psd=y").text(format!(
                    "{domain} declares itself a public suffix (psd=y): organizations begin one label \
                     below. The organizational domain is {organization}, and relaxed alignment \
                     compares with it."
                )));
            }
            PublicSuffix::No => {
                report.add(Finding::info("dmarc-psd-n", name).found("psd=n").text(format!(
                    "{domain} declares itself an organizational domain (psd=n), so the tree walk ends \
                     there. The organizational domain is {organization}, and relaxed alignment \
                     compares with it: domains above it do not align."
                )));
            }
            PublicSuffix::Undeclared => {}
        }
    }
}
