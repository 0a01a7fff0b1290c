use super::*;

fn fault(status: Option<&str>, text: &str) -> (BounceClass, &'static str) {
    let finding = triage(BounceFacts { bounce: None, status, diagnostic: Some(text) });
    (finding.class, finding.rule)
}

#[test]
fn each_rule_decides_at_least_one_text() {
    let cases = [
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
        (
            Some("5.7.27"),
            "smtp; 550-5.7.27 SPF did not pass with ip [192.0.2.1] - gsmtp",
            "gmail-spf",
        ),
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
        (None, "smtp; 421 too many messages from you", "rate-words"),
        (None, "smtp; 450 you are greylisted", "greylisting"),
        (Some("5.4.4"), "smtp; 550 5.4.4 lookup failed: SERVFAIL", "dns-trouble"),
        (Some("5.1.0"), "smtp; 550 5.1.0 Address rejected", "address-rejected"),
        (None, "550 5.1.0 orders@example.com sender rejected", "sender-rejected"),
        (Some("5.1.1"), "smtp; 550 5.1.1 go away", "no-such-recipient"),
        (Some("5.7.17"), "smtp; 550 5.7.17 the mailbox changed hands", "recipient-owner-changed"),
        (Some("5.1.2"), "smtp; 550 5.1.2 bad destination system", "recipient-domain-gone"),
        (Some("5.2.1"), "smtp; 550 5.2.1 off", "recipient-disabled"),
        (
            Some("5.0.0"),
            "smtp; 554 delivery error: this account has been disabled",
            "recipient-disabled-words",
        ),
        (Some("5.3.4"), "smtp; 552 5.3.4 too much", "content-codes"),
        (
            Some("5.7.0"),
            "smtp; 552-5.7.0 this message presents a potential security issue",
            "content-words",
        ),
        (
            Some("5.7.124"),
            "smtp; 550 5.7.124 sender not in the allowed list",
            "microsoft-not-allowed",
        ),
        (Some("5.7.1"), "smtp; 550 5.7.1 delivery not authorized, message refused", "policy-words"),
        (None, "smtp; 550 No such user here", "no-such-recipient-words"),
        (None, "smtp; 550 host unknown", "domain-gone-words"),
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
        (
            None,
            "553 5.1.2 recipient address <a b> is not a valid address",
            "invalid-address-syntax",
        ),
        (None, "554 5.2.122 limit reached, too many messages", "rate-with-mailbox-code"),
        (None, "554 the message is not RFC 5322 compliant", "message-itself-refused"),
        (None, "550 classified as spam: subject 'mailbox full'", "filter-verdict"),
        (None, "550 5.7.508 exceeded permitted limits", "rate-words-of-providers"),
        (None, "552 Das Postfach des Nutzers ist voll", "mailbox-full-in-other-languages"),
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
        (Some("4.4.7"), "smtp; 451 4.4.1 no answer from host", "routing-and-time"),
        (Some("4.7.0"), "smtp; 421 4.7.0 not now", "temporary-security"),
    ];
    for (status, text, rule) in cases {
        assert_eq!(fault(status, text).1, rule, "{text}");
    }
    let decided: std::collections::BTreeSet<_> = cases.iter().map(|c| c.2).collect();
    let missing: Vec<_> = rules().iter().map(|r| r.id).filter(|id| !decided.contains(id)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "rules without a row here");
}

#[test]
fn unknown_stays_unknown() {
    for (status, text) in [
        (Some("5.7.1"), "smtp; 550 5.7.1 no"),
        (Some("5.0.0"), "smtp; 550 no thanks"),
        (Some("5.5.2"), "smtp; 500 5.5.2 what"),
        (Some("4.0.0"), ""),
        (None, ""),
    ] {
        assert_eq!(fault(status, text), (BounceClass::Unknown, "none"), "{text}");
    }
}

