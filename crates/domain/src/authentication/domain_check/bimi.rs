//! BIMI: the record, its URLs, and the DMARC policy that receivers want before they show a logo.

use super::dmarc::DmarcState;
use super::logo::{self, LogoFetch};
use super::mail_from_state::MailFromState;
use super::words::listed;
use super::{Check, DomainReport, MOST_FAULTS};
use crate::authentication::bimi::{BimiRecord, LogoUrl, scheme, was_meant_as_record};
use crate::authentication::dmarc::{DmarcPolicy, DmarcRecord, PublicSuffix};
use crate::finding::{Finding, FindingSeverity, RecordToPublish};

/// Judges the record and answers with the logo's URL, where it is one to fetch.
pub(super) fn check(
    check: &Check<'_>,
    mail_from: &MailFromState,
    dmarc: &DmarcState,
    logo: Option<&LogoFetch>,
    report: &mut DomainReport,
) -> Option<String> {
    let (name, texts) = records(check, dmarc, report)?;
    let found: Vec<(&String, BimiRecord)> =
        texts.iter().filter_map(|text| Some((text, BimiRecord::parse(text)?))).collect();
    match found.as_slice() {
        [] => {
            report.add(match texts.iter().find(|text| was_meant_as_record(text)) {
                Some(text) => {
                    syntax(&name, text, "it must begin with \"v=BIMI1;\" in these letters")
                }
                None => missing(check),
            });
            None
        }
        [(text, record)] => one(check, &name, text, record, mail_from, dmarc, logo, report),
        several => {
            let found: Vec<&str> = several.iter().map(|(text, _)| text.as_str()).collect();
            report
                .add(Finding::error("bimi-two-records", &name).found(listed(&found)).text(format!(
                "{name} has {} BIMI records, so receivers ignore all of them. Keep exactly one.",
                found.len()
            )));
            None
        }
    }
}

/// The texts at the domain's name, else at that of its organizational domain. `None` while they
/// are looked up and after a failure.
fn records(
    check: &Check<'_>,
    dmarc: &DmarcState,
    report: &mut DomainReport,
) -> Option<(String, Vec<String>)> {
    let name = format!("default._bimi.{}", check.domain);
    let own = check.book.txt(&name);
    let own = report.known(&name, own)?;
    let counts = |text: &String| BimiRecord::parse(text).is_some() || was_meant_as_record(text);
    let organization = &dmarc.organization;
    let has_parent = !organization.is_empty() && organization != check.domain;
    if own.records().iter().any(counts) || !has_parent {
        return Some((name, own.records().to_vec()));
    }
    let parent = format!("default._bimi.{organization}");
    let lookup = check.book.txt(&parent);
    let lookup = report.known(&parent, lookup)?;
    if lookup.records().iter().any(counts) {
        return Some((parent, lookup.records().to_vec()));
    }
    Some((name, own.records().to_vec()))
}

fn missing(check: &Check<'_>) -> Finding {
    let name = format!("default._bimi.{}", check.domain);
    Finding::info("bimi-missing", &name).text(format!(
        "{name} has no BIMI record, so receivers show no logo. It is optional, and comes last: SPF, \
         DKIM and DMARC at quarantine or reject, regular sending and a good reputation, then TXT \
         \"v=BIMI1; l=https://…/logo.svg; a=https://…/certificate.pem\" (a= is optional)."
    ))
}

fn syntax(name: &str, text: &str, why: &str) -> Finding {
    Finding::error("bimi-syntax", name)
        .found(text)
        .text(format!("The BIMI record at {name} is not valid: {why}."))
}

#[expect(clippy::too_many_arguments, reason = "one record is judged by everything known")]
fn one(
    check: &Check<'_>,
    name: &str,
    text: &str,
    record: &BimiRecord,
    mail_from: &MailFromState,
    dmarc: &DmarcState,
    logo: Option<&LogoFetch>,
    report: &mut DomainReport,
) -> Option<String> {
    if record.is_declined() {
        report.add(Finding::info("bimi-declined", name).found(text).text(format!(
            "The domain declines BIMI by an empty l tag at {name}, so receivers show no logo."
        )));
        return None;
    }
    for fault in record.faults.iter().take(MOST_FAULTS) {
        report.add(syntax(name, text, &format!("{fault:?} is no tag=value, or a tag given twice")));
    }
    let url = urls(name, text, record, report);
    if record.certificate.is_none() {
        report.add(Finding::warning("bimi-no-vmc", name).found(text).text(format!(
            "The BIMI record at {name} has no certificate (a=). It is optional, but Gmail and Apple \
             show a logo only with a Verified or Common Mark Certificate."
        )));
    }
    policy(check, dmarc, report);
    if let Some(url) = &url {
        logo::check(url, logo, report);
    }
    let is_doubtful = report.findings.iter().any(|found| found.code == "bimi-org-policy-weak");
    let is_ready = url.is_some() && dmarc.is_known && !is_doubtful && !report.has_error("bimi-");
    if is_ready {
        report.add(ready(name, text, mail_from));
    }
    url
}

