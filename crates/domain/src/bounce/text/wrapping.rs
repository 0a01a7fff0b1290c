//! Words that relays put around the reply they pass on.

/// How many tokens a wrapping takes at most.
const LONGEST: usize = 14;

/// Phrases that only say who speaks, or at which command, word by word. `*` is any one token.
const PHRASES: &[&[&str]] = &[
    &["remote", "host", "said:"],
    &["remote", "server", "said:"],
    &["remote", "server", "replied:"],
    &["remote", "server", "returned:"],
    &["remote", "server", "returned"],
    &["remote", "server", "responded:"],
    &["the", "remote", "server", "responded:"],
    &["the", "response", "from", "the", "remote", "server", "was:"],
    &["the", "response", "was:"],
    &["the", "mail", "server", "responded:"],
    &["giving", "up", "on", "*"],
    &["does", "not", "like", "recipient."],
    &["failed", "after", "i", "sent", "the", "message."],
    &["connected", "to", "*", "but", "sender", "was", "rejected."],
    &["connected", "to", "*", "but", "my", "name", "was", "rejected."],
    &["connected", "to", "*", "but", "greeting", "failed."],
    &["connected", "to", "*", "but", "connection", "died."],
    &["i", "couldn't", "deliver", "it", "to", "that", "address."],
    &["delivery", "attempts:", "*"],
    &["diagnostic-code:"],
    &["diagnostic", "code:"],
    &["diagnostic", "information:"],
    &["smtp", "server", "replied:"],
    &["smtp", "server", "*", "rejected", "recipient"],
    &["error", "following", "rcpt", "command)."],
    &["it", "responded", "as", "follows:"],
];

/// How gateways head a reply that they pass on behind `550-'`.
const HEADS: &[&[&str]] = &[
    &["unknown", "address", "error"],
    &["other", "mail", "system", "problem"],
    &["-", "unknown", "address", "error"],
    &["-", "other", "mail", "system", "problem"],
];

/// How many tokens at the start are a wrapping, where they are one.
pub(super) fn at_start_of(tokens: &[&str]) -> Option<usize> {
    let first = tokens.first()?;
    let lead = bare(first);
    // Cheap answers first: most tokens begin no wrapping.
    let letter = lead.bytes().next().unwrap_or_default().to_ascii_lowercase();
    match letter {
        b'h' if lead.eq_ignore_ascii_case("host") => host_said(tokens),
        b'i' if lead.eq_ignore_ascii_case("in") => in_reply_to(tokens),
        b's' | b'e' | b'd' | b'u' | b'l' | b't' | b'r' | b'g' | b'f' | b'c' | b'i' | b'o'
        | b'-' => error_from_remote(tokens)
            .or_else(|| {
                let begins = |phrase: &&&[&str]| {
                    phrase.first().is_some_and(|word| {
                        word.len() == lead.len() && word.as_bytes().first() == Some(&letter)
                    })
                };
                let mut phrases = PHRASES.iter().filter(begins);
                phrases.find_map(|phrase| phrase_length(phrase, tokens))
            })
            .or_else(|| head(tokens)),
        _ if *first == "<<<" => Some(1),
        _ if *first == ">>>" => command_sent(tokens),
        _ => None,
    }
}

/// A token without `smtp;` or `x-postfix;` at its start, which say what kind of report this is.
pub(super) fn without_transport_name(token: &str) -> &str {
    let mut token = token;
    while token.bytes().any(|byte| byte == b';')
        && let Some((name, rest)) = token.split_once(';')
        && is_transport(bare(name))
    {
        token = rest;
    }
    token
}

fn is_transport(name: &str) -> bool {
    ["smtp", "lmtp"].iter().any(|known| name.eq_ignore_ascii_case(known))
        || name.get(..2).is_some_and(|x| x.eq_ignore_ascii_case("x-"))
}

/// A token without quotes and brackets in front of it.
fn bare(token: &str) -> &str {
    // Most tokens are plain words.
    if token.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return token;
    }
    token.trim_start_matches(['(', '[', '{', '"', '\'', '<', '*', '#', '“', '‘', '«'])
}

/// `host mx.example.com[192.0.2.1] said:` and `host mx.example.com [192.0.2.1]:`.
fn host_said(tokens: &[&str]) -> Option<usize> {
    let name = tokens.get(1)?;
    if !name.contains(['.', '[']) && !name.eq_ignore_ascii_case("localhost") {
        return None;
    }
    if name.ends_with(':') {
        return Some(2);
    }
    let next = tokens.get(2)?;
    if next.starts_with('[') && next.ends_with("]:") {
        return Some(3);
    }
    let said = tokens.iter().take(6).position(|token| token.eq_ignore_ascii_case("said:"));
    let refused = || {
        let is_refusal = tokens.get(2..6).is_some_and(|words| {
            words.iter().zip(["refused", "to", "talk", "to"]).all(|(a, b)| a == &b)
        });
        is_refusal.then_some(6)
    };
    said.or_else(refused).map(|last| last + 1)
}

/// `(in reply to RCPT TO command)`.
fn in_reply_to(tokens: &[&str]) -> Option<usize> {
    let is_it =
        tokens.get(1)?.eq_ignore_ascii_case("reply") && tokens.get(2)?.eq_ignore_ascii_case("to");
    let last = tokens.iter().take(LONGEST).position(|token| {
        token.trim_end_matches(|c: char| !c.is_alphabetic()).eq_ignore_ascii_case("command")
    });
    last.filter(|_| is_it).map(|last| last + 1)
}

/// `SMTP error from remote mail server after RCPT TO:<…>:`.
fn error_from_remote(tokens: &[&str]) -> Option<usize> {
    let from = tokens.iter().take(4).position(|token| token.eq_ignore_ascii_case("remote"))?;
    let is_error =
        tokens.get(..from)?.iter().any(|token| bare(token).eq_ignore_ascii_case("error"));
    if !is_error {
        return None;
    }
    let last = tokens.iter().take(LONGEST).position(|token| token.ends_with(':'))?;
    (last > from).then_some(last + 1)
}

/// `unknown address error 550-'…'`.
fn head(tokens: &[&str]) -> Option<usize> {
    let length = HEADS.iter().find_map(|head| phrase_length(head, tokens))?;
    let code = tokens.get(length)?;
    let is_code = code.get(..3).is_some_and(|code| code.bytes().all(|b| b.is_ascii_digit()));
    is_code.then_some(length)
}

/// `>>> RCPT TO:<…>` up to the answer.
fn command_sent(tokens: &[&str]) -> Option<usize> {
    let answer = tokens.iter().take(LONGEST).position(|token| token.starts_with("<<<"));
    Some(answer.unwrap_or(2).min(tokens.len()))
}

fn phrase_length(phrase: &[&str], tokens: &[&str]) -> Option<usize> {
    let is_said =
        |(word, token): (&&str, &&str)| *word == "*" || bare(token).eq_ignore_ascii_case(word);
    let is_whole = phrase.len() <= tokens.len();
    (is_whole && phrase.iter().zip(tokens).all(is_said)).then_some(phrase.len())
}
