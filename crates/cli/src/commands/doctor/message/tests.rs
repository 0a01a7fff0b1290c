use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::thread;

use clap::Parser;
use serde_json::Value;

use super::*;

#[derive(Debug, clap::Parser)]
struct Command {
    #[command(flatten)]
    args: Args,
}

fn sample(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/messages");
    folder.join(name).to_string_lossy().into_owned()
}

/// Answers each TXT query by `zone`, other names with NXDOMAIN, until the test ends.
fn dns(zone: &'static [(&'static str, &'static str)]) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, client)) = socket.recv_from(&mut query) {
            let query = &query[..length];
            let mut name = String::new();
            let mut at = 12;
            while query[at] != 0 {
                let end = at + 1 + usize::from(query[at]);
                name = format!("{name}.{}", String::from_utf8_lossy(&query[at + 1..end]));
                at = end;
            }
            let question = &query[12..at + 5];
            let texts: Vec<_> = zone.iter().filter(|(n, _)| name == format!(".{n}")).collect();
            let mut answer = query[..2].to_vec();
            let code = if texts.is_empty() { 3 } else { 0 };
            answer.extend([0x81, 0x80 | code, 0, 1, 0, byte(texts.len()), 0, 0, 0, 0]);
            answer.extend(question);
            for (_, text) in texts {
                answer.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, byte(text.len() + 1)]);
                answer.push(byte(text.len()));
                answer.extend(text.as_bytes());
            }
            let _ = socket.send_to(&answer, client);
        }
    });
    address
}

fn byte(length: usize) -> u8 {
    u8::try_from(length).unwrap()
}

fn run_on(nameserver: &str, words: &[&str], input: &str) -> (String, ExitCode) {
    let options = ["message", "--nameserver", nameserver, "--timeout", "2"];
    let words = options.iter().chain(words);
    let args = Command::try_parse_from(words).unwrap().args;
    let mut out = Vec::new();
    let code = run(&args, input.as_bytes(), &mut out).unwrap();
    (String::from_utf8(out).unwrap(), code)
}

#[test]
fn the_posts_sample_comes_out_as_the_post_says() {
    let dns = dns(&[("_dmarc.amazon.com", "v=DMARC1; p=quarantine; pct=100")]);
    let (out, code) = run_on(&dns, &[&sample("gmail-ses-defaults-quarantine.eml")], "");
    assert_eq!(code, ExitCode::from(1));
    // Sentences are broken at the edge of the terminal.
    let text = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "DKIM 1 passed? yes pass for d=amazonses.com",
        "2 aligned with From? no amazonses.com does not belong to amazon.com SPF",
        "SPF 1 passed? yes pass for MAIL FROM amazonses.com",
        "DMARC passes when DKIM or SPF does; each has to meet both of its conditions.",
        "DMARC fails. The receiver reports dmarc=fail. The policy is QUARANTINE: the receiver may \
         file the message as spam. What happens to it is the receiver's own decision.",
        "1. Configure a custom MAIL FROM domain that is a subdomain of amazon.com",
        "Publish: mail.amazon.com MX 10 feedback-smtp.us-east-1.amazonses.com",
        "Publish: mail.amazon.com TXT \"v=spf1 include:amazonses.com ~all\"",
        "2. Enable DKIM for the identity that uses amazon.com",
        "11.22.33.44 is allowed for amazonses.com",
    ] {
        assert!(text.contains(wanted), "{wanted}\nin\n{out}");
    }
    assert!(!text.contains("assumed"), "{out}");
}

#[test]
fn no_sentence_is_wider_than_a_terminal() {
    for entry in fs::read_dir(sample("")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let evidence = HeaderEvidence::read(&fs::read(&path).unwrap(), &[]);
            let judgement = judge(&evidence, &std::collections::BTreeMap::new());
            let mut out = Vec::new();
            show::show(Path::new("x.eml"), &judgement, &mut out).unwrap();
            for line in String::from_utf8(out).unwrap().lines() {
                // Records and commands are copied, so they keep their line.
                let is_copied = line.contains("Publish: ") || line.contains("aws ");
                assert!(is_copied || line.chars().count() <= 80, "{line}");
            }
        }
    }
}

