//! A row for each rule: a text that this rule, and no rule before it, decides.

use std::collections::BTreeSet;

use super::super::rules;
use super::fault;

const ROWS: &[(Option<&str>, &str, &str)] = &[
    (
        None,
        "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.",
        "ses-global-list",
    ),
    (
        None,
        "Amazon SES did not send the message to this address because it is on the suppression list for your account.",
        "ses-account-list",
    ),
    (Some("5.7.27"), "smtp; 550-5.7.27 SPF did not pass with ip [192.0.2.1] - gsmtp", "gmail-spf"),
    (Some("5.7.30"), "smtp; 550-5.7.30 DKIM did not pass for this mail - gsmtp", "gmail-dkim"),
    (Some("5.7.27"), "smtp; 550 5.7.27 the sender's domain has a null MX", "sender-null-mx"),
    (Some("5.1.10"), "smtp; 556 5.1.10 the domain has a null MX", "null-mx"),
    (
        None,
        "smtp; 550 5.1.10 RESOLVER.ADR.RecipNotFound; not found by SMTP address lookup",
        "microsoft-recipient-not-found",
    ),
    (
        None,
        "smtp; 550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
        "microsoft-directory-block",
    ),
    (
        None,
        "smtp; 450-4.2.1 the user you are trying to contact is receiving mail too quickly",
        "gmail-receiving-too-fast",
    ),
    (
        Some("5.7.26"),
        "smtp; 550-5.7.26 this mail has been blocked because the sender is unauthenticated",
        "dmarc-or-authentication-required",
    ),
    (
        Some("5.7.1"),
        "smtp; 550 5.7.1 message failed the DMARC policy of its domain",
        "authentication-words",
    ),
    (None, "smtp; 554 5.7.9 message not accepted for policy reasons", "yahoo-authentication"),
    (Some("5.7.25"), "smtp; 550-5.7.25 the sending address has no PTR record", "reverse-dns"),
    (
        None,
        "unable to get mx info: failed to get IPs from PTR record: lookup <nil>: unrecognized address",
        "relay-finds-no-mail-server",
    ),
    (None, "smtp; 554 no PTR record for you", "reverse-dns-words"),
    (Some("5.1.8"), "smtp; 553 5.1.8 who are you", "sender-address-refused"),
    (Some("5.0.0"), "smtp; 550 sender domain must exist", "sender-domain-words"),
    (Some("5.7.606"), "smtp; 550 5.7.606 access denied, ask for delisting", "reputation-codes"),
    (
        Some("5.7.1"),
        "smtp; 550 5.7.1 service unavailable, client host [192.0.2.1] is found at Spamhaus",
        "blocklist-names",
    ),
    (
        Some("5.7.1"),
        "smtp; 550-5.7.1 our system has noticed a very low reputation of the sending domain",
        "reputation-words",
    ),
    (
        Some("5.2.2"),
        "smtp; 552 5.2.2 the recipient inbox is out of storage space and inactive",
        "mailbox-full",
    ),
    (Some("5.0.0"), "smtp; 550 sorry, mailbox full", "mailbox-full-words"),
    (None, "smtp; 421 slow down", "rate-words"),
    (None, "smtp; 450 you are greylisted", "greylisting"),
    (Some("5.4.4"), "smtp; 550 5.4.4 lookup failed: SERVFAIL", "dns-trouble"),
    (Some("5.1.0"), "smtp; 550 5.1.0 Address rejected", "address-rejected"),
    (None, "550 5.1.0 orders@example.com sender rejected", "sender-rejected"),
    (Some("5.1.1"), "smtp; 550 5.1.1 go away", "no-such-recipient"),
    (Some("5.7.17"), "smtp; 550 5.7.17 the mailbox changed hands", "recipient-owner-changed"),
    (Some("5.1.2"), "smtp; 550 5.1.2 hm", "recipient-domain-gone"),
    (Some("5.2.1"), "smtp; 550 5.2.1 off", "recipient-disabled"),
    (
        Some("5.0.0"),
        "smtp; 554 delivery error: this account has been disabled",
        "recipient-disabled-words",
    ),
    (Some("5.3.4"), "smtp; 552 5.3.4 too much", "content-codes"),
    (Some("5.7.0"), "smtp; 552-5.7.0 unsolicited mail", "content-words"),
    (Some("5.7.124"), "smtp; 550 5.7.124 sender not in the allowed list", "microsoft-not-allowed"),
    (Some("5.7.1"), "smtp; 550 5.7.1 delivery not authorized, message refused", "policy-words"),
    (None, "smtp; 550 No such user here", "no-such-recipient-words"),
    (None, "smtp; 550 no such server", "domain-gone-words"),
    (
        None,
        "554 Message rejected: Email address is not verified. The following identities failed the check",
        "ses-identity-not-verified",
    ),
    (None, "550 5.7.30 the next hop has no REQUIRETLS", "requiretls"),
    (
        None,
        "550 5.5.0 Mailbox unavailable [x.prod.protection.outlook.com]",
        "microsoft-consumer-mailbox",
    ),
    (None, "550 5.1.8 Access denied, bad outbound sender", "microsoft-bad-outbound-sender"),
    (None, "553 5.1.2 recipient address <a b> is not a valid address", "invalid-address-syntax"),
    (None, "554 5.2.122 limit reached, too many messages", "rate-with-mailbox-code"),
    (None, "554 the message is not RFC 5322 compliant", "message-itself-refused"),
    (None, "550 classified as spam: subject 'mailbox full'", "filter-verdict"),
    (None, "550 5.7.508 exceeded permitted limits", "rate-words-of-providers"),
    (None, "552 Speicherplatz erschöpft", "mailbox-full-in-other-languages"),
    (None, "X-Postfix; connect to mx.example.org: Connection timed out", "connection-trouble"),
    (None, "554 too many hops", "mail-loop"),
    (None, "553 5.3.5 system config error", "system-trouble"),
    (None, "550 relay through this server needs a login", "relay"),
    (None, "550 Ce compte a été désactivé", "recipient-disabled-in-other-languages"),
    (None, "550 El buzón no existe", "no-such-recipient-in-other-languages"),
    (
        None,
        "550-Requested action not taken: mailbox unavailable\n550 see https://postmaster.gmx.net/en/case?c=r0101",
        "united-internet-recipient",
    ),
    (None, "I am out of the office", "absence-notice"),
    (None, "422 what", "temporary-reply"),
    (Some("4.4.7"), "smtp; 451 4.4.1 hm", "routing-and-time"),
    (Some("4.7.0"), "smtp; 421 4.7.0 not now", "temporary-security"),
    (None, "421 too many messages from you", "rate-words-of-providers"),
    (None, "554 INVALID: mail.example.com does not exist", "host-does-not-exist"),
    (Some("5.7.0"), "530 5.7.0 Must issue a STARTTLS command first", "tls-wanted"),
    (None, "550 your daily quota is used up", "sending-quota"),
    (None, "551 Sender is on domain's blacklist", "recipient-s-own-list"),
    (None, "554 A problem occurred. (BL)", "t-online-blocked"),
    (None, "550 IP is rejected", "sender-blocked-words"),
    (None, "552 message size exceeds what we take", "message-too-large"),
    (None, "550 responded with code NXDOMAIN", "domain-gone-named"),
    (None, "550 our disk is read only, please retry", "temporary-words"),
    (None, "550 you are not allowed in here", "refusal-words"),
    (None, "550 odd mx records", "about-the-sender"),
    (None, "550 you come from an odd subnet", "about-the-connection"),
    (Some("5.7.18"), "550 5.7.18 the domain changed hands", "domain-owner-changed"),
    (None, "smtp; 550 the headers are odd", "about-the-message"),
    (None, "550 mailbox closed to strangers", "recipient-chooses-senders"),
    (None, "550 domain in message-id not found", "part-of-the-message-named"),
    (None, "550 mailbox locked by another process", "receiver-busy-in-many-languages"),
    (None, "550 mailbox locked by imapd", "locked-for-a-while"),
    (None, "550 La dirección de origen no existe", "sender-side-named"),
    (None, "552 the recipient has used up what we give", "receiver-full"),
    (None, "550 please log in before you send", "login-wanted"),
    (None, "550 mail from your country is not wanted", "organisation-s-own-list"),
    (Some("4.7.28"), "421 4.7.28 an unusual rate of mail", "rate-with-reputation-code"),
    (Some("5.2.2"), "550 5.2.2 Submission quota exceeded", "submission-quota"),
    (None, "550 the customer has been archived", "receiver-switched-off"),
    (None, "550 Alıcı adresi geçersiz", "receiver-missing"),
    (None, "550 we do not accept bounces here", "who-may-write"),
    (None, "550 Lähettäjää ei löydy", "sender-missing"),
    (None, "550 Votre serveur est bloqué", "client-blocked"),
    (None, "550 Afsenderen blev afvist", "sender-refused"),
    (None, "550 our lookup is slow ", "server-trouble"),
];

#[test]
fn each_rule_decides_at_least_one_text() {
    for (status, text, rule) in ROWS {
        assert_eq!(fault(*status, text).1, *rule, "{text}");
    }
    let decided: BTreeSet<_> = ROWS.iter().map(|row| row.2).collect();
    let missing: Vec<_> = rules().iter().map(|r| r.id).filter(|id| !decided.contains(id)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "rules without a row here");
}
