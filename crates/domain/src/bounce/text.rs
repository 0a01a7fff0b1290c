//! What a receiver said, brought into one form.

use super::status::Status;

/// Longest diagnostic text that is read, in bytes. Replies of real receivers stay
/// far below; the rest of a longer one is not looked at.
pub(super) const MAX_BYTES: usize = 8 * 1024;

/// How many bytes may lie between two pieces of a pattern (`mailbox * full`): about
/// a line, so that the pieces belong to one sentence.
const MAX_GAP: usize = 60;

/// Takes the place of a link in [`Text::said`], so that the words around it do not
/// become neighbours.
const LINK: &str = "…";

/// A diagnostic text in lower case, with one space for any run of white space and
/// control characters. Addresses are taken out, so that a mailbox's name
/// (`dmarc-reports@`) is not read as the receiver's words, and so are the reply
/// codes that a reply of several lines repeats in front of each.
pub(super) struct Text {
    /// Everything, links included: blocklists and providers are named by them.
    pub(super) full: String,
    /// Without links, whose words (`/help/user-unknown`) are not said of this
    /// recipient.
    pub(super) said: String,
    /// First digit of the SMTP reply code, where there is one.
    pub(super) reply: Option<u8>,
}

impl Text {
    pub(super) fn of(diagnostic: &str) -> Self {
        let mut end = diagnostic.len().min(MAX_BYTES);
        while !diagnostic.is_char_boundary(end) {
            end -= 1;
        }
        let lower = diagnostic.get(..end).unwrap_or_default().to_lowercase();
        let mut text = Self {
            full: String::with_capacity(end),
            said: String::with_capacity(end),
            reply: None,
        };
        let mut first: Option<Reply<'_>> = None;
        let mut after_code = false;
        for word in lower
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
        {
            let code = Reply::parse(word.rsplit(';').next().unwrap_or(word));
            let word = match (first, code) {
                (None, Some(reply)) => {
                    text.reply = reply.code.bytes().next().map(|digit| digit - b'0');
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
            push(&mut text.full, word);
            push(&mut text.said, if is_link(word) { LINK } else { word });
        }
        text
    }

    /// Whether nothing was said at all.
    pub(super) fn is_empty(&self) -> bool {
        self.full.is_empty()
    }
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

fn is_link(word: &str) -> bool {
    word.contains("://") || word.contains("www.")
}

fn push(out: &mut String, word: &str) {
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(word);
}

/// Whether the pieces stand in the text, in their order and not far from each other.
pub(super) fn contains(text: &str, pieces: &[&str]) -> bool {
    let Some((first, rest)) = pieces.split_first() else {
        return true;
    };
    text.match_indices(first).any(|(at, found)| follows(text, at + found.len(), rest))
}

fn follows(text: &str, end: usize, pieces: &[&str]) -> bool {
    let Some((next, rest)) = pieces.split_first() else {
        return true;
    };
    let Some(after) = text.get(end..) else {
        return false;
    };
    after
        .match_indices(next)
        .take_while(|(gap, _)| *gap <= MAX_GAP)
        .any(|(gap, found)| follows(text, end + gap + found.len(), rest))
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
            assert_eq!(Text::of(text).full, expected, "{text}");
        }
    }

    #[test]
    fn addresses_and_links_are_no_words() {
        let text = Text::of(
            "<dmarc-reports@example.net>: see HTTPS://example.org/user-unknown user\u{0}unknown",
        );
        assert_eq!(text.full, "see https://example.org/user-unknown user unknown");
        assert_eq!(text.said, "see … user unknown");
    }

    #[test]
    fn pieces_belong_to_one_sentence() {
        assert!(contains("the mailbox of bob is full", &["mailbox", "full"]));
        assert!(!contains("full is the mailbox", &["mailbox", "full"]));
        assert!(!contains(&format!("mailbox {} full", "x".repeat(MAX_GAP)), &["mailbox", "full"]));
        assert!(contains(
            &format!("mailbox {} mailbox is full", "x".repeat(MAX_GAP)),
            &["mailbox", "full"]
        ));
    }

    #[test]
    fn a_very_long_text_is_cut_at_a_character() {
        assert!(Text::of(&"é".repeat(MAX_BYTES)).full.len() <= MAX_BYTES);
    }
}
