use super::*;
use crate::frame::output::Format;

#[derive(Debug, clap::Parser)]
struct Command {
    #[command(flatten)]
    args: Args,
}

fn parsed(words: &[&str]) -> Args {
    let words = ["explain"].iter().chain(words);
    <Command as clap::Parser>::try_parse_from(words).unwrap().args
}

#[test]
fn a_text_may_begin_with_a_hyphen_and_options_stand_on_both_sides() {
    for words in [["--json", "-550 5.1.1 user unknown"], ["-550 5.1.1 user unknown", "--json"]] {
        let args = parsed(&words);
        assert!(!args.format.is_table(), "{words:?}");
        assert_eq!(args.text.as_deref(), Some("-550 5.1.1 user unknown"), "{words:?}");
    }
    let args = parsed(&["--status", "5.1.1", "-- no such user --"]);
    assert_eq!(
        (args.status.as_deref(), args.text.as_deref()),
        (Some("5.1.1"), Some("-- no such user --"))
    );
    assert_eq!(parsed(&["-"]).text.as_deref(), Some("-"));
}

#[test]
fn a_text_without_a_word_is_a_usage_error() {
    for words in [&[""][..], &[" \t"], &["--status", "5.1.1", ""]] {
        let words = ["explain"].iter().chain(words);
        let error = <Command as clap::Parser>::try_parse_from(words).unwrap_err();
        assert!(error.to_string().contains("no text"), "{error}");
    }
    assert_eq!(parsed(&["--status", "5.1.1"]).text, None);
}

#[test]
fn a_mistyped_option_is_no_text() {
    for word in ["--jsn", "-j"] {
        let error = <Command as clap::Parser>::try_parse_from(["explain", word]).unwrap_err();
        assert!(error.to_string().contains("no such option"), "{error}");
    }
}

#[test]
fn advice_names_check_domain_and_address_of_the_text() {
    let text = "550-5.7.26 Authentication results: DKIM = did not pass SPF [bounce.example.com] with ip: \
                [192.0.2.17] = did not pass";
    let out = explained(true, None, text, "");
    for word in ["TXT record of bounce.example.com", "192.0.2.17", "_domainkey."] {
        assert!(out.contains(word), "{word} in\n{out}");
    }
}

#[test]
fn no_line_for_people_is_wider_than_a_terminal() {
    let texts = [
        "550 5.7.1 blocked using zen.spamhaus.org",
        "550 5.7.26 unauthenticated",
        "550 5.1.1",
        "554 5.3.4 too big",
    ];
    for text in texts {
        for line in explained(false, None, text, "").lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }
}

/// A text that no rule matches and that is not about the recipient.
const NOBODYS: &str = "550 Letters about money go straight back to whoever wrote them";

fn explained(json: bool, status: Option<&str>, text: &str, input: &str) -> String {
    let args = Args {
        format: if json { Format::Ndjson.into() } else { FormatOptions::default() },
        status: status.map(str::to_owned),
        rules: None,
        text: Some(text.to_owned()),
        check: check::CheckOptions::default(),
    };
    let mut out = Vec::new();
    run(&args, input.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn json_holds_just_the_nine_fields() {
    let line: serde_json::Value =
        serde_json::from_str(&explained(true, Some("5.1.1"), "gone", "")).unwrap();
    assert_eq!(line["status"], "5.1.1");
    assert_eq!(line["fault"], "recipient_gone");
    assert_eq!(line["rule"], "no-such-recipient");
    assert_eq!(line["owner"], "ses-warden");
    assert_eq!(line["reader"], "rules");
    assert_eq!(line["verdict"], "recipient");
    assert_eq!(line["probability"], serde_json::Value::Null);
    assert_eq!(line["because"], serde_json::json!([]));
    assert_eq!(line.as_object().unwrap().len(), 9);
}

#[test]
fn what_no_rule_knows_shows_the_second_reader() {
    let line: serde_json::Value =
        serde_json::from_str(&explained(true, None, NOBODYS, "")).unwrap();
    assert_eq!(line["fault"], "unknown");
    assert_eq!(line["reader"], "model");
    assert_eq!(line["verdict"], "not_recipient");
    assert!(line["probability"].as_f64().unwrap() < 0.3, "{line}");
    assert!(!line["because"].as_array().unwrap().is_empty(), "{line}");
    let text = explained(false, None, NOBODYS, "").replace("\n        ", " ");
    assert!(text.contains("none; second reader: not the recipient (0."), "{text}");
    assert!(text.contains("because of: "), "{text}");
}

#[test]
fn where_nobody_is_asked_nobody_is_named() {
    let line: serde_json::Value = serde_json::from_str(&explained(true, None, "550", "")).unwrap();
    assert_eq!(line["reader"], serde_json::Value::Null);
    assert_eq!(line["verdict"], "unsure");
}

#[test]
fn each_line_of_the_input_is_explained_with_its_own_status() {
    let out = explained(
        true,
        None,
        "-",
        "5.2.2\tfull\r\n\n550 user unknown\nnot a status\ttext\n\tspamhaus\n",
    );
    let faults: Vec<String> = out
        .lines()
        .map(|l| {
            serde_json::from_str::<serde_json::Value>(l).unwrap()["fault"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(faults, ["mailbox_full", "recipient_gone", "unknown", "sender_reputation"]);
}

#[test]
fn a_rule_of_ones_own_decides_and_says_so() {
    let file = std::env::temp_dir().join(format!("own-rules-{}.toml", std::process::id()));
    let rule = "[[rule]]\nid = \"partner\"\nfault = \"policy\"\nany = [\"ask us\"]\n";
    std::fs::write(&file, rule).unwrap();
    let mut args = parsed(&["--rules", file.to_str().unwrap(), "550 5.1.1 Ask us"]);
    let mut shown = Vec::new();
    run(&args, &[][..], &mut shown).unwrap();
    args.format = Format::Ndjson.into();
    let mut json = Vec::new();
    run(&args, &[][..], &mut json).unwrap();
    std::fs::write(&file, rule.replace("policy", "dead")).unwrap();
    let error = run(&args, &[][..], &mut Vec::new()).unwrap_err();
    std::fs::remove_file(&file).unwrap();
    assert!(String::from_utf8(shown).unwrap().contains("partner (your own rule)"));
    let line: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((&line["rule"], &line["owner"]), (&"partner".into(), &"operator".into()));
    assert!(format!("{error:#}").contains("rule \"partner\""), "{error:#}");
}

#[test]
fn people_see_rule_source_and_advice() {
    let out = explained(false, None, "550 5.7.26 unauthenticated", "");
    for word in ["sender_authentication", "dmarc-or-authentication-required", "RFC 7372", "_dmarc."]
    {
        assert!(out.contains(word), "{word} in\n{out}");
    }
}