fn ready(name: &str, text: &str, mail_from: &MailFromState) -> Finding {
    let advice = if mail_from.domain.is_some() && !mail_from.rejects_on_failure {
        " For the logo on every message choose REJECT_MESSAGE as behaviour on MX failure: with \
         USE_DEFAULT_VALUE a message may leave by amazonses.com, where SPF does not align."
    } else {
        ""
    };
    Finding::info("bimi-ready", name).found(text).text(format!(
        "The BIMI record at {name} is valid and DMARC is strong enough. The logo must be SVG Tiny PS \
         and readable by everybody. Receivers also want regular sending and a good reputation.{advice}"
    ))
}

/// The URLs; answers with the logo's where it is right.
fn urls(name: &str, text: &str, record: &BimiRecord, report: &mut DomainReport) -> Option<String> {
    if let Some(certificate) = &record.certificate {
        match scheme(certificate) {
            Some("https") => {}
            Some(_) => report.add(not_https(name, certificate)),
            None => report.add(syntax(name, text, &format!("a={certificate} is no URL"))),
        }
    }
    match &record.logo {
        LogoUrl::Svg(url) => Some(url.clone()),
        LogoUrl::NotHttps(url) => {
            report.add(not_https(name, url));
            None
        }
        LogoUrl::OtherFormat(url) => {
            report.add(Finding::error("bimi-not-svg", name).found(url).text(format!(
                "The logo {url} is no SVG. BIMI shows SVG Tiny PS only: convert the logo and name a \
                 .svg."
            )));
            None
        }
        LogoUrl::NotAUrl(value) => {
            report.add(syntax(name, text, &format!("l={value} is no https URL")));
            None
        }
        LogoUrl::Missing | LogoUrl::Declined => {
            report.add(syntax(name, text, "l, the URL of the logo, is missing"));
            None
        }
    }
}

fn not_https(name: &str, url: &str) -> Finding {
    Finding::error("bimi-http-not-https", name).found(url).text(format!(
        "The BIMI record at {name} names {url}. Both URLs must be https; receivers fetch nothing else."
    ))
}

/// Whether DMARC is strong enough.
fn policy(check: &Check<'_>, dmarc: &DmarcState, report: &mut DomainReport) {
    if !dmarc.is_known {
        return;
    }
    let Some(applied) = &dmarc.applied else {
        report.add(too_weak(check, "there is no DMARC record"));
        return;
    };
    let record = &applied.record;
    let name = format!("_dmarc.{}", applied.domain);
    let is_own = applied.domain == check.domain;
    let sp_is_none = record.subdomain_policy == Some(DmarcPolicy::None);
    if sp_is_none && is_enforced(record.policy) {
        report.add(sp_none(&name));
    } else if !is_enforced(dmarc.policy) {
        let what = dmarc.policy.map_or("ignored", DmarcPolicy::code);
        report.add(too_weak(check, &format!("the policy that applies, from {name}, is {what}")));
    }
    let pct = record.removed_tags.iter().find(|(tag, _)| tag == "pct");
    if let Some((_, pct)) = pct.filter(|(_, pct)| pct.trim() != "100") {
        report.add(Finding::error("bimi-pct", &name).found(format!("pct={pct}")).text(format!(
            "{name} has pct={pct}. BIMI wants the policy for all mail: remove the tag, or set pct=100."
        )));
    }
    if let Some(organization) = dmarc.organization_record.as_ref().filter(|_| is_own) {
        organization_policy(dmarc, organization, report);
    }
}

/// Quarantine or reject.
fn is_enforced(policy: Option<DmarcPolicy>) -> bool {
    policy.is_some_and(|policy| policy > DmarcPolicy::None)
}

fn too_weak(check: &Check<'_>, what: &str) -> Finding {
    let name = format!("_dmarc.{}", check.domain);
    Finding::error("bimi-policy-too-weak", &name)
        .publish(RecordToPublish::txt(
            &name,
            format!("v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@{}", check.domain),
        ))
        .text(format!(
            "No receiver shows the logo of {}: BIMI wants a DMARC policy of quarantine or reject for \
             all mail, and {what}.",
            check.domain
        ))
}

fn sp_none(name: &str) -> Finding {
    Finding::error("bimi-sp-none", name).found("sp=none").text(format!(
        "{name} has sp=none. BIMI wants quarantine or reject for subdomains too: remove sp, or raise \
         it."
    ))
}

/// A strong policy of a subdomain does not make up for a weak one of its organization.
fn organization_policy(dmarc: &DmarcState, record: &DmarcRecord, report: &mut DomainReport) {
    let name = format!("_dmarc.{}", dmarc.organization);
    if record.public_suffix == PublicSuffix::Yes {
        return;
    }
    if !is_enforced(record.policy) {
        report.add(Finding::new(FindingSeverity::Warning, "bimi-org-policy-weak", &name).text(format!(
            "The organizational domain {} has no DMARC policy of quarantine or reject ({name}). Some \
             receivers want it there too before they show the logo of a subdomain.",
            dmarc.organization
        )));
    } else if record.subdomain_policy == Some(DmarcPolicy::None) {
        report.add(sp_none(&name));
    }
}
