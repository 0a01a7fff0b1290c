//! The MAIL FROM domain: what receivers check SPF for.

mod status;

use super::facts::{IdentityFacts, IdentityState, MailFrom};
use super::mail_from_state::MailFromState;
use super::spf::{two_records, walk};
use super::spf_walk::records;
use super::words::{
    SES_SPF, default_mail_from, doubled_names, feedback_host, listed, mail_from_mx,
    mail_from_records, ses_command,
};
use super::{Check, DomainReport};
use crate::dns::{Lookup, MailExchange, normalised};
use crate::finding::{Finding, RecordToPublish};

pub(super) fn check(check: &Check<'_>, report: &mut DomainReport) -> MailFromState {
    let identity = match &check.facts.identity_state {
        IdentityState::Domain(identity) => identity,
        IdentityState::Addresses(identities) => {
            let custom = identities.iter().find(|identity| identity.mail_from.is_some());
            match custom.or(identities.first()) {
                Some(identity) => identity,
                None => return MailFromState::default(),
            }
        }
        IdentityState::NotRead(_) | IdentityState::NotFound => return MailFromState::default(),
    };
    match &identity.mail_from {
        Some(mail_from) => custom(check, identity, mail_from, report),
        None => {
            if let Some(finding) = default(check, identity) {
                report.add(finding);
            }
            MailFromState { is_default: true, ..MailFromState::default() }
        }
    }
}

/// `None` while the name to propose is being looked up.
fn default(check: &Check<'_>, identity: &IdentityFacts) -> Option<Finding> {
    let region = check.region();
    let finding = Finding::warning("mailfrom-default", &identity.name).text(format!(
        "No custom MAIL FROM domain is set. SPF is checked for {} and passes, but that never aligns \
         with {}, so DMARC rests on DKIM alone. Set a subdomain of the sender domain as MAIL FROM: \
         publish both records, then run the command. On MX failure SES falls back to amazonses.com \
         (USE_DEFAULT_VALUE) or refuses with MailFromDomainNotVerified (REJECT_MESSAGE).",
        default_mail_from(region),
        check.domain
    ));
    if identity.name.contains('@') {
        return Some(finding);
    }
    let name = proposal(check, &identity.dns_name())?;
    let options = format!("--mail-from-domain {name} --behavior-on-mx-failure USE_DEFAULT_VALUE");
    let finding = finding.command(ses_command(
        "put-email-identity-mail-from-attributes",
        &identity.name,
        &options,
        region,
    ));
    Some(mail_from_records(&name, region).into_iter().fold(finding, Finding::publish))
}

/// A subdomain that is free, or has SES's MX already.
fn proposal(check: &Check<'_>, domain: &str) -> Option<String> {
    let name = format!("mail.{domain}");
    let (mx, address) = (check.book.mx(&name), check.book.address(&name));
    let (mx, address) = (mx?, address?);
    let is_ready = is_right(mx.records(), check.region());
    let is_free = mx.records().is_empty() && address.records().is_empty();
    Some(if is_ready || is_free { name } else { format!("bounce.{domain}") })
}

fn is_right(records: &[MailExchange], region: &str) -> bool {
    matches!(records, [only] if normalised(&only.host) == feedback_host(region))
}

fn custom(
    check: &Check<'_>,
    identity: &IdentityFacts,
    mail_from: &MailFrom,
    report: &mut DomainReport,
) -> MailFromState {
    let domain = crate::address::normalize_domain(&mail_from.domain)
        .unwrap_or_else(|| mail_from.domain.to_lowercase());
    let mx_is_right = exchange(check, &domain, report);
    let spf_is_right = spf(check, &domain, report);
    let is_verified = status::check(check, identity, mail_from, report);
    let works = mx_is_right && spf_is_right && is_verified;
    if works {
        let on_failure = if mail_from.rejects_on_failure {
            "If the MX record ever fails, SES refuses mail with MailFromDomainNotVerified \
             (REJECT_MESSAGE)"
        } else {
            "If the MX record ever fails, SES falls back to amazonses.com (USE_DEFAULT_VALUE), and \
             SPF no longer aligns"
        };
        report.add(Finding::info("mailfrom-ok", &domain).text(format!(
            "The MAIL FROM domain {domain} is right: one MX to {}, and SPF lets SES send. \
             {on_failure}.",
            feedback_host(check.region())
        )));
    }
    MailFromState {
        is_default: false,
        domain: Some(domain),
        works,
        rejects_on_failure: mail_from.rejects_on_failure,
    }
}

