//! What the sender should change.

use super::super::codes::MessageCode;
use super::super::judgement::{DmarcVerdict, SpfResult};
use super::super::message_advice::{consequence, is_mailbox_provider};
use super::{Error, FindingSeverity, Findings, Info, Warning};

impl Findings<'_> {
    pub(super) fn sender(&mut self) {
        if self.judgement.from_domain.is_none() {
            return;
        }
        self.ses();
        self.rests_on_one();
        self.mailbox_provider();
    }

    fn ses(&mut self) {
        if !self.evidence.route.is_ses {
            return;
        }
        let from = self.author_domain().to_owned();
        if Self::is_ses_domain(Some(&from)) {
            return;
        }
        let spf = self.judgement.spf.clone();
        let is_default = Self::is_ses_domain(spf.domain.as_deref());
        let is_own_mail_from =
            spf.aligned == Some(true) || self.organizations.is_only_relaxed(spf.domain.as_deref());
        let has_own_signature = self.has_own_signature();
        if is_default {
            let domain = spf.domain.clone().unwrap_or_default();
            let text = format!(
                "The sender has not configured a custom MAIL FROM domain. SES then uses its own, \
                 amazonses.com or a subdomain of it (here {domain}), which never aligns with \
                 {from}."
            );
            self.say(MessageCode::SesDefaultMailfrom, self.graded(Warning, Info), text);
        }
        let signers = self.judgement.dkim.iter().filter(|dkim| dkim.domain.is_some());
        let all: Vec<bool> =
            signers.map(|dkim| Self::is_ses_domain(dkim.domain.as_deref())).collect();
        let is_only_ses = !all.is_empty() && all.iter().all(|is_ses| *is_ses);
        if is_only_ses {
            let text = format!(
                "Only SES's own domain amazonses.com signed the message: the identity that uses \
                 {from} has no DKIM."
            );
            self.say(MessageCode::DkimOnlyAmazonses, self.graded(Warning, Info), text);
        }
        // Behind a forwarder, MAIL FROM is the forwarder's and says nothing of the sender's.
        let is_rewritten = self.evidence.route.is_srs
            || (self.evidence.route.list.is_some() && !is_default && !is_own_mail_from);
        let consequence = match self.judgement.dmarc.verdict {
            DmarcVerdict::Fail => format!(" {}", consequence(self.judgement)),
            DmarcVerdict::Pass | DmarcVerdict::None | DmarcVerdict::Unknown => String::new(),
        };
        if !is_own_mail_from && !is_rewritten && spf.domain.is_some() {
            let text = format!(
                "Configure a custom MAIL FROM domain that is a subdomain of {from}, so that SPF \
                 aligns.{consequence}"
            );
            let fix = self.advice().custom_mail_from();
            self.advise(MessageCode::SetCustomMailfrom, self.by_verdict(Info), text, fix);
        }
        let is_advised = self.has(MessageCode::SetCustomMailfrom);
        if !has_own_signature {
            let consequence = if is_advised { "" } else { consequence.as_str() };
            let text = format!(
                "Enable DKIM for the identity that uses {from}, so that mail is signed by {from} \
                 itself.{consequence}"
            );
            let fix = self.advice().easy_dkim();
            self.advise(MessageCode::EnableEasyDkim, self.by_verdict(Warning), text, fix);
        }
        if !has_own_signature && !is_own_mail_from {
            self.not_the_owner(is_only_ses);
        }
        self.wrong_identity(is_own_mail_from, is_rewritten);
    }

    fn by_verdict(&self, passing: FindingSeverity) -> FindingSeverity {
        match self.judgement.dmarc.verdict {
            DmarcVerdict::Fail => Error,
            DmarcVerdict::None | DmarcVerdict::Unknown => Warning,
            DmarcVerdict::Pass => passing,
        }
    }

    fn not_the_owner(&mut self, is_only_ses: bool) {
        let from = self.author_domain().to_owned();
        if is_only_ses {
            let text = format!(
                "SES signs with amazonses.com alone where only an address of {from} is verified, \
                 not the domain. Address identities are for tests; verify the domain."
            );
            self.say(MessageCode::AddressIdentity, Info, text);
        }
        let text = format!(
            "If {from} is not yours, you cannot publish these records: use a domain that you can."
        );
        let fix = self.advice().not_owner();
        self.advise(MessageCode::NotDomainOwner, Info, text, fix);
    }

    /// A customer's domain signed or is MAIL FROM, and it is not that of From.
    fn wrong_identity(&mut self, is_own_mail_from: bool, is_rewritten: bool) {
        let route = &self.evidence.route;
        if route.list.is_some() || route.forwarded.is_some() || self.passes() {
            return;
        }
        let from = self.author_domain().to_owned();
        let foreign_signer = self.judgement.dkim.iter().find(|dkim| {
            dkim.result == "pass"
                && dkim.aligned == Some(false)
                && !Self::is_ses_domain(dkim.domain.as_deref())
                && !self.organizations.is_only_relaxed(dkim.domain.as_deref())
        });
        let spf = &self.judgement.spf;
        let foreign_mail_from = spf.domain.clone().filter(|domain| {
            spf.result == SpfResult::Pass
                && !is_own_mail_from
                && !is_rewritten
                && !Self::is_ses_domain(Some(domain))
        });
        let foreign = foreign_signer.and_then(|dkim| dkim.domain.clone()).or(foreign_mail_from);
        if let Some(foreign) = foreign {
            let text = format!(
                "The message was sent with the identity of {foreign}, but From is {from}: the two \
                 domains do not align."
            );
            let fix = vec![
                format!("Send with From in {foreign}, or with the identity of {from}."),
                format!("Check which identity covers {from}: ses-warden doctor domain {from}"),
            ];
            self.advise(MessageCode::WrongDomainIdentity, self.by_verdict(Warning), text, fix);
        }
    }

    fn rests_on_one(&mut self) {
        if !self.passes() {
            return;
        }
        let (spf, dkim) = (self.spf_passes_aligned(), self.dkim_passes_aligned());
        let is_spf_known = self.judgement.spf.result != SpfResult::Unknown
            || self.judgement.spf.aligned == Some(false);
        if dkim && !spf && is_spf_known {
            let text = "DMARC passes by DKIM alone: if the signature breaks, nothing is left. An \
                        aligned MAIL FROM domain would be the second leg.";
            self.say(MessageCode::RestsOnDkimAlone, Info, text);
        }
        if spf && !dkim {
            let text = "DMARC passes by SPF alone: every forwarder breaks it. A DKIM signature of \
                        the From domain survives forwarding.";
            self.say(MessageCode::RestsOnSpfAlone, Warning, text);
        }
    }

    fn mailbox_provider(&mut self) {
        let from = self.author_domain().to_owned();
        if !is_mailbox_provider(&from) || self.passes() || !self.evidence.route.is_ses {
            return;
        }
        let text = format!(
            "{from} belongs to a mailbox provider. You cannot authenticate mail for it through SES; \
             receivers file or refuse it."
        );
        let fix = vec![
            "Register and verify a domain of your own with Easy DKIM, and send from it.".to_owned(),
            format!("Put the address at {from} into Reply-To."),
        ];
        self.advise(MessageCode::UseOwnDomain, self.by_verdict(Warning), text, fix);
    }
}
