use super::*;

fn fault(status: Option<&str>, text: &str) -> (BounceClass, &'static str) {
    let finding = triage(BounceFacts { bounce: None, status, diagnostic: Some(text) });
    (finding.class, finding.rule)
}

mod table;

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
    assert!(!fault(Some("4.4.7"), "user unknown").0.is_recipients());
    assert!(!fault(Some("4.0.0"), "450 user unknown").0.is_recipients());
}

/// A gateway writes 4.0.0 where it knows no better; the words are final.
#[test]
fn a_status_that_says_nothing_gives_way_to_final_words() {
    let texts = [
        "smtp; DNS Error: 1234 DNS type 'mx' lookup of example.org responded with code NXDOMAIN",
        "smtp; 550 No mailbox found",
        "smtp; The domain example.org doesn't receive email according to the administrator",
    ];
    for text in texts {
        assert!(fault(Some("4.0.0"), text).0.is_recipients(), "{text}");
    }
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
