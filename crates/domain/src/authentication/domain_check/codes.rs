//! Every finding code of the diagnosis, explained. One table, so this file is longer than others.
//!
//! ```
//! use warden_domain::authentication::domain_check::codes;
//!
//! let code = codes::find("mailfrom-two-mx").expect("a known code");
//! assert_eq!(code.severity.name(), "error");
//! ```

use crate::finding::FindingSeverity;

/// One code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DomainCode {
    /// The stable word.
    pub code: &'static str,
    /// How severe the finding is.
    pub severity: FindingSeverity,
    /// When it is found, and what follows from it.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// The explanation of a code.
pub fn find(code: &str) -> Option<&'static DomainCode> {
    CODES.iter().find(|known| known.code == code)
}

/// All codes, by subject.
pub fn all() -> impl Iterator<Item = &'static DomainCode> {
    CODES.iter()
}

const fn error(code: &'static str, meaning: &'static str, remedy: &'static str) -> DomainCode {
    DomainCode { code, severity: FindingSeverity::Error, meaning, remedy }
}

const fn warning(code: &'static str, meaning: &'static str, remedy: &'static str) -> DomainCode {
    DomainCode { code, severity: FindingSeverity::Warning, meaning, remedy }
}

const fn info(code: &'static str, meaning: &'static str, remedy: &'static str) -> DomainCode {
    DomainCode { code, severity: FindingSeverity::Info, meaning, remedy }
}

const NOTHING: &str = "Nothing is to be done.";

