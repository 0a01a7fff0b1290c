//! Triage reads words, not the form they come in, and stands any input.

use proptest::prelude::*;
use proptest::sample::select;
use warden_domain::bounce::{BounceFacts, Classification, triage};

fn judged(status: Option<&str>, text: &str) -> Classification {
    triage(BounceFacts { bounce: None, status, diagnostic: Some(text) })
}

/// Replies put together from what receivers say, and anything at all between.
fn reply() -> impl Strategy<Value = String> {
    let words = vec![
        "550",
        "550-",
        "550-5.1.1",
        "451",
        "smtp;",
        "5.1.1",
        "5.7.26",
        "4.2.2",
        "(#5.2.1)",
        "User",
        "unknown",
        "Mailbox",
        "is",
        "full",
        "no",
        "such",
        "SPF",
        "DMARC",
        "PTR record",
        "blocked using",
        "zen.spamhaus.org",
        "relay access denied",
        "https://example.org/user-unknown",
        "<ann@example.com>",
        "[192.0.2.1]",
        "did not pass",
        "Postfach",
        "voll",
        "\u{1b}[0m",
    ];
    let word = prop_oneof![8 => select(words).prop_map(str::to_owned), 1 => "\\PC{0,12}", 1 => "[a-zA-Z0-9.#<>:-]{0,12}"];
    prop::collection::vec(word, 0..14).prop_map(|words| words.join(" "))
}

fn status() -> impl Strategy<Value = Option<String>> {
    prop_oneof![Just(None), "[245]\\.[0-7]\\.[0-9]{1,3}".prop_map(Some), "\\PC{0,8}".prop_map(Some),]
}

/// The text with its letters' case turned where `turned` says so.
fn in_other_case(text: &str, turned: &[bool]) -> String {
    let turn = |c: char| {
        if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() }
    };
    text.chars()
        .zip(turned.iter().cycle())
        .map(|(c, turned)| if *turned { turn(c) } else { c })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_input_panics(status in any::<Option<String>>(), text in any::<String>()) {
        judged(status.as_deref(), &text).advice(&text);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        judged(None, &String::from_utf8_lossy(&bytes));
    }

    /// Whatever a text names, only what has the form of a domain or an address gets out.
    #[test]
    fn advice_is_plain_text(status in status(), text in reply()) {
        let advice = judged(status.as_deref(), &text).advice(&text).join(" ");
        prop_assert!(advice.chars().all(|c| c.is_ascii_graphic() || c == ' '), "{:?}", advice);
    }

    #[test]
    fn letter_case_says_nothing(status in status(), text in reply(), turned in prop::collection::vec(any::<bool>(), 1..20)) {
        prop_assert_eq!(judged(status.as_deref(), &text), judged(status.as_deref(), &in_other_case(&text, &turned)));
    }

    /// SES and relays break replies where they please.
    #[test]
    fn white_space_and_line_ends_say_nothing(
        status in status(),
        text in reply(),
        spaces in prop::collection::vec(select(vec![" ", "  ", "\n", "\r\n", "\t", " \r\n ", "\u{a0}"]), 1..20),
    ) {
        let mut spaces = spaces.iter().cycle();
        let mut respaced = String::new();
        for word in text.split(' ') {
            respaced += word;
            respaced += spaces.next().unwrap_or(&" ");
        }
        prop_assert_eq!(judged(status.as_deref(), &text), judged(status.as_deref(), &respaced));
    }
}
