//! Whether mail of the domain is signed with DKIM: what SES says, and the records of either kind.

use super::facts::{IdentityFacts, IdentityState};
use super::words::ses_command;
use super::{Check, DomainReport, byodkim, easy_dkim};
use crate::finding::{Finding, FindingSeverity};

/// What DKIM comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DkimState {
    /// The domain that SES signs as; `None` without a domain identity.
    pub(super) signing_domain: Option<String>,
    /// Records, status and switch are right.
    pub(super) works: bool,
}

pub(super) fn check(check: &Check<'_>, report: &mut DomainReport) -> DkimState {
    let IdentityState::Domain(identity) = &check.facts.identity_state else {
        return DkimState::default();
    };
    let records_are_right = if identity.brings_own_key() {
        byodkim::check(check, identity, report)
    } else {
        easy_dkim::check(check, identity, report)
    };
    if let Some(finding) = status(check, identity) {
        report.add(finding);
    }
    if !identity.is_signing {
        report.add(signing_disabled(check, identity));
    }
    if identity.key_length.as_deref() == Some("RSA_1024_BIT") && !identity.brings_own_key() {
        report.add(short_key(check, identity));
    }
    let works = records_are_right && identity.is_signing && identity.dkim_status == "SUCCESS";
    report.add(if works { right(identity) } else { method(identity) });
    DkimState { signing_domain: Some(identity.dns_name()), works }
}

fn right(identity: &IdentityFacts) -> Finding {
    let name = &identity.name;
    if identity.brings_own_key() {
        let selector = identity.tokens.first().map(String::as_str).unwrap_or_default();
        return Finding::info("byodkim-ok", name).text(format!(
            "DKIM with a key of your own (BYODKIM, EXTERNAL) is right: the key of selector \
             {selector} is published and SES signs as {name}. Rotating it is up to you."
        ));
    }
    let way = way(identity);
    let length = match identity.key_length.as_deref() {
        Some(length) => format!(" with {length}"),
        None => String::new(),
    };
    Finding::info("dkim-ok", name).text(format!(
        "{way} is right: the three CNAME records are published, and SES signs as {name}{length}. \
         DKIM signatures: Enabled. SES rotates the keys by itself."
    ))
}

/// How the identity signs, or is meant to.
fn way(identity: &IdentityFacts) -> String {
    if identity.brings_own_key() {
        return "a key of your own (BYODKIM, EXTERNAL)".to_owned();
    }
    match identity.origin_region() {
        Some(region) => format!(
            "Deterministic Easy DKIM ({}): a replica of the identity in {region}, whose records \
             serve both Regions,",
            identity.origin
        ),
        None => "Easy DKIM (AWS_SES)".to_owned(),
    }
}

/// Said where DKIM does not work; where it does, its finding says it.
fn method(identity: &IdentityFacts) -> Finding {
    let name = &identity.name;
    Finding::info("dkim-method", name).found(&identity.origin).text(format!(
        "{name} is set up for {}. The three ways are Easy DKIM (SES keeps and rotates the keys), a \
         key of your own (BYODKIM), and signing yourself before SendRawEmail.",
        way(identity).trim_end_matches(',')
    ))
}

/// A status other than SUCCESS.
fn status(check: &Check<'_>, identity: &IdentityFacts) -> Option<Finding> {
    let name = &identity.name;
    let (severity, code, what) = match identity.dkim_status.as_str() {
        "SUCCESS" => return None,
        "PENDING" => (
            FindingSeverity::Warning,
            "dkim-status-pending",
            "SES has not seen the records yet and does not sign. It looks for them again for 72 \
             hours; with the right records in place it usually takes minutes",
        ),
        "FAILED" => (
            FindingSeverity::Error,
            "dkim-status-failed",
            "SES did not find the records within 72 hours, does not sign, and no longer looks. \
             Publish the records, then start the verification again with the command",
        ),
        "TEMPORARY_FAILURE" => (
            FindingSeverity::Error,
            "dkim-status-temporary-failure",
            "SES no longer finds records that it saw before. It still signs, and stops after some \
             days: restore the records",
        ),
        "NOT_STARTED" | "" => (
            FindingSeverity::Error,
            "dkim-status-not-started",
            "DKIM was never set up: the domain was verified the old way, by a TXT record, and \
             nothing is signed. Without a signature of the very domain in From, mail passes DMARC \
             by SPF alone or not at all. Set up Easy DKIM with the command, then publish the three \
             CNAME records that it prints",
        ),
        // A status that is new since this was written.
        _ => return None,
    };
    let finding = Finding::new(severity, code, name)
        .found(&identity.dkim_status)
        .text(format!("DKIM of {name} has the status {}: {what}.", shown(&identity.dkim_status)));
    let restart = matches!(code, "dkim-status-failed" | "dkim-status-not-started");
    if !restart || identity.brings_own_key() {
        return Some(finding);
    }
    Some(finding.command(ses_command(
        "put-email-identity-dkim-signing-attributes",
        name,
        "--signing-attributes-origin AWS_SES",
        check.region(),
    )))
}

fn shown(status: &str) -> &str {
    if status.is_empty() { "NOT_STARTED" } else { status }
}

fn signing_disabled(check: &Check<'_>, identity: &IdentityFacts) -> Finding {
    let name = &identity.name;
    Finding::error("dkim-signing-disabled", name)
        .found("SigningEnabled: false")
        .text(format!(
            "DKIM signatures of {name} are disabled (SigningEnabled is false), so mail leaves \
             unsigned whatever DNS says. Switch them on with the command; the console's word for \
             it is \"DKIM signatures: Enabled\"."
        ))
        .command(ses_command(
            "put-email-identity-dkim-attributes",
            name,
            "--signing-enabled",
            check.region(),
        ))
}

fn short_key(check: &Check<'_>, identity: &IdentityFacts) -> Finding {
    let name = &identity.name;
    Finding::info("dkim-key-1024", name)
        .found("RSA_1024_BIT")
        .text(format!(
            "{name} signs with a key of 1024 bits (RSA_1024_BIT). It works; RSA_2048_BIT is the \
             default of SES and what RFC 8301 asks for. The records stay the same."
        ))
        .command(ses_command(
            "put-email-identity-dkim-signing-attributes",
            name,
            "--signing-attributes-origin AWS_SES \
             --signing-attributes NextSigningKeyLength=RSA_2048_BIT",
            check.region(),
        ))
}
