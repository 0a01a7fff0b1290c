//! Which SES identity lets the domain send.

use super::facts::{IdentityFacts, IdentityState};
use super::words::ses_command;
use super::{Check, DomainReport};
use crate::finding::Finding;

pub(super) fn check(check: &Check<'_>, report: &mut DomainReport) {
    match &check.facts.identity_state {
        IdentityState::NotRead(reason) => report.add(not_read(check, reason)),
        IdentityState::NotFound => report.add(not_found(check)),
        IdentityState::Domain(identity) => {
            if !identity.is_verified {
                report.add(not_verified(check, identity));
            }
            if identity.dns_name() != check.domain {
                report.add(inherited(check, identity));
            }
            if let Some(first) = check.facts.address_identities.first() {
                report.add(addresses(check, identity, first));
            }
        }
        IdentityState::Addresses(identities) => {
            for identity in identities.iter().filter(|identity| !identity.is_verified) {
                report.add(not_verified(check, identity));
            }
        }
    }
    for recommendation in &check.facts.recommendations {
        report.add(
            Finding::info("ses-recommendation", check.domain)
                .found(format!("{} ({})", recommendation.kind, recommendation.impact))
                .text(format!(
                    "The Virtual Deliverability Manager of SES recommends: {}",
                    recommendation.description
                )),
        );
    }
}

fn not_read(check: &Check<'_>, reason: &str) -> Finding {
    Finding::info("ses-not-read", check.domain).text(format!(
        "SES in {} was not read ({reason}), so DKIM and MAIL FROM are not judged. The records of \
         SPF, DMARC and BIMI are. Reading takes ses:ListEmailIdentities and ses:GetEmailIdentity.",
        check.region()
    ))
}

fn not_found(check: &Check<'_>) -> Finding {
    let (domain, region) = (check.domain, check.region());
    Finding::error("identity-not-found", domain)
        .text(format!(
            "{domain} is no identity of SES in {region}, so SES refuses mail from it there. An \
             identity belongs to one Region: create it here, or name the Region it was made in \
             with --region. Where the domain is not yours, send from a subdomain that its owner \
             delegates to you (marketing.{domain}), or from a subdomain of your own domain with \
             From \"John Doe via My App\" and their address in Reply-To."
        ))
        .command(ses_command("create-email-identity", domain, "", region))
}

fn not_verified(check: &Check<'_>, identity: &IdentityFacts) -> Finding {
    let name = &identity.name;
    let why = match identity.verification_error.as_deref() {
        Some("HOST_NOT_FOUND") => " (HOST_NOT_FOUND: the name of a record does not exist)",
        Some("TYPE_NOT_FOUND") => " (TYPE_NOT_FOUND: the name exists without the type of record)",
        Some("INVALID_VALUE") => " (INVALID_VALUE: the record has another value)",
        Some("DNS_SERVER_ERROR") => " (DNS_SERVER_ERROR: the name servers did not answer)",
        Some("SERVICE_ERROR") => " (SERVICE_ERROR: SES failed and tries again)",
        Some(_) | None => "",
    };
    let next = if name.contains('@') {
        "open the link in the mail that SES sent to the address"
    } else {
        "publish the DKIM records below; SES then verifies it by itself, usually within minutes, \
         at most 72 hours"
    };
    let finding = Finding::error("identity-not-verified", name).text(format!(
        "The identity {name} is not verified in {}{why}, so SES refuses mail from it: {next}.",
        check.region()
    ));
    match &identity.verification_error {
        Some(error) => finding.found(error),
        None => finding,
    }
}

fn addresses(check: &Check<'_>, identity: &IdentityFacts, first: &str) -> Finding {
    let (domain, parent) = (check.domain, &identity.name);
    let others = match check.facts.address_identities.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    Finding::info("identity-addresses-inherit", domain).found(format!("{first}{others}")).text(format!(
        "Address identities of {domain} ({first}{others}) inherit the DKIM signature of {parent}, \
         unless they have DKIM settings of their own. Their settings for notifications and \
         configuration set take precedence over those of the domain."
    ))
}

fn inherited(check: &Check<'_>, identity: &IdentityFacts) -> Finding {
    let (domain, parent) = (check.domain, &identity.name);
    Finding::info("identity-inherited", domain).found(parent).text(format!(
        "{domain} is no identity of its own and sends by the identity of its parent {parent}: DKIM \
         signs as {parent}, and MAIL FROM is that of {parent}."
    ))
}
