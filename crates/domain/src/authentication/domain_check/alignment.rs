//! Whether what is authenticated aligns with From, and what the bulk senders' rules ask.

use super::dkim::DkimState;
use super::dmarc::DmarcState;
use super::facts::IdentityState;
use super::mail_from_state::MailFromState;
use super::{Check, DomainReport};
use crate::authentication::dmarc::AlignmentMode;
use crate::finding::Finding;

pub(super) fn check(
    check: &Check<'_>,
    dkim: &DkimState,
    mail_from: &MailFromState,
    dmarc: &DmarcState,
    report: &mut DomainReport,
) {
    let Some(applied) = &dmarc.applied else { return };
    let domain = check.domain;
    let name = format!("_dmarc.{}", applied.domain);
    let strict_spf = applied.record.spf_alignment == AlignmentMode::Strict;
    let strict_dkim = applied.record.dkim_alignment == AlignmentMode::Strict;
    let spf_is_misaligned =
        mail_from.domain.as_deref().filter(|mail_from| strict_spf && *mail_from != domain);
    if let Some(mail_from) = spf_is_misaligned {
        report
            .add(Finding::warning("dmarc-strict-misaligned-mailfrom", &name).found("aspf=s").text(
            format!(
                "aspf=s wants the MAIL FROM domain to be {domain} itself, and it is {mail_from}. A \
                 custom MAIL FROM domain of SES is a subdomain, so SPF never aligns under a strict \
                 policy and DMARC rests on DKIM alone. Remove aspf=s."
            ),
        ));
    }
    let signing = dkim.signing_domain.as_deref();
    let dkim_is_misaligned = signing.filter(|signing| strict_dkim && *signing != domain);
    if let Some(signing) = dkim_is_misaligned {
        report.add(
            Finding::error("dmarc-strict-misaligned-dkim", &name)
                .found("adkim=s")
                .text(format!(
                    "adkim=s wants a signature of {domain} itself, and SES signs as {signing}, the \
                 identity that {domain} sends by. Make {domain} an identity of its own with Easy \
                 DKIM, or remove adkim=s."
                ))
                .command(super::words::ses_command(
                    "create-email-identity",
                    domain,
                    "",
                    check.region(),
                )),
        );
    }
    let dkim_aligns = dkim.works && dkim_is_misaligned.is_none();
    let spf_passes = mail_from.is_default || mail_from.works;
    let is_verified = matches!(&check.facts.identity_state, IdentityState::Domain(identity) if identity.is_verified);
    // SPF of a custom MAIL FROM domain aligns too, but DKIM must pass in any case.
    let one_aligns = dkim_aligns || (mail_from.works && spf_is_misaligned.is_none());
    if is_verified && dkim.works && spf_passes && one_aligns && dmarc.policy.is_some() {
        report.add(bulk(check, dkim_aligns));
    }
}

fn bulk(check: &Check<'_>, dkim_aligns: bool) -> Finding {
    let by = if dkim_aligns { "DKIM" } else { "SPF" };
    Finding::info("bulk-rules-ok", check.domain).text(format!(
        "The rules of Gmail, Yahoo and Microsoft for senders of 5,000 messages a day and more are \
         met: SPF and DKIM pass, a DMARC record is there, and {by} aligns with From. Marketing mail \
         also needs one-click unsubscription, and complaints below 0.3 %."
    ))
}
