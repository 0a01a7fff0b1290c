//! What relays put around a reply changes nothing, and "not now" outranks "never".

mod corpus;

use std::fmt::Write as _;

use corpus::{Labelled, Part, Result, all_texts};
use warden_domain::bounce::{BounceFacts, Classification, triage};

/// Longer texts are cut, so that a wrapping moves where they end.
const LONGEST: usize = 7_000;

/// A reply split into its code, its enhanced code and its words.
struct Reply<'a> {
    code: &'a str,
    status: Option<&'a str>,
    words: &'a str,
}

impl<'a> Reply<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let bare = text.strip_prefix("smtp;").unwrap_or(text).trim_start();
        let (code, rest) = bare.split_at_checked(3)?;
        let is_code = code.starts_with(['4', '5']) && code.bytes().all(|b| b.is_ascii_digit());
        let words = rest.strip_prefix(' ')?.trim_start();
        if !is_code || bare.contains('\n') {
            return None;
        }
        let is_status = |word: &str| {
            word.len() >= 5
                && word.starts_with(['4', '5'])
                && word.split('.').count() == 3
                && word.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        };
        let (status, words) = match words.split_once(' ') {
            Some((first, rest)) if is_status(first) => (Some(first), rest),
            _ => (None, words),
        };
        Some(Self { code, status, words })
    }

    /// The reply in lines of a few words, as SMTP continues them.
    fn in_lines(&self, words_a_line: usize) -> String {
        let words: Vec<&str> = self.words.split_whitespace().collect();
        let lines: Vec<_> = words.chunks(words_a_line).map(|line| line.join(" ")).collect();
        let status = self.status.map(|status| format!("{status} ")).unwrap_or_default();
        let count = lines.len();
        lines
            .iter()
            .enumerate()
            .map(|(index, line)| {
                let mark = if index + 1 == count { ' ' } else { '-' };
                format!("{}{mark}{status}{line}", self.code)
            })
            .collect::<Vec<_>>()
            .join("\r\n")
    }
}

/// The text in each of the wrappings that relays and gateways put around it.
fn wrapped(text: &str) -> Vec<String> {
    let mut all = vec![
        format!("smtp; {text}"),
        format!("smtp;{text}"),
        format!(
            "X-Postfix; host mx1.example.net[192.0.2.1] said: {text} (in reply to RCPT TO command)"
        ),
        format!("host mx1.example.net[192.0.2.1] said: {text} (in reply to end of DATA command)"),
        format!(
            "SMTP error from remote mail server after RCPT TO:<user@example.com>: host mx1.example.net [192.0.2.1]: {text}"
        ),
        format!(
            "SMTP error from remote mail server after end of data: host quota.example.net [192.0.2.1]: {text}"
        ),
        format!("host mx1.example.net [192.0.2.1]: {text}"),
        format!(
            "<user@example.com>:\n192.0.2.1 does not like recipient.\nRemote host said: {text}\nGiving up on 192.0.2.1."
        ),
        format!("Remote host said: {text}"),
        format!(
            "... while talking to mx1.example.net.:\n>>> RCPT To:<user@example.com>\n<<< {text}"
        ),
        format!("'{text}'"),
        format!("\"{text}\""),
        format!("({text})"),
        format!("[{text}]"),
        format!("“{text}”"),
        format!("{text} (delivery attempts: 0)"),
    ];
    if let Some(reply) = Reply::parse(text) {
        let Reply { code, words, .. } = reply;
        let status = reply.status.map(|status| format!("{status} ")).unwrap_or_default();
        all.push(format!("error {code}-'{status}{words}'"));
        all.push(format!("{code}-'{status}{words}'"));
        all.push(format!("{code}-{status}{words}"));
        all.push(format!("{code} #{status}{words}"));
        for words_a_line in [1, 2, 5] {
            all.push(reply.in_lines(words_a_line));
        }
    }
    all
}

fn same(a: &Classification, b: &Classification) -> bool {
    a.class == b.class && a.rule == b.rule
}

fn readable(texts: Vec<Labelled>) -> impl Iterator<Item = Labelled> {
    texts.into_iter().filter(|text| text.text.len() < LONGEST && !text.text.trim().is_empty())
}