const CODES: &[DomainCode] = &[
    // Identity and DKIM.
    error(
        "identity-not-found",
        "Neither the domain, nor a parent of it, nor an address in it is an identity of SES in this \
         Region, so SES refuses mail from it.",
        "Create the identity with the command shown, or name the right Region with --region.",
    ),
    error(
        "identity-not-verified",
        "SES has not verified the identity (VerifiedForSendingStatus is false) and refuses mail \
         from it.",
        "Publish the DKIM records of a domain, or open the link in the mail that an address got.",
    ),
    info(
        "identity-inherited",
        "The domain is no identity of its own and sends by that of a parent domain.",
        "Make it an identity of its own where it needs its own signature or MAIL FROM domain.",
    ),
    info(
        "identity-addresses-inherit",
        "Addresses of the domain are identities too. They inherit the DKIM signature of the domain \
         identity.",
        "Delete address identities that are no longer needed: their settings take precedence.",
    ),
    info(
        "ses-not-read",
        "SES could not be read: no permission, no connection or no credentials. DNS was checked \
         all the same.",
        "Grant ses:ListEmailIdentities and ses:GetEmailIdentity, or run it with another --profile.",
    ),
    info(
        "ses-recommendation",
        "The Virtual Deliverability Manager of SES has an open recommendation for the domain.",
        "Follow what it says.",
    ),
    info(
        "dkim-ok",
        "The three CNAME records of Easy DKIM are right, the status is SUCCESS and signing is on.",
        NOTHING,
    ),
    info(
        "dkim-method",
        "How an identity is set up to sign whose DKIM does not work: Easy DKIM (AWS_SES), its replica \
         in another Region, or a key of your own (EXTERNAL).",
        "Mend the DKIM findings.",
    ),
    error(
        "dkim-token-missing",
        "A CNAME record of Easy DKIM does not exist.",
        "Create the record shown, as CNAME, with exactly this name and value.",
    ),
    error(
        "dkim-all-missing",
        "None of the three CNAME records of Easy DKIM exists.",
        "Create all three.",
    ),
    error(
        "dkim-cname-wrong-target",
        "The CNAME record points to another name than <token>.<SigningHostedZone>.",
        "Replace the value.",
    ),
    error(
        "dkim-cname-wrong-zone",
        "The token is right and the zone behind it is not. Not every Region uses \
         dkim.amazonses.com: SigningHostedZone of the identity says which.",
        "Replace the value by the one shown.",
    ),
    error(
        "dkim-value-domain-appended",
        "The DNS provider appended your domain to the value, because its final dot was missing.",
        "Enter the value with a final dot, or as the provider's form asks for a full name.",
    ),
    error(
        "dkim-trailing-domain-doubled",
        "The record lies at <name>.<domain>.<domain>: the DNS provider appended the zone to a name \
         that already ended in it.",
        "Enter the name without the domain.",
    ),
    error(
        "dkim-underscore-missing",
        "The record lies at <token>.domainkey.<domain>, without the underscore.",
        "Create it at <token>._domainkey.<domain>.",
    ),
    error(
        "dkim-txt-instead-of-cname",
        "The target of Easy DKIM stands in a TXT record.",
        "Delete the TXT record and create a CNAME record.",
    ),
    warning(
        "dkim-cname-flattened",
        "A DKIM key stands at the name as TXT, and no CNAME: the DNS provider flattens CNAME \
         records or answers for them. The key breaks when SES rotates it.",
        "Switch flattening or the proxy off for these three records.",
    ),
    warning(
        "dkim-status-pending",
        "SES has not seen the DKIM records yet and does not sign.",
        "Publish the records and wait, usually minutes, at most 72 hours.",
    ),
    error(
        "dkim-status-failed",
        "SES did not find the DKIM records within 72 hours and stopped looking.",
        "Publish the records, then run the command shown to start again.",
    ),
    error(
        "dkim-status-temporary-failure",
        "SES no longer finds DKIM records that it saw before, and will stop signing.",
        "Restore the records.",
    ),
    error(
        "dkim-status-not-started",
        "DKIM was never set up for this identity, as where a domain was verified by the old TXT \
         record. Mail leaves unsigned.",
        "Run the command shown, then publish the three CNAME records.",
    ),
    error(
        "dkim-signing-disabled",
        "Signing is switched off for the identity, so mail leaves unsigned whatever DNS says.",
        "aws sesv2 put-email-identity-dkim-attributes --email-identity … --signing-enabled",
    ),
    info(
        "dkim-key-1024",
        "The signing key has 1024 bits.",
        "Change to 2048 bits with the command shown; with Easy DKIM the records stay the same.",
    ),
    info(
        "byodkim-ok",
        "The key that you brought is published and SES signs with it.",
        "Rotate it from time to time; SES does not do it for you.",
    ),
    error(
        "byodkim-txt-missing",
        "There is no DKIM key at <selector>._domainkey.<domain>.",
        "Publish the public key that belongs to the private key SES signs with.",
    ),
    error(
        "byodkim-key-revoked",
        "The published key has an empty p tag, which revokes it: every signature fails.",
        "Publish the key again, or give SES a new pair.",
    ),
    warning(
        "dns-servfail",
        "A look-up failed (SERVFAIL, REFUSED, a time-out). Nothing is known of that record.",
        "Run the check again; if it fails again, look at the name servers of the zone.",
    ),
    // MAIL FROM.
    warning(
        "mailfrom-default",
        "No custom MAIL FROM domain is set. SPF passes for amazonses.com and never aligns, so DMARC \
         rests on DKIM alone.",
        "Set a subdomain as MAIL FROM domain: publish both records, then run the command.",
    ),
    info(
        "mailfrom-ok",
        "The MAIL FROM domain has its one MX record, SPF lets SES send, and the status is SUCCESS.",
        NOTHING,
    ),
    error(
        "mailfrom-mx-missing",
        "The MAIL FROM domain has no MX record.",
        "Create the MX record shown.",
    ),
    error(
        "mailfrom-two-mx",
        "The MAIL FROM domain has several MX records; SES requires exactly one.",
        "Delete all but the one shown, or take another subdomain as MAIL FROM domain.",
    ),
    error(
        "mailfrom-mx-wrong-region",
        "The MX record names feedback-smtp of another Region.",
        "Replace it by the one shown.",
    ),
    error(
        "mailfrom-mx-wrong-host",
        "The MX record names a host that is not SES's.",
        "Replace it by the one shown.",
    ),
    error(
        "mailfrom-spf-missing",
        "The MAIL FROM domain has no SPF record.",
        "Create the TXT record shown.",
    ),
    error(
        "mailfrom-spf-no-ses",
        "The SPF record of the MAIL FROM domain does not let SES's servers pass.",
        "Replace it by the record shown.",
    ),
    error(
        "mailfrom-two-spf",
        "The MAIL FROM domain has several SPF records, which is a permanent error.",
        "Keep one.",
    ),
    warning(
        "mailfrom-status-pending",
        "SES has not verified the MAIL FROM domain yet.",
        "Publish the MX record and wait, at most 72 hours.",
    ),
    error(
        "mailfrom-status-failed",
        "SES does not find the MX record of the MAIL FROM domain.",
        "Publish the record, then run the command shown to start again.",
    ),
    error(
        "mailfrom-reject-outage",
        "The MAIL FROM domain is not verified and its behaviour on MX failure is REJECT_MESSAGE: SES \
         refuses every message with MailFromDomainNotVerified.",
        "Publish the MX record; meanwhile set USE_DEFAULT_VALUE with the command shown.",
    ),
    // SPF.
    error(
        "spf-two-records",
        "The name has several SPF records, which is a permanent error.",
        "Keep one, with the terms of all.",
    ),
    error(
        "spf-too-many-lookups",
        "The record takes more than ten DNS look-ups with everything it includes, counted \
         statically (mx counts as one). Receivers stop with a permanent error.",
        "Remove includes that no longer send, or give senders subdomains of their own.",
    ),
    error(
        "spf-void-lookups",
        "More than two names of the record have no record. Receivers stop with a permanent error.",
        "Remove the terms whose names have no record.",
    ),
    error(
        "spf-syntax",
        "The record, or one it includes, has a term that receivers cannot read, or does not begin \
         with \"v=spf1 \".",
        "Correct or remove the term.",
    ),
    error(
        "spf-include-missing",
        "A name that is included or redirected to has no SPF record, which is a permanent error.",
        "Remove the term or correct its name.",
    ),
    error(
        "spf-include-loop",
        "Includes or redirects lead back to where they began.",
        "Remove the one that closes the circle.",
    ),
    error(
        "spf-plus-all",
        "+all lets every host of the Internet send with a pass.",
        "End the record in ~all or -all.",
    ),
    warning(
        "spf-no-all",
        "The record has no all and no redirect, or ends in ?all, which says the same.",
        "End the record in ~all or -all.",
    ),
    info(
        "spf-apex-include-irrelevant",
        "include:amazonses.com in the domain's own record does nothing for SES while MAIL FROM is \
         amazonses.com.",
        "Set a custom MAIL FROM domain; the include can go.",
    ),
    info(
        "spf-include-unseen",
        "The resolver does not see the SPF record of a large provider, so what it includes is not \
         counted.",
        "Ask a resolver that sees the public DNS.",
    ),
    // DMARC.
    error(
        "dmarc-missing",
        "No DMARC record applies to the domain. Gmail, Yahoo and Microsoft require one from bulk \
         senders.",
        "Publish the record shown, then tighten it step by step.",
    ),
    info("dmarc-ok", "A valid DMARC record applies and asks receivers to act.", NOTHING),
    error(
        "dmarc-two-records",
        "A name has several DMARC records; receivers discard all of them.",
        "Keep one.",
    ),
    error(
        "dmarc-syntax",
        "Receivers ignore the record, or one of its tags, because they cannot read it. v=DMARC1 must \
         come first, in exactly these letters.",
        "Correct it.",
    ),
    warning(
        "dmarc-p-none",
        "The policy is none: receivers report and do nothing else.",
        "Read the reports, then move to quarantine and reject.",
    ),
    warning(
        "dmarc-p-missing",
        "The record has no p tag; with a report address it counts as none.",
        "Write the policy that you mean.",
    ),
    error(
        "dmarc-wrong-location",
        "A DMARC record lies at the domain itself, or at dmarc.<domain>, where no receiver looks.",
        "Move it to _dmarc.<domain>.",
    ),
    error(
        "dmarc-trailing-domain-doubled",
        "The DMARC record lies at _dmarc.<domain>.<domain>: the DNS provider appended the zone.",
        "Enter the name without the domain, as _dmarc.",
    ),
    info(
        "dmarc-parent-applies",
        "The domain has no record of its own; that of the parent shown governs.",
        "Publish a record of its own where it needs another policy.",
    ),
    info(
        "dmarc-sp-applies",
        "The sp tag of the parent's record decides for the subdomain.",
        NOTHING,
    ),
    info(
        "dmarc-np-applies",
        "The np tag of the parent's record decides, because the subdomain has neither MX nor address \
         record.",
        "Give the subdomain an MX or address record where it sends mail.",
    ),
    info(
        "dmarc-psd-n",
        "A record on the way declares its domain an organizational domain (psd=n); the tree walk \
         ends there.",
        NOTHING,
    ),
    info(
        "dmarc-psd-y",
        "A record on the way declares its domain a public suffix (psd=y); organizations begin one \
         label below.",
        NOTHING,
    ),
    warning(
        "dmarc-t-testing",
        "t=y asks receivers to apply a policy one step weaker than the one published.",
        "Remove t=y once the reports are clean.",
    ),
    warning(
        "dmarc-pct-removed",
        "pct is no longer defined (RFC 9989, appendix A.6): the policy applies to all mail.",
        "Remove it; for a trial use t=y.",
    ),
    warning(
        "dmarc-rua-external-unauthorized",
        "Reports go to another organization that does not say that it wants them, so receivers drop \
         them.",
        "The owner of the destination publishes the record shown.",
    ),
    error(
        "dmarc-rua-syntax",
        "A destination of rua is no mailto: address, so no report arrives.",
        "Write rua=mailto:reports@example.com.",
    ),
    warning(
        "dmarc-strict-misaligned-mailfrom",
        "aspf=s wants MAIL FROM to be the domain in From itself; a custom MAIL FROM domain of SES is \
         a subdomain, so SPF never aligns.",
        "Remove aspf=s.",
    ),
    error(
        "dmarc-strict-misaligned-dkim",
        "adkim=s wants a signature of the very domain in From, and SES signs as its parent.",
        "Make the subdomain an identity of its own, or remove adkim=s.",
    ),
    // BIMI.
    info("bimi-missing", "There is no BIMI record, so no logo is shown. It is optional.", NOTHING),
    info("bimi-ready", "The BIMI record is valid and DMARC is strong enough.", NOTHING),
    warning(
        "bimi-no-vmc",
        "The record has no certificate (a=); Gmail and Apple show a logo only with one.",
        "Buy a Verified or Common Mark Certificate and name its PEM file in a=.",
    ),
    error(
        "bimi-policy-too-weak",
        "BIMI wants a DMARC policy of quarantine or reject.",
        "Raise the policy once the DMARC reports are clean.",
    ),
    error(
        "bimi-sp-none",
        "sp=none: BIMI wants subdomains protected too.",
        "Remove sp, or raise it.",
    ),
    error("bimi-pct", "pct is below 100: BIMI wants the policy for all mail.", "Remove pct."),
    warning(
        "bimi-org-policy-weak",
        "The organizational domain's own policy is weaker than quarantine.",
        "Raise the policy of the organizational domain.",
    ),
    error("bimi-http-not-https", "A URL of the record is not https.", "Serve it over https."),
    error("bimi-not-svg", "The logo is no SVG.", "Convert the logo to SVG Tiny PS."),
    error(
        "bimi-svg-not-tiny-ps",
        "The logo is an SVG of another profile than Tiny PS.",
        "Export it again with a converter for BIMI.",
    ),
    error(
        "bimi-svg-unreachable",
        "The logo cannot be fetched.",
        "Make the object publicly readable over https.",
    ),
    info("bimi-svg-not-checked", "The logo was not fetched.", "Run the check with --fetch."),
    error(
        "bimi-syntax",
        "The BIMI record cannot be read: v=BIMI1 must come first, and l must be an https URL.",
        "Correct it.",
    ),
    error("bimi-two-records", "There are several BIMI records; all are ignored.", "Keep one."),
    info("bimi-declined", "The domain declines BIMI by an empty l tag.", NOTHING),
    // The policy table.
    info(
        "policy-none-record-domain",
        "No DMARC record, domain identity: no policy to apply; messages are authenticated with DKIM, \
         and domain-based reputation is possible.",
        "Publish a DMARC record.",
    ),
    info(
        "policy-none-domain",
        "p=none, domain identity: no policy to apply; messages are authenticated with DKIM, and \
         domain-based reputation is possible. The owner may tighten the policy without consulting \
         you.",
        NOTHING,
    ),
    info(
        "policy-quarantine-domain",
        "p=quarantine, domain identity: messages are authenticated with DKIM and not subject to the \
         policy. The owner may tighten it without consulting you.",
        NOTHING,
    ),
    info(
        "policy-reject-domain",
        "p=reject, domain identity: messages are authenticated with DKIM and not subject to the \
         policy.",
        NOTHING,
    ),
    warning(
        "policy-none-record-address",
        "No DMARC record, only address identities: messages are not authenticated, and reputation \
         remains solely based on IP.",
        "Verify the domain with Easy DKIM; address identities are for testing only.",
    ),
    warning(
        "policy-none-address",
        "p=none, only address identities: messages are not authenticated, and reputation remains \
         solely based on IP. The owner may tighten the policy without consulting you.",
        "Verify the domain with Easy DKIM; address identities are for testing only.",
    ),
    warning(
        "policy-quarantine-address",
        "p=quarantine, only address identities: messages may not be delivered to the inbox. The \
         owner may tighten the policy without consulting you.",
        "Verify the domain with Easy DKIM; address identities are for testing only.",
    ),
    error(
        "policy-reject-address",
        "p=reject, only address identities: messages may be rejected, which results in bounce \
         events.",
        "Verify the domain with Easy DKIM; address identities are for testing only.",
    ),
    info(
        "bulk-rules-ok",
        "The rules of Gmail, Yahoo and Microsoft for 5,000 messages a day and more are met: SPF and \
         DKIM pass, a DMARC record is there, and one of both aligns with From.",
        "Offer one-click unsubscription in marketing mail, and keep complaints below 0.3 %.",
    ),
];
