//! The policy table: what the DMARC policy means for mail from this domain, by kind of identity.

use super::dkim::DkimState;
use super::dmarc::DmarcState;
use super::facts::IdentityState;
use super::words::ses_command;
use super::{Check, DomainReport};
use crate::authentication::dmarc::DmarcPolicy;
use crate::finding::{Finding, FindingSeverity};

/// The cell of the policy table. It is also a finding if both its row and column are known.
pub(super) fn check(
    check: &Check<'_>,
    dkim: &DkimState,
    dmarc: &DmarcState,
    report: &mut DomainReport,
) -> String {
    let is_domain = match &check.facts.identity_state {
        IdentityState::Domain(_) | IdentityState::NotRead(_) => true,
        IdentityState::Addresses(_) | IdentityState::NotFound => false,
    };
    let code = code(dmarc.policy, is_domain);
    match &check.facts.identity_state {
        IdentityState::Domain(_) if dmarc.is_known => {
            report.add(Finding::info(code, check.domain).text(domain(check, dkim, dmarc.policy)));
        }
        IdentityState::Addresses(_) if dmarc.is_known => {
            report.add(address(check, code, dmarc.policy));
        }
        IdentityState::Domain(_)
        | IdentityState::Addresses(_)
        | IdentityState::NotRead(_)
        | IdentityState::NotFound => {}
    }
    code.to_owned()
}

fn code(policy: Option<DmarcPolicy>, is_domain: bool) -> &'static str {
    match (policy, is_domain) {
        (None, true) => "policy-none-record-domain",
        (None, false) => "policy-none-record-address",
        (Some(DmarcPolicy::None), true) => "policy-none-domain",
        (Some(DmarcPolicy::None), false) => "policy-none-address",
        (Some(DmarcPolicy::Quarantine), true) => "policy-quarantine-domain",
        (Some(DmarcPolicy::Quarantine), false) => "policy-quarantine-address",
        (Some(DmarcPolicy::Reject), true) => "policy-reject-domain",
        (Some(DmarcPolicy::Reject), false) => "policy-reject-address",
    }
}

fn domain(check: &Check<'_>, dkim: &DkimState, policy: Option<DmarcPolicy>) -> String {
    let what = match (policy, dkim.works) {
        (None | Some(DmarcPolicy::None), true) => {
            "There is no policy to apply; messages are authenticated with DKIM, and domain-based \
             reputation is possible."
        }
        (Some(_), true) => {
            "Messages are authenticated with DKIM and are not subject to the policy."
        }
        (None | Some(DmarcPolicy::None), false) => {
            "There is no policy to apply, but messages are not authenticated with DKIM until the \
             DKIM findings are solved; reputation then remains based on IP."
        }
        (Some(DmarcPolicy::Quarantine), false) => {
            "Messages are not authenticated with DKIM until the DKIM findings are solved; without \
             an aligned MAIL FROM domain they may not be delivered to the inbox."
        }
        (Some(DmarcPolicy::Reject), false) => {
            "Messages are not authenticated with DKIM until the DKIM findings are solved; without \
             an aligned MAIL FROM domain they may be rejected, which results in bounce events."
        }
    };
    format!("Policy {} for {}: {what}{}", named(policy), check.domain, tightening(policy))
}

fn address(check: &Check<'_>, code: &'static str, policy: Option<DmarcPolicy>) -> Finding {
    let (severity, what) = match policy {
        None | Some(DmarcPolicy::None) => (
            FindingSeverity::Warning,
            "There is no policy to apply; messages are not authenticated, and reputation remains \
             solely based on IP.",
        ),
        Some(DmarcPolicy::Quarantine) => (
            FindingSeverity::Warning,
            "Messages are not authenticated and may not be delivered to the inbox.",
        ),
        Some(DmarcPolicy::Reject) => (
            FindingSeverity::Error,
            "Messages are not authenticated and may be rejected, which results in bounce events.",
        ),
    };
    let domain = check.domain;
    Finding::new(severity, code, domain)
        .text(format!(
            "Policy {} for {domain}, and only addresses of it are identities: {what}{} Address \
             identities are for testing only; verify the domain with Easy DKIM, and its address \
             identities inherit the signature. Where the domain is not yours, send from a subdomain \
             that its owner delegates (marketing.{domain}), or from a subdomain of your own domain \
             with From \"John Doe via My App\" and their address in Reply-To.",
            named(policy),
            tightening(policy)
        ))
        .command(ses_command("create-email-identity", domain, "", check.region()))
}

fn named(policy: Option<DmarcPolicy>) -> &'static str {
    policy.map_or("none (no record)", DmarcPolicy::code)
}

fn tightening(policy: Option<DmarcPolicy>) -> &'static str {
    match policy {
        Some(DmarcPolicy::None | DmarcPolicy::Quarantine) => {
            " The owner of the domain may tighten the policy without consulting you."
        }
        None | Some(DmarcPolicy::Reject) => "",
    }
}
