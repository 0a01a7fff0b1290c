//! The DMARC record that applies to the domain, found by the tree walk of RFC 9989.

use super::words::{doubled_names, listed};
use super::{Check, Report, reports};
use crate::authentication::dmarc::{
    DmarcRecord, Policy, PolicyScope, PublicSuffix, Selection, TagFault, was_meant_as_record,
};
use crate::authentication::tree_walk::{AppliedPolicy, DnsAnswer, TreeWalk, WalkOutcome};
use crate::dns::Lookup;
use crate::finding::{DnsRecord, Finding};

/// What DMARC comes to.
#[derive(Debug, Clone, Default)]
pub(super) struct DmarcState {
    /// The record that applies and where it was found; `None` without one.
    pub(super) applied: Option<AppliedPolicy>,
    /// The policy that receivers apply to mail from the domain; `None` without a record that
    /// counts.
    pub(super) policy: Option<Policy>,
    /// The organizational domain.
    pub(super) organization: String,
    /// The organizational domain's own record, where it is another one.
    pub(super) organization_record: Option<DmarcRecord>,
    /// DNS told enough for a verdict.
    pub(super) is_known: bool,
}

pub(super) fn check(check: &Check<'_>, report: &mut Report) -> DmarcState {
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
    discarded(check, &outcome, report);
    if !has_own {
        ignored(&start, at_start.records(), report);
        misplaced(check, report);
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
            report.add(missing(check, &outcome, at_start.records()));
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
    let is_enforced = record(check, &applied, scope, report);
    reports::check(check, &applied, &outcome.organizational_domain, report);
    let policy = counted(&applied.record, scope);
    if is_enforced && !report.has_error("dmarc-") {
        report.add(right(check, &applied, policy));
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
fn counted(record: &DmarcRecord, scope: PolicyScope) -> Option<Policy> {
    if is_ignored(record) {
        return None;
    }
    record.effective_policy(scope)
}

/// Without a valid policy and without a report address a record asks for nothing.
fn is_ignored(record: &DmarcRecord) -> bool {
    record.policy.is_none() && record.aggregate_reports.is_empty()
}

fn proposal(domain: &str) -> String {
    format!("v=DMARC1; p=none; rua=mailto:dmarc-reports@{domain}")
}

fn missing(check: &Check<'_>, outcome: &WalkOutcome, texts: &[String]) -> Finding {
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
        .publish(DnsRecord::txt(name, value))
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
fn discarded(check: &Check<'_>, outcome: &WalkOutcome, report: &mut Report) {
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
            Some(text) => finding.publish(DnsRecord::txt(&name, text)),
            None => finding,
        });
    }
}

/// Texts at the right name that receivers do not take for a record.
fn ignored(name: &str, texts: &[String], report: &mut Report) {
    for text in texts.iter().filter(|text| was_meant_as_record(text)) {
        let finding = Finding::error("dmarc-syntax", name).found(text).text(format!(
            "{name} has a TXT record that is meant as DMARC, and receivers ignore it: it must begin \
             with \"v=DMARC1\" in exactly these letters, then a semicolon, without a quote or \
             another tag before it."
        ));
        report.add(match repaired(text) {
            Some(value) => finding.publish(DnsRecord::txt(name, value)),
            None => finding,
        });
    }
}

/// A record at another name than `_dmarc.<domain>`.
fn misplaced(check: &Check<'_>, report: &mut Report) {
    let domain = check.domain;
    let right = format!("_dmarc.{domain}");
    let texts_at = |name: &str| {
        let texts = check.book.txt(name).map(|lookup| lookup.records().to_vec());
        let texts = texts.unwrap_or_default();
        texts
            .into_iter()
            .find(|text| DmarcRecord::parse(text).is_some() || was_meant_as_record(text))
    };
    let publish =
        |text: &str| DnsRecord::txt(&right, repaired(text).unwrap_or_else(|| proposal(domain)));
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

/// Whose record it is, and which of its tags decides.
fn where_from(check: &Check<'_>, applied: &AppliedPolicy, scope: PolicyScope, report: &mut Report) {
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
fn suffixes(outcome: &WalkOutcome, report: &mut Report) {
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

/// The tags of the record. Whether it asks receivers to act, without any reservation.
fn record(
    check: &Check<'_>,
    applied: &AppliedPolicy,
    scope: PolicyScope,
    report: &mut Report,
) -> bool {
    let record = &applied.record;
    let name = format!("_dmarc.{}", applied.domain);
    faults(&name, record, report);
    if let Some((_, value)) = record.removed_tags.iter().find(|(tag, _)| tag == "pct") {
        report.add(Finding::warning("dmarc-pct-removed", &name).found(format!("pct={value}")).text(
            format!(
                "{name} has pct={value}. pct is no longer defined (RFC 9989, appendix A.6): receivers \
                 apply the policy to all mail. Remove it; for a trial use t=y."
            ),
        ));
    }
    if is_ignored(record) {
        if !record.has_policy_tag {
            report.add(Finding::error("dmarc-syntax", &name).text(format!(
                "{name} has neither p nor a valid rua, so receivers ignore it. Add p=none, \
                 p=quarantine or p=reject."
            )));
        }
        return false;
    }
    let mut is_enforced = true;
    if !record.has_policy_tag {
        is_enforced = false;
        report.add(Finding::warning("dmarc-p-missing", &name).text(format!(
            "{name} has no p tag. As it has a report address, it counts as p=none: receivers \
             report and do nothing else. Write the policy that you mean."
        )));
    }
    let published = record.published_policy(scope);
    if published == Some(Policy::None) && record.has_policy_tag {
        is_enforced = false;
        report.add(monitoring_only(check, applied, &name));
    }
    if record.is_testing {
        is_enforced = false;
        let (from, to) = (published.unwrap_or(Policy::None), record.effective_policy(scope));
        report.add(Finding::warning("dmarc-t-testing", &name).found("t=y").text(format!(
            "{name} has t=y: the owner is testing, and receivers apply a policy one step weaker than \
             {from}, that is {}. Remove t=y once the reports are clean.",
            to.unwrap_or(Policy::None)
        )));
    }
    is_enforced
}

fn monitoring_only(check: &Check<'_>, applied: &AppliedPolicy, name: &str) -> Finding {
    Finding::warning("dmarc-p-none", name).found("none").text(format!(
        "The policy for {} is none, from {}: receivers report and treat failing mail as other mail. \
         That satisfies the bulk senders' rules, and protects nobody from forged mail. The owner may \
         tighten the policy without consulting you.",
        check.domain, applied.domain
    ))
}

fn faults(name: &str, record: &DmarcRecord, report: &mut Report) {
    for fault in &record.faults {
        let (code, found, text) = match fault {
            TagFault::InvalidUri { tag, value } if tag == "rua" => {
                ("dmarc-rua-syntax", value.clone(), without_mailto(name, value))
            }
            TagFault::InvalidUri { tag, value } => (
                "dmarc-syntax",
                format!("{tag}={value}"),
                format!("{name} has {tag}={value}, which is no URI such as mailto:a@example.com."),
            ),
            TagFault::InvalidValue { tag, value } => {
                ("dmarc-syntax", format!("{tag}={value}"), invalid_value(name, tag, value))
            }
            TagFault::NotATag(part) => (
                "dmarc-syntax",
                part.clone(),
                format!(
                    "{name} has {part:?} between two semicolons, which is no tag=value. Receivers \
                     may ignore the whole record; correct it or remove it."
                ),
            ),
            TagFault::Duplicate(tag) => (
                "dmarc-syntax",
                tag.clone(),
                format!(
                    "{name} has the tag {tag} twice. Receivers may ignore the record; keep one."
                ),
            ),
        };
        report.add(Finding::error(code, name).found(found).text(text));
    }
    for uri in record.aggregate_reports.iter().filter(|uri| uri.mail_domain.is_none()) {
        let text = without_mailto(name, &uri.uri);
        report.add(Finding::error("dmarc-rua-syntax", name).found(&uri.uri).text(text));
    }
}

fn without_mailto(name: &str, value: &str) -> String {
    format!(
        "rua of {name} has {value:?}, which is no mailto: address, so no report arrives. Write \
         rua=mailto:dmarc-reports@example.com; several are separated by commas."
    )
}

fn invalid_value(name: &str, tag: &str, value: &str) -> String {
    let consequence = match tag {
        "p" | "sp" | "np" => {
            "receivers treat the record as p=none where it has a valid rua, and ignore it otherwise. \
             Valid are none, quarantine and reject"
        }
        _ => "receivers take the default instead",
    };
    format!("{name} has {tag}={value}, which is no value of {tag}: {consequence}.")
}

fn right(check: &Check<'_>, applied: &AppliedPolicy, policy: Option<Policy>) -> Finding {
    let name = format!("_dmarc.{}", applied.domain);
    let policy = policy.map_or("none", Policy::code);
    Finding::info("dmarc-ok", &name).found(policy).text(format!(
        "A valid DMARC record at {name} asks receivers to {} mail from {} that fails; not all \
         receivers enforce it, and some use logic of their own.",
        policy, check.domain
    ))
}
