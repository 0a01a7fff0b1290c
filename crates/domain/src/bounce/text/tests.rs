use super::*;

#[test]
fn quotes_case_accents_and_line_breaks_are_no_words() {
    let cases = [
        ("550 'Spam Blocked'", " spam blocked "),
        ("smtp; 550-5.4.1 Recipient address\r\n550 5.4.1 rejected", " recipient address rejected "),
        ("552 Boîte PLEINE, désolé", " boite pleine desole "),
        ("<ann@example.net>: user\u{0}unknown", " user unknown "),
        ("550 user_unknown", " user unknown "),
        ("550 Müller's Straße", " muller s strasse "),
    ];
    for (text, words) in cases {
        assert_eq!(ReplyText::of(text).words(), words, "{text}");
    }
}

#[test]
fn hosts_links_and_ip_addresses_are_one_mark() {
    let cases = [
        ("550 mail.example.com does not exist", " ~ does not exist "),
        ("550 [192.0.2.7] is listed", " ~ is listed "),
        ("550 2001:db8::25 is listed", " ~ is listed "),
        ("550 see https://example.org/user-unknown now", " see ~ now "),
        ("550 see (www.example.org/full) now", " see ~ now "),
        ("550 Error.Your mailbox is full.Please wait", " error your mailbox is full please wait "),
        ("550 RESOLVER.ADR.RecipNotFound; x", " resolver adr recipnotfound x "),
    ];
    for (text, words) in cases {
        assert_eq!(ReplyText::of(text).words(), words, "{text}");
    }
}

#[test]
fn names_in_links_are_kept_apart_from_words() {
    let text = ReplyText::of("550 no, see http://zen.example.org/listed");
    assert_eq!(text.words(), " no see ~ ");
    let named = text.all().find("listed").expect("the link's names are there");
    assert!(!text.is_said(named + 6) && text.is_named(named + 6));
    let wrapped = ReplyText::of("host mx.quota.example[192.0.2.1] said: 550 no");
    let host = wrapped.all().find("quota").expect("the host's name is there");
    assert!(!wrapped.is_named(host + 5));
}

#[test]
fn a_sentence_ends_where_it_ends() {
    assert_eq!(ReplyText::of("550 Over quota. Try later").words(), " over quota . try later ");
    assert_eq!(ReplyText::of("550 满了。再见").words(), " 满了 . 再见 ");
}

#[test]
fn four_hundreds_are_found_wherever_they_stand() {
    let transient = [
        "421 later",
        "smtp; 451 later",
        "5.1.0 - Unknown address error 451-'later'",
        "550 5.1.1 (450 4.1.1 later)",
        "host mx.example.net[192.0.2.1] said: 450 later",
        "550 4.2.1 later",
    ];
    for text in transient {
        assert!(ReplyText::of(text).is_transient, "{text}");
    }
    let permanent = [
        "550 limit of 450 messages",
        "550 a message of 421 KB",
        "550 version 4.7.2 of the filter",
        "550 no [421]",
        "550 [192.0.2.7 451] no",
        "550 4.98.2",
    ];
    for text in permanent {
        assert!(!ReplyText::of(text).is_transient, "{text}");
    }
}

#[test]
fn nothing_said_is_empty() {
    for text in ["", " ", "smtp;", "...", "\u{0}", "<ann@example.net>"] {
        assert!(ReplyText::of(text).is_empty(), "{text:?}");
    }
    for text in ["550", "no", "~", "192.0.2.1"] {
        assert_eq!(ReplyText::of(text).is_empty(), text == "~", "{text:?}");
    }
}

#[test]
fn a_very_long_text_is_cut_at_a_character() {
    assert!(ReplyText::of(&"é".repeat(MAX_BYTES)).words().len() <= MAX_BYTES);
}
