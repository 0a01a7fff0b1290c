//! Whether SES has verified the MAIL FROM domain, and what it does meanwhile.

use super::super::facts::{IdentityFacts, MailFrom};
use super::super::words::{quoted, ses_command};
use super::super::{Check, DomainReport};
use crate::finding::Finding;

/// Whether SES has verified the domain.
pub(super) fn check(
    check: &Check<'_>,
    identity: &IdentityFacts,
    mail_from: &MailFrom,
    report: &mut DomainReport,
) -> bool {
    let (domain, status) = (&mail_from.domain, &mail_from.status);
    if status == "SUCCESS" {
        return true;
    }
    let meanwhile = if mail_from.rejects_on_failure {
        "refuses mail meanwhile"
    } else {
        "uses amazonses.com meanwhile, so SPF does not align"
    };
    report.add(if status == "PENDING" {
        Finding::warning("mailfrom-status-pending", domain).found(status).text(format!(
            "SES has not verified the MAIL FROM domain {domain} yet and {meanwhile}. It looks for \
             the MX record for 72 hours."
        ))
    } else {
        Finding::error("mailfrom-status-failed", domain)
            .found(status)
            .text(format!(
                "SES does not find the MX record of the MAIL FROM domain {domain} (status {status}) \
                 and {meanwhile}. Publish the record, then run the command to start the \
                 verification again."
            ))
            .command(set_again(check, identity, mail_from))
    });
    if mail_from.rejects_on_failure {
        report.add(outage(check, identity, mail_from));
    }
    false
}

fn outage(check: &Check<'_>, identity: &IdentityFacts, mail_from: &MailFrom) -> Finding {
    let (domain, status) = (&mail_from.domain, &mail_from.status);
    let mut fallback = mail_from.clone();
    fallback.rejects_on_failure = false;
    Finding::error("mailfrom-reject-outage", domain)
        .found(format!("REJECT_MESSAGE, {status}"))
        .text(format!(
            "SES refuses all mail of {} now, with MailFromDomainNotVerified: the MAIL FROM domain \
             {domain} is not verified (status {status}) and its behaviour on MX failure is \
             REJECT_MESSAGE. Publish the MX record; the command lets SES send by amazonses.com until \
             it is verified.",
            identity.name
        ))
        .command(set_again(check, identity, &fallback))
}

fn set_again(check: &Check<'_>, identity: &IdentityFacts, mail_from: &MailFrom) -> String {
    let behavior =
        if mail_from.rejects_on_failure { "REJECT_MESSAGE" } else { "USE_DEFAULT_VALUE" };
    let domain = quoted(&mail_from.domain);
    ses_command(
        "put-email-identity-mail-from-attributes",
        &identity.name,
        &format!("--mail-from-domain {domain} --behavior-on-mx-failure {behavior}"),
        check.region(),
    )
}