/// Whether the one MX record is right.
fn exchange(check: &Check<'_>, domain: &str, report: &mut DomainReport) -> bool {
    let lookup = check.book.mx(domain);
    let Some(lookup) = report.known(domain, lookup) else { return false };
    let mut records = lookup.records().to_vec();
    records.sort();
    records.dedup();
    let region = check.region();
    let wanted = feedback_host(region);
    let error = |code| Finding::error(code, domain).publish(mail_from_mx(domain, region));
    if records.is_empty() {
        let elsewhere = misplaced(check, domain);
        let finding = error("mailfrom-mx-missing").text(format!(
            "The MAIL FROM domain {domain} has no MX record, so SES cannot use it. Create MX 10 \
             {wanted}.{}",
            elsewhere.as_ref().map(|name| format!(
                " One lies at {name}: the DNS provider appended the zone to a name that already \
                 ended in it; enter the name without the domain."
            )).unwrap_or_default()
        ));
        report.add(match elsewhere {
            Some(name) => finding.found(name),
            None => finding,
        });
        return false;
    }
    let found = listed(&records.iter().map(ToString::to_string).collect::<Vec<_>>());
    let is_there = records.iter().any(|record| normalised(&record.host) == wanted);
    if records.len() > 1 {
        report.add(error("mailfrom-two-mx").found(&found).text(format!(
            "The MAIL FROM domain {domain} has {} MX records. SES requires exactly one, to \
             {wanted}; delete the others. A domain that also receives mail cannot be the MAIL FROM \
             domain: take another subdomain then.",
            records.len()
        )));
    }
    if is_there {
        return records.len() == 1;
    }
    let other_region = records.iter().find_map(|record| {
        let host = normalised(&record.host);
        let region = host.strip_prefix("feedback-smtp.")?.strip_suffix(".amazonses.com")?;
        (!region.is_empty() && !region.contains('.')).then(|| region.to_owned())
    });
    report.add(match other_region {
        Some(other) => error("mailfrom-mx-wrong-region").found(found).text(format!(
            "The MX record of {domain} names the Region {other}, and the identity is in {region}. \
             It must be MX 10 {wanted}. Identities of the same domain in two Regions need a MAIL \
             FROM domain each."
        )),
        None => {
            error("mailfrom-mx-wrong-host").found(&found).text(wrong_host(domain, &found, &wanted))
        }
    });
    false
}

fn wrong_host(domain: &str, found: &str, wanted: &str) -> String {
    let why = if found.contains(&format!("{wanted}.")) {
        " The DNS provider appended the zone to the value: enter the host with a final dot."
    } else {
        ""
    };
    format!(
        "The MX record of {domain} is {found}, which is not SES's host for bounces. It must be MX \
         10 {wanted}.{why}"
    )
}

/// The name at which the MX record lies when a provider appended the zone once more.
fn misplaced(check: &Check<'_>, domain: &str) -> Option<String> {
    let names = doubled_names(domain, domain);
    names.into_iter().skip(1).find(|name| {
        let lookup = check.book.mx(name);
        lookup.is_some_and(|found| {
            found.records().iter().any(|mx| normalised(&mx.host).contains("amazonses.com"))
        })
    })
}

/// Whether SPF passes for SES at the MAIL FROM domain.
fn spf(check: &Check<'_>, domain: &str, report: &mut DomainReport) -> bool {
    let lookup: Option<Lookup<String>> = check.book.txt(domain);
    let Some(lookup) = report.known(domain, lookup) else { return false };
    let texts = lookup.records();
    let error = |code| Finding::error(code, domain);
    match records(texts).as_slice() {
        [] => {
            let finding =
                error("mailfrom-spf-missing").publish(RecordToPublish::txt(domain, SES_SPF));
            let finding = finding.text(format!(
                "The MAIL FROM domain {domain} has no SPF record, so SPF does not pass. Create TXT \
                 \"{SES_SPF}\"; it must begin with \"v=spf1 \"."
            ));
            report.add(if texts.is_empty() { finding } else { finding.found(listed(texts)) });
            false
        }
        [(text, record)] => {
            let walked = walk(check, domain, text, record, report);
            if walked.is_open {
                return false;
            }
            if !walked.passes_ses {
                // A part that DNS did not answer for may hold it.
                if walked.failures.is_empty() {
                    report.add(without_ses(domain, text, record.unreachable.as_slice()));
                }
                return false;
            }
            walked.is_evaluable()
        }
        several => {
            let found: Vec<&str> = several.iter().map(|(text, _)| *text).collect();
            let mut finding = two_records("mailfrom-two-spf", domain, &found);
            // A MAIL FROM domain serves SES alone, so the record needs nothing else.
            finding.publish = vec![RecordToPublish::txt(domain, SES_SPF)];
            report.add(finding);
            false
        }
    }
}

fn without_ses(domain: &str, text: &str, unreachable: &[String]) -> Finding {
    let is_behind =
        unreachable.iter().any(|term| term.to_ascii_lowercase().contains("amazonses.com"));
    let why = if is_behind {
        "include:amazonses.com stands behind all, where it is never reached"
    } else {
        "it does not include amazonses.com with a pass"
    };
    let record = RecordToPublish::txt(domain, SES_SPF);
    Finding::error("mailfrom-spf-no-ses", domain).found(text).publish(record).text(format!(
        "The SPF record of the MAIL FROM domain {domain} does not let SES send: {why}. SPF then \
         fails for every message. A MAIL FROM domain serves SES alone, so the record needs nothing \
         else."
    ))
}
