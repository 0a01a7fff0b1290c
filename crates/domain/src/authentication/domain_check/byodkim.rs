//! The TXT record of a key that the owner brings (BYODKIM).

use super::easy_dkim::any_text;
use super::facts::IdentityFacts;
use super::words::{doubled_names, listed};
use super::{Check, DomainReport};
use crate::authentication::dkim::DkimKey;
use crate::finding::Finding;

/// Whether the key is published.
pub(super) fn check(
    check: &Check<'_>,
    identity: &IdentityFacts,
    report: &mut DomainReport,
) -> bool {
    let Some(selector) = identity.tokens.first().filter(|selector| !selector.is_empty()) else {
        return false;
    };
    let domain = identity.dns_name();
    let name = format!("{selector}._domainkey.{domain}");
    let lookup = check.book.txt(&name);
    let Some(lookup) = report.known(&name, lookup) else { return false };
    let keys: Vec<DkimKey> =
        lookup.records().iter().filter_map(|text| DkimKey::parse(text)).collect();
    let Some(key) = keys.first() else {
        misplaced(check, selector, &domain, report);
        report.add(missing(&name, lookup.records()));
        return false;
    };
    if keys.iter().all(DkimKey::is_revoked) {
        report.add(
            Finding::error("byodkim-key-revoked", &name).found(listed(lookup.records())).text(
                format!(
                    "The key at {name} is revoked: its p tag is empty, so every signature with it \
                 fails. Publish the public key that belongs to the private key SES signs with, or \
                 give SES a new pair."
                ),
            ),
        );
        return false;
    }
    if key.rsa_bits().is_some_and(|bits| bits <= 1024) {
        report.add(Finding::info("dkim-key-1024", &name).text(format!(
            "The key at {name} has about {} bits. RFC 8301 asks for 2048; make a new pair and \
             give it to SES under a new selector.",
            key.rsa_bits().unwrap_or_default()
        )));
    }
    true
}

fn missing(name: &str, texts: &[String]) -> Finding {
    let finding = Finding::error("byodkim-txt-missing", name).text(format!(
        "{name} has no TXT record with a DKIM key, so no signature of SES can be verified. Publish \
         \"v=DKIM1; k=rsa; p=<public key>\" there, with the public key that belongs to the private \
         key SES signs with (BYODKIM, EXTERNAL)."
    ));
    if texts.is_empty() { finding } else { finding.found(listed(texts)) }
}

fn misplaced(check: &Check<'_>, selector: &str, domain: &str, report: &mut DomainReport) {
    let right = format!("{selector}._domainkey.{domain}");
    let has_key = |name: &str| {
        check.book.txt(name).is_some_and(|found| any_text(&found, |t| DkimKey::parse(t).is_some()))
    };
    for name in doubled_names(&right, domain) {
        if has_key(&name) {
            report.add(Finding::error("dkim-trailing-domain-doubled", &right).found(&name).text(
                format!(
                    "The key lies at {name}: the DNS provider appended the zone to a name that \
                     already ended in it. Enter the name without the domain, as \
                     {selector}._domainkey."
                ),
            ));
        }
    }
    let name = format!("{selector}.domainkey.{domain}");
    if has_key(&name) {
        report.add(Finding::error("dkim-underscore-missing", &right).found(&name).text(format!(
            "The key lies at {name}: the underscore before domainkey is missing. Create the record \
             at {right}."
        )));
    }
}