#[test]
fn a_wrapping_changes_no_answer() -> Result {
    let mut wrong = String::new();
    let mut count = 0;
    for text in readable(all_texts()?) {
        let plain = text.judged();
        for variant in wrapped(&text.text) {
            let finding = text.judged_as(text.status.as_deref(), &variant);
            if !same(&plain, &finding) {
                count += 1;
                // Of the measured part nobody looks at single texts.
                let shown = if text.part == Part::Measured { "(measured)" } else { &variant };
                writeln!(wrong, "{} became {}: {shown:?}", plain.rule, finding.rule)?;
            }
        }
    }
    assert!(wrong.is_empty(), "{count}\n{wrong}");
    Ok(())
}

#[test]
fn a_quote_before_a_word_changes_no_answer() -> Result {
    let mut wrong = String::new();
    for text in readable(all_texts()?) {
        // Within a wrapping the quote would hide the wrapping; without a letter there is no word.
        let is_wrapped = ["said:", "reply to", "error from remote", "host "]
            .iter()
            .any(|words| text.text.to_lowercase().contains(words));
        if is_wrapped {
            continue;
        }
        let plain = text.judged();
        for mark in ["'", "\"", "(", "[", "*", "“"] {
            let mut quoted = String::new();
            for (index, word) in text.text.split(' ').enumerate() {
                let is_word = word.chars().count() > 1 && word.chars().all(char::is_alphabetic);
                let space = if index == 0 { "" } else { " " };
                quoted += &if is_word {
                    format!("{space}{mark}{word}")
                } else {
                    format!("{space}{word}")
                };
            }
            let finding = text.judged_as(text.status.as_deref(), &quoted);
            if !same(&plain, &finding) && text.part != Part::Measured {
                writeln!(wrong, "{} became {}: {quoted:?}", plain.rule, finding.rule)?;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    Ok(())
}

#[test]
fn a_4xx_reply_outranks_every_5xx_status() -> Result {
    for text in readable(all_texts()?).filter(|text| text.class.is_recipients()) {
        let words = Reply::parse(&text.text).map_or(text.text.as_str(), |reply| reply.words);
        let variants = [
            format!("smtp; 421 {words}"),
            format!("421-{words}"),
            format!("5.1.0 - Unknown address error 451-'{words}'"),
            format!("smtp; 550 5.1.1 450 4.1.1 {words}"),
            format!(
                "host mx1.example.net[192.0.2.1] said: 450 {words} (in reply to RCPT TO command)"
            ),
            format!("Remote host said: 450 4.2.1 {words}"),
        ];
        for variant in variants {
            for status in [None, Some("5.1.1"), Some("5.0.0"), Some("5.2.1"), Some("5.1.2")] {
                let finding =
                    triage(BounceFacts { bounce: None, status, diagnostic: Some(&variant) });
                assert!(
                    !finding.class.is_recipients(),
                    "{status:?} {} ({}): {variant}",
                    finding.class.code(),
                    finding.rule
                );
            }
        }
    }
    Ok(())
}

#[test]
fn sentences_of_two_readings_blame_nobody_s_address() {
    let texts = [
        ("5.1.1", "550 5.1.1 Mailbox unknown or full"),
        ("5.1.1", "550 Benutzer unbekannt oder Postfach voll"),
        ("5.1.1", "550 5.1.1 Utilisateur inconnu ou boîte pleine"),
        ("5.1.1", "550 Usuario desconocido o buzón lleno"),
        ("5.1.1", "550 Utente sconosciuto o casella piena"),
        ("5.1.1", "550 Usuário desconhecido ou caixa cheia"),
        ("5.1.1", "550 Gebruiker onbekend of postvak vol"),
        ("5.1.1", "550 Nieznany użytkownik lub skrzynka pełna"),
        ("5.1.1", "550 Пользователь не найден или ящик переполнен"),
        ("5.1.1", "550 用户不存在或邮箱已满"),
        ("5.1.1", "550 宛先が存在しないか、メールボックスがいっぱいです"),
        ("5.2.1", "550 5.2.1 Recipient address rejected: Incoming temporarily suspended"),
        ("5.1.1", "550 RCPT TO:<user@example.net> max message size exceeded"),
    ];
    for (status, text) in texts {
        for status in [Some(status), None] {
            let finding = triage(BounceFacts { bounce: None, status, diagnostic: Some(text) });
            assert!(!finding.class.is_recipients(), "{}: {text}", finding.rule);
        }
    }
}