#[test]
fn status_and_text_beat_the_sub_type() {
    let judge = |sub_type: BounceSubType, status, diagnostic| {
        triage(BounceFacts {
            bounce: Some((&BounceType::Transient, &sub_type)),
            status,
            diagnostic,
        })
        .class
    };
    assert_eq!(judge(BounceSubType::MailboxFull, Some("5.1.1"), None), BounceClass::RecipientGone);
    assert_eq!(judge(BounceSubType::MailboxFull, None, None), BounceClass::MailboxFull);
    assert_eq!(judge(BounceSubType::General, None, None), BounceClass::AutoReply);
    assert_eq!(judge(BounceSubType::General, None, Some("smtp; 551 what")), BounceClass::Unknown);
    assert_eq!(
        judge(BounceSubType::General, None, Some("smtp; 451 what")),
        BounceClass::ReceiverTemporary
    );
    assert_eq!(
        judge(BounceSubType::OnAccountSuppressionList, Some("5.1.1"), None),
        BounceClass::Echo
    );
}

#[test]
fn a_sentence_broken_over_lines_reads_as_one() {
    let text = "smtp; 550-5.4.1 Recipient address\n550-5.4.1 rejected: Access\n550 5.4.1 denied.";
    assert_eq!(fault(None, text).1, "microsoft-directory-block");
}

#[test]
fn a_receiver_that_says_not_now_blames_nobody_s_address() {
    for text in [
        "451 Invalid recipient",
        "450 4.1.1 user unknown",
        "450 4.2.1 mailbox is disabled",
        "421 no such domain",
        "smtp;451 user unknown",
    ] {
        assert!(!fault(None, text).0.is_recipients(), "{text}");
    }
    assert!(!fault(Some("5.0.0"), "451 Invalid recipient").0.is_recipients());
    assert!(!fault(Some("4.0.0"), "user unknown").0.is_recipients());
}

#[test]
fn links_blame_no_recipient_and_name_blocklists() {
    assert_eq!(fault(None, "550 no, see https://example.org/user unknown").0, BounceClass::Unknown);
    assert_eq!(
        fault(None, "550 no, see https://example.org/mailbox-full?user=unknown").0,
        BounceClass::Unknown
    );
    assert_eq!(
        fault(None, "553 http://www.spamhaus.org/query/bl?ip=192.0.2.1").0,
        BounceClass::SenderReputation
    );
}

#[test]
fn the_words_of_another_server_inside_a_reply_count() {
    let wrapped = |inner: &str| {
        fault(Some("5.1.0"), &format!("5.1.0 - Unknown address error 550-'{inner}'")).0
    };
    assert_eq!(wrapped("5.1.1 gone"), BounceClass::RecipientGone);
    assert_eq!(wrapped("5.7.1 Access denied"), BounceClass::Unknown);
    let expired =
        |inner: &str| fault(Some("4.4.7"), &format!("554 4.4.7 Message expired.<{inner}>")).0;
    assert_eq!(expired("421 4.7.28 slowly"), BounceClass::SenderReputation);
    assert_eq!(expired("550 5.1.1 gone"), BounceClass::ReceiverTemporary);
}

#[test]
fn mail_that_gmail_calls_likely_unsolicited_is_about_the_sender_too() {
    let text = "550-5.7.1 [192.0.2.5      12] Our system has detected that this message is likely\n550-5.7.1 unsolicited \
                mail. To reduce the amount of spam sent to Gmail, this\n550 5.7.1 message has been blocked. gsmtp";
    let finding =
        triage(BounceFacts { bounce: None, status: Some("5.7.1"), diagnostic: Some(text) });
    let advice = finding.advice(text).join(" ");
    assert!(advice.contains("reputation") && advice.contains("links"), "{advice}");
}

#[test]
fn every_fault_has_advice_and_sides_are_exclusive() {
    for fault in BounceClass::ALL {
        assert!(fault.advice().len() > 20);
        assert!(!(fault.is_recipients() && fault.is_senders()));
        assert_eq!(serde_json::to_value(fault).unwrap(), fault.code());
    }
}