#[test]
fn json_has_the_keys_of_the_contract_in_one_line() {
    let (out, code) = run_on("127.0.0.1:9", &["--json", "-"], "From: a@example.com\n\n");
    assert_eq!(code, ExitCode::from(1));
    assert_eq!(out.lines().count(), 1);
    let value: Value = serde_json::from_str(&out).unwrap();
    let keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = ["authserv_id", "dkim", "dmarc", "file", "findings", "from_domain", "spf"];
    assert_eq!(keys, wanted);
    assert_eq!(value["file"], "-");
    assert_eq!(value["spf"], serde_json::json!({"result":"unknown","domain":null,"aligned":null}));
    assert_eq!(
        value["dmarc"],
        serde_json::json!({"verdict":"unknown","reported":null,"policy":null})
    );
    let finding = value["findings"][0].as_object().unwrap();
    assert_eq!(finding.keys().collect::<Vec<_>>(), ["code", "fix", "severity", "text"]);
}

#[test]
fn dns_decides_alignment_where_names_differ() {
    let message = "Authentication-Results: mx.example.net; spf=none smtp.mailfrom=a@x.example;\n \
                   dkim=pass header.d=example.com; dmarc=fail header.from=news.example.com\n\
                   From: a@news.example.com\n\n";
    let verdict = |zone| {
        let (out, _) = run_on(&dns(zone), &["--json", "-"], message);
        let value: Value = serde_json::from_str(&out).unwrap();
        (value["dkim"][0]["aligned"].clone(), value["dmarc"]["policy"].clone())
    };
    let policy = |word: &str| Value::from(word);
    let relaxed = verdict(&[("_dmarc.example.com", "v=DMARC1; p=reject; sp=quarantine")]);
    assert_eq!(relaxed, (Value::Bool(true), policy("quarantine")));
    let strict = verdict(&[("_dmarc.example.com", "v=DMARC1; p=reject; adkim=s")]);
    assert_eq!(strict, (Value::Bool(false), policy("reject")));
    let apart = verdict(&[
        ("_dmarc.news.example.com", "v=DMARC1; p=none; psd=n"),
        ("_dmarc.example.com", "v=DMARC1; p=reject"),
    ]);
    assert_eq!(apart, (Value::Bool(false), policy("none")));
}

#[test]
fn exit_status_tells_pass_from_the_rest() {
    let pass = sample("fastmail-pass.eml");
    let fail = sample("icloud-fail.eml");
    for (files, code) in [
        (vec![pass.as_str()], 0),
        (vec![pass.as_str(), fail.as_str()], 1),
        (vec![pass.as_str(), "no-such-file.eml"], 2),
    ] {
        let (out, found) = run_on("127.0.0.1:9", &files, "");
        assert_eq!(found, ExitCode::from(code), "{files:?}");
        assert!(out.contains("DmarcVerdict"), "the others are judged: {files:?}");
    }
    assert!(Command::try_parse_from(["message"]).is_err(), "a file is required");
}

#[test]
fn nothing_of_a_message_controls_the_terminal() {
    let hostile = "Authentication-Results: mx\u{1b}[2J\u{202e}.example; \
                   dkim=pa\u{1b}]0;x\u{7}ss header.d=a.example header.s=\u{202e}s\u{1b}[1m\n\
                   From: \u{1b}[31m\u{202e}x <a@example.com>\n\n";
    for words in [&["-"][..], &["--json", "-"]] {
        let (out, _) = run_on("127.0.0.1:9", words, hostile);
        let is_unsafe =
            |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!out.contains(is_unsafe), "{out:?}");
    }
}
