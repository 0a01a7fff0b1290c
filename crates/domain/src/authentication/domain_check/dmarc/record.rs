//! The tags of the record that applies.

use super::super::{Check, DomainReport, MOST_FAULTS};
use super::is_ignored;
use crate::authentication::dmarc::{DmarcPolicy, DmarcRecord, PolicyScope, TagFault};
use crate::authentication::tree_walk::AppliedPolicy;
use crate::finding::Finding;

/// The tags of the record. Whether it asks receivers to act, without any reservation.
pub(super) fn check(
    check: &Check<'_>,
    applied: &AppliedPolicy,
    scope: PolicyScope,
    report: &mut DomainReport,
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
    if published == Some(DmarcPolicy::None) && record.has_policy_tag {
        is_enforced = false;
        report.add(monitoring_only(check, applied, &name));
    }
    if record.is_testing {
        is_enforced = false;
        let (from, to) = (published.unwrap_or(DmarcPolicy::None), record.effective_policy(scope));
        report.add(Finding::warning("dmarc-t-testing", &name).found("t=y").text(format!(
            "{name} has t=y: the owner is testing, and receivers apply a policy one step weaker than \
             {from}, that is {}. Remove t=y once the reports are clean.",
            to.unwrap_or(DmarcPolicy::None)
        )));
    }
    is_enforced
}

fn monitoring_only(check: &Check<'_>, applied: &AppliedPolicy, name: &str) -> Finding {
    Finding::warning("dmarc-p-none", name).found("none").text(format!(
        "The policy for {} is none, from {}: receivers report and treat failing mail as other mail. \
         That satisfies the bulk senders' rules, and protects nobody from forged mail. The owner may \
         tighten the policy without consulting you. A subdomain for each programme (marketing., \
         receipts.) can publish reject at once.",
        check.domain, applied.domain
    ))
}

fn faults(name: &str, record: &DmarcRecord, report: &mut DomainReport) {
    for fault in record.faults.iter().take(MOST_FAULTS) {
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
    let not_mail = record.aggregate_reports.iter().filter(|uri| uri.mail_domain.is_none());
    for uri in not_mail.take(MOST_FAULTS) {
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

pub(super) fn right(
    check: &Check<'_>,
    applied: &AppliedPolicy,
    policy: Option<DmarcPolicy>,
) -> Finding {
    let name = format!("_dmarc.{}", applied.domain);
    let policy = policy.map_or("none", DmarcPolicy::code);
    Finding::info("dmarc-ok", &name).found(policy).text(format!(
        "A valid DMARC record at {name} asks receivers to {} mail from {} that fails; not all \
         receivers enforce it, and some use logic of their own.",
        policy, check.domain
    ))
}
