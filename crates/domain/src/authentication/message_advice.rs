//! What to change, as an SES postmaster would say it: exact records and commands.

use super::dmarc::DmarcPolicy;
use super::judgement::{DmarcVerdict, MessageJudgement};

/// What advice is about.
pub(super) struct AdviceSubject<'a> {
    /// The From domain.
    pub(super) domain: &'a str,
    /// The SES Region, or a placeholder.
    pub(super) region: &'a str,
}

impl AdviceSubject<'_> {
    /// The custom MAIL FROM domain that the advice proposes.
    pub(super) fn mail_from(&self) -> String {
        format!("mail.{}", self.domain)
    }

    pub(super) fn custom_mail_from(&self) -> Vec<String> {
        let Self { domain, region } = self;
        let mail_from = self.mail_from();
        vec![
            format!(
                "Choose a MAIL FROM domain that is a subdomain of {domain} and is used for nothing \
                 else, such as {mail_from}."
            ),
            format!("Publish: {mail_from}  MX  10 feedback-smtp.{region}.amazonses.com"),
            format!("Publish: {mail_from}  TXT  \"v=spf1 include:amazonses.com ~all\""),
            format!(
                "Run: aws sesv2 put-email-identity-mail-from-attributes --email-identity {domain} \
                 --mail-from-domain {mail_from} --region {region}"
            ),
        ]
    }

    pub(super) fn easy_dkim(&self) -> Vec<String> {
        let Self { domain, region } = self;
        vec![
            format!(
                "Run: aws sesv2 create-email-identity --email-identity {domain} --region {region}"
            ),
            format!(
                "Where the identity exists: aws sesv2 put-email-identity-dkim-attributes \
                 --email-identity {domain} --signing-enabled --region {region}"
            ),
            format!(
                "Publish the three CNAME records that SES returns: <token>._domainkey.{domain}  \
                 CNAME  <token>.dkim.amazonses.com"
            ),
            format!(
                "Check: ses-warden doctor domain {domain}  (it prints the tokens and what is \
                 missing)"
            ),
        ]
    }

    pub(super) fn not_owner(&self) -> Vec<String> {
        let Self { domain, .. } = self;
        vec![
            format!(
                "Ask the owner of {domain} to delegate a subdomain to you, such as \
                 marketing.{domain}, verify it with Easy DKIM and send from it."
            ),
            "Or send from a domain of your own, one subdomain for each customer, such as \
             tenant1.yourdomain.example, with From \"John Doe via My App\" and the customer's \
             address in Reply-To."
                .to_owned(),
        ]
    }

    pub(super) fn dmarc_record(&self) -> Vec<String> {
        let Self { domain, .. } = self;
        vec![format!(
            "Publish: _dmarc.{domain}  TXT  \"v=DMARC1; p=none; rua=mailto:dmarc@{domain}\"  \
             (read the reports, then move to quarantine or reject)"
        )]
    }
}

impl MessageJudgement {
    /// Returns what the verdict means for the message, in a sentence or two.
    pub fn consequence(&self) -> String {
        consequence(self)
    }
}

/// What the verdict means for the message, in sentences.
pub(super) fn consequence(judgement: &MessageJudgement) -> String {
    let policy = judgement.dmarc.policy;
    match judgement.dmarc.verdict {
        DmarcVerdict::Pass => "Only one of SPF and DKIM has to pass with alignment.".to_owned(),
        DmarcVerdict::None => {
            "Without a DMARC record there is no policy to apply; receivers judge by \
                          their own rules, and large ones ask bulk senders for a record."
                .to_owned()
        }
        DmarcVerdict::Unknown => "The headers do not tell whether DMARC passes.".to_owned(),
        DmarcVerdict::Fail => match policy {
            Some(DmarcPolicy::Quarantine) => {
                "The policy is QUARANTINE: the receiver may file the message as spam. What happens \
                 to it is the receiver's own decision."
            }
            Some(DmarcPolicy::Reject) => {
                "The policy is REJECT: the receiver may refuse the message, which SES reports as a \
                 bounce. What happens to it is the receiver's own decision."
            }
            Some(DmarcPolicy::None) => {
                "The policy is NONE: the owner of the domain asks for reports only. The receiver \
                 may still count the failure against the message."
            }
            None => {
                "What happens to the message is the receiver's own decision: inbox, spam folder or \
                 a bounce."
            }
        }
        .to_owned(),
    }
}

/// What a compound authentication reason of Microsoft means.
pub(super) fn compauth_reason(reason: &str) -> &'static str {
    match reason {
        "000" => "explicit failure: DMARC fails and the domain's policy is quarantine or reject",
        "001" => {
            "implicit failure: no DMARC, SPF or DKIM records that would have led to a pass, or a \
             weak policy"
        }
        "002" => "the recipient's organization forbids this sender to spoof the domain",
        "010" => {
            "DMARC fails, the policy is reject or quarantine, and the domain is the recipient's own"
        }
        "100" | "101" | "102" | "103" | "104" => "SPF, DKIM or reverse DNS passes and aligns",
        "109" => "the domain has no DMARC record, and the message would pass with one",
        "111" => "DMARC could not be looked up, and SPF or DKIM aligns",
        "112" => "DMARC could not be looked up: a DNS time-out",
        "115" => "sent from a Microsoft 365 organization that owns the domain",
        "116" => "the MX record of the From domain points to the sending host",
        "130" => "an ARC seal of a trusted sealer overrides a DMARC failure",
        "201" | "202" => "passes softly by the host's reverse DNS",
        _ => match reason.bytes().next() {
            Some(b'0') => "authentication fails",
            Some(b'1' | b'7') => "authentication passes",
            Some(b'2') => "authentication passes softly",
            Some(b'3') => "compound authentication was not checked",
            Some(b'4' | b'9') => "compound authentication was bypassed",
            Some(b'6') => "implicit failure, from a domain of the recipient's own organization",
            _ => "a reason that Microsoft does not document",
        },
    }
}

/// Domains of mailbox providers: nobody else can publish records for them.
pub(super) fn is_mailbox_provider(domain: &str) -> bool {
    const PROVIDERS: [&str; 30] = [
        "gmail.com",
        "googlemail.com",
        "yahoo.com",
        "yahoo.co.uk",
        "yahoo.co.jp",
        "yahoo.fr",
        "yahoo.de",
        "ymail.com",
        "rocketmail.com",
        "aol.com",
        "outlook.com",
        "hotmail.com",
        "hotmail.co.uk",
        "live.com",
        "msn.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "gmx.de",
        "gmx.net",
        "gmx.com",
        "web.de",
        "mail.ru",
        "yandex.ru",
        "proton.me",
        "protonmail.com",
        "zoho.com",
        "fastmail.com",
        "qq.com",
        "163.com",
    ];
    PROVIDERS.contains(&domain)
}
