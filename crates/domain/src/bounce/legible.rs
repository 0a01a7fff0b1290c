//! A diagnostic text for the advice: names and punctuation kept.

use super::status::Status;
use super::text::cut;

/// A diagnostic text in lower case, with one space for any run of white space and
/// control characters. Addresses are taken out, and so are the reply codes that a reply of
/// several lines repeats in front of each.
pub(super) fn legible(diagnostic: &str) -> String {
    let lower = cut(diagnostic).to_lowercase();
    let mut out = String::with_capacity(lower.len());
    let mut first: Option<Reply<'_>> = None;
    let mut after_code = false;
    for word in
        lower.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty())
    {
        let code = Reply::parse(word.rsplit(';').next().unwrap_or(word));
        let word = match (first, code) {
            (None, Some(reply)) => {
                first = Some(reply);
                word
            }
            (Some(Reply { code, rest: Some(_) }), Some(again)) if again.code == code => {
                let rest = again.rest.unwrap_or_default();
                after_code = Status::parse(rest).is_none();
                if !after_code || rest.is_empty() {
                    continue;
                }
                rest
            }
            _ if after_code && Status::parse(word).is_some() => {
                after_code = false;
                continue;
            }
            _ => word,
        };
        after_code = false;
        if word.contains('@') {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// A reply code at the start of a word: `550`, `550-`, `550-5.1.1`, `550-No`.
#[derive(Clone, Copy)]
struct Reply<'a> {
    code: &'a str,
    /// What a hyphen ties to it, which says that the reply has several lines.
    rest: Option<&'a str>,
}

impl<'a> Reply<'a> {
    fn parse(word: &'a str) -> Option<Self> {
        let (code, rest) = word.split_at_checked(3)?;
        let is_code = code.starts_with(['2', '4', '5']) && code.bytes().all(|b| b.is_ascii_digit());
        let rest = match rest.strip_prefix('-') {
            None if rest.is_empty() => None,
            None => return None,
            rest => rest,
        };
        is_code.then_some(Self { code, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_of_several_lines_reads_as_one_sentence_however_it_is_broken() {
        let cases = [
            (
                "550-5.4.1 Recipient address\n550-5.4.1 rejected: Access\n550 5.4.1 denied.",
                "550-5.4.1 recipient address rejected: access denied.",
            ),
            ("smtp; 550-a 550-b 550 c", "smtp; 550-a b c"),
            ("smtp;550-a\n550 b", "smtp;550-a b"),
            ("550-5.7.26 a 550-5.7.26 550-5.7.26  b\r\n550 5.7.26  c", "550-5.7.26 a b c"),
            ("550 a 550 b", "550 a 550 b"),
            ("550-a 5500 b 551-c", "550-a 5500 b 551-c"),
        ];
        for (text, expected) in cases {
            assert_eq!(legible(text), expected, "{text}");
        }
    }
}
